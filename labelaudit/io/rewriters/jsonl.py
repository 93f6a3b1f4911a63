"""JSONL, byte for byte but for the values that change."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from labelaudit.io.readers.csv_lines import LF
from labelaudit.io.readers.faults import foreign_errors
from labelaudit.io.readers.streams import line_blocks
from labelaudit.io.readers.table import Table
from labelaudit.io.rewriters.edits import Change, Edits, Rewritten
from labelaudit.io.rewriters.jsonl_values import JsonValues
from labelaudit.io.rewriters.records import RecordBlock, record_blocks
from labelaudit.io.rewriters.text_file import TextFile
from labelaudit.types import IntArray

SPACES = np.frombuffer(b" \t\n\r\x0b\f", np.uint8)


def rewrite(table: Table, target: Path, edits: Edits) -> Rewritten:
    """Write the file anew with its edits."""
    return _file(table, edits).rewrite(target, edits)


def preview(table: Table, edits: Edits) -> Iterator[Change]:
    """The lines that the edits change."""
    return _file(table, edits).preview(edits)


def _file(table: Table, edits: Edits) -> TextFile:
    editor = JsonValues(
        file=table.name,
        column=edits.column,
        added_column=edits.added_column,
        removed_column=edits.removed_column,
    )
    return TextFile(path=table.path, name=table.name, editor=editor, blocks=_blocks(table))


def _blocks(table: Table) -> Iterator[RecordBlock]:
    with foreign_errors(table.name):
        yield from record_blocks(_scanned(table), table.name, row=0)


def _scanned(table: Table) -> Iterator[tuple[bytes, IntArray, IntArray]]:
    line = 1
    for text in line_blocks(table.path, table.name):
        starts = object_starts(text)
        yield text, line + starts[1], starts[0]
        line += text.count(b"\n")


def object_starts(text: bytes) -> tuple[IntArray, IntArray]:
    r"""Offsets of the lines that are not blank, and the numbers of these lines from 0.

    Example:
        >>> [places.tolist() for places in object_starts(b'{"a": 1}\n \r\n{"a": 2}')]
        [[0, 12], [0, 2]]
    """
    letters = np.frombuffer(text, np.uint8)
    starts = np.concatenate([np.zeros(1, np.int64), np.flatnonzero(letters == LF) + 1])
    starts = starts[starts < len(text)]
    stops = np.append(starts[1:], len(text))
    filled = np.ones(len(starts), np.bool_)
    for line in np.flatnonzero(np.isin(letters[starts], SPACES)):
        filled[line] = not text[starts[line] : stops[line]].isspace()
    return starts[filled], np.flatnonzero(filled)
