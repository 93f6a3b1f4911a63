"""Where every suspect stands: new, or hidden by a baseline, an ignore or a decision."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date

import numpy as np

from labelaudit.baseline import Baseline
from labelaudit.decisions import Outcome
from labelaudit.ignores import Ignores, Traits
from labelaudit.item_columns import IGNORE_COLUMN
from labelaudit.types import BoolArray, Frozen, Notice

BY_COLUMN = f"column {IGNORE_COLUMN}"
BY_DECISIONS = "decisions"
SHOWN = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Hiding:
    """All that can hide a suspect."""

    today: date
    baseline: Baseline | None = None
    ignores: Ignores | None = None
    ignored_prints: Collection[str] = frozenset()  # by the column `labelaudit_ignore`
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)  # of people's decisions, by fingerprint

    @property
    def is_empty(self) -> bool:
        """Whether every suspect counts."""
        entries = self.baseline.entries if self.baseline else ()
        rules = self.ignores.rules if self.ignores else ()
        return not (entries or rules or self.ignored_prints or self.outcomes)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Standing(Frozen):
    """The suspects of an audit, in rank order, and what hides them."""

    status: tuple[str, ...]  # new, baseline, ignored, decided
    counts: BoolArray  # (suspects,) those that the gate counts and people are to look at
    expired: BoolArray  # (suspects,) those that count because an entry has expired
    hidden: dict[str, int]  # how many do not count, by what hides them
    notices: tuple[Notice, ...]


def standing_of(suspects: Iterable[Traits], hiding: Hiding) -> Standing:
    """Tell of each suspect whether it counts.

    A person's decision comes first: a label that people keep is no suspect any more, one that they found
    wrong counts until it is mended or in the baseline. An expired entry hides nothing.

    Args:
        suspects: in rank order.
        hiding: what may hide them.
    """
    status: list[str] = []
    counts: list[bool] = []
    expired: list[str] = []
    is_expired: list[bool] = []
    hidden: Counter[str] = Counter()
    used: set[int] = set()
    met = 0
    for suspect in suspects:
        outcome = hiding.outcomes.get(suspect.fingerprint)
        hiders, late = _hiders(suspect, hiding, used)
        met += hiding.baseline is not None and suspect.fingerprint in hiding.baseline.entries
        if outcome is not None and outcome.verdict == "keep":
            hiders = [BY_DECISIONS]
        by = hiders[0] if hiders else None
        if outcome is not None and outcome.verdict != "conflict":
            status.append("decided")
        elif by is None:
            status.append("new")
        else:
            status.append(
                "baseline" if hiding.baseline and by == f"baseline {hiding.baseline.path}" else "ignored"
            )
        counts.append(by is None)
        is_expired.append(by is None and bool(late))
        if by is None and late:
            expired.append(suspect.id)
        elif by is not None:
            hidden[by] += 1
    return Standing(
        status=tuple(status),
        counts=np.array(counts, dtype=bool),
        expired=np.array(is_expired, dtype=bool),
        hidden=dict(sorted(hidden.items())),
        notices=tuple(_notices(hiding, expired, used, met)),
    )


def unhidden(n_suspects: int) -> Standing:
    """Where suspects stand that nothing hides."""
    return Standing(
        status=("new",) * n_suspects,
        counts=np.ones(n_suspects, dtype=bool),
        expired=np.zeros(n_suspects, dtype=bool),
        hidden={},
        notices=(),
    )


def _hiders(suspect: Traits, hiding: Hiding, used: set[int]) -> tuple[list[str], list[str]]:
    """What hides a suspect, the column first; and what did until it expired."""
    hiders: list[str] = []
    late: list[str] = []
    if suspect.fingerprint in hiding.ignored_prints:
        hiders.append(BY_COLUMN)
    for rule in hiding.ignores.matching(suspect) if hiding.ignores else ():
        assert hiding.ignores is not None
        used.add(rule.number)
        (late if rule.expired(hiding.today) else hiders).append(hiding.ignores.path)
    entry = hiding.baseline.entries.get(suspect.fingerprint) if hiding.baseline else None
    if entry is not None and hiding.baseline is not None:
        (late if entry.expired(hiding.today) else hiders).append(f"baseline {hiding.baseline.path}")
    return hiders, late


def _notices(hiding: Hiding, expired: list[str], used: set[int], met: int) -> Iterable[Notice]:
    if expired:
        some = ", ".join(expired[:SHOWN]) + (", ..." if len(expired) > SHOWN else "")
        yield Notice(
            code="expired-entries",
            message=f"entries of {len(expired):,} suspects have expired, they count again: {some}",
            count=len(expired),
        )
    if hiding.baseline is not None and hiding.baseline.entries:
        gone = len(hiding.baseline.entries) - met
        if gone:
            yield Notice(
                code="stale-baseline",
                message=f"{gone:,} of {len(hiding.baseline.entries):,} entries of {hiding.baseline.path} fit "
                "no suspect any more; labelaudit baseline prune takes them out",
                count=gone,
            )
    if hiding.ignores is not None:
        unused = [str(rule.number) for rule in hiding.ignores.rules if rule.number not in used]
        if unused:
            yield Notice(
                code="unused-ignores",
                message=f"{hiding.ignores.path}: no suspect fits entry {', '.join(unused[:10])}",
                count=len(unused),
            )
