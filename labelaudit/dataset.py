"""A dataset: tables with their roles settled, rows joined, classes in order; ready to be streamed."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import BinaryIO

import numpy as np
import pyarrow as pa

from labelaudit.batch import LARGEST_BATCH, Batch, Part, default_batch_rows, float_matrix
from labelaudit.config import InputOptions
from labelaudit.errors import ColumnNotFoundError, EmptyDatasetError, ShapeError, UsageError
from labelaudit.io.classes import ClassOrder, class_order
from labelaudit.io.discover import tables_under
from labelaudit.io.hashing import column_hashes, mixed
from labelaudit.io.join import Alignment, align, refuse_duplicate_ids
from labelaudit.io.label_tables import find_labels
from labelaudit.io.labels import LabelIndex
from labelaudit.io.probabilities import ProbColumns, probabilities_of, same_order
from labelaudit.io.roles import Roles, roles_of
from labelaudit.io.spool import spooled_stdin
from labelaudit.io.tables import Kind, Table, TablePart
from labelaudit.io.text import as_text
from labelaudit.types import AnyArray, HashArray, Progress, no_progress

STDIN = "-"


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


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Dataset:
    """Given labels with the probabilities and embeddings that belong to them.

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
        """Every table that is read, each once."""
        roles = [*self.labels.roles, *(p.roles for p in self.probabilities), *self.embeddings]
        return tuple({role.table.path: role.table for role in roles}.values())

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

    def content_columns(self, role: Roles) -> list[str]:
        """The columns of a label table that describe the item itself."""
        offers = [p for p in self.probabilities if p.roles is role]
        taken = {
            role.label,
            role.id,
            role.split_column,
            *role.embeddings,
            *(c for p in offers for c in p.columns),
        }
        return [name for name in role.table.schema.names if name not in taken]

    def content_hashes(self) -> HashArray | None:
        """(N,) a hash of each row's item columns; None when no table has any."""
        columns = [sorted(self.content_columns(role)) for role in self.labels.roles]
        if not any(columns):
            return None
        hashes: list[HashArray] = []
        for i, (role, names) in enumerate(zip(self.labels.roles, columns, strict=True)):
            if not names:
                hashes.append(
                    np.zeros(int(self.labels.offsets[i + 1] - self.labels.offsets[i]), dtype=np.uint64)
                )
                continue
            for part in role.table.parts(dict.fromkeys(names, Kind.ANY)):
                for records in part.read(LARGEST_BATCH):
                    hashes.append(mixed(*(column_hashes(records.column(name)) for name in names)))
        return np.concatenate(hashes)


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
            matrix = float_matrix(records, self.offer.columns, file=table.name, start=start)
            if self.offer.single:
                matrix = np.column_stack([1 - matrix[:, 0], matrix[:, 0]])
            _check_width(matrix, self.dataset.classes, self.offer, start)
            rows = self.dataset.alignment.rows_of(self.offset + start, len(matrix))
            yield Batch(
                rows=rows, labels=self.codes[rows], pred_probs=matrix, file=self.file, first_row=start
            )
            start += len(matrix)


def open_dataset(
    paths: Sequence[str | Path],
    options: InputOptions | None = None,
    *,
    stdin: BinaryIO | None = None,
    progress: Progress = no_progress,
) -> Dataset:
    """Find the tables, settle what each is, read the labels and ids, and join.

    Args:
        paths: files, folders, or "-" for standard input.
        options: names that override what is found.
        stdin: the stream that "-" stands for.
        progress: told the rows read.

    Returns:
        The dataset; its probabilities are not read yet.

    Raises:
        UsageError, DataError: see the manual's list of errors.

    Example:
        >>> with open_dataset(["sample_data/digits"]) as dataset:
        ...     print(dataset.n_rows, dataset.classes[:3])
        1797 ('zero', 'one', 'two')
    """
    options = options or InputOptions()
    with ExitStack() as stack:
        if STDIN in map(str, paths):
            if len(paths) > 1 or stdin is None:
                raise UsageError("standard input cannot be joined with other paths", hint="give '-' alone")
            tables = [stack.enter_context(spooled_stdin(stdin, options.stdin_format))]
        else:
            tables = tables_under([Path(path) for path in paths])
        roles = [roles_of(table, options) for table in tables]
        _refuse_unknown_columns(roles, options)
        labels = find_labels(roles, options, progress)
        if labels.n_rows == 0:
            raise EmptyDatasetError(
                "there are no rows",
                file=labels.roles[0].table.name,
                hint="an empty dataset cannot be audited",
            )
        refuse_duplicate_ids(labels)
        offers = probabilities_of(roles, labels, options)
        width = _width(offers[0])
        order = class_order(offers, width, labels, options)
        offers = same_order(offers, order.names)
        prob_roles = [offer.roles for offer in offers]
        counts = _counts(prob_roles, labels)
        alignment = align(prob_roles, counts, labels, row_order=options.row_order, what="probabilities")
        embeddings = _embedding_tables(roles, labels)
        table_rows = {
            role.table.path: n for role, n in zip(labels.roles, np.diff(labels.offsets).tolist(), strict=True)
        }
        table_rows |= {role.table.path: n for role, n in zip(prob_roles, counts, strict=True)}
        embedding_alignment = None
        if embeddings:
            n_there = [table_rows.get(r.table.path) or _count_rows(r) for r in embeddings]
            table_rows |= {role.table.path: n for role, n in zip(embeddings, n_there, strict=True)}
            embedding_alignment = align(
                embeddings, n_there, labels, row_order=options.row_order, what="embeddings"
            )
        return Dataset(
            labels=labels,
            order=order,
            probabilities=offers,
            alignment=alignment,
            probability_offsets=tuple(np.cumsum([0, *counts[:-1]]).tolist()),
            table_rows=table_rows,
            embeddings=embeddings,
            embedding_alignment=embedding_alignment,
            plan=_plan(roles, labels, offers, order, alignment, embeddings),
            from_stdin=STDIN in map(str, paths),
            spool=stack.pop_all(),
        )


def _refuse_unknown_columns(roles: Sequence[Roles], options: InputOptions) -> None:
    for option in (
        "id_col",
        "label_col",
        "probs_col",
        "embedding_col",
        "split_col",
        "text_col",
        "image_col",
        "audio_col",
    ):
        name = getattr(options, option)
        columns = sorted({column for role in roles for column in role.table.schema.names})
        if name is not None and name not in columns:
            close = difflib.get_close_matches(name, columns, n=1)
            raise ColumnNotFoundError(
                f"no table has a column '{name}' (--{option.replace('_', '-')})",
                hint=f"did you mean '{close[0]}'?" if close else f"there are {', '.join(columns[:12])}",
            )


def _width(offer: ProbColumns) -> int:
    """Columns of the probability matrix, looked up in the schema or in the first rows."""
    if offer.single:
        return 2
    if offer.names is not None:
        return len(offer.names)
    kind = offer.roles.table.schema.field(offer.columns[0]).type
    if pa.types.is_fixed_size_list(kind):
        return int(kind.list_size)
    for part in offer.roles.table.parts(offer.kinds):
        for records in part.read(1):
            if records.num_rows:
                return int(
                    float_matrix(records, offer.columns, file=offer.roles.table.name, start=part.start).shape[
                        1
                    ]
                )
    return 0


def _counts(roles: Sequence[Roles], labels: LabelIndex) -> list[int]:
    """Rows of each table; counted only where neither the labels nor the file's header tell."""
    known = {role.table.path: int(n) for role, n in zip(labels.roles, np.diff(labels.offsets), strict=True)}
    return [known[r.table.path] if r.table.path in known else _count_rows(r) for r in roles]


def _count_rows(role: Roles) -> int:
    table = role.table
    if table.n_rows is not None:
        return table.n_rows
    column = role.id or table.schema.names[0]
    return sum(b.num_rows for part in table.parts({column: Kind.TEXT}) for b in part.read(LARGEST_BATCH))


def _embedding_tables(roles: Sequence[Roles], labels: LabelIndex) -> tuple[Roles, ...]:
    """The tables with embeddings: the label tables' own, else those with the same columns as the first."""
    found = [role for role in roles if role.embeddings]
    own = [role for role in found if role in labels.roles]
    if own:
        return tuple(own)
    return tuple(role for role in found if role.table.schema.names == found[0].table.schema.names)


def _check_width(matrix: AnyArray, classes: Sequence[str], offer: ProbColumns, start: int) -> None:
    if matrix.shape[1] != len(classes):
        raise ShapeError(
            f"{matrix.shape[1]} probabilities, but there are {len(classes)} classes",
            file=offer.roles.table.name,
            column=offer.columns[0],
            row=start,
            hint="every row needs one number a class",
        )


def _plan(
    roles: Sequence[Roles],
    labels: LabelIndex,
    offers: Sequence[ProbColumns],
    order: ClassOrder,
    alignment: Alignment,
    embeddings: Sequence[Roles],
) -> Plan:
    first = labels.roles[0]
    ids = f"id '{first.id}'" if first.id else "no id: rows are named by their number"
    entries = [
        ("labels", f"{_files(labels.roles)}, column '{first.label}', {ids}; {labels.n_rows:,} rows"),
        (
            "probabilities",
            f"{_files([o.roles for o in offers])}, {offers[0].found_by}; "
            f"{len(order.names)} classes ({order.origin}); joined {alignment.how}"
            if alignment.how != "same rows"
            else f"{offers[0].found_by}; {len(order.names)} classes ({order.origin})",
        ),
    ]
    if embeddings:
        entries.append(("embeddings", f"{_files(embeddings)}; checked, not scored by this version"))
    previews = [(role, name) for role in roles for name in role.preview]
    if previews:
        entries.append(
            ("preview", ", ".join(f"{role.table.name}, column '{name}'" for role, name in previews[:3]))
        )
    if labels.splits:
        entries.append(("splits", ", ".join(labels.splits[:6])))
    used = [*labels.roles, *(o.roles for o in offers), *embeddings, *(role for role, _ in previews)]
    passed_over = [name for role in used for name in role.passed_over]
    if passed_over:
        entries.append(("passed over", ", ".join(dict.fromkeys(passed_over))))
    unused = [role for role in roles if role not in used]
    if unused:
        entries.append(("left out", f"{_files(unused)} (no role)"))
    return Plan(entries=tuple(entries))


def _files(roles: Sequence[Roles]) -> str:
    names = [role.table.name for role in roles]
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"
