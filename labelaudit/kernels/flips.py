"""Labels flipped on purpose: mistakes of which we know where they are."""

from __future__ import annotations

import numpy as np

from labelaudit.kernels.draws import lowest, uniforms
from labelaudit.types import AnyArray, BoolArray, FloatMatrix, HashArray

FLIPPED_SHARE = 0.15


def flipped_labels(
    given: AnyArray,
    clean: BoolArray,
    candidates: AnyArray,
    opinion: AnyArray,
    noise: FloatMatrix,
    keys: HashArray,
    seed: int,
) -> tuple[AnyArray, BoolArray]:
    """Flip 15 % of the labels believed clean.

    Half of them go to any other class alike, a quarter to a class drawn from the model's probabilities, a
    quarter by the noise matrix learned: random slips, what the model finds similar, what annotators confuse.

    Args:
        given: (N,) class numbers.
        clean: (N,) rows whose label may be flipped.
        candidates: (N, m) class numbers, as many as the model offers.
        opinion: (N, m) the model's probabilities of them.
        noise: (K, K) P(given | true), rows are true classes.
        keys: (N,) uint64, see `draws.uniforms`.
        seed: tells repetitions apart.

    Returns:
        (N,) labels and (N,) which of them were flipped.
    """
    n_classes = len(noise)
    draws = np.where(clean, uniforms(keys, seed, 1), 2.0)
    rows = lowest(draws, round(FLIPPED_SHARE * int(clean.sum())))
    kind, where = uniforms(keys[rows], seed, 2), uniforms(keys[rows], seed, 3)
    labels = given.copy()
    own = given[rows].astype(np.int64)
    new = (own + 1 + np.minimum((where * (n_classes - 1)).astype(np.int64), n_classes - 2)) % n_classes
    similar = np.flatnonzero((kind >= 0.5) & (kind < 0.75))
    confused = np.flatnonzero(kind >= 0.75)
    for at, shares in (
        (similar, opinion[rows[similar]]),
        (confused, noise[own[confused, None], candidates[rows[confused]]]),
    ):
        new[at] = _drawn(candidates[rows[at]], shares, own[at], where[at])
    labels[rows] = new
    return labels, labels != given


def _drawn(classes: AnyArray, shares: AnyArray, own: AnyArray, draws: AnyArray) -> AnyArray:
    """A class other than one's own, by the shares; its own where all shares are zero."""
    shares = np.where(classes == own[:, None], 0, shares.astype(np.float64))
    sums = shares.cumsum(axis=1)
    slots = (sums <= draws[:, None] * sums[:, -1:]).sum(axis=1)
    found = classes[np.arange(len(classes)), np.minimum(slots, classes.shape[1] - 1)]
    return np.where(sums[:, -1] > 0, found, own)
