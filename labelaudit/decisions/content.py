"""A hash of files of decisions: whether anything was decided since."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from pathlib import Path


def decisions_hash(files: Iterable[Path]) -> str:
    """Hash the lines of files of decisions; ends of lines and empty lines do not matter.

    Args:
        files: one that cannot be read holds no line; who reads it for what it says is told.

    Returns:
        16 hexadecimal digits.
    """
    found = hashlib.sha256()
    for file in files:
        try:
            lines = file.read_bytes().splitlines()
        except OSError:
            continue
        for line in filter(None, lines):
            found.update(line + b"\n")
    return found.hexdigest()[:16]
