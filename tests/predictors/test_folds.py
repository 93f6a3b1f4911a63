"""Folds: even classes, whole groups, and no dependence on the order of the rows."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelaudit.predictors.folds import copies_of, groups_of, stratified_folds

Ints = npt.NDArray[np.int64]


def draws(n_rows: int, seed: int = 0) -> npt.NDArray[np.uint64]:
    return np.random.default_rng(seed).integers(0, 2**63, n_rows).astype(np.uint64)


def counts(folds: Ints, codes: Ints, n_folds: int) -> Ints:
    """(n_folds, classes) rows of each class in each fold."""
    table = np.zeros((n_folds, codes.max() + 2), dtype=np.int64)
    np.add.at(table, (folds, codes), 1)
    return table


some_codes = st.lists(st.integers(-1, 3), min_size=2, max_size=60).map(np.array)


@given(codes=some_codes, n_folds=st.integers(2, 7))
def test_every_class_is_spread_evenly(codes: Ints, n_folds: int) -> None:
    folds = stratified_folds(codes, None, draws(len(codes)), n_folds)
    assert folds.min() >= 0
    assert folds.max() < n_folds
    assert np.ptp(counts(folds, codes, n_folds), axis=0).max() <= 1


@given(codes=some_codes, n_folds=st.integers(2, 5), data=st.data())
def test_groups_are_never_split(codes: Ints, n_folds: int, data: st.DataObject) -> None:
    groups = np.array(data.draw(st.lists(st.integers(0, 9), min_size=len(codes), max_size=len(codes))))
    folds = stratified_folds(codes, groups, draws(len(codes)), n_folds)
    assert all(len(set(folds[groups == group])) == 1 for group in set(groups.tolist()))


@given(codes=some_codes, n_folds=st.integers(2, 5), seed=st.integers(0, 99))
def test_a_rows_fold_does_not_depend_on_its_place(codes: Ints, n_folds: int, seed: int) -> None:
    keys, groups = draws(len(codes)), np.arange(len(codes)) // 3
    order = np.random.default_rng(seed).permutation(len(codes))
    folds = stratified_folds(codes, groups, keys, n_folds)
    shuffled = stratified_folds(codes[order], groups[order] * 7 + 1, keys[order], n_folds)
    assert np.array_equal(shuffled, folds[order])


def test_large_groups_leave_the_folds_balanced() -> None:
    rng = np.random.default_rng(0)
    groups = np.repeat(np.arange(40), rng.integers(1, 30, 40))
    codes = rng.integers(0, 3, len(groups))
    table = counts(stratified_folds(codes, groups, draws(len(groups)), 5), codes, 5)
    share = table.sum(axis=1) / len(groups)
    assert share.min() > 0.17
    assert share.max() < 0.23


def test_rows_of_rare_classes_go_to_different_folds() -> None:
    codes = np.array([0] * 20 + [1, 2, 3, 4])
    folds = stratified_folds(codes, None, draws(24), 4)
    assert np.bincount(folds).tolist() == [6, 6, 6, 6]


def test_another_seed_gives_other_folds() -> None:
    codes = np.zeros(50, dtype=np.int64)
    assert not np.array_equal(
        stratified_folds(codes, None, draws(50, 1), 5), stratified_folds(codes, None, draws(50, 2), 5)
    )


# --- copies ----------------------------------------------------------------------------------------------


def test_rows_of_equal_inputs_are_copies() -> None:
    groups = copies_of(np.array([5, 6, 5, 7], dtype=np.uint64), np.zeros(4, dtype=bool))
    assert groups is not None
    assert groups[0] == groups[2]
    assert len(set(groups.tolist())) == 3


def test_rows_without_inputs_are_no_copies_of_each_other() -> None:
    assert copies_of(np.array([5, 5, 6], dtype=np.uint64), np.array([True, True, False])) is None


def test_columns_of_few_values_make_no_copies() -> None:
    keys = np.arange(1000, dtype=np.uint64) % np.uint64(8)
    assert copies_of(keys, np.zeros(1000, dtype=bool)) is None


@pytest.mark.parametrize("repeats", [2, 9])
def test_data_that_stands_there_several_times_is_copies(repeats: int) -> None:
    groups = copies_of(np.tile(np.arange(50, dtype=np.uint64), repeats), np.zeros(50 * repeats, dtype=bool))
    assert groups is not None
    assert np.bincount(groups).tolist() == [repeats] * 50


def test_rows_without_a_group_are_by_themselves() -> None:
    groups = groups_of(np.zeros(4, dtype=np.uint64), np.array([False, True, True, False]))
    assert groups[0] == groups[3]
    assert len(set(groups.tolist())) == 3
