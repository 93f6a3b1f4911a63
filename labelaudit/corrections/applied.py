"""Decisions whose row is no longer as it was: carried out already, overtaken by a later one, or stale.

Of an id the fingerprint tells split and former label, so the row is found whatever its label is now. Without
ids the place where it was scanned tells, else what `changes.csv` says was done.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from labelaudit.corrections.label_files import LabelFiles
from labelaudit.corrections.matching import Found
from labelaudit.corrections.provenance import ChangeRecord
from labelaudit.corrections.values import Source
from labelaudit.io.hashing import mixed, text_hashes
from labelaudit.types import HashArray, IntArray


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What is to become of a row, by a decision or by the audit."""

    fingerprint: str
    id: str
    seen: str | None  # the given label then, as far as it is known
    label: str | None  # that the row should have; None where it is of no class
    source: Source
    reviewers: tuple[str, ...] = ()


def settled(
    files: LabelFiles, found: Found, wishes: Sequence[Wish], done: Iterable[ChangeRecord]
) -> frozenset[str]:
    """The fingerprints of wishes that need nothing any more.

    Args:
        files: the labels as they are now.
        found: the rows of all decisions.
        wishes: of rows that are not as they were.
        done: what `changes.csv` tells.
    """
    if files.index.id_hashes is not None:
        return _settled_by_id(files, found.rows, wishes)
    recorded = {(record.fingerprint, record.new_label or None) for record in done}
    return frozenset(
        wish.fingerprint
        for wish in wishes
        if (wish.fingerprint, wish.label) in recorded
        or (wish.label is not None and _has_label(files, found.relabelled.get(wish.fingerprint), wish.label))
    )


def _has_label(files: LabelFiles, row: int | None, label: str) -> bool:
    return row is not None and files.codes[row] == files.number_of(label)


def _settled_by_id(files: LabelFiles, rows: Mapping[str, int], wishes: Sequence[Wish]) -> frozenset[str]:
    assert files.index.id_hashes is not None
    keys = _keys(files, wishes)
    at = _positions(keys, mixed(files.index.id_hashes, files.prints.of_split[files.index.split_codes]))
    known = {wish.fingerprint: row for wish, key, row in zip(wishes, keys, at.tolist(), strict=True) if key}
    done = {
        wish.fingerprint
        for wish in wishes
        if wish.fingerprint in known and _is_done(files, known[wish.fingerprint], wish.label)
    }
    # Of several decisions on a row in turn, the last one holds.
    held = {*rows.values(), *(known[print_] for print_ in done)} - {-1}
    return frozenset(done | {print_ for print_, row in known.items() if row in held})


def _is_done(files: LabelFiles, row: int, label: str | None) -> bool:
    return row < 0 if label is None else row >= 0 and _has_label(files, row, label)


def _positions(keys: HashArray, among: HashArray) -> IntArray:
    """Where each key stands among many others, -1 where it does not."""
    unique, inverse = np.unique(keys, return_inverse=True)
    places = np.full(len(unique), -1, dtype=np.int64)
    nearest = np.minimum(np.searchsorted(unique, among), len(unique) - 1)
    hits = np.flatnonzero(unique[nearest] == among)
    places[nearest[hits]] = hits
    return places[inverse]


def _keys(files: LabelFiles, wishes: Sequence[Wish]) -> HashArray:
    """(n,) a hash of the id and split of each wish, 0 where its fingerprint is of none that is known."""
    ids = text_hashes(pa.array([wish.id for wish in wishes], pa.string()))
    prints = np.array([_number(wish.fingerprint) for wish in wishes], dtype=np.uint64)
    seen = [files.number_of(wish.seen) if wish.seen is not None else None for wish in wishes]
    keys: HashArray = np.zeros(len(wishes), dtype=np.uint64)
    likely = np.array([-1 if number is None else number for number in seen], dtype=np.int64)
    _fill(files, keys, ids, prints, likely)
    for number in range(len(files.order.names)):
        if keys.all():
            break
        _fill(files, keys, ids, prints, np.full(len(wishes), number))
    return keys


def _fill(files: LabelFiles, keys: HashArray, ids: HashArray, prints: HashArray, classes: IntArray) -> None:
    """Set the keys of those whose fingerprint comes of these classes."""
    for of_split in files.prints.of_split:
        fits = (keys == 0) & (classes >= 0) & (mixed(ids, of_split, files.prints.of_class[classes]) == prints)
        keys[fits] = mixed(ids[fits], of_split)


def _number(print_: str) -> int:
    try:
        return int(print_, 16) % 2**64
    except ValueError:
        return 0
