"""The leak alarm: probabilities of a model that saw the labels are known by their neighbourhood."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import average_precision_score
from sklearn.model_selection import cross_val_predict

from labelaudit import Audit
from labelaudit.judging.leak import ALARM, FEWEST, leaking_share, leaks
from labelaudit.scorers.evidence import Evidence
from tests.builders import audit_paths, embedded_table, evidence_of, write
from tests.strategies import noisy_blobs

CLASSES = ("a", "b", "c", "d")
HOW = {"n_rows": 400, "noise_rate": 0.15, "separation": 6.0}
BLOBS = noisy_blobs(1, n_classes=4, **HOW)
WRONG = BLOBS.labels != BLOBS.true_labels


@pytest.fixture(scope="module")
def probabilities() -> dict[str, np.ndarray]:
    """A forest's, predicted on the rows it was trained on, and out of fold."""
    forest = RandomForestClassifier(n_estimators=40, random_state=0)
    honest = cross_val_predict(forest, BLOBS.embeddings, BLOBS.labels, method="predict_proba", cv=5)
    forest.fit(BLOBS.embeddings, BLOBS.labels)
    return {"in-sample": forest.predict_proba(BLOBS.embeddings), "honest": honest}


def evidence(pred_probs: np.ndarray, **how: object) -> Evidence:
    return evidence_of(BLOBS.labels, pred_probs, BLOBS.embeddings, **how)


# --- the share -----------------------------------------------------------------------------------------


def test_a_model_repeats_the_labels_that_it_saw(probabilities: dict[str, np.ndarray]) -> None:
    assert leaking_share(evidence(probabilities["in-sample"])) > 0.9
    assert leaks(evidence(probabilities["in-sample"]))


def test_a_model_that_saw_no_label_of_a_row_repeats_few(probabilities: dict[str, np.ndarray]) -> None:
    assert leaking_share(evidence(probabilities["honest"])) < 0.3 < ALARM
    assert leaking_share(evidence(BLOBS.pred_probs)) < 0.3


def test_too_few_neighbours_raise_no_alarm(probabilities: dict[str, np.ndarray]) -> None:
    assert leaking_share(evidence(probabilities["in-sample"], k=9)) == 0


def test_an_alarm_needs_ten_contradicted_labels() -> None:
    apart = noisy_blobs(2, n_classes=4, n_rows=200, noise_rate=0.0, separation=20.0)
    for n_wrong, share in ((FEWEST - 1, 0.0), (FEWEST, 1.0)):
        labels = apart.true_labels.copy()
        labels[:n_wrong] = (labels[:n_wrong] + 1) % 4
        pred_probs = np.full((200, 4), 0.1)
        pred_probs[np.arange(200), labels] = 0.7
        assert leaking_share(evidence_of(labels, pred_probs, apart.embeddings)) == share


def test_copies_with_two_labels_raise_no_alarm() -> None:
    """Twelve rows at one place: a model can repeat no more than one of their labels."""
    rng = np.random.default_rng(0)
    embeddings = np.repeat(rng.standard_normal((20, 8)), 12, axis=0)
    labels = np.tile([1] + [0] * 11, 20)
    pred_probs = np.where(labels[:, None] == [0, 1], 0.9, 0.1)
    assert leaking_share(evidence_of(labels, pred_probs, embeddings)) == 0


# --- in an audit ---------------------------------------------------------------------------------------


def audited(folder: Path, pred_probs: np.ndarray, **how: object) -> Audit:
    table = embedded_table(1, classes=CLASSES, **HOW)
    for i, name in enumerate(CLASSES):
        at = table.column_names.index(f"prob_{name}")
        table = table.set_column(at, f"prob_{name}", pa.array(pred_probs[:, i]))
    return audit_paths(write(folder / "data.parquet", table), **how)


def alarms(audit: Audit) -> list[str]:
    return [n.message for n in audit.summary.notices if n.code == "LA903" and "neighbourhood" in n.message]


def test_in_sample_probabilities_are_told_and_not_trusted(
    tmp_path: Path, probabilities: dict[str, np.ndarray]
) -> None:
    result = audited(tmp_path, probabilities["in-sample"], allow=("LA903",), scorers=("self-confidence",))
    (message,) = alarms(result)
    assert "the model seems to have seen these labels" in message
    assert result.summary.est_errors is not None
    assert result.summary.est_errors["method"] == "mean of probabilities and neighbours"
    scores = result.scores()
    fused, trusting = (
        average_precision_score(WRONG, -scores[name].to_numpy())
        for name in ("label_quality", "score_self_confidence")
    )
    assert fused > trusting + 0.1
    for row in result.suspects():
        assert row.suggested_label != row.given_label


def test_the_alarm_may_be_silenced_and_still_acts(
    tmp_path: Path, probabilities: dict[str, np.ndarray]
) -> None:
    how = {"allow": ("LA903",), "ignore": ("LA903",)}
    result = audited(tmp_path, probabilities["in-sample"], **how)
    assert alarms(result) == []
    assert result.summary.est_errors["method"] == "mean of probabilities and neighbours"


def test_honest_probabilities_raise_no_alarm(tmp_path: Path, probabilities: dict[str, np.ndarray]) -> None:
    result = audited(tmp_path, probabilities["honest"])
    assert alarms(result) == []
    assert result.summary.est_errors is not None
    assert result.summary.est_errors["method"] == "probabilities and neighbours, fused"


def test_without_neighbours_nobody_can_raise_it(tmp_path: Path, probabilities: dict[str, np.ndarray]) -> None:
    assert alarms(audited(tmp_path, probabilities["in-sample"], allow=("LA903",), rank_by="em")) == []
