"""Confident learning on admitted rows: thresholds, joints and flags, in at most two more readings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from labelaudit.batch import Part
from labelaudit.config import AuditOptions
from labelaudit.door import Admitted
from labelaudit.errors import ConfigError
from labelaudit.executors import Executor
from labelaudit.kernels.contenders import decides
from labelaudit.kernels.joint import class_sums, class_thresholds, confident_joint, count_joint
from labelaudit.kernels.prune import (
    flag_by_class,
    flag_by_noise_rate,
    flag_confident,
    flag_lowest,
    flag_predicted,
    margin_floors,
    prune_counts,
)
from labelaudit.passes.collect import CollectPass
from labelaudit.passes.joint import JointPass
from labelaudit.passes.margins import MarginsPass
from labelaudit.passes.rows import subset
from labelaudit.passes.run import run
from labelaudit.scorers.cleanlab_reference import cleanlab_reference
from labelaudit.types import (
    AnyArray,
    BoolArray,
    ConfidentJoint,
    FloatArray,
    Frozen,
    IntArray,
    Progress,
    RowView,
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Learned(Frozen):
    """What confident learning found."""

    joints: tuple[ConfidentJoint, ...]  # one a stratum
    flagged: BoolArray  # (kept,)
    scores: FloatArray | None = None  # (kept,) label quality, where cleanlab itself made it


def learn(
    admitted: Admitted,
    parts: Sequence[Part],
    n_classes: int,
    options: AuditOptions,
    workers: Executor,
    progress: Progress,
) -> Learned:
    """Estimate the confident joint and flag label issues (Northcutt, Jiang, Chuang 2021, section 3).

    Args:
        admitted: the rows that came through the door.
        parts: the probabilities, to be read again where a step needs it.
        n_classes: K.
        options: filter and collision rule.
        workers: how the readings are spread.
        progress: told the rows read.

    Returns:
        One joint a stratum, and the flags of all kept rows.
    """
    kept, view = admitted.kept, admitted.view
    positions = [kept.of_stratum(stratum) for stratum in range(kept.n_strata)]
    views = [subset(view, at) for at in positions]
    sums = [class_sums(v, n_classes) for v in views]
    reading = JointPass(kept, view, np.stack([class_thresholds(s) for s in sums]), options.collision)
    if admitted.contenders is not None and decides(reading.thresholds):
        reading.settle(admitted.contenders)
    if reading.open.any():
        run(reading, parts, workers, n_rows=kept.n_rows, progress=progress)
    confident = [reading.confident[at] for at in positions]
    joints = [
        confident_joint(count_joint(v.given, c, n_classes), s)
        for v, c, s in zip(views, confident, sums, strict=True)
    ]
    counts = [prune_counts(joint.calibrated) for joint in joints]
    flagged = np.zeros(len(kept), dtype=bool)
    chosen = options.confident_filter
    if chosen in ("prune-by-noise-rate", "both"):
        flagged = _by_noise_rate(admitted, views, counts, parts, workers, progress)
    for at, v, c, n in zip(positions, views, confident, counts, strict=True):
        if chosen == "both":
            flagged[at] &= flag_by_class(v, n)
        elif chosen != "prune-by-noise-rate":
            flagged[at] = _by_rows(chosen, v, c, n)
    return Learned(joints=tuple(joints), flagged=flagged)


def learn_by_cleanlab(
    admitted: Admitted,
    parts: Sequence[Part],
    n_classes: int,
    options: AuditOptions,
    workers: Executor,
    progress: Progress,
) -> Learned:
    """The same by cleanlab itself, with all probabilities in memory; arguments as for `learn`."""
    if options.collision != "cleanlab":
        raise ConfigError(
            "cleanlab has its own collision rule", hint="drop --collision or --backend cleanlab"
        )
    kept = admitted.kept
    reading = CollectPass(kept, n_classes)
    run(reading, parts, workers, n_rows=kept.n_rows, progress=progress)
    flagged, scores = np.zeros(len(kept), dtype=bool), np.zeros(len(kept))
    joints = []
    for stratum in range(kept.n_strata):
        at = np.flatnonzero(kept.stratum == stratum)
        if not len(at):  # nobody is without a split
            joints.append(
                confident_joint(
                    np.zeros((n_classes,) * 2, dtype=np.int64),
                    class_sums(subset(admitted.view, at), n_classes),
                )
            )
            continue
        labels = admitted.view.given[at].astype(np.int64)
        answer = cleanlab_reference(labels, reading.pred_probs[at], options.confident_filter, options.ranking)
        flagged[at], scores[at] = answer.flagged, answer.scores
        joints.append(answer.joint)
    return Learned(joints=tuple(joints), flagged=flagged, scores=scores)


def _by_noise_rate(
    admitted: Admitted,
    views: Sequence[RowView],
    counts: Sequence[IntArray],
    parts: Sequence[Part],
    workers: Executor,
    progress: Progress,
) -> BoolArray:
    floors = [margin_floors(v, n) for v, n in zip(views, counts, strict=True)]
    reading = MarginsPass(admitted.kept, admitted.view, np.concatenate(counts), np.concatenate(floors))
    if not reading.open.any():
        return np.zeros(len(admitted.kept), dtype=bool)
    found = run(reading, parts, workers, n_rows=admitted.kept.n_rows, progress=progress)
    return flag_by_noise_rate(admitted.view, reading.chosen(found))


def _by_rows(name: str, view: RowView, confident: AnyArray, counts: IntArray) -> BoolArray:
    """The filters that need no further reading."""
    match name:
        case "prune-by-class":
            return flag_by_class(view, counts)
        case "confident-learning":
            return flag_confident(view, confident)
        case "predicted-neq-given":
            return flag_predicted(view)
        case _:
            # As many as the uncalibrated joint calls wrong, lowest scores first.
            scores = view.self_confidence if name == "low-self-confidence" else view.normalized_margin
            return flag_lowest(scores, int(flag_confident(view, confident).sum()))
