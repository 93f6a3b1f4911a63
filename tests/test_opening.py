"""Datasets whose files hold no probabilities, and probabilities that come from memory."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import labelaudit
from labelaudit import AuditOptions, InputOptions
from labelaudit.errors import ColumnNotFoundError, LabelError, OneClassError, ShapeError
from tests.builders import Sample, audit_of, csv_wide, honest_sample, number_lists, rows_of, write

SAMPLE = honest_sample(3, n_rows=200, noise_rate=0.15)
EMBEDDINGS = np.random.default_rng(0).normal(size=(200, 3)).astype(np.float32)


def with_embeddings(folder: Path) -> Path:
    table = SAMPLE.labels_table().append_column("embedding", number_lists(EMBEDDINGS))
    return write(folder / "data.parquet", table)


def labels_only(folder: Path, labels: list[object]) -> Path:
    return write(folder / "labels.csv", pa.table({"text": [f"t{i}" for i in labels], "label": labels}))


# --- none in the files ---------------------------------------------------------------------------


def test_probabilities_are_required_by_default(tmp_path: Path) -> None:
    with pytest.raises(ColumnNotFoundError, match="no predicted probabilities") as caught:
        labelaudit.open_dataset([with_embeddings(tmp_path)])
    assert "--predict" in (caught.value.hint or "")


def test_optional_probabilities_may_be_absent_beside_embeddings(tmp_path: Path) -> None:
    with labelaudit.open_dataset([with_embeddings(tmp_path)], probabilities="optional") as dataset:
        assert dataset.probabilities == ()
        assert dataset.classes == ("cat", "dog", "owl")
        assert dict(dataset.plan.entries)["probabilities"] == "none; 3 classes (the labels, sorted)"


def test_optional_probabilities_are_required_where_there_is_nothing_else(tmp_path: Path) -> None:
    with pytest.raises(ColumnNotFoundError, match="no predicted probabilities"):
        labelaudit.open_dataset([labels_only(tmp_path, ["a", "b"])], probabilities="optional")


def test_optional_probabilities_that_were_named_must_be_there(tmp_path: Path) -> None:
    path = with_embeddings(tmp_path)
    with pytest.raises(ColumnNotFoundError, match="called 'guess_'"):
        labelaudit.open_dataset([path], InputOptions(probs_prefix="guess_"), probabilities="optional")


def test_optional_probabilities_are_used_where_there_are_some(tmp_path: Path) -> None:
    with labelaudit.open_dataset([*csv_wide(tmp_path, SAMPLE).paths], probabilities="optional") as dataset:
        assert len(dataset.probabilities) == 1


def test_replaced_probabilities_are_passed_over_and_no_item_column(tmp_path: Path) -> None:
    written = csv_wide(tmp_path, SAMPLE)
    with labelaudit.open_dataset(written.paths, probabilities="replaced") as dataset:
        assert dataset.probabilities == ()
        assert "columns prob_* of" in dict(dataset.plan.entries)["passed over"]
        assert dataset.content_columns(dataset.labels.roles[0]) == []
        (table,) = dataset.tables
        assert dataset.columns_read(table) == ("id", "label")


# --- the order of the classes --------------------------------------------------------------------


def classes_of(path: Path, options: InputOptions | None = None) -> tuple[str, ...]:
    with labelaudit.open_dataset([path], options, probabilities="replaced") as dataset:
        return dataset.classes


def test_classes_without_columns_to_match_are_in_natural_order(tmp_path: Path) -> None:
    assert classes_of(labels_only(tmp_path, [10, 2, -1, 2])) == ("-1", "2", "10")
    assert classes_of(labels_only(tmp_path, ["v10", "v9", "a"])) == ("a", "v9", "v10")


def test_named_classes_win_over_the_labels(tmp_path: Path) -> None:
    path = labels_only(tmp_path, ["b", "a"])
    assert classes_of(path, InputOptions(classes=("b", "c", "a"))) == ("b", "c", "a")


def test_one_class_is_refused_naming_the_column(tmp_path: Path) -> None:
    with pytest.raises(OneClassError, match="all labels are 'a'") as caught:
        classes_of(labels_only(tmp_path, ["a", "a"]))
    assert caught.value.column == "label"


def test_no_label_at_all_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LabelError, match="no row has a label"):
        classes_of(labels_only(tmp_path, ["", ""]))


# --- from memory ---------------------------------------------------------------------------------


def in_memory(folder: Path, sample: Sample, **how: object) -> labelaudit.Audit:
    path = write(folder / "labels.csv", sample.labels_table())
    with labelaudit.open_dataset([path], probabilities="replaced") as dataset:
        made = dataset.with_probabilities(sample.pred_probs, "made by a test")
        return labelaudit.audit(made, AuditOptions(**how))


@pytest.mark.parametrize("how", [{}, {"workers": 2, "batch_rows": 7}, {"rank_by": "entropy"}])
def test_probabilities_in_memory_give_the_audit_of_the_same_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, how: dict[str, object]
) -> None:
    monkeypatch.setattr("labelaudit.io.memory.PART_CELLS", 100)
    sample = SAMPLE.but(pred_probs=SAMPLE.pred_probs.astype(np.float32))
    from_file = audit_of(csv_wide(tmp_path / "file", sample), **how)
    assert rows_of(in_memory(tmp_path / "memory", sample, **how), "file") == rows_of(from_file, "file")


def test_probabilities_in_memory_are_no_input_file(tmp_path: Path) -> None:
    audit = in_memory(tmp_path, SAMPLE)
    assert [Path(entry.path).name for entry in audit.summary.inputs] == ["labels.csv"]


def test_probabilities_of_another_shape_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "labels.csv", SAMPLE.labels_table())
    with (
        labelaudit.open_dataset([path], probabilities="replaced") as dataset,
        pytest.raises(ShapeError, match="200 rows and 3 classes"),
    ):
        dataset.with_probabilities(SAMPLE.pred_probs[:, :2], "too narrow")


@pytest.mark.parametrize("column", ["lable", "labels", "Label ", "LABEL"])
def test_a_shard_with_a_misspelt_label_column_is_not_left_out(tmp_path: Path, column: str) -> None:
    (tmp_path / "a.csv").write_text("id,label,prob_cat,prob_dog\n1,cat,0.9,0.1\n2,dog,0.2,0.8\n")
    (tmp_path / "b.csv").write_text(f"id,{column},prob_cat,prob_dog\n3,cat,0.9,0.1\n4,dog,0.2,0.8\n")
    with pytest.raises(ColumnNotFoundError, match=r"b.csv: has the columns of .*a.csv, but") as found:
        labelaudit.open_dataset([tmp_path])
    assert "rename the column to 'label'" in str(found.value)


def test_an_unlabelled_split_is_left_out(tmp_path: Path) -> None:
    (tmp_path / "train.csv").write_text("id,label,prob_cat,prob_dog\n1,cat,0.9,0.1\n2,dog,0.2,0.8\n")
    (tmp_path / "notes.csv").write_text("id,prob_cat,prob_dog\n1,0.9,0.1\n2,0.2,0.8\n")
    with labelaudit.open_dataset([tmp_path]) as dataset:
        assert dataset.n_rows == 2
