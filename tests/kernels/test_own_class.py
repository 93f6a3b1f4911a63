"""Examples of a class for a row: from the graph, or searched for where it knows too few."""

from __future__ import annotations

import numpy as np
import pytest

from labelaudit.kernels import own_class
from labelaudit.kernels.own_class import SHOWN, nearest_of_class
from tests.builders import nearest_rows


def by_hand(vectors: np.ndarray, labels: np.ndarray, row: int, wanted: int) -> list[int]:
    """The nearest other rows with a label, filled up with -1."""
    distances = np.linalg.norm(vectors.astype(np.float64) - vectors[row].astype(np.float64), axis=1)
    order = [i for i in np.argsort(distances, kind="stable").tolist() if labels[i] == wanted and i != row]
    return [*order, *[-1] * SHOWN][:SHOWN]


@pytest.fixture(scope="module")
def vectors() -> np.ndarray:
    return np.random.default_rng(0).standard_normal((200, 3)).astype(np.float32)


@pytest.mark.parametrize("k", [1, 5, 50, 199])
@pytest.mark.parametrize("block", [1 << 21, 64])
def test_examples_are_the_nearest_rows_of_the_class_whatever_the_graph_knows(
    vectors: np.ndarray, k: int, block: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labelaudit.kernels.candidates.BLOCK_VALUES", block)
    rng = np.random.default_rng(1)
    labels = rng.choice(4, 200, p=[0.6, 0.3, 0.09, 0.01])
    rows, wanted = rng.permutation(200)[:80], rng.integers(0, 4, 80)
    found = nearest_of_class(nearest_rows(vectors, k)[0], vectors, labels, rows, wanted)
    assert found.tolist() == [
        by_hand(vectors, labels, row, label) for row, label in zip(rows, wanted, strict=True)
    ]


def test_nobody_is_an_example_of_no_class_or_of_one_without_rows(vectors: np.ndarray) -> None:
    graph = nearest_rows(vectors, 10)[0]
    found = nearest_of_class(graph, vectors, np.zeros(200, dtype=int), np.array([4, 9]), np.array([-1, 7]))
    assert found.tolist() == [[-1] * SHOWN] * 2


def test_a_row_is_no_example_for_itself(vectors: np.ndarray) -> None:
    labels = np.where(np.arange(200) < 2, 1, 0)
    found = nearest_of_class(nearest_rows(vectors, 5)[0], vectors, labels, np.array([0]), np.array([1]))
    assert found.tolist() == [[1, -1, -1]]


def test_of_many_rows_only_the_worst_are_searched_for(
    vectors: np.ndarray, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(own_class, "MOST_SEARCHED", 1)
    labels = np.where(np.arange(200) < 10, 1, 0)
    rows = np.array([150, 151])
    found = nearest_of_class(nearest_rows(vectors, 1)[0], vectors, labels, rows, np.ones(2, dtype=int))
    assert found[0].tolist() == by_hand(vectors, labels, 150, 1)
    assert found[1].tolist() != by_hand(vectors, labels, 151, 1)
