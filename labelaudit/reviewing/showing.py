"""What rows show to a reviewer: previews read a stretch ahead, and a bounded number of them kept."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from labelaudit.auditing import Audit
from labelaudit.errors import LabelAuditError
from labelaudit.previews import Media, Preview, previews_of
from labelaudit.reviewing.links import link_of
from labelaudit.reviewing.media_files import MediaFile, media_file, media_roots
from labelaudit.types import Suspect

KEPT = 4096
"""Previews that are remembered; a stretch that is read at once is, however long it is."""
LONGEST_TEXT = 20_000
LONGEST_CELL = 1_000
MOST_COLUMNS = 60
MOST_ATTEMPTS = 20
"""Rows that may have changed before the rest of a stretch is given up."""
UNSHOWN = {"image/tiff": "a TIFF, which most browsers cannot show as it is"}
DATA_IMAGES = tuple(f"data:image/{kind};base64," for kind in ("png", "jpeg", "gif", "webp"))


class Showing:
    """Reads previews of an audit's rows; pictures that a table holds are unpacked into a folder.

    Args:
        audit: a loaded one; its files are found from the current folder.
        unpacked: an existing folder of ours, for as long as the review lasts.
        more_roots: folders in which pictures may lie too.
        url_template: the address of an item.
    """

    def __init__(
        self,
        audit: Audit,
        unpacked: Path,
        *,
        more_roots: Iterable[str] = (),
        url_template: str | None = None,
    ) -> None:
        self._audit, self._unpacked, self._template = audit, unpacked, url_template
        self._roots = (*media_roots(audit, more_roots), unpacked.resolve())
        self._kept: OrderedDict[str, tuple[Suspect, Preview, str | None]] = OrderedDict()

    def missing(self, rows: Sequence[Suspect]) -> list[Suspect]:
        """Those that must be read first."""
        return [row for row in rows if row.fingerprint not in self._kept]

    def read(self, rows: Sequence[Suspect]) -> None:
        """Read previews; what has changed since the audit, or is gone, gets a note instead.

        All of these rows can be shown then; of earlier ones those that there is room for.
        """
        rest = {row.fingerprint: row for row in self.missing(rows)}
        asked = {row.fingerprint for row in rows}
        for fingerprint in asked - rest.keys():
            self._kept.move_to_end(fingerprint)
        self._read(rest)
        while len(self._kept) > max(KEPT, len(asked)):
            self._kept.popitem(last=False)

    def _read(self, rest: dict[str, Suspect]) -> None:
        for attempt in range(MOST_ATTEMPTS):
            if not rest:
                return
            try:
                found = previews_of(rest.values(), self._audit, unpack=self._unpacked)
            except LabelAuditError as error:
                changed = [row for row in rest.values() if (row.file, row.row) == (error.file, error.row)]
                given_up = changed if changed and attempt < MOST_ATTEMPTS - 1 else list(rest.values())
                for row in given_up:
                    self._kept[row.fingerprint] = (row, Preview(), error.message)
                    del rest[row.fingerprint]
            else:
                for row in rest.values():
                    self._kept[row.fingerprint] = (row, found[row.fingerprint], None)
                return

    def preview(self, row: Suspect) -> dict[str, Any]:
        """What the page shows of a row that has been read: `kind`, `src`, `text`, `columns`, `note`, `link`.

        `src` is below the address of the page, or an address on the web that only a click may open.
        """
        _, found, note = self._kept[row.fingerprint]
        self._kept.move_to_end(row.fingerprint)
        shown: dict[str, Any] = {
            "kind": "columns",
            "src": None,
            "text": None if found.text is None else _cut(found.text, LONGEST_TEXT),
            "columns": {
                name: None if cell is None else _cut(cell, LONGEST_CELL)
                for name, cell in list(found.columns.items())[:MOST_COLUMNS]
            },
            "note": note,
            "link": self._link(row),
        }
        media = found.image or found.audio
        if media is not None:
            shown |= self._media(row, media, "audio" if found.image is None else "image")
        if shown["kind"] == "columns" and shown["text"] is not None:
            shown["kind"] = "text"
        if shown["kind"] == "columns" and shown["link"] is not None:
            shown |= {"kind": "link", "src": shown["link"]}
        return shown

    def _link(self, row: Suspect) -> str | None:
        if self._template is None:
            return None
        return link_of(self._template, id=row.id, file=row.file, row=row.row, split=row.split)

    def _media(self, row: Suspect, media: Media, kind: str) -> dict[str, Any]:
        if media.is_address:
            assert media.place is not None
            if media.place.startswith(DATA_IMAGES):
                return {"kind": "image", "src": media.place}
            if media.place.startswith(("http://", "https://")):
                return {"kind": "link", "src": media.place}
            return {"note": f"an address that is not opened: {_cut(media.place, 80)}"}
        found = media_file(media, self._roots)
        if isinstance(found, str):
            return {"note": f"{_cut(media.name or 'the picture', 200)} {found}"}
        shown = {"kind": kind, "src": f"media/{row.fingerprint}"}
        if found.kind in UNSHOWN:
            shown["note"] = f"{_cut(media.name or 'the picture', 200)} is {UNSHOWN[found.kind]}"
        return shown

    def file(self, fingerprint: str) -> MediaFile | None:
        """The picture or sound of a row that is remembered."""
        kept = self._kept.get(fingerprint)
        media = kept and (kept[1].image or kept[1].audio)
        if not media or media.is_address:
            return None
        found = media_file(media, self._roots)
        return found if isinstance(found, MediaFile) else None

    def place(self, row: Suspect) -> str | None:
        """Where the picture or sound of a row that has been read lies, as the table tells."""
        preview = self._kept[row.fingerprint][1]
        media = preview.image or preview.audio
        return None if media is None else media.place


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}… ({len(text) - most:,} more letters)"
