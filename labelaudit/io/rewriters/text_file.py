"""A text file that is written anew: with its byte order mark, and compressed if it was."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa

from labelaudit.io.readers.faults import foreign_errors
from labelaudit.io.readers.streams import BOM, MAGIC, open_bytes
from labelaudit.io.rewriters.edits import Change, Edits, Rewritten
from labelaudit.io.rewriters.records import RecordBlock
from labelaudit.io.rewriters.text_pass import RecordEditor, TextPass


@dataclass(frozen=True, slots=True, kw_only=True)
class TextFile:
    """A file, and how its records are found and changed; it is read once."""

    path: Path
    name: str
    editor: RecordEditor
    blocks: Iterator[RecordBlock]

    def rewrite(self, target: Path, edits: Edits) -> Rewritten:
        """Write the new file; what the system says of the target stays an OSError."""
        done = TextPass(self.name, edits, self.editor)
        with foreign_errors(self.name):
            mark, compression = _form(self.path)
        with target.open("wb") as raw, _packed(raw, compression) as stream:
            stream.write(mark)
            for text in done.texts(self.blocks):
                stream.write(text)
        return done.rewritten

    def preview(self, edits: Edits) -> Iterator[Change]:
        """The records that change, as the file is read."""
        done = TextPass(self.name, edits, self.editor, watched=True)
        for _ in done.texts(self.blocks):
            yield from done.changes
            done.changes.clear()
        yield from done.changes


def _packed(raw: BinaryIO, compression: str | None) -> AbstractContextManager[Any]:
    return nullcontext(raw) if compression is None else pa.CompressedOutputStream(raw, compression)


def _form(path: Path) -> tuple[bytes, str | None]:
    """The byte order mark of a file, and how it is compressed: the bytes are asked, as its reader does."""
    with path.open("rb") as raw:
        start = raw.read(4)
    with open_bytes(path) as stream:
        mark = BOM if stream.read(len(BOM)) == BOM else b""
    return mark, next((name for magic, name in MAGIC.items() if start.startswith(magic)), None)
