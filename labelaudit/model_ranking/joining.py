"""Which row of a file of predictions belongs to which row of the audit."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelaudit.errors import IdError, ShapeError
from labelaudit.io.hashing import text_hashes
from labelaudit.io.join import SECOND_SEED, repeated
from labelaudit.model_ranking.rows import AuditedRows
from labelaudit.types import BoolArray, HashArray, IntArray

SHOWN = 3
SEPARATOR = "\x1f"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Keys:
    """The ids of rows, behind their splits where an id alone does not name a row."""

    first: HashArray  # (n,)
    second: HashArray  # (n,) by an independent hash, which verifies the first


def keys_of(ids: pa.ChunkedArray, splits: pa.ChunkedArray | None = None) -> Keys:
    """Hash ids, or splits and ids."""
    texts = ids if splits is None else pc.binary_join_element_wise(splits.fill_null(""), ids, SEPARATOR)
    chunks = [chunk.cast(pa.string()) for chunk in texts.chunks] or [pa.array([], pa.string())]
    return Keys(
        first=np.concatenate([text_hashes(chunk) for chunk in chunks]),
        second=np.concatenate([text_hashes(chunk, SECOND_SEED) for chunk in chunks]),
    )


def needs_split(rows: AuditedRows) -> bool:
    """Whether ids repeat among the rows, as they may in several splits."""
    return len(repeated(keys_of(rows.ids).first)) > 0


def rows_by_id(
    rows: AuditedRows, ids: pa.ChunkedArray, splits: pa.ChunkedArray | None, file: str, column: str
) -> IntArray:
    """Find each row of the audit in a file of predictions by its id.

    Other rows are passed over: the audit may have left them out, or they are of another split.

    Args:
        rows: of the audit.
        ids: (m,) of the predictions.
        splits: (m,) of the predictions, where an id alone does not name a row.
        file: for messages.
        column: of the ids, for messages.

    Returns:
        (n,) the row of the predictions for each row of the audit.

    Raises:
        IdError: an id of the audit is missing in the file, or stands there twice (LA906).
    """
    theirs = keys_of(ids, splits)
    mine = keys_of(rows.ids, None if splits is None else rows.splits)
    order = np.argsort(theirs.first, kind="stable")
    sorted_keys = theirs.first[order]
    at = np.searchsorted(sorted_keys, mine.first)
    found = order[np.minimum(at, len(order) - 1)] if len(order) else np.zeros(len(rows), dtype=np.int64)
    met: BoolArray = np.zeros(len(rows), dtype=bool)
    if len(order):
        met = (theirs.first[found] == mine.first) & (theirs.second[found] == mine.second)
    _refuse_missing(rows, met, file, column)
    twice = np.searchsorted(sorted_keys, mine.first, side="right") - at > 1
    if twice.any():
        name = rows.ids[int(np.flatnonzero(twice)[0])].as_py()
        raise IdError(
            f"id '{name}' has several predictions",
            file=file,
            column=column,
            more=int(twice.sum()) - 1,
            hint="keep one row an id; where ids repeat in several splits, --split NAME or a column split",
        )
    return found


def _refuse_missing(rows: AuditedRows, met: BoolArray, file: str, column: str) -> None:
    missing = np.flatnonzero(~met)
    if not len(missing):
        return
    named = ", ".join(f"'{rows.ids[row].as_py()}'" for row in missing[:SHOWN].tolist())
    more = ", ..." if len(missing) > SHOWN else ""
    raise IdError(
        f"{len(missing):,} of {len(rows):,} audited rows have no prediction: {named}{more}",
        file=file,
        column=column,
        hint="every model needs a prediction for every row: predict these too, or name the ids' column "
        "with --id-col; for one split of the audit give --split NAME",
    )


def rows_by_order(rows: AuditedRows, n_rows: int, file: str) -> IntArray:
    """The same where rows have one order: that of the scanned files, or of the audit.

    Raises:
        ShapeError: counts that do not agree.
    """
    if n_rows == rows.n_scanned:
        return rows.numbers
    if n_rows == len(rows):
        return np.arange(n_rows)
    scope = "" if rows.n_scanned == len(rows) else f" ({len(rows):,} of them audited here)"
    raise ShapeError(
        f"{n_rows:,} predictions, but {rows.n_scanned:,} rows were scanned{scope}",
        file=file,
        hint="row order needs equal counts; or give both an id and join by it",
    )
