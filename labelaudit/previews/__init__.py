"""What a person may look at of some rows: text, picture, sound, and the other columns of the item.

A saved audit knows files and row numbers, so the rows are read again, from the same paths and only the
columns and stretches that hold them. A row must still be what it was: its label and its id are compared,
and without ids the whole file's hash.

Pictures may lie in a table of their own, joined by id: a table without labels in what was scanned, or in the
folder of a label file. Not covered: tables to be joined by row order, and tables elsewhere.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, get_args

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelaudit.auditing import Audit
from labelaudit.batch import LARGEST_BATCH
from labelaudit.config import InputOptions
from labelaudit.errors import (
    AmbiguousInputError,
    ColumnNotFoundError,
    IdError,
    LabelAuditError,
    LabelError,
    ShapeError,
    UnreadableFileError,
)
from labelaudit.io.discover import is_audit
from labelaudit.io.labels import INTEGER, LabelIndex
from labelaudit.io.probabilities import all_offers
from labelaudit.io.roles import AUDIO_NAMES, IMAGE_NAMES, TEXT_NAMES, Roles, roles_of
from labelaudit.io.spool import NAME as STDIN
from labelaudit.io.tables import Kind, Table, is_table, open_table
from labelaudit.io.text import as_text
from labelaudit.item_columns import item_columns
from labelaudit.previews.media import Media, Preview, media_type, place_of
from labelaudit.same_inputs import check_inputs
from labelaudit.types import IntArray, Suspect

__all__ = ["PARTS", "Media", "Part", "Preview", "media_type", "previews_of"]

Part = Literal["text", "image", "audio", "columns"]
PARTS: tuple[Part, ...] = get_args(Part)
COLUMN_NAMES: dict[Part, tuple[str, ...]] = {"text": TEXT_NAMES, "image": IMAGE_NAMES, "audio": AUDIO_NAMES}
BOOLEANS = {"false": "0", "true": "1"}
AGAIN = "scan again: labelaudit scan audits the rows as they are now"


def previews_of(
    suspects: Iterable[Suspect],
    audit: Audit,
    *,
    wanted: Collection[Part] = PARTS,
    named: Mapping[str, str] | None = None,
    unpack: Path | None = None,
) -> dict[str, Preview]:
    """Read what some suspects show.

    Args:
        suspects: of the audit, in any order.
        audit: fresh or loaded; its files are found from the current folder.
        wanted: what to read; less is faster.
        named: `text_col`, `image_col`, `audio_col`, over those that the scan was given.
        unpack: an existing folder for pictures and sounds that a table holds; else they stay in memory.

    Returns:
        A preview for each suspect, by fingerprint.

    Raises:
        DataError: a file is gone, or its rows are not those that were audited.
        ColumnNotFoundError: no table has a named column.

    Example:
        >>> from labelaudit.auditing import audit
        >>> from labelaudit.opening import open_dataset
        >>> with open_dataset(["sample_data/digits"]) as dataset:
        ...     found = audit(dataset)
        ...     worst = next(found.suspects())
        >>> preview = previews_of([worst], found)[worst.fingerprint]
        >>> preview.image.name, media_type(preview.image.read(), preview.image.name)
        ('digit-1170.png', ('image/png', '.png'))
    """
    options = replace(audit.input_options, **(named or {}))  # type: ignore[arg-type]
    reading = _Reading(audit, options, frozenset(wanted), unpack)
    rows = list(suspects)
    by_file: dict[str, list[Suspect]] = {}
    for suspect in rows:
        by_file.setdefault(suspect.file, []).append(suspect)
    for file, here in by_file.items():
        reading.read_labels(file, sorted(here, key=lambda suspect: suspect.row))
    if by_file:
        reading.read_beside(rows)
        reading.refuse_unknown(named or {})
    return {suspect.fingerprint: Preview(**reading.found[suspect.fingerprint]) for suspect in rows}


class _Reading:
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
        role = roles_of(_opened_again(file), self.options)
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
        for _, records in _picked(role.table, kinds, rows):
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
        class_of = {label: _class_of(label, self.classes, role.schema_classes) for label in set(labels)}
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
            cells = as_text(column).to_pylist() if part == "text" else _cells(column)
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
        for role in _other_tables(label_files, [*self.inputs, *self.paths], self.options):
            columns = self.columns_of(role, missing)
            if columns:
                self.read_joined(role, columns, list(_joined(role, by_id)))

    def read_joined(
        self, role: Roles, columns: Mapping[Part, str], places: Sequence[tuple[int, Suspect]]
    ) -> None:
        """Read the rows of a table that were found to belong to suspects, ascending."""
        rows = np.array(sorted({row for row, _ in places}), dtype=np.int64)
        at: dict[int, list[Suspect]] = {}
        for row, suspect in places:
            at.setdefault(row, []).append(suspect)
        for here, records in _picked(role.table, dict.fromkeys(columns.values(), Kind.ANY), rows):
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
        return [name for name in names if name not in role.preview and _is_plain(schema.field(name).type)]

    def refuse_unknown(self, named: Mapping[str, str]) -> None:
        """Raise ColumnNotFoundError for a column that was asked for by name and is nowhere."""
        for option, name in named.items():
            if self.met.get(option.removesuffix("_col")) != name:  # type: ignore[call-overload]
                raise ColumnNotFoundError(
                    f"no table has a column '{name}' (--{option.replace('_', '-')})",
                    hint="looked into the audited tables and, where rows have ids, those beside the labels",
                )


def _opened_again(file: str) -> Table:
    """A file of the audit.

    Raises:
        UnreadableFileError: it is gone.
    """
    if file == STDIN:
        raise UnreadableFileError(
            "was standard input, which is gone", file=file, hint="keep the data in a file and scan that"
        )
    if not Path(file).exists():
        raise UnreadableFileError(
            "is not there any more",
            file=file,
            hint="paths count from the folder of the scan: go there, or scan again",
        )
    return open_table(Path(file), name=file)


def _other_tables(label_files: Collection[str], scanned: Sequence[str], options: InputOptions) -> list[Roles]:
    """Tables with ids that are no label tables: in what was scanned, then beside the label files."""
    paths = [path for place in scanned for path in _tables_in(Path(place), deep=True)]
    for folder in sorted({Path(file).parent for file in label_files}):
        paths += _tables_in(folder, deep=False)
    found: list[Roles] = []
    seen = {Path(file).resolve() for file in label_files}
    for path in paths:
        if path.resolve() in seen:
            continue
        seen.add(path.resolve())
        try:
            role = roles_of(open_table(path, name=path.as_posix()), options)
        except LabelAuditError:  # a damaged file that nobody asked for
            continue
        if role.id is not None and role.label is None:
            found.append(role)
    return found


def _tables_in(place: Path, *, deep: bool) -> list[Path]:
    """A file, or the tables of a folder; hidden ones and earlier audits are left out, as a scan does."""
    if place.is_file():
        return [place] if is_table(place) else []
    found: list[Path] = []
    for here, folders, names in os.walk(place):
        visible = (f for f in folders if not f.startswith((".", "__")) and not is_audit(Path(here, f)))
        folders[:] = sorted(visible) if deep else []
        found += [Path(here, n) for n in sorted(names) if not n.startswith(".") and is_table(Path(n))]
    return found


def _joined(role: Roles, by_id: Mapping[str, Sequence[Suspect]]) -> Iterator[tuple[int, Suspect]]:
    """The rows of a table whose id, and split where both sides tell one, is that of a suspect."""
    assert role.id is not None
    columns = [name for name in (role.id, role.split_column) if name]
    ids = pa.array(list(by_id), pa.string())
    for part in role.table.parts(dict.fromkeys(columns, Kind.TEXT)):
        start = part.start
        for records in part.read(LARGEST_BATCH):
            here = pc.indices_nonzero(pc.is_in(as_text(records.column(role.id)), value_set=ids))
            picked = records.take(here)
            names = as_text(picked.column(role.id)).to_pylist()
            splits = [role.split_name] * len(names)
            if role.split_column:
                splits = as_text(picked.column(role.split_column)).to_pylist()
            for row, name, split in zip(here.to_pylist(), names, splits, strict=True):
                for suspect in by_id[name]:
                    if split is None or suspect.split is None or split == suspect.split:
                        yield start + row, suspect
            start += records.num_rows


def _picked(
    table: Table, kinds: Mapping[str, Kind], rows: IntArray
) -> Iterator[tuple[IntArray, pa.RecordBatch]]:
    """Some rows of a table, ascending; stretches without any are not decoded."""
    for part in table.parts(kinds):
        start = part.start
        end = None if part.n_rows is None else start + part.n_rows
        if not len(rows) or start > rows[-1] or (end is not None and not _between(rows, start, end).size):
            continue
        for records in part.read(LARGEST_BATCH):
            here = _between(rows, start, start + records.num_rows)
            if len(here):
                yield here, records.take(pa.array(here - start))
            start += records.num_rows
            if start > rows[-1]:
                break


def _between(rows: IntArray, start: int, end: int) -> IntArray:
    first, last = np.searchsorted(rows, [start, end])
    return rows[first:last]


def _class_of(raw: str | None, classes: Sequence[str], schema: Sequence[str] | None) -> str | None:
    """The class that a label in a file means, as `labelaudit.io.classes` decides for all of them at once."""
    if raw is None:
        return None
    text = raw.removesuffix(".0")
    number = int(text) if INTEGER.fullmatch(text) else -1
    by_schema, by_position = (
        names[number] if 0 <= number < len(names) else None for names in (schema or (), classes)
    )
    folded = next((name for name in classes if name.lower() == raw), None) if raw in BOOLEANS else None
    meanings = (by_schema, raw, text, by_position, folded, BOOLEANS.get(raw))
    return next((name for name in meanings if name in classes), raw)


def _cells(column: pa.Array) -> list[Any]:
    kind = column.type
    if pa.types.is_struct(kind):
        cells = column.to_pylist()
        return [cell if cell and (cell.get("bytes") or cell.get("path")) else None for cell in cells]
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return [cell or None for cell in column.to_pylist()]
    return list(as_text(column).to_pylist())


def _is_plain(kind: pa.DataType) -> bool:
    """Whether cells of a type read well as text: not bytes, alone or inside."""
    types = pa.types
    if types.is_binary(kind) or types.is_large_binary(kind) or types.is_fixed_size_binary(kind):
        return False
    return all(_is_plain(kind.field(i).type) for i in range(kind.num_fields))
