"""One pass over the records of a text file, CSV or JSONL, of which only the touched ones are looked into."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import Protocol

from labelaudit.io.rewriters.edits import CellEdit, Change, Edits, Rewritten
from labelaudit.io.rewriters.place import Place
from labelaudit.io.rewriters.plan import Plan
from labelaudit.io.rewriters.records import RecordBlock

LINE_END = re.compile(rb"\r\n|[\r\n]")
LINE_ENDS = (b"\n", b"\r")


class RecordEditor(Protocol):
    """How a record of one format is changed; records come and go with their line ends."""

    def relabelled(self, record: bytes, edit: CellEdit, place: Place) -> tuple[bytes, str]:
        """The record with another label, and the former source of the cell."""
        ...

    def widened(self, record: bytes, value: str | None, place: Place) -> bytes:
        """The record with one more value at its end."""
        ...

    def widened_block(self, block: RecordBlock) -> bytes:
        """Records that all get a value that says nothing."""
        ...

    def narrowed(self, record: bytes, place: Place) -> bytes:
        """The record without its last value."""
        ...


class TextPass:
    """Changes the records of a file block by block.

    Args:
        file: how errors call it.
        edits: what is to be changed.
        editor: how.
        watched: whether `changes` are kept; who reads them clears them.
    """

    def __init__(self, file: str, edits: Edits, editor: RecordEditor, *, watched: bool = False) -> None:
        self.changes: list[Change] = []
        self._file, self._edits, self._editor, self._watched = file, edits, editor, watched
        self._plan = Plan(edits, file)
        is_reshaped = edits.added_column is not None or edits.removed_column is not None
        self._one_by_one = edits.removed_column is not None or (watched and is_reshaped)
        self._cells: list[str] = []
        self._dropped: list[str] = []
        self._line_end = b"\n"
        self._is_line_open = False

    @property
    def rewritten(self) -> Rewritten:
        """What was there before, as far as the pass has come."""
        return Rewritten(cells=tuple(self._cells), dropped=tuple(self._dropped))

    def texts(self, blocks: Iterable[RecordBlock]) -> Iterator[bytes]:
        """The new file, block by block.

        Raises:
            CorrectionError: the file is not as the edits have it.
            UnreadableFileError: a touched record is broken.
        """
        n_rows = 0
        for block in blocks:
            if n_rows <= 0 and len(block.starts):
                self._line_end = _line_end(block)
            n_rows = block.row + len(block.starts)
            if text := self._edited(block):
                self._is_line_open = not text.endswith(LINE_ENDS)
                yield text
        self._plan.require_rows(n_rows)
        if n_rows in self._plan.inserted:
            *texts, last = self._restored(n_rows)
            yield b"".join([self._line_end * self._is_line_open, *map(self._closed, texts), last])

    def _edited(self, block: RecordBlock) -> bytes:
        stop = block.row + len(block.starts)
        pieces: list[bytes] = []
        done = 0
        for row in range(block.row, stop) if self._one_by_one else self._plan.between(block.row, stop):
            number = row - block.row
            start, end = block.span(number)
            pieces += [self._between(block, done, number), *map(self._closed, self._restored(row))]
            pieces.append(self._record(block.text[start:end], self._place(row, int(block.lines[number]))))
            done = number + 1
        return b"".join([*pieces, self._between(block, done, len(block.starts))])

    def _between(self, block: RecordBlock, first: int, last: int) -> bytes:
        """Some records at which nothing happens, but that they are widened if all are."""
        part = block.part(first, last)
        return part.text if self._edits.added_column is None else self._editor.widened_block(part)

    def _record(self, record: bytes, place: Place) -> bytes:
        changed: bytes | None = record
        if place.row in self._plan.dropped:
            self._dropped.append(_shown(record))
            changed = None
        else:
            changed = self._reshape(self._relabelled(record, place), place)
        if self._watched and changed != record:
            after = None if changed is None else _shown(changed).rstrip("\r\n")
            before = _shown(record).rstrip("\r\n")
            self.changes.append(Change(row=place.row, line=place.line, before=before, after=after))
        return changed or b""

    def _relabelled(self, record: bytes, place: Place) -> bytes:
        edit = self._plan.cells.get(place.row)
        if edit is None:
            return record
        record, former = self._editor.relabelled(record, edit, place)
        self._cells.append(former)
        return record

    def _reshape(self, record: bytes, place: Place) -> bytes:
        name = self._edits.added_column
        if name is not None:
            value = name if place.row < 0 else self._edits.added.get(place.row)
            record = self._editor.widened(record, value, place)
        return record if self._edits.removed_column is None else self._editor.narrowed(record, place)

    def _restored(self, row: int) -> list[bytes]:
        """The records that were dropped in front of a row, as they were."""
        texts = []
        for new_row, text in self._plan.inserted.get(row, ()):
            texts.append(self._place(new_row, None).encoded_source(text))
            if self._watched:
                after = text.rstrip("\r\n")
                self.changes.append(Change(row=new_row, line=None, before="", after=after))
        return texts

    def _closed(self, record: bytes) -> bytes:
        return record if record.endswith(LINE_ENDS) else record + self._line_end

    def _place(self, row: int, line: int | None) -> Place:
        return Place(file=self._file, column=self._edits.column, row=row, line=line)


def _line_end(block: RecordBlock) -> bytes:
    start, end = block.span(0)
    record = block.text[start:end]
    found = LINE_END.match(record, len(record.rstrip(b"\r\n")))
    return found.group() if found else b"\n"


def _shown(record: bytes) -> str:
    return record.decode("utf-8", "surrogateescape")
