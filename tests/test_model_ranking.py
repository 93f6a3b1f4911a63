"""Models on given and on reviewed labels: against direct computation, and the effect of the paper."""

import warnings
from dataclasses import replace

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import accuracy_score, balanced_accuracy_score, f1_score

from labelaudit.config import InputOptions
from labelaudit.decisions import BATCH_NOTE
from labelaudit.errors import (
    ClassOrderError,
    ColumnNotFoundError,
    ConfigError,
    CorrectionError,
    DataError,
    IdError,
    InputNotFoundError,
    LabelError,
    NonFiniteError,
    ProbabilityError,
    ShapeError,
    UsageError,
)
from labelaudit.model_ranking import rank_models
from labelaudit.model_ranking.metrics import patterns_of
from labelaudit.model_ranking.model import METRICS, Predictions, RankingOptions
from labelaudit.model_ranking.predictions import Columns, read_predictions
from labelaudit.model_ranking.resampling import measured, resampled
from labelaudit.model_ranking.rows import AuditedRows, audited_rows
from labelaudit.model_ranking.truth import Reviewed, has_votes, reviewed_of, truth_of
from tests.builders import write
from tests.made_audits import Suggested, decision_on, made_audit

PETS = ("cat", "dog", "owl")
QUICK = RankingOptions(draws=200)


# --- values ------------------------------------------------------------------------------------


def rows_with(given, n_classes, *, suspects=(), decided=None):
    n_rows = len(given)
    ids = pa.chunked_array([pa.array([f"r{i}" for i in range(n_rows)])])
    return AuditedRows(
        ids=ids,
        splits=pa.chunked_array([pa.nulls(n_rows, pa.string())]),
        numbers=np.arange(n_rows),
        n_scanned=n_rows,
        given=np.asarray(given),
        predicted=np.full(n_rows, -1),
        is_suspect=np.isin(np.arange(n_rows), suspects),
        p_error=np.full(n_rows, 0.5),
        decided=np.full(n_rows, -1) if decided is None else decided,
        gone=np.array([], dtype=np.int64),
        classes=tuple(f"c{i}" for i in range(n_classes)),
    )


def ranked(given, reviewed, models, n_classes, options=QUICK, other=None, used=None):
    """Rank arrays: a truth made without decisions."""
    rows = rows_with(given, n_classes)
    truth = truth_of(rows, Reviewed(outcomes={}, either={}))
    used = np.ones(len(given), dtype=bool) if used is None else used
    errors = int((np.asarray(reviewed)[used] != np.asarray(given)[used]).sum())
    review = replace(truth.review, used=int(used.sum()), errors=errors)
    other = np.full(len(given), -1) if other is None else other
    truth = replace(truth, reviewed=np.asarray(reviewed), other=other, used=used, review=review)
    predictions = [
        Predictions(name=name, file=name, predicted=np.asarray(codes), found_by="")
        for name, codes in models.items()
    ]
    return rank_models(rows, truth, predictions, options)


def directly(truth, predicted):
    """The three metrics by scikit-learn."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return {
            "accuracy": accuracy_score(truth, predicted),
            "balanced_accuracy": balanced_accuracy_score(truth, predicted),
            "macro_f1": f1_score(truth, predicted, average="macro", zero_division=0),
        }


def by_name(found):
    return {model.name: model for model in found.models}


@st.composite
def labelled_rows(draw):
    n_classes = draw(st.integers(2, 5))
    n_rows = draw(st.integers(2, 40))
    n_models = draw(st.integers(1, 4))
    codes = st.lists(st.integers(0, n_classes - 1), min_size=n_rows, max_size=n_rows).map(np.array)
    return draw(codes), draw(codes), {f"m{i}": draw(codes) for i in range(n_models)}, n_classes


# --- metrics -----------------------------------------------------------------------------------


@settings(max_examples=60, deadline=None)
@given(labelled_rows())
def test_metrics_are_those_of_scikit_learn(drawn):
    given_codes, reviewed, models, n_classes = drawn
    found = by_name(ranked(given_codes, reviewed, models, n_classes, RankingOptions(draws=100)))
    for name, codes in models.items():
        for labels, truth in (("given", given_codes), ("reviewed", reviewed)):
            expected = directly(truth, codes)
            for metric in METRICS:
                assert found[name].on(labels)[metric].value == pytest.approx(expected[metric], abs=1e-12)


@settings(max_examples=40, deadline=None)
@given(labelled_rows(), st.randoms(use_true_random=False))
def test_the_order_of_rows_reaches_nothing(drawn, shuffler):
    given_codes, reviewed, models, n_classes = drawn
    order = list(range(len(given_codes)))
    shuffler.shuffle(order)
    options = RankingOptions(draws=100)
    first = ranked(given_codes, reviewed, models, n_classes, options)
    shuffled = {name: codes[order] for name, codes in models.items()}
    second = ranked(given_codes[order], reviewed[order], shuffled, n_classes, options)
    assert first.models == second.models
    assert (first.differences, first.crossings) == (second.differences, second.crossings)


@settings(max_examples=40, deadline=None)
@given(labelled_rows())
def test_ranks_values_and_intervals_agree(drawn):
    given_codes, reviewed, models, n_classes = drawn
    found = ranked(given_codes, reviewed, models, n_classes, RankingOptions(draws=100))
    accuracies = [model.reviewed["accuracy"].value for model in found.models]
    assert accuracies == sorted(accuracies, reverse=True)
    for model in found.models:
        for measures in (model.given, model.reviewed):
            for measure in measures.values():
                assert 0 <= measure.low <= measure.high <= 1
                assert 1 <= measure.rank <= len(models)
    for one in found.differences:
        first, second = (by_name(found)[name].on(one.labels)[one.metric] for name in (one.first, one.second))
        assert one.value == pytest.approx(first.value - second.value)
        assert one.low <= one.high
    for crossing in found.crossings:
        assert 0 <= crossing.low <= crossing.prevalence <= crossing.high <= 1


@settings(max_examples=20, deadline=None)
@given(labelled_rows())
def test_a_model_that_says_the_reviewed_labels_is_perfect(drawn):
    given_codes, reviewed, models, n_classes = drawn
    found = ranked(
        given_codes, reviewed, models | {"perfect": reviewed}, n_classes, RankingOptions(draws=100)
    )
    best = by_name(found)["perfect"].reviewed["accuracy"]
    assert (best.value, best.low, best.high, best.rank) == (1, 1, 1, 1)


def test_resampling_patterns_is_resampling_rows():
    rng = np.random.default_rng(0)
    given_codes, codes = rng.integers(0, 3, 200), rng.integers(0, 3, 200)
    codes[:120] = given_codes[:120]
    patterns = patterns_of(given_codes, given_codes, np.full(200, -1), codes[None])
    drawn = resampled(patterns, 3, draws=3000, seed=1).metrics[:, 0, :, 0]
    rows = rng.integers(0, 200, (1000, 200))
    direct = np.array([list(directly(given_codes[r], codes[r]).values()) for r in rows])
    assert drawn.mean(axis=0) == pytest.approx(direct.mean(axis=0), abs=0.005)
    assert drawn.std(axis=0) == pytest.approx(direct.std(axis=0), rel=0.1)


def test_draws_are_the_same_whatever_the_size_of_a_block(monkeypatch):
    rng = np.random.default_rng(0)
    labels, codes = rng.integers(0, 4, 300), rng.integers(0, 4, (2, 300))
    patterns = patterns_of(labels, labels, np.full(300, -1), codes)
    whole = resampled(patterns, 4, draws=150, seed=3)
    monkeypatch.setattr("labelaudit.model_ranking.resampling.CELLS", 1000)
    assert np.array_equal(resampled(patterns, 4, draws=150, seed=3).metrics, whole.metrics)


def test_drawing_groups_of_rows_is_drawing_rows(monkeypatch):
    rng = np.random.default_rng(4)
    labels = np.sort(rng.integers(0, 6, 9000) * rng.integers(0, 2, 9000))
    reviewed = np.where(rng.random(9000) < 0.02, (labels + 1) % 6, labels)
    codes = np.stack([np.where(rng.random(9000) < share, reviewed, labels[::-1]) for share in (0.9, 0.8)])
    patterns = patterns_of(labels, reviewed, np.full(9000, -1), codes)
    rows = resampled(patterns, 6, draws=1000, seed=1)
    monkeypatch.setattr("labelaudit.model_ranking.resampling.MOST_PATTERNS", 0)
    groups = resampled(patterns, 6, draws=1000, seed=1)
    for name in ("metrics", "on_right", "on_errors", "repeated"):
        by_rows, by_groups = getattr(rows, name), getattr(groups, name)
        deviation = by_rows.std(axis=0)
        assert by_groups.mean(axis=0) == pytest.approx(by_rows.mean(axis=0), abs=deviation.max() / 6)
        assert by_groups.std(axis=0) == pytest.approx(deviation, rel=0.15)
    leads = [drawn.metrics[:, 1, 0, 0] - drawn.metrics[:, 1, 0, 1] for drawn in (rows, groups)]
    assert leads[1].std() == pytest.approx(leads[0].std(), rel=0.15)
    monkeypatch.setattr("labelaudit.model_ranking.resampling.CELLS", 1 << 18)
    assert np.array_equal(resampled(patterns, 6, draws=1000, seed=1).metrics, groups.metrics)


def test_of_two_right_labels_the_one_that_a_model_says_counts():
    given_codes = np.array([0, 0, 1, 1])
    other = np.array([1, -1, -1, -1])
    models = {"first": [0, 0, 1, 1], "second": [1, 0, 1, 1], "third": [2, 0, 1, 1]}
    found = by_name(ranked(given_codes, given_codes, models, 3, other=other))
    assert [found[name].reviewed["accuracy"].value for name in models] == [1, 1, 0.75]
    assert found["second"].given["accuracy"].value == 0.75


def test_paired_differences_are_narrower_than_the_models_own_intervals():
    rng = np.random.default_rng(2)
    truth = rng.integers(0, 5, 2000)
    base = np.where(rng.random(2000) < 0.8, truth, (truth + 1) % 5)
    better = np.where(rng.random(2000) < 0.01, truth, base)
    found = ranked(truth, truth, {"base": base, "better": better}, 5)
    (difference,) = [d for d in found.differences if (d.labels, d.metric) == ("reviewed", "accuracy")]
    own = found.models[0].reviewed["accuracy"]
    assert difference.low <= difference.value <= difference.high
    assert difference.high - difference.low < (own.high - own.low) / 3


# --- the paper's effect ------------------------------------------------------------------------


def capacity_models(seed=0, n_rows=6000, noise=0.05):
    """Two models of a set with errors that repeat: the larger one has learned them, the smaller has not."""
    rng = np.random.default_rng(seed)
    truth = rng.integers(0, 10, n_rows)
    wrong = rng.random(n_rows) < noise
    given_codes = np.where(wrong, (truth + 1) % 10, truth)
    larger = np.where(rng.random(n_rows) < 0.95, truth, (truth + 3) % 10)
    larger = np.where(wrong & (rng.random(n_rows) < 0.7), given_codes, larger)
    smaller = np.where(rng.random(n_rows) < 0.92, truth, (truth + 4) % 10)
    smaller = np.where(wrong & (rng.random(n_rows) < 0.2), given_codes, smaller)
    return given_codes, truth, {"larger": larger, "smaller": smaller}


def test_the_smaller_model_overtakes_when_noise_prevalence_grows():
    given_codes, truth, models = capacity_models(noise=0.02)
    found = ranked(given_codes, truth, models, 10, RankingOptions(draws=1000))
    (crossing,) = found.crossings
    assert (crossing.below, crossing.above) == ("larger", "smaller")
    assert found.models[0].name == "larger"
    # 0.95 - 0.92 = 0.03 on right rows; 0.92 * 0.8 - 0.95 * 0.3 = 0.451 on errors.
    expected = 0.03 / (0.03 + 0.451)
    assert crossing.low < expected < crossing.high
    assert found.review.prevalence < crossing.prevalence
    larger, smaller = by_name(found)["larger"], by_name(found)["smaller"]
    assert larger.errors_repeated > smaller.errors_repeated
    assert larger.accuracy_on_errors < smaller.accuracy_on_errors


def test_beyond_the_crossing_the_ranks_change_with_the_labels():
    given_codes, truth, models = capacity_models(noise=0.15)
    found = ranked(given_codes, truth, models, 10)
    assert [model.name for model in found.models] == ["smaller", "larger"]
    assert by_name(found)["larger"].given["accuracy"].rank == 1
    assert found.moved == ("smaller", "larger")


def test_the_crossing_is_where_random_removal_puts_it():
    given_codes, truth, models = capacity_models(noise=0.02)
    found = ranked(given_codes, truth, models, 10)
    (crossing,) = found.crossings
    wrong = np.flatnonzero(given_codes != truth)
    right = np.flatnonzero(given_codes == truth)
    n_kept = round(len(wrong) * (1 - crossing.prevalence) / crossing.prevalence)
    rng = np.random.default_rng(5)
    leads = []
    for _ in range(400):
        rows = np.concatenate([wrong, rng.choice(right, n_kept, replace=False)])
        larger, smaller = ((models[name][rows] == truth[rows]).mean() for name in ("larger", "smaller"))
        leads.append(larger - smaller)
    assert abs(np.mean(leads)) < 0.002
    curve = found.curves
    at = int(np.searchsorted(curve.prevalence, found.review.prevalence))
    assert curve.accuracy[:, at] == pytest.approx([m.reviewed["accuracy"].value for m in found.models])


def removal(given_codes, truth, models, prevalence, rng):
    """Section 6 of the paper done by hand: take rows out that are right, one after the other at random."""
    wrong = given_codes != truth
    order = rng.permutation(np.flatnonzero(~wrong))
    n_kept = round(wrong.sum() * (1 - prevalence) / prevalence)
    rows = np.concatenate([np.flatnonzero(wrong), order[:n_kept]])
    assert (given_codes[rows] != truth[rows]).mean() == pytest.approx(prevalence, abs=1e-3)
    return [(codes[rows] == truth[rows]).mean() for codes in models.values()]


@pytest.mark.parametrize("prevalence", [0.1, 0.25, 0.5, 0.8, 1.0])
def test_the_curve_is_what_removing_right_rows_gives(prevalence):
    given_codes, truth, models = capacity_models(noise=0.05)
    models["linear"] = np.where(np.arange(6000) % 3 == 0, truth, (truth + 5) % 10)
    found = ranked(given_codes, truth, models, 10)
    rng = np.random.default_rng(7)
    direct = np.mean([removal(given_codes, truth, models, prevalence, rng) for _ in range(200)], axis=0)
    at = int(np.argmin(np.abs(found.curves.prevalence - prevalence)))
    told = {m.name: line[at] for m, line in zip(found.models, found.curves.accuracy, strict=True)}
    assert [told[name] for name in models] == pytest.approx(direct, abs=0.003)


def test_the_interval_of_a_crossing_covers_it():
    expected, covered = 0.03 / (0.03 + 0.451), 0
    for seed in range(60):
        given_codes, truth, models = capacity_models(seed=seed, n_rows=3000, noise=0.04)
        crossings = ranked(given_codes, truth, models, 10).crossings
        covered += bool(crossings) and crossings[0].low <= expected <= crossings[0].high
    assert 48 <= covered <= 60


def test_without_errors_there_is_no_curve():
    labels = np.array([0, 1, 0, 1])
    found = ranked(labels, labels, {"a": labels, "b": [0, 0, 0, 0]}, 2)
    assert (found.curves, found.crossings, found.moved) == (None, (), ())
    assert found.models[0].accuracy_on_errors is None
    assert [notice.code for notice in found.notices] == ["no-reviewed-errors"]


# --- decisions ---------------------------------------------------------------------------------


@pytest.fixture
def audit(tmp_path):
    ids = [f"r{i}" for i in range(8)]
    labels = ["cat", "dog", "owl", "cat", "dog", "owl", "cat", "dog"]
    path = write(tmp_path / "labels.csv", pa.table({"id": ids, "label": labels}))
    suspects = {name: Suggested(label="dog") for name in ("r0", "r2", "r3", "r5")}
    return made_audit([path], PETS, suspects=suspects)


def decisions_on(audit, said):
    """Decisions by (id, reviewer); a label for "other"."""
    rows = {row["id"]: row for row in audit.scores().to_pylist()}
    made = []
    for line, ((name, reviewer), word) in enumerate(said.items(), start=1):
        decision = decision_on(rows[name], word, reviewer=reviewer, line=line)
        seen = {"given": rows[name]["given_label"], "suggested": rows[name]["suggested_label"]}
        made.append(replace(decision, record={"seen": seen}))
    return made


def truth_from(audit, said, **how):
    reviewed = reviewed_of(decisions_on(audit, said), RankingOptions(**how))
    rows = audited_rows(audit, list(reviewed.outcomes))
    return rows, truth_of(rows, reviewed)


def test_decisions_become_labels(audit):
    said = {("r0", "ana"): "dog", ("r2", "ana"): "both", ("r3", "ana"): "neither", ("r1", "ana"): "given"}
    said |= {("r4", "ana"): "cat", ("r4", "bo"): "owl", ("r6", "ana"): "skip"}
    rows, truth = truth_from(audit, said)
    assert truth.reviewed.tolist() == [1, 1, 2, 0, 1, 2, 0, 1]
    assert truth.other.tolist() == [-1, -1, 1, -1, -1, -1, -1, -1]
    assert truth.used.tolist() == [True, True, True, False, False, True, True, True]
    review = truth.review
    assert (review.rows, review.used, review.reviewed, review.errors) == (8, 6, 5, 1)
    assert (review.either, review.neither, review.conflicts) == (1, 1, 1)
    assert (review.suspects, review.suspects_reviewed, review.suspects_left) == (4, 3, 1)
    assert review.prevalence == pytest.approx(1 / 6)
    assert len(rows) == 8


def test_both_counts_only_where_most_who_keep_the_label_say_so(audit):
    said = {("r0", "ana"): "both", ("r0", "bo"): "given"}
    assert truth_from(audit, said)[1].review.either == 0
    assert truth_from(audit, said | {("r0", "cy"): "both"})[1].review.either == 1


def test_too_few_reviewers_leave_the_given_label(audit):
    assert truth_from(audit, {("r0", "ana"): "dog"}, min_reviewers=2)[1].review.reviewed == 0


def test_a_label_of_no_class_is_refused(audit):
    with pytest.raises(CorrectionError, match="'r0' the label 'fox'"):
        truth_from(audit, {("r0", "ana"): "fox"})


def test_decisions_on_rows_that_are_gone_change_nothing(audit):
    said = decisions_on(audit, {("r0", "ana"): "dog"})
    said[0] = replace(said[0], fingerprint="gone")
    reviewed = reviewed_of(said, QUICK)
    rows = audited_rows(audit, list(reviewed.outcomes))
    assert truth_of(rows, reviewed).review.reviewed == 0
    assert has_votes(said)


def test_suspects_that_nobody_reviewed_are_told(audit):
    rows, truth = truth_from(audit, {("r0", "ana"): "dog"})
    model = Predictions(name="a", file="a", predicted=rows.given, found_by="")
    found = rank_models(rows, truth, [model], QUICK)
    (notice,) = found.notices
    assert (notice.code, notice.count) == ("unreviewed-suspects", 3)
    assert "3 of 4 suspects are not reviewed and keep their given label" in notice.message
    assert "up to 37.5 points" in notice.message


def test_decisions_on_changed_labels_are_set_aside_by_name(audit):
    said = decisions_on(audit, {("r0", "ana"): "dog", ("r1", "ana"): "owl"})
    said[1] = replace(said[1], fingerprint="changed")
    reviewed = reviewed_of(said, QUICK)
    truth = truth_of(audited_rows(audit, list(reviewed.outcomes)), reviewed)
    assert (truth.review.reviewed, truth.review.stale) == (1, ("r1",))
    assert "decisions on 'r1' are set aside" in notices_on(audit, truth)["stale-decisions"].message


def test_decisions_on_another_split_are_not_stale(split_audit):
    said = decisions_on(split_audit, {("a", "ana"): "cat"})
    reviewed = reviewed_of(said, QUICK)
    truth = truth_of(audited_rows(split_audit, list(reviewed.outcomes), "train"), reviewed)
    assert truth.review.stale == ()


def test_errors_that_nobody_looked_at_one_by_one_are_counted(audit):
    said = decisions_on(audit, {("r0", "ana"): "dog", ("r2", "ana"): "dog", ("r3", "ana"): "dog"})
    hasty = [replace(d, record={**d.record, "note": BATCH_NOTE}) for d in said[:2]]
    looked = decisions_on(audit, {("r2", "bo"): "dog"})
    reviewed = reviewed_of([*hasty, said[2], *looked], QUICK)
    truth = truth_of(audited_rows(audit, list(reviewed.outcomes)), reviewed)
    assert (truth.review.errors, truth.review.in_batch) == (3, 1)
    assert "1 of 3 reviewed label errors were accepted in a batch" in (
        notices_on(audit, truth)["accepted-in-a-batch"].message
    )


def test_rows_on_which_reviewers_disagree_are_told(audit):
    said = {("r0", "ana"): "dog", ("r0", "bo"): "owl"}
    said |= {("r2", "ana"): "dog", ("r2", "bo"): "dog", ("r2", "cy"): "given"}
    truth = truth_from(audit, said)[1]
    assert (truth.review.conflicts, truth.review.outvoted) == (1, 1)
    notice = notices_on(audit, truth)["reviewers-disagree"]
    assert notice.count == 2
    assert "on 2 rows: 1 in conflict are left out, of 1 the majority decides" in notice.message


def notices_on(audit, truth, codes=None, **known):
    """What is told of one model that predicts the given labels."""
    rows = audited_rows(audit, [])
    model = Predictions(
        name="m", file="m", predicted=rows.given if codes is None else codes, found_by="", **known
    )
    return {notice.code: notice for notice in rank_models(rows, truth, [model], QUICK).notices}


# --- predictions -------------------------------------------------------------------------------

SAID = ["cat", "dog", "owl", "dog", "dog", "owl", "owl", "cat"]
CODES = [PETS.index(name) for name in SAID]
IDS = [f"r{i}" for i in range(8)]


def probs():
    matrix = np.full((8, 3), 0.1)
    matrix[np.arange(8), CODES] = 0.8
    return matrix


def wide(order=PETS, rows=range(8), **more):
    columns = {f"prob_{name}": probs()[list(rows), PETS.index(name)] for name in order}
    return pa.table({"id": [IDS[i] for i in rows], **columns, **more})


def read(audit, path, **columns):
    return read_predictions("m", path, audited_rows(audit, []), Columns(**columns)).predicted.tolist()


@pytest.mark.parametrize("name", ["p.csv", "p.parquet", "p.jsonl", "p.arrow"])
def test_predictions_are_read_from_every_format(audit, tmp_path, name):
    assert read(audit, write(tmp_path / name, wide())) == CODES
    labels = pa.table({"id": IDS, "prediction": SAID})
    assert read(audit, write(tmp_path / f"labels-{name}", labels)) == CODES


def test_rows_and_columns_may_have_another_order(audit, tmp_path):
    table = wide(order=("owl", "cat", "dog"), rows=[5, 0, 7, 3, 1, 2, 6, 4])
    assert read(audit, write(tmp_path / "p.csv", table)) == CODES


def test_lists_and_arrays_go_by_the_order_of_the_classes(audit, tmp_path):
    lists = pa.table({"id": IDS, "pred_probs": probs().tolist()})
    assert read(audit, write(tmp_path / "p.parquet", lists)) == CODES
    for name, array in (("p.npy", probs()), ("codes.npy", np.array(CODES)), ("f.npy", np.array(CODES) + 0.0)):
        np.save(tmp_path / name, array)
        assert read(audit, tmp_path / name) == CODES


def test_logits_and_numbers_of_classes_will_do(audit, tmp_path):
    logits = pa.table({"id": IDS, "probs": (20 * probs() - 9).tolist()})
    assert read(audit, write(tmp_path / "p.parquet", logits)) == CODES
    numbers = pa.table({"id": IDS, "pred": CODES})
    assert read(audit, write(tmp_path / "n.csv", numbers)) == CODES


def test_columns_can_be_named(audit, tmp_path):
    table = pa.table({"key": IDS, "vgg": SAID, "prediction": ["cat"] * 8})
    assert read(audit, write(tmp_path / "p.csv", table), id_col="key", pred_col="vgg") == CODES
    prefixed = wide().rename_columns(["id", *(f"q-{name}" for name in PETS)])
    assert read(audit, write(tmp_path / "q.csv", prefixed), probs_prefix="q-") == CODES


def test_parts_in_a_folder_are_one_model(audit, tmp_path):
    for i, rows in enumerate(([0, 1, 2], [3, 4, 5, 6, 7])):
        write(tmp_path / "parts" / f"{i}.parquet", wide(rows=rows))
    assert read(audit, tmp_path / "parts") == CODES


def test_more_predictions_than_rows_are_passed_over_with_a_notice(audit, tmp_path):
    table = pa.table({"id": [*IDS, "r99"], "prediction": [*SAID, "cat"]})
    found = read_predictions("m", write(tmp_path / "p.csv", table), audited_rows(audit, []))
    assert found.predicted.tolist() == CODES
    assert [notice.code for notice in found.notices] == ["unused-predictions"]


def test_a_class_without_a_column_is_told(audit, tmp_path):
    path = write(tmp_path / "p.csv", wide(order=("cat", "dog")))
    found = read_predictions("m", path, audited_rows(audit, []))
    assert [notice.code for notice in found.notices] == ["missing-class-columns"]


def test_row_order_has_to_be_asked_for(audit, tmp_path):
    path = write(tmp_path / "p.csv", pa.table({"prediction": SAID}))
    with pytest.raises(IdError, match="no id to join on"):
        read(audit, path)
    assert read(audit, path, row_order=True) == CODES
    turned = write(tmp_path / "t.csv", pa.table({"id": IDS[::-1], "prediction": SAID[::-1]}))
    with pytest.raises(IdError, match="not in one order"):
        read(audit, turned, row_order=True)


def known(audit, path, **columns):
    found = read_predictions("m", path, audited_rows(audit, []), Columns(**columns))
    return found.has_ids, found.classes_by


def test_how_rows_and_classes_are_known_is_kept(audit, tmp_path):
    assert known(audit, write(tmp_path / "a.csv", wide())) == (True, "name")
    lists = pa.table({"id": IDS, "pred_probs": probs().tolist()})
    assert known(audit, write(tmp_path / "b.parquet", lists)) == (True, "position")
    numbers = pa.table({"id": IDS, "pred": CODES})
    assert known(audit, write(tmp_path / "c.csv", numbers)) == (True, "position")
    np.save(tmp_path / "d.npy", np.array(CODES))
    assert known(audit, tmp_path / "d.npy") == (False, "position")
    labels = write(tmp_path / "e.csv", pa.table({"prediction": SAID}))
    assert known(audit, labels, row_order=True) == (False, "name")
    same_ids = write(tmp_path / "f.csv", pa.table({"id": IDS, "prediction": SAID}))
    assert known(audit, same_ids, row_order=True) == (True, "name")


@pytest.fixture
def numbered_audit(tmp_path):
    labels = ["1", "2", "3"] * 3
    path = write(tmp_path / "n.csv", pa.table({"id": [f"r{i}" for i in range(9)], "label": labels}))
    return made_audit([path], ("1", "2", "3"))


def test_numbers_that_are_names_of_classes_are_told(numbered_audit, tmp_path):
    table = pa.table({"id": [f"r{i}" for i in range(9)], "prediction": [1.0, 2.0, 2.0] * 3})
    path = write(tmp_path / "p.csv", table)
    assert read(numbered_audit, path) == [0, 1, 1] * 3
    assert known(numbered_audit, path) == (True, "number")
    rows = audited_rows(numbered_audit, [])
    truth = truth_of(rows, Reviewed(outcomes={}, either={}))
    assert "numbers-as-names" in notices_on(numbered_audit, truth, classes_by="number")


def test_a_model_in_the_wrong_order_is_noticed():
    rng = np.random.default_rng(3)
    labels = rng.integers(0, 4, 400)
    models = {"right": labels, "shuffled": rng.permutation(labels), "constant": np.zeros(400, int)}
    found = ranked(labels, labels, models, 4)
    (notice,) = [notice for notice in found.notices if notice.code == "no-better-than-chance"]
    assert notice.message.startswith(
        "predictions of 'shuffled', 'constant' agree with the given labels no more"
    )


def test_models_that_say_the_same_are_named():
    labels = np.array([0, 1, 0, 1])
    found = ranked(labels, labels, {"a": labels, "b": 1 - labels, "c": labels}, 2)
    (notice,) = [notice for notice in found.notices if notice.code == "same-predictions"]
    assert notice.message == "'a', 'c' predict the same of every row"
    assert [model.reviewed["accuracy"].rank for model in found.models] == [1, 1, 3]


@pytest.mark.parametrize("value", [1.7, -0.2])
def test_a_logit_is_no_probability_of_one_class(tmp_path, value):
    labels = write(tmp_path / "l.csv", pa.table({"id": ["a", "b"], "label": ["no", "yes"]}))
    audit = made_audit([labels], ("no", "yes"))
    path = write(tmp_path / "p.csv", pa.table({"id": ["a", "b"], "score": [0.2, value]}))
    with pytest.raises(ProbabilityError, match="is no probability"):
        read(audit, path, probs_col="score", positive_class="yes")


BAD = {
    "an id is missing": (pa.table({"id": IDS[1:], "prediction": SAID[1:]}), IdError, "1 of 8 audited rows"),
    "an id stands twice": (
        pa.table({"id": [*IDS, "r3"], "prediction": [*SAID, "cat"]}),
        IdError,
        "'r3' has several predictions",
    ),
    "an empty id": (pa.table({"id": ["", *IDS[1:]], "prediction": SAID}), IdError, "the id is missing"),
    "no predictions": (pa.table({"id": IDS, "note": SAID}), ColumnNotFoundError, "no predictions found"),
    "a strange class": (
        pa.table({"id": IDS, "prediction": ["fox", *SAID[1:]]}),
        LabelError,
        "'fox' is no class of the audit",
    ),
    "a missing prediction": (
        pa.table({"id": IDS, "prediction": ["", *SAID[1:]]}),
        LabelError,
        "the prediction is missing",
    ),
    "a number over the classes": (
        pa.table({"id": IDS, "prediction": [3, *CODES[1:]]}),
        LabelError,
        "'3' is no class of the audit",
    ),
    "a probability that is nan": (
        pa.table({"id": IDS, "prob_cat": [float("nan")] + [0.1] * 7, "prob_dog": [0.2] * 8}),
        NonFiniteError,
        "row 0 .*is nan",
    ),
    "columns of other classes": (
        pa.table({"id": IDS, "prob_fox": [0.1] * 8, "prob_hen": [0.2] * 8}),
        ColumnNotFoundError,
        "no predictions found",
    ),
}


@pytest.mark.parametrize("case", BAD)
def test_bad_predictions_are_refused_by_name(audit, tmp_path, case):
    table, error, says = BAD[case]
    path = write(tmp_path / "bad.csv", table)
    with pytest.raises(error, match=says) as raised:
        read(audit, path)
    assert raised.value.file == path.as_posix()
    assert raised.value.hint


@pytest.mark.parametrize(
    ("array", "error"),
    [(np.zeros((7, 3)), ShapeError), (np.zeros((8, 2)), ShapeError), (np.array(CODES) + 0.5, LabelError)],
)
def test_bad_arrays_are_refused(audit, tmp_path, array, error):
    np.save(tmp_path / "bad.npy", array)
    with pytest.raises(error):
        read(audit, tmp_path / "bad.npy")


def test_lists_of_other_classes_are_refused_by_their_width(audit, tmp_path):
    lists = pa.table({"id": IDS, "pred_probs": [[0.5, 0.5]] * 8})
    with pytest.raises(ShapeError, match="2 probabilities a row, but the audit has 3 classes"):
        read(audit, write(tmp_path / "p.parquet", lists))


def test_named_columns_must_be_there(audit, tmp_path):
    path = write(tmp_path / "p.csv", wide())
    with pytest.raises(ColumnNotFoundError, match="no column 'vgg'"):
        read(audit, path, pred_col="vgg")
    strange = write(tmp_path / "q.csv", wide().rename_columns(["id", "q_cat", "q_dog", "q_fox"]))
    with pytest.raises(ClassOrderError, match="named for 'fox'"):
        read(audit, strange, probs_prefix="q_")
    with pytest.raises(InputNotFoundError):
        read(audit, tmp_path / "none.csv")


# --- splits ------------------------------------------------------------------------------------


@pytest.fixture
def split_audit(tmp_path):
    table = pa.table(
        {
            "id": ["a", "b", "a", "b"],
            "label": ["cat", "dog", "dog", "cat"],
            "split": ["train"] * 2 + ["test"] * 2,
        }
    )
    return made_audit([write(tmp_path / "labels.csv", table)], ("cat", "dog"))


def test_one_split_is_ranked_by_its_own_ids(split_audit, tmp_path):
    path = write(tmp_path / "p.csv", pa.table({"id": ["b", "a"], "prediction": ["cat", "dog"]}))
    rows = audited_rows(split_audit, [], "test")
    assert (len(rows), rows.given.tolist(), rows.numbers.tolist()) == (2, [1, 0], [2, 3])
    assert read_predictions("m", path, rows).predicted.tolist() == [1, 0]
    np.save(tmp_path / "all.npy", np.array([0, 1, 1, 0]))
    assert read_predictions("m", tmp_path / "all.npy", rows).predicted.tolist() == [1, 0]
    np.save(tmp_path / "own.npy", np.array([1, 0]))
    assert read_predictions("m", tmp_path / "own.npy", rows).predicted.tolist() == [1, 0]


def test_ids_of_several_splits_need_theirs(split_audit, tmp_path):
    rows = audited_rows(split_audit, [])
    table = pa.table({"id": ["b", "a", "b", "a"], "prediction": ["cat", "dog", "dog", "cat"]})
    with pytest.raises(IdError, match="do not tell theirs"):
        read_predictions("m", write(tmp_path / "p.csv", table), rows)
    table = table.append_column("split", pa.array(["test", "test", "train", "train"]))
    path = write(tmp_path / "q.csv", table)
    assert read_predictions("m", path, rows).predicted.tolist() == [0, 1, 1, 0]


def test_an_unknown_split_is_refused(split_audit):
    with pytest.raises(UsageError, match="no row is in split 'dev'"):
        audited_rows(split_audit, [], "dev")


# --- usage -------------------------------------------------------------------------------------


@pytest.mark.parametrize("wrong", [{"confidence": 0.3}, {"confidence": 1}, {"draws": 10}, {"seed": -1}])
def test_options_are_checked(wrong):
    with pytest.raises(ConfigError):
        RankingOptions(**wrong)


def test_models_need_names_of_their_own(audit):
    rows, truth = truth_from(audit, {("r0", "ana"): "dog"})
    model = Predictions(name="a", file="a", predicted=rows.given, found_by="")
    with pytest.raises(UsageError, match="one name"):
        rank_models(rows, truth, [model, model], QUICK)
    with pytest.raises(UsageError, match="no model"):
        rank_models(rows, truth, [], QUICK)


def test_the_model_behind_the_audit_is_named(audit):
    rows, truth = truth_from(audit, {("r0", "ana"): "dog"})
    rows = replace(rows, predicted=np.array(CODES))
    models = [
        Predictions(name="own", file="a", predicted=np.array(CODES), found_by=""),
        Predictions(name="other", file="b", predicted=rows.given, found_by=""),
    ]
    found = [
        n for n in rank_models(rows, truth, models, QUICK).notices if n.code == "audited-with-this-model"
    ]
    assert len(found) == 1
    assert "the predictions of own" in found[0].message


def test_rows_must_be_left_to_measure_on(audit):
    said = {(name, "ana"): "neither" for name in IDS}
    rows, truth = truth_from(audit, said)
    model = Predictions(name="a", file="a", predicted=rows.given, found_by="")
    with pytest.raises(DataError, match="no row is left"):
        rank_models(rows, truth, [model], QUICK)


def test_measures_on_the_rows_as_they_are_use_no_draws():
    labels = np.array([0, 1, 1])
    patterns = patterns_of(labels, labels, np.full(3, -1), labels[None])
    assert measured(patterns, 2).metrics[0, :, :, 0].tolist() == [[1, 1, 1], [1, 1, 1]]


def test_the_columns_of_the_audit_are_taken_where_nothing_else_is_named(audit, tmp_path):
    path = write(tmp_path / "p.csv", pa.table({"key": IDS, "prediction": SAID}))
    rows = audited_rows(audit, [])
    found = read_predictions("m", path, rows, audited_with=InputOptions(id_col="key"))
    assert found.predicted.tolist() == CODES
