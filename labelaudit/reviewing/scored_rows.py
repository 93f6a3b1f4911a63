"""Rows of `scores.parquet` that are no suspects, in the columns that suspects have."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from labelaudit.audit_tables import SCORES, SUSPECTS
from labelaudit.auditing import Audit
from labelaudit.types import HashArray, IntArray


def keys_of(fingerprints: pa.Array | pa.ChunkedArray) -> HashArray:
    """Fingerprints as numbers: what draws are keyed by.

    Example:
        >>> keys_of(pa.array(["00000000000000ff"]))
        array([255], dtype=uint64)
    """
    digits = "".join(fingerprints.to_pylist())
    return np.frombuffer(bytes.fromhex(digits), dtype=">u8").astype(np.uint64)


def picked_rows(audit: Audit, numbers: IntArray) -> pa.Table:
    """Some rows, in the order of their numbers as given.

    What only suspects have is made up from what there is: another label is suggested as if they were
    suspects, so that nobody can tell them from those at a glance.

    Args:
        audit: a loaded one.
        numbers: rows counted through all of `scores.parquet`.
    """
    ascending = np.argsort(numbers, kind="stable")
    rivals = _rivals(audit)
    wanted = numbers[ascending]
    found: list[dict[str, Any]] = []
    start = 0
    for batch in audit.scores_batches(SCORES.names):
        first, last = np.searchsorted(wanted, [start, start + batch.num_rows])
        here = batch.take(pa.array(wanted[first:last] - start))
        found += [_as_suspect(record, rivals) for record in here.to_pylist()]
        start += batch.num_rows
    rows = pa.Table.from_pylist(found, schema=SUSPECTS)
    return rows.take(pa.array(np.argsort(ascending, kind="stable")))


def _rivals(audit: Audit) -> dict[str, str]:
    """The class that each class is most confused with, or else the largest other one."""
    by_size = sorted(audit.classes, key=lambda row: -row.n)
    found = {row.name: next((o.name for o in by_size if o.name != row.name), None) for row in by_size}
    found |= {row.name: row.most_confused_with for row in audit.classes if row.most_confused_with}
    return {name: rival for name, rival in found.items() if rival is not None}


def _as_suspect(record: Mapping[str, Any], rivals: Mapping[str, str]) -> dict[str, Any]:
    given, predicted = record["given_label"], record["predicted_label"]
    suggested = record["suggested_label"]
    if suggested is None:
        suggested = predicted if predicted != given else rivals.get(given)
    own = {name: record[name] for name in SUSPECTS.names if name in record}
    return own | {"rank": 0, "suggested_label": suggested, "status": "new"}
