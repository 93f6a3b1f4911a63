"""Strings of the data in a picture: escaped, measured, shortened."""

from __future__ import annotations

import re
import unicodedata
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


def _cut(text: str, kept: int) -> str:
    return f"{text[: (kept + 1) // 2]}…{text[len(text) - kept // 2 :]}"


def cut_for_telling(text: str) -> str:
    """A text that is told, not drawn: cut by its letters."""
    text = visible(text)
    return text if len(text) <= _MOST_TOLD else _cut(text, _MOST_TOLD - 1)
