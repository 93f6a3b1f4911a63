"""A suspect as linters and CI systems take it: a path, a message, a rule, a chance of being wrong."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path, PurePath

from labelaudit.report.text import visible
from labelaudit.types import Suspect

TOP_NOTICES = 10
"""How many notices a form names that has little room; the others are counted."""


def path_of(suspect: Suspect, root: str | None = None) -> str:
    """The file as CI systems match it: from the repository's root, with forward slashes.

    Args:
        suspect: of an audit.
        root: absolute path of the repository's root.

    Returns:
        The path below `root`; without a root, and of a file that is not there or lies elsewhere, the path as
        it was given, without a leading `./`.
    """
    below = None if root is None else _below(root, os.getcwd(), suspect.file)
    return PurePath(suspect.file).as_posix() if below is None else below


@lru_cache(maxsize=1024)
def _below(root: str, folder: str, file: str) -> str | None:
    """Where a file, named from a folder, lies below the root; asked anew for every suspect of it."""
    path = Path(folder, file)
    if not os.path.exists(path):  # of an audit made in another folder
        return None
    # A file's own link is kept: those of git-annex and DVC lead to where nobody reviews.
    real = path.parent.resolve() / path.name
    top = Path(root).resolve()
    return real.relative_to(top).as_posix() if real.is_relative_to(top) else None


def judgement_of(suspect: Suspect) -> str:
    """Given, suggested, quality and id in one line."""
    suggested = "no suggestion"
    if suspect.suggested_label is not None:
        suggested = f"suggested '{visible(suspect.suggested_label)}'"
    return (
        f"given '{visible(suspect.given_label)}', {suggested} "
        f"(quality {suspect.label_quality:.3f}, id {visible(suspect.id)})"
    )


def message_of(suspect: Suspect) -> str:
    """The judgement, after the row where the file has no lines to point at."""
    row = f"row {suspect.row}: " if suspect.line is None else ""
    return row + judgement_of(suspect)


def rule_of(suspect: Suspect) -> str:
    """The first of its rules; empty where all were ignored."""
    return suspect.rules[0] if suspect.rules else ""


def chance_of(suspect: Suspect) -> float:
    """About how likely the label is wrong, 0 to 1: `p_error`; without it what `label_quality` lacks."""
    return 1 - suspect.label_quality if suspect.p_error is None else suspect.p_error
