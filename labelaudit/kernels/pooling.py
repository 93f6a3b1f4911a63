"""POOL: several opinions on a row's class become one, by how well each foretells the given labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from labelaudit.kernels.candidates import at_slots, row_blocks, softmax
from labelaudit.types import AnyArray, FloatArray, FloatMatrix, Frozen, IntArray

FLOOR = 1e-3
"""No opinion may count against a class by more than this: one sure mistake would outweigh all others."""
RIDGE = 1e-3
STEPS = 60


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pool(Frozen):
    """The weight of each opinion and the bias of each class."""

    weights: FloatArray  # (s,)
    bias: FloatArray  # (K,)


def fit_pool(
    opinions: Sequence[AnyArray], candidates: AnyArray, slots: IntArray, n_classes: int, sample: IntArray
) -> Pool:
    """Fit softmax(sum_s a_s log opinion_s + b) to the given labels.

    The opinions must not know the row's own label, so the fit rewards what foretells labels out of sample. No
    truth is needed; a useless opinion gets no weight.

    Args:
        opinions: s matrices (N, m), shares of each row's candidates.
        candidates: (N, m) class numbers.
        slots: (N,) column of the given label.
        n_classes: K.
        sample: the rows to fit on.
    """
    from scipy.optimize import minimize

    logs = np.stack([_floored_logs(opinion[sample]) for opinion in opinions])
    classes, own = candidates[sample], slots[sample]
    n_rows, n_opinions = len(sample), len(opinions)
    start = np.concatenate([np.full(n_opinions, 1 / max(3, n_opinions)), np.zeros(n_classes)])
    seen = np.bincount(classes[np.arange(n_rows), own], minlength=n_classes)

    def loss(point: FloatArray) -> tuple[float, FloatArray]:
        weights, bias = point[:n_opinions], point[n_opinions:]
        chances = softmax(np.tensordot(weights, logs, 1) + bias[classes])
        value = -np.log(np.maximum(at_slots(chances, own), 1e-300)).mean()
        expected = np.bincount(classes.ravel(), weights=chances.ravel(), minlength=n_classes)
        chances[np.arange(n_rows), own] -= 1
        slopes = [float((log * chances).sum()) for log in logs]
        gradient = np.concatenate([slopes, expected - seen]) / n_rows
        return value + RIDGE * float(((point - start) ** 2).sum()), gradient + 2 * RIDGE * (point - start)

    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": STEPS})
    return Pool(weights=found.x[:n_opinions], bias=found.x[n_opinions:])


def pooled(pool: Pool, opinions: Sequence[AnyArray], candidates: AnyArray) -> AnyArray:
    """(N, m) float32: the probability of each candidate, all opinions weighed."""
    found = np.empty(candidates.shape, dtype=np.float32)
    for rows in row_blocks(*candidates.shape):
        logits = pool.bias[candidates[rows]]
        for weight, opinion in zip(pool.weights, opinions, strict=True):
            logits += weight * _floored_logs(opinion[rows])
        found[rows] = softmax(logits)
    return found


def _floored_logs(opinion: AnyArray) -> FloatMatrix:
    logs: FloatMatrix = np.log(np.maximum(opinion, FLOOR, dtype=np.float64))
    return logs
