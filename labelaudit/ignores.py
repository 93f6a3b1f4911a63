"""`labelaudit.ignore.toml`: suspects that are not to be listed, each with a reason.

[[ignore]]
id = "img-17"
reason = "two animals in one picture"
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any, NamedTuple

from labelaudit.baseline import check_day
from labelaudit.errors import ConfigError, InputNotFoundError

NOTES = ("reason", "by", "until")


class Traits(NamedTuple):
    """What an entry can name of a suspect."""

    id: str
    fingerprint: str
    split: str | None
    file: str
    given_label: str
    suggested_label: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignore:
    """One `[[ignore]]`: hides the suspects that have all that it names."""

    number: int  # counted from 1 through the file
    wanted: tuple[tuple[str, str], ...]  # field of a suspect, value; a file may be a pattern
    until: str | None = None

    def matches(self, suspect: Traits) -> bool:
        """Whether a suspect has all that is named."""
        return all(
            fnmatchcase(suspect.file, value) if name == "file" else getattr(suspect, name) == value
            for name, value in self.wanted
        )

    def expired(self, today: date) -> bool:
        """Whether its last day has passed."""
        return self.until is not None and date.fromisoformat(self.until) < today


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignores:
    """All of one file."""

    rules: tuple[Ignore, ...]
    path: str

    def matching(self, suspect: Traits) -> Sequence[Ignore]:
        """Those that match a suspect, expired ones too."""
        return [rule for rule in self.rules if rule.matches(suspect)]


def read_ignores(path: Path) -> Ignores:
    """Read an ignore file.

    Raises:
        InputNotFoundError: no such file.
        ConfigError: not TOML, an unknown key, or an entry that names nothing.
    """
    try:
        table = tomllib.loads(path.read_text("utf-8-sig"))
    except FileNotFoundError as error:
        raise InputNotFoundError(
            "no such ignore file", file=str(path), hint="check the path; without one nothing is ignored"
        ) from error
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"cannot be read: {error}", file=str(path), hint=_FORM) from error
    entries = table.pop("ignore", [])
    if table or not (isinstance(entries, list) and all(isinstance(entry, dict) for entry in entries)):
        strange = ", ".join(table) or "ignore"
        raise ConfigError(f"unknown key '{strange}'", file=str(path), hint=_FORM)
    rules = tuple(_ignore(entry, number, path) for number, entry in enumerate(entries, start=1))
    return Ignores(rules=rules, path=str(path))


_FORM = 'an entry begins with [[ignore]], then come lines like id = "img-17"'


def _ignore(entry: dict[str, Any], number: int, path: Path) -> Ignore:
    where = f"entry {number}: "
    for key, value in entry.items():
        if key not in (*Traits._fields, *NOTES):
            raise ConfigError(
                f"{where}unknown key '{key}'",
                file=str(path),
                hint=f"there are {', '.join((*Traits._fields, *NOTES))}",
            )
        if not isinstance(value, str) and not (key == "until" and isinstance(value, date)):
            raise ConfigError(f"{where}{key} is no text", file=str(path), hint="write it in quotes")
    wanted = tuple((name, entry[name]) for name in Traits._fields if name in entry)
    if not wanted:
        raise ConfigError(
            f"{where}names no row", file=str(path), hint=f"give one of {', '.join(Traits._fields)}"
        )
    until = None if "until" not in entry else str(entry["until"])
    check_day(until, f"{path}, {where}until")
    return Ignore(number=number, wanted=wanted, until=until)
