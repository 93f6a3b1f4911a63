"""Lines of JSON, or of a sheet that people filled in, as records; what is none is told in plain words."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

COLUMNS = ("fingerprint", "id", "decision")
MORE_COLUMNS = ("label", "reviewer", "reason", "note")
SEPARATORS = ",;\t"
"""What spreadsheets put between cells, by the country they are set to."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """What one line says, or why it says nothing."""

    row: int  # from 0
    line: int  # 1-based, in its file
    fields: Mapping[str, Any] = field(default_factory=dict)
    fault: str = ""


def whole_text(lines: bytes) -> str:
    r"""Lines of JSON as text; a last one that was torn off within a character is left out.

    Raises:
        UnicodeDecodeError: it is not in UTF-8.

    Example:
        >>> whole_text(b'{"id": "1"}\n{"id": "\xe2\x98')
        '{"id": "1"}\n'
    """
    try:
        return lines.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        end = lines.rfind(b"\n") + 1
        if error.start < end:
            raise
        return lines[:end].decode("utf-8-sig")


def json_records(text: str) -> Iterator[Record]:
    """A record a line; a last one that was torn off half way, as a crash leaves it, is passed over."""
    lines = text.split("\n")
    for row, line in enumerate(lines):
        if not line.strip():
            continue
        fields, fault = _parsed(line)
        is_torn = fields is None and row == len(lines) - 1
        if not is_torn:
            yield Record(row=row, line=row + 1, fields=fields or {}, fault=fault)


def _parsed(line: str) -> tuple[dict[str, Any] | None, str]:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError):
        return None, "it is not JSON"
    return (value, "") if isinstance(value, dict) else ({}, f"it is no object with {', '.join(COLUMNS)}")


def csv_records(text: str) -> Iterator[Record]:
    """A record a row of a sheet, as `export --to csv` makes it; rows without a decision are none."""
    with long_fields():
        rows = _csv_rows(text)
        first = next(rows, None)
        if first is None:
            return
        header = first.fields["cells"]
        lacking = [name for name in COLUMNS if name not in header]
        if first.fault or lacking:
            yield Record(row=0, line=1, fault=first.fault or f"no column {' and '.join(lacking)}")
            return
        for row, record in enumerate(rows):
            cells = dict(zip(header, record.fields["cells"], strict=False))
            if record.fault or cells.get("decision", "").strip():
                yield Record(row=row, line=record.line, fields=_fields(cells), fault=record.fault)


def _csv_rows(text: str) -> Iterator[Record]:
    """The cells of every row that has some."""
    head = text.partition("\n")[0]
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(SEPARATORS, key=head.count), strict=True)
    line = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield Record(row=0, line=line, fields={"cells": []}, fault="a quote in it is not closed")
            return
        if any(cells):
            yield Record(row=0, line=line, fields={"cells": cells})
        line = reader.line_num + 1


def _fields(cells: Mapping[str, str]) -> dict[str, Any]:
    """What a line of JSON would hold."""
    said = {name: cells.get(name, "").strip() for name in COLUMNS if name != "id"}
    seen = {"given": cells.get("given_label") or None, "suggested": cells.get("suggested_label") or None}
    more = {name: cells[name] for name in ("id", *MORE_COLUMNS) if cells.get(name)}
    return said | more | {"seen": seen}


@contextmanager
def long_fields() -> Iterator[None]:
    """Cells may be as long as they like: a text, or a dropped record that holds a picture."""
    limit = csv.field_size_limit(sys.maxsize)
    try:
        yield
    finally:
        csv.field_size_limit(limit)
