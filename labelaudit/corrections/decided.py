"""From people's decisions to what they ask for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from labelaudit.corrections.applied import Wish
from labelaudit.corrections.values import ApplyOptions
from labelaudit.decisions import Decision, Outcome, outcomes_of
from labelaudit.decisions.classes import no_class


@dataclass(frozen=True, slots=True, kw_only=True)
class Decided:
    """What people decided, of all files of decisions."""

    outcomes: Mapping[str, Outcome]  # by fingerprint
    wishes: tuple[Wish, ...]  # of those that ask for a change
    prints: frozenset[str]  # of all rows that people have looked at
    n_kept: int  # rows that keep the label which they had

    def of_verdict(self, verdict: str) -> list[Outcome]:
        """The outcomes of a kind."""
        return [outcome for outcome in self.outcomes.values() if outcome.verdict == verdict]


def decided(
    decisions: Mapping[str, Sequence[Decision]], options: ApplyOptions, classes: Sequence[str]
) -> Decided:
    """What the reviewers agree on.

    Args:
        decisions: by the name of their file; what a reviewer says in a later file counts.
        options: how many must agree, and what becomes of rows of no class.
        classes: the names of the classes.

    Raises:
        CorrectionError: they agree on what is no class of the audit.
    """
    last: dict[tuple[str, str], tuple[str, Decision]] = {}
    for file, read in decisions.items():
        for decision in read:
            last[decision.fingerprint, decision.reviewer] = file, decision
    cast = [decision for _, decision in last.values()]
    outcomes = outcomes_of(cast, min_reviewers=options.min_reviewers, min_agreement=options.min_agreement)
    known = frozenset(classes)
    for file, decision in last.values():
        outcome = outcomes.get(decision.fingerprint)
        if outcome is not None and decision.label == outcome.label and outcome.label not in {None, *known}:
            raise no_class(file, decision, classes)
    seen = {decision.fingerprint: _seen_label(decision) for decision in cast}
    relabels = [outcome for outcome in outcomes.values() if outcome.verdict == "relabel"]
    changed = [outcome for outcome in relabels if outcome.label != seen[outcome.fingerprint]]
    homeless = [outcome for outcome in outcomes.values() if outcome.verdict == "neither"]
    asking = [*changed, *(homeless if options.drop or options.flag else ())]
    return Decided(
        outcomes=outcomes,
        wishes=tuple(
            Wish(
                fingerprint=outcome.fingerprint,
                id=outcome.id,
                seen=seen[outcome.fingerprint],
                label=outcome.label,
                source="human",
                reviewers=outcome.reviewers,
            )
            for outcome in asking
        ),
        prints=frozenset(seen),
        n_kept=sum(o.verdict == "keep" for o in outcomes.values()) + len(relabels) - len(changed),
    )


def _seen_label(decision: Decision) -> str | None:
    """The given label when it was decided; None where the line does not tell."""
    seen = decision.record.get("seen")
    label = seen.get("given") if isinstance(seen, dict) else None
    return label if isinstance(label, str) else None
