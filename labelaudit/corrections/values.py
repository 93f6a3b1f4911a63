"""Corrections: what is to change in the label files, and what was left alone."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from labelaudit.errors import UsageError
from labelaudit.io.rewriters import Edits

Action = Literal["relabel", "drop", "flag", "add-column"]
"""What is done to a row; `add-column` is about a whole file."""
Source = Literal["human", "auto"]

FLAG_COLUMN = "labelaudit_flag"
NEITHER = "neither"
DEFAULT_MIN_PROB = 0.8
"""SCORING.md, section 6: where both views give a label so much, 93 % of the changes are right."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplyOptions:
    """What becomes of decisions, and what is corrected without any."""

    min_reviewers: int = 1
    min_agreement: float = 0.5
    auto: bool = False
    min_suggested_prob: float = DEFAULT_MIN_PROB
    one_view: bool = False  # the probabilities decide alone where there are no embeddings
    drop: bool = False  # rows of no class are left out
    flag: bool = False  # a column says what is wrong, labels stay
    skip_stale: bool = False

    def __post_init__(self) -> None:
        """Refuse what does not go together."""
        if self.drop and self.flag:
            raise UsageError("--drop and --flag", hint="--flag leaves every row in its place: choose one")
        if not 0.5 < self.min_suggested_prob <= 1:
            raise UsageError(
                f"--min-suggested-prob {self.min_suggested_prob:g}",
                hint="give more than 0.5: below, another label may be as likely",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """What is to become of one row."""

    fingerprint: str
    id: str
    file: int  # number of the label file
    row: int  # in its file, from 0
    old: str  # the class that it is given
    new: str | None  # the class that it should have; None where it is of no class
    source: Source
    action: Action
    reviewers: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class LeftAlone:
    """What is not corrected, and why; ids in the order of the decisions."""

    kept: int = 0  # people keep the given label
    neither: int = 0  # of no class, and neither dropped nor flagged
    applied: int = 0  # the row is already as it should be
    conflicts: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    auto_gone: int = 0  # suspects that are not as they were scanned
    over_assigned: Mapping[str, int] = field(default_factory=dict)  # suggestions of a class that has too many


@dataclass(frozen=True, slots=True, kw_only=True)
class FileEdits:
    """One file and what changes in it."""

    path: Path
    name: str  # as the user named it
    format: str
    n_rows: int
    edits: Edits
    stamp: tuple[int, int]  # size and time of change when it was read

    @property
    def is_changed(self) -> bool:
        """Whether anything does."""
        edits = self.edits
        return bool(
            edits.cells or edits.dropped or edits.restored or edits.added_column or edits.removed_column
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedRow:
    """One change as people read it: an old and a new state of a row, None where there is none."""

    row: int  # in the file as it is
    id: str
    column: str
    old: str | None
    new: str | None
    source: Source = "human"


@dataclass(frozen=True, slots=True, kw_only=True)
class Corrections:
    """All corrections of a dataset, by file and row."""

    rows: tuple[Correction, ...]
    files: tuple[FileEdits, ...]  # every label file, in order
    left: LeftAlone
    beside: tuple[str, ...] = ()  # files of probabilities or embeddings, which keep the rows that are dropped

    @property
    def directions(self) -> dict[tuple[str, str], int]:
        """How often a class was automatically changed into another, the most frequent first."""
        auto = Counter((c.old, c.new or NEITHER) for c in self.rows if c.source == "auto")
        return dict(sorted(auto.items(), key=lambda item: (-item[1], item[0])))

    def count(self, action: Action) -> int:
        """How many rows an action is done to."""
        return sum(correction.action == action for correction in self.rows)
