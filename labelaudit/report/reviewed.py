"""Words on a reviewed estimate: the number beside the model's."""

from __future__ import annotations

from collections.abc import Iterator
from math import ceil, floor
from typing import TYPE_CHECKING

from labelaudit.report.text import counted, percent, shortened

if TYPE_CHECKING:
    from labelaudit.types import Reviewed, ReviewedCount

LONGEST_NAME = 40
OUTDATED = "other decisions were taken since: labelaudit review stats AUDIT counts them"


def reviewed_line(reviewed: Reviewed | None) -> str:
    """The estimate in one line; empty without one."""
    if reviewed is None:
        return ""
    n_sample = reviewed.decisions["sample"]
    since = f"; {OUTDATED}" if reviewed.is_outdated else ""
    total = _told(reviewed.total, reviewed.level)
    return f"reviewed estimate: {total}, from {n_sample:,} decisions of a sample{since}"


def reviewed_lines(reviewed: Reviewed) -> Iterator[str]:
    """All of it: the total, the top of the list, classes and splits, and what it rests on."""
    yield reviewed_line(reviewed)
    decisions, fit = reviewed.decisions, reviewed.calibration
    yield (
        f"decided: {counted(decisions['sample'], 'row')} of the sample, {decisions['other']:,} others; "
        f"{decisions['skipped']:,} skipped, {decisions['stale']:,} set aside as their label has changed"
    )
    yield (
        f"p_error recalibrated: slope {fit['slope']:.2f}, shift {fit['shift']:+.2f}; "
        f"reviewers err in {percent(fit['reviewer_error'])}"
    )
    for part in reviewed.top:
        yield f"worst {counted(part.rows, 'suspect')}: {_told(part, reviewed.level)}"
    for what, parts in (("class", reviewed.by_class), ("split", reviewed.by_split)):
        for name, part in parts.items():
            yield f"{what} '{shortened(name, LONGEST_NAME)}': {_told(part, reviewed.level)}"
    for sentence in reviewed.assumes:
        yield f"assumed: {sentence}"


def _told(part: ReviewedCount, level: float) -> str:
    low, high = percent(part.rate(part.low)), percent(part.rate(part.high))
    return (
        f"{counted(round(part.errors), 'label error')} of {counted(part.rows, 'row')} "
        f"({floor(part.low):,} to {ceil(part.high):,} at {100 * level:g} %; "
        f"{percent(part.rate(part.errors))}, {low.removesuffix(' %')} to {high})"
    )
