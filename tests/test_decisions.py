"""`decisions.jsonl`: whose last word counts, and what several reviewers agree on."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelaudit.decisions import NO_VOTE, WORDS, Decision, outcomes_of, read_decisions
from labelaudit.errors import CorrectionError, UnreadableFileError


def line(word: str, *, print_: str = "f1", reviewer: str = "ana", **more: Any) -> str:
    """A line as a review writes it."""
    record = {"fingerprint": print_, "id": "1", "decision": word, "reviewer": reviewer} | more
    return json.dumps(record, ensure_ascii=False) + "\n"


def read(folder: Path, *lines: str, strict: bool = True) -> list[Decision]:
    """Read lines as decisions."""
    path = folder / "decisions.jsonl"
    path.write_text("".join(lines), encoding="utf-8", newline="")
    return read_decisions(path, strict=strict)


def words(decisions: Sequence[Decision]) -> list[tuple[str, str, str | None]]:
    """Who said what, and which label."""
    return [(decision.reviewer, decision.word, decision.label) for decision in decisions]


def vote(word: str, label: str | None = None, reviewer: str = "ana", print_: str = "f1") -> Decision:
    """A decision as it is read."""
    return Decision(
        fingerprint=print_,
        id="1",
        word=word,  # type: ignore[arg-type]
        label=label,
        reviewer=reviewer,
        line=1,
        record={},
    )


# --- reading --------------------------------------------------------------------------------------------


def test_a_missing_or_empty_file_holds_no_decisions(tmp_path: Path) -> None:
    assert read_decisions(tmp_path / "decisions.jsonl") == []
    assert read(tmp_path) == []
    assert read(tmp_path, "\n", "  \n") == []


def test_the_last_line_of_a_reviewer_on_a_row_counts(tmp_path: Path) -> None:
    found = read(
        tmp_path,
        line("given"),
        line("neither", reviewer="bo"),
        line("neither", print_="f2"),
        line("other", label="fox"),
    )
    assert words(found) == [("bo", "neither", None), ("ana", "neither", None), ("ana", "other", "fox")]
    assert [decision.line for decision in found] == [2, 3, 4]


def test_an_undo_takes_back_what_its_reviewer_said_of_the_row(tmp_path: Path) -> None:
    said = [line("given"), line("neither", reviewer="bo"), line("given", print_="f2")]
    assert words(read(tmp_path, *said, line("undo"))) == [("bo", "neither", None), ("ana", "given", None)]
    assert words(read(tmp_path, line("undo"), line("given"))) == [("ana", "given", None)]
    assert read(tmp_path, line("given"), line("undo"), line("undo")) == []


def test_a_skip_replaces_an_earlier_word(tmp_path: Path) -> None:
    found = read(tmp_path, line("neither"), line("skip"))
    assert words(found) == [("ana", "skip", None)]
    assert outcomes_of(found) == {}


def test_the_suggestion_that_was_seen_is_the_label(tmp_path: Path) -> None:
    seen = {"given": "cat", "suggested": "dog"}
    assert read(tmp_path, line("suggested", seen=seen))[0].label == "dog"
    assert read(tmp_path, line("suggested", seen=seen, label="fox"))[0].label == "fox"
    assert read(tmp_path, line("given", seen=seen, label="fox"))[0].label is None


def test_a_reviewer_may_have_no_name(tmp_path: Path) -> None:
    for nobody in ({"reviewer": ""}, {"reviewer": None}):
        assert read(tmp_path, line("given", **nobody))[0].reviewer == ""


def test_a_byte_order_mark_and_foreign_line_ends_are_read(tmp_path: Path) -> None:
    text = line("given") + line("given", print_="f2", note="a\u2028b\u0085c")
    assert len(read(tmp_path, "\ufeff", text.replace("\n", "\r\n"))) == 2


TRUNCATED = line("neither", print_="f2")[:-20]


def test_a_truncated_last_line_is_passed_over(tmp_path: Path) -> None:
    assert words(read(tmp_path, line("given"), TRUNCATED)) == [("ana", "given", None)]


@pytest.mark.parametrize("bad", ["{}", "1", line("maybe").strip(), line("other").strip()])
def test_a_last_line_is_passed_over_only_if_it_is_torn(tmp_path: Path, bad: str) -> None:
    with pytest.raises(UnreadableFileError) as caught:
        read(tmp_path, line("given"), bad)
    assert caught.value.line == 2
    assert words(read(tmp_path, line("given"), bad, strict=False)) == [("ana", "given", None)]
    assert words(read(tmp_path, line("given").strip())) == [("ana", "given", None)]


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ("given", "it is not JSON"),
        ("null", "it is no object with fingerprint, id, decision"),
        ("{}", "fingerprint and id and decision are missing"),
        ('{"id": "1", "decision": "given", "fingerprint": null}', "fingerprint is missing"),
        (line("GIVEN"), "the decision 'GIVEN' is unknown, did you mean 'given'?"),
        (line("sugested"), "did you mean 'suggested'?"),
        (line("7"), "the decision '7' is unknown, it is one of given, suggested, "),
        (line("other"), "the decision is 'other', and label is missing"),
        (line("suggested"), "neither a label nor a suggested label is there"),
    ],
)
def test_what_a_line_lacks_is_told_in_plain_words(tmp_path: Path, bad: str, said: str) -> None:
    with pytest.raises(UnreadableFileError) as caught:
        read(tmp_path, bad.strip() + "\n")
    assert caught.value.hint is not None
    assert caught.value.hint.startswith("mend the line: ")
    assert said in caught.value.hint


BAD_LINES = [
    TRUNCATED + "\n",
    "given\n",
    "null\n",
    "[]\n",
    "1\n",
    '"given"\n',
    "{}\n",
    "<<<<<<< HEAD\n",
    line("maybe"),
    line("GIVEN"),
    line(["given"]),  # type: ignore[arg-type]
    line("other"),
    line("other", label=""),
    line("other", label=3),
    line("suggested"),
    line("suggested", seen={"suggested": None}),
    line("suggested", seen=["dog"]),
    line("suggested", seen="dog"),
    '{"decision": "given", "id": "1"}\n',
    '{"decision": "given", "fingerprint": "f1"}\n',
    "[" * 100_000 + "\n",
]


@pytest.mark.parametrize("bad", BAD_LINES)
def test_a_line_that_is_no_decision_is_an_error_that_names_it(tmp_path: Path, bad: str) -> None:
    with pytest.raises(UnreadableFileError) as caught:
        read(tmp_path, line("given"), bad, line("given", print_="f3"))
    assert (caught.value.line, caught.value.row) == (2, 1)
    assert "is no decision" in str(caught.value)
    assert "mend the line" in str(caught.value)


@pytest.mark.parametrize("bad", BAD_LINES)
def test_a_line_that_is_no_decision_is_passed_over_where_nobody_relies_on_it(
    tmp_path: Path, bad: str
) -> None:
    found = read(tmp_path, line("given"), bad, line("given", print_="f3"), strict=False)
    assert [decision.fingerprint for decision in found] == ["f1", "f3"]


def test_what_is_no_text_file_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "decisions.jsonl").write_bytes(b"\xff\n")
    for path in (tmp_path, tmp_path / "decisions.jsonl"):
        with pytest.raises(UnreadableFileError, match="cannot be read"):
            read_decisions(path)


# --- sheets ---------------------------------------------------------------------------------------------

HEAD = "id,text,given_label,suggested_label,fingerprint,decision,label,reviewer,note\n"


def read_sheet(folder: Path, text: str, encoding: str = "utf-8-sig", **how: Any) -> list[Decision]:
    """Read a sheet as decisions."""
    path = folder / "tasks.csv"
    path.write_bytes(text.encode(encoding))
    return read_decisions(path, **how)


def test_a_sheet_that_was_filled_in_holds_decisions(tmp_path: Path) -> None:
    found = read_sheet(
        tmp_path,
        HEAD + '1,"two\nlines",cat,dog,f1,suggested,,ana,sure\n'
        "2,,cat,dog,f2,,,,\n"
        "\n"
        "3,,cat,dog,f3,other,fox,bo,\n"
        "4,,cat,,f4, given ,fox,bo,\n",
    )
    assert [(d.fingerprint, d.id, d.word, d.label, d.reviewer, d.line) for d in found] == [
        ("f1", "1", "suggested", "dog", "ana", 2),
        ("f3", "3", "other", "fox", "bo", 6),
        ("f4", "4", "given", None, "bo", 7),
    ]
    assert found[0].record["note"] == "sure"
    assert found[0].record["seen"] == {"given": "cat", "suggested": "dog"}


@pytest.mark.parametrize("separator", [";", "\t"])
def test_a_sheet_of_another_country_is_read(tmp_path: Path, separator: str) -> None:
    text = (HEAD + "1,,cat,dög,f1,suggested,,ana,\n").replace(",", separator).replace("\n", "\r\n")
    assert words(read_sheet(tmp_path, text)) == [("ana", "suggested", "dög")]


def test_a_sheet_needs_three_columns_and_may_be_empty(tmp_path: Path) -> None:
    assert words(read_sheet(tmp_path, "decision,id,fingerprint\ngiven,1,f1\n")) == [("", "given", None)]
    assert read_sheet(tmp_path, HEAD) == read_sheet(tmp_path, "") == []
    assert len(read_sheet(tmp_path, HEAD + f"1,{'x' * 200_000},,,f1,given,,,\n")) == 1


@pytest.mark.parametrize(
    ("text", "line_number", "said"),
    [
        (HEAD + "1,,cat,dog,f1,given,,,\n2,,cat,dog,f2,Suggest,,,\n", 3, "did you mean 'suggested'?"),
        (HEAD + "1,,cat,,f1,suggested,,,\n", 2, "neither a label nor a suggested label"),
        (HEAD + "1,,cat,dog,f1,other,,,\n", 2, "label is missing"),
        (HEAD + "1,,cat,dog,,given,,,\n", 2, "fingerprint is missing"),
        (HEAD + '1,,cat,dog,f1,given,,,\n2,,cat,dog,f2,given,,"\n', 3, "a quote in it is not closed"),
        ("id,label\n1,cat\n", 1, "no column fingerprint and decision"),
    ],
)
def test_a_row_that_is_no_decision_is_an_error_that_names_its_line(
    tmp_path: Path, text: str, line_number: int, said: str
) -> None:
    with pytest.raises(UnreadableFileError) as caught:
        read_sheet(tmp_path, text)
    assert caught.value.line == line_number
    assert said in str(caught.value)
    assert isinstance(read_sheet(tmp_path, text, strict=False), list)


def test_a_sheet_in_another_encoding_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(
        UnreadableFileError, match=r"it is not in UTF-8\nhint: save the sheet as CSV in UTF-8"
    ):
        read_sheet(tmp_path, HEAD + "1,,cat,dög,f1,given,,,\n", "latin-1")


# --- what reviewers agree on ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("votes", "verdict", "label", "agreement"),
    [
        (["given"], "keep", None, 1),
        (["both"], "keep", None, 1),
        (["given", "both"], "keep", None, 1),
        (["neither"], "neither", None, 1),
        (["suggested:dog"], "relabel", "dog", 1),
        (["suggested:dog", "other:dog"], "relabel", "dog", 1),
        (["suggested:dog", "other:fox"], "conflict", None, 1 / 2),
        (["given", "neither"], "conflict", None, 1 / 2),
        (["given", "given", "neither"], "keep", None, 2 / 3),
        (["other:fox", "other:fox", "given"], "relabel", "fox", 2 / 3),
        (["other:fox", "other:dog", "given"], "conflict", None, 1 / 3),
        (["other:fox", "other:fox", "given", "given"], "conflict", None, 1 / 2),
        (["given", "skip"], "keep", None, 1),
    ],
)
def test_the_majority_decides_and_a_tie_does_not(
    votes: list[str], verdict: str, label: str | None, agreement: float
) -> None:
    cast = [
        vote(word, name or None, reviewer=f"r{number}")
        for number, (word, _, name) in enumerate(text.partition(":") for text in votes)
    ]
    found = outcomes_of(cast)["f1"]
    assert (found.verdict, found.label, found.agreement) == (verdict, label, agreement)
    assert found.is_error == (verdict in ("relabel", "neither"))


def test_more_agreement_can_be_asked_for() -> None:
    cast = [vote("given", reviewer="a"), vote("given", reviewer="b"), vote("neither", reviewer="c")]
    verdicts = {share: outcomes_of(cast, min_agreement=share)["f1"].verdict for share in (0.5, 0.6, 0.7, 1)}
    assert verdicts == {0.5: "keep", 0.6: "keep", 0.7: "conflict", 1: "conflict"}
    assert outcomes_of(cast[:2], min_agreement=1)["f1"].verdict == "keep"


def test_rows_with_too_few_votes_have_no_outcome() -> None:
    cast = [vote("given", reviewer="a"), vote("skip", reviewer="b"), vote("given", print_="f2")]
    assert set(outcomes_of(cast)) == {"f1", "f2"}
    assert set(outcomes_of([*cast, vote("given", reviewer="c")], min_reviewers=2)) == {"f1"}
    assert outcomes_of(cast, min_reviewers=2) == {}


@pytest.mark.parametrize(
    "asked",
    [
        {"min_reviewers": 0},
        {"min_agreement": 0.49},
        {"min_agreement": 1.1},
        {"min_agreement": float("nan")},
    ],
)
def test_what_is_no_majority_is_refused(asked: dict[str, Any]) -> None:
    with pytest.raises(CorrectionError, match="--min-agreement"):
        outcomes_of([], **asked)


DECISIONS = st.lists(
    st.builds(
        vote,
        word=st.sampled_from(WORDS),
        label=st.sampled_from(["cat", "dog"]),
        reviewer=st.sampled_from("abcde"),
        print_=st.sampled_from(["f1", "f2"]),
    ),
    max_size=12,
)


@given(DECISIONS, st.floats(0.5, 1), st.integers(1, 3))
def test_outcomes_are_of_votes_and_never_of_minorities(
    cast: list[Decision], min_agreement: float, min_reviewers: int
) -> None:
    found = outcomes_of(cast, min_reviewers=min_reviewers, min_agreement=min_agreement)
    for print_, outcome in found.items():
        votes = [d for d in cast if d.fingerprint == print_ and d.word not in NO_VOTE]
        assert len(votes) >= min_reviewers
        assert outcome.reviewers == tuple(sorted(d.reviewer for d in votes))
        assert (outcome.label is not None) == (outcome.verdict == "relabel")
        if outcome.verdict != "conflict":
            assert outcome.agreement > 0.5
            assert outcome.agreement == 1 or outcome.agreement > min_agreement
    assert list(found) == [
        p for p in dict.fromkeys(d.fingerprint for d in cast if d.word not in NO_VOTE) if p in found
    ]


@given(DECISIONS)
def test_the_order_of_the_votes_decides_nothing(cast: list[Decision]) -> None:
    assert outcomes_of(cast) == outcomes_of(cast[::-1])


# --- files as crashes leave them ------------------------------------------------------------------------


@pytest.mark.parametrize("cut", range(1, 4))
def test_a_crash_within_a_character_costs_the_last_line_alone(tmp_path: Path, cut: int) -> None:
    path = tmp_path / "decisions.jsonl"
    last = line("given", print_="f2", note="\U0001f989").encode()
    path.write_bytes(line("given", note="☃").encode() + last[: last.index("\U0001f989".encode()) + cut])
    assert [decision.fingerprint for decision in read_decisions(path)] == ["f1"]


def test_text_that_is_not_in_utf8_is_refused_before_the_last_line(tmp_path: Path) -> None:
    path = tmp_path / "decisions.jsonl"
    path.write_bytes(b'{"note": "\xe9"}\n' + line("given").encode())
    with pytest.raises(UnreadableFileError, match="UTF-8"):
        read_decisions(path)


@pytest.mark.parametrize("word", ["other", "suggested"])
def test_who_gives_a_row_the_label_that_it_has_keeps_it(tmp_path: Path, word: str) -> None:
    found = read(tmp_path, line(word, label="cat", seen={"given": "cat", "suggested": "dog"}))
    assert words(found) == [("ana", "given", None)]
    assert not outcomes_of(found)["f1"].is_error
