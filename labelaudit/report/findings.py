"""A suspect as linters and CI systems take it: a path, a message, a rule, a chance of being wrong."""

from __future__ import annotations

from pathlib import PurePath

from labelaudit.report.text import visible
from labelaudit.types import Suspect

TOP_NOTICES = 10
"""How many notices a form names that has little room; the others are counted."""


def path_of(suspect: Suspect) -> str:
    """The file as it was given, with forward slashes and no leading `./`, as CI systems match it."""
    return PurePath(suspect.file).as_posix()


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
