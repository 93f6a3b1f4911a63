"""The reviewed estimate: whether its interval holds, and what reaches it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelaudit.auditing import Audit
from labelaudit.decisions.content import decisions_hash
from labelaudit.errors import DataError
from labelaudit.kernels.sampling import draw_sample
from labelaudit.merging.reading import decisions_together, drawn_rows
from labelaudit.review_stats.calibration import average
from labelaudit.review_stats.counting import Reviews, calibrations_of, counted_errors, part_errors
from labelaudit.review_stats.estimating import reviewed_estimate
from labelaudit.review_stats.gathering import gathered
from labelaudit.review_stats.likelihood import chances, log_odds
from labelaudit.review_stats.recalibrated import recalibrated
from labelaudit.review_stats.reviewed_file import read_reviewed, reviewed_text, write_reviewed
from labelaudit.review_stats.samples import samples_of
from labelaudit.scan_key import scan_key
from tests.made_audits import Suggested, made_audit

RNG = np.random.default_rng(0)
N = 3000
P_ERROR = RNG.beta(0.4, 1, N)
KEYS = RNG.integers(0, 2**63, N).astype(np.uint64)
WRONG = RNG.random(N) < chances(np.array([1.4, -0.5, 0]), log_odds(P_ERROR))
"""The model is overconfident and finds too many: what a sample must mend."""


def reviewed_sample(seed: int, *, errs: float = 0.0, ranked: int = 0, n: int = 100) -> Reviews:
    """A sample as it is decided by a reviewer who errs, and the worst rows after it."""
    rows, draw_prob = draw_sample(P_ERROR, n, KEYS, seed)
    more = np.setdiff1d(np.argsort(-P_ERROR)[:ranked], rows)
    rows, draw_prob = np.concatenate([rows, more]), np.concatenate([draw_prob, np.full(len(more), np.nan)])
    said = WRONG[rows] ^ (np.random.default_rng(seed).random(len(rows)) < errs)
    return Reviews(
        log_odds=log_odds(P_ERROR),
        rows=rows,
        wrong=said.astype(float),
        right=(~said).astype(float),
        draw_prob=draw_prob,
    )


@pytest.mark.parametrize(
    ("errs", "known", "ranked"), [(0.0, None, 0), (0.05, None, 0), (0.05, 0.05, 0), (0.0, None, 400)]
)
def test_intervals_cover_the_truth(errs, known, ranked):
    covered, off = [], []
    for seed in range(40):
        reviews = reviewed_sample(seed, errs=errs, ranked=ranked)
        count = counted_errors(reviews, calibrations_of(reviews, known))
        covered.append(count.low <= WRONG.sum() <= count.high)
        off.append(abs(count.errors / WRONG.sum() - 1))
    assert np.mean(covered) >= 0.82
    assert np.mean(off) < (0.2 if errs else 0.12)


def test_intervals_of_classes_cover_the_truth():
    classes = np.arange(N) % 5
    covered = []
    for seed in range(10):
        reviews = reviewed_sample(seed)
        whole = calibrations_of(reviews)
        for code in range(5):
            part = part_errors(reviews, classes == code, whole)
            covered.append(part.low <= WRONG[classes == code].sum() <= part.high)
    assert np.mean(covered) >= 0.84


def test_going_on_with_ranked_suspects_narrows_the_interval():
    widths = [
        np.mean([c.high - c.low for c in (_total(reviewed_sample(seed, ranked=k)) for seed in range(10))])
        for k in (0, 400)
    ]
    assert widths[1] < widths[0]


def _total(reviews: Reviews):
    return counted_errors(reviews, calibrations_of(reviews))


def test_when_all_rows_are_decided_the_count_is_theirs():
    reviews = reviewed_sample(0, ranked=N)
    count = counted_errors(reviews, calibrations_of(reviews, 0.0))
    assert count.decided == N
    assert count.errors == pytest.approx(WRONG.sum(), rel=0.01)
    assert count.high - count.low < 0.03 * N


def test_order_of_decisions_does_not_matter():
    reviews = reviewed_sample(3)
    order = np.random.default_rng(1).permutation(len(reviews.rows))
    shuffled = replace(
        reviews,
        **{name: getattr(reviews, name)[order] for name in ("rows", "wrong", "right", "draw_prob")},
    )
    assert _total(shuffled).errors == pytest.approx(_total(reviews).errors, rel=1e-3)


def test_reviewers_who_disagree_are_seen_to_err():
    rows, draw_prob = draw_sample(P_ERROR, 200, KEYS, 0)
    rng = np.random.default_rng(0)
    said = np.array([WRONG[rows] ^ (rng.random(200) < 0.1) for _ in range(3)])
    reviews = Reviews(
        log_odds=log_odds(P_ERROR),
        rows=rows,
        wrong=said.sum(axis=0).astype(float),
        right=(~said).sum(axis=0).astype(float),
        draw_prob=draw_prob,
    )
    assert average(calibrations_of(reviews))[2] == pytest.approx(0.1, abs=0.03)


def scored(audit: Audit) -> Audit:
    """The audit with scores: suspects are more likely wrong than right."""
    table = audit.scores()
    p_error = np.where(table["is_suspect"].to_numpy(), 0.6, np.linspace(0.02, 0.2, len(table)))
    for name, values in (("p_error", p_error), ("label_quality", 1 - p_error)):
        table = table.set_column(table.schema.get_field_index(name), name, pa.array(values))
    return replace(
        audit, read_scores=lambda columns: iter(table.select(columns or table.schema.names).to_batches())
    )


@pytest.fixture
def audit_and_log(tmp_path: Path):
    """An audit of 60 rows, and the decisions of a sample of 30 of them."""
    path = tmp_path / "labels.csv"
    path.write_text("id,label\n" + "".join(f"r{i},{'cat' if i % 2 else 'dog'}\n" for i in range(60)))
    suspects = {f"r{i}": Suggested(label="dog" if i % 2 else "cat") for i in range(0, 60, 6)}
    audit = scored(made_audit([path], ("cat", "dog"), suspects=suspects))
    lines = []
    for i, row in enumerate(audit.scores().to_pylist()[:30]):
        lines.append(
            {
                "fingerprint": row["fingerprint"],
                "id": row["id"],
                "decision": "neither" if row["is_suspect"] else "given",
                "reviewer": "ana",
                "decided_at": f"2026-01-01T00:00:{i:02}Z",
                "queue": "sample",
                "draw_prob": 0.5,
            }
        )
    log = tmp_path / "decisions.jsonl"
    log.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return audit, log, lines


def estimate(audit, *files: Path, **more):
    """What the command does."""
    found = gathered(audit, decisions_together(files), drawn_rows(files))
    return reviewed_estimate(audit, found, decided=decisions_hash(files), **more)


def test_estimate_has_the_total_classes_splits_and_the_top(audit_and_log):
    audit, log, _ = audit_and_log
    found = estimate(audit, log, tops=[5])
    assert found.total.rows == 60
    assert found.total.decided == found.decisions["sample"] == 30
    assert set(found.by_class) == {"cat", "dog"}
    assert [part.rows for part in found.top] == [5]
    for part in (found.total, *found.top, *found.by_class.values()):
        assert 0 <= part.low <= part.errors <= part.high <= part.rows


def test_a_row_of_the_sample_stays_one_when_it_is_decided_again(audit_and_log):
    audit, log, lines = audit_and_log
    again = [line | {"queue": "ranked", "draw_prob": None} for line in lines]
    with log.open("a") as stream:
        stream.writelines(json.dumps(line) + "\n" for line in again)
    assert estimate(audit, log).decisions["sample"] == 30


def test_stale_and_skipped_rows_are_set_aside_by_name(audit_and_log):
    audit, log, lines = audit_and_log
    with log.open("a") as stream:
        stream.write(json.dumps(lines[0] | {"fingerprint": "00ff", "id": "old", "queue": "ranked"}) + "\n")
        stream.write(json.dumps(lines[1] | {"decision": "skip"}) + "\n")
    found = gathered(audit, decisions_together([log]), drawn_rows([log]))
    assert (found.stale, found.skipped) == (("old",), (lines[1]["id"],))
    assert estimate(audit, log).decisions == {
        "sample": 29,
        "other": 0,
        "skipped": 1,
        "stale": 1,
        "earlier": 30,
    }


def relabelled(audit: Audit, rows: range) -> Audit:
    """Another scan, in which some rows have other fingerprints."""
    table = audit.scores()
    prints = [f"new{i}" if i in rows else name for i, name in enumerate(table["fingerprint"].to_pylist())]
    table = table.set_column(table.schema.get_field_index("fingerprint"), "fingerprint", pa.array(prints))
    return replace(
        audit,
        read_scores=lambda columns: iter(table.select(columns or table.schema.names).to_batches()),
        read_summary=lambda: replace(audit.summary, seed=99),
    )


def test_a_sample_that_lost_rows_is_none(audit_and_log):
    audit, log, _ = audit_and_log
    with pytest.raises(DataError, match="6 of the 30 rows of the sample have other labels now") as found:
        estimate(relabelled(audit, range(6)), log)
    assert "review serve AUDIT --queue sample=100" in str(found.value.hint)


@pytest.mark.parametrize("name", ["earlier", None])
def test_a_whole_sample_of_another_scan_counts_and_is_told(audit_and_log, name):
    audit, log, lines = audit_and_log
    log.write_text("".join(json.dumps(line | {"scan": name}) + "\n" for line in lines))
    found = estimate(relabelled(audit, range(40, 50)), log)
    assert found.decisions["sample"] == 30
    assert any(
        told.startswith("30 rows of the sample were drawn in an earlier scan") for told in found.assumes
    )
    log.write_text("".join(json.dumps(line | {"scan": scan_key(audit.summary)}) + "\n" for line in lines))
    assert not any("earlier" in told for told in estimate(audit, log).assumes)


def test_a_new_sample_counts_beside_one_that_lost_rows(audit_and_log):
    audit, log, lines = audit_and_log
    after = relabelled(audit, range(6))
    new = [line | {"scan": scan_key(after.summary), "draw_prob": 0.25} for line in lines[10:25]]
    log.write_text("".join(json.dumps(line) + "\n" for line in [*lines, *new]))
    found = gathered(after, decisions_together([log]), drawn_rows([log]))
    assert found.reviews.drawn.sum() == 15
    told = estimate(after, log).decisions
    assert told == {"sample": 15, "other": 9, "skipped": 0, "stale": 6, "earlier": 0}
    log.write_text("".join(json.dumps(line) + "\n" for line in [*lines, *new[:3]]))
    with pytest.raises(DataError, match="of a newer one 3 rows"):
        estimate(after, log)


def test_a_sample_of_this_scan_does_without_those_before(audit_and_log):
    audit, log, lines = audit_and_log
    now = scan_key(audit.summary)
    counts = {}
    for n_old in (15, 25):
        scans = ["old"] * n_old + [now] * (30 - n_old)
        write_lines(log, [line | {"scan": scan} for line, scan in zip(lines, scans, strict=True)])
        found = estimate(audit, log).decisions
        counts[n_old] = (found["sample"], found["other"], found["earlier"])
    assert counts == {15: (15, 15, 0), 25: (30, 0, 25)}


def test_two_draws_of_a_scan_weigh_as_one(audit_and_log):
    audit, log, lines = audit_and_log
    now = scan_key(audit.summary)
    found = []
    for low in (0.5, 0.02):
        small = [line | {"scan": now, "draw_prob": low} for line in lines[:5]]
        write_lines(log, [*small, *(line | {"scan": now} for line in lines[5:])])
        found.append(gathered(audit, decisions_together([log]), drawn_rows([log])).reviews.draw_prob)
    assert found[0].tolist() == found[1].tolist()


def write_lines(log: Path, records: list[dict]) -> None:
    log.write_text("".join(json.dumps(record) + "\n" for record in records))


@given(
    st.dictionaries(
        st.sampled_from(["", "a", "b", "now"]), st.dictionaries(st.integers(0, 20).map(str), st.just(0.5))
    ),
    st.sets(st.integers(0, 20).map(str)),
)
def test_nothing_of_a_sample_counts_that_lost_a_row(draws, present):
    found = samples_of(draws, "now", present)
    whole = [group.keys() for group in draws.values() if group.keys() <= present]
    assert found.draw_prob.keys() == set().union(*whole)
    assert (found.n_lost > 0) == (len(whole) < len(draws))


def test_a_new_sample_after_corrections_covers_what_is_left():
    high = []
    for seed in range(20):
        first = reviewed_sample(seed, ranked=150)
        left = WRONG.copy()
        left[first.rows] = False  # corrected: other rows now, of which nobody has decided
        known = first.rows[first.right > 0]
        rows, draw_prob = draw_sample(P_ERROR, 100, KEYS, 1000 + seed)
        known = np.setdiff1d(known, rows)
        rows, draw_prob = np.r_[rows, known], np.r_[draw_prob, np.full(len(known), np.nan)]
        reviews = Reviews(
            log_odds=log_odds(P_ERROR),
            rows=rows,
            wrong=left[rows].astype(float),
            right=(~left[rows]).astype(float),
            draw_prob=draw_prob,
        )
        high.append(counted_errors(reviews, calibrations_of(reviews)).high >= left.sum())
    assert np.mean(high) >= 0.9


def test_a_row_that_was_taken_back_belongs_to_its_sample(audit_and_log):
    audit, log, lines = audit_and_log
    with log.open("a") as stream:
        stream.write(json.dumps(lines[0] | {"decision": "undo"}) + "\n")
    with pytest.raises(DataError, match="1 of the 30 rows"):
        estimate(relabelled(audit, range(1)), log)


def test_ranked_decisions_alone_tell_no_total(audit_and_log):
    audit, log, lines = audit_and_log
    log.write_text("".join(json.dumps(line | {"queue": "ranked"}) + "\n" for line in lines))
    with pytest.raises(DataError, match="0 rows of a probability sample"):
        estimate(audit, log)


def test_file_round_trips_and_is_read_for_its_own_scan_only(audit_and_log, tmp_path):
    audit, log, _ = audit_and_log
    found = estimate(audit, log)
    write_reviewed(found, tmp_path)
    assert read_reviewed(tmp_path, audit.summary, log) == found
    assert read_reviewed(tmp_path, replace(audit.summary, seed=1), log) is None
    assert (tmp_path / "reviewed.json").read_text() == reviewed_text(estimate(audit, log))


def test_estimate_is_outdated_by_a_decision_and_not_by_ends_of_lines(audit_and_log, tmp_path):
    audit, log, lines = audit_and_log
    found = estimate(audit, log)
    write_reviewed(found, tmp_path)
    log.write_bytes(log.read_bytes().replace(b"\n", b"\r\n").rstrip())
    assert read_reviewed(tmp_path, audit.summary, log) == found
    log.write_bytes(log.read_bytes() + b"\n" + json.dumps(lines[0] | {"decision": "undo"}).encode())
    assert read_reviewed(tmp_path, audit.summary, log) == replace(found, is_outdated=True)
    log.unlink()
    assert read_reviewed(tmp_path, audit.summary, log) == replace(found, is_outdated=True)


def test_recalibrated_chances_keep_the_order(audit_and_log):
    audit, log, _ = audit_and_log
    found = recalibrated(estimate(audit, log), np.array([0.01, 0.2, 0.9]))
    assert (np.diff(found) > 0).all()
