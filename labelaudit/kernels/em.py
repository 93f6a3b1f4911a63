"""EM on probabilities: what the model would say if it had been told that labels are given by a noise matrix.

Two views of each row: q, the probabilities recalibrated to the true classes, and R, the same with the given
label counted in by the noise matrix. Both are fitted in turns (docs/how-it-works.md tells the formulas).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from labelaudit.kernels.candidates import row_blocks, softmax
from labelaudit.kernels.draws import lowest, uniforms
from labelaudit.types import (
    AnyArray,
    BoolArray,
    FloatArray,
    FloatMatrix,
    Frozen,
    HashArray,
    IntArray,
)

FULL_CLASSES = 24
"""Up to here each class' recalibration looks at all probabilities (K^2 numbers), beyond at its own alone
(2K): that costs 0.0009 of AP on cifar10n-agg-resnet18 and 0.0013 on cifar10s-efficientnet."""
FITTED_VALUES = 2_000_000
FITTED_ROWS = (2_000, 12_000)
FOLDS = 3
ROUNDS = 4
STEPS = 6
RIDGE = 1e-3
FLOOR = 1e-7
PRIOR_ROWS = 10
"""Rows of each class that the noise matrix of confident learning is worth."""
RECALIBRATED_SHARE = 0.75
"""Weight of q against R in the score; chosen in SCORING.md, section 3 ("lo75")."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EmModel(Frozen):
    """A recalibration for each fold of rows, and the noise matrix."""

    slopes: AnyArray  # (FOLDS, K, K) or, for many classes, (FOLDS, K)
    bias: AnyArray  # (FOLDS, K)
    noise: AnyArray  # (K, K) P(given | true), rows given labels


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class EmScores(Frozen):
    """What EM says of some rows."""

    log_odds: FloatArray  # (n,) that the label is wrong, high is suspicious
    best: IntArray  # (n,) the most probable class other than the given one, by q
    best_prob: FloatArray  # (n,) its probability by q, which has not looked at the given label


def em_sample(keys: HashArray, n_classes: int, seed: int) -> IntArray:
    """The rows that EM is fitted to: 2,000 to 12,000, about two million probabilities."""
    fewest, most = FITTED_ROWS
    return lowest(uniforms(keys, seed, 4), min(most, max(fewest, FITTED_VALUES // n_classes)))


def em_folds(keys: HashArray, seed: int) -> IntArray:
    """(N,) the fold of each row: it is scored by the recalibration that did not see it."""
    return (uniforms(keys, seed, 5) * FOLDS).astype(np.int64)


def fit_em(
    labels: AnyArray, pred_probs: AnyArray, flagged: BoolArray, noise: FloatMatrix, folds: IntArray
) -> EmModel:
    """Fit recalibration and noise matrix in turns, out of fold.

    q = softmax(W log P + b), first fitted to the given labels of rows that prune-by-noise-rate leaves alone;
    R(k) prop. to q(k) N[given, k]; N from R; W and b to R again; four rounds of six steps each, with a ridge
    that draws W to the identity.

    Args:
        labels: (n,) given classes of the sample.
        pred_probs: (n, K) its probabilities.
        flagged: (n,) rows that prune-by-noise-rate flags.
        noise: (K, K) P(given | true) by confident learning, rows given labels.
        folds: (n,) from `em_folds`.
    """
    n_rows, n_classes = pred_probs.shape
    logs = _logs(pred_probs).astype(np.float64, copy=False)
    diagonal = n_classes > FULL_CLASSES
    given = np.zeros((n_rows, n_classes))
    given[np.arange(n_rows), labels] = 1
    prior = PRIOR_ROWS * noise + np.eye(n_classes)
    models: list[FloatArray | None] = [None] * FOLDS

    def fitted(target: FloatMatrix, used: BoolArray) -> FloatMatrix:
        probs = np.empty_like(logs)
        for fold in range(FOLDS):
            train, rows = used & (folds != fold), folds == fold
            if train.any():
                models[fold] = _recalibrated(logs[train], target[train], models[fold], diagonal)
            probs[rows] = softmax(_logits(models[fold], logs[rows], diagonal))
        return probs

    probs = fitted(given, ~flagged)
    for _ in range(ROUNDS):
        posterior = _with_given(probs, noise, labels)
        counts = given.T @ posterior + prior
        noise = counts / np.maximum(counts.sum(axis=0), 1e-300)
        probs = fitted(posterior, np.ones(n_rows, dtype=bool))
    points = [_start(n_classes, diagonal) if point is None else point for point in models]
    shape = (FOLDS, n_classes) if diagonal else (FOLDS, n_classes, n_classes)
    kind = _precision(n_classes)
    return EmModel(
        slopes=np.stack([point[:-n_classes] for point in points]).reshape(shape).astype(kind),
        bias=np.stack([point[-n_classes:] for point in points]).astype(kind),
        noise=noise.astype(kind),
    )


def em_scores(model: EmModel, labels: AnyArray, pred_probs: AnyArray, folds: IntArray) -> EmScores:
    """Score rows: 0.75 logit(1 - q(given)) + 0.25 logit(1 - R(given)).

    Args:
        model: from `fit_em`.
        labels: (n,) given classes.
        pred_probs: (n, K) probabilities, left untouched.
        folds: (n,) from `em_folds`.
    """
    n_rows, n_classes = pred_probs.shape
    rows = np.arange(n_rows)
    logs = _logs(pred_probs)
    if model.slopes.ndim == 3:
        logits = model.bias[folds]
        for column in range(n_classes):  # no matrix product: its sums depend on how rows are cut
            logits += logs[:, column, None] * model.slopes[folds, :, column]
    else:
        logits = model.slopes[folds]
        logits *= logs
        logits += model.bias[folds]
    probs = softmax(logits)
    before, own = _odds_against(probs, labels, rows)
    best = probs.argmax(axis=1)
    best_prob = probs[rows, best].astype(np.float64)
    posterior = probs
    posterior[rows, labels] = own
    posterior *= model.noise[labels]
    after, _ = _odds_against(posterior, labels, rows)
    log_odds = RECALIBRATED_SHARE * before + (1 - RECALIBRATED_SHARE) * after
    return EmScores(log_odds=log_odds, best=best, best_prob=best_prob)


def em_log_odds(
    labels: AnyArray,
    pred_probs: AnyArray,
    flagged: BoolArray,
    noise: FloatMatrix,
    keys: HashArray,
    seed: int = 0,
) -> FloatArray:
    """(N,) log-odds that each label is wrong, with all probabilities in memory; see `fit_em`."""
    folds = em_folds(keys, seed)
    sample = em_sample(keys, pred_probs.shape[1], seed)
    model = fit_em(labels[sample], pred_probs[sample], flagged[sample], noise, folds[sample])
    return np.concatenate(
        [
            em_scores(model, labels[rows], pred_probs[rows], folds[rows]).log_odds
            for rows in row_blocks(*pred_probs.shape)
        ]
    )


def _odds_against(matrix: AnyArray, labels: AnyArray, rows: IntArray) -> tuple[FloatArray, AnyArray]:
    """Log-odds against the given class, and its value, which is set to 0 in the matrix."""
    own = matrix[rows, labels].copy()
    matrix[rows, labels] = 0
    others = matrix.sum(axis=1).astype(np.float64)
    return np.log(np.maximum(others, FLOOR**2)) - np.log(np.maximum(own, FLOOR**2, dtype=np.float64)), own


def _logs(pred_probs: AnyArray) -> AnyArray:
    logs: AnyArray = pred_probs.astype(_precision(pred_probs.shape[1]))
    np.maximum(logs, FLOOR, out=logs)
    return np.log(logs, out=logs)


def _precision(n_classes: int) -> type[np.floating[Any]]:
    """Many classes are scored in single precision: what is lost lies far below the clip."""
    return np.float64 if n_classes <= FULL_CLASSES else np.float32


def _with_given(probs: FloatMatrix, noise: FloatMatrix, labels: AnyArray) -> FloatMatrix:
    posterior = probs * noise[labels]
    posterior /= np.maximum(posterior.sum(axis=1, keepdims=True), 1e-300)
    return posterior


def _start(n_classes: int, diagonal: bool) -> FloatArray:
    slopes = np.ones(n_classes) if diagonal else np.eye(n_classes).ravel()
    return np.concatenate([slopes, np.zeros(n_classes)])


def _logits(point: FloatArray | None, logs: FloatMatrix, diagonal: bool) -> FloatMatrix:
    n_classes = logs.shape[1]
    if point is None:
        return logs.copy()
    slopes, bias = point[:-n_classes], point[-n_classes:]
    return (logs * slopes if diagonal else logs @ slopes.reshape(n_classes, n_classes).T) + bias


def _recalibrated(
    logs: FloatMatrix, target: FloatMatrix, point: FloatArray | None, diagonal: bool
) -> FloatArray:
    """A few steps of L-BFGS from the last round's recalibration towards the target probabilities."""
    from scipy.optimize import minimize

    n_rows, n_classes = logs.shape
    totals = target.sum(axis=1, keepdims=True)
    identity = _start(n_classes, diagonal)
    penalty = np.where(np.arange(len(identity)) < len(identity) - n_classes, RIDGE, 0.0)

    def loss(at: FloatArray) -> tuple[float, FloatArray]:
        logits = _logits(at, logs, diagonal)
        logits -= logits.max(axis=1, keepdims=True)
        value = -float((target * logits).sum()) / n_rows
        probs = np.exp(logits, out=logits)
        sums = probs.sum(axis=1, keepdims=True)
        value += float((totals * np.log(sums)).sum()) / n_rows
        probs /= sums
        probs -= target
        slopes = (probs * logs).sum(axis=0) if diagonal else (probs.T @ logs).ravel()
        gradient = np.concatenate([slopes, probs.sum(axis=0)]) / n_rows
        away = at - identity
        return value + float((penalty * away**2).sum()), gradient + 2 * penalty * away

    start = identity if point is None else point
    found: FloatArray = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": STEPS}).x
    return found
