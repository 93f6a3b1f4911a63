"""The first line of a CSV file: column names and the delimiter."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from labelaudit.errors import UnreadableFileError
from labelaudit.io.readers.faults import foreign_errors
from labelaudit.io.readers.streams import open_bytes, without_bom

HEADER_BYTES = 1 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """What the first record tells."""

    names: tuple[str, ...]
    delimiter: str
    has_rows: bool


def read_header(path: Path, name: str, format: str) -> Header:
    """Read the names of the columns and find out what stands between them.

    A `.csv` may be split by semicolons or tabs, as spreadsheets write it where the comma is the
    decimal point; that counts only when the header has no comma.

    Raises:
        UnreadableFileError: no header, names that are double or not UTF-8.
    """
    with foreign_errors(name):
        with open_bytes(path) as stream:
            start = stream.read(HEADER_BYTES)
        text = without_bom(start, name).decode("utf-8", "surrogateescape").lstrip("\r\n")
    if not text:
        raise UnreadableFileError("has no header line", file=name, hint="the first line names the columns")
    lines = io.StringIO(text, newline="")
    delimiter = "\t" if format == "tsv" else sniffed_delimiter(text)
    try:
        names = next(csv.reader(lines, delimiter=delimiter))
    except csv.Error as error:
        raise UnreadableFileError(f"has a broken header: {error}", file=name, line=1) from error
    rest = lines.read()
    has_rows = len(start) == HEADER_BYTES or bool(rest.strip("\r\n"))
    _check_names(names, name)
    return Header(names=tuple(names), delimiter=delimiter, has_rows=has_rows)


def sniffed_delimiter(text: str) -> str:
    r"""The delimiter of a header: a comma if there is one outside quotes, else `;` or a tab.

    Example:
        >>> sniffed_delimiter("id;label\n1;0,5\n"), sniffed_delimiter("label\n")
        (';', ',')
    """
    line = re.sub(r'"(?:[^"]|"")*+"', "", text).splitlines()[0:1]
    counts = Counter(line[0]) if line else Counter[str]()
    if counts[","]:
        return ","
    best = ";" if counts[";"] >= counts["\t"] else "\t"
    return best if counts[best] else ","


def _check_names(names: list[str], file: str) -> None:
    if not any(names):
        raise UnreadableFileError(
            "has a header without names", file=file, hint="the first line names the columns"
        )
    if any(letter == "\0" or "\udc80" <= letter <= "\udcff" for name in names for letter in name):
        raise UnreadableFileError("has a header that is not UTF-8", file=file, hint="save the file as UTF-8")
    double = [name for name, count in Counter(names).items() if count > 1 and name]
    if double:
        raise UnreadableFileError(
            "is named more than once in the header",
            file=file,
            column=double[0],
            hint="give each column its own name",
        )
