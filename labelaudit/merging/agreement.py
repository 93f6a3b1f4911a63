"""How far reviewers agree, beyond chance, and whether that changes while they go on."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

from labelaudit.decisions import NO_VOTE, Decision
from labelaudit.gate import wilson_interval
from labelaudit.merging.reading import decided_at

LEVEL = 0.9
STRETCHES = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """A share of some cases, with Wilson's interval."""

    of: int
    count: int
    low: float
    high: float

    @property
    def value(self) -> float:
        """The share itself; 0 of no cases."""
        return self.count / self.of if self.of else 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """Two reviewers on the rows that both decided."""

    reviewers: tuple[str, str]
    agreed: Share  # on the label that the row should have
    kappa: float | None  # Cohen's; None where both always said the same one thing
    agreed_on_error: Share  # on whether the given label is wrong
    error_kappa: float | None


def share_of(count: int, of: int) -> Share:
    """A share with its interval.

    Example:
        >>> round(share_of(5, 10).low, 2)
        0.27
    """
    low, high = wilson_interval(count, of, LEVEL)
    return Share(of=of, count=count, low=low, high=high)


def verdict_of(decision: Decision) -> str:
    """What a decision makes of the row: the class that it should have, or that it stays or has none.

    Reviewers who type a class and those who accept the suggestion agree where it is the same one.
    """
    if decision.word in ("suggested", "other"):
        return f"={decision.label}"
    return "neither" if decision.word == "neither" else "keep"


def verdicts_by_row(decisions: Sequence[Decision]) -> dict[str, dict[str, str]]:
    """By fingerprint: reviewer and verdict; skipped rows have none."""
    found: dict[str, dict[str, str]] = {}
    for decision in decisions:
        if decision.word not in NO_VOTE:
            found.setdefault(decision.fingerprint, {})[decision.reviewer] = verdict_of(decision)
    return found


def about_error(verdicts: Mapping[str, Mapping[str, str]]) -> dict[str, dict[str, str]]:
    """The verdicts with all that calls the given label wrong as one.

    With many classes to name, agreement on the right one would hide that reviewers cannot tell wrong labels
    from right ones.

    Example:
        >>> about_error({"1": {"ana": "=cat", "bo": "neither", "cy": "keep"}})
        {'1': {'ana': 'wrong', 'bo': 'wrong', 'cy': 'keep'}}
    """
    return {
        row: {name: verdict if verdict == "keep" else "wrong" for name, verdict in said.items()}
        for row, said in verdicts.items()
    }


def pairs_of(verdicts: Mapping[str, Mapping[str, str]]) -> tuple[Pair, ...]:
    """Each two reviewers with rows in common: agreement and Cohen's kappa (Cohen 1960).

    Example:
        >>> said_by_bo = {"1": "keep", "2": "keep", "3": "=cat"}
        >>> verdicts = {row: {"ana": "keep", "bo": said} for row, said in said_by_bo.items()}
        >>> pairs_of(verdicts)[0].agreed.count, pairs_of(verdicts)[0].kappa
        (2, 0.0)
    """
    found = []
    on_error = about_error(verdicts)
    for two in combinations(sorted({name for row in verdicts.values() for name in row}), 2):
        both = _both(verdicts, two)
        if both:
            found.append(
                Pair(
                    reviewers=two,
                    agreed=_agreed(both),
                    kappa=cohen_kappa(both),
                    agreed_on_error=_agreed(_both(on_error, two)),
                    error_kappa=cohen_kappa(_both(on_error, two)),
                )
            )
    return tuple(found)


def _both(verdicts: Mapping[str, Mapping[str, str]], two: tuple[str, str]) -> list[list[str]]:
    return [[row[name] for name in two] for row in verdicts.values() if all(name in row for name in two)]


def _agreed(both: Sequence[Sequence[str]]) -> Share:
    return share_of(sum(first == second for first, second in both), len(both))


def cohen_kappa(both: Sequence[Sequence[str]]) -> float | None:
    """Agreement of two reviewers beyond what their habits alone would give; 1 is perfect, 0 is chance.

    Args:
        both: a pair of verdicts for each row.
    """
    from sklearn.metrics import cohen_kappa_score

    if len({verdict for row in both for verdict in row}) < 2:
        return None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return float(cohen_kappa_score([row[0] for row in both], [row[1] for row in both]))


def fleiss_kappa(verdicts: Mapping[str, Mapping[str, str]]) -> float | None:
    """Agreement of any number of reviewers beyond chance (Fleiss 1971), over rows that two or more decided.

    Rows may have different numbers of reviewers: the chance that two random verdicts on a row agree is
    averaged over rows. None without such rows, or where all say the same.

    Example:
        >>> rows = {"1": {"a": "keep", "b": "keep", "c": "keep"}, "2": {"a": "=x", "b": "=x", "c": "=x"}}
        >>> fleiss_kappa(rows)
        1.0
    """
    rows = [Counter(row.values()) for row in verdicts.values() if len(row) >= 2]
    if not rows:
        return None
    total = sum(rows, Counter[str]())
    by_chance = sum((count / total.total()) ** 2 for count in total.values())
    if by_chance >= 1:
        return None
    observed = sum(
        sum(count * (count - 1) for count in row.values()) / (row.total() * (row.total() - 1)) for row in rows
    ) / len(rows)
    return (observed - by_chance) / (1 - by_chance)


def agreement_over_time(
    decisions: Sequence[Decision], verdicts: Mapping[str, Mapping[str, str]]
) -> dict[str, tuple[Share, ...]]:
    """For each reviewer, the agreement with the others in each quarter of the work: tired people differ.

    A row counts as agreed where at least half of the others say the same. Rows that nobody else decided say
    nothing.
    """
    found = {}
    for reviewer in sorted({decision.reviewer for decision in decisions}):
        own = [d for d in decisions if d.reviewer == reviewer and len(verdicts.get(d.fingerprint, ())) > 1]
        own = [d for d in own if reviewer in verdicts[d.fingerprint]]
        own.sort(key=lambda d: (decided_at(d), d.line))
        agreed = [_agrees(reviewer, verdicts[d.fingerprint]) for d in own]
        if len(agreed) >= STRETCHES:
            ends = [len(agreed) * i // STRETCHES for i in range(STRETCHES + 1)]
            parts = [agreed[a:b] for a, b in pairwise(ends)]
            found[reviewer] = tuple(share_of(sum(part), len(part)) for part in parts)
    return found


def _agrees(reviewer: str, verdicts: Mapping[str, str]) -> bool:
    others = [said for name, said in verdicts.items() if name != reviewer]
    return 2 * others.count(verdicts[reviewer]) >= len(others)
