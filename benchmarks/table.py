"""The printed table: one line a case, notes below."""

from __future__ import annotations

from collections.abc import Sequence

from figures import CaseFigures, Ratio, side_flagged, side_median

LINE = "{:<15} {:>10} {:>10}  {:<18} {:>6}  {:>10} {:>10}  {:<18} {:>6}"
HEADER = "\n".join(
    LINE.format(*titles).rstrip()
    for titles in (
        ("", "seconds", "", "time ratio", "", "peak MB", "", "memory ratio", ""),
        ("case", *2 * ("labelaudit", "cleanlab", "(min-max)", "target")),
    )
)


def case_line(figures: CaseFigures) -> str:
    """One case's medians, ratios and targets."""
    case = figures.case
    return LINE.format(
        case.name,
        number(side_median(figures.labelaudit, "seconds"), "{:.2f}"),
        number(side_median(figures.cleanlab, "seconds"), "{:.2f}"),
        ratio_text(figures.ratio("seconds")),
        number(case.time_target, "{:.2f}"),
        number(side_median(figures.labelaudit, "peak_mb"), "{:.0f}"),
        number(side_median(figures.cleanlab, "peak_mb"), "{:.0f}"),
        ratio_text(figures.ratio("peak_mb")),
        number(case.memory_target, "{:.2f}"),
    ).rstrip()


def number(value: float | None, pattern: str) -> str:
    """A number as text, a dash where there is none."""
    return "-" if value is None else pattern.format(value)


def ratio_text(ratio: Ratio | None) -> str:
    """Median, and in brackets the range of the pairs."""
    return "-" if ratio is None else f"{ratio.median:.3f} ({ratio.lowest:.3f}-{ratio.highest:.3f})"


def notes(measured: Sequence[CaseFigures]) -> list[str]:
    """What the table cannot say: failures, the rows each side flagged, growth of memory."""
    lines = []
    for figures in measured:
        name = figures.case.name
        if failure := figures.failure():
            lines.append(f"{name}: {failure}")
        ours, theirs = side_flagged(figures.labelaudit), side_flagged(figures.cleanlab)
        if ours is not None and theirs is not None:
            difference = "both" if ours == theirs else f"cleanlab {theirs:,}, DIFFERENT: labelaudit"
            lines.append(f"{name}: flagged by {difference} {ours:,}")
        if figures.case.grows_from:
            lines.append(f"{name}: {growth(figures, measured)}")
    return lines


def growth(figures: CaseFigures, measured: Sequence[CaseFigures]) -> str:
    """labelaudit's peak memory against the same on the smaller case."""
    smaller = next((other for other in measured if other.case.name == figures.case.grows_from), None)
    if smaller is None:
        return f"measure {figures.case.grows_from} too, for the growth of memory"
    peak, smaller_peak = (side_median(side.labelaudit, "peak_mb") for side in (figures, smaller))
    if peak is None or smaller_peak is None:
        return "no growth of memory to tell"
    rows = figures.case.n_rows / smaller.case.n_rows
    times = f"{peak / smaller_peak:.2f} times that of {smaller.case.name}"
    return f"labelaudit's peak memory is {times}, at {rows:g} times the rows"
