"""Judged by each row's own probabilities alone, as cleanlab does."""

from __future__ import annotations

import numpy as np

from labelaudit.confident_learning import Learned
from labelaudit.config import AuditOptions
from labelaudit.door import Admitted
from labelaudit.judging.judgement import Judgement
from labelaudit.kernels.draws import lowest, uniforms
from labelaudit.kernels.estimates import ErrorEstimate, error_estimate, sure_disagreement
from labelaudit.passes.rows import subset
from labelaudit.scorers import ROW_SCORERS
from labelaudit.types import FloatArray, HashArray, RowView

ESTIMATED_ROWS = 100_000


def judge_by_view(admitted: Admitted, learned: Learned, options: AuditOptions, keys: HashArray) -> Judgement:
    """Rank by one of cleanlab's scores; suggest the predicted class."""
    view = admitted.view
    opposed = view.predicted != view.given
    quality = quality_by_view(admitted, options.ranking) if learned.scores is None else learned.scores
    off_diagonal = sum(int(j.calibrated.sum() - j.calibrated.diagonal().sum()) for j in learned.joints)
    return Judgement(
        quality=quality,
        p_error=None,
        suggested=np.where(opposed, view.rival, -1),
        suggested_prob=view.rival_prob,
        runner_up=view.runner_up,
        estimate=estimate_of_view(view, keys, options.seed, off_diagonal, int(learned.flagged.sum())),
        method="off-diagonal of the calibrated confident joint",
    )


def estimate_of_view(
    view: RowView, keys: HashArray, seed: int, n_doubted: int, n_pruned: int
) -> ErrorEstimate:
    """The estimate that goes with a count of doubted rows, judged on at most 100,000 of them."""
    some = subset(view, lowest(uniforms(keys, seed, 6), ESTIMATED_ROWS))
    surest = np.maximum(some.self_confidence, some.rival_prob)
    disagreement = sure_disagreement(some.predicted, surest, some.given)
    return error_estimate(disagreement, len(view.given), n_doubted, n_pruned)


def quality_by_view(admitted: Admitted, name: str) -> FloatArray:
    """(kept,) one of the scores by a row's own probabilities."""
    if name in ROW_SCORERS:
        return ROW_SCORERS[name].score_rows(admitted.view)
    return admitted.batch_scores[name]
