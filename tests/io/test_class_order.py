"""The order of the classes comes from the columns, from --classes or from the schema, never from sorting."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

import labelaudit
from labelaudit import InputOptions
from labelaudit.errors import ClassOrderError, OneClassError, ShapeError
from tests.builders import Sample, audit_paths, codes_of, honest_sample, suspect_ids, write

SAMPLE = honest_sample(0)
UNSORTED = honest_sample(1, classes=["2", "10", "1", "owl"], n_rows=400)


def classes(path: Path, *others: Path, **options: object) -> tuple[str, ...]:
    with labelaudit.open_dataset([path, *others], InputOptions(**options)) as dataset:  # type: ignore[arg-type]
        return dataset.classes


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".jsonl", ".arrow"])
@pytest.mark.parametrize("prefix", ["prob_", ""])
def test_order_is_that_of_the_columns(tmp_path: Path, suffix: str, prefix: str) -> None:
    assert classes(write(tmp_path / f"data{suffix}", UNSORTED.table(prefix))) == ("2", "10", "1", "owl")


def test_order_of_a_list_column_is_that_of_the_option(tmp_path: Path) -> None:
    path = write(tmp_path / "data.parquet", UNSORTED.list_table())
    assert classes(path, classes=("2", "10", "1", "owl")) == ("2", "10", "1", "owl")


def test_option_may_reorder_named_columns(tmp_path: Path) -> None:
    path = write(tmp_path / "data.csv", UNSORTED.table())
    reordered = InputOptions(classes=("1", "2", "10", "owl"))
    result = audit_paths(path, options=reordered)
    assert [row.name for row in result.classes] == ["1", "2", "10", "owl"]
    assert suspect_ids(result) == suspect_ids(audit_paths(path))


def test_option_that_names_other_classes_than_the_columns_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "data.csv", SAMPLE.table())
    with pytest.raises(labelaudit.DataError):
        classes(path, classes=("cat", "dog", "cow"))


def test_option_of_another_length_than_the_lists_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "data.parquet", SAMPLE.list_table())
    with pytest.raises(ShapeError, match="3 probabilities a row, but 2 classes"):
        classes(path, classes=("cat", "dog"))


def test_class_named_twice_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "data.parquet", SAMPLE.list_table())
    with pytest.raises(ClassOrderError, match="named twice"):
        classes(path, classes=("cat", "dog", "cat"))


def test_one_class_is_too_few(tmp_path: Path) -> None:
    path = write(tmp_path / "data.parquet", SAMPLE.but(pred_probs=np.ones((300, 1))).list_table())
    with pytest.raises(OneClassError):
        classes(path, classes=("cat",))


# --- whole numbers --------------------------------------------------------------------------------------


def by_number(sample: Sample) -> Sample:
    return sample.but(labels=tuple(sample.codes.tolist()))


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".jsonl"])
def test_numbers_over_named_columns_go_by_position_with_a_notice(tmp_path: Path, suffix: str) -> None:
    named = audit_paths(write(tmp_path / f"named{suffix}", SAMPLE.table()))
    numbered = audit_paths(write(tmp_path / f"numbered{suffix}", by_number(SAMPLE).table()))
    assert codes_of(numbered) == {"labels-by-position"}
    assert suspect_ids(numbered) == suspect_ids(named)
    assert numbered.suspects_table()["given_label"] == named.suspects_table()["given_label"]


def test_numbers_over_a_list_column_need_no_notice(tmp_path: Path) -> None:
    result = audit_paths(write(tmp_path / "data.parquet", by_number(SAMPLE).list_table()))
    assert [row.name for row in result.classes] == ["0", "1", "2"]
    assert codes_of(result) == set()


def test_numbers_over_a_list_column_with_names_go_by_position(tmp_path: Path) -> None:
    path = write(tmp_path / "data.parquet", by_number(SAMPLE).list_table())
    result = audit_paths(path, options=InputOptions(classes=SAMPLE.classes))
    assert [row.name for row in result.classes] == list(SAMPLE.classes)
    assert codes_of(result) == {"labels-by-position"}


@pytest.mark.parametrize("written", [int, str])
def test_numbers_as_text_beside_an_array_go_by_position(tmp_path: Path, written: type) -> None:
    labels = by_number(SAMPLE)
    table = labels.but(labels=tuple(written(label) for label in labels.labels)).labels_table()
    np.save(tmp_path / "pred_probs.npy", SAMPLE.pred_probs)
    expected = suspect_ids(audit_paths(write(tmp_path / "wide.csv", SAMPLE.table())))
    for suffix in (".csv", ".parquet", ".jsonl"):
        path = write(tmp_path / f"labels{suffix}", table)
        assert suspect_ids(audit_paths(path, tmp_path / "pred_probs.npy")) == expected, suffix


def test_numbers_that_name_columns_go_by_name(tmp_path: Path) -> None:
    """Columns prob_1, prob_2, prob_0: the label 0 is the third."""
    rotated = SAMPLE.but(classes=("1", "2", "0"), labels=tuple((SAMPLE.codes + 1) % 3))
    result = audit_paths(write(tmp_path / "data.csv", rotated.table()))
    assert codes_of(result) == set()
    assert suspect_ids(result) == suspect_ids(audit_paths(write(tmp_path / "named.csv", SAMPLE.table())))


def test_zero_padded_numbers_are_text(tmp_path: Path) -> None:
    path = write(
        tmp_path / "labels.csv", SAMPLE.but(labels=tuple(f"0{c}" for c in SAMPLE.codes)).labels_table()
    )
    np.save(tmp_path / "pred_probs.npy", SAMPLE.pred_probs)
    with pytest.raises(ClassOrderError, match="labels are text"):
        audit_paths(path, tmp_path / "pred_probs.npy")


def test_na_is_a_label_in_csv(tmp_path: Path) -> None:
    countries = honest_sample(2, classes=["NA", "null", "None"])
    result = audit_paths(write(tmp_path / "data.csv", countries.table()))
    assert [(row.name, row.n) for row in result.classes] == [
        (name, countries.labels.count(name)) for name in countries.classes
    ]
