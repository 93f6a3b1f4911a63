"""Where rows stand in the files of a version, and what they are called."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from labelaudit.io.labels import ids_at
from labelaudit.old_versions import LabelTables
from labelaudit.types import IntArray


class Places:
    """Id, split, file, row and line of some rows; every file is read once for the ids, and once for lines.

    Args:
        side: one version, still open.
        rows: (n,) rows of it, each once.
    """

    def __init__(self, side: LabelTables, rows: IntArray) -> None:
        self.ids: list[str] | None = None
        self.splits: tuple[str | None, ...] = (None,)
        self.files: list[str] = []
        self.rows, self.in_file, self.lines = rows, rows, np.zeros(len(rows), dtype=np.int64)
        self.file_of, self.split_of = rows, rows
        if side.index is None or not len(rows):
            return
        index = side.index
        self.files = [role.table.name for role in index.roles]
        self.splits = (*index.splits, None)
        self.split_of = index.split_codes[rows]
        self.file_of = np.searchsorted(index.offsets, rows, side="right") - 1
        self.in_file = rows - index.offsets[self.file_of]
        self._read(side, np.argsort(rows))

    def _read(self, side: LabelTables, order: IntArray) -> None:
        """Read ids and lines, file by file.

        Args:
            side: the version.
            order: the positions of the rows, ascending.
        """
        assert side.index is not None
        ids: list[str] = []
        ends = np.searchsorted(self.file_of[order], np.arange(len(self.files)), side="right").tolist()
        for role, start, end in zip(side.index.roles, [0, *ends], ends, strict=False):
            at = order[start:end]
            if not len(at):
                continue
            if side.index.id_hashes is not None:
                ids += ids_at(role, self.in_file[at])
            lines = role.table.lines(self.in_file[at])
            if lines is not None:
                self.lines[at] = lines
        if side.index.id_hashes is not None:
            back = np.empty(len(order), dtype=np.int64)
            back[order] = np.arange(len(order))
            self.ids = [ids[i] for i in back.tolist()]

    def columns(self, first: int, last: int) -> list[Sequence[Any]]:
        """Ids, splits, files, rows and lines, from one position to before another."""
        at = slice(first, last)
        return [
            [str(row) for row in self.rows[at].tolist()] if self.ids is None else self.ids[at],
            [self.splits[code] for code in self.split_of[at].tolist()],
            [self.files[code] for code in self.file_of[at].tolist()],
            self.in_file[at].tolist(),
            [line or None for line in self.lines[at].tolist()],
        ]
