"""What a saved audit tells of its inputs: files, names, classes."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from labelaudit.auditing import Audit
from labelaudit.config import InputOptions
from labelaudit.errors import CorrectionError, InputNotFoundError
from labelaudit.types import Summary


def label_paths(summary: Summary) -> list[str]:
    """The files that an audit took the labels from.

    Raises:
        InputNotFoundError: one is not there.
        CorrectionError: they came through a pipe.
    """
    if "-" in summary.paths:
        raise CorrectionError(
            "the labels were read from standard input: there is no file to correct",
            hint="scan the file itself",
        )
    paths = [file.path for file in summary.inputs if "labels" in file.roles]
    for path in paths:
        require_file(path)
    return paths


def require_file(path: str) -> None:
    """Raise InputNotFoundError, with the mend, unless a file is there."""
    if not Path(path).is_file():
        raise InputNotFoundError(
            f"is not there, seen from {Path.cwd()}",
            file=path,
            hint="paths count from where `labelaudit scan` was run: run apply in that folder",
        )


def stamp(path: Path) -> tuple[int, int]:
    """Size and time of change: what tells that a file is still the one that was read."""
    status = os.stat(path)
    return status.st_size, status.st_mtime_ns


def scan_options(summary: Summary) -> InputOptions:
    """What was named when the audit was made."""
    named: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in summary.input_options.items()
    }
    return InputOptions(**named)


def class_names(audit: Audit) -> tuple[str, ...]:
    """The classes in their order; where every split has a joint, those without rows may be lacking."""
    named = audit.summary.input_options.get("classes")
    rows = audit.classes
    if any(row.split is not None for row in rows) and named and len(named) == audit.summary.n_classes:
        return tuple(named)
    by_split: dict[str | None, list[str]] = {}
    for row in rows:
        by_split.setdefault(row.split, []).append(row.name)
    return tuple(_merged(by_split.values()))


def _merged(orders: Iterable[list[str]]) -> list[str]:
    """One order that keeps those of all parts.

    Example:
        >>> _merged([["cat", "owl"], ["cat", "dog", "owl"]])
        ['cat', 'dog', 'owl']
    """
    merged: list[str] = []
    for order in orders:
        at = 0
        for name in order:
            if name in merged:
                at = merged.index(name) + 1
            else:
                merged.insert(at, name)
                at += 1
    return merged
