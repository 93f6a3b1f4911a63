"""What to know of the reviewed labels before one trusts a ranking."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from labelaudit.model_ranking.model import Review
from labelaudit.model_ranking.truth import Truth
from labelaudit.types import Notice

UNREVIEWED = "unreviewed-suspects"
STALE = "stale-decisions"
BATCH = "accepted-in-a-batch"
DISAGREE = "reviewers-disagree"
NO_ERRORS = "no-reviewed-errors"
NAMED = 3


def notices_of_review(truth: Truth) -> Iterator[Notice]:
    """What decisions leave open: rows that nobody looked at, or not closely, and no agreement."""
    review = truth.review
    if review.suspects_left:
        yield _unreviewed(review)
    if review.stale:
        yield Notice(
            code=STALE,
            message=f"decisions on {named(review.stale)} are set aside: the label has changed since, or "
            "the row is gone",
            count=len(review.stale),
        )
    if review.in_batch:
        yield Notice(
            code=BATCH,
            message=f"{review.in_batch:,} of {review.errors:,} reviewed label errors were accepted in a "
            "batch: nobody looked at each",
            count=review.in_batch,
        )
    if review.conflicts or review.outvoted:
        yield _disagreement(review)
    if not review.errors:
        yield Notice(
            code=NO_ERRORS,
            message="no reviewed row has another label than the given one: both orders are one",
        )


def named(names: Sequence[str]) -> str:
    """The first of some names, and how many more.

    Example:
        >>> named(["a", "b", "c", "d", "e"])
        "'a', 'b', 'c' and 2 more"
    """
    told = ", ".join(f"'{name}'" for name in names[:NAMED])
    return told + (f" and {len(names) - NAMED:,} more" if len(names) > NAMED else "")


def _unreviewed(review: Review) -> Notice:
    expected = review.expected_errors
    told = "" if expected is None else f"; the audit expects about {expected:,.0f} of them to be wrong"
    return Notice(
        code=UNREVIEWED,
        message=f"{review.suspects_left:,} of {review.suspects:,} suspects are not reviewed and keep "
        f"their given label{told}. An accuracy could still move by up to "
        f"{100 * review.most_change:.1f} points",
        count=review.suspects_left,
    )


def _disagreement(review: Review) -> Notice:
    told = []
    if review.conflicts:
        told.append(f"{review.conflicts:,} in conflict are left out")
    if review.outvoted:
        told.append(f"of {review.outvoted:,} the majority decides")
    rows = review.conflicts + review.outvoted
    return Notice(
        code=DISAGREE,
        message=f"reviewers disagree on {rows:,} row{'s' * (rows != 1)}: {', '.join(told)}; "
        "labelaudit review merge lists them",
        count=rows,
    )
