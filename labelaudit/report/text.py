"""Words that several renderers share, and strings made safe to show."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from labelaudit.explanation import Explanation
    from labelaudit.types import Summary, Suspect

# What can move the cursor, recolour the screen, forge a line or turn text around: C0 and C1
# controls, line and paragraph separators, bidirectional marks; and halves of surrogate pairs, which
# no encoding can write (undecodable bytes in file names).
_UNSAFE = re.compile(
    "[\x00-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]"
)

_CONTROLS = re.compile("[\x7f-\x9f]")  # legal in JSON, but some terminals obey them


def visible(text: str) -> str:
    r"""Text from the data with its control characters spelled out.

    Example:
        >>> print(visible("red \x1b[31m, two\nlines"))
        red \x1b[31m, two\nlines
    """
    return _UNSAFE.sub(lambda found: found[0].encode("unicode_escape").decode("ascii"), text)


def shortened(text: str, most: int) -> str:
    """Text from the data, visible and cut to `most` letters, in its middle: long names differ at their ends.

    Example:
        >>> shortened("declined_card_payment", 12)
        'declin…yment'
    """
    text = visible(text)
    if len(text) <= most:
        return text
    return f"{text[: most // 2]}…{text[len(text) - (most - 1) // 2 :]}"


def json_text(value: Any, *, indent: int | None = None) -> str:
    """JSON as every form writes it: readable letters, no NaN, nothing that a terminal obeys."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, indent=indent)
    return _CONTROLS.sub(lambda found: f"\\u{ord(found[0]):04x}", text)


def place_of(row: Suspect | Explanation) -> str:
    """Where a row is: `labels.csv:12`, or `labels.parquet row 11` where files have no lines."""
    file = visible(row.file)
    return f"{file} row {row.row}" if row.line is None else f"{file}:{row.line}"


def percent(share: float) -> str:
    """A share as percent, with a digit behind the point.

    Example:
        >>> percent(0.0517)
        '5.2 %'
    """
    return f"{100 * share:.1f} %"


def number(value: float | None) -> str:
    """A score with three digits behind the point, its magnitude where that is not enough."""
    if value is None:
        return ""
    return f"{value:.0e}" if 0 < value < 0.0005 else f"{value:.3f}"


def counted(n: int, noun: str, plural: str = "") -> str:
    """A count with its noun.

    Example:
        >>> counted(1, "class", "classes"), counted(1797, "row")
        ('1 class', '1,797 rows')
    """
    return f"{n:,} {noun if n == 1 else plural or noun + 's'}"


def verdict(summary: Summary) -> str:
    """The audit in one line: rows, classes, suspects."""
    return (
        f"{counted(summary.n_rows, 'row')}, {counted(summary.n_classes, 'class', 'classes')}: "
        f"{counted(summary.n_suspects, 'suspect')} ({percent(summary.suspect_rate)})"
    )


def estimate(summary: Summary) -> str:
    """What the model makes of the whole, as a range, and what that is worth; empty without it."""
    found = summary.est_errors
    if found is None:
        return ""
    span = f"model estimate: {found['low']:,} to {found['high']:,} label errors"
    clean = "; where the model is surest all agree, the data may be clean" if found["looks_clean"] else ""
    return f"{span}{clean} (not a count: only a review can tell)"
