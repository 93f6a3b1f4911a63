"""Standard input as a table: kept in a temporary file while it is audited."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from labelaudit.errors import EmptyDatasetError
from labelaudit.io.readers.faults import foreign_errors, temporary_room
from labelaudit.io.readers.streams import open_bytes
from labelaudit.io.tables import Table, open_table, sniff_format

NAME = "<stdin>"
CHUNK_BYTES = 1 << 20
SNIFFED_BYTES = 1 << 16


@contextmanager
def spooled_stdin(stream: BinaryIO, format: str | None = None) -> Iterator[Table]:
    r"""Copy a stream to a temporary file and open that as a table.

    An audit reads its input several times and a pipe can be read once. The file
    lies in TMPDIR and goes on every way out of the block.

    Args:
        stream: standard input, as bytes; compressed text is fine.
        format: a key of `FORMATS`; told from the first bytes when left out.

    Raises:
        EmptyDatasetError: the stream holds nothing.
        UnreadableFileError: its format is none of those.
        OutputError: the temporary folder is full.

    Example:
        >>> import io
        >>> with spooled_stdin(io.BytesIO(b"id,label\n1,cat\n")) as table:
        ...     table.name, table.format, table.schema.names
        ('<stdin>', 'csv', ['id', 'label'])
    """
    with temporary_room():
        folder = tempfile.TemporaryDirectory(prefix="labelaudit-")
    with folder:
        path = Path(folder.name, "stdin")
        with temporary_room(), path.open("wb") as file:
            shutil.copyfileobj(stream, file, CHUNK_BYTES)
        if path.stat().st_size == 0:
            raise EmptyDatasetError(
                "is empty", file=NAME, hint="did the command before the pipe write its rows to stdout?"
            )
        yield open_table(path, name=NAME, format=format or _sniffed(path))


def _sniffed(path: Path) -> str:
    with foreign_errors(NAME), open_bytes(path) as stream:
        return sniff_format(stream.read(SNIFFED_BYTES), name=NAME)
