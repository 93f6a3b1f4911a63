"""An arbiter: one more reviewer, whose word settles what the others do not agree on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from labelaudit.decisions import ARBITER, NO_VOTE, Decision, outcomes_of
from labelaudit.errors import CorrectionError


def arbitrated(decisions: Sequence[Decision], arbiter: str, *, min_agreement: float = 0.5) -> list[Decision]:
    """Let an arbiter settle conflicts; on rows without one the arbiter is a reviewer like the others.

    Args:
        decisions: the last of each reviewer on each row.
        arbiter: the name of a reviewer.
        min_agreement: below which a row is in conflict.

    Returns:
        The same decisions; those that settle a conflict are marked as an arbiter's.

    Raises:
        CorrectionError: the arbiter decided nothing.

    Example:
        >>> said = (("ana", "given"), ("bo", "neither"), ("cy", "both"))
        >>> votes = [
        ...     Decision(fingerprint="f", id="1", word=word, label=None, reviewer=name, line=1, record={})
        ...     for name, word in said
        ... ]
        >>> outcomes_of(arbitrated(votes, "cy"))["f"].verdict
        'keep'
    """
    if not any(decision.reviewer == arbiter for decision in decisions):
        names = ", ".join(sorted({decision.reviewer for decision in decisions})) or "nobody"
        raise CorrectionError(
            f"'{arbiter}' decided nothing", hint=f"--arbiter is one of those who did: {names}"
        )
    others = [decision for decision in decisions if decision.reviewer != arbiter]
    disputed = _disputed(decisions, min_agreement) | _disputed(others, min_agreement)
    return [
        replace(decision, record={**decision.record, "reviewer": arbiter, ARBITER: True})
        if decision.reviewer == arbiter and decision.fingerprint in disputed and decision.word not in NO_VOTE
        else decision
        for decision in decisions
    ]


def _disputed(decisions: Iterable[Decision], min_agreement: float) -> set[str]:
    outcomes = outcomes_of(decisions, min_agreement=min_agreement)
    return {name for name, outcome in outcomes.items() if outcome.verdict == "conflict"}
