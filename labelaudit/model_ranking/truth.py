"""Reviewed labels: what people's decisions make of the given ones."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from labelaudit.decisions import NO_VOTE, Decision, Outcome, outcomes_of
from labelaudit.errors import CorrectionError
from labelaudit.model_ranking.model import RankingOptions, Review
from labelaudit.model_ranking.rows import AuditedRows
from labelaudit.types import AnyArray, BoolArray, Frozen

SHOWN_CLASSES = 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Reviewed:
    """What people agree on, by fingerprint."""

    outcomes: Mapping[str, Outcome]
    either: Mapping[str, str]  # the second label of rows that may be either


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Truth(Frozen):
    """The labels that models are held to."""

    reviewed: AnyArray  # (n,) class numbers; the given one where nobody has decided
    other: AnyArray  # (n,) a second class that is right as well, -1 without
    used: BoolArray  # (n,) rows of a class, on which reviewers agree
    review: Review


def reviewed_of(decisions: Mapping[str, Sequence[Decision]], options: RankingOptions) -> Reviewed:
    """What the reviewers agree on.

    A row that keeps its label may be either where more of those who keep it say both than say given.

    Args:
        decisions: by the name of their file; what a reviewer says in a later file counts.
        options: how many must agree.

    Raises:
        CorrectionError: shares or counts that are none.
    """
    last = {(d.fingerprint, d.reviewer): d for read in decisions.values() for d in read}
    outcomes = outcomes_of(
        last.values(), min_reviewers=options.min_reviewers, min_agreement=options.min_agreement
    )
    votes: dict[str, list[Decision]] = {}
    for decision in last.values():
        if decision.word in ("given", "both") and outcomes.get(decision.fingerprint) is not None:
            votes.setdefault(decision.fingerprint, []).append(decision)
    either = {
        print_: label
        for print_, cast in votes.items()
        if outcomes[print_].verdict == "keep" and (label := _second_label(cast)) is not None
    }
    return Reviewed(outcomes=outcomes, either=either)


def has_votes(decisions: Iterable[Decision]) -> bool:
    """Whether anybody has decided anything."""
    return any(decision.word not in NO_VOTE for decision in decisions)


def _second_label(votes: Sequence[Decision]) -> str | None:
    both = [decision for decision in votes if decision.word == "both"]
    labels = Counter(label for decision in both if (label := _suggested(decision)) is not None)
    return (
        min(labels, key=lambda name: (-labels[name], name)) if 2 * len(both) > len(votes) and labels else None
    )


def _suggested(decision: Decision) -> str | None:
    """The label that was shown beside the given one."""
    seen = decision.record.get("seen")
    label = seen.get("suggested") if isinstance(seen, dict) else None
    return label if isinstance(label, str) and label else None


def truth_of(rows: AuditedRows, reviewed: Reviewed) -> Truth:
    """The reviewed label of every row.

    Args:
        rows: read for the fingerprints of the outcomes, in their order.
        reviewed: the outcomes.

    Raises:
        CorrectionError: people agree on what is no class of the audit.
    """
    number_of = {name: i for i, name in enumerate(rows.classes)}
    labels = rows.given.astype(np.int64)
    other = np.full(len(rows), -1, dtype=np.int64)
    used = np.ones(len(rows), dtype=bool)
    outcomes = list(reviewed.outcomes.values())
    counts: Counter[str] = Counter()
    for row in np.flatnonzero(rows.decided >= 0).tolist():
        outcome = outcomes[rows.decided[row]]
        counts[outcome.verdict] += 1
        if outcome.verdict in ("neither", "conflict"):
            used[row] = False
        elif outcome.verdict == "relabel":
            if outcome.label not in number_of:
                raise _no_class(outcome, rows.classes)
            labels[row] = number_of[outcome.label]
        else:
            second = number_of.get(reviewed.either.get(outcome.fingerprint, ""), -1)
            other[row] = second if second != labels[row] else -1
    waiting = rows.is_suspect & (rows.decided < 0)
    expected = float(rows.p_error[waiting].sum())
    review = Review(
        rows=len(rows),
        used=int(used.sum()),
        reviewed=int((rows.decided >= 0).sum()),
        errors=int((labels[used] != rows.given[used]).sum()),
        either=int((other >= 0).sum()),
        neither=counts["neither"],
        conflicts=counts["conflict"],
        suspects=int(rows.is_suspect.sum()),
        suspects_reviewed=int((rows.is_suspect & (rows.decided >= 0)).sum()),
        expected_errors=expected if np.isfinite(expected) else None,
    )
    return Truth(reviewed=labels, other=other, used=used, review=review)


def _no_class(outcome: Outcome, classes: Sequence[str]) -> CorrectionError:
    some = ", ".join(f"'{name}'" for name in classes[:SHOWN_CLASSES])
    more = ", ..." if len(classes) > SHOWN_CLASSES else ""
    return CorrectionError(
        f"reviewers give the row '{outcome.id}' the label '{outcome.label}', which is no class of the audit",
        hint=f"the classes are {some}{more}: mend the decision, or scan again with --classes",
    )
