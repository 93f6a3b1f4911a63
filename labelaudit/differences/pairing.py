"""Which row of the new version is which of the old one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np

from labelaudit.changes import Comparison, LabelVersion, compare
from labelaudit.differences.contents import BOOLEANS, common_columns, contents_of
from labelaudit.io.hashing import mixed
from labelaudit.io.join import repeated
from labelaudit.old_versions import LabelTables
from labelaudit.types import HashArray, IntArray, Notice


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Pairing:
    """The rows of two versions, side by side."""

    comparison: Comparison
    names: tuple[str, ...]  # of the labels of both versions
    new_labels: IntArray  # (new rows,) index into names, -1 without a label
    old_labels: IntArray  # (old rows,)
    notices: tuple[Notice, ...]


def paired(new: LabelTables, old: LabelTables) -> Pairing:
    """Find the rows of the old version in the new one.

    Rows are the same where their id is; without ids where the item columns that both versions have say the
    same; without those as well where their number is.

    Args:
        new: the labels as they are.
        old: the labels as they were.
    """
    names, (new_labels, old_labels) = _numbered(new, old)
    columns = common_columns(new, old)
    ids = [None if side.index is None else side.index.id_hashes for side in (new, old)]
    if columns and any(hashes is None for hashes in ids):
        ids = [None, None]
    versions = [
        LabelVersion(
            ids=own_ids,
            splits=side.split_hashes(),
            labels=labels.view(np.uint64),
            contents=contents_of(side, columns),
        )
        for side, own_ids, labels in zip((new, old), ids, (new_labels, old_labels), strict=True)
    ]
    (new_version, old_version), n_alike = told_apart(*versions)
    comparison = compare(new_version, old_version)
    return Pairing(
        comparison=comparison,
        names=names,
        new_labels=new_labels,
        old_labels=old_labels,
        notices=tuple(_notices(new, old, versions, comparison, n_alike)),
    )


def _numbered(*sides: LabelTables) -> tuple[tuple[str, ...], list[IntArray]]:
    """The label names of both versions, and the number of each row's among them."""
    known = [[] if side.index is None else side.label_names() for side in sides]
    if {name.lower() for names in known for name in names if name is not None} <= BOOLEANS:
        # Parquet and JSON have true, pandas writes True into CSV.
        known = [[name and name.lower() for name in names] for names in known]
    numbers: dict[str, int] = {}
    codes = []
    for side, names in zip(sides, known, strict=True):
        own = [-1 if name is None else numbers.setdefault(name, len(numbers)) for name in names]
        rows = np.zeros(0, dtype=np.int64) if side.index is None else side.index.value_codes
        codes.append(np.array([*own, -1], dtype=np.int64)[rows])
    return tuple(numbers), codes


def told_apart(new: LabelVersion, old: LabelVersion) -> tuple[tuple[LabelVersion, LabelVersion], int]:
    """Give rows that share an id within a split ids of their own.

    Equal labels are paired first, the others in their order: a copy that is dropped is no relabelling.

    Args:
        new: the new version.
        old: the old version.

    Returns:
        Both versions, and how many of their rows share an id.

    Example:
        >>> def version(ids, labels):
        ...     ids, labels = np.array(ids, dtype=np.uint64), np.array(labels, dtype=np.uint64)
        ...     return LabelVersion(ids=ids, splits=np.zeros_like(ids), labels=labels, contents=None)
        >>> (new, old), n_alike = told_apart(version([5, 6], [1, 1]), version([5, 5, 6], [0, 1, 1]))
        >>> n_alike, compare(new, old).counterparts.tolist()
        (3, [1, 2])
    """
    if new.ids is None or old.ids is None:
        return (new, old), 0
    keys, old_keys = mixed(new.ids, new.splits), mixed(old.ids, old.splits)
    shared = np.union1d(keys[repeated(keys)], old_keys[repeated(old_keys)])
    if not len(shared):
        return (new, old), 0
    at, old_at = np.flatnonzero(np.isin(keys, shared)), np.flatnonzero(np.isin(old_keys, shared))
    # Keys stand in for contents: those are told apart by label and number.
    found = compare(_part(new, at, keys), _part(old, old_at, old_keys)).counterparts
    added = np.arange(len(old_at), len(old_at) + len(at))
    ids, old_ids = new.ids.copy(), old.ids.copy()
    ids[at] = mixed(keys[at], np.where(found >= 0, found, added).astype(np.uint64))
    old_ids[old_at] = mixed(old_keys[old_at], np.arange(len(old_at), dtype=np.uint64))
    return (replace(new, ids=ids), replace(old, ids=old_ids)), len(at) + len(old_at)


def _part(version: LabelVersion, at: IntArray, keys: HashArray) -> LabelVersion:
    return LabelVersion(ids=None, splits=version.splits[at], labels=version.labels[at], contents=keys[at])


def _notices(
    new: LabelTables,
    old: LabelTables,
    versions: Sequence[LabelVersion],
    comparison: Comparison,
    n_alike: int,
) -> Iterator[Notice]:
    """What the user should know about how rows were paired."""
    if new.index is None or old.index is None:
        return
    first, second = new.index.id_hashes is not None, old.index.id_hashes is not None
    differing = sorted(new.item_columns ^ old.item_columns)
    if differing:
        some = ", ".join(f"'{name}'" for name in differing[:5]) + (", ..." if len(differing) > 5 else "")
        message = f"only one version has {some}: rows are edited where other columns differ"
        yield Notice(code="columns-changed", message=message, count=len(differing))
    if first != second:
        has = new.name if first else old.name
        how = (
            "nothing else that both have tells rows apart: all count as added and removed"
            if (versions[0].ids is None) != (versions[1].ids is None)
            else "rows are told apart by the other columns"
        )
        yield Notice(code="ids-changed", message=f"only {has} has ids; {how} (--id-col names the column)")
    elif not first and versions[0].contents is None:
        message = "rows have neither ids nor other columns: they are compared by their number"
        yield Notice(code="rows-by-number", message=message)
    if n_alike:
        message = (
            f"{n_alike:,} rows share their id with others of their split: equal labels were paired first"
        )
        yield Notice(code="shared-ids", message=message, count=n_alike)
    if (comparison.counterparts < 0).all() and len(comparison.removed) and first == second:
        what = "id" if first else "row"
        yield Notice(
            code="nothing-in-common",
            message=f"no {what} of {old.name} is in {new.name}: all rows count as added and removed",
        )
