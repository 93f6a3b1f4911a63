"""Arrow files and streams, batch by batch, in the form that the file has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa
from pyarrow import ipc

from labelaudit.io.readers.arrow import FILE_MAGIC
from labelaudit.io.readers.faults import foreign_errors
from labelaudit.io.readers.table import Table
from labelaudit.io.rewriters.arrow_form import compression
from labelaudit.io.rewriters.columns import one_chunk, typed, with_entries
from labelaudit.io.rewriters.edits import Change, Edits, Rewritten
from labelaudit.io.rewriters.place import Place
from labelaudit.io.rewriters.rows import row_table
from labelaudit.io.rewriters.table_file import writing
from labelaudit.io.rewriters.table_pass import TablePass

MESSAGES_START = 8
"""A file is its magic bytes, filled up to this, and then a stream."""


def rewrite(table: Table, target: Path, edits: Edits) -> Rewritten:
    """Write the file anew with its edits; one batch is in memory at a time."""
    done = TablePass(table.name, table.schema, edits)
    source = _Source(table)
    batches = source.batches(_new_entries(table, edits))
    with writing(table.name), target.open("wb") as stream, source.writer(stream, done.schema) as writer:
        for new in done.tables(batches):
            arrays = [one_chunk(column) for column in new.columns]
            batch = pa.RecordBatch.from_arrays(arrays, schema=new.schema)
            writer.write_batch(batch, custom_metadata=source.batch_metadata)
    return done.rewritten


def preview(table: Table, edits: Edits) -> Iterator[Change]:
    """The labels that the edits change; no other column is read."""
    done = TablePass(table.name, table.schema, edits)
    batches = _Source(table, only=edits.column).batches({})
    return done.changes(batch.column(edits.column) for batch in batches)


class _Source:
    """The batches of a file and what stands beside them.

    Args:
        table: the file.
        only: the one column to read; all when left out.
    """

    def __init__(self, table: Table, *, only: str | None = None) -> None:
        included = None if only is None else [table.schema.get_field_index(only)]
        options = ipc.IpcReadOptions(included_fields=included)
        self._name = table.name
        self.batch_metadata: Any = None
        """What the batch that was read last carries."""
        with foreign_errors(table.name):
            content = pa.memory_map(str(table.path)).read_buffer()
            self._is_file = content[: len(FILE_MAGIC)].to_pybytes() == FILE_MAGIC
            opened = ipc.open_file if self._is_file else ipc.open_stream
            self._reader = opened(content, options=options)
            self._compression = compression(content[MESSAGES_START:] if self._is_file else content)

    def batches(self, entries: dict[int, pa.Array]) -> Iterator[pa.Table]:
        """Each batch as a table, its dictionaries with these further entries."""
        place = Place(file=self._name, column="", row=-1)
        with foreign_errors(self._name, says="is damaged"):
            for batch, metadata in self._batches():
                batch.validate(full=True)  # a damaged offset would crash who follows it
                self.batch_metadata = metadata
                new = pa.Table.from_batches([batch])
                for number, values in entries.items():
                    column = with_entries(batch.column(number), values, place)
                    new = new.set_column(number, new.schema.field(number), column)
                yield new
        self.batch_metadata = None

    def _batches(self) -> Iterator[Any]:
        if not self._is_file:
            return iter(self._reader.iter_batches_with_custom_metadata())
        numbers = range(self._reader.num_record_batches)
        return (self._reader.get_batch_with_custom_metadata(number) for number in numbers)

    def writer(self, stream: BinaryIO, schema: pa.Schema) -> Any:
        """A writer of the same form."""
        options = ipc.IpcWriteOptions(compression=self._compression)
        if not self._is_file:
            return ipc.new_stream(stream, schema, options=options)
        footer = getattr(self._reader, "metadata", None)
        return ipc.new_file(stream, schema, options=options, **({"metadata": footer} if footer else {}))


def _new_entries(table: Table, edits: Edits) -> dict[int, pa.Array]:
    """What the edits put into dictionaries, by column: those of a file are the same for all batches."""
    entries: dict[int, pa.Array] = {}
    schema = table.schema if edits.removed_column is None else table.schema.remove(len(table.schema) - 1)
    for number, field in enumerate(schema):
        if not pa.types.is_dictionary(field.type):
            continue
        found = []
        if field.name == edits.column and edits.cells:
            changes = [change for change in preview(table, edits) if change.after is not None]
            places = [Place(file=table.name, column=field.name, row=change.row) for change in changes]
            found.append(typed([change.after or "" for change in changes], field.type.value_type, places))
        for row, text in edits.restored:
            place = Place(file=table.name, column=field.name, row=row)
            found.append(row_table(text, schema, place).column(number).combine_chunks().dictionary_decode())
        if found:
            entries[number] = pa.concat_arrays(found)
    return entries
