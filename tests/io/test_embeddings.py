"""The embeddings of a dataset as one matrix."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from labelaudit import InputOptions, open_dataset
from labelaudit.errors import ColumnNotFoundError, ShapeError
from tests.builders import honest_sample, joined, number_lists, write

SAMPLE = honest_sample(0, n_rows=40)
EMBEDDINGS = np.random.default_rng(0).normal(size=(40, 3)).astype(np.float32)


def own_table(folder: Path, embeddings: pa.Array) -> Path:
    return write(folder / "data.parquet", SAMPLE.list_table().append_column("embedding", embeddings))


def matrix_of(*paths: Path, rows: np.ndarray | None = None) -> np.ndarray:
    with open_dataset(paths, InputOptions(classes=SAMPLE.classes)) as dataset:
        return np.array(dataset.embedding_matrix(rows))


def test_list_column_is_read_in_order(tmp_path: Path) -> None:
    found = matrix_of(own_table(tmp_path, number_lists(EMBEDDINGS)))
    assert found.dtype == np.float32
    assert np.array_equal(found, EMBEDDINGS)


def test_array_in_the_same_order_is_mapped_not_read(tmp_path: Path) -> None:
    write(tmp_path / "data.parquet", SAMPLE.list_table())
    np.save(tmp_path / "embeddings.npy", EMBEDDINGS)
    with open_dataset([tmp_path], InputOptions(classes=SAMPLE.classes)) as dataset:
        found = dataset.embedding_matrix()
        assert isinstance(found, np.memmap)
        assert np.array_equal(found, EMBEDDINGS)


@pytest.mark.parametrize("array", [EMBEDDINGS.astype(np.float64), np.asfortranarray(EMBEDDINGS)])
def test_array_of_another_layout_is_converted(tmp_path: Path, array: np.ndarray) -> None:
    write(tmp_path / "data.parquet", SAMPLE.list_table())
    np.save(tmp_path / "embeddings.npy", array)
    found = matrix_of(tmp_path)
    assert found.dtype == np.float32
    assert np.array_equal(found, EMBEDDINGS)


def test_wide_columns_of_another_file_are_joined_by_id(tmp_path: Path) -> None:
    labels = write(tmp_path / "data.parquet", SAMPLE.list_table())
    order = np.random.default_rng(1).permutation(40)
    wide = {f"emb_{i}": EMBEDDINGS[order, i] for i in range(3)}
    shuffled = pa.table({"id": [SAMPLE.ids[i] for i in order], **wide})
    found = matrix_of(labels, write(tmp_path / "vectors.csv", shuffled))
    assert np.allclose(found, EMBEDDINGS)


def test_shards_follow_one_another(tmp_path: Path) -> None:
    table = joined(SAMPLE.list_table(), pa.table({"embedding": number_lists(EMBEDDINGS)}))
    write(tmp_path / "a.parquet", table.slice(0, 15))
    write(tmp_path / "b.parquet", table.slice(15))
    assert np.array_equal(matrix_of(tmp_path), EMBEDDINGS)


def test_chosen_rows_come_in_the_order_asked_for(tmp_path: Path) -> None:
    rows = np.array([7, 3, 39])
    found = matrix_of(own_table(tmp_path, number_lists(EMBEDDINGS)), rows=rows)
    assert np.array_equal(found, EMBEDDINGS[rows])


def test_missing_list_is_nan(tmp_path: Path) -> None:
    lists = [None if i in (0, 9) else row for i, row in enumerate(EMBEDDINGS.tolist())]
    found = matrix_of(own_table(tmp_path, pa.array(lists, pa.list_(pa.float32()))))
    assert np.flatnonzero(np.isnan(found).any(axis=1)).tolist() == [0, 9]
    assert np.array_equal(found[1:9], EMBEDDINGS[1:9])


def test_lists_of_different_lengths_are_refused(tmp_path: Path) -> None:
    lists = [row[: 2 if i == 30 else 3] for i, row in enumerate(EMBEDDINGS.tolist())]
    with pytest.raises(ShapeError, match="row 30"):
        matrix_of(own_table(tmp_path, pa.array(lists)))


def test_dataset_without_embeddings_has_no_matrix(tmp_path: Path) -> None:
    path = write(tmp_path / "data.parquet", SAMPLE.list_table())
    with pytest.raises(ColumnNotFoundError, match="no embeddings"):
        matrix_of(path)
