"""Known errors put into data and looked for: exact, repeatable, and honest about what was there before."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pytest

import labelaudit
from labelaudit import AuditOptions, InputOptions, SelfTest
from labelaudit.errors import ConfigError, NonFiniteError, OneClassError, UsageError
from labelaudit.kernels.injection import NOISES
from labelaudit.self_testing import BY_NEIGHBORS, BY_ROWS, subject
from labelaudit.self_testing.findings import curve_of, finding_of, recommended_scorer, tolerance_of, trial_of
from tests.builders import PETS, Sample, honest_sample, joined, number_lists, parquet_wide, write
from tests.strategies import noisy_blobs

BLOBS = noisy_blobs(3, n_rows=150, n_classes=3, noise_rate=0.05, separation=4.0)
QUICK: dict[str, Any] = {"repeats": 1, "noises": ["uniform"]}


def sample_of(rows: npt.ArrayLike = range(150)) -> Sample:
    labels = tuple(PETS[code] for code in BLOBS.labels)
    ids = tuple(f"r{i}" for i in range(150))
    return Sample(ids=ids, labels=labels, pred_probs=BLOBS.pred_probs, classes=PETS).take(rows)


def embedded(folder: Path, rows: npt.ArrayLike = range(150), *, with_probs: bool = True) -> Path:
    """Labels, embeddings and perhaps probabilities in one file."""
    sample = sample_of(rows)
    table = sample.table() if with_probs else sample.labels_table()
    embeddings = BLOBS.embeddings[np.asarray(rows)].astype(np.float32)
    vectors = pa.table({"id": list(sample.ids), "embedding": number_lists(embeddings)})
    return write(folder / "data.parquet", joined(table, vectors))


def answer(
    *paths: Path, options: AuditOptions | None = None, inputs: InputOptions | None = None, **how: Any
) -> SelfTest:
    with labelaudit.open_dataset(paths, inputs, probabilities="optional") as dataset:
        return labelaudit.self_test(dataset, options, **(QUICK | how))


def figures(found: SelfTest) -> dict[str, Any]:
    """All that was measured, to compare two tests by."""
    return dataclasses.asdict(dataclasses.replace(found, curves=(), notices=(), trained_on=""))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("selftest")


# --- one order of review -------------------------------------------------------------------------


def test_a_scorer_that_knows_the_truth_is_perfect() -> None:
    is_injected = np.arange(100) % 10 == 0
    trial = trial_of(is_injected, np.zeros(100, dtype=bool), is_injected.astype(float))
    found = finding_of("oracle", "all", [[trial]])
    assert found.average_precision.mean == found.settled_average_precision.mean == 1
    assert found.recall_at_injected.mean == 1
    assert found.reviews_needed.mean == 8
    assert {depth: spread.mean for depth, spread in found.precision.items()} == {10: 1.0, 50: 0.2, 100: 0.1}


def test_a_constant_scorer_finds_the_rate() -> None:
    is_injected = np.random.default_rng(0).random(1000) < 0.2
    trial = trial_of(is_injected, np.zeros(1000, dtype=bool), np.zeros(1000))
    assert trial.average_precision == pytest.approx(is_injected.mean())


def test_rows_doubted_before_cost_precision_but_not_the_comparison() -> None:
    is_injected = np.array([False, False, True, True, False])
    doubted = np.array([True, True, True, False, False])
    trial = trial_of(is_injected, doubted, np.array([5.0, 4.0, 3.0, 2.0, 1.0]))
    assert trial.average_precision == pytest.approx((1 / 3 + 2 / 4) / 2)
    assert trial.settled_average_precision == 1
    assert trial.found.tolist() == [0, 0, 1, 2, 2]
    assert trial.settled_found.tolist() == [1, 2, 2]


def test_spreads_are_those_of_the_repeats_after_the_mean_of_the_noises() -> None:
    is_injected = np.arange(20) == 3
    nothing = np.zeros(20, dtype=bool)
    first, last = (trial_of(is_injected, nothing, order) for order in (is_injected + 0.0, 0.0 - is_injected))
    found = finding_of("half", "all", [[first, last], [last, first]])
    assert found.reviews_needed.low == found.reviews_needed.high == (1 + 20) / 2
    apart = finding_of("apart", "all", [[first, first], [last, last]])
    assert (apart.reviews_needed.low, apart.reviews_needed.high) == (1, 20)
    curve = curve_of("apart", [[first], [last]])
    assert curve.depths[0] == 1
    assert (curve.low[0], curve.precision[0], curve.high[0]) == (0, 0.5, 1)


def test_the_default_stays_unless_another_is_clearly_better() -> None:
    assert recommended_scorer({"fused": 0.8, "knn": 0.81}, "fused", 0.02) == "fused"
    assert recommended_scorer({"fused": 0.8, "knn": 0.83}, "fused", 0.02) == "knn"
    assert recommended_scorer({"knn": 0.83, "em": 0.9}, "fused", 0.02) == "em"


def test_the_fewer_errors_the_more_must_a_scorer_be_better() -> None:
    assert tolerance_of(20) > tolerance_of(200) > tolerance_of(2000) >= tolerance_of(200_000) > 0


# --- whole tests ---------------------------------------------------------------------------------


def test_probabilities_alone_are_taken_as_they_are_and_the_answer_says_so(folder: Path) -> None:
    found = answer(*parquet_wide(folder, honest_sample(n_rows=200)).paths, rate=0.15, repeats=2)
    assert (found.n_tested, found.n_injected, found.refitted) == (200, 30, False)
    assert found.scorers == BY_ROWS
    assert found.default == "em"
    assert "not-refitted" in {notice.code for notice in found.notices}
    assert [finding.scorer for finding in found.overall] == [curve.scorer for curve in found.curves]
    best = found.overall[0]
    assert best.settled_average_precision.mean >= best.average_precision.mean > 0.15
    assert all(0 <= spread.low <= spread.mean <= spread.high <= 1 for spread in best.precision.values())
    assert set(best.precision) == {10, 30, 50, 100}
    assert best.precision[30] == best.recall_at_injected


def test_with_embeddings_a_model_is_trained_on_the_injected_errors(folder: Path) -> None:
    found = answer(embedded(folder))
    assert found.refitted
    assert found.scorers == (*BY_NEIGHBORS, *BY_ROWS)
    assert found.default == "fused"
    assert "embeddings" in found.trained_on
    assert "refitted" in {notice.code for notice in found.notices}
    as_given = answer(embedded(folder), refit=False)
    assert (as_given.refitted, as_given.scorers) == (False, found.scorers)
    assert figures(as_given) != figures(found)


def test_scorers_and_noises_are_those_asked_for(folder: Path) -> None:
    found = answer(
        embedded(folder), scorers=["knn", "entropy", "knn"], noises=["class-dependent", "uniform"], repeats=2
    )
    assert found.scorers == ("knn", "entropy")
    assert {(f.scorer, f.noise) for f in found.findings} == {
        (scorer, noise) for scorer in ("knn", "entropy") for noise in ("class-dependent", "uniform")
    }
    assert found.recommended in found.scorers


@pytest.mark.parametrize("refit", [True, False])
def test_neither_row_order_nor_workers_change_a_figure(folder: Path, tmp_path: Path, refit: bool) -> None:
    how: dict[str, Any] = {
        "refit": refit,
        "noises": ["class-dependent", "instance-dependent"],
        "scorers": ["fused", "em", "normalized-margin"],
    }
    straight = answer(embedded(folder), options=AuditOptions(workers=1), **how)
    shuffled = np.random.default_rng(0).permutation(150)
    inputs = InputOptions(classes=PETS)
    mixed = answer(embedded(tmp_path, shuffled), options=AuditOptions(workers=2), inputs=inputs, **how)
    assert figures(straight) == figures(mixed)


def test_another_seed_injects_other_errors(folder: Path) -> None:
    first, again, other = (
        figures(answer(embedded(folder), options=AuditOptions(seed=seed), scorers=["knn"]))
        for seed in (0, 0, 1)
    )
    assert first == again
    assert first["overall"] != other["overall"]


def test_many_rows_are_sampled_by_what_they_are(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(subject, "MOST_ROWS", 90)
    shuffled = np.random.default_rng(1).permutation(150)
    for refit in (True, False):
        found = answer(embedded(folder), scorers=["self-confidence"], refit=refit)
        assert (found.n_rows, found.n_tested, found.n_injected) == (150, 90, 9)
        assert "sampled" in {notice.code for notice in found.notices}
        inputs = InputOptions(classes=PETS)
        mixed = answer(embedded(tmp_path, shuffled), inputs=inputs, scorers=["self-confidence"], refit=refit)
        assert figures(found) == figures(mixed)


def test_a_model_can_be_trained_on_text(tmp_path: Path) -> None:
    words = {"cat": "purrs and sleeps", "dog": "barks at postmen", "owl": "hoots by night"}
    labels = [PETS[code] for code in BLOBS.true_labels]
    texts = [f"number {i} {words[label]}" for i, label in enumerate(labels)]
    path = write(tmp_path / "data.csv", pa.table({"text": texts, "label": labels}))
    with labelaudit.open_dataset([path], probabilities="replaced") as dataset:
        found = labelaudit.self_test(dataset, **QUICK)
    assert found.refitted
    assert found.scorers == BY_ROWS
    assert found.best.average_precision.mean > 0.9


# --- what cannot be tested -----------------------------------------------------------------------


@pytest.mark.parametrize(
    "how",
    [
        {"rate": 0.0},
        {"rate": 0.51},
        {"rate": float("nan")},
        {"repeats": 0},
        {"noises": ["pink"]},
        {"noises": []},
        {"scorers": ["nobody"]},
        {"scorers": ["knn"]},
    ],
    ids=str,
)
def test_what_is_impossible_is_refused(folder: Path, how: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        answer(*parquet_wide(folder, honest_sample()).paths, **how)


def test_a_handful_of_rows_is_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="49 rows are too few"):
        answer(embedded(tmp_path, range(49)))


def test_one_class_is_refused(tmp_path: Path) -> None:
    one = np.flatnonzero(BLOBS.labels == 1)
    twice = np.concatenate([one, one])
    sample = sample_of(twice).but(ids=tuple(f"r{i}" for i in range(len(twice))))
    with pytest.raises(OneClassError):
        answer(*parquet_wide(tmp_path, sample).paths)


def test_broken_embeddings_are_an_error_or_left_out(tmp_path: Path) -> None:
    embeddings = BLOBS.embeddings.astype(np.float32).copy()
    embeddings[7, 0] = np.nan
    vectors = pa.table({"id": list(sample_of().ids), "embedding": number_lists(embeddings)})
    path = write(tmp_path / "data.parquet", joined(sample_of().labels_table(), vectors))
    with pytest.raises(NonFiniteError):
        answer(path)
    options = AuditOptions(on_bad_row="skip")
    prediction = labelaudit.PredictOptions(on_bad_row="skip")
    assert answer(path, options=options, prediction=prediction, scorers=["knn"]).n_tested == 149


def test_every_noise_is_tried_by_default(folder: Path) -> None:
    with labelaudit.open_dataset([embedded(folder)]) as dataset:
        found = labelaudit.self_test(dataset, repeats=1, scorers=["self-confidence"], refit=False)
    assert found.noises == tuple(NOISES)
