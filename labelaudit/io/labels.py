"""The first reading: given labels, ids and splits of every row, kept in a few bytes each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from labelaudit.batch import LARGEST_BATCH
from labelaudit.errors import DataError, IdError
from labelaudit.io.hashing import text_hashes
from labelaudit.io.roles import Roles
from labelaudit.io.tables import Kind
from labelaudit.io.text import as_text
from labelaudit.types import AnyArray, HashArray, IntArray, Progress, ProgressEvent

INTEGER = re.compile(r"-?(0|[1-9][0-9]*)")
MOST_LABELS = 100_000
"""More distinct labels than this are no classes: the column is something else."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LabelIndex:
    """Every row of the label tables, in order."""

    roles: tuple[Roles, ...]  # one a file
    offsets: IntArray  # (files + 1,) first row of each file
    values: tuple[str, ...]  # distinct given labels as text, in order of appearance
    value_codes: AnyArray  # (N,) index into values, -1 where missing
    id_hashes: HashArray | None  # (N,) uint64
    splits: tuple[str, ...]  # distinct splits in order of appearance; empty when there are none
    split_codes: AnyArray  # (N,) index into splits, -1 without

    @property
    def n_rows(self) -> int:
        """N."""
        return int(self.offsets[-1])

    @property
    def integers(self) -> bool:
        """Whether all labels are whole numbers as text: "7", not "07"."""
        return bool(self.values) and all(INTEGER.fullmatch(v) for v in self.values)

    def place(self, row: int) -> tuple[Roles, int]:
        """The table of a row, and the row's number in it."""
        file = int(np.searchsorted(self.offsets, row, side="right")) - 1
        return self.roles[file], row - int(self.offsets[file])


class _Codes:
    """Numbers texts in the order in which they first appear."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def encode(self, texts: pa.Array) -> AnyArray:
        coded = texts.dictionary_encode()
        known = [self.numbers.setdefault(v, len(self.numbers)) for v in coded.dictionary.to_pylist()]
        indices = coded.indices.fill_null(len(known)).to_numpy()
        codes: AnyArray = np.array([*known, -1], dtype=np.int32)[indices]
        return codes


def read_labels(roles: Sequence[Roles], progress: Progress) -> LabelIndex:
    """Read label, id and split of every row of the label tables.

    Args:
        roles: the label tables, in order.
        progress: told the rows read.

    Raises:
        DataError: so many distinct labels that they can be no classes.
        IdError: an id is missing.
    """
    labels, splits = _Codes(), _Codes()
    label_codes: list[AnyArray] = []
    split_codes: list[AnyArray] = []
    hashes: list[HashArray] = []
    offsets = [0]
    done = 0
    for role in roles:
        start = done
        columns = {name: Kind.TEXT for name in (role.label, role.id, role.split_column) if name}
        for part in role.table.parts(columns):
            for records in part.read(LARGEST_BATCH):
                label_codes.append(labels.encode(as_text(records.column(role.label))))
                if len(labels.numbers) > MOST_LABELS:
                    raise DataError(
                        f"the column has over {MOST_LABELS:,} distinct labels",
                        file=role.table.name,
                        column=role.label,
                        hint="name the column of the classes with --label-col",
                    )
                if role.split_column:
                    split_codes.append(splits.encode(as_text(records.column(role.split_column))))
                else:
                    code = (
                        splits.numbers.setdefault(role.split_name, len(splits.numbers))
                        if role.split_name
                        else -1
                    )
                    split_codes.append(np.broadcast_to(np.int32(code), records.num_rows))
                if role.id:
                    ids = as_text(records.column(role.id))
                    refuse_missing_ids(ids, role, done - start)
                    hashes.append(text_hashes(ids))
                done += records.num_rows
                progress(ProgressEvent("reading labels", done))
        offsets.append(done)
    return LabelIndex(
        roles=tuple(roles),
        offsets=np.array(offsets, dtype=np.int64),
        values=_whole(tuple(labels.numbers)),
        value_codes=np.concatenate(label_codes) if label_codes else np.zeros(0, np.int32),
        id_hashes=np.concatenate(hashes) if hashes and all(r.id for r in roles) else None,
        splits=tuple(splits.numbers),
        split_codes=np.concatenate(split_codes) if splits.numbers else np.broadcast_to(np.int32(-1), done),
    )


def _whole(values: tuple[str, ...]) -> tuple[str, ...]:
    """The labels; where a text format has them all as 0.0, 1.0, ... the whole numbers they are.

    Example:
        >>> _whole(("1.0", "0.0")), _whole(("1.0", "cat"))
        (('1', '0'), ('1.0', 'cat'))
    """
    are_whole = values and all(re.fullmatch(r"-?(0|[1-9][0-9]*)\.0", value) for value in values)
    return tuple(value[:-2] for value in values) if are_whole else values


def refuse_missing_ids(ids: pa.Array, role: Roles, start: int) -> None:
    """Raise IdError for the first missing one of some ids as text, the first being of row `start`."""
    if not ids.null_count:
        return
    row = start + int(np.flatnonzero(ids.is_null().to_numpy(zero_copy_only=False))[0])
    raise IdError(
        "the id is missing",
        file=role.table.name,
        column=role.id,
        row=row,
        line=line_of(role, row),
        more=ids.null_count - 1,
        hint="give every row an id, or name another column with --id-col",
    )


def line_of(role: Roles, row: int) -> int | None:
    """The 1-based line of a row of a text file."""
    lines = role.table.lines(np.array([row], dtype=np.int64))
    return None if lines is None else int(lines[0])


def ids_at(role: Roles, rows: IntArray) -> list[str]:
    """The ids of some rows of a table, read again; `rows` ascending."""
    assert role.id is not None
    found: list[str] = []
    for part in role.table.parts({role.id: Kind.TEXT}):
        start = part.start
        for records in part.read(LARGEST_BATCH):
            here = rows[(rows >= start) & (rows < start + records.num_rows)] - start
            found += as_text(records.column(role.id)).take(pa.array(here)).to_pylist()
            start += records.num_rows
    return found
