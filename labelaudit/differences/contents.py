"""What rows say besides their labels, so that two versions can be compared: in another format, too."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from enum import Enum
from typing import Any

import numpy as np

from labelaudit.batch import LARGEST_BATCH
from labelaudit.io.hashing import NULL_HASH, column_hashes, mixed, text_hashes
from labelaudit.io.roles import Roles
from labelaudit.io.tables import Kind
from labelaudit.io.text import as_text
from labelaudit.io.writers.lines import each_text
from labelaudit.item_columns import item_columns
from labelaudit.old_versions import LabelTables
from labelaudit.types import HashArray

BOOLEANS = {"true", "false"}
TEXT = re.compile(r"(dictionary<values=)?(large_)?string\b.*")
NUMBER = re.compile(r"[-+]?([0-9]+(\.[0-9]*)?|\.[0-9]+)([eE][-+]?[0-9]+)?")


class Reading(Enum):
    """How the values of a column are made comparable."""

    VALUE = "value"
    """As they are: both versions have one type."""
    TEXT = "text"
    """An empty text is a missing one, as CSV has no other."""
    LOOSE = "loose"
    """Types differ, or only one version has any: what reads as the same number or truth is the same."""


def common_columns(new: LabelTables, old: LabelTables) -> dict[str, Reading]:
    """The item columns that both versions have, and how each is compared."""
    return {name: _reading(name, new, old) for name in sorted(new.item_columns & old.item_columns)}


def _reading(name: str, *sides: LabelTables) -> Reading:
    kinds = {str(role.table.schema.field(name).type) for side in sides for role in _with_column(side, name)}
    if all(TEXT.fullmatch(kind) for kind in kinds):
        return Reading.TEXT
    return Reading.VALUE if len(kinds) == 1 else Reading.LOOSE


def _with_column(side: LabelTables, name: str) -> list[Roles]:
    roles = side.index.roles if side.index is not None else ()
    return [role for role in roles if name in item_columns(role, side.offers)]


def contents_of(side: LabelTables, columns: Mapping[str, Reading]) -> HashArray | None:
    """(N,) a hash of each row's values in some item columns; None without columns.

    Args:
        side: one version.
        columns: from `common_columns`.
    """
    if not columns or side.index is None:
        return None
    hashes = [np.zeros(0, dtype=np.uint64)]
    for role, n_rows in zip(side.index.roles, np.diff(side.index.offsets).tolist(), strict=True):
        own = set(item_columns(role, side.offers)) & columns.keys()
        if not own:
            hashes.append(np.full(n_rows, mixed(*([NULL_HASH] * len(columns)))[0]))
            continue
        for part in role.table.parts(dict.fromkeys(sorted(own), Kind.ANY)):
            for records in part.read(LARGEST_BATCH):
                values = (
                    _values(records.column(name), columns[name]) if name in own else NULL_HASH
                    for name in columns
                )
                hashes.append(mixed(*values))
    return np.concatenate(hashes)


def _values(column: Any, reading: Reading) -> HashArray:
    if reading is Reading.VALUE:
        return column_hashes(column)
    texts = as_text(column)
    return text_hashes(texts if reading is Reading.TEXT else each_text(texts, plain))


def plain(text: str) -> str:
    """A number or a truth value as all formats can have it, other text as it is.

    Example:
        >>> [plain(text) for text in ("1.0", "01", "1e-1", "True", "v1.0")]
        ['1', '1', '0.1', 'true', 'v1.0']
    """
    if text.lower() in BOOLEANS:
        return text.lower()
    number = float(text) if NUMBER.fullmatch(text) else math.inf
    if not math.isfinite(number):
        return text
    return repr(int(number)) if number.is_integer() and abs(number) < 2**53 else repr(number)
