"""Datasets for tests: seeded generators, and hypothesis strategies over them.

A dataset is `(labels, pred_probs)`: (N,) int64 in 0..K-1 with at least two classes
present, and (N, K) float64 in [0, 1] whose rows sum to 1 within 1e-6. The same seed
gives the same dataset:

    >>> labels, pred_probs = random_dataset(7)
    >>> pred_probs.shape[0] == len(labels) and bool((abs(pred_probs.sum(axis=1) - 1) < 1e-6).all())
    True
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st

IntArray = npt.NDArray[np.int64]
FloatMatrix = npt.NDArray[np.float64]
Dataset = tuple[IntArray, FloatMatrix]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Blobs:
    """Gaussian classes with some labels flipped, as a model out of sample would see them."""

    labels: IntArray  # (N,) as given, some wrong
    true_labels: IntArray  # (N,)
    embeddings: FloatMatrix  # (N, D)
    pred_probs: FloatMatrix  # (N, K) from the true class centres, so no row knows its given label


def softmax(logits: FloatMatrix) -> FloatMatrix:
    """Rows of probabilities from rows of logits."""
    exponentials = np.exp(logits - logits.max(axis=1, keepdims=True))
    return np.asarray(exponentials / exponentials.sum(axis=1, keepdims=True))


def rounded_rows(pred_probs: FloatMatrix, decimals: int) -> FloatMatrix:
    """Round to few decimals and renormalise: many ties within rows and between them."""
    rounded = pred_probs.round(decimals)
    # A flat row over many classes rounds to nothing; its strongest class keeps it alive.
    rounded[np.arange(len(rounded)), pred_probs.argmax(axis=1)] += 10.0**-decimals
    return np.asarray(rounded / rounded.sum(axis=1, keepdims=True))


def with_two_classes(labels: IntArray, n_classes: int) -> IntArray:
    """Labels of which at least two classes are present, by changing the first row at most."""
    if labels.min() != labels.max():
        return labels
    changed = labels.copy()
    changed[0] = (changed[0] + 1) % n_classes
    return changed


def flipped_labels(rng: np.random.Generator, labels: IntArray, n_classes: int, noise_rate: float) -> IntArray:
    """Move about `noise_rate` of the labels to another class, drawn uniformly."""
    flipped = rng.random(len(labels)) < noise_rate
    shift = rng.integers(1, n_classes, len(labels))
    return np.where(flipped, (labels + shift) % n_classes, labels)


def noisy_dataset(
    rng: np.random.Generator,
    *,
    n_rows: int,
    n_classes: int,
    noise_rate: float = 0.1,
    imbalance: float = 0.0,
    confidence: float = 3.0,
    decimals: int | None = None,
    single_precision: bool = False,
) -> Dataset:
    """Draw one dataset.

    Args:
        rng: all randomness comes from here.
        n_rows: N >= 2.
        n_classes: K >= 2.
        noise_rate: share of wrong labels.
        imbalance: 0 for equal classes; at 3 the rare ones have one row or none.
        confidence: mean logit of the true class over the others' unit spread.
        decimals: round the probabilities to so many, for ties.
        single_precision: probabilities that float32 holds exactly.
    """
    shares = softmax(imbalance * rng.standard_normal((1, n_classes)))[0]
    true_labels = rng.choice(n_classes, n_rows, p=shares).astype(np.int64)
    # Classes differ in difficulty and rows in clarity, so thresholds and margins spread.
    difficulty = rng.uniform(0.5, 1.5, n_classes)
    clarity = rng.gamma(2.0, 0.5, n_rows)
    logits = rng.standard_normal((n_rows, n_classes)) * rng.uniform(0.5, 1.5)
    logits[np.arange(n_rows), true_labels] += confidence * difficulty[true_labels] * clarity
    pred_probs = softmax(logits)
    if decimals is not None:
        pred_probs = rounded_rows(pred_probs, decimals)
    if single_precision:
        pred_probs = pred_probs.astype(np.float32).astype(np.float64)
    labels = flipped_labels(rng, true_labels, n_classes, noise_rate)
    return with_two_classes(labels, n_classes), pred_probs


def random_dataset(seed: int, *, ties: bool | None = None) -> Dataset:
    """Draw a dataset of any kind: 2..3000 rows, 2..60 classes, balanced or not, noise 0..0.5.

    Classes without rows and with one row occur, and so do weak models: for the kernels,
    not for the door, which may rightly refuse one (LA903, LA904).

    Args:
        seed: the same seed, the same dataset.
        ties: whether probabilities are rounded to 1 or 2 decimals; None leaves it to the seed.
    """
    rng = np.random.default_rng(seed)
    rounded = bool(rng.random() < 0.3) if ties is None else ties
    return noisy_dataset(
        rng,
        n_rows=int(2 * 1500 ** rng.random()),
        n_classes=int(2 * 30.5 ** rng.random()),
        noise_rate=float(rng.uniform(0, 0.5)),
        imbalance=float(rng.choice([0.0, 0.5, 1.5, 3.0])),
        confidence=float(rng.uniform(0.5, 8.0)),
        decimals=int(rng.integers(1, 3)) if rounded else None,
        single_precision=bool(rng.random() < 0.3),
    )


def noisy_blobs(
    seed: int,
    *,
    n_rows: int = 300,
    n_classes: int = 4,
    n_dims: int = 8,
    noise_rate: float = 0.1,
    separation: float = 4.0,
) -> Blobs:
    """Gaussian blobs with embeddings, probabilities, and the truth about each label.

    Args:
        seed: the same seed, the same blobs.
        n_rows: N, at least K; classes have equal shares.
        n_classes: K >= 2.
        n_dims: D, the embedding's width.
        noise_rate: share of labels that are flipped.
        separation: typical distance of two class centres over the blobs' unit spread.
    """
    rng = np.random.default_rng(seed)
    centres = rng.standard_normal((n_classes, n_dims)) * separation / np.sqrt(2 * n_dims)
    true_labels = rng.permutation(np.arange(n_rows, dtype=np.int64) % n_classes)
    embeddings = centres[true_labels] + rng.standard_normal((n_rows, n_dims))
    squared_distances = ((embeddings[:, None, :] - centres[None, :, :]) ** 2).sum(axis=2)
    # Half the true log odds: a model that is mostly right, but less sure than it might be.
    return Blobs(
        labels=with_two_classes(flipped_labels(rng, true_labels, n_classes, noise_rate), n_classes),
        true_labels=true_labels,
        embeddings=embeddings,
        pred_probs=softmax(-squared_distances / 4),
    )


@st.composite
def datasets(
    draw: st.DrawFn, *, max_rows: int = 40, max_classes: int = 6, ties: bool | None = None
) -> Dataset:
    """Small datasets; `ties` as in `random_dataset`, drawn when None."""
    rounded = draw(st.booleans()) if ties is None else ties
    return noisy_dataset(
        np.random.default_rng(draw(st.integers(0, 2**32 - 1))),
        n_rows=draw(st.integers(2, max_rows)),
        n_classes=draw(st.integers(2, max_classes)),
        noise_rate=draw(st.sampled_from([0.0, 0.1, 0.3, 0.5])),
        imbalance=draw(st.sampled_from([0.0, 1.5, 3.0])),
        confidence=draw(st.sampled_from([0.5, 2.0, 5.0])),
        decimals=draw(st.integers(1, 2)) if rounded else None,
        single_precision=draw(st.booleans()),
    )


@st.composite
def row_orders(draw: st.DrawFn, n_rows: int) -> IntArray:
    """Permutations of the rows."""
    return np.array(draw(st.permutations(range(n_rows))), dtype=np.int64)


def batch_cuts(n_rows: int) -> st.SearchStrategy[list[int]]:
    """Sorted row numbers at which to cut a dataset into batches; possibly none."""
    if n_rows < 2:
        return st.just([])
    return st.lists(st.integers(1, n_rows - 1), unique=True, max_size=8).map(sorted)
