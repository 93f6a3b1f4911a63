"""CSV and TSV, byte for byte but for the cells that change."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import cast

from labelaudit.errors import UnreadableFileError
from labelaudit.io.readers.csv import CsvTable
from labelaudit.io.readers.csv_lines import CsvSource, RecordLines
from labelaudit.io.readers.faults import foreign_errors
from labelaudit.io.readers.table import Table
from labelaudit.io.rewriters.csv_cells import CsvCells
from labelaudit.io.rewriters.edits import Change, Edits, Rewritten
from labelaudit.io.rewriters.records import RecordBlock, record_blocks
from labelaudit.io.rewriters.text_file import TextFile
from labelaudit.types import IntArray


def rewrite(table: Table, target: Path, edits: Edits) -> Rewritten:
    """Write the file anew with its edits."""
    return _file(table, edits).rewrite(target, edits)


def preview(table: Table, edits: Edits) -> Iterator[Change]:
    """The records that the edits change."""
    return _file(table, edits).preview(edits)


def _file(table: Table, edits: Edits) -> TextFile:
    names = table.schema.names
    source = cast(CsvTable, table).source
    editor = CsvCells(source.delimiter, names.index(edits.column), len(names))
    return TextFile(path=table.path, name=table.name, editor=editor, blocks=_blocks(source))


def _blocks(source: CsvSource) -> Iterator[RecordBlock]:
    with foreign_errors(source.name):
        yield from record_blocks(_scanned(source), source.name, row=-1)


def _scanned(source: CsvSource) -> Iterator[tuple[bytes, IntArray, IntArray]]:
    scan = RecordLines(source.delimiter)
    for block in source.blocks():
        yield block, *scan.places(block)
    if scan.is_open:
        raise UnreadableFileError("has a double quote that is never closed", file=source.name)
