"""The cells of one CSV record as they stand there, quotes and all.

The rules are those of the reader: a quote opens a field only at its start, a doubled one stays inside,
and what follows the closing one belongs to the field as it is.
"""

from __future__ import annotations

import re

import numpy as np

from labelaudit.io.readers.csv_lines import CR, LF
from labelaudit.io.rewriters.edits import CellEdit
from labelaudit.io.rewriters.place import Place
from labelaudit.io.rewriters.records import RecordBlock

LINE_ENDS = b"\r\n"
QUOTED = re.compile(r'"([^"]*+(?:""[^"]*+)*+)"(.*)', re.DOTALL)
DELIMITERS = re.compile(r"[,;\t]")


class CsvCells:
    """Changes cells of records.

    Args:
        delimiter: what stands between cells.
        place: of the label column, from 0.
        n_columns: of the file.
    """

    def __init__(self, delimiter: str, place: int, n_columns: int) -> None:
        self._delimiter = delimiter
        mark = re.escape(delimiter.encode())
        plain = rb"[^%b\r\n]*+" % mark
        cell = rb'(?:"[^"]*+(?:""[^"]*+)*+"%b|(?!")%b)' % (plain, plain)
        self._cell = re.compile(cell)
        self._label = re.compile(rb"(?:%b%b){%d}(%b)" % (cell, mark, place, cell))
        others = rb"%b(?:%b%b){%d}" % (cell, mark, cell, max(0, n_columns - 2))
        self._before_last = re.compile(rb"%b(?=%b%b[\r\n]*+\Z)" % (others, mark, cell))
        self._special = re.compile('["\r\n' + re.escape(delimiter) + "]")

    def relabelled(self, record: bytes, edit: CellEdit, place: Place) -> tuple[bytes, str]:
        """The record with another label, and the former cell."""
        found = self._label.match(record)
        if found is None:
            raise place.unreadable("has too few fields")
        cell = found.group(1).decode("utf-8", "surrogateescape")
        text = place.new_text(unquoted(cell), edit)
        if edit.new_cell is None:
            written = place.encoded(self.quoted(text, force=cell.startswith('"')))
        else:
            written = place.encoded_source(edit.new_cell)
            if not self._cell.fullmatch(written):
                raise place.misfit("the former cell that is to be put back is no CSV field")
        return record[: found.start(1)] + written + record[found.end(1) :], cell

    def widened(self, record: bytes, value: str | None, place: Place) -> bytes:
        """The record with one more cell."""
        content = record.rstrip(LINE_ENDS)
        # A header tells the reader the delimiter by what stands outside quotes.
        force = place.row < 0 and value is not None and DELIMITERS.search(value) is not None
        cell = "" if value is None else self.quoted(value, force=force)
        return content + place.encoded(self._delimiter + cell) + record[len(content) :]

    def widened_block(self, block: RecordBlock) -> bytes:
        """Records that all get an empty cell."""
        if len(block.starts) == 0:
            return block.text
        letters = np.frombuffer(block.text, np.uint8)
        ends = np.append(block.starts[1:], len(letters))
        behind = np.arange(len(ends))  # the records whose ends still stand behind a line end
        while len(behind):
            behind = behind[np.isin(letters[ends[behind] - 1], (CR, LF))]
            ends[behind] -= 1
        return np.insert(letters, ends, ord(self._delimiter)).tobytes()

    def narrowed(self, record: bytes, place: Place) -> bytes:
        """The record without its last cell."""
        found = self._before_last.match(record)
        if found is None:
            raise place.unreadable("has more or fewer fields than the header")
        return found.group() + record[len(record.rstrip(LINE_ENDS)) :]

    def quoted(self, text: str, *, force: bool) -> str:
        """A text as a cell; empty text is quoted too, for single columns would have a blank line."""
        if text and not force and not self._special.search(text):
            return text
        return '"' + text.replace('"', '""') + '"'


def unquoted(cell: str) -> str:
    """The text of a cell.

    Example:
        >>> unquoted('"a ""b"" c"'), unquoted('a "b"'), unquoted('"a"b')
        ('a "b" c', 'a "b"', 'ab')
    """
    found = QUOTED.fullmatch(cell)
    return cell if found is None else found.group(1).replace('""', '"') + found.group(2)
