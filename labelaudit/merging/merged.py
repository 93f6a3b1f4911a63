"""The decisions of several reviewers as one: outcomes, conflicts, and how good rules and reviewers are."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from labelaudit.decisions import NO_VOTE, Decision, Outcome, outcomes_of
from labelaudit.merging.agreement import (
    Pair,
    Share,
    about_error,
    agreement_over_time,
    fleiss_kappa,
    pairs_of,
    share_of,
    verdicts_by_row,
)
from labelaudit.merging.precision import Precision, precision_of, wrong_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Merge:
    """What several reviewers said, together."""

    min_agreement: float
    decisions: tuple[Decision, ...]  # on rows as they are now
    stale: tuple[str, ...]  # ids of rows that are gone or have another label now
    outcomes: Mapping[str, Outcome]  # by fingerprint, conflicts too
    verdicts: Mapping[str, Mapping[str, str]]  # by fingerprint and reviewer
    n_unseen: int  # decisions that came in a batch: no measure below counts them
    n_settled: int  # rows in conflict that an arbiter settled
    pairs: tuple[Pair, ...]
    kappa: float | None  # Fleiss's, on the label that a row should have
    error_kappa: float | None  # the same on whether the given one is wrong
    by_rule: Mapping[str, Precision]  # confirmed errors among decided suspects with the rule
    by_reviewer: Mapping[str, Share]  # errors among the suspects that each decided
    over_time: Mapping[str, tuple[Share, ...]]  # agreement with others, by reviewer
    controls: Precision  # errors among rows that nobody suspected

    @property
    def conflicts(self) -> tuple[Outcome, ...]:
        """Rows on which too few agree."""
        return tuple(outcome for outcome in self.outcomes.values() if outcome.verdict == "conflict")


def merge(
    decisions: Sequence[Decision],
    rules: Mapping[str, Sequence[str]],
    current: Collection[str],
    *,
    min_agreement: float = 0.5,
    min_reviewers: int = 1,
) -> Merge:
    """Put the decisions of several reviewers together.

    Precision counts suspects alone: rows of a sample or controls that nobody suspected would lower it.
    Decisions that came in a batch make outcomes; they measure nothing, as nobody looked. Nor is an arbiter
    compared with the others, who sees only what they do not agree on.

    Args:
        decisions: the last of each reviewer on each row.
        rules: of each suspect, by fingerprint.
        current: the fingerprints of all rows.
        min_agreement: in [0.5, 1]: more of the votes than this, or all, must be for one outcome.
        min_reviewers: rows with fewer votes have no outcome.

    Raises:
        CorrectionError: a share or a count that is none.
    """
    fresh = tuple(decision for decision in decisions if decision.fingerprint in current)
    stale = tuple(dict.fromkeys(d.id for d in decisions if d.fingerprint not in current))
    outcomes = outcomes_of(fresh, min_agreement=min_agreement, min_reviewers=min_reviewers)
    seen = [decision for decision in fresh if decision.is_seen]
    by_looking = outcomes_of(seen, min_agreement=min_agreement, min_reviewers=min_reviewers)
    wrong = wrong_rows(by_looking, seen, min_agreement)
    compared = [decision for decision in seen if not decision.settles]
    verdicts = verdicts_by_row(compared)
    return Merge(
        min_agreement=min_agreement,
        decisions=fresh,
        stale=stale,
        outcomes=outcomes,
        verdicts=verdicts_by_row(fresh),
        n_unseen=len(fresh) - len(seen),
        n_settled=len({decision.fingerprint for decision in fresh if decision.settles}),
        pairs=pairs_of(verdicts),
        kappa=fleiss_kappa(verdicts),
        error_kappa=fleiss_kappa(about_error(verdicts)),
        by_rule=_by_rule(wrong, rules),
        by_reviewer=_by_reviewer([d for d in compared if d.fingerprint in rules]),
        over_time=agreement_over_time(compared, verdicts),
        controls=_controls(seen, wrong),
    )


def _by_rule(wrong: Mapping[str, bool | None], rules: Mapping[str, Sequence[str]]) -> dict[str, Precision]:
    found = {}
    for rule in sorted({code for codes in rules.values() for code in codes}):
        of = [is_wrong for name, is_wrong in wrong.items() if rule in rules.get(name, ())]
        if of:
            found[rule] = precision_of(of)
    return found


def _by_reviewer(decisions: Sequence[Decision]) -> dict[str, Share]:
    found = {}
    for reviewer in sorted({decision.reviewer for decision in decisions}):
        own = [d for d in decisions if d.reviewer == reviewer and d.word not in NO_VOTE]
        if own:
            found[reviewer] = share_of(
                sum(d.word in ("suggested", "neither", "other") for d in own), len(own)
            )
    return found


def _controls(decisions: Sequence[Decision], wrong: Mapping[str, bool | None]) -> Precision:
    names = dict.fromkeys(d.fingerprint for d in decisions if d.record.get("queue") == "control")
    return precision_of(wrong[name] for name in names if name in wrong)
