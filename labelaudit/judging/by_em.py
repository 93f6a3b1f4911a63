"""Judged by expectation maximisation on the probabilities: the default where there are no embeddings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from labelaudit.batch import Part
from labelaudit.confident_learning import Learned
from labelaudit.config import AuditOptions
from labelaudit.door import Admitted
from labelaudit.executors import Executor
from labelaudit.judging.by_view import estimate_of_view
from labelaudit.judging.judgement import CREDIBLE, Judgement
from labelaudit.kernels.em import em_folds, em_sample, fit_em
from labelaudit.kernels.estimates import chances_of_error, cut_below
from labelaudit.passes.em import EmPass
from labelaudit.passes.run import run
from labelaudit.passes.sample import SamplePass
from labelaudit.types import FloatMatrix, HashArray, Progress


def em_pass(
    admitted: Admitted,
    learned: Learned,
    parts: Sequence[Part],
    options: AuditOptions,
    keys: HashArray,
    workers: Executor,
    progress: Progress,
) -> EmPass:
    """Read a sample, fit the model to it, and score all rows in one more reading."""
    from threadpoolctl import threadpool_limits

    n_classes, n_rows = len(learned.joints[0].thresholds), admitted.kept.n_rows
    sample, folds = em_sample(keys, n_classes, options.seed), em_folds(keys, options.seed)
    probs = SamplePass(admitted.kept, sample, np.arange(n_classes), name="sampling rows")
    run(probs, parts, workers, n_rows=n_rows, progress=progress)
    given = admitted.view.given
    by_key = np.argsort(keys[sample], kind="stable")  # sums depend on the order of rows in their last bits
    rows = sample[by_key]
    with threadpool_limits(1, user_api="blas"):  # products this small are slower on two threads
        model = fit_em(
            given[rows], probs.pred_probs[by_key], learned.flagged[rows], _noise(learned), folds[rows]
        )
    reading = EmPass(admitted.kept, given, folds, model)
    run(reading, parts, workers, n_rows=n_rows, progress=progress)
    return reading


def judge_by_em(
    admitted: Admitted, learned: Learned, found: EmPass, options: AuditOptions, keys: HashArray
) -> Judgement:
    """Rank by the chance of error; suggest the best other class of the recalibrated probabilities."""
    view = admitted.view
    doubted = int((found.log_odds > 0).sum())
    estimate = estimate_of_view(view, keys, options.seed, doubted, int(learned.flagged.sum()))
    cut = cut_below(found.log_odds, estimate.count) if estimate.looks_clean else 0.0
    p_error = chances_of_error(found.log_odds, cut)
    return Judgement(
        quality=1 - p_error,
        p_error=p_error,
        suggested=np.where(found.best_prob >= CREDIBLE, found.best, -1),
        suggested_prob=found.best_prob.astype(np.float64),
        runner_up=np.where(view.runner_up == found.best, view.given, view.runner_up),
        estimate=estimate,
        method="expectation maximisation on the probabilities",
    )


def _noise(learned: Learned) -> FloatMatrix:
    """P(given | true) of all rows; with a joint a split, that of their sum."""
    if len(learned.joints) == 1:
        return learned.joints[0].noise_matrix
    counts: FloatMatrix = np.sum([joint.calibrated for joint in learned.joints], axis=0, dtype=np.float64)
    noise: FloatMatrix = counts / np.maximum(counts.sum(axis=0), 1)
    return noise
