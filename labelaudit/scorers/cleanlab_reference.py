"""cleanlab itself, in memory: the reference for parity checks by users (`--backend cleanlab`)."""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np

from labelaudit.errors import MissingExtraError
from labelaudit.types import BoolArray, ConfidentJoint, FloatArray, FloatMatrix, Frozen, IntArray

SCORE_METHODS = {
    "self-confidence": "self_confidence",
    "normalized-margin": "normalized_margin",
    "entropy": "confidence_weighted_entropy",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Reference(Frozen):
    """What cleanlab answers for one set of rows."""

    joint: ConfidentJoint
    flagged: BoolArray  # (N,)
    scores: FloatArray  # (N,)


def cleanlab_reference(labels: IntArray, pred_probs: FloatMatrix, filter_by: str, rank_by: str) -> Reference:
    """Run `find_label_issues`, `compute_confident_joint` and `get_label_quality_scores`.

    Args:
        labels: (N,) int64 in 0..K-1.
        pred_probs: (N, K) clean probabilities.
        filter_by: one of our filters' names.
        rank_by: one of our scorers' names that cleanlab has.

    Raises:
        MissingExtraError: cleanlab is not installed.
    """
    try:
        from cleanlab.count import (
            compute_confident_joint,
            estimate_joint,
            estimate_latent,
            get_confident_thresholds,
        )
        from cleanlab.filter import find_label_issues
        from cleanlab.rank import get_label_quality_scores
    except ImportError as error:
        raise MissingExtraError("cleanlab is not installed", hint="pip install 'cleanlab>=2.8'") from error
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what matters of these, our own door has said
        raw = compute_confident_joint(labels, pred_probs, calibrate=False)
        calibrated = compute_confident_joint(labels, pred_probs, calibrate=True)
        _, noise, inverse = estimate_latent(calibrated, labels)
        joint = ConfidentJoint(
            thresholds=np.asarray(get_confident_thresholds(labels, pred_probs)),
            raw=raw,
            calibrated=calibrated,
            joint=estimate_joint(labels, pred_probs, confident_joint=calibrated),
            noise_matrix=noise,
            inverse_noise_matrix=inverse.T.copy(),
        )
        flagged = find_label_issues(labels, pred_probs, filter_by=filter_by.replace("-", "_"), n_jobs=1)
        scores = get_label_quality_scores(labels, pred_probs, method=SCORE_METHODS[rank_by])
    return Reference(
        joint=joint, flagged=np.asarray(flagged, dtype=bool), scores=np.asarray(scores, dtype=np.float64)
    )
