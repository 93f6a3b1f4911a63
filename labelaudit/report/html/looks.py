"""What is shown of an item: a small picture, a sound, the beginning of a text, or its columns."""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labelaudit.report.html.thumbnails import TINY, thumbnail
from labelaudit.reviewing.media_files import media_file

if TYPE_CHECKING:
    from pathlib import Path

    from labelaudit.previews import Media, Preview
    from labelaudit.types import Suspect

PICTURE_SIDE, PICTURE_BYTES = 240, 9_000
NEAR_SIDE, NEAR_BYTES = 96, 1_300
"""So that 100 suspects with six neighbours each stay under 3 MB."""
SOUND_BYTES, ALL_SOUNDS_BYTES = 200_000, 1_500_000
LONGEST_TEXT, LONGEST_NEAR_TEXT = 360, 90
MOST_COLUMNS, LONGEST_CELL = 8, 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """A picture in the page."""

    address: str
    width: int
    height: int

    @property
    def is_tiny(self) -> bool:
        """Whether it is enlarged, pixel by pixel."""
        return max(self.width, self.height) <= TINY


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What is shown of an item; parts that it lacks are empty."""

    label: str
    id: str
    picture: Picture | None = None
    sound: str = ""  # as `data:`
    text: str = ""
    columns: tuple[tuple[str, str], ...] = ()
    n_more: int = 0  # columns that are not shown
    notes: tuple[str, ...] = ()  # what could not be shown, and why


class Looks:
    """Looks of items, made once each.

    Args:
        previews: by fingerprint.
        roots: the folders in which their files may lie, links followed; others are named and not read.
    """

    def __init__(self, previews: Mapping[str, Preview], roots: Sequence[Path] = ()) -> None:
        self.previews = previews
        self.roots = roots
        self.pictures: dict[tuple[str, int], tuple[Picture | None, str]] = {}
        self.room_for_sounds = ALL_SOUNDS_BYTES

    def of(self, suspect: Suspect) -> Look:
        """All of a suspect's item."""
        preview = self.previews.get(suspect.fingerprint)
        if preview is None:
            return Look(label=suspect.given_label, id=suspect.id)
        picture, missing = self.picture(suspect, preview.image, PICTURE_SIDE, PICTURE_BYTES)
        sound, silent = self.sound(preview.audio)
        columns = _columns(preview.columns)
        bare = not (picture or sound or preview.text)
        most = MOST_COLUMNS if bare else 0
        return Look(
            label=suspect.given_label,
            id=suspect.id,
            picture=picture,
            sound=sound,
            text=_beginning(preview.text or "", LONGEST_TEXT),
            columns=columns[:most],
            n_more=max(len(columns) - most, 0) if bare else 0,
            notes=tuple(filter(None, (missing, silent))),
        )

    def near(self, row: Suspect) -> Look:
        """A neighbour's item, in little."""
        preview = self.previews.get(row.fingerprint)
        if preview is None:
            return Look(label=row.given_label, id=row.id)
        picture, _ = self.picture(row, preview.image, NEAR_SIDE, NEAR_BYTES)
        text = _beginning(preview.text or "", LONGEST_NEAR_TEXT)
        return Look(label=row.given_label, id=row.id, picture=picture, text=text)

    def picture(self, row: Suspect, media: Media | None, side: int, most: int) -> tuple[Picture | None, str]:
        """A small picture, or in words why there is none."""
        if media is None:
            return None, ""
        key = (row.fingerprint, side)
        if key not in self.pictures:
            self.pictures[key] = _picture(media, self.roots, side, most)
        return self.pictures[key]

    def sound(self, media: Media | None) -> tuple[str, str]:
        """A sound as `data:`, or in words why it is not in the page."""
        if media is None:
            return "", ""
        data, missing = _read(media, self.roots)
        if data is None:
            return "", missing
        kind = _media_type(data, media.name)
        if not kind.startswith("audio/"):
            return "", f"no sound that is known: {media.name or 'in the table'}"
        if len(data) > min(SOUND_BYTES, self.room_for_sounds):
            return (
                "",
                f"sound of {len(data) / 1e6:.1f} MB, too large for the page: {media.name or 'in the table'}",
            )
        self.room_for_sounds -= len(data)
        return f"data:{kind};base64,{base64.b64encode(data).decode('ascii')}", ""


def _picture(media: Media, roots: Sequence[Path], side: int, most: int) -> tuple[Picture | None, str]:
    data, missing = _read(media, roots)
    if data is None:
        return None, missing
    small = thumbnail(data, side, most)
    if small is None:
        return None, f"no picture that can be shown: {media.name or 'in the table'}"
    address, width, height = small
    return Picture(address=address, width=width, height=height), ""


def _read(media: Media, roots: Sequence[Path]) -> tuple[bytes | None, str]:
    if media.is_address:
        return None, f"on the web, not in the page: {_beginning(media.name or '', LONGEST_NEAR_TEXT)}"
    if media.data is not None:
        return media.data, ""
    found = media_file(media, roots)
    if isinstance(found, str):
        return None, f"{_beginning(media.name or '', LONGEST_NEAR_TEXT)} {found}"
    try:
        return found.path.read_bytes(), ""
    except OSError as error:
        return None, f"{error.strerror}: {_beginning(media.name or '', LONGEST_NEAR_TEXT)}"


def _media_type(data: bytes, name: str | None) -> str:
    from labelaudit.previews import media_type

    return media_type(data, name)[0]


def _columns(columns: Mapping[str, str | None]) -> tuple[tuple[str, str], ...]:
    return tuple((name, _beginning(value, LONGEST_CELL)) for name, value in columns.items() if value)


def _beginning(text: str, most: int) -> str:
    """The first letters of a text, its lines in one."""
    text = re.sub(r"\s+", " ", text[: 4 * most]).strip()
    return text if len(text) <= most else f"{text[: most - 1].rstrip()}…"
