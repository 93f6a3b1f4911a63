"""The rows that are tested: labels, probabilities and neighbours, and a way to train the model again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from labelaudit.config import AuditOptions, PredictOptions
from labelaudit.dataset import Dataset
from labelaudit.door import admit
from labelaudit.door.embeddings import check_embeddings
from labelaudit.door.labels import check_labels
from labelaudit.executors import executor
from labelaudit.kernels.draws import uniforms
from labelaudit.passes.run import run
from labelaudit.passes.sample import SamplePass
from labelaudit.predicting import predict
from labelaudit.prediction_inputs import read_inputs, source_of
from labelaudit.predictors.out_of_fold import out_of_fold
from labelaudit.types import (
    AnyArray,
    BoolArray,
    Frozen,
    HashArray,
    IntArray,
    Notice,
    Progress,
    no_progress,
)

if TYPE_CHECKING:
    from labelaudit.neighbors import NeighborGraph, Prepared

MOST_ROWS = 20_000
NEIGHBORS = 50

Refit = Callable[[IntArray], AnyArray]
"""(n,) labels to (n, K) probabilities of a model that was trained on them, out of fold."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Subject(Frozen):
    """At most 20,000 rows in an order bound to their ids, so that their order in the file reaches nothing."""

    labels: IntArray  # (n,) as given
    pred_probs: AnyArray  # (n, K) of a model that saw no injected error
    keys: HashArray  # (n,)
    n_rows: int  # of the data, before 20,000 were drawn
    refit: Refit | None  # None: the probabilities are used as they are
    trained_on: str  # what a refitted model learns from, or where the probabilities came from
    surroundings: tuple[Prepared, NeighborGraph] | None  # None without embeddings
    notices: tuple[Notice, ...]


def subject_of(
    dataset: Dataset, options: AuditOptions, prediction: PredictOptions, *, refit: bool, progress: Progress
) -> Subject:
    """Check the data as a scan does, and draw the rows to be tested.

    Args:
        dataset: from `open_dataset`.
        options: what is let through at the door; the seed.
        prediction: what a model is trained on, where one is.
        refit: whether a model is trained here; else the probabilities of the files are used.
        progress: told the rows read.
    """
    notices: list[Notice] = list(dataset.order.notices)
    read = _refitted if refit else _as_given
    draws = uniforms(_keys(dataset), options.seed, 28)
    order = np.argsort(draws, kind="stable")
    found = read(dataset, options, prediction, order, notices, progress)
    rows = found.rows
    return Subject(
        labels=dataset.order.codes(dataset.labels).astype(np.int64)[rows],
        pred_probs=found.pred_probs,
        keys=_keys(dataset)[rows],
        n_rows=found.n_usable,
        refit=found.refit,
        trained_on=found.trained_on,
        surroundings=_surroundings(dataset, rows, options, progress),
        notices=tuple(n for n in notices if options.shows(n.code)),
    )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Read(Frozen):
    rows: IntArray  # (n,) row numbers in the drawn order
    n_usable: int
    pred_probs: AnyArray  # (n, K)
    trained_on: str
    refit: Refit | None = None


def _as_given(
    dataset: Dataset,
    options: AuditOptions,
    _prediction: PredictOptions,
    order: IntArray,
    notices: list[Notice],
    progress: Progress,
) -> _Read:
    """The files' probabilities, through the same door as in a scan."""
    workers = executor(options.worker_count())
    admitted = admit(dataset, options, workers, progress)
    notices[:] = admitted.notices
    usable = admitted.codes >= 0
    rows = order[usable[order]][:MOST_ROWS]
    ascending = np.sort(rows)
    positions = np.cumsum(usable)[ascending] - 1
    reading = SamplePass(admitted.kept, positions, np.arange(len(dataset.classes)), name="sampling rows")
    parts = dataset.probability_parts(admitted.codes, options.batch_rows)
    run(reading, parts, workers, n_rows=dataset.n_rows, progress=progress)
    return _Read(
        rows=rows,
        n_usable=int(usable.sum()),
        pred_probs=reading.pred_probs[np.searchsorted(ascending, rows)],
        trained_on=dataset.probabilities[0].roles.table.name,
    )


def _refitted(
    dataset: Dataset,
    options: AuditOptions,
    prediction: PredictOptions,
    order: IntArray,
    notices: list[Notice],
    progress: Progress,
) -> _Read:
    """Out-of-fold probabilities on the labels as given, and the same again for any labels."""
    codes = dataset.order.codes(dataset.labels).astype(np.int64)
    check_labels(dataset, options, codes, notices)
    usable = (codes >= 0) & ~check_embeddings(dataset, options, notices, progress)
    rows = order[usable[order]][:MOST_ROWS]
    taught = np.zeros(dataset.n_rows, dtype=bool)
    taught[rows] = True
    base = predict(_labelled_only(dataset, taught), prediction, progress)
    notices += [notice for notice in base.notices if notice.code != "no-label"]
    source = source_of(dataset, prediction.predict_from)
    learnable = np.where(taught, codes, -1)
    predictor = read_inputs(dataset, source, learnable, order, prediction, progress).predictor

    def refit(labels: IntArray) -> AnyArray:
        changed = np.full(dataset.n_rows, -1)
        changed[rows] = labels
        found = out_of_fold(
            predictor, changed, base.fold_of_row, rows, len(dataset.classes), map, no_progress
        )
        return found[rows]

    return _Read(
        rows=rows,
        n_usable=int(usable.sum()),
        pred_probs=base.pred_probs[rows],
        trained_on=f"{base.source} ({base.method}, {base.folds} folds)",
        refit=refit,
    )


def _labelled_only(dataset: Dataset, rows: BoolArray) -> Dataset:
    """The dataset without the labels of all other rows."""
    labels = dataset.labels
    return replace(dataset, labels=replace(labels, value_codes=np.where(rows, labels.value_codes, -1)))


def _surroundings(
    dataset: Dataset, rows: IntArray, options: AuditOptions, progress: Progress
) -> tuple[Prepared, NeighborGraph] | None:
    """The neighbours, which no label takes part in."""
    if dataset.embedding_alignment is None:
        return None
    from labelaudit.neighbors import neighbor_graph, prepare

    prepared = prepare(dataset.embedding_matrix(rows), metric=options.metric, seed=options.seed)
    workers = options.worker_count()
    graph = neighbor_graph(prepared, k=NEIGHBORS, seed=options.seed, workers=workers, progress=progress)
    return prepared, graph


def _keys(dataset: Dataset) -> HashArray:
    """(N,) what makes a row itself: the hash of its id, or its number."""
    ids = dataset.labels.id_hashes
    return np.arange(dataset.n_rows, dtype=np.uint64) if ids is None else ids
