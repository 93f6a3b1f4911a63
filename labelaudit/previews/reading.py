"""The reading of previews: which columns show what, and whether a row is still what was audited."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import pyarrow as pa

from labelaudit.auditing import Audit
from labelaudit.config import InputOptions
from labelaudit.errors import (
    AmbiguousInputError,
    ColumnNotFoundError,
    IdError,
    LabelError,
    ShapeError,
    UnreadableFileError,
)
from labelaudit.io.labels import LabelIndex
from labelaudit.io.probabilities import all_offers
from labelaudit.io.roles import AUDIO_NAMES, IMAGE_NAMES, TEXT_NAMES, Roles, roles_of
from labelaudit.io.tables import Kind, Table
from labelaudit.io.text import as_text
from labelaudit.item_columns import item_columns
from labelaudit.previews.cells import cells_of, class_of_cell, is_plain
from labelaudit.previews.media import Media, media_type, place_of
from labelaudit.previews.tables import AGAIN, joined_rows, opened_again, other_tables, picked_rows
from labelaudit.same_inputs import check_inputs
from labelaudit.types import Suspect

Part = Literal["text", "image", "audio", "columns"]
PARTS: tuple[Part, ...] = get_args(Part)
COLUMN_NAMES: dict[Part, tuple[str, ...]] = {"text": TEXT_NAMES, "image": IMAGE_NAMES, "audio": AUDIO_NAMES}


class Reading:
    """What is found while the tables are read, one after the other."""

    def __init__(
        self, audit: Audit, options: InputOptions, wanted: frozenset[Part], unpack: Path | None
    ) -> None:
        self.inputs = {file.path: file for file in audit.summary.inputs}
        self.has_ids = audit.summary.has_ids
        self.paths = audit.summary.paths
        self.classes = audit.class_names
        self.options, self.wanted, self.unpack = options, wanted, unpack
        self.found: dict[str, dict[str, Any]] = {}
        self.met: dict[Part, str] = {}  # the column that was found for each part

    def read_labels(self, file: str, suspects: Sequence[Suspect]) -> None:
        """Read the rows of one label file, ascending, and compare them with the audit."""
        role = roles_of(opened_again(file), self.options)
        if not self.has_ids and file in self.inputs:
            check_inputs([self.inputs[file]])
        if role.label is None or (self.has_ids and role.id is None):
            raise UnreadableFileError("its columns are not those that were audited", file=file, hint=AGAIN)
        columns = self.columns_of(role)
        others = self.item_columns_of(role) if "columns" in self.wanted else []
        keys = [name for name in (role.label, role.id) if name]
        kinds = dict.fromkeys([*columns.values(), *others], Kind.ANY) | dict.fromkeys(keys, Kind.TEXT)
        rows = np.array([suspect.row for suspect in suspects], dtype=np.int64)
        done = 0
        for _, records in picked_rows(role.table, kinds, rows):
            here = suspects[done : done + records.num_rows]
            done += len(here)
            self.compare(role, here, records)
            texts = {name: as_text(records.column(name)).to_pylist() for name in others}
            for i, suspect in enumerate(here):
                self.found[suspect.fingerprint] = {"columns": {name: texts[name][i] for name in others}}
            self.keep(role.table, columns, here, records)
        if done < len(suspects):
            raise ShapeError(
                "the file has fewer rows than were audited", file=file, row=suspects[done].row, hint=AGAIN
            )

    def compare(self, role: Roles, suspects: Sequence[Suspect], records: pa.RecordBatch) -> None:
        """Raise DataError where a row is another one now, or has another label."""
        ids = as_text(records.column(role.id)).to_pylist() if self.has_ids else []
        labels = as_text(records.column(role.label)).to_pylist()
        class_of = {label: class_of_cell(label, self.classes, role.schema_classes) for label in set(labels)}
        for i, suspect in enumerate(suspects):
            at: dict[str, Any] = {"file": suspect.file, "row": suspect.row, "line": suspect.line}
            if ids and ids[i] != suspect.id:
                raise IdError(
                    f"the id is '{ids[i]}' and was '{suspect.id}'", column=role.id, hint=AGAIN, **at
                )
            label = class_of[labels[i]]
            if label != suspect.given_label:
                now = "gone" if label is None else f"'{label}'"
                message = f"the label is {now} and was '{suspect.given_label}' when it was audited"
                raise LabelError(message, column=role.label, hint=AGAIN, **at)

    def keep(
        self, table: Table, columns: Mapping[Part, str], suspects: Sequence[Suspect], records: pa.RecordBatch
    ) -> None:
        """Take texts, pictures and sounds out of rows that belong to these suspects."""
        for part, name in columns.items():
            column = records.column(name)
            cells = as_text(column).to_pylist() if part == "text" else cells_of(column)
            for suspect, cell in zip(suspects, cells, strict=True):
                if cell is None:
                    continue
                kept = self.found[suspect.fingerprint]
                if part in kept:
                    raise AmbiguousInputError(
                        f"the id '{suspect.id}' has two cells of '{name}'",
                        file=table.name,
                        hint="keep one of the rows or tables, or put the column beside the labels",
                    )
                kept[part] = cell if part == "text" else self.media(part, cell, table, suspect)

    def media(self, part: Part, cell: Any, table: Table, suspect: Suspect) -> Media:
        """A picture or a sound as its cell tells: a text, bytes, or a struct of bytes and path."""
        data, name = (cell.get("bytes"), cell.get("path")) if isinstance(cell, dict) else (cell, None)
        if isinstance(data, str):
            data, name = None, data
        if data is None:
            return Media(name=name, place=place_of(str(name), table.path))
        if self.unpack is None:
            return Media(name=name, place=None, data=data, embedded=True)
        file = self.unpack / part / f"{suspect.fingerprint}{media_type(data, name)[1]}"
        file.parent.mkdir(exist_ok=True)
        file.write_bytes(data)
        return Media(name=name, place=str(file), embedded=True)

    def read_beside(self, suspects: Sequence[Suspect]) -> None:
        """Read what the label tables lack out of other tables, joined by id."""
        if not self.has_ids or not self.missing:
            return
        by_id: dict[str, list[Suspect]] = {}
        for suspect in suspects:
            by_id.setdefault(suspect.id, []).append(suspect)
        missing = self.missing  # several tables may be shards of one
        label_files = {suspect.file for suspect in suspects}
        for role in other_tables(label_files, [*self.inputs, *self.paths], self.options):
            columns = self.columns_of(role, missing)
            if columns:
                self.read_joined(role, columns, list(joined_rows(role, by_id)))

    def read_joined(
        self, role: Roles, columns: Mapping[Part, str], places: Sequence[tuple[int, Suspect]]
    ) -> None:
        """Read the rows of a table that were found to belong to suspects, ascending."""
        rows = np.array(sorted({row for row, _ in places}), dtype=np.int64)
        at: dict[int, list[Suspect]] = {}
        for row, suspect in places:
            at.setdefault(row, []).append(suspect)
        for here, records in picked_rows(role.table, dict.fromkeys(columns.values(), Kind.ANY), rows):
            repeats = [(i, suspect) for i, row in enumerate(here.tolist()) for suspect in at[row]]
            picked = records.take(pa.array([i for i, _ in repeats], pa.int64()))
            self.keep(role.table, columns, [suspect for _, suspect in repeats], picked)

    @property
    def missing(self) -> frozenset[Part]:
        """What is wanted and no table read so far has."""
        return self.wanted - self.met.keys() - {"columns"}

    def columns_of(self, role: Roles, wanted: Collection[Part] | None = None) -> dict[Part, str]:
        """The text, picture and sound columns of a table."""
        found: dict[Part, str] = {}
        for part, names in COLUMN_NAMES.items():
            asked = getattr(self.options, f"{part}_col")
            for name in role.preview if part in (self.wanted if wanted is None else wanted) else ():
                if name == asked or (asked is None and name in names):
                    found[part] = name
        self.met |= found
        return found

    def item_columns_of(self, role: Roles) -> list[str]:
        """The columns of a label table that describe the item and can be written as text."""
        nothing = np.zeros(0, dtype=np.int32)
        known = LabelIndex(
            roles=(role,),
            offsets=np.zeros(2, dtype=np.int64),
            values=self.classes,
            value_codes=nothing,
            id_hashes=None,
            splits=(),
            split_codes=nothing,
        )
        names = item_columns(role, all_offers([role], known, self.options))
        schema = role.table.schema
        return [name for name in names if name not in role.preview and is_plain(schema.field(name).type)]

    def refuse_unknown(self, named: Mapping[str, str]) -> None:
        """Raise ColumnNotFoundError for a column that was asked for by name and is nowhere."""
        for option, name in named.items():
            if self.met.get(option.removesuffix("_col")) != name:  # type: ignore[call-overload]
                raise ColumnNotFoundError(
                    f"no table has a column '{name}' (--{option.replace('_', '-')})",
                    hint="looked into the audited tables and, where rows have ids, those beside the labels",
                )
