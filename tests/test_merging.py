"""Decisions of several reviewers as one."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelaudit.decisions import BATCH_NOTE, Decision, outcomes_of
from labelaudit.errors import CorrectionError, UnreadableFileError
from labelaudit.merging.agreement import cohen_kappa, fleiss_kappa
from labelaudit.merging.appending import append_decisions
from labelaudit.merging.arbitration import arbitrated
from labelaudit.merging.conflict_queue import conflict_lines
from labelaudit.merging.merged import merge
from labelaudit.merging.reading import decisions_together, drawn_rows
from labelaudit.report.merged import merged_lines, merged_record


def said(row: str, reviewer: str, word: str, label: str | None = None, line: int = 1, **record) -> Decision:
    """One vote."""
    return Decision(
        fingerprint=row, id=row, word=word, label=label, reviewer=reviewer, line=line, record=record
    )


def record(row: str, reviewer: str, word: str, at: str = "", **more) -> str:
    """One vote as a line."""
    fields = {"fingerprint": row, "id": row, "decision": word, "reviewer": reviewer, "decided_at": at}
    return json.dumps(fields | more) + "\n"


VOTES = [
    said("1", "ana", "suggested", "cat"),
    said("1", "bo", "other", "cat"),
    said("2", "ana", "given"),
    said("2", "bo", "suggested", "dog"),
    said("3", "ana", "neither", queue="control"),
    said("4", "bo", "both"),
    said("gone", "bo", "given"),
]
RULES = {"1": ["LA101", "LA201"], "2": ["LA101"], "4": ["LA101"]}
CURRENT = {"1", "2", "3", "4"}


def test_conflicts_are_listed_and_become_a_queue():
    found = merge(VOTES, RULES, CURRENT)
    assert [outcome.id for outcome in found.conflicts] == ["2"]
    (line,) = conflict_lines(found)
    assert json.loads(line)["verdicts"] == {"=dog": 1, "keep": 1}
    assert "ana" not in line


def test_typed_class_agrees_with_the_same_suggested_one():
    assert merge(VOTES, RULES, CURRENT).outcomes["1"].label == "cat"


def test_precision_counts_settled_suspects_alone():
    found = merge(VOTES, RULES, CURRENT)
    assert {rule: (share.count, share.of) for rule, share in found.by_rule.items()} == {
        "LA101": (1, 2),
        "LA201": (1, 1),
    }
    assert {name: (share.count, share.of) for name, share in found.by_reviewer.items()} == {
        "ana": (1, 2),
        "bo": (2, 3),
    }
    assert (found.controls.count, found.controls.of) == (1, 1)


def test_rows_whose_label_has_changed_are_set_aside_by_name():
    found = merge(VOTES, RULES, CURRENT)
    assert found.stale == ("gone",)
    assert "gone" not in found.outcomes


def test_min_agreement_makes_conflicts_of_narrow_majorities():
    votes = [said("1", name, "given") for name in ("a", "b")] + [said("1", "c", "neither")]
    assert not merge(votes, {}, CURRENT).conflicts
    assert len(merge(votes, {}, CURRENT, min_agreement=0.7).conflicts) == 1


def test_tired_reviewers_agree_less():
    votes = []
    for i in range(40):
        at = f"2026-01-01T00:{i:02}"
        votes.append(said(str(i), "ana", "given", decided_at=at))
        votes.append(said(str(i), "bo", "given" if i < 30 else "neither", decided_at=at))
    over_time = merge(votes, {}, {str(i) for i in range(40)}).over_time["bo"]
    assert [share.value for share in over_time] == [1, 1, 1, 0]


def test_fleiss_kappa_is_that_of_the_paper():
    """Fleiss 1971, table 1: ten subjects, fourteen raters, five categories (as worked in the literature)."""
    table = [
        [0, 0, 0, 0, 14],
        [0, 2, 6, 4, 2],
        [0, 0, 3, 5, 6],
        [0, 3, 9, 2, 0],
        [2, 2, 8, 1, 1],
        [7, 7, 0, 0, 0],
        [3, 2, 6, 3, 0],
        [2, 5, 3, 2, 2],
        [6, 5, 2, 1, 0],
        [0, 2, 2, 3, 7],
    ]
    rows = {
        str(i): {
            str(n): word
            for n, word in enumerate(w for w, c in zip("abcde", row, strict=True) for _ in range(c))
        }
        for i, row in enumerate(table)
    }
    assert fleiss_kappa(rows) == pytest.approx(0.210, abs=5e-4)


@given(st.lists(st.tuples(st.sampled_from("abc"), st.sampled_from("abc")), min_size=1, max_size=30))
def test_kappas_are_at_most_one_and_one_where_all_agree(both):
    kappa = cohen_kappa(both)
    assert kappa is None or -1 <= kappa <= 1
    same = [(first, first) for first, _ in both]
    assert cohen_kappa(same) in (None, 1.0)


def test_last_word_counts_whichever_file_it_is_in(tmp_path: Path):
    late, early = tmp_path / "late.jsonl", tmp_path / "early.jsonl"
    late.write_text(record("1", "ana", "given", "2026-01-02"))
    early.write_text(record("1", "ana", "neither", "2026-01-01") + record("2", "", "given"))
    found = decisions_together([late, early])
    assert [(d.fingerprint, d.reviewer, d.word) for d in found] == [
        ("1", "ana", "given"),
        ("2", "early", "given"),
    ]


def test_a_file_that_does_not_exist_is_an_error(tmp_path: Path):
    with pytest.raises(UnreadableFileError, match="no such file"):
        decisions_together([tmp_path / "none.jsonl"])
    with pytest.raises(UnreadableFileError, match="is no regular file"):
        decisions_together([Path(os.devnull)])


def test_row_stays_drawn_after_an_undo_and_a_torn_line(tmp_path: Path):
    log = tmp_path / "d.jsonl"
    drawn = record("1", "ana", "given", queue="sample", draw_prob=0.25)
    log.write_text(drawn + record("1", "ana", "undo", queue="ranked") + '{"finge')
    assert drawn_rows([log]) == {"": {"1": 0.25}}


def test_files_torn_within_a_character_are_merged_and_the_next_append_begins_a_line(tmp_path: Path):
    log, other = tmp_path / "decisions.jsonl", tmp_path / "bo.jsonl"
    torn = '{"fingerprint": "2", "note": "☃'.encode()[:-1]
    log.write_bytes(record("1", "ana", "given", queue="sample", draw_prob=0.5).encode() + torn)
    other.write_bytes(record("2", "bo", "neither").encode() + torn)
    assert drawn_rows([log, other]) == {"": {"1": 0.5}}
    assert append_decisions([other], log, CURRENT) == 1
    assert [d.fingerprint for d in decisions_together([log])] == ["1", "2"]


def test_a_sheet_is_appended_like_any_other_file(tmp_path: Path):
    log, sheet = tmp_path / "decisions.jsonl", tmp_path / "cy.csv"
    sheet.write_text("fingerprint,id,given_label,suggested_label,decision\n1,1,cat,dog,suggested\n2,2,,,\n")
    assert append_decisions([sheet], log, CURRENT) == 1
    (found,) = decisions_together([log])
    assert (found.reviewer, found.word, found.label) == ("cy", "suggested", "dog")


def test_appending_twice_adds_nothing_and_keeps_later_words(tmp_path: Path):
    log, other = tmp_path / "decisions.jsonl", tmp_path / "ana.jsonl"
    log.write_text(record("1", "ana", "given", "2026-01-02"))
    other.write_text(
        record("1", "ana", "neither", "2026-01-01")
        + record("2", "ana", "neither", "2026-01-01")
        + record("gone", "ana", "given")
    )
    assert append_decisions([other, log], log, CURRENT) == 1
    assert append_decisions([other, log], log, CURRENT) == 0
    assert {d.fingerprint: d.word for d in decisions_together([log])} == {"1": "given", "2": "neither"}


def test_words_and_record_hold_no_control_characters_of_the_data():
    found = merge([said("1", "a\x1b[31m", "given"), said("1", "b", "other", "x\ny")], RULES, CURRENT)
    assert all("\x1b" not in line and "\n" not in line for line in merged_lines(found))
    assert json.loads(json.dumps(merged_record(found)))["verdicts"] == {"conflict": 1}


def test_batches_make_outcomes_and_measure_nothing():
    looked = [said("1", "ana", "given"), said("1", "bo", "given")]
    batch = [said(row, "ana", "suggested", "cat", note=BATCH_NOTE) for row in ("2", "3", "4")]
    found = merge([*looked, *batch, said("4", "bo", "suggested", "cat")], RULES, CURRENT)
    assert {outcome.verdict for row, outcome in found.outcomes.items() if row != "1"} == {"relabel"}
    assert found.n_unseen == 3
    assert [(pair.agreed.count, pair.agreed.of) for pair in found.pairs] == [(1, 1)]
    assert {rule: (share.count, share.of) for rule, share in found.by_rule.items()} == {
        "LA101": (1, 2),
        "LA201": (0, 1),
    }
    assert (found.by_reviewer["ana"].count, found.by_reviewer["ana"].of) == (0, 1)
    assert merged_record(found)["accepted_in_a_batch"] == 3
    assert any("nobody looked" in line for line in merged_lines(found))


def test_an_arbiter_settles_conflicts_and_nothing_else():
    votes = [
        *(said("1", name, word) for name, word in (("ana", "given"), ("bo", "neither"))),
        *(said("2", name, "given") for name in ("ana", "bo")),
    ]
    votes += [said("1", "cy", "other", "owl"), said("2", "cy", "neither"), said("3", "cy", "neither")]
    found = merge(arbitrated(votes, "cy"), RULES, CURRENT)
    assert {row: outcome.verdict for row, outcome in found.outcomes.items()} == {
        "1": "relabel",
        "2": "keep",
        "3": "neither",
    }
    assert (found.outcomes["1"].label, found.outcomes["1"].reviewers) == ("owl", ("cy",))
    assert not found.conflicts
    assert found.n_settled == 1


def test_an_arbiter_may_be_one_of_the_reviewers_and_is_compared_on_other_rows_alone():
    votes = [said("1", "ana", "given"), said("1", "bo", "neither"), said("2", "ana", "both")]
    votes += [said("2", "bo", "both")]
    found = merge(arbitrated(votes, "bo"), RULES, CURRENT)
    assert found.outcomes["1"].verdict == "neither"
    assert [(pair.agreed.count, pair.agreed.of) for pair in found.pairs] == [(1, 1)]


def test_an_arbiter_who_decided_nothing_is_refused_and_the_others_are_named():
    with pytest.raises(CorrectionError, match="'dan' decided nothing") as caught:
        arbitrated(VOTES, "dan")
    assert "ana, bo" in caught.value.hint


def test_an_arbiters_word_stays_settled_in_the_log(tmp_path: Path):
    log = tmp_path / "decisions.jsonl"
    log.write_text(
        record("1", "ana", "given", "2026-01-01")
        + record("1", "bo", "neither", "2026-01-01")
        + record("1", "cy", "other", "2026-01-02", label="owl")
    )
    assert outcomes_of(decisions_together([log]))["1"].verdict == "conflict"
    for n_new in (1, 0):
        said_by_cy = [d.record for d in arbitrated(decisions_together([log]), "cy") if d.settles]
        assert append_decisions([log], log, CURRENT, said_by_cy) == n_new
    assert outcomes_of(decisions_together([log]), min_reviewers=3)["1"].label == "owl"
