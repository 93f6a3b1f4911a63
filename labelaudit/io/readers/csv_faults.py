"""The second look at a CSV file that pyarrow refused: which row, which line, which text.

It is slow and therefore only taken when there is something to find.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelaudit.errors import UnreadableFileError
from labelaudit.io.readers.csv_lines import CsvSource, RecordLines, line_starts
from labelaudit.io.readers.csv_parse import UNCLOSED, parsed
from labelaudit.io.readers.faults import first_line
from labelaudit.io.readers.streams import BLOCK_BYTES

NUMBER = re.compile(rb"\s*+[+-]?+(?:(?:\d++\.?+\d*+|\.\d++)(?:e[+-]?+\d++)?+|nan|inf(?:inity)?+)\s*+", re.I)
RAGGED = re.compile(r"Row #(\d+): Expected (\d+) columns, got (\d+)")
DECIMAL_COMMA = re.compile(r"[+-]?\d*,\d+")
MISSING = frozenset({"na", "n/a", "null", "none", "-", "?", "missing"})


def csv_fault(
    source: CsvSource, types: Mapping[str, pa.DataType], error: pa.ArrowInvalid
) -> UnreadableFileError:
    """Find the place of what pyarrow complained about and say it in our words.

    Args:
        source: the file.
        types: the columns that were read, and as what.
        error: the complaint.
    """
    complaint = str(error)
    if ragged := RAGGED.search(complaint):
        return _ragged(source, *map(int, ragged.groups()))
    if "straddl" in complaint or complaint == UNCLOSED:
        return _unclosed_quote(source) or _too_long(source)
    numbers = [column for column, type in types.items() if pa.types.is_floating(type)]
    found = None
    if "UTF8" in complaint:
        found = _not_utf8(source)
    elif numbers:
        found = _not_a_number(source, numbers)
    return found or UnreadableFileError(f"cannot be parsed: {first_line(error)}", file=source.name)


def _ragged(source: CsvSource, record: int, expected: int, actual: int) -> UnreadableFileError:
    row = record - 2  # records count from 1, and the header is the first
    if unclosed := _unclosed_quote(source, row):
        return unclosed
    return UnreadableFileError(
        f"has {actual} field{'s' if actual != 1 else ''}, the header has {expected}",
        file=source.name,
        row=row,
        line=int(source.lines(np.array([row]))[0]),
        hint="put a field that holds the delimiter in double quotes",
    )


def _too_long(source: CsvSource) -> UnreadableFileError:
    return UnreadableFileError(
        f"has a row of more than {BLOCK_BYTES >> 20} MiB",
        file=source.name,
        hint="keep large content in files of its own and name them in a column",
    )


def _unclosed_quote(source: CsvSource, row: int | None = None) -> UnreadableFileError | None:
    """The record that a quote keeps open until the end of the file, if there is one (and it is this row)."""
    scan = RecordLines(source.delimiter)
    n_records = line = 0
    for block in source.blocks():
        starts = scan.feed(block)
        if len(starts):
            n_records, line = n_records + len(starts), int(starts[-1])
    if not scan.is_open or row not in (None, n_records - 2):
        return None
    return UnreadableFileError(
        "opens a double quote that is never closed",
        file=source.name,
        row=n_records - 2 if n_records > 1 else None,
        line=line,
        hint="close it; a quote inside a quoted field is written twice",
    )


def _not_utf8(source: CsvSource) -> UnreadableFileError | None:
    scan = RecordLines(source.delimiter)
    row = -1
    for block in source.blocks():
        line = scan.line
        starts = scan.feed(block)
        try:
            block.decode()
        except UnicodeDecodeError as error:
            line += len(line_starts(block[: error.start + 1])) - 1
            row += int(np.searchsorted(starts, line, side="right")) - 1
            return UnreadableFileError(
                f"is not UTF-8: byte 0x{block[error.start]:02x} on line {line}",
                file=source.name,
                row=row if row >= 0 else None,
                line=line,
                hint="save the file as UTF-8",
            )
        row += len(starts)
    return None


def _not_a_number(source: CsvSource, columns: Sequence[str]) -> UnreadableFileError | None:
    row = 0
    for batch in parsed(source, dict.fromkeys(columns, pa.binary())):
        places = [(_first_text(batch.column(column)), column) for column in columns]
        found = [(place, column) for place, column in places if place is not None]
        if found:
            place, column = min(found, key=lambda one: one[0])  # ties go to the first column asked for
            if unclosed := _unclosed_quote(source, row + place):
                return unclosed
            text = batch.column(column)[place].as_py().decode("utf-8", "replace")
            return UnreadableFileError(
                f"{_shown(text)} is not a number",
                file=source.name,
                column=column,
                row=row + place,
                line=int(source.lines(np.array([row + place]))[0]),
                hint=_number_hint(text),
            )
        row += batch.num_rows
    return None


def _first_text(column: pa.Array) -> int | None:
    """Place of the first value that is no number; all of them are cast before one is looked at."""
    try:
        pc.cast(pc.ascii_trim_whitespace(pc.cast(column, pa.string())), pa.float64())
    except pa.ArrowInvalid:
        values = enumerate(column.to_pylist())
        return next((i for i, value in values if value is not None and not NUMBER.fullmatch(value)), None)
    return None


def _shown(text: str) -> str:
    return repr(text if len(text) <= 40 else text[:37] + "...")


def _number_hint(text: str) -> str:
    if DECIMAL_COMMA.fullmatch(text.strip()):
        return "write decimals with a point"
    if text.strip().lower() in MISSING or not text.strip():
        return "leave the field of a missing value empty"
    return "repair the value, or name the columns that hold the numbers"
