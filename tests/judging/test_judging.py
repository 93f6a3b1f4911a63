"""A judgement on every row: the scores asked for, suggestions, estimates, neighbours."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import average_precision_score

from labelaudit import Audit
from labelaudit.audit_tables import score_column
from labelaudit.config import SCORER_NAMES
from labelaudit.judging.judgement import CREDIBLE, Judgement, Neighborhood, in_row_order
from labelaudit.kernels.estimates import ErrorEstimate
from tests.builders import audit_of, audit_paths, csv_wide, embedded_table, honest_sample, suspect_ids, write
from tests.strategies import noisy_blobs

CLASSES = ("a", "b", "c", "d")
HOW = {"n_rows": 400, "noise_rate": 0.15, "separation": 4.0}
BLOBS = noisy_blobs(1, n_classes=4, **HOW)
WRONG = BLOBS.labels != BLOBS.true_labels


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    table = embedded_table(1, classes=CLASSES, **HOW)
    return write(tmp_path_factory.mktemp("judging") / "data.parquet", table)


@pytest.fixture(scope="module")
def judged(path: Path) -> Audit:
    """By the default, with every other score beside."""
    return audit_paths(path, scorers=SCORER_NAMES)


def column(audit: Audit, name: str) -> np.ndarray:
    return np.array(audit.scores()[name].to_pylist())


# --- scores ----------------------------------------------------------------------------------------------


def test_scores_asked_for_are_appended_in_the_order_asked_for(path: Path) -> None:
    names = ("knn", "entropy", "em", "fused")
    plain, more = audit_paths(path), audit_paths(path, scorers=names)
    assert more.scores().column_names == plain.scores().column_names + [score_column(n) for n in names]
    assert more.scores().select(plain.scores().column_names) == plain.scores()
    assert more.suspects_table() == plain.suspects_table(), "they rank and flag nothing"
    assert more.summary.algorithm["scorers"] == list(names)


@pytest.mark.parametrize("name", SCORER_NAMES)
def test_every_score_finds_most_errors_and_is_what_ranks_if_asked_for(
    judged: Audit, path: Path, name: str
) -> None:
    beside = column(judged, score_column(name))
    assert ((beside >= 0) & (beside <= 1)).all()
    assert average_precision_score(WRONG, -beside) > 0.6
    ranking = audit_paths(path, rank_by=name)
    assert (column(ranking, "label_quality") == beside).all()
    quality = ranking.suspects_table()["label_quality"].to_pylist()
    assert quality == sorted(quality)


def test_graph_scores_rank_and_the_fused_score_flags(judged: Audit, path: Path) -> None:
    by_votes = audit_paths(path, rank_by="knn")
    assert set(suspect_ids(by_votes)) == set(suspect_ids(judged))
    assert suspect_ids(by_votes) != suspect_ids(judged)
    assert by_votes.summary.algorithm["filter"] == "fused"


def test_em_ignores_the_embeddings(path: Path, tmp_path: Path) -> None:
    with_them = audit_paths(path, rank_by="em")
    without = audit_of(csv_wide(tmp_path, honest_sample(1, classes=CLASSES, **HOW)))
    assert (column(with_them, "label_quality") == column(without, "label_quality")).all()
    assert with_them.scores()["neighbor_agreement"].null_count == HOW["n_rows"]


# --- chances, flags and estimates --------------------------------------------------------------------------


def test_a_row_is_suspect_where_its_label_is_more_likely_wrong_than_right(judged: Audit) -> None:
    p_error = column(judged, "p_error")
    assert (column(judged, "is_suspect") == (p_error > 0.5)).all()
    assert (column(judged, "label_quality") == 1 - p_error).all()
    assert p_error.max() <= 0.95, "nobody is surer without a review"


@pytest.mark.parametrize("rank_by", ["fused", "em", "self-confidence"])
def test_the_estimate_lies_inside_its_range_and_so_do_the_errors(path: Path, rank_by: str) -> None:
    found = audit_paths(path, rank_by=rank_by).summary.est_errors
    assert found is not None
    assert 0 <= found["low"] <= found["count"] <= found["high"] <= HOW["n_rows"]
    assert found["low"] <= WRONG.sum() <= found["high"]
    assert not found["looks_clean"]


@pytest.mark.parametrize("rank_by", ["fused", "em"])
def test_clean_data_have_few_suspects_and_a_doubt(tmp_path: Path, rank_by: str) -> None:
    table = embedded_table(2, classes=CLASSES, n_rows=400, noise_rate=0.0, separation=6.0)
    result = audit_paths(write(tmp_path / "data.parquet", table), rank_by=rank_by, allow=("LA903",))
    found = result.summary.est_errors
    assert found is not None
    assert found["looks_clean"]
    assert found["low"] == 0
    assert result.summary.n_suspects == found["count"] <= 4


# --- suggestions -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("rank_by", ["fused", "em", "knn", "self-confidence"])
def test_a_suggestion_is_credible_and_never_the_given_label(path: Path, rank_by: str) -> None:
    for row in audit_paths(path, rank_by=rank_by).suspects():
        assert row.suggested_label != row.given_label
        assert row.runner_up_label not in (None, row.suggested_label)
        assert (row.suggested_label is None) == (row.suggested_prob is None)
        assert row.suggested_prob is None or row.suggested_prob >= CREDIBLE


def test_suggestions_are_mostly_right_where_the_label_is_wrong(judged: Audit) -> None:
    suggested = {row.id: row.suggested_label for row in judged.suspects()}
    found = [i for i in np.flatnonzero(WRONG) if f"r{i}" in suggested]
    assert len(found) > 0.8 * WRONG.sum()
    assert np.mean([suggested[f"r{i}"] == CLASSES[BLOBS.true_labels[i]] for i in found]) > 0.9


def test_nothing_is_suggested_where_no_class_is_credible(tmp_path: Path) -> None:
    """Ten classes alike in a few rows: none of them reaches a fifth."""
    sample = honest_sample(4, classes=[f"c{i}" for i in range(10)], n_rows=500, noise_rate=0.1)
    flat = sample.with_probs({row: np.full(10, 0.1) for row in range(8)})
    suggested = {row.id: row.suggested_label for row in audit_of(csv_wide(tmp_path, flat)).suspects()}
    assert [suggested.pop(f"r{row}") for row in range(8)] == [None] * 8
    assert sum(label is None for label in suggested.values()) < 0.1 * len(suggested)


# --- neighbours --------------------------------------------------------------------------------------------


def test_agreement_is_the_share_of_the_votes_that_the_given_label_has(judged: Audit) -> None:
    agreement = column(judged, "neighbor_agreement")
    assert ((agreement >= 0) & (agreement <= 1)).all()
    assert agreement[WRONG].mean() < 0.2 < 0.5 < agreement[~WRONG].mean()


def test_suspects_come_with_three_rows_of_either_label(judged: Audit) -> None:
    labels = dict(zip(judged.scores()["id"].to_pylist(), column(judged, "given_label"), strict=True))
    for row in judged.suspects():
        assert [labels[name] for name in row.neighbor_ids] == list(row.neighbor_labels)
        assert row.id not in row.neighbor_ids
        wanted = [row.given_label] * 3 + ([] if row.suggested_label is None else [row.suggested_label] * 3)
        assert list(row.neighbor_labels) == wanted


def test_facts_of_the_graph_are_in_the_summary(judged: Audit, path: Path) -> None:
    assert judged.summary.algorithm["neighbors"] == {
        "metric": "euclidean",
        "k": 50,
        "index": "exact",
        "recall": None,
    }
    by_angle = audit_paths(path, metric="cosine").summary.algorithm["neighbors"]
    assert by_angle["metric"] == "cosine"
    assert audit_paths(path, rank_by="em").summary.algorithm["neighbors"] is None


# --- order -------------------------------------------------------------------------------------------------


def test_a_judgement_on_rows_in_another_order_is_put_back() -> None:
    order = np.array([2, 0, 1])  # which row was looked at first, second, third
    values = order / 10  # a value that tells its row
    around = Neighborhood(
        neighbors=np.array([[1], [2], [0]], dtype=np.int32),
        distances=values[:, None].astype(np.float32),
        agreement=values,
        strongest=order,
        strongest_share=values,
        with_given=np.array([[1, -1, -1], [2, 0, -1], [-1, -1, -1]], dtype=np.int32),
        with_suggested=np.full((3, 3), -1, dtype=np.int32),
        metric="cosine",
    )
    judgement = Judgement(
        quality=values,
        p_error=None,
        suggested=order,
        suggested_prob=values,
        runner_up=order,
        estimate=ErrorEstimate(count=0, low=0, high=0, looks_clean=True),
        method="",
        neighborhood=around,
        scores={"knn": values},
    )
    found = in_row_order(judgement, order)
    assert found.quality.tolist() == found.scores["knn"].tolist() == [0, 0.1, 0.2]
    assert found.suggested.tolist() == found.runner_up.tolist() == [0, 1, 2]
    assert found.neighborhood is not None
    # The first one looked at, row 2, has the second one, row 0, as its neighbour.
    assert found.neighborhood.neighbors.tolist() == [[1], [2], [0]]
    assert found.neighborhood.with_given.tolist() == [[1, 2, -1], [-1, -1, -1], [0, -1, -1]]
    assert found.neighborhood.agreement.tolist() == [0, 0.1, 0.2]
