"""Which reader opens which file: the registry of table formats.

A reader is one module in `labelaudit.io.readers` with a function `open_table(path, name, format)`
and one entry in `FORMATS`; it is imported when the first file of its format is opened.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import cast

from labelaudit.errors import UnreadableFileError, UsageError
from labelaudit.io.lfs import POINTER_BYTES, is_pointer
from labelaudit.io.readers.faults import foreign_errors
from labelaudit.io.readers.table import Kind, Table, TablePart

__all__ = [
    "FORMATS",
    "Format",
    "Kind",
    "Table",
    "TablePart",
    "format_of",
    "is_table",
    "open_table",
    "sniff_format",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """Where a format's reader is and how its files are called."""

    reader: str
    suffixes: tuple[str, ...]
    is_text: bool = False
    """Text may be compressed: `.csv.gz`."""


FORMATS: dict[str, Format] = {
    "parquet": Format(reader="parquet", suffixes=(".parquet",)),
    "csv": Format(reader="csv", suffixes=(".csv",), is_text=True),
    "tsv": Format(reader="csv", suffixes=(".tsv",), is_text=True),
    "jsonl": Format(reader="jsonl", suffixes=(".jsonl", ".ndjson"), is_text=True),
    "arrow": Format(reader="arrow", suffixes=(".arrow", ".feather")),
    "npy": Format(reader="npy", suffixes=(".npy",)),
}
COMPRESSIONS = (".gz", ".zst")
SUFFIXES: dict[str, str] = {
    suffix + compression: name
    for name, format in FORMATS.items()
    for suffix in format.suffixes
    for compression in ("", *(COMPRESSIONS if format.is_text else ()))
}


def format_of(path: Path) -> str | None:
    """The format that a file's name tells, None when it tells nothing.

    Example:
        >>> format_of(Path("train.csv.gz")), format_of(Path("notes.txt"))
        ('csv', None)
    """
    lowered = path.name.lower()
    return next((name for suffix, name in SUFFIXES.items() if lowered.endswith(suffix)), None)


def is_table(path: Path) -> bool:
    """Whether the file's name is that of a table; the file itself is not opened.

    Example:
        >>> is_table(Path("TRAIN.CSV.zst")), is_table(Path("arrays.npz"))
        (True, False)
    """
    return format_of(path) is not None


def open_table(path: Path, *, name: str | None = None, format: str | None = None) -> Table:
    """Open a file with the reader that its name, or `format`, tells.

    Only the start of the file (Parquet and Arrow: its footer) is read.

    Args:
        path: the file.
        name: how errors call it; the path when left out.
        format: a key of `FORMATS`; found by the suffix when left out.

    Raises:
        InputNotFoundError: there is no such file.
        UsageError: nothing tells the format.
        UnreadableFileError: the file is damaged, empty, or not of its format.
    """
    shown = str(path) if name is None else name
    with foreign_errors(shown):
        n_bytes = path.stat().st_size
    if not path.is_file():
        raise UnreadableFileError(
            "is a folder" if path.is_dir() else "is no regular file",
            file=shown,
            hint="name a file here; use - to read a pipe",
        )
    chosen = format or format_of(path)
    if chosen not in FORMATS:
        raise UsageError("is of no known format", file=shown, hint=_known_suffixes(path))
    if n_bytes == 0:
        raise UnreadableFileError("is empty (0 bytes)", file=shown, hint="was it written to the end?")
    if n_bytes < POINTER_BYTES:
        _refuse_pointer(path, shown)
    reader = import_module(f"labelaudit.io.readers.{FORMATS[chosen].reader}")
    table = cast(Table, reader.open_table(path, shown, chosen))
    with foreign_errors(shown, says="has column names that are not UTF-8"):
        _ = table.schema.names  # pyarrow decodes them here and not before
    return table


def _refuse_pointer(path: Path, shown: str) -> None:
    with foreign_errors(shown):
        start = path.read_bytes()
    if is_pointer(start):
        raise UnreadableFileError(
            "is a Git LFS pointer, not the data",
            file=shown,
            hint="git lfs pull; in GitHub's checkout action lfs: true",
        )


def _known_suffixes(path: Path) -> str:
    if path.suffix.lower() == ".npz":
        return "an .npz holds several arrays: save the one you mean with numpy.save as .npy"
    plain = ", ".join(suffix for format in FORMATS.values() for suffix in format.suffixes)
    return f"tables end in {plain}; text also in {' or '.join(COMPRESSIONS)} after that"


STARTS = {
    b"PAR1": "parquet",
    b"PARE": "parquet",
    b"ARROW1": "arrow",
    b"\xff\xff\xff\xff": "arrow",
    b"\x93NUMPY": "npy",
}
FOREIGN_STARTS = {
    b"PK\x03\x04": "a zip archive (.xlsx, .npz, .zip)",
    b"SQLite": "an SQLite database",
    b"FEA1": "a Feather file of version 1",
    b"\x80": "a pickle",
    b"[": "a JSON array",
}


def sniff_format(start: bytes, *, name: str = "<stdin>") -> str:
    r"""Tell a format from the first bytes, already decompressed; for input without a name.

    Text that is neither JSON nor split by tabs is CSV, which needs no sign of its own.

    Args:
        start: the first bytes; some thousand tell more than ten.
        name: how an error calls the input.

    Returns:
        A key of `FORMATS`.

    Raises:
        UnreadableFileError: something that labelaudit does not read.

    Example:
        >>> sniff_format(b"id,label\n1,cat\n"), sniff_format(b'{"id": 1}\n'), sniff_format(b"PAR1")
        ('csv', 'jsonl', 'parquet')
    """
    for magic, format in STARTS.items():
        if start.startswith(magic):
            return format
    text = start.removeprefix(b"\xef\xbb\xbf").lstrip(b" \r\n")
    for magic, what in FOREIGN_STARTS.items():
        if text.startswith(magic):
            raise UnreadableFileError(
                f"is {what}, which is not read here",
                file=name,
                hint="write it as CSV, JSONL (one object a line), Arrow or Parquet",
            )
    if text.startswith(b"{"):
        return "jsonl"
    header = text.splitlines()[0] if text else b""
    return "tsv" if b"\t" in header and b"," not in header else "csv"
