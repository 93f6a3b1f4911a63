"""The baseline: suspects of old that no longer fail the gate, in a file that is committed.

An entry is keyed by fingerprint, so it counts as long as the row keeps its id and its label. A line an entry,
sorted: a change of the baseline is a small diff.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from datetime import date
from pathlib import Path
from types import NoneType
from typing import Any, Literal, get_args

from labelaudit.errors import ConfigError, InputNotFoundError, OutputError
from labelaudit.types import Suspect

VERSION = 1

EntryStatus = Literal["known", "accepted"]
STATUSES: tuple[EntryStatus, ...] = get_args(EntryStatus)
"""`known`: old debt that nobody has looked at. `accepted`: looked at, the label stays."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One suspect that no longer counts, until a day where one is named."""

    id: str
    split: str | None = None
    given_label: str
    status: EntryStatus = "known"
    reason: str = ""
    by: str = ""
    until: str | None = None  # the last day on which it counts, as 2027-01-31

    def expired(self, today: date) -> bool:
        """Whether its last day has passed."""
        return self.until is not None and date.fromisoformat(self.until) < today


@dataclass(frozen=True, slots=True, kw_only=True)
class Baseline:
    """All entries of one file, by fingerprint."""

    entries: Mapping[str, Entry]
    path: str

    def text(self) -> str:
        """The file: a line an entry, sorted by fingerprint.

        Example:
            >>> print(Baseline(entries={"0a": Entry(id="7", given_label="cat")}, path="").text(), end="")
            {
              "version": 1,
              "entries": {
                "0a": {"id": "7", "split": null, "given_label": "cat", "status": "known", ...}
              }
            }
        """
        lines = ",\n".join(
            f"    {json.dumps(print_)}: {json.dumps(asdict(entry), ensure_ascii=False)}"
            for print_, entry in sorted(self.entries.items())
        )
        return f'{{\n  "version": {VERSION},\n  "entries": {{\n{lines}\n  }}\n}}\n'

    def with_suspects(self, suspects: Iterable[Suspect], note: Entry) -> Baseline:
        """The entries that there are, and one for each suspect that has none.

        Args:
            suspects: those to be accepted.
            note: whose status, reason, by and until the new entries have.
        """
        added = {
            suspect.fingerprint: replace(
                note, id=suspect.id, split=suspect.split, given_label=suspect.given_label
            )
            for suspect in suspects
            if suspect.fingerprint not in self.entries
        }
        return replace(self, entries={**self.entries, **added})

    def renewed(self, suspects: Iterable[Suspect], noted: Mapping[str, Any], today: date) -> Baseline:
        """The expired entries of these suspects with what is noted anew: until, and what else was said."""
        prints = {suspect.fingerprint for suspect in suspects}
        entries = {
            print_: replace(entry, **noted) if print_ in prints and entry.expired(today) else entry
            for print_, entry in self.entries.items()
        }
        return replace(self, entries=entries)

    def pruned(self, fingerprints: Collection[str]) -> Baseline:
        """The entries of these fingerprints only."""
        kept = set(fingerprints)
        return replace(self, entries={p: entry for p, entry in self.entries.items() if p in kept})


def read_baseline(path: Path) -> Baseline:
    """Read a baseline.

    Raises:
        InputNotFoundError: no such file.
        ConfigError: it is no baseline, as after a merge conflict.
    """
    try:
        raw = json.loads(path.read_text("utf-8-sig"), object_pairs_hook=_once)
    except FileNotFoundError as error:
        raise InputNotFoundError(
            "no such baseline", file=str(path), hint="labelaudit baseline create AUDIT writes one"
        ) from error
    except (OSError, ValueError, RecursionError) as error:
        raise ConfigError(f"cannot be read: {error}", file=str(path), hint=_MEND) from error
    if not (isinstance(raw, dict) and isinstance(raw.get("entries"), dict)):
        raise ConfigError("is no baseline: it has no entries", file=str(path), hint=_MEND)
    if raw.get("version") != VERSION:
        raise ConfigError(
            f"is a baseline of version {raw.get('version')!r}, known is {VERSION}",
            file=str(path),
            hint="update labelaudit",
        )
    entries = {print_: _entry(print_, record, path) for print_, record in raw["entries"].items()}
    return Baseline(entries=entries, path=str(path))


_MEND = "was it merged by hand? restore it, or write it anew: labelaudit baseline create AUDIT --force"


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a key stands twice")
    return found


_NEEDED = {"id", "given_label"}
_KNOWN = {field.name: (str, NoneType) if field.name in ("split", "until") else str for field in fields(Entry)}


def _entry(print_: str, record: Any, path: Path) -> Entry:
    wrong = f"entry {print_}: "
    if not isinstance(record, dict) or not _NEEDED <= record.keys() <= _KNOWN.keys():
        raise ConfigError(f"{wrong}needs id and given_label, and knows {', '.join(_KNOWN)}", file=str(path))
    if not all(isinstance(value, _KNOWN[name]) for name, value in record.items()):
        raise ConfigError(f"{wrong}holds something else than texts", file=str(path))
    if record.get("status", "known") not in STATUSES:
        raise ConfigError(f"{wrong}status is none of {', '.join(STATUSES)}", file=str(path))
    if record.get("until") is not None:
        check_day(record["until"], f"{path}, {wrong}until")
    return Entry(**record)


def check_day(text: str | None, where: str) -> None:
    """Raise ConfigError unless a text is a day, or None."""
    try:
        if text is not None:
            date.fromisoformat(text)
    except ValueError as error:
        raise ConfigError(f"{where}: {text!r} is no day", hint="write it as 2027-01-31") from error


def refuse_existing(path: Path) -> None:
    """Raise OutputError where a baseline would be overwritten."""
    if path.exists():
        raise OutputError(
            "exists already",
            file=str(path),
            hint="labelaudit baseline update adds to it; --force writes it anew",
        )
