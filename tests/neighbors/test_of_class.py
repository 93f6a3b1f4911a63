"""The nearest rows of wanted classes, read block by block, against all pairs."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelaudit.neighbors import prepare
from labelaudit.neighbors.of_class import SHOWN, Block, nearest_of_classes
from labelaudit.types import AnyArray, IntArray


def by_all_pairs(vectors: AnyArray, labels: AnyArray, rows: IntArray, wanted: AnyArray) -> IntArray:
    found = np.full((*wanted.shape, SHOWN), -1)
    for i, row in enumerate(rows):
        for side, label in enumerate(wanted[i]):
            others = np.flatnonzero((labels == label) & (np.arange(len(labels)) != row) & (label >= 0))
            near = others[np.argsort(((vectors[others] - vectors[row]) ** 2).sum(axis=1), kind="stable")]
            found[i, side, : len(near[:SHOWN])] = near[:SHOWN]
    return found


@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
@given(seed=st.integers(0, 10**6), size=st.integers(1, 60))
@settings(max_examples=25, deadline=None)
def test_it_finds_what_all_pairs_tell_whatever_the_blocks(metric: str, seed: int, size: int) -> None:
    rng = np.random.default_rng(seed)
    embeddings = (rng.normal(size=(60, 5)) * [1, 10, 100, 1, 1]).astype(np.float32)
    embeddings[:, 3] = 7  # constant columns take no part
    labels = rng.integers(-1, 3, 60)
    rows = np.sort(rng.choice(np.flatnonzero(labels >= 0), 6, replace=False))
    wanted = rng.integers(-1, 4, (6, 2))
    order = rng.permutation(60)

    def read() -> Iterator[Block]:
        for start in range(0, 60, size):
            here = order[start : start + size]
            yield here, embeddings[here]

    taking_part = labels >= 0
    vectors = np.zeros((60, 4))
    vectors[taking_part] = prepare(embeddings[taking_part], metric=metric).vectors
    found = nearest_of_classes(read, labels, rows, wanted, metric=metric)
    assert found.tolist() == by_all_pairs(vectors, labels, rows, wanted).tolist()
