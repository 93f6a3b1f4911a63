"""JSONL in blocks of whole lines, each line with its number; blank lines are no rows."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from labelaudit.errors import UnreadableFileError
from labelaudit.io.readers.streams import line_blocks
from labelaudit.types import IntArray

BLOCK_BYTES = 8 << 20
SHOWN = 40


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LineBlock:
    """Some lines of a JSONL file."""

    file: str
    text: bytes
    row: int
    """Row of the first object."""
    line: int
    """Line that the block starts with."""
    lines: IntArray
    """The line of each object."""

    def objects(self) -> Iterator[dict[str, Any]]:
        """The rows by the standard library, one by one.

        Raises:
            UnreadableFileError: a line that is not UTF-8, no JSON, or no object.
        """
        texts = self.text.split(b"\n")
        for place, line in enumerate(self.lines.tolist()):
            yield self._object(texts[line - self.line], place)

    def _object(self, text: bytes, place: int) -> dict[str, Any]:
        try:
            value = json.loads(text.decode(), object_pairs_hook=_once)
        except UnicodeDecodeError as error:
            raise self.fault(
                place, f"is not UTF-8: byte 0x{text[error.start]:02x}", hint="save the file as UTF-8"
            ) from error
        except json.JSONDecodeError as error:
            message = f"is no JSON object: {error.msg} at character {error.colno}"
            raise self.fault(place, message, hint="write one object a line") from error
        except RecursionError as error:
            raise self.fault(
                place, "is nested too deeply", hint="write flat columns, and lists of numbers"
            ) from error
        except DoubleNameError as error:
            raise self.fault(
                place, "is named twice in one object", column=str(error), hint="keep one of the two"
            ) from error
        if not isinstance(value, dict):
            raise self.fault(place, "is no JSON object", hint='write one object a line: {"id": 1, ...}')
        return value

    def fault(
        self, place: int, message: str, *, column: str | None = None, hint: str | None = None
    ) -> UnreadableFileError:
        """An error that names the line of one of the block's objects."""
        return UnreadableFileError(
            message,
            file=self.file,
            column=column,
            row=self.row + place,
            line=int(self.lines[place]),
            hint=hint,
        )


class DoubleNameError(ValueError):
    """An object with two values of one name, of which JSON does not say which counts."""


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in pairs:
        if name in found:
            raise DoubleNameError(name)
        found[name] = value
    return found


def numbered_blocks(path: Path, file: str) -> Iterator[LineBlock]:
    """Read a JSONL file, compressed or not, in blocks that hold at least one object."""
    row, line = 0, 1
    for text in line_blocks(path, file, size=BLOCK_BYTES):
        filled = np.array([not (part.isspace() or not part) for part in text.split(b"\n")])
        lines = line + np.flatnonzero(filled)
        if len(lines):
            yield LineBlock(file=file, text=text, row=row, line=line, lines=lines)
        row += len(lines)
        line += text.count(b"\n")
