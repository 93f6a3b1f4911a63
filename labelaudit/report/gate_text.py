"""Words on gates, hidden suspects and changed rows, as every form for people says them.

The lines hold names of the data: control characters are made visible and long names are shortened, mark-up is
left to the form.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from labelaudit.report.text import counted, percent, shortened

if TYPE_CHECKING:
    from labelaudit.types import GateRule, Summary

NAMED_RULES = 3
LONGEST_NAME = 80

RULE_HEAD = ("limit on", "suspects", "rows", "share", "interval", "limit", "result")
"""The columns of `rule_cells`."""

_KINDS = {
    "new": ("is a new suspect", "are new suspects"),
    "expired": (
        "is a suspect whose entry has expired",
        "are suspects whose baseline or ignore entries have expired",
    ),
    "reviewed": ("is a label error by a reviewed sample", "are label errors by a reviewed sample"),
}


def verdict_line(summary: Summary) -> str:
    """What the gate said, and why, in the one line that people read.

    A limit that failed is told with its interval, several are told shortly; of limits that are all kept the
    first is told.
    """
    gate = summary.gate
    if not gate.declared:
        return "gate: none"
    word = "passed" if gate.passed else "failed"
    binding = [rule for rule in gate.rules if not rule.informational]
    failed = [rule for rule in binding if not rule.passed]
    shown = failed[:NAMED_RULES] or (binding or list(gate.rules))[:1]
    parts = [_finding(rule) for rule in shown]
    if len(shown) == 1 and _has_interval(shown[0]):
        parts.append(_interval_told(shown[0]))
    left = len(failed or gate.rules) - len(shown)
    if left:
        parts.append(f"and {left:,} more" if failed else f"and {counted(left, 'more limit', 'more limits')}")
    exceeded = sum(rule.informational and not rule.passed for rule in gate.rules)
    if exceeded:
        parts.append(f"{counted(exceeded, 'limit')} exceeded for information only")
    return f"gate: {word} ({'; '.join(parts)})" if parts else f"gate: {word}"


def rule_line(rule: GateRule) -> str:
    """One limit and what came of it."""
    interval = f"; {_interval_told(rule)}" if _has_interval(rule) else ""
    return f"{shortened(rule.name, LONGEST_NAME)}: {_finding(rule)}{interval}; {result_of(rule)}"


def rule_cells(rule: GateRule) -> tuple[str, ...]:
    """One limit as a row of a table, its columns those of `RULE_HEAD`."""
    interval = f"{_interval(rule)} ({_level(rule)})" if rule.rows else ""
    return (
        shortened(rule.name, LONGEST_NAME),
        f"{rule.suspects:,}",
        f"{rule.rows:,}",
        _share(rule) if rule.rows else "",
        interval,
        _limit(rule) + (f", for the interval's {_end(rule)} end" if rule.by_interval else ""),
        result_of(rule),
    )


def result_of(rule: GateRule) -> str:
    """Whether a limit was kept, and whether that matters."""
    if rule.informational:
        return "kept, information only" if rule.passed else "exceeded, information only"
    return "passed" if rule.passed else "failed"


def hidden_line(summary: Summary) -> str:
    """How many suspects are hidden by what; empty where none is."""
    hidden = {by: count for by, count in summary.hidden.items() if count}
    if not hidden:
        return ""
    by_what = ", ".join(f"{count:,} by {shortened(by, LONGEST_NAME)}" for by, count in hidden.items())
    return f"{counted(sum(hidden.values()), 'suspect')} hidden: {by_what}"


def changes_line(summary: Summary) -> str:
    """How the dataset differs from its old version; empty where none was named."""
    changes = summary.changes
    if changes is None:
        return ""
    removed = f"; {changes.removed:,} removed" if changes.removed else ""
    since = f"since {shortened(changes.against, LONGEST_NAME)}"
    if not changes.rows:
        return f"no changed rows {since}{removed}"
    kinds = f"{changes.new:,} new, {changes.relabelled:,} relabelled, {changes.edited:,} edited"
    return f"{counted(changes.rows, 'changed row')} {since}: {kinds}{removed}"


def _finding(rule: GateRule) -> str:
    """The suspects among the rows, against the limit."""
    rows = counted(rule.rows, "changed row" if rule.scope == "changes" else "row")
    if rule.about == "labels":
        rows = counted(rule.rows, "row with a new label", "rows with new labels")
    of = shortened(rule.of or "", LONGEST_NAME)
    if rule.about in ("class", "split"):
        rows += f" of {rule.about} '{of}'"
    if not rule.rows:
        return rows
    by = f" by {of}" if rule.about == "rule" else ""
    if rule.decisions is not None:
        by = f" of {counted(rule.decisions, 'decision')}"
    kind = _KINDS.get(rule.about, ("is a suspect", "are suspects"))[rule.suspects != 1]
    return f"{rule.suspects:,} of {rows} {kind}{by}, {_share(rule)}, limit {_limit(rule)}"


def _limit(rule: GateRule) -> str:
    parts = []
    if rule.max_rate is not None:
        digits = f"{100 * rule.max_rate:.6f}".rstrip("0")
        parts.append(f"{digits}0 %" if digits.endswith(".") else f"{digits} %")
    if rule.max_count is not None:
        parts.append(counted(rule.max_count, "suspect"))
    return " and ".join(parts) or "none"


def _share(rule: GateRule) -> str:
    return percent(rule.rate) if rule.by_interval else _beside_limit(rule.rate, rule)


def _interval(rule: GateRule) -> str:
    ends = {"lower": rule.low, "upper": rule.high}
    low, high = (
        _beside_limit(share, rule) if rule.by_interval and name == _end(rule) else percent(share)
        for name, share in ends.items()
    )
    return f"{low.removesuffix(' %')}-{high}"


def _end(rule: GateRule) -> str:
    """Which end of the interval decides: a review must show that few labels are wrong."""
    return "upper" if rule.about == "reviewed" else "lower"


def _has_interval(rule: GateRule) -> bool:
    """Whether the interval says anything: of a limit on the count alone it does not."""
    return rule.rows > 0 and (rule.max_rate is not None or rule.max_count is None)


def _interval_told(rule: GateRule) -> str:
    decides = f", its {_end(rule)} end decides" if rule.by_interval else ""
    return f"{_level(rule)} interval {_interval(rule)}{decides}"


def _level(rule: GateRule) -> str:
    return f"{100 * rule.level:g} %"


def _beside_limit(share: float, rule: GateRule) -> str:
    """What is held against the limit, in as many digits as show on which side of it that lies."""
    if rule.max_rate is None or share == rule.max_rate:
        return percent(share)
    digits = 1
    above, limit = share > rule.max_rate, 100 * rule.max_rate
    while digits < 6 and (float(f"{100 * share:.{digits}f}") > limit) != above:
        digits += 1
    return f"{100 * share:.{digits}f} %"
