"""Where the names and values of one JSON object stand in its text."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import Any

from labelaudit.io.rewriters.place import Place

SPACE = re.compile(r"[ \t\r\n]*+")
DECODER = json.JSONDecoder()


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One name and its value."""

    name: str
    start: int
    """Where the name starts."""
    name_stop: int
    value: Any
    value_start: int
    stop: int
    """Where the value stops."""


def members(text: str, place: Place) -> tuple[int, list[Member]]:
    """The members of an object, and where its opening brace stops.

    Args:
        text: the object, with space around it.
        place: the row, for the errors.

    Raises:
        UnreadableFileError: no JSON object, or a name that is there twice.

    Example:
        >>> place = Place(file="a.jsonl", column="label", row=0)
        >>> [(m.name, m.value, m.value_start, m.stop) for m in members('{"a": 1, "b":"x"}', place)[1]]
        [('a', 1, 6, 7), ('b', 'x', 13, 16)]
    """
    try:
        opened, found = _walked(text)
    except RecursionError as error:
        raise place.unreadable("is nested too deeply") from error
    except ValueError as error:
        raise place.unreadable(f"is no JSON object: {error}", hint="write one object a line") from error
    if len({member.name for member in found}) < len(found):
        raise place.unreadable("has a name twice in one object", hint="keep one of the two")
    return opened, found


def _walked(text: str) -> tuple[int, list[Member]]:
    opened = at = _after(text, _space(text, 0), "{")
    found: list[Member] = []
    at = _space(text, at)
    while not (text.startswith("}", at) and not found):
        name, name_stop = DECODER.raw_decode(text, at)
        if not isinstance(name, str):
            raise ValueError(f"a name was expected at character {at + 1}")
        value_start = _space(text, _after(text, _space(text, name_stop), ":"))
        value, stop = DECODER.raw_decode(text, value_start)
        found.append(
            Member(name=name, start=at, name_stop=name_stop, value=value, value_start=value_start, stop=stop)
        )
        at = _space(text, stop)
        if text.startswith("}", at):
            break
        at = _space(text, _after(text, at, ","))
    if (end := _space(text, at + 1)) < len(text):
        raise ValueError(f"more than one value, at character {end + 1}")
    return opened, found


def _space(text: str, at: int) -> int:
    """Behind the space that starts here."""
    found = SPACE.match(text, at)
    assert found is not None  # it matches nothing, too
    return found.end()


def _after(text: str, at: int, mark: str) -> int:
    if not text.startswith(mark, at):
        raise ValueError(f"{mark!r} was expected at character {at + 1}")
    return at + 1
