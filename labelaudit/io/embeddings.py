"""The embeddings of a dataset as one matrix, in the order of its rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from labelaudit.batch import default_batch_rows, float_matrix
from labelaudit.errors import ShapeError
from labelaudit.io.join import Alignment
from labelaudit.io.readers.npy import NpyTable
from labelaudit.io.roles import Roles
from labelaudit.io.tables import Kind
from labelaudit.types import AnyArray, IntArray

USUAL_WIDTH = 512


def embedding_width(role: Roles) -> int:
    """Numbers a row, told by the schema or by the first list; 0 where every list is missing."""
    if role.wide_embeddings:
        return len(role.wide_embeddings)
    kind = role.table.schema.field(role.embeddings[0]).type
    size = getattr(kind, "list_size", None)
    return int(size) if size is not None else next((m.shape[1] for _, m in _blocks(role) if m.shape[1]), 0)


def read_embeddings(
    tables: Sequence[Roles], alignment: Alignment, n_rows: int, rows: IntArray | None = None
) -> AnyArray:
    """Read embeddings block by block into one matrix; nothing but it is held.

    Args:
        tables: the tables with embeddings, one after the other.
        alignment: which row of the dataset each of their rows is.
        n_rows: N, rows of the dataset.
        rows: (n,) distinct rows of the dataset, in any order; all when left out.

    Returns:
        (n, d) float32 in the order of `rows`, nan where a list is missing. All of a float32 array on disk in
        the same order is mapped, not read.

    Raises:
        ShapeError: lists of different lengths.
    """
    width = embedding_width(tables[0])
    if rows is None and len(tables) == 1 and alignment.rows is None:
        table = tables[0].table
        if isinstance(table, NpyTable) and table.dtype == np.dtype("<f4") and not table.is_fortran:
            return table.rows(0, n_rows)
    position = np.arange(n_rows) if rows is None else np.full(n_rows, -1)
    if rows is not None:
        position[rows] = np.arange(len(rows))
    matrix = np.full((n_rows if rows is None else len(rows), width), np.nan, dtype=np.float32)
    offset = 0
    for role in tables:
        end = offset
        for start, block in _blocks(role):
            if block.shape[1] not in (0, width):
                raise ShapeError(
                    f"the embedding has {block.shape[1]} numbers, the first one has {width}",
                    file=role.table.name,
                    column=role.embeddings[0],
                    row=start,
                    hint="every row needs an embedding of the same length",
                )
            at = position[alignment.rows_of(offset + start, len(block))]
            if block.shape[1]:
                with np.errstate(over="ignore"):  # beyond float32 is infinite, and told so by those who check
                    matrix[at[at >= 0]] = block[at >= 0]
            end = offset + start + len(block)
        offset = end
    return matrix


def embedding_blocks(tables: Sequence[Roles], alignment: Alignment) -> Iterator[tuple[IntArray, AnyArray]]:
    """Read embeddings block by block: (b,) rows of the dataset, (b, d) their numbers.

    Args:
        tables: the tables with embeddings, one after the other.
        alignment: which row of the dataset each of their rows is.
    """
    offset = 0
    for role in tables:
        end = offset
        for start, block in _blocks(role):
            end = offset + start + len(block)
            if block.shape[1]:  # else every list is missing
                yield alignment.rows_of(offset + start, len(block)), block
        offset = end


def _blocks(role: Roles) -> Iterator[tuple[int, AnyArray]]:
    """The first row and the numbers of each stretch of a table."""
    kinds = dict.fromkeys(role.embeddings, Kind.ANY if role.list_embeddings else Kind.FLOAT)
    row = 0
    for part in role.table.parts(kinds):
        for records in part.read(default_batch_rows(USUAL_WIDTH)):
            if records.num_rows:
                yield row, float_matrix(records, role.embeddings, file=role.table.name, start=row)
                row += records.num_rows
