"""Reading what a model says: from a file, or a folder of its parts, to a class number a row of the audit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa

from labelaudit.batch import LARGEST_BATCH
from labelaudit.config import InputOptions
from labelaudit.errors import IdError
from labelaudit.io.discover import tables_under
from labelaudit.io.labels import refuse_missing_ids
from labelaudit.io.roles import Roles, roles_of
from labelaudit.io.tables import Kind, Table
from labelaudit.io.text import as_text
from labelaudit.model_ranking.answers import Answer, answer_of, nothing_found
from labelaudit.model_ranking.joining import keys_of, needs_split, rows_by_id, rows_by_order
from labelaudit.model_ranking.label_codes import ClassesBy
from labelaudit.model_ranking.model import Predictions
from labelaudit.model_ranking.rows import AuditedRows
from labelaudit.types import AnyArray, IntArray, Notice


@dataclass(frozen=True, slots=True, kw_only=True)
class Columns:
    """Which columns to read, where their names do not tell."""

    pred_col: str | None = None
    id_col: str | None = None
    probs_col: str | None = None
    probs_prefix: str | None = None
    split_col: str | None = None
    positive_class: str | None = None
    row_order: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Told:
    """The rows of the files, one after the other."""

    codes: AnyArray  # (m,)
    classes_by: ClassesBy
    ids: pa.ChunkedArray | None  # (m,) texts; None where a table has no ids
    splits: pa.ChunkedArray | None
    roles: Roles  # of the first table


def read_predictions(
    name: str,
    path: str | Path,
    rows: AuditedRows,
    columns: Columns | None = None,
    *,
    audited_with: InputOptions | None = None,
    has_ids: bool = True,
) -> Predictions:
    """Read one model's predictions and bring them into the order of the audit's rows.

    Args:
        name: of the model.
        path: a file, or a folder of parts with the same columns.
        rows: of the audit.
        columns: what is named.
        audited_with: the columns by which the audit was made: taken where nothing else is named.
        has_ids: whether the audit's rows have ids of their own, not row numbers.

    Raises:
        DataError: no predictions, of other classes, or not of these rows; see the manual's list of errors.
    """
    columns = columns or Columns()
    audited_with = audited_with or InputOptions()
    answers = _answers(str(path), rows.classes, columns, audited_with)
    told = _read(answers, with_split=has_ids and needs_split(rows))
    at = _places(told, rows, has_ids=has_ids, row_order=columns.row_order)
    return Predictions(
        name=name,
        file=str(path),
        predicted=told.codes[at],
        found_by=answers[0].found_by,
        has_ids=told.ids is not None and (has_ids or not columns.row_order),
        classes_by=told.classes_by,
        notices=tuple(_notices(name, answers[0], len(told.codes) - len(rows))),
    )


def _answers(
    path: str, classes: tuple[str, ...], columns: Columns, audited_with: InputOptions
) -> list[Answer]:
    tables = tables_under([Path(path)])
    found: list[Answer] = []
    for table in tables:
        options = _options(table, classes, columns, audited_with)
        answer = answer_of(roles_of(table, options), classes, options, columns.pred_col)
        if answer is not None:
            found.append(answer)
    if not found:
        raise nothing_found(tables[0].name, tables[0].schema.names, columns.pred_col)
    return [answer for answer in found if answer.found_by == found[0].found_by]


def _options(
    table: Table, classes: tuple[str, ...], columns: Columns, audited_with: InputOptions
) -> InputOptions:
    """What is named, else what the audit was made with where this table has such a column."""

    def told(own: str | None, audits: str | None) -> str | None:
        return own or (audits if audits in table.schema.names else None)

    return InputOptions(
        id_col=told(columns.id_col, audited_with.id_col),
        probs_col=columns.probs_col,
        probs_prefix=columns.probs_prefix,
        split_col=told(columns.split_col, audited_with.split_col),
        positive_class=columns.positive_class,
        classes=classes,
    )


def _read(answers: Sequence[Answer], *, with_split: bool) -> _Told:
    codes: list[AnyArray] = [np.zeros(0, dtype=np.int64)]
    known: set[ClassesBy] = set()
    ids: list[pa.Array] = []
    splits: list[pa.Array] = []
    for answer in answers:
        role = answer.roles
        start = 0
        keys = [name for name in (role.id, role.split_column if with_split else None) if name]
        for part in role.table.parts(answer.kinds | dict.fromkeys(keys, Kind.TEXT)):
            for records in part.read(LARGEST_BATCH):
                found = answer.codes(records, start)
                codes.append(found.numbers)
                known.add(found.classes_by)
                if role.id:
                    ids.append(as_text(records.column(role.id)))
                    refuse_missing_ids(ids[-1], role, start)
                if with_split:
                    splits.append(_splits(records, role))
                start += records.num_rows
    text = pa.string()
    has_ids = all(answer.roles.id for answer in answers)
    return _Told(
        codes=np.concatenate(codes),
        classes_by="position" if "position" in known else "number" if "number" in known else "name",
        ids=pa.chunked_array([chunk.cast(text) for chunk in ids], text) if has_ids else None,
        splits=pa.chunked_array([chunk.cast(text) for chunk in splits], text) if with_split else None,
        roles=answers[0].roles,
    )


def _splits(records: pa.RecordBatch, role: Roles) -> pa.Array:
    if role.split_column:
        return as_text(records.column(role.split_column))
    return pa.array([role.split_name] * records.num_rows, pa.string())


def _places(told: _Told, rows: AuditedRows, *, has_ids: bool, row_order: bool) -> IntArray:
    """Where each row of the audit stands in the files."""
    table = told.roles.table
    if told.ids is not None and not row_order:
        if told.splits is not None and told.splits.null_count == len(told.splits):
            raise IdError(
                "ids repeat in several splits of the audit, and the predictions do not tell theirs",
                file=table.name,
                hint="give a column split (--split-col), or rank on one split: --split NAME",
            )
        return rows_by_id(rows, told.ids, told.splits, table.name, str(told.roles.id))
    if table.format != "npy" and not row_order:
        raise IdError(
            "the predictions have no id to join on",
            file=table.name,
            hint="name it with --id-col, or give --row-order if the rows are those scanned, in their order",
        )
    at = rows_by_order(rows, len(told.codes), table.name)
    if told.ids is not None and has_ids and not _same_ids(told.ids, rows, at):
        raise IdError(
            "both have ids, and these say that the rows are not in one order",
            file=table.name,
            column=told.roles.id,
            hint="drop --row-order: the rows are joined by id",
        )
    return at


def _same_ids(ids: pa.ChunkedArray, rows: AuditedRows, at: IntArray) -> bool:
    return bool((keys_of(ids).first[at] == keys_of(rows.ids).first).all())


def _notices(name: str, answer: Answer, n_more: int) -> list[Notice]:
    found = []
    if n_more > 0:
        found.append(
            Notice(
                code="unused-predictions",
                message=f"{n_more:,} predictions of {name} are of rows that are not measured",
                count=n_more,
            )
        )
    if answer.offer is not None and answer.offer.names and not answer.offer.single:
        lacking = sorted(set(range(len(answer.classes))) - set(answer.class_numbers.tolist()))
        if lacking:
            message = f"{name} has no column for class '{answer.classes[lacking[0]]}'"
            more = f" and {len(lacking) - 1:,} more" if len(lacking) > 1 else ""
            found.append(Notice(code="missing-class-columns", message=message + more, count=len(lacking)))
    return found
