"""The reading that scores every row by a fitted EM model."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelaudit.executors import executor
from labelaudit.kernels.em import FOLDS, FULL_CLASSES, EmModel, em_folds, em_scores, fit_em
from labelaudit.passes.em import EmPass
from labelaudit.passes.rows import KeptRows
from labelaudit.passes.run import run
from labelaudit.types import no_progress
from tests.builders import parts_of, streamed
from tests.strategies import batch_cuts, noisy_dataset

FloatMatrix = npt.NDArray[np.floating]
IntArray = npt.NDArray[np.int64]
KEYS = np.random.default_rng(0).integers(0, 1 << 63, 5_000).astype(np.uint64)


def fitted(labels: IntArray, pred_probs: FloatMatrix) -> EmModel:
    learned = streamed(labels, pred_probs.astype(np.float64))
    folds = em_folds(KEYS[: len(labels)], 0)
    return fit_em(labels, pred_probs, learned.flagged, learned.joints[0].noise_matrix, folds)


def made_up(rng: np.random.Generator, n_classes: int) -> EmModel:
    """Some recalibration or other, in the form and precision of a fitted one."""
    few = n_classes <= FULL_CLASSES
    kind = np.float64 if few else np.float32
    slopes = rng.normal(size=(FOLDS, n_classes, n_classes)) / 10 + np.eye(n_classes)
    noise = rng.dirichlet(np.ones(n_classes), n_classes).T + 4 * np.eye(n_classes)
    return EmModel(
        slopes=(slopes if few else slopes.diagonal(axis1=1, axis2=2)).astype(kind),
        bias=rng.normal(size=(FOLDS, n_classes)).astype(kind),
        noise=(noise / 5).astype(kind),
    )


def read(
    model: EmModel,
    labels: IntArray,
    pred_probs: FloatMatrix,
    keys: npt.NDArray[np.uint64],
    cuts: list[int],
    *,
    usable: npt.NDArray[np.bool_] | None = None,
    workers: int = 1,
) -> EmPass:
    kept = KeptRows.of(np.ones(len(labels), dtype=bool) if usable is None else usable, None)
    rows = kept.row_numbers()
    reading = EmPass(kept, labels[rows], em_folds(keys, 0)[rows], model)
    parts = parts_of(labels, pred_probs, cuts)
    run(reading, parts, executor(workers), n_rows=len(labels), progress=no_progress)
    return reading


def bits(reading: EmPass, order: IntArray | None = None) -> tuple[bytes, ...]:
    at = np.arange(len(reading.best)) if order is None else order
    return tuple(values[at].tobytes() for values in (reading.log_odds, reading.best, reading.best_prob))


@given(
    data=st.data(),
    seed=st.integers(0, 1000),
    n_classes=st.sampled_from([2, 5, 24, 25, 60]),
    single=st.booleans(),
    workers=st.integers(1, 2),
)
def test_cuts_workers_and_order_change_no_bit(
    data: st.DataObject, seed: int, n_classes: int, single: bool, workers: int
) -> None:
    """A row is mended: its batch is read in double precision."""
    rng = np.random.default_rng(seed)
    labels, pred_probs = noisy_dataset(rng, n_rows=60, n_classes=n_classes, single_precision=single)
    pred_probs = pred_probs.astype(np.float32 if single else np.float64)
    pred_probs[3] *= 1.004
    model, keys = made_up(rng, n_classes), KEYS[:60]
    whole = read(model, labels, pred_probs, keys, [])
    cut = read(model, labels, pred_probs, keys, data.draw(batch_cuts(60)), workers=workers)
    assert bits(cut) == bits(whole)
    order = rng.permutation(60)
    shuffled = read(model, labels[order], pred_probs[order], keys[order], data.draw(batch_cuts(60)))
    assert bits(shuffled) == bits(whole, order)


@pytest.mark.parametrize("n_classes", [4, 40])
def test_rows_that_are_left_out_leave_no_gap(n_classes: int) -> None:
    labels, pred_probs = noisy_dataset(np.random.default_rng(0), n_rows=120, n_classes=n_classes)
    model, keys = made_up(np.random.default_rng(1), n_classes), KEYS[:120]
    usable = np.arange(120) % 3 > 0
    faulty = np.where(usable[:, None], pred_probs, np.nan)
    found = read(model, labels, faulty, keys, [1, 20, 21], usable=usable)
    assert bits(found) == bits(read(model, labels[usable], pred_probs[usable], keys[usable], []))


@pytest.mark.parametrize("n_classes", [4, 40])
def test_many_rows_are_scored_in_blocks_as_one_by_one(n_classes: int) -> None:
    labels, pred_probs = noisy_dataset(
        np.random.default_rng(0), n_rows=5_000, n_classes=n_classes, noise_rate=0.2
    )
    model = made_up(np.random.default_rng(1), n_classes)
    found = read(model, labels, pred_probs, KEYS, [1_700])
    for row in (0, 1_699, 1_700, 4_999):
        here = slice(row, row + 1)
        alone = em_scores(model, labels[here], pred_probs[here], em_folds(KEYS[here], 0))
        assert alone.log_odds[0] == found.log_odds[row]
        assert alone.best[0] == found.best[row] != labels[row]
        assert np.float32(alone.best_prob[0]) == found.best_prob[row]


def test_log_odds_find_labels_that_were_flipped() -> None:
    rng = np.random.default_rng(5)
    true, pred_probs = noisy_dataset(rng, n_rows=3_000, n_classes=5, noise_rate=0.0, confidence=6.0)
    flipped = rng.random(3_000) < 0.15
    labels = np.where(flipped, (true + rng.integers(1, 5, 3_000)) % 5, true)
    found = read(fitted(labels, pred_probs), labels, pred_probs, KEYS[:3_000], [])
    assert (found.log_odds[flipped] > 0).mean() > 0.8
    assert (found.log_odds[~flipped] > 0).mean() < 0.1
    assert (found.best[flipped] == true[flipped]).mean() > 0.7
