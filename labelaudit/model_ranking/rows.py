"""The rows of an audit as models are measured on them: who they are, their labels, what people decided."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelaudit.auditing import Audit
from labelaudit.errors import UsageError
from labelaudit.types import AnyArray, BoolArray, FloatArray, Frozen, IntArray

_COLUMNS = (
    "id",
    "file",
    "row",
    "split",
    "given_label",
    "predicted_label",
    "p_error",
    "is_suspect",
    "fingerprint",
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AuditedRows(Frozen):
    """The rows of an audit, or of one of its splits, in its order."""

    ids: pa.ChunkedArray  # (n,) texts
    splits: pa.ChunkedArray  # (n,) texts, null without
    numbers: IntArray  # (n,) row numbers through all label files as they were scanned
    n_scanned: int  # rows of these files, those left out at the door too
    given: AnyArray  # (n,) class numbers
    predicted: AnyArray  # (n,) what the probabilities behind the audit say, -1 where it has none
    is_suspect: BoolArray  # (n,)
    p_error: FloatArray  # (n,) nan where the audit has none
    decided: IntArray  # (n,) which of the fingerprints asked for it is, -1 for none
    gone: IntArray  # which of them no row of the audit has, in any split
    classes: tuple[str, ...]

    def __len__(self) -> int:
        return len(self.given)


def audited_rows(audit: Audit, prints: Sequence[str], split: str | None = None) -> AuditedRows:
    """Read the rows of an audit.

    Args:
        audit: a loaded one.
        prints: fingerprints to look for.
        split: rows of this split only.

    Raises:
        UsageError: no row is in the split.
    """
    offsets = _offsets(audit)
    classes = pa.array(audit.class_names, pa.string())
    wanted = pa.array(prints, pa.string())
    parts, found = [], np.zeros(len(prints), dtype=bool)
    for whole in audit.scores_batches(_COLUMNS):
        met = pc.index_in(whole.column("fingerprint"), wanted).drop_null().to_numpy()
        found[met] = True
        batch = whole if split is None else whole.filter(pc.equal(whole.column("split"), split))
        if not batch.num_rows:
            continue
        files = batch.column("file").dictionary_encode()
        starts = np.array([offsets[name] for name in files.dictionary.to_pylist()], dtype=np.int64)
        parts.append(
            (
                batch.column("row").to_numpy() + starts[files.indices.to_numpy()],
                pc.index_in(batch.column("given_label"), classes).to_numpy(),
                pc.index_in(batch.column("predicted_label"), classes).fill_null(-1).to_numpy(),
                batch.column("is_suspect").to_numpy(zero_copy_only=False),
                batch.column("p_error").to_numpy(zero_copy_only=False).astype(np.float64),
                pc.index_in(batch.column("fingerprint"), wanted).fill_null(-1).to_numpy().astype(np.int64),
                batch.column("id"),
                batch.column("split"),
            )
        )
    if not parts:
        known = ", ".join(f"'{name}'" for name in audit.summary.by_split) or "none"
        raise UsageError(f"no row is in split '{split}'", hint=f"splits of the audit: {known}")
    numbers, given, predicted, suspect, p_error, decided, ids, splits = zip(*parts, strict=True)
    n_scanned = sum(file.rows for file in audit.summary.inputs if "labels" in file.roles)
    return AuditedRows(
        ids=pa.chunked_array(ids),
        splits=pa.chunked_array(splits),
        numbers=np.concatenate(numbers),
        n_scanned=n_scanned,
        given=np.concatenate(given),
        predicted=np.concatenate(predicted),
        is_suspect=np.concatenate(suspect),
        p_error=np.concatenate(p_error),
        decided=np.concatenate(decided),
        gone=np.flatnonzero(~found),
        classes=audit.class_names,
    )


def _offsets(audit: Audit) -> dict[str, int]:
    """The number of each label file's first row."""
    files = [file for file in audit.summary.inputs if "labels" in file.roles]
    starts = np.cumsum([0, *(file.rows for file in files)])
    return {file.path: int(start) for file, start in zip(files, starts, strict=False)}
