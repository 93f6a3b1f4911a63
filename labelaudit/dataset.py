"""A dataset: tables with their roles settled, rows joined, classes in order; ready to be streamed."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import TracebackType

import numpy as np
import pyarrow as pa

from labelaudit.batch import LARGEST_BATCH, Batch, Part, default_batch_rows, float_matrix
from labelaudit.config import InputOptions
from labelaudit.errors import ColumnNotFoundError, ShapeError
from labelaudit.io.classes import ClassOrder
from labelaudit.io.embeddings import read_embeddings
from labelaudit.io.join import Alignment
from labelaudit.io.labels import LabelIndex
from labelaudit.io.memory import COLUMN, MemoryTable
from labelaudit.io.probabilities import ProbColumns
from labelaudit.io.roles import Roles, roles_of
from labelaudit.io.tables import Kind, Table, TablePart
from labelaudit.io.text import as_text
from labelaudit.item_columns import content_hashes, item_columns
from labelaudit.types import AnyArray, HashArray, IntArray, Notice


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What was read as what; `lines` are for people."""

    entries: tuple[tuple[str, str], ...]

    def lines(self) -> list[str]:
        """One line a role, aligned.

        Example:
            >>> Plan(entries=(("labels", "a.csv"), ("left out", "b.csv"))).lines()
            ['labels    a.csv', 'left out  b.csv']
        """
        width = max((len(role) for role, _ in self.entries), default=0)
        return [f"{role:<{width}}  {what}" for role, what in self.entries]

    def saying(self, role: str, what: str) -> Plan:
        """The same plan with another line for a role.

        Example:
            >>> Plan(entries=(("labels", "a.csv"),)).saying("labels", "b.csv").lines()
            ['labels  b.csv']
        """
        return Plan(entries=tuple((name, what if name == role else old) for name, old in self.entries))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Dataset:
    """Given labels with the probabilities and embeddings that belong to them.

    `probabilities` is empty where there are none yet; `predict` makes some, `with_probabilities` adds them.
    Rows are numbered from 0 through the label tables, in their order. Use it as a context manager where
    standard input may be read: leaving it removes the spooled copy.
    """

    labels: LabelIndex
    order: ClassOrder
    probabilities: tuple[ProbColumns, ...]
    alignment: Alignment
    probability_offsets: tuple[int, ...]  # first row of each probability table
    table_rows: Mapping[Path, int]
    embeddings: tuple[Roles, ...]
    embedding_alignment: Alignment | None
    plan: Plan
    passed_over: tuple[ProbColumns, ...] = ()  # probabilities of the files that are not to be used
    options: InputOptions = field(default_factory=InputOptions)  # what was named when it was opened
    paths: tuple[str, ...] = ()  # that it was opened from
    predicted_here: bool = False  # out of fold, by `with_predictions`: no row's model saw its label
    from_stdin: bool = False
    spool: ExitStack = field(default_factory=ExitStack)

    def __enter__(self) -> Dataset:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.spool.close()

    @property
    def n_rows(self) -> int:
        """Rows of the label tables, also those that a scan will skip."""
        return self.labels.n_rows

    @property
    def classes(self) -> tuple[str, ...]:
        """The class names, in the order of the probability columns."""
        return self.order.names

    @property
    def tables(self) -> tuple[Table, ...]:
        """Every file that is read, each once."""
        roles = [*self.labels.roles, *(p.roles for p in self.probabilities), *self.embeddings]
        tables = [role.table for role in roles if not isinstance(role.table, MemoryTable)]
        return tuple({table.path: table for table in tables}.values())

    def with_probabilities(self, pred_probs: AnyArray, note: str, notices: Sequence[Notice] = ()) -> Dataset:
        """The same rows with probabilities that were made in memory; those of the files are passed over.

        Args:
            pred_probs: (N, K) out-of-sample, rows in the dataset's order, columns in the order of `classes`.
            note: what the plan is to say of them.
            notices: what the user should know of them.

        Raises:
            ShapeError: another number of rows or columns.

        Example:
            >>> from labelaudit.opening import open_dataset
            >>> with open_dataset(["sample_data/digits"]) as dataset:
            ...     flat = dataset.with_probabilities(np.full((1797, 10), 0.1), "flat")
            >>> flat.plan.entries[1], len(flat.tables)
            (('probabilities', 'flat'), 2)
        """
        if pred_probs.shape != (self.n_rows, len(self.classes)):
            raise ShapeError(
                f"probabilities of the shape {pred_probs.shape}, but there are {self.n_rows:,} rows "
                f"and {len(self.classes):,} classes",
                hint="give one row a row of the dataset, and one column a class",
            )
        table = MemoryTable(
            name="predicted probabilities", matrix=np.ascontiguousarray(pred_probs, dtype=np.float32)
        )
        roles = roles_of(table, InputOptions())
        made = ProbColumns(roles=roles, columns=(COLUMN,), names=None, found_by="made in memory")
        from_files = [p for p in self.probabilities if not isinstance(p.roles.table, MemoryTable)]
        return replace(
            self,
            order=replace(self.order, notices=(*self.order.notices, *notices)),
            probabilities=(made,),
            alignment=Alignment(rows=None, how="same rows"),
            probability_offsets=(0,),
            plan=self.plan.saying("probabilities", note),
            passed_over=(*self.passed_over, *from_files),
        )

    def probability_parts(self, codes: AnyArray, batch_rows: int = 0) -> list[Part]:
        """The probabilities with the given labels, cut into parts that can be read side by side.

        Args:
            codes: (N,) class number of every row, -1 where missing.
            batch_rows: rows a batch; 0 chooses by the number of classes.
        """
        n_rows = batch_rows or default_batch_rows(len(self.classes))
        return [
            _Reader(self, codes, offer, part, file, offset, n_rows)
            for file, (offer, offset) in enumerate(
                zip(self.probabilities, self.probability_offsets, strict=True)
            )
            for part in offer.roles.table.parts(offer.kinds)
        ]

    def probability_file_of_rows(self) -> AnyArray:
        """(N,) which probability table each row was read from."""
        files = np.zeros(self.n_rows, dtype=np.int32)
        ends = [*self.probability_offsets[1:], self.n_rows]
        for file, (start, end) in enumerate(zip(self.probability_offsets, ends, strict=True)):
            files[self.alignment.rows_of(start, end - start)] = file
        return files

    def id_stretches(self) -> Iterator[pa.Array]:
        """The ids of all rows as text, in order; a row without an id is named by its number."""
        row = 0
        for role, n_rows in zip(self.labels.roles, np.diff(self.labels.offsets).tolist(), strict=True):
            if role.id is None:
                for start in range(row, row + n_rows, LARGEST_BATCH):
                    yield pa.array(np.arange(start, min(start + LARGEST_BATCH, row + n_rows))).cast(
                        pa.string()
                    )
            else:
                for part in role.table.parts({role.id: Kind.TEXT}):
                    for records in part.read(LARGEST_BATCH):
                        yield as_text(records.column(role.id))
            row += n_rows

    def embedding_matrix(self, rows: IntArray | None = None) -> AnyArray:
        """The embeddings in the dataset's row order.

        Args:
            rows: (n,) distinct row numbers, in any order; all rows when left out.

        Returns:
            (n, d) float32, read-only where a `.npy` file is mapped; nan where a row has none.

        Raises:
            ColumnNotFoundError: the dataset has no embeddings.

        Example:
            >>> from labelaudit.opening import open_dataset
            >>> with open_dataset(["sample_data/digits"]) as dataset:
            ...     dataset.embedding_matrix(np.array([5, 2])).shape
            (2, 24)
        """
        if self.embedding_alignment is None:
            raise ColumnNotFoundError(
                "no embeddings found",
                file=self.labels.roles[0].table.name,
                hint="put them in a list column embedding or in embeddings.npy; or name it: --embedding-col",
            )
        return read_embeddings(self.embeddings, self.embedding_alignment, self.n_rows, rows)

    def roles_of(self, table: Table) -> tuple[str, ...]:
        """What a table is read for: "labels", "probabilities", "embeddings"."""
        readers = {
            "labels": self.labels.roles,
            "probabilities": [p.roles for p in self.probabilities],
            "embeddings": self.embeddings,
        }
        return tuple(name for name, roles in readers.items() if any(r.table is table for r in roles))

    def columns_read(self, table: Table) -> tuple[str, ...]:
        """The columns of a table that an audit reads, in the table's order."""
        read: set[str | None] = set()
        for role in self.labels.roles:
            if role.table is table:
                read |= {role.id, role.label, role.split_column, *self.content_columns(role)}
        for offer in self.probabilities:
            if offer.roles.table is table:
                read |= {offer.roles.id, *offer.columns}
        for role in self.embeddings:
            if role.table is table:
                read |= {role.id, *role.embeddings}
        return tuple(name for name in table.schema.names if name in read)

    @property
    def offers(self) -> tuple[ProbColumns, ...]:
        """Every probability column of the files, used or passed over."""
        return (*self.probabilities, *self.passed_over)

    @property
    def item_columns(self) -> frozenset[str]:
        """The columns of all label tables that describe the items."""
        return frozenset(name for role in self.labels.roles for name in self.content_columns(role))

    def content_columns(self, role: Roles) -> list[str]:
        """The columns of a label table that describe the item itself."""
        return item_columns(role, self.offers)

    def content_hashes(self, only: Collection[str] | None = None) -> HashArray | None:
        """(N,) a hash of each row's item columns, or of some; 0 where all are empty, None without any."""
        return content_hashes(self.labels, self.offers, only=only)


@dataclass(frozen=True, slots=True, eq=False)
class _Reader:
    """Reads one part of a probability table as batches."""

    dataset: Dataset
    codes: AnyArray
    offer: ProbColumns
    part: TablePart
    file: int
    offset: int
    batch_rows: int

    def __call__(self) -> Iterator[Batch]:
        table, start = self.offer.roles.table, self.part.start
        for records in self.part.read(self.batch_rows):
            if records.num_rows == 0:
                continue
            width = None if self.offer.single else len(self.dataset.classes)
            matrix = float_matrix(records, self.offer.columns, file=table.name, start=start, width=width)
            if self.offer.single:
                # A value slightly outside 0-1 stays visible to the door.
                matrix = np.column_stack([1 - np.clip(matrix[:, 0], 0, 1), matrix[:, 0]])
            _check_width(matrix, self.dataset.classes, self.offer, start)
            rows = self.dataset.alignment.rows_of(self.offset + start, len(matrix))
            yield Batch(
                rows=rows, labels=self.codes[rows], pred_probs=matrix, file=self.file, first_row=start
            )
            start += len(matrix)


def _check_width(matrix: AnyArray, classes: Sequence[str], offer: ProbColumns, start: int) -> None:
    if matrix.shape[1] != len(classes):
        raise ShapeError(
            f"{matrix.shape[1]} probabilities, but there are {len(classes)} classes",
            file=offer.roles.table.name,
            column=offer.columns[0],
            row=start,
            hint="every row needs one number a class",
        )
