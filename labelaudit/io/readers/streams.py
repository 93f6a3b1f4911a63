"""Bytes of text files: decompressed, in blocks that end where a line ends; batches cut to size."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa

from labelaudit.errors import UnreadableFileError

BLOCK_BYTES = 4 << 20
"""One block of a text file; also the longest CSV row."""
LONGEST_LINE = 256 << 20
"""A line beyond this is no line of a table, and would fill the memory."""
MAGIC = {b"\x1f\x8b": "gzip", b"\x28\xb5\x2f\xfd": "zstd"}
BOM = b"\xef\xbb\xbf"
WIDE_BOMS = (b"\xff\xfe", b"\xfe\xff")


def open_bytes(path: Path) -> pa.NativeFile:
    """Open a file for reading from its start, decompressed if its first bytes say so.

    The bytes are asked, not the suffix: a `.csv` that is gzip inside is read as
    well as a `.csv.gz` that was unpacked on the way.
    """
    raw = pa.OSFile(str(path))
    start = raw.read(4)
    raw.seek(0)
    for magic, compression in MAGIC.items():
        if start.startswith(magic):
            return pa.CompressedInputStream(raw, compression)
    return raw


def line_blocks(
    path: Path, name: str, *, line_ends: bytes = b"\n", size: int | None = None
) -> Iterator[bytes]:
    r"""Read a text file in blocks of whole lines, without its byte order mark.

    Args:
        path: the file, compressed or not.
        name: how errors call it.
        line_ends: `b"\n"`, or `b"\r\n"` where a lone carriage return ends a line too.
        size: bytes to read at once; a block is longer only when a line is.

    Raises:
        UnreadableFileError: a line beyond all measure, or UTF-16.
    """
    rest: list[bytes] = []
    block = b""
    first = True
    with open_bytes(path) as stream:
        while chunk := stream.read(size or BLOCK_BYTES):
            if first:
                chunk, first = without_bom(chunk, name), False
            cut = _end_of_last_line(chunk, line_ends)
            if cut:
                # A short block waits for the next: pyarrow wants the end of a row within one block.
                block += b"".join([*rest, chunk[:cut]])
                rest = [chunk[cut:]]
                if len(block) >= (size or BLOCK_BYTES) // 2:
                    yield block
                    block = b""
                continue
            rest.append(chunk)
            if sum(map(len, rest)) > LONGEST_LINE:
                raise UnreadableFileError(
                    f"has a line of more than {LONGEST_LINE >> 20} MiB",
                    file=name,
                    hint="write one row a line",
                )
    if block := block + b"".join(rest):
        yield block


def _end_of_last_line(chunk: bytes, line_ends: bytes) -> int:
    cut = chunk.rfind(b"\n") + 1
    if b"\r" in line_ends:  # a last \r may be half of a \r\n: it waits for the next chunk
        cut = max(cut, chunk.rfind(b"\r", 0, len(chunk) - 1) + 1)
    return cut


def without_bom(start: bytes, name: str) -> bytes:
    """The first bytes of a text file without the mark of UTF-8; the mark of UTF-16 is an error."""
    if start.startswith(WIDE_BOMS):
        raise UnreadableFileError("is UTF-16, not UTF-8", file=name, hint="save the file as UTF-8")
    return start.removeprefix(BOM)


def sliced(batch: pa.RecordBatch, batch_rows: int) -> Iterator[pa.RecordBatch]:
    """Cut a record batch into batches of at most so many rows; an empty one yields nothing."""
    for start in range(0, batch.num_rows, batch_rows):
        yield batch.slice(start, batch_rows)
