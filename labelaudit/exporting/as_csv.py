"""A task a line, for spreadsheets; the last four columns wait for a decision.

Cells are what the data says: no sign is put before a cell that a spreadsheet might take for a formula, as
that would be another label. Who opens the file is told of them instead.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from labelaudit.exporting.model import Export, Files, Shown, Tool
from labelaudit.io.writers.csv import quoted
from labelaudit.previews.media import Media, Preview
from labelaudit.types import Suspect

SHOWN: tuple[Shown, ...] = ("text", "image", "audio")
PLACE = ("id", "file", "row", "line", "split")
JUDGED = ("given_label", "suggested_label", "suggested_prob", "label_quality", "p_error", "rules")
EMPTY = ("decision", "label", "reviewer", "note")
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
"""As OWASP lists them (CSV injection)."""


def files(export: Export) -> Files:
    """The one file."""
    yield "", _lines(export)


def hints(export: Export) -> Iterator[str]:
    """How to fill it in, and whether a spreadsheet may misread it."""
    yield "hint: fill in decision (given, suggested, both, neither, other), and label where it is other"
    named = export.target is not None and export.target.suffix == ".csv"
    yield f"hint: labelaudit apply AUDIT --decisions {export.target if named else 'FILE.csv'} reads it back"
    n_cells = sum(cell.startswith(FORMULA_STARTS) for row in _rows(export) for cell in row)
    if n_cells:
        yield (
            f"notice[formula-like]: {n_cells:,} cells begin as a formula does and are left as they are; "
            "import all columns as text"
        )


def _lines(export: Export) -> Iterator[bytes]:
    for row in _rows(export):
        yield (",".join(map(quoted, row)) + "\n").encode("utf-8", "backslashreplace")


def _rows(export: Export) -> Iterator[list[str]]:
    shown = [part for part in SHOWN if export.has(part)]
    yield [*PLACE, *shown, *JUDGED, "fingerprint", *EMPTY]
    for suspect, preview in export.tasks():
        yield [
            *_cells(suspect, PLACE),
            *(_shown(preview, part) for part in shown),
            *_cells(suspect, JUDGED),
            suspect.fingerprint,
            *("" for _ in EMPTY),
        ]


def _cells(suspect: Suspect, names: Iterable[str]) -> Iterator[str]:
    for name in names:
        value = getattr(suspect, name)
        yield "" if value is None else ";".join(value) if name == "rules" else str(value)


def _shown(preview: Preview, part: Shown) -> str:
    found = getattr(preview, part)
    if isinstance(found, Media):  # of one in the table the place is temporary, and the name all there is
        found = found.name if found.embedded else found.place
    return found or ""


TOOL = Tool(is_folder=False, files=files, hints=hints)
