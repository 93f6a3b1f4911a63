"""The gate: limits on suspects, and the verdict on a dataset or on its changed rows.

A limit is on a count or on a rate. A rate alone flaps where few rows are judged: with a confidence, a limit
is broken only when the lower end of the interval of the rate lies above it.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import sqrt
from statistics import NormalDist

from labelaudit.errors import ConfigError
from labelaudit.rules import RULES
from labelaudit.types import About, Gate, GateRule, Reviewed, Scope

DEFAULT_LEVEL = 0.95
FEWEST_REVIEWED = 50
"""Decisions of a sample below which no gate rests on a reviewed estimate."""

_PERCENT = re.compile(r"([0-9]+(?:\.[0-9]+)?) ?%")
_COUNT = re.compile(r"[0-9]{1,15}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How many suspects of a kind are tolerated; more fail the gate."""

    scope: Scope
    about: About = "all"
    of: str | None = None
    max_rate: float | None = None
    max_count: int | None = None
    informational: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class GateOptions:
    """What a gate asks; without limits none is declared."""

    limits: tuple[Limit, ...] = ()
    confidence: float | None = None  # None: the rate itself decides

    def __post_init__(self) -> None:
        """Refuse what is no level."""
        if self.confidence is not None and not 0.5 <= self.confidence < 1:
            raise ConfigError(
                f"confidence is {self.confidence:g}", hint="give a level from 0.5 to below 1: 0.95"
            )

    @property
    def declared(self) -> bool:
        """Whether there is anything to fail."""
        return bool(self.limits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """The rows of a scope and the suspects among them that count.

    The classes, splits and rules that exist are those with an entry, with zero rows or suspects too.
    """

    rows: int
    suspects: int
    rows_by_class: Mapping[str, int]
    suspects_by_class: Mapping[str, int]
    rows_by_split: Mapping[str, int] = field(default_factory=dict)
    suspects_by_split: Mapping[str, int] = field(default_factory=dict)
    suspects_by_rule: Mapping[str, int] = field(default_factory=dict)
    label_rows: int = 0  # of changed rows, those that are new or relabelled
    label_suspects: int = 0
    new: int | None = None  # suspects in no baseline; None without one
    expired: int = 0  # suspects whose baseline or ignore entry has expired
    reviewed: Reviewed | None = None  # what a reviewed sample says of the rows


def limit_of(text: str, *, scope: Scope, about: About = "all", of: str | None = None) -> Limit:
    """Read a limit as people write it: a share of the rows, or a number of suspects.

    Raises:
        ConfigError: it is neither.

    Example:
        >>> limit_of("2.5%", scope="dataset").max_rate, limit_of("10", scope="dataset").max_count
        (0.025, 10)
    """
    if (percent := _PERCENT.fullmatch(text.strip())) and float(percent[1]) <= 100:
        share = float(Fraction(percent[1]) / 100)  # rounded once, as a count of rows divided is
        return Limit(scope=scope, about=about, of=of, max_rate=share)
    if _COUNT.fullmatch(text.strip()):
        return Limit(scope=scope, about=about, of=of, max_count=int(text))
    raise ConfigError(
        f"'{text}' is no limit", hint="write 2% for a share of the rows, 10 for a number of suspects"
    )


def named_limit_of(text: str, *, scope: Scope, about: About) -> Limit:
    """Read `NAME=LIMIT`; the name may hold equals signs.

    Raises:
        ConfigError: no name, or no limit.

    Example:
        >>> named_limit_of("cat=5%", scope="dataset", about="class").of
        'cat'
    """
    name, equals, limit = text.rpartition("=")
    if not (name and equals):
        raise ConfigError(f"'{text}' names no {about}", hint="write NAME=2% or NAME=10")
    return limit_of(limit, scope=scope, about=about, of=name)


def reviewed_limit_of(text: str) -> Limit:
    """Read the share of label errors that a reviewed sample may make likely.

    Raises:
        ConfigError: it is no share.

    Example:
        >>> reviewed_limit_of("3%").max_rate
        0.03
    """
    hint = 'a share of the rows in percent: --fail-over-reviewed 3%, or fail-over-reviewed = "3%"'
    try:
        limit = limit_of(text, scope="dataset", about="reviewed")
    except ConfigError as error:
        raise ConfigError(f"'{text}' is no limit on the reviewed estimate", hint=hint) from error
    if limit.max_rate is None:
        raise ConfigError(f"'{text}' is no share of the rows", hint=hint)
    return limit


def limits_of_table(table: Mapping[str, object], scope: Scope) -> Iterator[Limit]:
    """Read the table `[gate.dataset]` or `[gate.changes]` of a settings file.

    Raises:
        ConfigError: an unknown key, or a value that is no limit.

    Example:
        >>> [limit.max_count for limit in limits_of_table({"max-count": 3}, "changes")]
        [3]
    """
    parts: dict[str, About] = {"classes": "class", "splits": "split", "rules": "rule"}
    known = ("max-rate", "max-count", "informational", *parts)
    where = f"gate.{scope}"
    for key in table:
        if key not in known:
            near = difflib.get_close_matches(key, known, 1)
            hint = f"did you mean '{near[0]}'?" if near else f"there are {', '.join(known)}"
            raise ConfigError(f"unknown key '{key}' in [{where}]", hint=hint)
    informational = table.get("informational", False)
    if not isinstance(informational, bool):
        raise ConfigError(f"{where}.informational: {informational!r} is not true or false")
    rate, count = _rate(table.get("max-rate"), where), _count(table.get("max-count"), where)
    if rate is not None or count is not None or (informational and not set(parts) & set(table)):
        yield Limit(scope=scope, max_rate=rate, max_count=count, informational=informational)
    for key, about in parts.items():
        names = table.get(key, {})
        if not isinstance(names, Mapping):
            raise ConfigError(f"{where}.{key} is no table", hint='write {cat = "2%"}')
        for name, limit in names.items():
            found = limit_of(str(limit), scope=scope, about=about, of=name)
            yield Limit(
                scope=scope,
                about=about,
                of=name,
                max_rate=found.max_rate,
                max_count=found.max_count,
                informational=informational,
            )


def _rate(value: object, where: str) -> float | None:
    if value is None:
        return None
    if isinstance(value, float) and 0 <= value <= 1:
        return value
    found = limit_of(value, scope="dataset") if isinstance(value, str) else None
    if found is None or found.max_rate is None:
        raise ConfigError(f"{where}.max-rate: {value!r} is no share", hint='write "2%" or 0.02')
    return found.max_rate


def _count(value: object, where: str) -> int | None:
    if value is not None and not (type(value) is int and value >= 0):
        raise ConfigError(f"{where}.max-count: {value!r} is no number of suspects", hint="write 10")
    return value


def gate_of(options: GateOptions, tallies: Mapping[Scope, Tally]) -> Gate:
    """Apply the limits.

    Args:
        options: the limits; the first of each name decides.
        tallies: of every scope that a limit is about.

    Returns:
        The verdict, with every limit and what came of it.

    Raises:
        ConfigError: a limit names a class, split or rule that does not exist, or a scope without rows to
            compare with.

    Example:
        >>> tally = Tally(rows=40, suspects=10, rows_by_class={}, suspects_by_class={})
        >>> gate_of(GateOptions(limits=(limit_of("5%", scope="changes"),)), {"changes": tally}).passed
        False
    """
    if not options.declared:
        return Gate()
    limits = list(options.limits)
    changes = tallies.get("changes")
    if changes is not None and 0 < changes.label_rows < changes.rows:
        # Many edited rows must not dilute a few wrong labels.
        diluted = [
            one
            for one in limits
            if one.scope == "changes" and one.about == "all" and one.max_rate is not None
        ]
        limits += [replace(limit, about="labels", max_count=None) for limit in diluted]
    expired = next((scope for scope, tally in tallies.items() if tally.expired), None)
    if expired:
        limits.append(Limit(scope=expired, about="expired", max_count=0))
    rules = tuple(_judged(limit, options, tallies) for limit in dict.fromkeys(limits))
    passed = all(rule.passed or rule.informational for rule in rules)
    return Gate(declared=True, passed=passed, rules=rules)


def _judged(limit: Limit, options: GateOptions, tallies: Mapping[Scope, Tally]) -> GateRule:
    tally = tallies.get(limit.scope)
    if tally is None:
        raise ConfigError(
            "a limit on changed rows, but no old version to compare with",
            hint="name it: --against origin/main, or --against FILE",
        )
    if limit.about == "reviewed":
        return _judged_by_review(limit, tally.reviewed)
    rows, suspects = _counts(limit, tally)
    rate = suspects / rows if rows else 0.0
    level = options.confidence or DEFAULT_LEVEL
    low, high = wilson_interval(suspects, rows, level)
    decisive = rate if options.confidence is None else low
    over_rate = limit.max_rate is not None and decisive > limit.max_rate
    over_count = limit.max_count is not None and suspects > limit.max_count
    return GateRule(
        name=_name(limit),
        scope=limit.scope,
        about=limit.about,
        of=limit.of,
        rows=rows,
        suspects=suspects,
        rate=rate,
        low=low,
        high=high,
        level=level,
        max_rate=limit.max_rate,
        max_count=limit.max_count,
        by_interval=options.confidence is not None and limit.max_rate is not None,
        informational=limit.informational,
        passed=not (over_rate or over_count),
    )


def _judged_by_review(limit: Limit, reviewed: Reviewed | None) -> GateRule:
    """Hold a reviewed estimate against the limit by its upper end: few decisions are not few errors."""
    if reviewed is None:
        raise ConfigError(
            "a limit on the reviewed estimate, and there is none of this scan",
            hint="labelaudit review serve AUDIT --queue sample=100, then labelaudit review stats AUDIT",
        )
    if reviewed.is_outdated:
        raise ConfigError(
            "decisions were taken since the reviewed estimate, or it rests on others than the audit's own",
            hint="run labelaudit review stats AUDIT; what lies in other files first: "
            "labelaudit review merge AUDIT FILE --write",
        )
    n_decisions = reviewed.decisions["sample"]
    if n_decisions < FEWEST_REVIEWED:
        raise ConfigError(
            f"the reviewed estimate rests on {n_decisions} decisions of a sample: a gate needs "
            f"{FEWEST_REVIEWED}",
            hint="labelaudit review serve AUDIT --queue sample=100, then labelaudit review stats AUDIT",
        )
    if reviewed.decisions.get("earlier"):
        raise ConfigError(
            "the reviewed estimate rests on a sample of an earlier scan: no row that is new since was drawn",
            hint="labelaudit review serve AUDIT --queue sample=100, then labelaudit review stats AUDIT",
        )
    total = reviewed.total
    high = total.rate(total.high)
    return GateRule(
        name=_name(limit),
        scope=limit.scope,
        about=limit.about,
        of=None,
        rows=total.rows,
        suspects=round(total.errors),
        rate=total.rate(total.errors),
        low=total.rate(total.low),
        high=high,
        level=reviewed.level,
        max_rate=limit.max_rate,
        max_count=None,
        by_interval=True,
        informational=limit.informational,
        passed=limit.max_rate is not None and high <= limit.max_rate,
        decisions=n_decisions,
    )


def _counts(limit: Limit, tally: Tally) -> tuple[int, int]:
    """The rows that a limit is about, and the suspects among them."""
    of = limit.of or ""
    match limit.about:
        case "class":
            _refuse_unknown("class", of, tally.rows_by_class)
            return tally.rows_by_class[of], tally.suspects_by_class.get(of, 0)
        case "split":
            _refuse_unknown("split", of, tally.rows_by_split)
            return tally.rows_by_split[of], tally.suspects_by_split.get(of, 0)
        case "rule":
            _refuse_unknown("rule", of, RULES)
            if of not in tally.suspects_by_rule:
                raise ConfigError(
                    f"the gate limits suspects by {of}, and no row of this audit can be one",
                    hint=f"labelaudit rule {of} tells what it needs; --select and --ignore switch rules off",
                )
            return tally.rows, tally.suspects_by_rule[of]
        case "labels":
            return tally.label_rows, tally.label_suspects
        case "new" if tally.new is None:
            raise ConfigError(
                "new suspects are to fail the gate, but there is no baseline",
                hint="labelaudit baseline create AUDIT writes one; name it with --baseline",
            )
        case _:
            suspects = {"new": tally.new, "expired": tally.expired}.get(limit.about, tally.suspects)
            return tally.rows, suspects or 0


def _refuse_unknown(what: str, name: str, known: Iterable[str]) -> None:
    names = list(known)
    if name not in names:
        near: Sequence[str] = difflib.get_close_matches(name, names, 1)
        some = ", ".join(names[:8]) + (", ..." if len(names) > 8 else "") or "none"
        hint = f"did you mean '{near[0]}'?" if near else f"there are {some}"
        raise ConfigError(f"the gate names the {what} '{name}', which does not exist", hint=hint)


def _name(limit: Limit) -> str:
    scope = {"dataset": "dataset", "changes": "changed rows"}[limit.scope]
    about = {
        "all": "",
        "class": f", class '{limit.of}'",
        "split": f", split '{limit.of}'",
        "rule": f", rule {limit.of}",
        "labels": ", new and relabelled",
        "new": ", new suspects",
        "expired": ", expired entries",
        "reviewed": ", reviewed estimate",
    }[limit.about]
    return scope + about


def wilson_interval(successes: int, trials: int, level: float) -> tuple[float, float]:
    """The two-sided interval of a share (Wilson 1927); (0, 1) without trials.

    Args:
        successes: at most `trials`.
        trials: how many were looked at.
        level: of confidence, in (0, 1).

    Example:
        >>> [round(end, 3) for end in wilson_interval(10, 40, 0.95)]
        [0.142, 0.402]
    """
    if trials == 0:
        return 0.0, 1.0
    z = NormalDist().inv_cdf((1 + level) / 2)
    share = successes / trials
    centre = (share + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z / (1 + z * z / trials) * sqrt(share * (1 - share) / trials + z * z / (4 * trials * trials))
    # At 0 and at 1 the share is an end itself, which rounding would put it beside.
    return min(max(0.0, centre - half), share), max(min(1.0, centre + half), share)
