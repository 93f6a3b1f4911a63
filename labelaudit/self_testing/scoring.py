"""Every scorer on rows in memory."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from labelaudit.kernels.candidates import MOST_CANDIDATES
from labelaudit.kernels.em import em_log_odds
from labelaudit.kernels.joint import (
    class_sums,
    class_thresholds,
    confident_classes,
    confident_joint,
    count_joint,
)
from labelaudit.kernels.prune import (
    flag_by_noise_rate,
    keep_largest,
    margin_candidates,
    margin_floors,
    prune_counts,
)
from labelaudit.kernels.row_view import row_view
from labelaudit.neighbors import NeighborGraph, Prepared
from labelaudit.scorers import BATCH_SCORERS, GRAPH_SCORERS, ROW_SCORERS
from labelaudit.scorers.evidence import Evidence
from labelaudit.scorers.fused import fuse
from labelaudit.types import AnyArray, BoolArray, FloatArray, FloatMatrix, HashArray, IntArray


def suspicions(
    names: Sequence[str],
    labels: IntArray,
    pred_probs: AnyArray,
    surroundings: tuple[Prepared, NeighborGraph] | None,
    keys: HashArray,
    seed: int,
) -> dict[str, FloatArray]:
    """Score all rows by several scorers.

    Args:
        names: of `SCORERS`; "fused" is EM where there are no neighbours, as in a scan.
        labels: (n,) class numbers.
        pred_probs: (n, K) clean probabilities.
        surroundings: the embeddings and their neighbour graph; None where there are none.
        keys: (n,) uint64, what random draws are keyed by.
        seed: of those draws.

    Returns:
        (n,) of each scorer, high is suspicious.

    Example:
        >>> labels, pred_probs = np.array([0, 1]), np.array([[0.9, 0.1], [0.8, 0.2]])
        >>> keys = np.arange(2, dtype=np.uint64)
        >>> suspicions(["self-confidence"], labels, pred_probs, None, keys, 0)
        {'self-confidence': array([-0.9, -0.2])}
    """
    evidence = None if surroundings is None else evidence_of(labels, pred_probs, surroundings, keys, seed)
    return {name: _suspicion(name, labels, pred_probs, evidence, keys, seed) for name in names}


def evidence_of(
    labels: IntArray,
    pred_probs: AnyArray,
    surroundings: tuple[Prepared, NeighborGraph],
    keys: HashArray,
    seed: int,
) -> Evidence:
    """What graph scorers are given; arguments as for `suspicions`."""
    prepared, graph = surroundings
    n_classes = pred_probs.shape[1]
    width = min(n_classes, MOST_CANDIDATES)
    if width < n_classes:
        top = np.argpartition(-pred_probs, width - 1, axis=1)[:, :width]
        top.sort(axis=1)
    else:
        top = np.broadcast_to(np.arange(n_classes), pred_probs.shape)
    return Evidence(
        given=labels,
        n_classes=n_classes,
        top_classes=top,
        top_probs=np.take_along_axis(pred_probs, top, axis=1).astype(np.float32),
        neighbors=graph.neighbors,
        distances=graph.distances,
        metric=graph.metric,
        vectors=prepared.vectors,
        keys=keys,
        seed=seed,
    )


def doubted_rows(
    labels: IntArray,
    pred_probs: AnyArray,
    surroundings: tuple[Prepared, NeighborGraph] | None,
    keys: HashArray,
    seed: int,
) -> BoolArray:
    """(n,) rows that a scan finds more likely wrong than right; arguments as for `suspicions`."""
    if surroundings is None:
        return em_suspicion(labels, pred_probs, keys, seed) > 0
    flagged, _ = pruned(labels, pred_probs)
    evidence = evidence_of(labels, pred_probs, surroundings, keys, seed)
    return fuse(evidence, n_pruned=int(flagged.sum())).p_error > 0.5


def em_suspicion(labels: IntArray, pred_probs: AnyArray, keys: HashArray, seed: int) -> FloatArray:
    """(n,) log-odds of EM, started from confident learning on the same rows."""
    flagged, noise = pruned(labels, pred_probs)
    return em_log_odds(labels, pred_probs, flagged, noise, keys, seed)


def pruned(labels: IntArray, pred_probs: AnyArray) -> tuple[BoolArray, FloatMatrix]:
    """(n,) flags of prune-by-noise-rate, and (K, K) P(given | true), as confident learning finds them."""
    n_classes = pred_probs.shape[1]
    view, _ = row_view(labels, pred_probs.copy())
    sums = class_sums(view, n_classes)
    confident = confident_classes(pred_probs, class_thresholds(sums), "cleanlab")
    joint = confident_joint(count_joint(view.given, confident, n_classes), sums)
    counts = prune_counts(joint.calibrated)
    margins = margin_candidates(
        np.arange(len(labels)), labels, view.self_confidence, pred_probs, margin_floors(view, counts)
    )
    return flag_by_noise_rate(view, keep_largest([margins], counts)), joint.noise_matrix


def _suspicion(
    name: str,
    labels: IntArray,
    pred_probs: AnyArray,
    evidence: Evidence | None,
    keys: HashArray,
    seed: int,
) -> FloatArray:
    if name in ROW_SCORERS:
        return -ROW_SCORERS[name].score_rows(row_view(labels, pred_probs.copy())[0])
    if name in BATCH_SCORERS:
        return -BATCH_SCORERS[name].score_block(labels, pred_probs)
    if evidence is None or name == "em":
        return em_suspicion(labels, pred_probs, keys, seed)
    return -GRAPH_SCORERS[name].score_rows(evidence)
