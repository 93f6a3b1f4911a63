"""Candidates: the classes of a row that are worth a thought."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelaudit.kernels import candidates
from labelaudit.kernels.candidates import (
    MOST_CANDIDATES,
    at_slots,
    best_candidates,
    doubt,
    odds_against,
    rivals,
    row_blocks,
    scattered,
    softmax,
    with_given,
)

SEEDS = st.integers(0, 2**32 - 1)


@given(st.integers(0, 50), st.integers(0, 1 << 22))
def test_blocks_hold_each_row_once_in_order(n_rows: int, width: int) -> None:
    blocks = list(row_blocks(n_rows, width))
    assert [row for block in blocks for row in range(n_rows)[block]] == list(range(n_rows))
    assert all(block.stop > block.start for block in blocks)


def test_up_to_24_classes_are_all_candidates_in_class_order() -> None:
    found = best_candidates(lambda rows: pytest.fail("not needed"), 5, MOST_CANDIDATES)
    assert (found == np.arange(MOST_CANDIDATES)).all()
    assert found.shape == (5, MOST_CANDIDATES)


@given(SEEDS, st.integers(25, 60))
def test_candidates_of_more_classes_are_the_strongest_best_first(seed: int, n_classes: int) -> None:
    evidence = np.random.default_rng(seed).random((7, n_classes))
    found = best_candidates(lambda rows: evidence[rows], 7, n_classes)
    np.testing.assert_array_equal(found, np.argsort(-evidence, axis=1)[:, :MOST_CANDIDATES])


def test_candidates_do_not_depend_on_the_block_size(monkeypatch: pytest.MonkeyPatch) -> None:
    evidence = np.random.default_rng(0).integers(0, 3, (40, 30)).astype(np.float64)
    whole = best_candidates(lambda rows: evidence[rows], 40, 30)
    monkeypatch.setattr(candidates, "BLOCK_VALUES", 70)
    np.testing.assert_array_equal(best_candidates(lambda rows: evidence[rows], 40, 30), whole)


@given(SEEDS)
def test_every_row_has_its_given_label_once_at_its_slot(seed: int) -> None:
    rng = np.random.default_rng(seed)
    chosen = np.stack([rng.permutation(9)[:4] for _ in range(12)]).astype(np.int32)
    before = chosen.tobytes()
    labels = rng.integers(0, 9, 12).astype(np.int8)
    found, slots = with_given(chosen, labels)
    assert chosen.tobytes() == before
    np.testing.assert_array_equal(found[np.arange(12), slots], labels)
    assert ((found == labels[:, None]).sum(axis=1) == 1).all()
    # Only the weakest candidate may have made room.
    np.testing.assert_array_equal(found[:, :3], chosen[:, :3])


def test_given_labels_are_their_own_slots_where_all_classes_are_candidates() -> None:
    everything = best_candidates(lambda rows: pytest.fail("not needed"), 3, 4)
    found, slots = with_given(everything, np.array([3, 0, 2], dtype=np.int8))
    assert found is everything
    assert slots.tolist() == [3, 0, 2]
    assert slots.dtype == np.int64


@given(SEEDS)
def test_scattered_values_are_added_where_their_class_is(seed: int) -> None:
    rng = np.random.default_rng(seed)
    classes, values = rng.integers(0, 5, (8, 6)).astype(np.int8), rng.random((8, 6)).astype(np.float32)
    expected = np.zeros((8, 5))
    for row in range(8):
        for column in range(6):
            expected[row, classes[row, column]] += values[row, column]
    np.testing.assert_allclose(scattered(slice(2, 7), classes, values, 5), expected[2:7], rtol=1e-12)


def test_scattering_small_class_numbers_over_many_rows_does_not_overflow() -> None:
    dense = scattered(slice(None), np.full((1000, 1), 99, dtype=np.int8), np.ones((1000, 1)), 100)
    assert (dense[:, 99] == 1).all()
    assert dense.sum() == 1000


def test_scattering_nothing_gives_zeros() -> None:
    assert not scattered(slice(None), np.zeros((3, 0), dtype=np.int8), np.zeros((3, 0)), 4).any()


@given(SEEDS, st.integers(1, 6))
def test_rival_and_doubt_are_of_the_other_columns(seed: int, width: int) -> None:
    rng = np.random.default_rng(seed)
    matrix, slots = rng.random((9, width)).astype(np.float32), rng.integers(0, width, 9)
    others = [np.delete(row, slot) for row, slot in zip(matrix.astype(np.float64), slots, strict=True)]
    assert rivals(matrix, slots).tolist() == [row.max(initial=0) for row in others]
    np.testing.assert_allclose(doubt(matrix, slots), [row.sum() for row in others], rtol=1e-12)
    assert at_slots(matrix, slots).tolist() == [row[slot] for row, slot in zip(matrix, slots, strict=True)]


def test_odds_tell_certain_rows_apart_without_a_warning() -> None:
    matrix = np.array([[1.0, 0.0], [1.0, 1e-30], [0.5, 0.5], [0.0, 1.0]])
    odds = odds_against(matrix, np.zeros(4, dtype=np.int64))
    assert np.isfinite(odds).all()
    assert (np.diff(odds) > 0).all()
    assert odds[2] == 0


@given(SEEDS)
def test_softmax_knows_differences_only(seed: int) -> None:
    logits = np.random.default_rng(seed).normal(0, 50, (6, 4))
    chances = softmax(logits.copy())
    np.testing.assert_allclose(chances.sum(axis=1), 1, rtol=1e-12)
    np.testing.assert_allclose(softmax(logits + 1000), chances, atol=1e-9)
    assert (chances.argmax(axis=1) == logits.argmax(axis=1)).all()
