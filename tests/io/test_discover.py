"""Folders are walked recursively, past hidden files and earlier audits; the plan tells what became of all."""

from __future__ import annotations

import re
from pathlib import Path

import pyarrow as pa
import pytest

import labelaudit
from labelaudit import AuditOptions
from labelaudit.errors import AmbiguousInputError, EmptyDatasetError, InputNotFoundError, UnreadableFileError
from labelaudit.io.discover import tables_under
from tests.builders import audit_paths, honest_sample, suspect_ids, write

SAMPLE = honest_sample(0)


def found(folder: Path) -> list[str]:
    return [table.path.relative_to(folder).as_posix() for table in tables_under([folder])]


def plan(*paths: Path) -> dict[str, str]:
    with labelaudit.open_dataset(paths) as dataset:
        return dict(dataset.plan.entries)


def test_folder_is_walked_recursively_in_the_order_of_names(tmp_path: Path) -> None:
    for name in ("b/2.csv", "b/10.csv", "a/deep/x.parquet", "z.jsonl", "c.arrow"):
        write(tmp_path / name, SAMPLE.take(range(3)).labels_table())
    assert found(tmp_path) == ["c.arrow", "z.jsonl", "a/deep/x.parquet", "b/2.csv", "b/10.csv"]


def test_hidden_files_and_what_is_no_table_are_left_out(tmp_path: Path) -> None:
    for name in (".hidden.csv", ".git/x.csv", "__pycache__/x.csv", "data.csv"):
        write(tmp_path / name, SAMPLE.labels_table())
    (tmp_path / "notes.txt").write_text("not a table")
    (tmp_path / "image.png").write_bytes(b"\x89PNG")
    assert found(tmp_path) == ["data.csv"]


def test_earlier_audits_are_left_out(tmp_path: Path) -> None:
    write(tmp_path / "data.parquet", SAMPLE.table())
    first = audit_paths(tmp_path)
    labelaudit.save_audit(first, tmp_path / "labelaudit-out")
    labelaudit.save_audit(first, tmp_path / "old" / "another name")
    assert found(tmp_path) == ["data.parquet"]
    assert suspect_ids(audit_paths(tmp_path)) == suspect_ids(first)


def test_file_named_twice_is_read_once(tmp_path: Path) -> None:
    path = write(tmp_path / "data.parquet", SAMPLE.table())
    assert audit_paths(path, tmp_path, path).summary.n_rows == len(SAMPLE.ids)


def test_path_that_does_not_exist_is_named_with_its_neighbour(tmp_path: Path) -> None:
    write(tmp_path / "labels.csv", SAMPLE.labels_table())
    with pytest.raises(InputNotFoundError, match="no such file or folder") as caught:
        audit_paths(tmp_path / "lables.csv")
    assert caught.value.file == str(tmp_path / "lables.csv")
    assert "labels.csv" in (caught.value.hint or "")


def test_folder_without_tables_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EmptyDatasetError, match="the folder holds no table"):
        audit_paths(tmp_path)


def test_file_that_is_no_table_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("no table")
    with pytest.raises(UnreadableFileError, match="no table format"):
        audit_paths(tmp_path / "notes.txt")


# --- the plan ---------------------------------------------------------------------------------------------


def test_plan_names_every_choice(tmp_path: Path) -> None:
    n = len(SAMPLE.ids)
    labels = (
        SAMPLE.labels_table()
        .append_column("text", pa.array(["a"] * n))
        .append_column("y", pa.array(["b"] * n))
    )
    write(tmp_path / "labels.csv", labels.append_column("split", pa.array(["train", "test"] * (n // 2))))
    write(tmp_path / "scored.parquet", SAMPLE.probs_table())
    write(tmp_path / "truth.csv", pa.table({"id": list(SAMPLE.ids), "true_label": ["a"] * n}))
    entries = plan(tmp_path)
    assert re.fullmatch(r".*labels.csv, column 'label', id 'id'; 300 rows", entries["labels"])
    assert re.fullmatch(
        r".*scored.parquet, columns prob_\*; 3 classes \(column names\); joined by id, same order",
        entries["probabilities"],
    )
    assert re.fullmatch(r".*labels.csv, column 'text'", entries["preview"])
    assert entries["splits"] == "train, test"
    assert entries["passed over"] == "y (label)"
    assert re.fullmatch(r".*truth.csv \(no role\)", entries["left out"])


def test_plan_of_one_table_is_short(tmp_path: Path) -> None:
    entries = plan(write(tmp_path / "data.parquet", SAMPLE.table()))
    assert list(entries) == ["labels", "probabilities"]
    assert entries["probabilities"] == "columns prob_*; 3 classes (column names)"


def test_rows_without_ids_are_named_by_their_number(tmp_path: Path) -> None:
    path = write(tmp_path / "data.csv", SAMPLE.table().drop_columns(["id"]))
    assert "no id: rows are named by their number" in plan(path)["labels"]
    assert audit_paths(path).scores()["id"].to_pylist() == [str(i) for i in range(len(SAMPLE.ids))]


def test_numbers_of_rows_without_ids_run_through_the_shards(tmp_path: Path) -> None:
    for i in range(2):
        write(
            tmp_path / f"part-{i}.csv",
            SAMPLE.take(range(150 * i, 150 * i + 150)).table().drop_columns(["id"]),
        )
    scores = audit_paths(tmp_path).scores()
    assert scores["id"].to_pylist() == [str(i) for i in range(300)]
    assert scores["row"].to_pylist() == [*range(150), *range(150)]


# --- several datasets ---------------------------------------------------------------------------------------


def test_folders_of_different_classes_are_listed(tmp_path: Path) -> None:
    write(tmp_path / "pets" / "data.parquet", SAMPLE.table())
    write(
        tmp_path / "trees" / "data.parquet",
        honest_sample(1, classes=["oak", "elm"]).but(ids=tuple(range(300))).table(),
    )
    with pytest.raises(AmbiguousInputError) as caught:
        audit_paths(tmp_path)
    assert f"{tmp_path}/pets, {tmp_path}/trees" in str(caught.value)
    assert "one dataset at a time" in (caught.value.hint or "")


def test_folders_of_label_tables_without_a_common_class_are_listed(tmp_path: Path) -> None:
    """The same columns everywhere, so that nothing but the labels tells."""
    trees = honest_sample(1, classes=["oak", "elm", "ash"])
    for name, sample in (("pets", SAMPLE), ("trees", trees.but(ids=tuple(f"t{i}" for i in range(300))))):
        write(tmp_path / name / "labels.csv", sample.labels_table())
        write(tmp_path / name / "scored.parquet", sample.probs_table())
    with pytest.raises(AmbiguousInputError) as caught:
        audit_paths(tmp_path)
    assert f"{tmp_path}/pets" in str(caught.value)
    assert f"{tmp_path}/trees" in str(caught.value)


def test_folders_of_the_same_classes_are_one_dataset(tmp_path: Path) -> None:
    write(tmp_path / "first" / "data.parquet", SAMPLE.take(range(100)).table())
    write(tmp_path / "second" / "data.parquet", SAMPLE.take(range(100, 300)).table())
    result = audit_paths(tmp_path)
    assert result.summary.n_rows == 300
    assert [file.rows for file in result.summary.inputs] == [100, 200]


def test_only_needed_columns_are_listed_as_read(tmp_path: Path) -> None:
    n = len(SAMPLE.ids)
    scored = SAMPLE.probs_table().append_column("junk", pa.array([0.0] * n))
    write(tmp_path / "labels.csv", SAMPLE.labels_table())
    write(tmp_path / "scored.parquet", scored)
    with labelaudit.open_dataset([tmp_path]) as dataset:
        inputs = labelaudit.audit(dataset, AuditOptions()).summary.inputs
    assert [file.columns for file in inputs] == [
        ("id", "label"),
        ("id", "prob_cat", "prob_dog", "prob_owl"),
    ]


def test_decisions_of_an_audit_that_is_not_committed_are_no_table(tmp_path):
    (tmp_path / "labels.csv").write_text("id,label\n1,cat\n")
    (tmp_path / "labelaudit-out").mkdir()
    (tmp_path / "labelaudit-out/decisions.jsonl").write_text('{"id": "1", "label": "cat"}\n')
    assert [table.path.name for table in tables_under([tmp_path])] == ["labels.csv"]
