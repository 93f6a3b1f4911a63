"""Labels flipped on purpose."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelaudit.kernels.flips import FLIPPED_SHARE, flipped_labels

SEEDS = st.integers(0, 2**32 - 1)


def rows_of(seed: int, n_rows: int, n_classes: int) -> dict[str, Any]:
    rng = np.random.default_rng(seed)
    return {
        "given": rng.integers(0, n_classes, n_rows).astype(np.int8),
        "clean": rng.random(n_rows) < 0.8,
        "candidates": np.broadcast_to(np.arange(n_classes, dtype=np.int32), (n_rows, n_classes)),
        "opinion": rng.dirichlet(np.ones(n_classes), n_rows).astype(np.float32),
        "noise": rng.dirichlet(np.ones(n_classes), n_classes),
        "keys": rng.integers(0, 2**63, n_rows).astype(np.uint64),
        "seed": seed % 1000,
    }


@given(SEEDS, st.integers(1, 200), st.integers(2, 7))
def test_fifteen_percent_of_the_clean_labels_are_flipped(seed: int, n_rows: int, n_classes: int) -> None:
    rows = rows_of(seed, n_rows, n_classes)
    labels, flipped = flipped_labels(**rows)
    assert flipped.sum() == round(FLIPPED_SHARE * int(rows["clean"].sum()))
    assert not flipped[~rows["clean"]].any()
    np.testing.assert_array_equal(flipped, labels != rows["given"])
    assert ((labels >= 0) & (labels < n_classes)).all()


@given(SEEDS)
def test_the_same_rows_are_flipped_alike_each_time_and_another_seed_flips_others(seed: int) -> None:
    rows = rows_of(seed, 200, 4)
    first, again = flipped_labels(**rows), flipped_labels(**rows)
    assert first[0].tobytes() == again[0].tobytes()
    assert flipped_labels(**rows | {"seed": 1001})[0].tobytes() != first[0].tobytes()


@given(SEEDS)
def test_row_order_does_not_reach_the_flips(seed: int) -> None:
    rows = rows_of(seed, 120, 4)
    order = np.random.default_rng(seed).permutation(120)
    moved = rows | {name: rows[name][order] for name in ("given", "clean", "candidates", "opinion", "keys")}
    np.testing.assert_array_equal(flipped_labels(**moved)[0], flipped_labels(**rows)[0][order])


@given(SEEDS)
def test_flipping_leaves_the_labels_given_untouched(seed: int) -> None:
    rows = rows_of(seed, 50, 3)
    before = rows["given"].tobytes()
    flipped_labels(**rows)
    assert rows["given"].tobytes() == before


def test_a_class_that_neither_model_nor_noise_knows_gets_half_of_the_uniform_flips_only() -> None:
    n_rows, n_classes = 40_000, 4
    rows = rows_of(0, n_rows, n_classes)
    rows["given"] = np.zeros(n_rows, dtype=np.int8)
    rows["clean"] = np.ones(n_rows, dtype=bool)
    rows["opinion"] = np.tile(np.array([0.5, 0.5, 0, 0], dtype=np.float32), (n_rows, 1))
    rows["noise"] = np.tile([0.5, 0.0, 0.5, 0.0], (n_classes, 1))
    labels, flipped = flipped_labels(**rows)
    shares = np.bincount(labels[flipped], minlength=n_classes) / flipped.sum()
    # Half alike to three classes, a quarter by the model to class 1, a quarter by the noise to class 2.
    np.testing.assert_allclose(shares, [0, 1 / 6 + 1 / 4, 1 / 6 + 1 / 4, 1 / 6], atol=0.02)


def test_a_label_that_has_no_rival_in_its_row_stays_or_goes_anywhere() -> None:
    rows = rows_of(0, 4000, 3)
    rows["opinion"] = np.eye(3, dtype=np.float32)[rows["given"]]
    rows["noise"] = np.eye(3)
    labels, flipped = flipped_labels(**rows)
    # Only the uniform half of the flips finds another class.
    wanted = FLIPPED_SHARE * rows["clean"].sum()
    assert flipped.sum() == pytest.approx(wanted / 2, rel=0.2)
    assert set(labels[flipped]) == {0, 1, 2}


def test_no_clean_row_means_no_flip() -> None:
    rows = rows_of(0, 20, 3) | {"clean": np.zeros(20, dtype=bool)}
    assert not flipped_labels(**rows)[1].any()
