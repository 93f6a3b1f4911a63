"""What people decided of suspects: `decisions.jsonl` or a sheet, and the outcome that reviewers agree on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any, Literal, get_args

from labelaudit.decisions.records import COLUMNS, Record, csv_records, json_records, whole_text
from labelaudit.errors import CorrectionError, UnreadableFileError

DecisionWord = Literal["given", "suggested", "both", "neither", "other", "skip", "undo"]
Verdict = Literal["keep", "relabel", "neither", "conflict"]

WORDS: tuple[str, ...] = get_args(DecisionWord)
LABELLING = ("suggested", "other")
NO_VOTE = ("skip", "undo")
BATCH_NOTE = "accepted in a batch"
"""The note of what was decided for many rows at once: nobody looked at each of them."""
ARBITER = "arbiter"
"""The field that is true in decisions which settle what other reviewers do not agree on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One line of a file of decisions that counts: a reviewer's last word on a row."""

    fingerprint: str
    id: str
    word: DecisionWord
    label: str | None  # of "suggested" and "other": the label that the row should have
    reviewer: str
    line: int  # 1-based, in its file
    record: Mapping[str, Any]  # all of it

    @property
    def is_seen(self) -> bool:
        """Whether somebody looked at the row: not in decisions that came in a batch."""
        return was_seen(self.record)

    @property
    def settles(self) -> bool:
        """Whether an arbiter said it, whatever the others say."""
        return self.record.get(ARBITER) is True


def was_seen(record: Mapping[str, Any]) -> bool:
    """Whether somebody looked at the row of a decision: not where it came in a batch.

    Example:
        >>> was_seen({"note": BATCH_NOTE}), was_seen({"note": None})
        (False, True)
    """
    return record.get("note") != BATCH_NOTE


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What the reviewers of a row make of its label together."""

    fingerprint: str
    id: str
    verdict: Verdict
    label: str | None  # of "relabel"
    reviewers: tuple[str, ...]  # who voted, sorted
    agreement: float  # share of the votes for it

    @property
    def is_error(self) -> bool:
        """Whether people say that the given label is wrong."""
        return self.verdict in ("relabel", "neither")


def read_decisions(path: Path, *, strict: bool = True) -> list[Decision]:
    """Read decisions; of each reviewer the last line on a row counts, and an undo takes it back.

    Args:
        path: `decisions.jsonl`, or a CSV file as `export --to csv` writes it, filled in; a file that does not
            exist holds no decisions. Of JSON a last line that was torn off, as a crash leaves it, is passed
            over.
        strict: whether other lines that are no decisions are an error; else they are passed over too.

    Raises:
        UnreadableFileError: the file cannot be read, or a line is no decision.
    """
    last: dict[tuple[str, str], Decision] = {}
    for record in _records(path):
        fault = record.fault or _fault(record.fields)
        if fault and strict:
            raise UnreadableFileError(
                "is no decision",
                file=str(path),
                row=record.row,
                line=record.line,
                hint=f"mend the line: {fault}",
            )
        if fault:
            continue
        decision = _decision(record)
        key = (decision.fingerprint, decision.reviewer)
        last.pop(key, None)
        if decision.word != "undo":
            last[key] = decision
    return list(last.values())


def written_in(path: Path) -> list[Mapping[str, Any]]:
    """All that a file says, also what was decided anew later; lines that are no decisions are passed over.

    Raises:
        UnreadableFileError: the file cannot be read.
    """
    return [record.fields for record in _records(path) if not record.fault and not _fault(record.fields)]


def _records(path: Path) -> Iterator[Record]:
    is_sheet = path.suffix.lower() == ".csv"
    return (csv_records if is_sheet else json_records)(_text(path, is_sheet=is_sheet))


def _text(path: Path, *, is_sheet: bool) -> str:
    try:
        if not is_sheet:
            return whole_text(path.read_bytes())
        with path.open(encoding="utf-8-sig", newline="") as file:
            return file.read()
    except (FileNotFoundError, NotADirectoryError):
        return ""
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not in UTF-8"
        hint = "save the sheet as CSV in UTF-8" if is_sheet else "a text file in UTF-8, a decision a line"
        raise UnreadableFileError(f"cannot be read: {why}", file=str(path), hint=hint) from error


def _fault(fields: Mapping[str, Any]) -> str:
    """Why a record is no decision; empty where it is one."""
    lacking = [name for name in COLUMNS if fields.get(name) in (None, "")]
    if lacking:
        return f"{' and '.join(lacking)} {'is' if len(lacking) == 1 else 'are'} missing"
    word = fields["decision"]
    if word not in WORDS:
        near = get_close_matches(str(word).lower(), WORDS, 1)
        mend = f"did you mean '{near[0]}'?" if near else f"it is one of {', '.join(WORDS)}"
        return f"the decision '{word}' is unknown, {mend}"
    if word in LABELLING and _label(fields) is None:
        what = "label is missing" if word == "other" else "neither a label nor a suggested label is there"
        return f"the decision is '{word}', and {what}"
    return ""


def _label(fields: Mapping[str, Any]) -> str | None:
    """The label that the row should have, of a word that asks for one."""
    label = fields.get("label")
    if fields["decision"] == "suggested" and not label:
        label = _seen(fields).get("suggested")
    return label if isinstance(label, str) and label else None


def _seen(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    """What the reviewer saw, as far as the line tells."""
    seen = fields.get("seen")
    return seen if isinstance(seen, dict) else {}


def _decision(record: Record) -> Decision:
    fields, word = record.fields, record.fields["decision"]
    label = _label(fields) if word in LABELLING else None
    if label is not None and label == _seen(fields).get("given"):
        word, label = "given", None  # who gives a row the label that it has keeps it
    return Decision(
        fingerprint=str(fields["fingerprint"]),
        id=str(fields["id"]),
        word=word,
        label=label,
        reviewer=str(fields.get("reviewer") or ""),
        line=record.line,
        record=fields,
    )


def outcomes_of(
    decisions: Iterable[Decision], *, min_reviewers: int = 1, min_agreement: float = 0.5
) -> dict[str, Outcome]:
    """What the reviewers of each row agree on.

    "both" keeps the given label: the row is ambiguous, not wrong. "skip" is no vote. More than
    `min_agreement` of the votes, or all of them, must be for one outcome; else the row is in conflict. Where
    an arbiter decided, the other votes do not count.

    Args:
        decisions: from `read_decisions`, of one or of several files.
        min_reviewers: rows with fewer votes have no outcome.
        min_agreement: in [0.5, 1].

    Returns:
        By fingerprint, in the order of the first decision on each row.

    Raises:
        CorrectionError: a share or a count that is none.

    Example:
        >>> votes = (("ana", "other", "cat"), ("bo", "suggested", "cat"), ("cy", "given", None))
        >>> outcome = outcomes_of(
        ...     Decision(fingerprint="f", id="1", word=word, label=label, reviewer=name, line=1, record={})
        ...     for name, word, label in votes
        ... )["f"]
        >>> outcome.verdict, outcome.label, round(outcome.agreement, 2)
        ('relabel', 'cat', 0.67)
    """
    if min_reviewers < 1 or not 0.5 <= min_agreement <= 1:
        raise CorrectionError(
            f"{min_reviewers} reviewers who agree by {min_agreement:g}",
            hint="give --min-reviewers 1 or more, and --min-agreement from 0.5 to 1",
        )
    votes: dict[str, list[Decision]] = {}
    for decision in decisions:
        if decision.word not in NO_VOTE:
            votes.setdefault(decision.fingerprint, []).append(decision)
    return {
        print_: _outcome([vote for vote in cast if vote.settles] or cast, min_agreement)
        for print_, cast in votes.items()
        if len(cast) >= min_reviewers
    }


def _outcome(votes: list[Decision], min_agreement: float) -> Outcome:
    counts = Counter(_vote(decision) for decision in votes)
    (verdict, label), count = counts.most_common(1)[0]
    share = count / len(votes)
    if not (share > min_agreement or share == 1):
        verdict, label = "conflict", None
    return Outcome(
        fingerprint=votes[0].fingerprint,
        id=votes[0].id,
        verdict=verdict,
        label=label,
        reviewers=tuple(sorted(decision.reviewer for decision in votes)),
        agreement=share,
    )


def _vote(decision: Decision) -> tuple[Verdict, str | None]:
    match decision.word:
        case "suggested" | "other":
            return "relabel", decision.label
        case "neither":
            return "neither", None
        case _:
            return "keep", None
