"""Which rows of a dataset a change touches: new ones, and those with another label or content.

Probabilities and embeddings are not content: a retrained model changes no row.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelaudit.io.hashing import mixed, text_hashes
from labelaudit.types import AnyArray, BoolArray, Frozen, HashArray, IntArray

SAME, NEW, RELABELLED, EDITED = range(4)
"""What became of a row."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LabelVersion(Frozen):
    """One version of the given labels, a hash for everything that makes a row what it is."""

    ids: HashArray | None  # (N,) None where rows have no ids
    splits: HashArray  # (N,)
    labels: HashArray  # (N,) of the class names
    contents: HashArray | None  # (N,) None where no table has item columns

    @property
    def n_rows(self) -> int:
        """N."""
        return len(self.labels)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comparison(Frozen):
    """A new version against an old one."""

    kinds: AnyArray  # (new rows,) SAME, NEW, RELABELLED or EDITED
    counterparts: IntArray  # (new rows,) the row in the old version, -1 for new ones
    removed: IntArray  # rows of the old version that are gone

    @property
    def changed(self) -> BoolArray:
        """(new rows,) those that are not as they were."""
        changed: BoolArray = self.kinds != SAME
        return changed

    def count(self, kind: int) -> int:
        """How many rows are of a kind."""
        return int((self.kinds == kind).sum())


SCORED_COLUMNS = ("id", "split", "given_label", "content_hash", "is_suspect", "fingerprint")
"""The columns of `scores.parquet` that are looked at here."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScoredVersion:
    """The version that an audit has scored."""

    version: LabelVersion
    given_labels: pa.ChunkedArray  # (N,) dictionary of texts
    splits: pa.ChunkedArray  # (N,) dictionary of texts, null without
    row_of_suspect: dict[str, int]  # by fingerprint

    def count(self, column: pa.ChunkedArray, rows: BoolArray) -> dict[str, int]:
        """How often each value stands in some rows."""
        counted = pc.value_counts(column.filter(pa.array(rows)).cast(pa.string()).drop_null()).to_pylist()
        return {item["values"]: item["counts"] for item in counted}


def scored_version(batches: Iterable[pa.RecordBatch], *, has_ids: bool) -> ScoredVersion:
    """Read what an audit has scored.

    Args:
        batches: of `scores.parquet`, with `SCORED_COLUMNS` at least.
        has_ids: whether rows are named by a column.
    """
    ids: list[HashArray] = []
    contents: list[HashArray] = []
    texts: dict[str, list[pa.Array]] = {"split": [], "given_label": []}
    hashes: dict[str, list[HashArray]] = {"split": [], "given_label": []}
    suspects: dict[str, int] = {}
    known, done = True, 0
    for batch in batches:
        if has_ids:
            ids.append(text_hashes(batch.column("id")))
        for name, parts in texts.items():
            coded = pc.dictionary_encode(batch.column(name).cast(pa.string()), null_encoding="encode")
            parts.append(coded)
            hashes[name].append(text_hashes(coded.dictionary)[coded.indices.to_numpy()])
        content = batch.column("content_hash")
        known = known and content.null_count == 0
        if known:
            contents.append(_from_hex(content))
        flagged = np.flatnonzero(batch.column("is_suspect").to_numpy(zero_copy_only=False))
        prints = batch.column("fingerprint").take(pa.array(flagged)).to_pylist()
        suspects |= zip(prints, (done + flagged).tolist(), strict=True)
        done += batch.num_rows
    version = LabelVersion(
        ids=_joined(ids) if has_ids else None,
        splits=_joined(hashes["split"]),
        labels=_joined(hashes["given_label"]),
        contents=_joined(contents) if known else None,
    )
    return ScoredVersion(
        version=version,
        given_labels=pa.chunked_array(texts["given_label"]),
        splits=pa.chunked_array(texts["split"]),
        row_of_suspect=suspects,
    )


def _from_hex(texts: pa.Array) -> HashArray:
    digits = bytes.fromhex("".join(texts.to_pylist()))
    return np.frombuffer(digits, dtype=">u8").astype(np.uint64)


def _joined(parts: list[HashArray]) -> HashArray:
    return np.concatenate([np.zeros(0, dtype=np.uint64), *parts])


def compare(new: LabelVersion, old: LabelVersion) -> Comparison:
    """Tell of each row of a new version whether it is as it was.

    With ids, a row is the same one where its id is, in its split or, moved from another, in the one that has
    it. Without ids rows are told apart by content and, among equals, by their number; without content too by
    their row number. Where one version has ids or content and the other has none, nothing is as it was.

    Example:
        >>> def version(ids, labels):
        ...     none = np.zeros(len(ids), dtype=np.uint64)
        ...     ids, labels = np.array(ids, dtype=np.uint64), np.array(labels, dtype=np.uint64)
        ...     return LabelVersion(ids=ids, splits=none, labels=labels, contents=None)
        >>> found = compare(version([3, 1, 4], [0, 1, 1]), version([1, 2, 3], [1, 0, 1]))
        >>> found.kinds.tolist(), found.removed.tolist()
        ([2, 0, 1], [1])
    """
    if (new.ids is None) != (old.ids is None):
        counterparts = np.full(new.n_rows, -1, dtype=np.int64)
    elif new.ids is not None and old.ids is not None:
        counterparts = _by_id(new, old, new.ids, old.ids)
    elif new.contents is not None and old.contents is not None:
        counterparts = _by_content(new, old, new.contents, old.contents)
    else:
        rows = np.arange(new.n_rows)
        counterparts = np.where(rows < old.n_rows, rows, -1)
    known = counterparts >= 0
    at = counterparts[known]
    kinds = np.full(new.n_rows, NEW, dtype=np.int8)
    kinds[known] = SAME
    if new.contents is not None and old.contents is not None:
        kinds[np.flatnonzero(known)[new.contents[known] != old.contents[at]]] = EDITED
    elif (new.contents is None) != (old.contents is None):
        kinds[known] = EDITED
    kinds[np.flatnonzero(known)[new.labels[known] != old.labels[at]]] = RELABELLED
    gone = np.ones(old.n_rows, dtype=bool)
    gone[at] = False
    return Comparison(kinds=kinds, counterparts=counterparts, removed=np.flatnonzero(gone))


def _by_id(new: LabelVersion, old: LabelVersion, ids: HashArray, old_ids: HashArray) -> IntArray:
    found = _found(mixed(ids, new.splits), mixed(old_ids, old.splits))
    lost = np.flatnonzero(found < 0)
    if not len(lost):
        return found
    # A row that moved to another split: only where the old version has its id once, and nobody has it yet.
    taken = np.zeros(old.n_rows, dtype=bool)
    taken[found[found >= 0]] = True
    _, first, counts = np.unique(old_ids, return_index=True, return_counts=True)
    single = first[(counts == 1) & ~taken[first]]
    moved = _found(ids[lost], old_ids[single])
    # Of several rows that now share its id, each in a split of its own, the first is the one that moved.
    is_first = np.zeros(len(lost), dtype=bool)
    is_first[np.unique(ids[lost], return_index=True)[1]] = True
    moved = np.where(is_first, moved, -1)
    found[lost] = np.where(moved >= 0, single[np.maximum(moved, 0)] if len(single) else -1, -1)
    return found


def _by_content(
    new: LabelVersion, old: LabelVersion, contents: HashArray, old_contents: HashArray
) -> IntArray:
    """Equal rows first; then those with the same content and another label."""
    found = _found(_numbered(mixed(contents, new.labels)), _numbered(mixed(old_contents, old.labels)))
    taken = np.zeros(old.n_rows, dtype=bool)
    taken[found[found >= 0]] = True
    lost, free = np.flatnonzero(found < 0), np.flatnonzero(~taken)
    relabelled = _found(_numbered(contents[lost]), _numbered(old_contents[free]))
    if len(free):
        found[lost] = np.where(relabelled >= 0, free[np.maximum(relabelled, 0)], -1)
    return found


def _found(keys: HashArray, among: HashArray) -> IntArray:
    """The position of each key among others, -1 where it is not; the first of equals."""
    if not len(among):
        return np.full(len(keys), -1, dtype=np.int64)
    order = np.argsort(among, kind="stable")
    at = np.minimum(np.searchsorted(among[order], keys), len(among) - 1)
    return np.where(among[order][at] == keys, order[at], -1)


def _numbered(keys: HashArray) -> HashArray:
    """Keys made different: equal ones are numbered as they come."""
    order = np.argsort(keys, kind="stable")
    numbers = np.empty(len(keys), dtype=np.uint64)
    numbers[order] = np.arange(len(keys)) - np.searchsorted(keys[order], keys[order])
    return mixed(keys, numbers)
