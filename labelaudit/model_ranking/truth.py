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
    in_batch: frozenset[str] = frozenset()  # new labels that were only accepted in a batch


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Truth(Frozen):
    """The labels that models are held to."""

    reviewed: AnyArray  # (n,) class numbers; the given one where nobody has decided
    other: AnyArray  # (n,) a second class that is right as well, -1 without
    used: BoolArray  # (n,) rows of a class, on which reviewers agree
    review: Review


def reviewed_of(decisions: Iterable[Decision], options: RankingOptions) -> Reviewed:
    """What the reviewers agree on.

    A row that keeps its label may be either where more of those who keep it say both than say given.

    Args:
        decisions: the last of each reviewer on each row.
        options: how many must agree.

    Raises:
        CorrectionError: shares or counts that are none.
    """
    decisions = list(decisions)
    outcomes = outcomes_of(
        decisions, min_reviewers=options.min_reviewers, min_agreement=options.min_agreement
    )
    kept: dict[str, list[Decision]] = {}
    relabelled: dict[str, list[Decision]] = {}
    for decision in decisions:
        outcome = outcomes.get(decision.fingerprint)
        if outcome is None or decision.reviewer not in outcome.reviewers:
            continue
        if outcome.verdict == "keep" and decision.word in ("given", "both"):
            kept.setdefault(decision.fingerprint, []).append(decision)
        elif outcome.verdict == "relabel" and decision.label == outcome.label:
            relabelled.setdefault(decision.fingerprint, []).append(decision)
    either = {print_: _second_label(cast) for print_, cast in kept.items()}
    return Reviewed(
        outcomes=outcomes,
        either={print_: label for print_, label in either.items() if label is not None},
        in_batch=frozenset(
            print_ for print_, cast in relabelled.items() if not any(decision.is_seen for decision in cast)
        ),
    )


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
    outvoted = in_batch = 0
    for row in np.flatnonzero(rows.decided >= 0).tolist():
        outcome = outcomes[rows.decided[row]]
        counts[outcome.verdict] += 1
        outvoted += outcome.verdict != "conflict" and outcome.agreement < 1
        if outcome.verdict in ("neither", "conflict"):
            used[row] = False
        elif outcome.verdict == "relabel":
            if outcome.label not in number_of:
                raise _no_class(outcome, rows.classes)
            labels[row] = number_of[outcome.label]
            in_batch += labels[row] != rows.given[row] and outcome.fingerprint in reviewed.in_batch
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
        outvoted=int(outvoted),
        in_batch=int(in_batch),
        stale=tuple(dict.fromkeys(outcomes[i].id for i in rows.gone.tolist())),
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
