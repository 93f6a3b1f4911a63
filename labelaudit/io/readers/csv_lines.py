"""On which line of a CSV file each record starts, found in one pass over its bytes.

pyarrow numbers records, people look for lines, and the two part where a quoted field holds line
ends or where lines are blank. The rules are pyarrow's: a quote opens a field only at its start, a
doubled quote stays inside, a blank line is no record. Where quotes stand only where they should,
every second one closes, and numpy counts; in a block with a stray quote each line with a quote is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from labelaudit.io.readers.streams import line_blocks
from labelaudit.types import IntArray

CR, LF, QUOTE = 13, 10, 34
NO_QUOTES = np.empty(0, np.int64)


class RecordLines:
    r"""Finds the lines on which records start, block by block.

    Example:
        >>> lines = RecordLines(",")
        >>> lines.feed(b'id,text\n1,"two\nlines"\n\n2,one\n').tolist()
        [1, 2, 5]
    """

    def __init__(self, delimiter: str) -> None:
        self.line = 1
        """The line that the next block starts with."""
        self.is_open = False
        """Whether a quoted field is open where the last block ended."""
        self._delimiter = ord(delimiter)
        self._whole, self._rest = _patterns(delimiter)

    def feed(self, block: bytes) -> IntArray:
        """The start lines of the records that start in a block of whole lines."""
        return self.places(block)[0]

    def places(self, block: bytes) -> tuple[IntArray, IntArray]:
        """The start lines of those records, and the offsets in the block at which they start."""
        starts = line_starts(block)
        found = self._found(block, starts)
        lines = self.line + found
        self.line += len(starts)
        return lines, starts[found]

    def _found(self, block: bytes, starts: IntArray) -> IntArray:
        """Which of the lines that start at these offsets start a record."""
        text = np.frombuffer(block, np.uint8)
        quotes = np.flatnonzero(text == QUOTE) if self.is_open or b'"' in block else NO_QUOTES
        if self._are_paired(text, quotes):
            inside = (np.searchsorted(quotes, starts) + self.is_open) % 2 == 1
            self.is_open = (len(quotes) + self.is_open) % 2 == 1
        else:
            inside = self._inside(block, starts, quotes)
        first = text[starts]
        return np.flatnonzero((first != LF) & (first != CR) & ~inside)

    def _are_paired(self, text: npt.NDArray[np.uint8], quotes: IntArray) -> bool:
        """Whether each quote that opens starts a field, each that closes ends one, or they are doubled."""
        if len(quotes) == 0:
            return True
        edges = np.array([LF, CR, QUOTE, self._delimiter], np.uint8)
        opening, closing = quotes[self.is_open :: 2], quotes[1 - self.is_open :: 2]
        before = text[opening[opening > 0] - 1]
        after = text[closing[closing < len(text) - 1] + 1]
        return bool(np.isin(before, edges).all() and np.isin(after, edges).all())

    def _inside(self, block: bytes, starts: IntArray, quotes: IntArray) -> npt.NDArray[np.bool_]:
        """Which lines start inside a quoted field; only lines with quotes are read."""
        text = np.frombuffer(block, np.uint8)
        stops = np.append(starts[1:], len(block))
        lines = np.searchsorted(starts, quotes, side="right") - 1
        edges = np.array([LF, CR, self._delimiter], np.uint8)
        may_open = np.zeros(len(starts), np.bool_)
        may_open[lines[(quotes == 0) | np.isin(text[quotes - 1], edges)]] = True
        inside = np.zeros(len(starts), np.bool_)
        if not self.is_open and not may_open.any():
            return inside
        opened = -1  # the line in which the open field starts
        for line in np.unique(lines).tolist():
            if self.is_open:
                if self._rest.match(block, starts[line], stops[line]):
                    self.is_open = False
                    inside[opened + 1 : line + 1] = True
            elif may_open[line] and not self._whole.match(block, starts[line], stops[line]):
                self.is_open, opened = True, line
        if self.is_open:
            inside[opened + 1 :] = True
        return inside


def _patterns(delimiter: str) -> tuple[re.Pattern[bytes], re.Pattern[bytes]]:
    """Match a line that ends its record: from the record's start, and from inside a quoted field.

    All loops are possessive, so that a line is read once whatever it holds.
    """
    mark = re.escape(delimiter.encode())
    plain = rb"[^%b\r\n]*+" % mark
    quoted = rb'(?:[^"]|"")*+"' + plain
    field = rb'(?:"%b|(?!")%b)' % (quoted, plain)
    others = rb"(?:%b%b)*+[\r\n]*+\Z" % (mark, field)
    return re.compile(field + others), re.compile(quoted + others)


def line_starts(block: bytes) -> IntArray:
    r"""Offsets at which lines start; `\n`, `\r\n` and a lone `\r` end a line.

    Example:
        >>> line_starts(b"a\nbb\r\n\rc").tolist()
        [0, 2, 6, 7]
    """
    if not block:
        return np.empty(0, np.int64)
    text = np.frombuffer(block, np.uint8)
    ends = text == LF
    if b"\r" in block:
        returns = text == CR
        returns[:-1] &= ~ends[1:]
        ends |= returns
    starts = np.flatnonzero(ends[:-1]) + 1
    return np.concatenate([np.zeros(1, np.int64), starts])


@dataclass(frozen=True, slots=True)
class CsvSource:
    """A CSV file as bytes, for those who count its lines."""

    path: Path
    name: str
    delimiter: str

    def blocks(self) -> Iterator[bytes]:
        """Blocks of whole lines; a lone carriage return ends a line too."""
        return line_blocks(self.path, self.name, line_ends=b"\r\n")

    def records(self) -> Iterator[tuple[int, IntArray]]:
        """(row of the first record, start lines of all) block by block; the header is row -1."""
        scan = RecordLines(self.delimiter)
        row = -1
        for block in self.blocks():
            starts = scan.feed(block)
            yield row, starts
            row += len(starts)

    def lines(self, rows: IntArray) -> IntArray:
        """The line on which each of these ascending rows starts."""
        return lines_of_rows(self.records(), rows)


def lines_of_rows(records: Iterable[tuple[int, IntArray]], rows: IntArray) -> IntArray:
    """Pick the lines of some ascending rows out of the (first row, start lines) of all blocks."""
    lines = np.zeros(len(rows), np.int64)
    done = 0
    for first, starts in records:
        stop = int(np.searchsorted(rows, first + len(starts)))
        lines[done:stop] = starts[rows[done:stop] - first]
        done = stop
        if done == len(rows):
            break
    if done < len(rows):
        raise IndexError(f"row {rows[done]} is beyond the end of the file")
    return lines
