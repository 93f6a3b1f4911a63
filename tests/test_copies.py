"""Rows that are the same item: with different labels, or in two splits."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelaudit.copies import Copies, find_copies
from labelaudit.judging import Neighborhood
from tests.builders import (
    audit_paths,
    codes_of,
    embedded_table,
    honest_sample,
    joined,
    nearest_rows,
    number_lists,
    suspect_ids,
    write,
)
from tests.strategies import row_orders

IntArray = npt.NDArray[np.int64]


def copies_of(
    items: list[int],
    given_labels: list[int],
    splits: list[int] | None = None,
    around: Neighborhood | None = None,
) -> Copies:
    """Copies among rows whose content has these hashes."""
    return find_copies(
        np.array(given_labels),
        np.array(splits or [-1] * len(items)),
        np.array(items, dtype=np.uint64),
        around,
    )


def around_of(vectors: npt.NDArray[np.float32], *, metric: str = "cosine") -> Neighborhood:
    """The neighbourhood of rows, as far as copies need it."""
    neighbors, distances = nearest_rows(vectors, 50)
    n_rows = len(vectors)
    return Neighborhood(
        neighbors=neighbors,
        distances=distances,
        agreement=np.zeros(n_rows),
        strongest=np.zeros(n_rows, dtype=np.int64),
        strongest_share=np.zeros(n_rows),
        with_given=np.full((n_rows, 3), -1, dtype=np.int32),
        with_suggested=np.full((n_rows, 3), -1, dtype=np.int32),
        metric=metric,
    )


def unit(rng: np.random.Generator, n_rows: int) -> npt.NDArray[np.float32]:
    """Vectors of length 1 in eight dimensions."""
    vectors = rng.standard_normal((n_rows, 8))
    return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)


# --- by content ----------------------------------------------------------------------------------------


def test_two_labels_of_one_item_are_both_doubtful() -> None:
    assert copies_of([7, 7, 8, 9], [0, 1, 0, 1]).outvoted.tolist() == [True, True, False, False]


def test_a_majority_of_the_copies_is_right() -> None:
    found = copies_of([7, 7, 7, 8, 9, 10], [0, 1, 0, 0, 1, 1])
    assert found.outvoted.tolist() == [False, True, False, False, False, False]


def test_copies_with_one_label_are_not_doubtful() -> None:
    assert not copies_of([7, 7, 8, 9], [1, 1, 0, 1]).outvoted.any()


def test_rows_without_content_are_no_copies_of_each_other() -> None:
    found = copies_of([0, 0, 0, 5, 6], [0, 1, 0, 0, 1], [0, 1, 0, 1, 0])
    assert not found.outvoted.any()
    assert not found.in_two_splits.any()


def test_content_that_most_rows_share_names_no_item() -> None:
    assert not copies_of([1, 1, 1, 2, 2, 2, 3], [0, 1, 2, 0, 1, 2, 0]).outvoted.any()


def test_every_row_twice_is_still_named_by_its_content() -> None:
    found = copies_of([1, 2, 3, 4] * 2, [0, 1, 0, 1, 1, 1, 0, 1])
    assert found.outvoted.tolist() == [True, False, False, False] * 2


def test_a_crowd_with_labels_like_any_rows_is_no_item() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 300)
    items = np.arange(1, 301)
    items[:100] = 1  # "n/a"
    assert not copies_of(items.tolist(), labels.tolist(), (labels % 2).tolist()).outvoted.any()


def test_a_crowd_that_mostly_agrees_is_an_item() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 3, 300)
    labels[:30] = [1] + [2] * 29
    items = np.arange(1, 301)
    items[:30] = 1
    assert np.flatnonzero(copies_of(items.tolist(), labels.tolist()).outvoted).tolist() == [0]


def test_items_in_two_splits_are_told_whatever_their_labels() -> None:
    found = copies_of([7, 7, 8, 8, 9], [0, 0, 1, 1, 1], [0, 1, 1, 1, -1])
    assert found.in_two_splits.tolist() == [True, True, False, False, False]
    assert copies_of([7, 7], [0, 0], [0, -1]).in_two_splits.all(), "no split is one of its own"


@given(st.data())
def test_order_of_the_rows_does_not_matter(data: st.DataObject) -> None:
    n_rows = data.draw(st.integers(1, 30))
    items = data.draw(st.lists(st.integers(0, 20), min_size=n_rows, max_size=n_rows))
    labels = data.draw(st.lists(st.integers(0, 2), min_size=n_rows, max_size=n_rows))
    splits = data.draw(st.lists(st.integers(-1, 1), min_size=n_rows, max_size=n_rows))
    order = data.draw(row_orders(n_rows)).tolist()
    straight = copies_of(items, labels, splits)
    shuffled = copies_of([items[i] for i in order], [labels[i] for i in order], [splits[i] for i in order])
    assert shuffled.outvoted.tolist() == straight.outvoted[order].tolist()
    assert shuffled.in_two_splits.tolist() == straight.in_two_splits[order].tolist()


# --- by embedding --------------------------------------------------------------------------------------


def test_equal_embeddings_are_the_same_item_where_no_content_names_it() -> None:
    vectors = unit(np.random.default_rng(1), 60)
    vectors[1] = vectors[0]
    given_labels = np.zeros(60, dtype=np.int64)
    given_labels[1] = 1
    splits = np.full(60, -1)
    found = find_copies(given_labels, splits, None, around_of(vectors))
    assert np.flatnonzero(found.outvoted).tolist() == [0, 1]
    assert not found.disputed.any()
    named = find_copies(given_labels, splits, np.arange(1, 61, dtype=np.uint64), around_of(vectors))
    assert not named.outvoted.any()
    assert np.flatnonzero(named.disputed).tolist() == [0, 1]


def test_near_copies_with_another_label_are_disputed_and_not_outvoted() -> None:
    vectors = unit(np.random.default_rng(2), 60)
    vectors[1] = vectors[0] + np.float32(1e-3)
    vectors[3] = vectors[2] + np.float32(1e-3)
    given_labels = np.zeros(60, dtype=np.int64)
    given_labels[1] = 1
    found = find_copies(given_labels, np.full(60, -1), None, around_of(vectors))
    assert np.flatnonzero(found.disputed).tolist() == [0, 1]
    assert not found.outvoted.any()


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_a_coarse_space_has_no_copies(metric: str) -> None:
    """Eleven rows at one place are no copies; in a table's columns any two rows may meet."""
    vectors = unit(np.random.default_rng(3), 60)
    vectors[: 11 if metric == "cosine" else 2] = vectors[0]
    given_labels = np.arange(60) % 2
    found = find_copies(given_labels, np.full(60, -1), None, around_of(vectors, metric=metric))
    assert not found.outvoted.any()
    assert not found.disputed.any()


# --- in an audit ---------------------------------------------------------------------------------------


def texts_table(**changes: object) -> pa.Table:
    """Honest rows, each with a text; `changes` name the text of some rows."""
    texts: list[object] = [f"text {i}" for i in range(300)]
    for row, text in changes.items():
        texts[int(row[1:])] = text
    return joined(honest_sample(0, noise_rate=0.0).table(), pa.table({"text": texts}))


@pytest.fixture
def pair() -> tuple[int, int]:
    """Two rows of different classes."""
    codes = honest_sample(0, noise_rate=0.0).codes
    return 0, int(np.flatnonzero(codes != codes[0])[0])


def test_one_item_with_two_labels_is_suspect_whatever_the_model_says(
    tmp_path: Path, pair: tuple[int, int]
) -> None:
    table = texts_table(**{f"r{row}": "the same" for row in pair})
    result = audit_paths(write(tmp_path / "data.parquet", table))
    assert {f"r{row}" for row in pair} <= set(suspect_ids(result))
    assert result.summary.by_rule["LA301"] == 2
    rules = {row.id: row.rules for row in result.suspects()}
    assert all("LA301" in rules[f"r{row}"] for row in pair)
    without = audit_paths(tmp_path / "data.parquet", ignore=("LA301",))
    assert "LA301" not in without.summary.by_rule
    assert result.summary.n_suspects - without.summary.n_suspects == sum(
        rules[f"r{row}"] == ("LA301",) for row in pair
    )


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".jsonl"])
@pytest.mark.parametrize("missing", [None, ""])
def test_missing_texts_are_no_items(tmp_path: Path, suffix: str, missing: str | None) -> None:
    """Five empty texts, fewer than a crowd."""
    table = texts_table(**{f"r{row}": missing for row in range(5)})
    result = audit_paths(write(tmp_path / f"data{suffix}", table))
    assert "LA301" not in result.summary.by_rule


def test_an_item_in_two_splits_is_a_notice_and_no_suspect(tmp_path: Path) -> None:
    first, second = np.flatnonzero(honest_sample(0, noise_rate=0.0).codes == 0)[:2].tolist()
    splits = ["test" if row == second else "train" for row in range(300)]
    texts = texts_table(**{f"r{row}": "the same" for row in (first, second)})
    path = write(tmp_path / "data.parquet", joined(texts, pa.table({"split": splits})))
    result = audit_paths(path)
    assert [n.count for n in result.summary.notices if n.code == "LA908"] == [2]
    listed = {row["id"] for row in result.scores().to_pylist() if "LA908" in row["rules"]}
    assert listed == {f"r{first}", f"r{second}"}
    assert not listed & set(suspect_ids(result))
    assert "LA908" not in codes_of(audit_paths(path, ignore=("LA908",)))


def test_equal_and_near_embeddings_are_found_in_an_audit(tmp_path: Path) -> None:
    table = embedded_table(0, noise_rate=0.0)
    codes = honest_sample(0, noise_rate=0.0).codes
    other = np.flatnonzero(codes != codes[0])[:2]
    vectors = np.array(table["embedding"].to_pylist())
    vectors[other[0]] = vectors[0]
    vectors[other[1]] = vectors[0] * (1 + 1e-4 * np.arange(8))
    at = table.column_names.index("embedding")
    table = table.set_column(at, "embedding", number_lists(vectors))
    result = audit_paths(write(tmp_path / "data.parquet", table), metric="cosine")
    rules = {row["id"]: row["rules"] for row in result.scores().to_pylist()}
    assert "LA301" in rules["r0"]
    assert "LA301" in rules[f"r{other[0]}"]
    assert "LA302" in rules[f"r{other[1]}"]
