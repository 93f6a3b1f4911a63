"""The label files of an audit, read as they are now."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from labelaudit.audit_tables import Fingerprints
from labelaudit.auditing import Audit
from labelaudit.config import InputOptions
from labelaudit.corrections.scanned_inputs import class_names, label_paths, scan_options, stamp
from labelaudit.errors import CorrectionError
from labelaudit.io.classes import ClassOrder, order_of_labels
from labelaudit.io.join import refuse_duplicate_ids
from labelaudit.io.labels import LabelIndex
from labelaudit.io.roles import Roles
from labelaudit.io.tables import open_table
from labelaudit.item_columns import content_hashes
from labelaudit.old_versions import LabelTables, label_tables
from labelaudit.types import AnyArray, HashArray, IntArray

BY_POSITION = "labels-by-position"
SCAN_AGAIN = "labelaudit scan audits the files as they are now"


@dataclass(frozen=True, kw_only=True, eq=False)
class LabelFiles:
    """The given labels as they are now; rows are numbered from 0 through all files."""

    index: LabelIndex
    order: ClassOrder
    content: HashArray | None  # (N,) what the items are, where they have no ids
    stamps: tuple[tuple[int, int], ...]  # size and time of change of each file, before it was read

    @cached_property
    def codes(self) -> AnyArray:
        """(N,) class numbers, -1 where the label is missing or unknown."""
        return self.order.codes(self.index)

    @property
    def are_nameless(self) -> bool:
        """Whether no row has an id or content."""
        return self.index.id_hashes is None and (self.content is None or not self.content.any())

    @cached_property
    def prints(self) -> Fingerprints:
        """Of the rows with a known label."""
        rows = np.flatnonzero(self.codes >= 0)
        return Fingerprints(self.index, self.order.names, self.content, rows, self.codes[rows])

    @property
    def roles(self) -> tuple[Roles, ...]:
        """The files, in order."""
        return self.index.roles

    def n_rows(self, file: int) -> int:
        """Rows of one file."""
        return int(self.index.offsets[file + 1] - self.index.offsets[file])

    def place(self, row: int) -> tuple[int, int]:
        """The number of the file that holds a row, and the row's number in it."""
        file = int(np.searchsorted(self.index.offsets, row, side="right")) - 1
        return file, row - int(self.index.offsets[file])

    def positions(self, rows: IntArray) -> IntArray:
        """Where some rows stand among those with a known label, -1 for the others."""
        known = self.prints.rows
        if not len(known):
            return np.full(len(rows), -1, dtype=np.int64)
        at = np.minimum(np.searchsorted(known, rows), len(known) - 1)
        return np.where(known[at] == rows, at, -1)

    def label_at(self, row: int) -> str:
        """The label of a row as it is read from its file."""
        return self.index.values[int(self.index.value_codes[row])]

    def number_of(self, name: str) -> int | None:
        """The number of a class; None for what is none."""
        return self._numbers.get(name)

    @cached_property
    def _numbers(self) -> dict[str, int]:
        return {name: number for number, name in enumerate(self.order.names)}

    def spelling(self, name: str) -> str:
        """A class as the files write it: its name, its number, or whatever else stands for it there.

        Raises:
            CorrectionError: nothing written there would be read as this class.
        """
        if name not in self._spellings:
            self._spellings[name] = self._found_spelling(name)
        return self._spellings[name]

    @cached_property
    def _spellings(self) -> dict[str, str]:
        return {}

    def _found_spelling(self, name: str) -> str:
        number = self._numbers[name]
        known = self.order.class_of_value[:-1]
        there = np.flatnonzero(known == number)
        if len(there):
            return self.index.values[int(there[0])]
        schema = next((r.schema_classes for r in self.roles if r.schema_classes), None) or ()
        in_schema = [str(schema.index(name))] if name in schema else []
        for value in filter(None, dict.fromkeys((*in_schema, name, str(number), "false", "true"))):
            # What a scan would make of the files, were this one of their labels.
            order = order_of_labels(
                replace(self.index, values=(*self.index.values, value)),
                InputOptions(classes=self.order.names),
            )
            if order.class_of_value[-2] == number and np.array_equal(order.class_of_value[:-2], known):
                return value
        raise CorrectionError(
            f"nothing that can stand there is read as class '{name}'",
            file=self.roles[0].table.name,
            column=self.roles[0].label,
            hint=f"the labels there are {', '.join(self.index.values[:5])}: write the class names instead",
        )


def open_label_files(audit: Audit) -> LabelFiles:
    """Read the labels of an audit's files again, by the rules of the scan.

    Args:
        audit: a loaded one; its paths count from the current folder.

    Raises:
        InputNotFoundError: a file is not there.
        CorrectionError: the labels came through a pipe, or a file has no labels any more.
        DataError: the labels cannot be read.
    """
    summary = audit.summary
    paths = label_paths(summary)
    stamps = {path: stamp(Path(path)) for path in paths}
    tables = [open_table(Path(path), name=path) for path in paths]
    classes = class_names(audit)
    found = label_tables(tables, scan_options(summary), classes, name="", labels_required=True)
    index, order = found.index, found.order
    if index is None or order is None or len(index.roles) < len(tables):
        lost = set(paths) - {role.table.name for role in (index.roles if index is not None else ())}
        raise CorrectionError(
            "holds no given labels any more", file=min(lost, default=paths[0]), hint=SCAN_AGAIN
        )
    if len(classes) < summary.n_classes and BY_POSITION in {notice.code for notice in order.notices}:
        raise CorrectionError(
            "the labels number the classes, and the audit does not tell the names of those without rows",
            file=paths[0],
            hint="scan again with --classes, or without --per-split",
        )
    refuse_duplicate_ids(index)
    return LabelFiles(
        index=index,
        order=order,
        content=_content(found),
        stamps=tuple(stamps[role.table.name] for role in index.roles),
    )


def _content(found: LabelTables) -> HashArray | None:
    assert found.index is not None
    return None if found.index.id_hashes is not None else content_hashes(found.index, found.offers)
