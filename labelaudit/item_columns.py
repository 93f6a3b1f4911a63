"""The columns of a label table that are neither id, label, split nor numbers of a model: the item itself.

Columns that begin with `labelaudit_` are notes to labelaudit or from it, and not part of the item.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

import numpy as np

from labelaudit.batch import LARGEST_BATCH
from labelaudit.io.hashing import column_hashes, is_empty, mixed
from labelaudit.io.labels import LabelIndex
from labelaudit.io.probabilities import ProbColumns
from labelaudit.io.roles import Roles
from labelaudit.io.tables import Kind
from labelaudit.io.text import as_text
from labelaudit.types import BoolArray, HashArray

OUR_COLUMNS = "labelaudit_"
IGNORE_COLUMN = "labelaudit_ignore"
NOT_IGNORED = ("", "0", "no", "false")


def item_columns(role: Roles, offers: Iterable[ProbColumns]) -> list[str]:
    """The columns of a table that describe the item.

    Args:
        role: the table.
        offers: the probability columns of all tables.
    """
    taken = {
        role.label,
        role.id,
        role.split_column,
        *role.embeddings,
        *(column for offer in offers if offer.roles is role for column in offer.columns),
    }
    names = role.table.schema.names
    return [name for name in names if name not in taken and not name.startswith(OUR_COLUMNS)]


def content_hashes(
    labels: LabelIndex, offers: Iterable[ProbColumns], *, only: Collection[str] | None = None
) -> HashArray | None:
    """(N,) a hash of each row's item columns, 0 where all are empty; None when no table has any.

    Args:
        labels: the rows.
        offers: the probability columns of all tables.
        only: the item columns to look at; all when left out.
    """
    known = list(offers)
    columns = [
        sorted(name for name in item_columns(role, known) if only is None or name in only)
        for role in labels.roles
    ]
    if not any(columns):
        return None
    hashes: list[HashArray] = []
    for role, names, n_rows in zip(labels.roles, columns, np.diff(labels.offsets).tolist(), strict=True):
        if not names:
            hashes.append(np.zeros(n_rows, dtype=np.uint64))
            continue
        for part in role.table.parts(dict.fromkeys(names, Kind.ANY)):
            for records in part.read(LARGEST_BATCH):
                here = [records.column(name) for name in names]
                empty = np.logical_and.reduce([is_empty(column) for column in here])
                hashes.append(np.where(empty, np.uint64(0), mixed(*map(column_hashes, here))))
    return np.concatenate(hashes) if hashes else np.zeros(0, dtype=np.uint64)


def ignored_rows(labels: LabelIndex) -> BoolArray | None:
    """(N,) the rows whose column `labelaudit_ignore` says so; None where no table has that column.

    Empty, 0, no and false do not; anything else, a reason say, does.
    """
    if not any(IGNORE_COLUMN in role.table.schema.names for role in labels.roles):
        return None
    ignored: BoolArray = np.zeros(labels.n_rows, dtype=bool)
    for role, row in zip(labels.roles, labels.offsets.tolist(), strict=False):
        if IGNORE_COLUMN not in role.table.schema.names:
            continue
        for part in role.table.parts({IGNORE_COLUMN: Kind.TEXT}):
            for records in part.read(LARGEST_BATCH):
                words = as_text(records.column(IGNORE_COLUMN)).to_pylist()
                ignored[row : row + len(words)] = [
                    word is not None and word.strip().lower() not in NOT_IGNORED for word in words
                ]
                row += len(words)  # noqa: PLW2901
    return ignored
