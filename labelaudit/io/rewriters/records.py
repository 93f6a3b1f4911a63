"""Text files as stretches of whole records, with the bytes at which each of them starts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from labelaudit.errors import UnreadableFileError
from labelaudit.io.readers.streams import LONGEST_LINE
from labelaudit.types import IntArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RecordBlock:
    """Some whole records; each goes up to the next one, with its line end and the blank lines behind it.

    So whatever record is taken away and put back, the blank lines are where they were.
    """

    text: bytes
    row: int  # of the first record
    starts: IntArray  # (n,) offsets in the text; only the first block may have text before its first record
    lines: IntArray  # (n,) 1-based

    def span(self, place: int) -> tuple[int, int]:
        """Where one of the records starts and ends."""
        return self._start(place), self._start(place + 1)

    def part(self, first: int, last: int) -> RecordBlock:
        """The records first..last-1; the first part has what stands before all records."""
        start = self._start(first) if first else 0
        return RecordBlock(
            text=self.text[start : self._start(last)],
            row=self.row + first,
            starts=self.starts[first:last] - start,
            lines=self.lines[first:last],
        )

    def _start(self, place: int) -> int:
        return int(self.starts[place]) if place < len(self.starts) else len(self.text)


def record_blocks(
    scanned: Iterable[tuple[bytes, IntArray, IntArray]], file: str, *, row: int
) -> Iterator[RecordBlock]:
    r"""Cut blocks of lines anew, so that no record goes on in the next block.

    Args:
        scanned: (text, 1-based start lines, start offsets) of the records that start in each block.
        file: how errors call the file.
        row: number of the first record.

    Raises:
        UnreadableFileError: a record beyond all measure.

    Example:
        >>> first = b'a\n"b\n', np.array([1, 2]), np.array([0, 2])
        >>> second = b'c"\nd\n', np.array([4]), np.array([3])
        >>> [(block.text, block.row) for block in record_blocks([first, second], "a.csv", row=0)]
        [(b'a\n', 0), (b'"b\nc"\n', 1), (b'd\n', 2)]
    """
    held: list[bytes] = []  # the last record so far, or what stands before the first
    held_line = np.empty(0, np.int64)
    for text, lines, starts in scanned:
        if len(starts) == 0:
            held.append(text)
            if sum(map(len, held)) > LONGEST_LINE:
                raise UnreadableFileError(f"has a row of more than {LONGEST_LINE >> 20} MiB", file=file)
            continue
        n_held, cut = sum(map(len, held)), int(starts[-1])
        yield RecordBlock(
            text=b"".join([*held, memoryview(text)[:cut]]),
            row=row,
            starts=np.concatenate([np.zeros_like(held_line), starts[:-1] + n_held]),
            lines=np.concatenate([held_line, lines[:-1]]),
        )
        row += len(held_line) + len(starts) - 1
        held, held_line = [text[cut:]], lines[-1:]
    yield RecordBlock(text=b"".join(held), row=row, starts=np.zeros_like(held_line), lines=held_line)
