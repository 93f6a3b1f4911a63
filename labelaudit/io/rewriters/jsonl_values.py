"""The label of one JSON line, replaced where it stands; all other bytes stay."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from labelaudit.io.rewriters.edits import CellEdit
from labelaudit.io.rewriters.json_spans import Member, members
from labelaudit.io.rewriters.place import Place, shown
from labelaudit.io.rewriters.records import RecordBlock
from labelaudit.io.text import as_text

NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?")
WHOLE = re.compile(r"-?[0-9]+")


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonValues:
    """Changes values of lines."""

    file: str
    column: str
    added_column: str | None = None
    removed_column: str | None = None

    def relabelled(self, record: bytes, edit: CellEdit, place: Place) -> tuple[bytes, str]:
        """The line with another label, and the former value as JSON."""
        text = _text(record, place)
        label = next((m for m in members(text, place)[1] if m.name == self.column), None)
        if label is None:
            raise place.misfit("the label is missing")
        former = text[label.value_start : label.stop]
        new_text = place.new_text(_label_text(label.value, edit.old), edit)
        if edit.new_cell is None:
            new = _json_value(label.value, former, new_text, _is_escaped(text), place)
        else:
            new = _checked_json(edit.new_cell, place)
        return place.encoded(text[: label.value_start] + new + text[label.stop :]), former

    def widened(self, record: bytes, value: str | None, place: Place) -> bytes:
        """The line with one more value, spaced as the others are; null without one."""
        text = _text(record, place)
        opened, found = members(text, place)
        if any(member.name == self.added_column for member in found):
            raise place.misfit(f"has a value named {shown(self.added_column or '')} already")
        ascii_only = _is_escaped(text)
        comma, colon = _spacing(text, found)
        new = json.dumps(self.added_column, ensure_ascii=ascii_only) + colon
        new += json.dumps(value, ensure_ascii=ascii_only)
        at = found[-1].stop if found else opened
        return place.encoded(text[:at] + (comma if found else "") + new + text[at:])

    def widened_block(self, block: RecordBlock) -> bytes:
        """Lines that all get a null."""
        pieces = [block.part(0, 0).text]
        for number, line in enumerate(block.lines.tolist()):
            place = Place(file=self.file, column=self.column, row=block.row + number, line=line)
            start, end = block.span(number)
            pieces.append(self.widened(block.text[start:end], None, place))
        return b"".join(pieces)

    def narrowed(self, record: bytes, place: Place) -> bytes:
        """The line without its last value, which must be of that name."""
        text = _text(record, place)
        opened, found = members(text, place)
        if not found or found[-1].name != self.removed_column:
            raise place.misfit(f"the last value is not that of {shown(self.removed_column or '')}")
        start = found[-2].stop if len(found) > 1 else opened
        return place.encoded(text[:start] + text[found[-1].stop :])


def _text(record: bytes, place: Place) -> str:
    try:
        return record.decode()
    except UnicodeDecodeError as error:
        raise place.unreadable(f"is not UTF-8: {error.reason}", hint="save the file as UTF-8") from error


def _is_escaped(text: str) -> bool:
    """Whether a line writes letters beyond ASCII as escapes."""
    return text.isascii() and "\\u" in text


def _spacing(text: str, found: list[Member]) -> tuple[str, str]:
    """What stands between two values, and between name and value."""
    if not found:
        return ", ", ": "
    colon = text[found[0].name_stop : found[0].value_start]
    if len(found) > 1:
        return text[found[0].stop : found[1].start], colon
    return (", " if colon.endswith(" ") else ","), colon


def _label_text(value: Any, old: str) -> str | None:
    """A value as the label reader reads it; None for null.

    A whole number in a column of decimals is read as one of them: the reading that was expected wins.
    """
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, list | dict):
        return json.dumps(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    try:
        as_decimal = as_text(pa.array([float(value)])).to_pylist()[0]
    except OverflowError:
        as_decimal = None
    return str(value) if isinstance(value, int) and str(value) == old else as_decimal


def _json_value(old: Any, former: str, new: str, ascii_only: bool, place: Place) -> str:
    """The new label as JSON, of the old one's type."""
    if isinstance(old, str):
        return json.dumps(new, ensure_ascii=ascii_only)
    if isinstance(old, bool):
        if new in ("true", "false"):
            return new
        raise place.misfit(f"{shown(new)} is not true or false, as the label there is")
    if isinstance(old, int | float):
        if not NUMBER.fullmatch(new):
            raise place.misfit(f"{shown(new)} is no number, as the label there is")
        return new + ".0" if WHOLE.fullmatch(new) and not WHOLE.fullmatch(former) else new
    raise place.misfit("the label is a list or an object, which cannot be corrected")


def _checked_json(text: str, place: Place) -> str:
    try:
        json.loads(text)
    except ValueError as error:
        raise place.misfit("the former value that is to be put back is no JSON") from error
    return text
