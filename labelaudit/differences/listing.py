"""The rows that differ, in the order in which they are told."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from labelaudit.changes import EDITED, NEW, RELABELLED
from labelaudit.differences.model import AUDIT_COLUMNS, KINDS, Difference, Favors
from labelaudit.differences.pairing import Pairing
from labelaudit.differences.places import Places
from labelaudit.differences.views import Views
from labelaudit.old_versions import LabelTables
from labelaudit.types import AnyArray, FloatArray, Frozen, IntArray

FAVORS: tuple[Favors, ...] = ("new", "old", "neither")
REMOVED = KINDS.index("removed")
AT_ONCE = 4096


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Listing(Frozen):
    """The n rows that are listed: by kind, then as they stand in the files."""

    kinds: AnyArray  # (n,) index into KINDS, ascending
    new_rows: IntArray  # (n,) -1 for removed rows
    old_rows: IntArray  # (n,) -1 for added rows
    new_labels: IntArray  # (n,) index into the names of the pairing, -1 without
    old_labels: IntArray  # (n,)

    def __len__(self) -> int:
        """N."""
        return len(self.kinds)

    def at(self, some: slice) -> Listing:
        """Some of the rows."""
        return Listing(**{name: getattr(self, name)[some] for name in self.__slots__})


def listing_of(pairing: Pairing, *, edited: bool) -> Listing:
    """List the rows that differ; those whose label is the same only where `edited` asks for them."""
    comparison = pairing.comparison
    relabelled, added = (np.flatnonzero(comparison.kinds == kind) for kind in (RELABELLED, NEW))
    kept = np.flatnonzero((comparison.kinds == EDITED) & edited)
    groups = {"relabelled": relabelled, "added": added, "removed": comparison.removed, "edited": kept}
    new_rows = np.concatenate([np.full_like(g, -1) if k == "removed" else g for k, g in groups.items()])
    old_rows = np.append(comparison.counterparts, -1)[new_rows]
    old_rows[new_rows < 0] = comparison.removed
    return Listing(
        kinds=np.repeat(np.arange(len(KINDS)), [len(groups[kind]) for kind in KINDS]),
        new_rows=new_rows,
        old_rows=old_rows,
        new_labels=np.append(pairing.new_labels, -1)[new_rows],
        old_labels=np.append(pairing.old_labels, -1)[old_rows],
    )


def favored(listing: Listing, views: Views) -> IntArray:
    """(n,) index into FAVORS: whose label is the predicted one; -1 where the audit does not know the row."""
    is_new, is_old = views.predicted == listing.new_labels, views.predicted == listing.old_labels
    return np.where(views.known, np.where(is_new, 0, np.where(is_old, 1, 2)), -1)


def differences_in(
    listing: Listing, new: LabelTables, old: LabelTables, names: Sequence[str], views: Views | None
) -> Iterator[Difference]:
    """Read what the files say of the listed rows.

    Args:
        listing: the rows.
        new: the new version, still open.
        old: the old version, still open.
        names: of the labels.
        views: what an audit thinks of these rows, if there is one.
    """
    is_old = listing.kinds == REMOVED
    old_places, new_places = Places(old, listing.old_rows[is_old]), Places(new, listing.new_rows[~is_old])
    position = np.where(is_old, np.cumsum(is_old), np.cumsum(~is_old)) - 1
    ends = np.searchsorted(listing.kinds, np.arange(len(KINDS)), side="right").tolist()
    for kind, begin, end in zip(KINDS, [0, *ends], ends, strict=False):
        places = old_places if kind == "removed" else new_places
        for start in range(begin, end, AT_ONCE):
            some = slice(start, min(start + AT_ONCE, end))
            here = listing.at(some)
            first = int(position[start])
            columns = [
                [kind] * len(here),
                *places.columns(first, first + len(here)),
                _named(here.old_labels, names),
                _named(here.new_labels, names),
                *_audit_columns(here, None if views is None else views.at(some)),
            ]
            yield from map(Difference._make, zip(*columns, strict=True))


def _audit_columns(listing: Listing, views: Views | None) -> list[Sequence[Any]]:
    """The values of `AUDIT_COLUMNS`."""
    if views is None:
        return [[None] * len(listing) for _ in AUDIT_COLUMNS]
    flags = zip(views.known.tolist(), views.is_suspect.tolist(), strict=True)
    return [
        _named(views.given, views.names),
        [flag if known else None for known, flag in flags],
        _numbers(views.label_quality),
        _numbers(views.p_error),
        _named(views.suggested, views.names),
        _named(views.predicted, views.names),
        _numbers(views.prob_of(listing.old_labels)),
        _numbers(views.prob_of(listing.new_labels)),
        _named(favored(listing, views), FAVORS),
    ]


def _named(codes: IntArray, names: Sequence[str]) -> list[str | None]:
    """The names of some codes; -1 is None."""
    known = [*names, None]
    return [known[code] for code in codes.tolist()]


def _numbers(values: FloatArray) -> list[float | None]:
    return [None if math.isnan(value) else value for value in values.tolist()]
