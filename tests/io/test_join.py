"""Labels and probabilities in several tables are joined by id, or by row order where that is asked for."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import labelaudit
from labelaudit import InputOptions
from labelaudit.errors import AmbiguousInputError, IdError, ShapeError
from tests.builders import (
    AS_CLEANLAB,
    Sample,
    audit_of,
    audit_paths,
    honest_sample,
    joined,
    npy,
    rows_of,
    suspect_ids,
    write,
)

SAMPLE = honest_sample(0)
N = len(SAMPLE.ids)
SUFFIXES = [".parquet", ".csv", ".jsonl", ".arrow"]


def plan(*paths: Path, options: InputOptions | None = None) -> str:
    with labelaudit.open_dataset(paths, options) as dataset:
        return "\n".join(dataset.plan.lines())


@pytest.fixture
def expected(tmp_path: Path) -> list[str]:
    """The suspects of the rows kept in one table."""
    return suspect_ids(audit_paths(write(tmp_path / "together.parquet", SAMPLE.table())))


@pytest.fixture
def expected_without_ids(tmp_path: Path) -> list[str]:
    """The same by a score that draws nothing by the ids."""
    path = write(tmp_path / "together.parquet", SAMPLE.table())
    return suspect_ids(audit_paths(path, **AS_CLEANLAB))


# --- by id ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("labels", SUFFIXES)
@pytest.mark.parametrize("probs", SUFFIXES)
def test_tables_of_different_formats_are_joined(
    tmp_path: Path, expected: list[str], labels: str, probs: str
) -> None:
    left = write(tmp_path / f"labels{labels}", SAMPLE.labels_table())
    right = write(tmp_path / f"scored{probs}", SAMPLE.probs_table())
    assert suspect_ids(audit_paths(left, right)) == expected
    assert suspect_ids(audit_paths(right, left)) == expected
    assert "joined by id, same order" in plan(left, right)


def test_plan_tells_another_order(tmp_path: Path) -> None:
    left = write(tmp_path / "labels.csv", SAMPLE.labels_table())
    right = write(tmp_path / "scored.csv", SAMPLE.take(range(N)[::-1]).probs_table())
    assert "joined by id, another order" in plan(left, right)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_duplicate_id_of_the_probabilities_is_named(tmp_path: Path, suffix: str) -> None:
    left = write(tmp_path / f"labels{suffix}", SAMPLE.labels_table())
    right = write(tmp_path / f"scored{suffix}", SAMPLE.take([*range(N), 7]).probs_table())
    with pytest.raises(
        IdError, match=r"id 'r7' stands twice in the probabilities: also in .*, row 7"
    ) as caught:
        audit_paths(left, right)
    assert (caught.value.file, caught.value.row) == (str(right), N)
    assert caught.value.line == {".csv": N + 2, ".jsonl": N + 1}.get(suffix)


def test_unmatched_ids_are_named_the_first_three_of_them(tmp_path: Path) -> None:
    left = write(tmp_path / "labels.csv", SAMPLE.labels_table())
    renamed = SAMPLE.but(ids=tuple(f"x{i}" if 10 <= i < 15 else id for i, id in enumerate(SAMPLE.ids)))
    right = write(tmp_path / "scored.csv", renamed.probs_table())
    with pytest.raises(
        IdError, match=r"5 ids of the probabilities have no label: 'x10', 'x11', 'x12', \.\.\."
    ) as caught:
        audit_paths(left, right)
    assert (caught.value.file, caught.value.row, caught.value.line) == (str(right), 10, 12)


def test_ids_are_compared_as_text(tmp_path: Path) -> None:
    padded = SAMPLE.but(ids=tuple(f"{i:03}" for i in range(N)))
    numbers = SAMPLE.but(ids=tuple(range(N)))
    left = write(tmp_path / "labels.csv", padded.labels_table())
    with pytest.raises(IdError, match="have no label"):
        audit_paths(left, write(tmp_path / "scored.parquet", numbers.probs_table()))
    left = write(tmp_path / "labels.csv", numbers.labels_table())
    assert audit_paths(left, write(tmp_path / "scored.parquet", numbers.probs_table())).summary.n_rows == N


def test_ids_of_different_names_are_joined(tmp_path: Path, expected: list[str]) -> None:
    left = write(tmp_path / "labels.csv", SAMPLE.labels_table().rename_columns(["uid", "label"]))
    right = write(tmp_path / "scored.csv", SAMPLE.probs_table())
    assert suspect_ids(audit_paths(left, right)) == expected


def test_tables_without_ids_are_not_joined_by_order_unasked(tmp_path: Path) -> None:
    left = write(tmp_path / "labels.csv", SAMPLE.labels_table())
    right = write(tmp_path / "scored.csv", SAMPLE.probs_table().drop_columns(["id"]))
    with pytest.raises(IdError, match="the probabilities have no id to join on") as caught:
        audit_paths(left, right)
    assert caught.value.file == str(right)
    assert "--row-order" in (caught.value.hint or "")


def numbered(rows: list[int]) -> pa.Table:
    return SAMPLE.take(rows).but(ids=tuple(rows)).probs_table()


def test_row_numbers_are_the_ids_of_labels_that_have_none(
    tmp_path: Path, expected_without_ids: list[str]
) -> None:
    labels = write(tmp_path / "labels.csv", SAMPLE.labels_table().drop_columns("id"))
    probs = write(tmp_path / "scored.csv", numbered(list(range(N))))
    assert "joined by row number" in plan(labels, probs)
    found = suspect_ids(audit_paths(labels, probs, **AS_CLEANLAB))
    assert [f"r{i}" for i in found] == expected_without_ids


@pytest.mark.parametrize("rows", [list(range(N))[::-1], list(range(1, N)), [*range(1, N), 0]])
def test_other_numbers_do_not_name_rows_without_ids(tmp_path: Path, rows: list[int]) -> None:
    labels = write(tmp_path / "labels.csv", SAMPLE.labels_table().drop_columns("id"))
    with pytest.raises(IdError, match="the labels have no id"):
        plan(labels, write(tmp_path / "scored.csv", numbered(rows)))


def test_row_numbers_do_not_join_several_label_files(tmp_path: Path) -> None:
    labels = SAMPLE.labels_table().drop_columns("id")
    halves = [write(tmp_path / f"{i}.csv", labels.slice(i * 150, 150)) for i in range(2)]
    with pytest.raises(IdError, match="the labels have no id"):
        plan(*halves, write(tmp_path / "scored.csv", numbered(list(range(N)))))


# --- by row order ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_row_order_joins_tables_without_ids(tmp_path: Path, expected: list[str], suffix: str) -> None:
    left = write(tmp_path / f"labels{suffix}", SAMPLE.labels_table())
    right = write(tmp_path / f"scored{suffix}", SAMPLE.probs_table().drop_columns(["id"]))
    options = InputOptions(row_order=True)
    assert suspect_ids(audit_paths(left, right, options=options)) == expected
    assert "joined by row order" in plan(left, right, options=options)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_row_order_needs_equal_counts(tmp_path: Path, suffix: str) -> None:
    left = write(tmp_path / f"labels{suffix}", SAMPLE.labels_table())
    right = write(tmp_path / f"scored{suffix}", SAMPLE.take(range(N - 1)).probs_table().drop_columns(["id"]))
    with pytest.raises(ShapeError, match="299 rows of probabilities, but 300 labels") as caught:
        audit_paths(left, right, options=InputOptions(row_order=True))
    assert caught.value.file == str(right)


def test_array_is_joined_by_row_order_unasked(tmp_path: Path, expected: list[str]) -> None:
    written = npy(tmp_path, SAMPLE)
    assert suspect_ids(audit_of(written)) == expected
    assert "joined by row order" in plan(*written.paths, options=written.options)


def test_arrays_in_shards_are_read_one_after_the_other(tmp_path: Path, expected: list[str]) -> None:
    labels = write(tmp_path / "labels.csv", SAMPLE.labels_table())
    shards = [tmp_path / f"probs_{i}.npy" for i in range(3)]
    for path, at in zip(shards, np.array_split(np.arange(N), 3), strict=True):
        np.save(path, SAMPLE.pred_probs[at])
    result = audit_paths(labels, *shards, options=InputOptions(classes=SAMPLE.classes))
    assert suspect_ids(result) == expected


def test_arrays_named_for_splits_are_paired_with_them(tmp_path: Path, expected: list[str]) -> None:
    """The arrays are read in the order of their names, the labels in their own."""
    splits = np.array(["train", "test"])[np.arange(N) % 2]
    labels = write(tmp_path / "labels.csv", SAMPLE.labels_table().append_column("split", pa.array(splits)))
    for name in ("train", "test"):
        np.save(tmp_path / f"{name}_probs.npy", SAMPLE.pred_probs[splits == name])
    options = InputOptions(classes=SAMPLE.classes)
    arrays = [tmp_path / f"{name}_probs.npy" for name in ("test", "train")]
    assert suspect_ids(audit_paths(labels, *arrays, options=options)) == expected


def test_array_whose_name_tells_of_embeddings_is_no_matrix_of_probabilities(
    tmp_path: Path, expected: list[str]
) -> None:
    written = npy(tmp_path, SAMPLE)
    np.save(tmp_path / "embeddings.npy", np.zeros((N, 4)))
    assert suspect_ids(audit_paths(tmp_path, options=written.options, rank_by="em")) == expected
    assert "embeddings" in plan(tmp_path, options=written.options)


# --- splits ----------------------------------------------------------------------------------------------


def in_two_splits() -> Sample:
    """The ids r0 to r149 twice, once a split."""
    return SAMPLE.but(ids=tuple(f"r{i % 150}" for i in range(N)))


SPLITS = pa.array(["train"] * 150 + ["test"] * 150)


def test_same_id_in_two_splits_is_fine(tmp_path: Path) -> None:
    twice = in_two_splits()
    path = write(tmp_path / "data.csv", twice.table().append_column("split", SPLITS))
    result = audit_paths(path)
    assert result.summary.n_rows == N
    assert {name: split["rows"] for name, split in result.summary.by_split.items()} == {
        "train": 150,
        "test": 150,
    }
    assert len(set(result.scores()["fingerprint"].to_pylist())) == N
    with pytest.raises(IdError, match="stands twice"):
        audit_paths(write(tmp_path / "data.csv", twice.table()))


def test_split_is_told_by_the_file_name(tmp_path: Path) -> None:
    twice = in_two_splits()
    write(tmp_path / "data" / "train-00000-of-00001.parquet", twice.take(range(150)).table())
    write(tmp_path / "data" / "test.parquet", twice.take(range(150, N)).table())
    result = audit_paths(tmp_path / "data")
    assert {name: split["rows"] for name, split in result.summary.by_split.items()} == {
        "test": 150,
        "train": 150,
    }
    assert set(result.scores()["split"].to_pylist()) == {"test", "train"}


def test_split_is_told_by_a_hive_partition(tmp_path: Path) -> None:
    twice = in_two_splits()
    write(tmp_path / "split=a" / "part-0.parquet", twice.take(range(150)).table())
    write(tmp_path / "split=b" / "part-0.parquet", twice.take(range(150, N)).table())
    assert list(audit_paths(tmp_path).summary.by_split) == ["a", "b"]


def test_own_name_of_the_split_column_is_honoured(tmp_path: Path) -> None:
    path = write(tmp_path / "data.csv", in_two_splits().table().append_column("fold", SPLITS))
    assert list(audit_paths(path, options=InputOptions(split_col="fold")).summary.by_split) == [
        "train",
        "test",
    ]


ORDERS = {
    "in one order": np.arange(N),
    "splits swapped": np.r_[150:N, 0:150],
    "shuffled": np.random.default_rng(0).permutation(N),
}


@pytest.mark.parametrize("order", ORDERS)
def test_same_id_in_two_splits_is_joined_with_files_named_for_them(tmp_path: Path, order: str) -> None:
    """Ids that start again in every split meet those of their own split."""
    twice = in_two_splits()
    together = write(tmp_path / "together.parquet", twice.table().append_column("split", SPLITS))
    labels = write(tmp_path / "labels.csv", twice.labels_table().append_column("split", SPLITS))
    scored = []
    for name, at in (("train", ORDERS[order] < 150), ("test", ORDERS[order] >= 150)):
        rows = twice.take(ORDERS[order][at])
        scored.append(write(tmp_path / f"{name}.parquet", rows.probs_table()))
    if order == "splits swapped":
        scored.reverse()
    expected = rows_of(audit_paths(together), "file", "line")
    assert rows_of(audit_paths(labels, *scored), "file", "line") == expected


@pytest.mark.parametrize("order", ORDERS)
def test_same_id_in_two_splits_is_joined_with_a_table_that_has_the_split_column(
    tmp_path: Path, order: str
) -> None:
    twice = in_two_splits()
    together = write(tmp_path / "together.parquet", twice.table().append_column("split", SPLITS))
    labels = write(tmp_path / "labels.csv", twice.labels_table().append_column("split", SPLITS))
    probs = twice.probs_table().append_column("split", SPLITS).take(ORDERS[order])
    expected = rows_of(audit_paths(together), "file", "line")
    assert rows_of(audit_paths(labels, write(tmp_path / "scored.parquet", probs)), "file", "line") == expected


@pytest.mark.parametrize("suffix", [".parquet", ".csv"])
def test_ids_that_repeat_are_refused_where_the_other_table_tells_no_split(
    tmp_path: Path, suffix: str
) -> None:
    """Which of two rows belongs to which split cannot be told, even where the ids are in one order."""
    twice = in_two_splits()
    labels = write(tmp_path / f"labels{suffix}", twice.labels_table().append_column("split", SPLITS))
    probs = write(tmp_path / f"scored{suffix}", twice.take(ORDERS["splits swapped"]).probs_table())
    with pytest.raises(IdError, match="ids repeat in several splits") as caught:
        audit_paths(labels, probs)
    assert caught.value.file == str(probs)


# --- several tables of labels -----------------------------------------------------------------------------


def test_tables_that_claim_labels_and_agree_are_fine(tmp_path: Path, expected: list[str]) -> None:
    path = write(tmp_path / "data.parquet", SAMPLE.table())
    other = write(tmp_path / "other.csv", SAMPLE.take(range(N)[::-1]).labels_table())
    assert suspect_ids(audit_paths(path, other)) == expected


def test_tables_that_claim_labels_and_disagree_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "data.parquet", SAMPLE.table())
    changed = SAMPLE.with_labels(dict.fromkeys(range(20), "cat"))
    n_changed = sum(left != right for left, right in zip(SAMPLE.labels, changed.labels, strict=True))
    other = write(tmp_path / "other.csv", changed.labels_table().rename_columns(["id", "y"]))
    with pytest.raises(
        AmbiguousInputError, match=f"claims other labels .'y'. for {n_changed} rows"
    ) as caught:
        audit_paths(path, other)
    assert caught.value.file == str(path)
    assert "--label-col" in (caught.value.hint or "")
    result = audit_paths(path, other, options=InputOptions(label_col="label"))
    assert result.summary.n_rows == N


def test_tables_of_labels_of_partly_other_rows_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "data.parquet", SAMPLE.table())
    other = write(tmp_path / "other.csv", SAMPLE.take(range(100)).labels_table())
    with pytest.raises(AmbiguousInputError, match="also claims labels, of partly other rows"):
        audit_paths(path, other)


def test_shards_may_have_their_columns_in_another_order(tmp_path: Path, expected: list[str]) -> None:
    first, second = SAMPLE.take(range(100)).table(), SAMPLE.take(range(100, N)).table()
    write(tmp_path / "cut" / "a.parquet", first)
    write(tmp_path / "cut" / "b.parquet", second.select(["prob_owl", "label", "prob_cat", "id", "prob_dog"]))
    assert suspect_ids(audit_paths(tmp_path / "cut")) == expected


def test_labels_may_stand_beside_columns_that_are_no_part_of_the_join(
    tmp_path: Path, expected: list[str]
) -> None:
    extra = pa.table({"id": list(SAMPLE.ids), "text": [f"text {i}" for i in range(N)]})
    left = write(tmp_path / "labels.parquet", joined(SAMPLE.labels_table(), extra))
    right = write(tmp_path / "scored.parquet", SAMPLE.probs_table())
    result = audit_paths(left, right)
    assert suspect_ids(result) == expected
    assert None not in result.scores()["content_hash"].to_pylist()


# --- row order -------------------------------------------------------------------------------------------


def shards(folder: Path, n_shards: int) -> list[Path]:
    """Label files whose names sort by number, not by letter."""
    cuts = np.array_split(np.arange(N), n_shards)
    return [
        write(folder / f"labels_{i}.csv", SAMPLE.take(cut).labels_table().drop_columns("id"))
        for i, cut in enumerate(cuts)
    ]


def test_one_array_over_several_label_files_asks_for_the_order(
    tmp_path: Path, expected_without_ids: list[str]
) -> None:
    shards(tmp_path / "data", 11)
    np.save(tmp_path / "data" / "pred_probs.npy", SAMPLE.pred_probs)
    options = InputOptions(classes=SAMPLE.classes)
    with pytest.raises(IdError, match="order is not certain") as caught:
        audit_paths(tmp_path / "data", options=options)
    assert "labels_0.csv" in (caught.value.hint or "")
    confirmed = InputOptions(classes=SAMPLE.classes, row_order=True)
    result = audit_paths(tmp_path / "data", options=confirmed, **AS_CLEANLAB)
    assert [SAMPLE.ids[int(row)] for row in suspect_ids(result)] == expected_without_ids


def test_arrays_cut_like_the_label_files_meet_them_by_number(
    tmp_path: Path, expected_without_ids: list[str]
) -> None:
    shards(tmp_path / "data", 11)
    for i, cut in enumerate(np.array_split(np.arange(N), 11)):
        np.save(tmp_path / "data" / f"pred_probs_{i:02}.npy", SAMPLE.pred_probs[cut])
    options = InputOptions(classes=SAMPLE.classes)
    result = audit_paths(tmp_path / "data", options=options, **AS_CLEANLAB)
    assert [SAMPLE.ids[int(row)] for row in suspect_ids(result)] == expected_without_ids


def test_row_order_against_the_ids_is_refused(tmp_path: Path) -> None:
    labels = write(tmp_path / "labels.csv", SAMPLE.labels_table())
    probs = write(tmp_path / "scored.parquet", SAMPLE.take(range(N)[::-1]).probs_table())
    with pytest.raises(IdError, match="not in one order"):
        audit_paths(labels, probs, options=InputOptions(row_order=True))
