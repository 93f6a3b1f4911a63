"""What every scorer that looks at all rows promises, and how well it finds labels flipped at random."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import scipy.optimize  # noqa: F401  # loaded before its threads are held
import sklearn.linear_model  # noqa: F401
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score
from threadpoolctl import threadpool_limits

from labelaudit.kernels import candidates
from labelaudit.scorers import GRAPH_SCORERS
from labelaudit.scorers.evidence import Evidence
from labelaudit.scorers.fused import fuse
from tests import builders
from tests.builders import evidence_of
from tests.strategies import Blobs, noisy_blobs

METRICS = ("euclidean", "cosine")


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """Threads that wait for one another make small fits ten times slower on a busy machine."""
    with threadpool_limits(limits=1):
        yield


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """Labels, probabilities, embeddings and keys of the same rows, and how they are looked at."""

    labels: np.ndarray
    pred_probs: np.ndarray
    embeddings: np.ndarray
    keys: np.ndarray
    how: dict[str, Any]

    def evidence(self, order: np.ndarray | None = None) -> Evidence:
        """The evidence of the rows in some order."""
        at = np.arange(len(self.labels)) if order is None else order
        return evidence_of(
            self.labels[at], self.pred_probs[at], self.embeddings[at], keys=self.keys[at], **self.how
        )


def all_scores(evidence: Evidence) -> dict[str, np.ndarray]:
    return {name: scorer.score_rows(evidence) for name, scorer in GRAPH_SCORERS.items()}


@st.composite
def rows_of_any_kind(draw: st.DrawFn, *, degenerate: bool = True) -> Rows:
    """2 to 40 rows; unless forbidden with copies, one label only, or probabilities that say nothing."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n_rows, n_classes = draw(st.integers(2, 40)), draw(st.sampled_from([2, 3, 5, 30]))
    true = rng.integers(0, n_classes, n_rows)
    labels = np.where(rng.random(n_rows) < 0.2, rng.integers(0, n_classes, n_rows), true)
    centres = rng.standard_normal((n_classes, 3)) * 2
    embeddings = centres[true] + rng.standard_normal((n_rows, 3))
    pred_probs = rng.dirichlet(np.full(n_classes, 0.5), n_rows) / 2 + np.eye(n_classes)[true] / 2
    if degenerate:
        match draw(st.sampled_from(["any", "one label", "one row of its class"])):
            case "one label":
                labels = np.full(n_rows, labels[0])
            case "one row of its class":
                labels = np.where(np.arange(n_rows) == 0, 1, 0)
        match draw(st.sampled_from(["any", "few places", "copies", "one place", "nowhere"])):
            case "few places":
                embeddings = embeddings.round()
            case "copies":
                embeddings = embeddings[rng.integers(0, n_rows, n_rows)]
            case "one place":
                embeddings = np.tile(embeddings[0], (n_rows, 1))
            case "nowhere":
                embeddings = np.zeros((n_rows, 3))
        match draw(st.sampled_from(["any", "uniform", "certain", "the labels", "one class"])):
            case "uniform":
                pred_probs = np.full((n_rows, n_classes), 1 / n_classes)
            case "certain":
                pred_probs = np.eye(n_classes)[rng.integers(0, n_classes, n_rows)]
            case "the labels":
                pred_probs = np.eye(n_classes)[labels]
            case "one class":
                pred_probs = np.tile(np.eye(n_classes)[0], (n_rows, 1))
    how = {"k": draw(st.sampled_from([1, 3, 9, 50])), "metric": draw(st.sampled_from(METRICS)), "seed": 7}
    return Rows(
        labels=labels,
        pred_probs=pred_probs,
        embeddings=embeddings,
        keys=rng.integers(0, 2**63, n_rows).astype(np.uint64),
        how=how,
    )


def test_every_graph_scorer_has_its_name() -> None:
    assert all(name == scorer.name for name, scorer in GRAPH_SCORERS.items())
    assert {"fused", "kernel-density", "knn", "relation-graph", "spreading"} <= set(GRAPH_SCORERS)


# The arrays of the evidence are read-only, so a scorer that writes to its input fails here as well.
@given(rows_of_any_kind())
@settings(max_examples=60)
def test_scores_are_finite_and_in_range_whatever_the_rows(rows: Rows) -> None:
    for name, scores in all_scores(rows.evidence()).items():
        assert scores.dtype == np.float64, name
        assert scores.shape == rows.labels.shape, name
        assert ((scores >= 0) & (scores <= 1)).all(), name


@given(rows_of_any_kind(degenerate=False), st.randoms())
@settings(max_examples=30)
def test_shuffled_rows_have_their_own_scores(rows: Rows, random: Any) -> None:
    order = np.arange(len(rows.labels))
    random.shuffle(order)
    expected = all_scores(rows.evidence())
    for name, scores in all_scores(rows.evidence(order)).items():
        np.testing.assert_allclose(scores, expected[name][order], atol=1e-4, err_msg=name)


@given(rows_of_any_kind())
@settings(max_examples=20)
def test_scores_are_the_same_bits_each_time_and_in_whatever_order_scorers_run(rows: Rows) -> None:
    expected = all_scores(rows.evidence())
    evidence = rows.evidence()
    for name in reversed(GRAPH_SCORERS):
        assert GRAPH_SCORERS[name].score_rows(evidence).tobytes() == expected[name].tobytes(), name


# --- on clusters with labels flipped at random -------------------------------------------------


def blobs_of(seed: int, *, n_rows: int = 500, n_classes: int = 4) -> Blobs:
    return noisy_blobs(seed, n_rows=n_rows, n_classes=n_classes, separation=5, noise_rate=0.1)


def precision(blobs: Blobs, scores: np.ndarray) -> float:
    return float(average_precision_score(blobs.labels != blobs.true_labels, -scores))


@pytest.mark.parametrize("seed", range(3))
def test_flipped_labels_are_found_and_fused_is_near_the_best(seed: int) -> None:
    blobs = blobs_of(seed)
    scores = all_scores(evidence_of(blobs.labels, blobs.pred_probs, blobs.embeddings))
    found = {name: precision(blobs, values) for name, values in scores.items()}
    assert min(found.values()) > 0.5, found
    assert found["fused"] > max(found.values()) - 0.03, found


def test_probabilities_that_say_nothing_leave_the_neighbours() -> None:
    blobs = blobs_of(0)
    uniform = np.full_like(blobs.pred_probs, 0.25)
    scores = all_scores(evidence_of(blobs.labels, uniform, blobs.embeddings))
    found = {name: precision(blobs, values) for name, values in scores.items()}
    assert min(found.values()) > 0.8, found


def test_embeddings_that_say_nothing_leave_the_probabilities() -> None:
    blobs = blobs_of(0)
    noise = np.random.default_rng(0).standard_normal(blobs.embeddings.shape)
    evidence = evidence_of(blobs.labels, blobs.pred_probs, noise)
    for name in ("fused", "mix", "pool", "self"):
        assert precision(blobs, GRAPH_SCORERS[name].score_rows(evidence)) > 0.8, name


@pytest.mark.parametrize("seed", range(3))
def test_as_many_labels_as_are_estimated_wrong_have_a_chance_over_a_half(seed: int) -> None:
    blobs = blobs_of(seed)
    fused = fuse(evidence_of(blobs.labels, blobs.pred_probs, blobs.embeddings), n_pruned=40)
    assert (fused.p_error > 0.5).sum() == fused.estimate.count
    assert fused.estimate.low <= (blobs.labels != blobs.true_labels).sum() <= fused.estimate.high


# --- many classes ------------------------------------------------------------------------------


def scores_with_candidates(most: int, monkeypatch: pytest.MonkeyPatch) -> dict[str, np.ndarray]:
    """Scores of labels from 20 of 30 classes, when so many classes of a row are looked at."""
    monkeypatch.setattr(candidates, "MOST_CANDIDATES", most)
    monkeypatch.setattr(builders, "MOST_CANDIDATES", most)
    blobs = blobs_of(3, n_rows=300, n_classes=20)
    pred_probs = np.zeros((300, 30))
    pred_probs[:, :20] = 0.98 * blobs.pred_probs + 0.02 / 20
    return all_scores(evidence_of(blobs.labels, pred_probs, blobs.embeddings))


def test_classes_that_no_row_has_may_be_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    chosen = scores_with_candidates(24, monkeypatch)
    dense = scores_with_candidates(30, monkeypatch)
    for name in ("kernel-density", "knn", "relation-graph", "spreading"):
        np.testing.assert_allclose(chosen[name], dense[name], atol=1e-6, err_msg=name)
    for name in ("fused", "mix", "pool", "self"):  # fitted, and absent classes keep a floor of probability
        assert np.abs(chosen[name] - dense[name]).mean() < 0.01, name
