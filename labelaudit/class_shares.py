"""Known true shares of the classes, from NAME=P% or a file."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from labelaudit.errors import ConfigError
from labelaudit.types import FloatArray

HINT = "give NAME=P% for every class, or a file with NAME=P% or NAME,P% a line; together 100 %"
TOLERANCE = 0.01


def class_shares_of(given: Sequence[str], classes: Sequence[str]) -> FloatArray | None:
    """Read the shares: a file's name, or NAME=P% items.

    Args:
        given: of `--class-shares`; a single item without "=" is a file.
        classes: the class names in order.

    Returns:
        (K,) shares that sum to 1; None where none are given.

    Raises:
        ConfigError: a class is missing or unknown, or the shares do not sum to 1.

    Example:
        >>> class_shares_of(("cat=60%", "dog=40%"), ("dog", "cat"))
        array([0.4, 0.6])
    """
    if not given:
        return None
    items = list(_lines(given[0])) if len(given) == 1 and "=" not in given[0] else list(given)
    named = [_item(text) for text in items]
    shares = dict(named)
    missing = [name for name in classes if name not in shares]
    unknown = [name for name in shares if name not in classes]
    if missing or unknown or len(named) > len(shares):
        twice = next((name for i, (name, _) in enumerate(named) if name in dict(named[:i])), "")
        what = f"'{twice}' stands there twice"
        if missing or unknown:
            what = f"there is no class '{unknown[0]}'" if unknown else f"no share of '{missing[0]}'"
        raise ConfigError(f"class-shares: {what}", hint=HINT)
    found = np.array([shares[name] for name in classes])
    if abs(found.sum() - 1) > TOLERANCE:
        raise ConfigError(f"class-shares sum to {found.sum():.1%}", hint=HINT)
    normalized: FloatArray = found / found.sum()
    return normalized


def _lines(file: str) -> Iterator[str]:
    try:
        text = Path(file).read_text(encoding="utf-8-sig")
    except (OSError, ValueError) as error:
        raise ConfigError(f"class-shares: no readable file '{file}'", hint=HINT) from error
    for line in text.splitlines():
        if line.strip():
            yield line if "=" in line else "=".join(line.rsplit(",", 1))


def _item(text: str) -> tuple[str, float]:
    name, _, share = text.rpartition("=")
    try:
        value = float(share.strip().removesuffix("%")) / (100 if share.strip().endswith("%") else 1)
    except ValueError:
        value = -1.0
    if not name or not 0 <= value <= 1:
        raise ConfigError(f"class-shares: '{text}' is no share", hint=HINT)
    return name.strip(), value
