"""Relations to the neighbours, against a plain loop."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelaudit.kernels import candidates
from labelaudit.kernels.relation import TEMPERATURE, mean_relations, neighbor_cosines
from labelaudit.scorers.evidence import Evidence
from tests.builders import evidence_of

SEEDS = st.integers(0, 2**32 - 1)


def rows_of(seed: int, n_classes: int, n_rows: int = 12, k: int = 5, metric: str = "euclidean") -> Evidence:
    rng = np.random.default_rng(seed)
    return evidence_of(
        rng.integers(0, n_classes, n_rows),
        rng.dirichlet(np.full(n_classes, 0.2), n_rows),
        rng.standard_normal((n_rows, 4)),
        k=k,
        metric=metric,
    )


@given(SEEDS, st.sampled_from([2, 5, 40]))
@settings(max_examples=40)
def test_relations_equal_a_plain_loop(seed: int, n_classes: int) -> None:
    rows = rows_of(seed, n_classes)
    cosines = neighbor_cosines(rows.neighbors, rows.distances, rows.vectors, metric="euclidean")
    found = mean_relations(rows.neighbors, cosines, rows.given, rows.top_classes, rows.top_probs, n_classes)
    probs = np.zeros((len(found), n_classes))
    np.put_along_axis(probs, rows.top_classes.astype(np.int64), rows.top_probs.astype(np.float64), axis=1)
    unit = rows.vectors / np.linalg.norm(rows.vectors, axis=1, keepdims=True)
    for row, near in enumerate(rows.neighbors):
        relations = [
            (1 if rows.given[row] == rows.given[other] else -1)
            * (max(0, unit[row] @ unit[other]) * (probs[row] @ probs[other])) ** TEMPERATURE
            for other in near
        ]
        assert found[row] == pytest.approx(np.mean(relations), abs=1e-5)


@given(SEEDS)
@settings(max_examples=20)
def test_cosines_follow_from_the_distances_of_unit_vectors(seed: int) -> None:
    rows = rows_of(seed, 3, metric="cosine")
    by_distance = neighbor_cosines(rows.neighbors, rows.distances, rows.vectors, metric="cosine")
    by_product = neighbor_cosines(rows.neighbors, rows.distances, rows.vectors, metric="euclidean")
    np.testing.assert_allclose(by_distance, by_product, atol=1e-5)


def test_a_vector_without_direction_has_cosine_zero() -> None:
    pair, vectors = np.array([[1], [0]]), np.array([[0.0, 0.0], [3.0, 4.0]], dtype=np.float32)
    assert not neighbor_cosines(pair, np.full((2, 1), 5.0), vectors, metric="euclidean").any()


def test_unlike_rows_have_no_relation_whatever_their_labels() -> None:
    pair, classes = np.array([[1], [0]]), np.array([[0, 1]] * 2)
    certain, opposed = np.array([[1.0, 0.0]] * 2), np.array([[1.0, 0.0], [0.0, 1.0]])
    for labels in (np.array([0, 0]), np.array([0, 1])):
        assert not mean_relations(pair, np.full((2, 1), -1.0), labels, classes, certain, 2).any()
        assert not mean_relations(pair, np.ones((2, 1)), labels, classes, opposed, 2).any()


def test_rows_without_neighbours_have_no_relation() -> None:
    none = np.zeros((2, 0))
    classes, probs = np.array([[0, 1]] * 2), np.full((2, 2), 0.5)
    assert not mean_relations(none.astype(np.int32), none, np.array([0, 1]), classes, probs, 2).any()
    assert neighbor_cosines(none.astype(np.int32), none, np.ones((2, 3)), metric="euclidean").shape == (2, 0)


def test_relations_do_not_depend_on_the_block_size(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = rows_of(0, 30)

    def relations() -> bytes:
        cosines = neighbor_cosines(rows.neighbors, rows.distances, rows.vectors, metric="euclidean")
        found = mean_relations(rows.neighbors, cosines, rows.given, rows.top_classes, rows.top_probs, 30)
        return found.tobytes()

    whole = relations()
    monkeypatch.setattr(candidates, "BLOCK_VALUES", 250)
    assert relations() == whole
