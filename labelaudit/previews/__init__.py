"""What a person may look at of some rows: text, picture, sound, and the other columns of the item.

A saved audit knows files and row numbers, so the rows are read again, from the same paths and only the
columns and stretches that hold them. A row must still be what it was: its label and its id are compared,
and without ids the whole file's hash.

Pictures may lie in a table of their own, joined by id: a table without labels in what was scanned, or in the
folder of a label file. Not covered: tables to be joined by row order, and tables elsewhere.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from pathlib import Path

from labelaudit.auditing import Audit
from labelaudit.previews.media import Media, Preview, media_type
from labelaudit.previews.reading import PARTS, Part, Reading
from labelaudit.types import Suspect

__all__ = ["PARTS", "Media", "Part", "Preview", "media_type", "previews_of"]


def previews_of(
    suspects: Iterable[Suspect],
    audit: Audit,
    *,
    wanted: Collection[Part] = PARTS,
    named: Mapping[str, str] | None = None,
    unpack: Path | None = None,
) -> dict[str, Preview]:
    """Read what some suspects show.

    Args:
        suspects: of the audit, in any order.
        audit: fresh or loaded; its files are found from the current folder.
        wanted: what to read; less is faster.
        named: `text_col`, `image_col`, `audio_col`, over those that the scan was given.
        unpack: an existing folder for pictures and sounds that a table holds; else they stay in memory.

    Returns:
        A preview for each suspect, by fingerprint.

    Raises:
        DataError: a file is gone, or its rows are not those that were audited.
        ColumnNotFoundError: no table has a named column.

    Example:
        >>> from labelaudit.auditing import audit
        >>> from labelaudit.opening import open_dataset
        >>> with open_dataset(["sample_data/digits"]) as dataset:
        ...     found = audit(dataset)
        ...     worst = next(found.suspects())
        >>> preview = previews_of([worst], found)[worst.fingerprint]
        >>> preview.image.name, media_type(preview.image.read(), preview.image.name)
        ('digit-1170.png', ('image/png', '.png'))
    """
    options = replace(audit.input_options, **(named or {}))  # type: ignore[arg-type]
    reading = Reading(audit, options, frozenset(wanted), unpack)
    rows = list(suspects)
    by_file: dict[str, list[Suspect]] = {}
    for suspect in rows:
        by_file.setdefault(suspect.file, []).append(suspect)
    for file, here in by_file.items():
        reading.read_labels(file, sorted(here, key=lambda suspect: suspect.row))
    if by_file:
        reading.read_beside(rows)
        reading.refuse_unknown(named or {})
    return {suspect.fingerprint: Preview(**reading.found[suspect.fingerprint]) for suspect in rows}
