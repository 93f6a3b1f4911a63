"""Which row of the labels each row of another table belongs to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelaudit.batch import LARGEST_BATCH
from labelaudit.errors import IdError, ShapeError
from labelaudit.io.hashing import mixed, text_hashes
from labelaudit.io.labels import LabelIndex, ids_at, line_of, refuse_missing_ids
from labelaudit.io.roles import Roles
from labelaudit.io.tables import Kind
from labelaudit.io.text import as_text
from labelaudit.types import BoolArray, HashArray, IntArray

SECOND_SEED = 1


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Alignment:
    """How the rows of some tables, one after the other, meet the rows of the labels."""

    rows: IntArray | None  # (M,) label row of each row; None when both have the same order
    how: str  # for the plan

    def rows_of(self, start: int, n_rows: int) -> IntArray:
        """The label rows of a stretch of the other tables."""
        stretch = np.arange(start, start + n_rows)
        return stretch if self.rows is None else self.rows[stretch]


def align(
    tables: Sequence[Roles], counts: Sequence[int], labels: LabelIndex, *, row_order: bool, what: str
) -> Alignment:
    """Match the rows of other tables to the rows of the labels.

    Args:
        tables: the tables of one role, in order.
        counts: their numbers of rows.
        labels: the label rows.
        row_order: match by order where ids are absent.
        what: the role in words, for messages.

    Raises:
        ShapeError: counts that do not agree.
        IdError: ids that are missing, duplicated or unmatched (LA906).
    """
    if [t.table.path for t in tables] == [r.table.path for r in labels.roles]:
        return Alignment(rows=None, how="same rows")
    n_rows = sum(counts)
    npy = all(t.table.format == "npy" for t in tables)
    has_ids = labels.id_hashes is not None and all(t.id for t in tables)
    # Of several label files nobody knows the order in which their rows were numbered.
    if labels.id_hashes is None and len(labels.roles) == 1 and _are_row_numbers(tables, labels.n_rows):
        return Alignment(rows=None, how="by row number")
    if npy or row_order or not has_ids:
        if not (npy or row_order):
            raise IdError(
                f"the {what} have no id to join on"
                if labels.id_hashes is not None
                else "the labels have no id to join on",
                file=(tables[0] if labels.id_hashes is not None else labels.roles[0]).table.name,
                hint="name it with --id-col, or give --row-order if both have the same rows in one order",
            )
        _check_counts(tables, n_rows, labels, what)
        if has_ids and not npy and not _same_keys(tables, labels, split=False):
            raise IdError(
                "both tables have ids, and these say that the rows are not in one order",
                file=tables[0].table.name,
                column=tables[0].id,
                hint="drop --row-order: the tables are joined by id; if they mean different ids, --id-col",
            )
        order = _by_split(tables, counts, labels) if npy else None
        if npy and order is None and not row_order:
            _refuse_uncertain_order(tables, counts, labels)
        return Alignment(rows=order, how="by row order")
    split = _needs_split(labels)
    if split and not _tells_split(tables):
        raise IdError(
            f"ids repeat in several splits, and the {what} do not tell theirs",
            file=tables[0].table.name,
            hint="give both tables a column 'split' (--split-col), or name the files for their splits",
        )
    key = "id and split" if split else "id"
    if n_rows == labels.n_rows and _same_keys(tables, labels, split=split):
        return Alignment(rows=None, how=f"by {key}, same order")
    rows = _by_hash(tables, counts, labels, what, split=split)
    return Alignment(rows=rows, how=f"by {key}, another order")


def _are_row_numbers(tables: Sequence[Roles], n_rows: int) -> bool:
    """Whether the ids are 0, 1, ... N-1 in order: the ids of labels that have no column of them."""
    row = 0
    for role in tables:
        if role.id is None:
            return False
        for part in role.table.parts({role.id: Kind.TEXT}):
            for records in part.read(LARGEST_BATCH):
                numbers = pa.array(np.arange(row, row + records.num_rows)).cast(pa.string())
                if not as_text(records.column(role.id)).equals(numbers):
                    return False
                row += records.num_rows
    return row == n_rows


def _check_counts(tables: Sequence[Roles], n_rows: int, labels: LabelIndex, what: str) -> None:
    if n_rows == labels.n_rows:
        return
    shape = getattr(tables[0].table, "array_shape", None)
    transposed = shape is not None and len(shape) == 2 and shape[1] == labels.n_rows
    raise ShapeError(
        f"{n_rows:,} rows of {what}, but {labels.n_rows:,} labels",
        file=tables[0].table.name,
        hint="the matrix looks transposed: save it as rows x classes"
        if transposed
        else "row order needs equal counts",
    )


def _refuse_uncertain_order(tables: Sequence[Roles], counts: Sequence[int], labels: LabelIndex) -> None:
    """Raise IdError where an array meets several label files, unless it is cut as they are."""
    if len(labels.roles) == 1 or list(counts) == np.diff(labels.offsets).tolist():
        return
    names = [role.table.name for role in labels.roles]
    raise IdError(
        f"an array without ids meets {len(names)} label files: their order is not certain",
        file=tables[0].table.name,
        hint=f"give --row-order if its rows follow {', '.join(names[:4])}{', ...' if len(names) > 4 else ''}",
    )


def _by_split(tables: Sequence[Roles], counts: Sequence[int], labels: LabelIndex) -> IntArray | None:
    """Pair `train.npy` with the rows of split train, where every array names a split that adds up."""
    names = [t.split_name for t in tables]
    if len(tables) < 2 or None in names or len(set(names)) < len(names):
        return None
    rows = []
    for name, count in zip(names, counts, strict=True):
        code = labels.splits.index(name) if name in labels.splits else len(labels.splits)
        here: IntArray = np.flatnonzero(labels.split_codes == code)
        if len(here) != count:
            return None
        rows.append(here)
    return np.concatenate(rows)


def _same_keys(tables: Sequence[Roles], labels: LabelIndex, *, split: bool) -> bool:
    """Whether both sides have the same keys in the same order; compared as text, so no hash is trusted."""
    mine, theirs = _key_chunks(labels.roles, split=split), _key_chunks(tables, split=split)
    left = right = None
    while True:
        left = next(mine, None) if left is None or not len(left) else left
        right = next(theirs, None) if right is None or not len(right) else right
        if left is None or right is None:
            return left is None and right is None
        n = min(len(left), len(right))
        if not left.slice(0, n).equals(right.slice(0, n)):
            return False
        left, right = left.slice(n), right.slice(n)


def _needs_split(labels: LabelIndex) -> bool:
    """Whether an id alone does not name a row."""
    return bool(labels.splits and labels.id_hashes is not None and len(repeated(labels.id_hashes)))


def _tells_split(tables: Sequence[Roles]) -> bool:
    return all(table.split_column or table.split_name for table in tables)


def _key_chunks(tables: Sequence[Roles], *, split: bool) -> Iterator[pa.Array]:
    """The ids as text, behind the splits where both sides tell them; raises IdError where one is missing."""
    for table in tables:
        columns = [table.id, table.split_column] if split and table.split_column else [table.id]
        row = 0
        for part in table.table.parts({name: Kind.TEXT for name in columns if name}):
            for records in part.read(LARGEST_BATCH):
                ids = as_text(records.column(table.id))
                refuse_missing_ids(ids, table, row)
                row += len(ids)
                if split:
                    if table.split_column:
                        told = as_text(records.column(table.split_column)).fill_null("")
                    else:
                        told = table.split_name
                    ids = pc.binary_join_element_wise(told, ids, "\x1f")
                if len(ids):
                    yield ids


def _by_hash(
    tables: Sequence[Roles], counts: Sequence[int], labels: LabelIndex, what: str, *, split: bool
) -> IntArray:
    hashes, checks = _hashes(tables, split=split)
    mine, my_checks = _hashes(labels.roles, split=split)
    _refuse_duplicates(hashes, tables, counts, what)
    order = np.argsort(mine, kind="stable")
    at = np.searchsorted(mine[order], hashes)
    rows: IntArray = order[np.minimum(at, len(order) - 1)].astype(np.int64)
    # A second, independent hash verifies every match.
    unmatched = np.flatnonzero((mine[rows] != hashes) | (my_checks[rows] != checks))
    if len(unmatched):
        _raise_unmatched(tables, counts, unmatched, f"of the {what} have no label")
    met: BoolArray = np.zeros(labels.n_rows, dtype=bool)
    met[rows] = True
    if not met.all():
        label_counts = np.diff(labels.offsets).tolist()
        _raise_unmatched(labels.roles, label_counts, np.flatnonzero(~met), f"of the labels have no {what}")
    return rows


def _hashes(tables: Sequence[Roles], *, split: bool) -> tuple[HashArray, HashArray]:
    """Two independent hashes of every key."""
    empty = np.zeros(0, dtype=np.uint64)
    first, second = [empty], [empty]
    for keys in _key_chunks(tables, split=split):
        first.append(text_hashes(keys))
        second.append(text_hashes(keys, SECOND_SEED))
    return np.concatenate(first), np.concatenate(second)


def repeated(keys: HashArray) -> IntArray:
    """The positions of the keys that occurred before, ascending."""
    in_order = np.sort(keys)  # much faster than the argsort, which the usual case does not need
    if not (in_order[1:] == in_order[:-1]).any():
        return np.zeros(0, dtype=np.int64)
    order = np.argsort(keys, kind="stable")
    again = keys[order][1:] == keys[order][:-1]
    return np.sort(order[1:][again])


def refuse_duplicate_ids(labels: LabelIndex) -> None:
    """Raise IdError when an id stands twice in one split of the labels (LA906)."""
    if labels.id_hashes is None:
        return
    keys = labels.id_hashes
    if labels.splits:
        keys = mixed(keys, labels.split_codes.astype(np.int64).view(np.uint64))
    _refuse_duplicates(keys, labels.roles, np.diff(labels.offsets).tolist(), "labels")


def _refuse_duplicates(keys: HashArray, tables: Sequence[Roles], counts: Sequence[int], what: str) -> None:
    again = repeated(keys)
    if not len(again):
        return
    name, role, row = _name_rows(tables, counts, again[:1])[0]
    first = int(np.flatnonzero(keys == keys[again[0]])[0])
    _, first_role, first_row = _name_rows(tables, counts, np.array([first]))[0]
    raise IdError(
        f"id '{name}' stands twice in the {what}: also in {first_role.table.name}, row {first_row}",
        file=role.table.name,
        column=role.id,
        row=row,
        line=line_of(role, row),
        more=len(again) - 1,
        hint="ids must be unique within a split: drop the copies, name the split with --split-col, "
        "or scan one file at a time",
    )


def _raise_unmatched(tables: Sequence[Roles], counts: Sequence[int], rows: IntArray, which: str) -> None:
    named = _name_rows(tables, counts, rows[:3])
    _, role, row = named[0]
    ids = ", ".join(f"'{name}'" for name, _, _ in named) + (", ..." if len(rows) > len(named) else "")
    raise IdError(
        f"{len(rows):,} ids {which}: {ids}",
        file=role.table.name,
        column=role.id,
        row=row,
        line=line_of(role, row),
        hint="the tables must hold the same ids; check that both are of the same version of the data",
    )


def _name_rows(
    tables: Sequence[Roles], counts: Sequence[int], rows: IntArray
) -> list[tuple[str, Roles, int]]:
    """The id, table and row within it of some rows of consecutive tables."""
    ends = np.cumsum(counts)
    named = []
    for row in rows.tolist():
        file = int(np.searchsorted(ends, row, side="right"))
        local = row - int(ends[file] - counts[file])
        named.append((ids_at(tables[file], np.array([local]))[0], tables[file], local))
    return named
