"""One pass over an Arrow table, row group by row group or batch by batch."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import pyarrow as pa

from labelaudit.io.rewriters.columns import one_chunk, texts_at, with_texts
from labelaudit.io.rewriters.edits import Change, Edits, Rewritten
from labelaudit.io.rewriters.place import Place
from labelaudit.io.rewriters.plan import Plan
from labelaudit.io.rewriters.rows import row_table, row_text, with_rows


class TablePass:
    """Changes the rows of a file, some at a time.

    Args:
        file: how errors call it.
        schema: of the file.
        edits: what is to be changed; a column to remove is the last one.
    """

    def __init__(self, file: str, schema: pa.Schema, edits: Edits) -> None:
        self.schema = _new_schema(schema, edits)
        """Of the new file."""
        self._file, self._edits = file, edits
        self._label = schema.get_field_index(edits.column)
        self._plan = Plan(edits, file)
        self._cells: list[str] = []
        self._dropped: list[str] = []

    @property
    def rewritten(self) -> Rewritten:
        """What was there before, as far as the pass has come."""
        return Rewritten(cells=tuple(self._cells), dropped=tuple(self._dropped))

    def tables(self, chunks: Iterable[pa.Table]) -> Iterator[pa.Table]:
        """The new rows of each chunk; one chunk when rows are put back into a file without any.

        Raises:
            CorrectionError: the file is not as the edits have it, or a value does not fit.
        """
        stop, table = 0, None
        for chunk in chunks:
            start, stop = stop, stop + chunk.num_rows
            # A row is put back into the chunk of the row before it.
            first = start if table is None else start + 1
            table = self._restored(self._edited(chunk, start), start, range(first, stop + 1))
            yield table
        self._plan.require_rows(stop)
        if table is None and self._plan.inserted:
            yield self._restored(self.schema.empty_table(), 0, range(1))

    def changes(self, labels: Iterable[pa.ChunkedArray]) -> Iterator[Change]:
        """The labels that change, given the label column of each chunk.

        Raises:
            CorrectionError: as `tables`.
        """
        stop = 0
        for chunk in labels:
            start, stop = stop, stop + len(chunk)
            column = one_chunk(chunk)
            new = self._relabelled(column, start)[1]
            rows = self._plan.between(start, stop)
            for row, before in zip(rows, texts_at(column, np.array(rows, np.int64) - start), strict=True):
                yield from self._restored_changes(row)
                if row in self._plan.dropped or row in new:
                    yield Change(row=row, line=None, before=before or "", after=new.get(row))
        self._plan.require_rows(stop)
        yield from self._restored_changes(stop)

    def _restored_changes(self, row: int) -> Iterator[Change]:
        for new_row, text in self._plan.inserted.get(row, ()):
            column = row_table(text, self.schema, self._place(new_row)).column(self._label)
            label = texts_at(one_chunk(column), np.zeros(1, np.int64))[0]
            yield Change(row=new_row, line=None, before="", after=label or "")

    def _edited(self, chunk: pa.Table, start: int) -> pa.Table:
        """The chunk with other labels, with or without a column, and without the dropped rows."""
        table, rows = chunk, range(start, start + chunk.num_rows)
        column, new = self._relabelled(one_chunk(chunk.column(self._label)), start)
        if new:
            table = table.set_column(self._label, table.schema.field(self._label), column)
        if self._edits.added_column is not None:
            added = pa.array([self._edits.added.get(row) for row in rows], pa.string())
            table = table.append_column(self.schema.field(len(self.schema) - 1), added)
        if self._edits.removed_column is not None:
            table = table.remove_column(len(chunk.schema) - 1)
        drops = [
            row - start for row in self._plan.between(rows.start, rows.stop) if row in self._plan.dropped
        ]
        if drops:
            self._dropped += [row_text(chunk, drop) for drop in drops]
            kept = np.ones(len(rows), np.bool_)
            kept[drops] = False
            # A filter that leaves nothing takes the dictionaries away too, and a slice does not.
            table = table.filter(pa.array(kept)) if kept.any() else table.slice(0, 0)
        return table

    def _relabelled(self, column: pa.Array, start: int) -> tuple[pa.Array, dict[int, str]]:
        """The label column of a chunk with its edits, and the new labels by row."""
        rows = [row for row in self._plan.between(start, start + len(column)) if row in self._plan.cells]
        if not rows:
            return column, {}
        at = np.array(rows, np.int64) - start
        places, new = [self._place(row) for row in rows], {}
        for place, found in zip(places, texts_at(column, at), strict=True):
            edit = self._plan.cells[place.row]
            text = place.new_text(found, edit)
            new[place.row] = text if edit.new_cell is None else edit.new_cell
            self._cells.append(found or "")
        return with_texts(column, at, list(new.values()), places), new

    def _restored(self, table: pa.Table, start: int, following: range) -> pa.Table:
        """The table with the rows that are put back in front of some rows of the file."""
        rows, positions = [], []
        for row in self._plan.between(following.start, following.stop):
            for new_row, text in self._plan.inserted.get(row, ()):
                rows.append(row_table(text, self.schema, self._place(new_row)))
                positions.append(row - start - self._plan.n_dropped(start, row))
        return with_rows(table, positions, rows, self._place(following.start)) if rows else table

    def _place(self, row: int) -> Place:
        return Place(file=self._file, column=self._edits.column, row=row)


def _new_schema(schema: pa.Schema, edits: Edits) -> pa.Schema:
    if edits.removed_column is not None:
        schema = schema.remove(len(schema) - 1)
    return schema if edits.added_column is None else schema.append(pa.field(edits.added_column, pa.string()))
