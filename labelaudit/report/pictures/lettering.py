"""Strings of the data in a picture: escaped, measured, shortened."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from html import escape

from labelaudit.report.text import visible

TEXT_SIZE = 11

_MOST_LETTERS = 60  # combining marks have no width, and a thousand of them would still be drawn
_MOST_TOLD = 120

_NOT_XML = re.compile("[\ufffe\uffff]")  # `visible` spells out the other characters that XML forbids

# Widths in units of the font size, of DejaVu Sans, the widest of the fonts that system-ui may be.
_NARROW, _USUAL, _WIDE, _SQUARE = 0.36, 0.62, 0.9, 1.05


def safe(text: str) -> str:
    r"""Text from the data as content or attribute of an element.

    Example:
        >>> safe('<script> & "\x1b"')
        '&lt;script&gt; &amp; &quot;\\x1b&quot;'
    """
    return escape(_NOT_XML.sub("\N{REPLACEMENT CHARACTER}", visible(text)))


def text_width(text: str, size: float = TEXT_SIZE) -> float:
    """About how many pixels a text takes; rather more than less."""
    return size * sum(_letter_width(letter) for letter in text)


def _letter_width(letter: str) -> float:
    if unicodedata.combining(letter):
        return 0.0
    if unicodedata.east_asian_width(letter) in "WF":
        return _SQUARE
    if letter in "fijlrtI.,:;|!'()[]/\\- ":
        return _NARROW
    return _WIDE if letter in "mwMW@%—…" else _USUAL + 0.08 * letter.isupper()


def shortened(text: str, width: float, size: float = TEXT_SIZE) -> str:
    """A text made visible and cut to a width in pixels, in its middle, since long names differ at their ends.

    Example:
        >>> shortened("declined_card_payment", 90), shortened("cat", 90)
        ('declin…ayment', 'cat')
    """
    text = visible(text)
    if len(text) <= _MOST_LETTERS and text_width(text, size) <= width:
        return text
    kept = min(len(text), _MOST_LETTERS) - 1
    while kept > 1 and text_width(_cut(text, kept), size) > width:
        kept -= 1
    return _cut(text, kept)


def shortened_apart(names: Sequence[str], width: float) -> dict[str, str]:
    """Names cut to a width so that they differ: without what all of them begin with, where it takes that.

    Example:
        >>> names = [f"class {'of a long name ' * 3}{end}, and so on for long" for end in ("a", "b")]
        >>> list(shortened_apart(names, 90).values())
        ['…a, and so o…', '…b, and so o…']
    """
    cut = {name: shortened(name, width) for name in names}
    alike = Counter(cut.values())
    for told in [told for told, n in alike.items() if n > 1]:
        same = [name for name in cut if cut[name] == told]
        seen = [visible(name) for name in same]
        ends = list(zip(min(seen), max(seen), strict=False))  # what these two share, all between them do
        common = next((i for i, (one, other) in enumerate(ends) if one != other), len(ends))
        cut |= {name: _from(text, common, width) for name, text in zip(same, seen, strict=True)}
    return cut


def _from(text: str, start: int, width: float) -> str:
    """The part of a text behind its start, as much as fits."""
    rest = f"…{text[start : start + _MOST_LETTERS - 2]}"
    if start + _MOST_LETTERS - 2 >= len(text) and text_width(rest) <= width:
        return rest
    while len(rest) > 1 and text_width(f"{rest}…") > width:
        rest = rest[:-1]
    return f"{rest}…" if len(rest) > 1 else rest


def _cut(text: str, kept: int) -> str:
    return f"{text[: (kept + 1) // 2]}…{text[len(text) - kept // 2 :]}"


def cut_for_telling(text: str) -> str:
    """A text that is told, not drawn: cut by its letters."""
    text = visible(text)
    return text if len(text) <= _MOST_TOLD else _cut(text, _MOST_TOLD - 1)
