"""What people decided of suspects: `decisions.jsonl`, and the outcome that reviewers agree on."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal, get_args

from labelaudit.errors import CorrectionError, UnreadableFileError

DecisionWord = Literal["given", "suggested", "both", "neither", "other", "skip", "undo"]
Verdict = Literal["keep", "relabel", "neither", "conflict"]

WORDS: tuple[str, ...] = get_args(DecisionWord)
NO_VOTE = ("skip", "undo")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """One line of `decisions.jsonl` that counts: a reviewer's last word on a row."""

    fingerprint: str
    id: str
    word: DecisionWord
    label: str | None  # of "suggested" and "other": the label that the row should have
    reviewer: str
    line: int  # 1-based, in its file
    record: Mapping[str, Any]  # all of it


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
        path: `decisions.jsonl`; a file that does not exist holds no decisions. A last line without an end,
            as a crash leaves it, is passed over.
        strict: whether other lines that are no decisions are an error; else they are passed over too.

    Raises:
        UnreadableFileError: the file cannot be read, or a line is no decision.
    """
    try:
        text = path.read_text("utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        return []
    except (OSError, UnicodeDecodeError) as error:
        raise UnreadableFileError(
            f"cannot be read: {error}", file=str(path), hint="it is a text file in UTF-8, a decision a line"
        ) from error
    last: dict[tuple[str, str], Decision] = {}
    lines = text.split("\n")
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            decision = _decision(json.loads(line), number)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
            if number == len(lines) or not strict:
                continue
            raise UnreadableFileError(
                "is no decision", file=str(path), row=number - 1, line=number, hint=f"mend the line: {error}"
            ) from error
        key = (decision.fingerprint, decision.reviewer)
        last.pop(key, None)
        if decision.word != "undo":
            last[key] = decision
    return list(last.values())


def _decision(record: Mapping[str, Any], line: int) -> Decision:
    word = record["decision"]
    if word not in WORDS:
        raise ValueError(f"'{word}' is none of {', '.join(WORDS)}")
    label = record.get("label")
    if word == "suggested" and not label:
        label = (record.get("seen") or {}).get("suggested")
    if word in ("suggested", "other") and not (isinstance(label, str) and label):
        raise ValueError(f"'{word}' needs a label")
    return Decision(
        fingerprint=str(record["fingerprint"]),
        id=str(record["id"]),
        word=word,
        label=label if word in ("suggested", "other") else None,
        reviewer=str(record.get("reviewer") or ""),
        line=line,
        record=record,
    )


def outcomes_of(
    decisions: Iterable[Decision], *, min_reviewers: int = 1, min_agreement: float = 0.5
) -> dict[str, Outcome]:
    """What the reviewers of each row agree on.

    "both" keeps the given label: the row is ambiguous, not wrong. "skip" is no vote. More than
    `min_agreement` of the votes, or all of them, must be for one outcome; else the row is in conflict.

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
        print_: _outcome(cast, min_agreement) for print_, cast in votes.items() if len(cast) >= min_reviewers
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
