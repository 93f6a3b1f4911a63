"""LA901 for embeddings: values that are not finite."""

from __future__ import annotations

import numpy as np

from labelaudit.batch import default_batch_rows, float_matrix
from labelaudit.config import AuditOptions
from labelaudit.dataset import Dataset
from labelaudit.errors import NonFiniteError
from labelaudit.io.labels import line_of
from labelaudit.io.roles import Roles
from labelaudit.io.tables import Kind
from labelaudit.types import BoolArray, Notice, Progress, ProgressEvent


def check_embeddings(
    dataset: Dataset, options: AuditOptions, notices: list[Notice], progress: Progress
) -> BoolArray:
    """(N,) rows whose embedding is not finite; raises NonFiniteError unless such rows are skipped."""
    bad: BoolArray = np.zeros(dataset.n_rows, dtype=bool)
    if dataset.embedding_alignment is None:
        return bad
    first: tuple[Roles, int, int, str] | None = None
    offset = 0
    for role in dataset.embeddings:
        kinds = dict.fromkeys(role.embeddings, Kind.ANY if role.list_embeddings else Kind.FLOAT)
        row = 0
        for part in role.table.parts(kinds):
            for records in part.read(default_batch_rows(512)):
                if not records.num_rows:
                    continue
                matrix = float_matrix(records, role.embeddings, file=role.table.name, start=row)
                with np.errstate(over="ignore"):
                    finite = np.isfinite(matrix.astype(np.float32, copy=False))
                faulty = np.flatnonzero(~finite.all(axis=1))
                if len(faulty):
                    bad[dataset.embedding_alignment.rows_of(offset + row, len(matrix))[faulty]] = True
                    if first is None:
                        column = int((~finite[faulty[0]]).argmax())
                        value = matrix[faulty[0], column]
                        what = "is nan or missing" if np.isnan(value) else f"is {value}"
                        if np.isfinite(value):
                            what += ", too large for single precision"
                        first = (role, row + int(faulty[0]), column, what)
                row += records.num_rows
                progress(ProgressEvent("checking embeddings", offset + row, dataset.n_rows))
        offset += row
    if first is None:
        return bad
    count = int(bad.sum())
    if options.on_bad_row == "error":
        role, at, column, what = first
        raise NonFiniteError(
            what,
            file=role.table.name,
            column=role.embeddings[column if role.wide_embeddings else 0],
            row=at,
            line=line_of(role, at),
            more=count - 1,
            hint="repair or drop these rows, or leave them out with --on-bad-row skip",
        )
    notices.append(
        Notice(code="LA901", message=f"{count:,} rows skipped: their embedding is not finite", count=count)
    )
    return bad
