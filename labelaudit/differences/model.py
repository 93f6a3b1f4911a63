"""The answer: which labels differ, how many, and in which direction."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from labelaudit.types import Notice

Kind: TypeAlias = Literal["relabelled", "added", "removed", "edited"]
Favors: TypeAlias = Literal["old", "new", "neither"]

KINDS: tuple[Kind, ...] = ("relabelled", "added", "removed", "edited")
"""In the order in which they are listed."""


class Difference(NamedTuple):
    """One row that is not as it was; all behind `new_label` is None where no audit knows it.

    Place and split are those of the new version, for a removed row of the old one. A row without an
    id is named by its number. The probability of a label is known where the audit has seen the row with it,
    and where it is the predicted one.
    """

    kind: Kind
    id: str
    split: str | None
    file: str
    row: int
    line: int | None
    old_label: str | None  # also None for a row that had no label
    new_label: str | None
    audited_label: str | None = None  # that the audit saw: what the next four are about
    is_suspect: bool | None = None
    label_quality: float | None = None
    p_error: float | None = None
    suggested_label: str | None = None
    predicted_label: str | None = None
    old_prob: float | None = None
    new_prob: float | None = None
    favors: Favors | None = None  # the label that is the predicted one


ROW_COLUMNS, AUDIT_COLUMNS = Difference._fields[:8], Difference._fields[8:]
"""What the files say of a row, and what an audit says."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Direction:
    """How many rows went from one label to another."""

    old_label: str | None
    new_label: str | None
    count: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Tally:
    """What an audit says to the differences that are listed."""

    prefers_new: int  # of the relabelled rows, by the predicted label
    prefers_old: int
    prefers_neither: int
    added_suspects: int  # added rows that are suspects with the label that they have
    unknown: int  # listed rows that the audit does not know


@dataclass(frozen=True, slots=True, kw_only=True)
class Differences:
    """How two versions differ; rows are read again when they are asked for, so keep both open until then."""

    old_name: str
    new_name: str
    old_rows: int
    new_rows: int
    counts: Mapping[Kind, int]
    directions: tuple[Direction, ...]  # of the relabelled rows, most rows first
    tally: Tally | None  # None without an audit
    notices: tuple[Notice, ...]
    n_listed: int  # edited rows only where they were asked for
    read_rows: Callable[[int | None], Iterator[Difference]]

    def rows(self, top: int | None = None) -> Iterator[Difference]:
        """The first `top` of the listed rows: by kind, then as they stand in the files."""
        return self.read_rows(top)
