"""However the rows are cut, spread and merged, the passes learn the same."""

from __future__ import annotations

import dataclasses

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelaudit import AuditOptions
from labelaudit.batch import Batch
from labelaudit.confident_learning import Learned, learn
from labelaudit.config import FILTERS
from labelaudit.executors import executor
from labelaudit.kernels.contenders import decides
from labelaudit.passes.rows import KeptRows, subset
from labelaudit.passes.run import run
from labelaudit.types import ProgressEvent, no_progress
from tests.builders import admitted_of, parts_of, streamed
from tests.strategies import Dataset, batch_cuts, datasets, random_dataset

IntArray = npt.NDArray[np.int64]


def assert_same(left: Learned, right: Learned) -> None:
    assert left.flagged.tobytes() == right.flagged.tobytes()
    for mine, other in zip(left.joints, right.joints, strict=True):
        for item in dataclasses.fields(mine):
            assert getattr(mine, item.name).tobytes() == getattr(other, item.name).tobytes(), item.name


# --- cuts and workers --------------------------------------------------------------------------------


@pytest.mark.parametrize("filter_by", FILTERS)
@given(data=st.data(), dataset=datasets(), workers=st.integers(1, 3))
def test_cuts_and_workers_change_no_bit(
    filter_by: str, data: st.DataObject, dataset: Dataset, workers: int
) -> None:
    cuts = data.draw(batch_cuts(len(dataset[0])))
    whole = streamed(*dataset, filter=filter_by)
    assert_same(streamed(*dataset, filter=filter_by, cuts=cuts, workers=workers), whole)


@pytest.mark.parametrize("seed", range(5))
def test_one_row_a_batch_changes_no_bit(seed: int) -> None:
    labels, pred_probs = random_dataset(seed)
    labels, pred_probs = labels[:300], pred_probs[:300]
    cuts = list(range(1, len(labels)))
    assert_same(streamed(labels, pred_probs, cuts=cuts, workers=2), streamed(labels, pred_probs))


@given(data=st.data(), dataset=datasets())
def test_parts_may_be_read_in_any_order(data: st.DataObject, dataset: Dataset) -> None:
    labels, pred_probs = dataset
    parts = parts_of(labels, pred_probs, data.draw(batch_cuts(len(labels))))
    order = data.draw(st.permutations(range(len(parts))))
    shuffled = [parts[i] for i in order]
    options = AuditOptions()
    rows = admitted_of(labels, pred_probs, shuffled, options, 1)
    learned = learn(rows, shuffled, pred_probs.shape[1], options, executor(1), no_progress)
    assert_same(learned, streamed(labels, pred_probs))


# --- what the first reading keeps ----------------------------------------------------------------------


@pytest.mark.parametrize("collision", ["cleanlab", "paper"])
@given(dataset=datasets(max_classes=10))
def test_contenders_decide_as_the_second_reading_does(collision: str, dataset: Dataset) -> None:
    with_them = streamed(*dataset, collision=collision)
    assert_same(with_them, streamed(*dataset, collision=collision, keep_contenders=False))


@pytest.mark.parametrize("collision", ["cleanlab", "paper"])
def test_contenders_decide_as_the_second_reading_does_on_larger_data(collision: str) -> None:
    n_decided = 0
    for seed in range(60):
        dataset = random_dataset(seed)
        with_them = streamed(*dataset, cuts=[len(dataset[0]) // 2], collision=collision)
        assert_same(with_them, streamed(*dataset, collision=collision, keep_contenders=False))
        n_decided += decides(with_them.joints[0].thresholds[None])
    assert 10 <= n_decided <= 50, "both ways are taken"


def test_few_margins_are_held_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cutting the candidates back early changes nothing."""
    labels, pred_probs = random_dataset(4)
    expected = streamed(labels, pred_probs)
    monkeypatch.setattr("labelaudit.passes.margins.SLACK", 0)
    cuts = list(range(1, len(labels), max(1, len(labels) // 50)))
    assert_same(streamed(labels, pred_probs, cuts=cuts, workers=2), expected)


# --- strata and left-out rows ----------------------------------------------------------------------------


def learned_of(
    dataset: Dataset, usable: npt.NDArray[np.bool_], strata: IntArray | None, cuts: list[int]
) -> Learned:
    labels, pred_probs = dataset
    parts = parts_of(labels, pred_probs, cuts)
    options = AuditOptions(filter="both")
    rows = admitted_of(labels, pred_probs, parts, options, 1)
    kept = KeptRows.of(usable, strata)
    rows = dataclasses.replace(
        rows, kept=kept, view=subset(rows.view, np.flatnonzero(usable)), contenders=None
    )
    return learn(rows, parts, pred_probs.shape[1], options, executor(2), no_progress)


def has_two_classes(labels: IntArray) -> bool:
    return len(labels) > 0 and labels.min() < labels.max()


@given(data=st.data(), dataset=datasets(), seed=st.integers(0, 50))
def test_left_out_rows_are_as_if_they_were_not_there(
    data: st.DataObject, dataset: Dataset, seed: int
) -> None:
    labels, pred_probs = dataset
    usable = np.random.default_rng(seed).random(len(labels)) < 0.8
    if not has_two_classes(labels[usable]):
        return
    cuts = data.draw(batch_cuts(len(labels)))
    expected = streamed(labels[usable], pred_probs[usable], filter="both")
    found = learned_of(dataset, usable, None, cuts)
    assert found.flagged.tolist() == expected.flagged.tolist()


@given(data=st.data(), dataset=datasets(), seed=st.integers(0, 50))
def test_strata_are_learned_each_by_itself(data: st.DataObject, dataset: Dataset, seed: int) -> None:
    labels, pred_probs = dataset
    strata = np.random.default_rng(seed).integers(0, 3, len(labels))
    cuts = data.draw(batch_cuts(len(labels)))
    found = learned_of(dataset, np.ones(len(labels), dtype=bool), strata, cuts)
    assert len(found.joints) == strata.max() + 1
    for stratum in range(strata.max() + 1):
        here = strata == stratum
        if not here.any():
            continue
        alone = streamed(labels[here], pred_probs[here], filter="both")
        assert found.flagged[here].tolist() == alone.flagged.tolist()
        np.testing.assert_array_equal(found.joints[stratum].calibrated, alone.joints[0].calibrated)


# --- reading ------------------------------------------------------------------------------------------


class RowCount:
    """A pass that counts."""

    name = "counting"

    def start(self) -> list[int]:
        return []

    def fold(self, state: list[int], batch: Batch) -> list[int]:
        return [*state, *batch.rows.tolist()]

    def merge(self, left: list[int], right: list[int]) -> list[int]:
        return left + right


@pytest.mark.parametrize("workers", [1, 2, 5])
@pytest.mark.parametrize("cuts", [[], [1], [3, 50, 51, 99]])
def test_every_row_is_folded_once_and_told(workers: int, cuts: list[int]) -> None:
    events: list[ProgressEvent] = []
    parts = parts_of(np.zeros(100, dtype=np.int64), np.full((100, 2), 0.5), cuts)
    rows = run(RowCount(), parts, executor(workers), n_rows=100, progress=events.append)
    assert rows == list(range(100))
    assert events[-1] == ProgressEvent("counting", 100, 100)


@pytest.mark.parametrize("workers", [1, 2])
def test_fault_of_a_reader_reaches_the_caller(workers: int) -> None:
    def broken() -> object:
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        run(RowCount(), [broken, broken, broken], executor(workers), n_rows=9, progress=no_progress)  # type: ignore[list-item]


@pytest.mark.parametrize("workers", [1, 3])
def test_executor_yields_in_order_with_few_under_way(workers: int) -> None:
    drawn: list[int] = []

    def items() -> object:
        for i in range(50):
            drawn.append(i)
            yield i

    found = executor(workers).map(lambda i: i * i, items())  # type: ignore[arg-type]
    assert next(found) == 0
    assert len(drawn) <= workers + 1
    assert list(found) == [i * i for i in range(1, 50)]
