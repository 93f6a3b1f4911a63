"""A file that asks about rows by fingerprint, as `review merge --conflicts FILE` writes it."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelaudit.auditing import Audit
from labelaudit.errors import UnreadableFileError, UsageError
from labelaudit.types import IntArray

NAMED = 3
"""Ids that an error names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedRow:
    """A row that is asked about."""

    fingerprint: str
    id: str  # for people
    decided_at: str = ""  # what was decided until then is no answer


def read_asked_rows(path: Path) -> tuple[AskedRow, ...]:
    """Read a queue: a JSON object a line, with `fingerprint`, `id` and perhaps `decided_at`.

    Returns:
        Each row once, in the order of the file.

    Raises:
        UnreadableFileError: the file cannot be read, or a line asks about no row.
        UsageError: it asks about nothing.
    """
    try:
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not in UTF-8"
        raise UnreadableFileError(
            f"cannot be read: {why}", file=str(path), hint="labelaudit review merge AUDIT --conflicts FILE"
        ) from error
    found: dict[str, AskedRow] = {}
    for number, line in enumerate(text.split("\n")):
        if line.strip():
            row = _asked(line)
            if row is None:
                raise UnreadableFileError(
                    "asks about no row",
                    file=str(path),
                    row=number,
                    line=number + 1,
                    hint='a JSON object a line: {"fingerprint": "0123456789abcdef", "id": "..."}',
                )
            found.setdefault(row.fingerprint, row)
    if not found:
        raise UsageError(f"{path}: no row is left in it", hint="nothing is in conflict; nothing to review")
    return tuple(found.values())


def _asked(line: str) -> AskedRow | None:
    try:
        fields = json.loads(line)
        fingerprint, name, at = (fields.get(key) for key in ("fingerprint", "id", "decided_at"))
    except (ValueError, RecursionError, AttributeError):
        return None
    if not isinstance(fingerprint, str) or not fingerprint:
        return None
    return AskedRow(
        fingerprint=fingerprint,
        id=fingerprint if name is None else str(name),
        decided_at=at if isinstance(at, str) else "",
    )


def asked_numbers(audit: Audit, asked: Sequence[AskedRow]) -> IntArray:
    """Find rows in an audit.

    Args:
        audit: a loaded one.
        asked: one or more rows; those that are not there are passed over.

    Returns:
        Their numbers, counted through all of `scores.parquet`, in the order asked.

    Raises:
        UsageError: none of them is there.
    """
    wanted = pa.array([row.fingerprint for row in asked], pa.string())
    numbers = np.full(len(asked), -1, dtype=np.int64)
    start = 0
    for batch in audit.scores_batches(["fingerprint"]):
        places = pc.index_in(batch.column(0).cast(pa.string()), value_set=wanted)
        here = np.flatnonzero(places.is_valid().to_numpy(zero_copy_only=False))
        numbers[places.drop_null().to_numpy()] = start + here
        start += batch.num_rows
    if (numbers < 0).all():
        named = ", ".join(f"'{row.id}'" for row in asked[:NAMED])
        raise UsageError(
            f"none of the {len(asked):,} rows that are asked about is in this audit: {named}",
            hint="a queue fits the audit that it was made of; with another label a row is another one",
        )
    return numbers[numbers >= 0]
