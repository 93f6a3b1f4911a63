"""Where something is to be changed, and how errors tell it."""

from __future__ import annotations

from dataclasses import dataclass

from labelaudit.errors import CorrectionError, UnreadableFileError
from labelaudit.io.labels import INTEGER
from labelaudit.io.rewriters.edits import CellEdit

SCAN_AGAIN = "the file is not as it was scanned: scan again, then apply"
SHOWN = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """One cell, or one row."""

    file: str
    column: str
    row: int
    line: int | None = None

    def new_text(self, found: str | None, edit: CellEdit) -> str:
        """What is to stand where `found` stands; None is a missing label.

        Labels that are all written 1.0, 0.0 are read as 1, 0; the new one is written as the others are.

        Raises:
            CorrectionError: another label is there than was scanned.

        Example:
            >>> place = Place(file="a.csv", column="label", row=0)
            >>> place.new_text("cat", CellEdit(row=0, old="cat", new="dog"))
            'dog'
            >>> place.new_text("1.0", CellEdit(row=0, old="1", new="2"))
            '2.0'
        """
        if found == edit.old:
            return edit.new
        if found == edit.old + ".0" and INTEGER.fullmatch(edit.old):
            return edit.new + ".0" if INTEGER.fullmatch(edit.new) else edit.new
        there = "the label is missing" if found is None else f"is {shown(found)}"
        raise self.misfit(f"{there}; {shown(edit.old)} was expected", hint=SCAN_AGAIN)

    def misfit(self, message: str, *, hint: str | None = None) -> CorrectionError:
        """An error: what is to be written does not go with what is there."""
        return CorrectionError(
            message, file=self.file, column=self.column, row=self._row, line=self.line, hint=hint
        )

    def unreadable(self, message: str, *, hint: str | None = None) -> UnreadableFileError:
        """An error: the row itself is broken."""
        return UnreadableFileError(message, file=self.file, row=self._row, line=self.line, hint=hint)

    def encoded(self, text: str) -> bytes:
        """Text as UTF-8.

        Raises:
            CorrectionError: half a character.
        """
        return self._encoded(text, "strict")

    def encoded_source(self, text: str) -> bytes:
        """Former source as UTF-8, its lone surrogates as the bytes they were read from.

        Raises:
            CorrectionError: half a character that was no byte.
        """
        return self._encoded(text, "surrogateescape")

    def _encoded(self, text: str, errors: str) -> bytes:
        try:
            return text.encode("utf-8", errors)
        except UnicodeEncodeError as error:
            raise self.misfit(f"{shown(text)} holds half a character") from error

    @property
    def _row(self) -> int | None:
        return self.row if self.row >= 0 else None  # the header is no row


def shown(text: str) -> str:
    """A text as errors quote it, cut when it is long."""
    return repr(text if len(text) <= SHOWN else text[: SHOWN - 3] + "...")
