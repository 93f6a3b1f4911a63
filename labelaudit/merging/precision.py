"""How many rows are wrong by their reviewers, and how many are undecided between them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from labelaudit.decisions import Decision, Outcome
from labelaudit.gate import wilson_interval
from labelaudit.merging.agreement import LEVEL, Share, verdicts_by_row


@dataclass(frozen=True, slots=True, kw_only=True)
class Precision(Share):
    """A share of errors among the rows on which reviewers agree whether the label is wrong."""

    n_open: int  # rows on which they do not agree; the share leaves them out

    @property
    def at_least(self) -> float:
        """The share of all rows if every open one is right; 0 of no rows."""
        return self.count / (self.of + self.n_open) if self.of + self.n_open else 0.0

    @property
    def at_most(self) -> float:
        """The share of all rows if every open one is wrong."""
        return (self.count + self.n_open) / (self.of + self.n_open) if self.of + self.n_open else 0.0


def wrong_rows(
    outcomes: Mapping[str, Outcome], decisions: Sequence[Decision], min_agreement: float
) -> dict[str, bool | None]:
    """Whether the label of each row is wrong; None where too few agree on that.

    Reviewers who differ on nothing but the right label agree that the given one is wrong: a row in conflict
    is settled here where more than `min_agreement` of the votes, or all, say wrong, or right.

    Args:
        outcomes: by fingerprint.
        decisions: those that made the outcomes.
        min_agreement: in [0.5, 1].
    """
    verdicts = verdicts_by_row(decisions)
    return {
        name: _is_wrong(list(verdicts[name].values()), min_agreement)
        if outcome.verdict == "conflict"
        else outcome.is_error
        for name, outcome in outcomes.items()
    }


def _is_wrong(said: Sequence[str], min_agreement: float) -> bool | None:
    wrong = sum(verdict != "keep" for verdict in said) / len(said)
    share = max(wrong, 1 - wrong)
    return wrong == share if share > min_agreement or share == 1 else None


def precision_of(wrong: Iterable[bool | None]) -> Precision:
    """The share of errors with its interval, and what is left out.

    Example:
        >>> found = precision_of([True, True, True, None])
        >>> found.value, found.n_open, found.at_least
        (1.0, 1, 0.75)
    """
    rows = list(wrong)
    count, of = rows.count(True), len(rows) - rows.count(None)
    low, high = wilson_interval(count, of, LEVEL)
    return Precision(of=of, count=count, low=low, high=high, n_open=rows.count(None))
