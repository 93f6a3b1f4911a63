"""Judged by probabilities and neighbours together: the default where there are embeddings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from labelaudit.batch import Part
from labelaudit.confident_learning import Learned
from labelaudit.config import AuditOptions
from labelaudit.dataset import Dataset
from labelaudit.door import Admitted
from labelaudit.executors import Executor
from labelaudit.judging.judgement import CREDIBLE, Judgement, Neighborhood
from labelaudit.judging.leak import leaking_share, leaks
from labelaudit.kernels.candidates import at_slots, row_blocks, scattered
from labelaudit.kernels.own_class import SHOWN, nearest_of_class
from labelaudit.kernels.votes import vote_weights
from labelaudit.passes.run import run
from labelaudit.passes.top import TopPass
from labelaudit.scorers import GRAPH_SCORERS
from labelaudit.scorers.evidence import Evidence
from labelaudit.scorers.fused import Fused, average, fuse
from labelaudit.types import AnyArray, FloatArray, FloatMatrix, HashArray, IntArray, Notice, Progress

if TYPE_CHECKING:
    from labelaudit.neighbors import NeighborGraph

NEIGHBORS = 50


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Gathered:
    """The evidence of all rows with the graph it rests on."""

    evidence: Evidence
    graph: NeighborGraph
    notices: tuple[Notice, ...]


def gather(
    dataset: Dataset,
    admitted: Admitted,
    parts: Sequence[Part],
    options: AuditOptions,
    class_shares: FloatArray | None,
    keys: HashArray,
    order: IntArray,
    workers: Executor,
    progress: Progress,
) -> Gathered:
    """Read the embeddings, search their neighbours, and read the best probabilities of each row.

    All of it is in this order of the kept rows: sums and fits depend on the order in their last bits.
    """
    from labelaudit.neighbors import neighbor_graph, prepare

    kept = admitted.kept
    rows = kept.rows if dataset.labels.id_hashes is None else kept.row_numbers()[order]
    prepared = prepare(dataset.embedding_matrix(rows), metric=options.metric, seed=options.seed)
    notices = []
    if prepared.n_constant:
        message = f"{prepared.n_constant:,} columns of the embeddings are constant and left out"
        notices.append(Notice(code="constant-columns", message=message, count=prepared.n_constant))
    graph = neighbor_graph(
        prepared, k=NEIGHBORS, seed=options.seed, workers=options.worker_count(), progress=progress
    )
    top = TopPass(kept, len(dataset.classes))
    run(top, parts, workers, n_rows=kept.n_rows, progress=progress)
    evidence = Evidence(
        given=admitted.view.given[order],
        n_classes=len(dataset.classes),
        top_classes=top.classes[order],
        top_probs=top.probs[order],
        neighbors=graph.neighbors,
        distances=graph.distances,
        metric=graph.metric,
        vectors=prepared.vectors,
        keys=keys[order],
        seed=options.seed,
        class_shares=class_shares,
    )
    return Gathered(evidence=evidence, graph=graph, notices=tuple(notices))


def judge_by_neighbors(gathered: Gathered, learned: Learned, options: AuditOptions) -> Judgement:
    """Rank by the fused chance of error, or by the graph scorer asked for."""
    from threadpoolctl import threadpool_limits

    with threadpool_limits(1, user_api="blas"):  # the last bits of a product depend on the threads
        return _judged(gathered, int(learned.flagged.sum()), options)


def _judged(gathered: Gathered, n_pruned: int, options: AuditOptions) -> Judgement:
    evidence = gathered.evidence
    notices = list(gathered.notices)
    leaking = leaks(evidence)
    if leaking:
        notices.append(_leak_notice(evidence))
    fused = (average if leaking else fuse)(evidence, n_pruned)
    suggested, probs, runner_up = suggestions(evidence, by_votes=leaking)
    names = {options.ranking, *options.scorers} & set(GRAPH_SCORERS)
    scores = {name: _scored(name, evidence, fused) for name in sorted(names)}
    return Judgement(
        quality=scores[options.ranking] if options.ranking in scores else 1 - fused.p_error,
        p_error=fused.p_error,
        suggested=suggested,
        suggested_prob=probs,
        runner_up=runner_up,
        estimate=fused.estimate,
        method="mean of probabilities and neighbours" if leaking else "probabilities and neighbours, fused",
        neighborhood=_neighborhood(evidence, gathered.graph, fused, suggested),
        scores={name: scores[name] for name in options.scorers if name in scores},
        notices=tuple(notices),
    )


def suggestions(evidence: Evidence, *, by_votes: bool) -> tuple[AnyArray, FloatArray, AnyArray]:
    """The best class other than the given one, its probability, and the next best of all.

    The probability is the mean of four: POOL and MIX before they look at the given label, of the first and of
    the second look.
    """
    found = evidence.opinions
    n_rows = evidence.n_rows
    best, runner_up = np.empty(n_rows, dtype=np.int64), np.empty(n_rows, dtype=np.int64)
    probs = np.empty(n_rows)
    for rows in row_blocks(*found.candidates.shape):
        if by_votes:
            mean: FloatMatrix = found.votes[rows].astype(np.float64)
        else:
            first, second = evidence.beliefs, evidence.second
            parts = (first.opinion, first.before, second.opinion, second.before)
            mean = np.stack([part[rows] for part in parts]).mean(axis=0, dtype=np.float64)
        here, slots = np.arange(len(mean)), found.slots[rows]
        given = mean[here, slots].copy()
        mean[here, slots] = -1
        column = mean.argmax(axis=1)
        best[rows], probs[rows] = found.candidates[rows][here, column], mean[here, column]
        mean[here, slots] = given
        mean[here, column] = -1
        runner_up[rows] = found.candidates[rows][here, mean.argmax(axis=1)]
    return np.where(probs >= CREDIBLE, best, -1), probs, runner_up


def _scored(name: str, evidence: Evidence, fused: Fused) -> FloatArray:
    return 1 - fused.p_error if name == "fused" else GRAPH_SCORERS[name].score_rows(evidence)


def _leak_notice(evidence: Evidence) -> Notice:
    return Notice(
        code="LA903",
        message=f"the probabilities agree with {leaking_share(evidence):.0%} of the labels that their own "
        "neighbourhood contradicts: the model seems to have seen these labels. Rows are ranked by the plain "
        "mean of probabilities and neighbours, and errors may be hidden",
    )


def _neighborhood(
    evidence: Evidence, graph: NeighborGraph, fused: Fused, suggested: AnyArray
) -> Neighborhood:
    n_rows, n_classes = evidence.n_rows, evidence.n_classes
    weights = vote_weights(graph.neighbors, graph.distances, evidence.given, metric=graph.metric)
    agreement: FloatArray = np.zeros(n_rows)
    share: FloatArray = np.zeros(n_rows)
    strongest = np.zeros(n_rows, dtype=np.int64)
    for rows in row_blocks(n_rows, max(n_classes, graph.k)):
        votes = scattered(slice(None), evidence.given[graph.neighbors[rows]], weights[rows], n_classes)
        votes /= np.maximum(votes.sum(axis=1, keepdims=True), 1e-12)
        own = evidence.given[rows].astype(np.int64)
        agreement[rows] = at_slots(votes, own)
        votes[np.arange(len(own)), own] = -1
        strongest[rows] = votes.argmax(axis=1)
        np.maximum(votes.max(axis=1), 0, out=share[rows])
    examples = []
    doubted = np.flatnonzero(fused.p_error > 0.5)
    doubted = doubted[np.argsort(-fused.p_error[doubted], kind="stable")]
    for wanted in (evidence.given, suggested):
        shown = np.full((n_rows, SHOWN), -1, dtype=np.int32)
        shown[doubted] = nearest_of_class(
            graph.neighbors, evidence.vectors, evidence.given, doubted, wanted[doubted]
        )
        examples.append(shown)
    facts = {"metric": graph.metric, "k": graph.k, "index": graph.index, "recall": graph.recall}
    return Neighborhood(
        neighbors=graph.neighbors,
        distances=graph.distances,
        agreement=agreement,
        strongest=strongest,
        strongest_share=share,
        with_given=examples[0],
        with_suggested=examples[1],
        metric=graph.metric,
        facts=facts,
    )
