"""The reading that keeps the most probable classes of each row."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelaudit.executors import executor
from labelaudit.kernels.candidates import MOST_CANDIDATES
from labelaudit.passes.rows import KeptRows
from labelaudit.passes.run import run
from labelaudit.passes.top import TopPass
from labelaudit.types import no_progress
from tests.builders import parts_of
from tests.strategies import batch_cuts, noisy_dataset

FloatMatrix = npt.NDArray[np.floating]


def top_of(
    pred_probs: FloatMatrix, cuts: list[int], *, usable: npt.NDArray[np.bool_] | None = None, workers: int = 1
) -> TopPass:
    n_rows, n_classes = pred_probs.shape
    kept = KeptRows.of(np.ones(n_rows, dtype=bool) if usable is None else usable, None)
    reading = TopPass(kept, n_classes)
    parts = parts_of(np.zeros(n_rows, dtype=np.int64), pred_probs, cuts)
    run(reading, parts, executor(workers), n_rows=n_rows, progress=no_progress)
    return reading


@pytest.mark.parametrize("n_classes", [2, MOST_CANDIDATES])
def test_all_classes_are_kept_where_there_are_few(n_classes: int) -> None:
    _, pred_probs = noisy_dataset(np.random.default_rng(0), n_rows=50, n_classes=n_classes)
    found = top_of(pred_probs, [7])
    assert (found.classes == np.arange(n_classes)).all()
    np.testing.assert_array_equal(found.probs, pred_probs.astype(np.float32))


def test_of_many_classes_the_most_probable_are_kept_in_class_order() -> None:
    _, pred_probs = noisy_dataset(np.random.default_rng(0), n_rows=50, n_classes=60)
    found = top_of(pred_probs, [7])
    assert found.classes.shape == found.probs.shape == (50, MOST_CANDIDATES)
    expected = np.sort(np.argsort(-pred_probs, axis=1)[:, :MOST_CANDIDATES], axis=1)
    np.testing.assert_array_equal(found.classes, expected)
    np.testing.assert_array_equal(
        found.probs, np.take_along_axis(pred_probs, expected, axis=1).astype(np.float32)
    )


@given(
    data=st.data(),
    seed=st.integers(0, 1000),
    n_classes=st.sampled_from([2, 5, 24, 25, 60]),
    decimals=st.sampled_from([1, 2, None]),
    single=st.booleans(),
    workers=st.integers(1, 2),
)
def test_cuts_workers_and_order_change_no_bit(
    data: st.DataObject, seed: int, n_classes: int, decimals: int | None, single: bool, workers: int
) -> None:
    """With ties at the last place, and a row that is mended: its batch is read in double precision."""
    rng = np.random.default_rng(seed)
    _, pred_probs = noisy_dataset(
        rng, n_rows=40, n_classes=n_classes, decimals=decimals, single_precision=single
    )
    pred_probs = pred_probs.astype(np.float32 if single else np.float64)
    pred_probs[3] *= 1.004
    whole = top_of(pred_probs, [])
    cut = top_of(pred_probs, data.draw(batch_cuts(40)), workers=workers)
    order = rng.permutation(40)
    shuffled = top_of(pred_probs[order], data.draw(batch_cuts(40)))
    for other, at in ((cut, np.arange(40)), (shuffled, order)):
        assert other.classes.tobytes() == whole.classes[at].tobytes()
        assert other.probs.tobytes() == whole.probs[at].tobytes()


def test_rows_that_are_left_out_leave_no_gap() -> None:
    _, pred_probs = noisy_dataset(np.random.default_rng(0), n_rows=50, n_classes=30)
    usable = np.arange(50) % 3 > 0
    faulty = np.where(usable[:, None], pred_probs, np.nan)
    found = top_of(faulty, [1, 20, 21], usable=usable)
    expected = top_of(pred_probs[usable], [])
    assert found.classes.tobytes() == expected.classes.tobytes()
    assert found.probs.tobytes() == expected.probs.tobytes()
