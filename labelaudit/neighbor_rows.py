"""The rows that suspects name as their neighbours, found again by id, so that they can be shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from labelaudit.auditing import Audit
from labelaudit.types import Suspect

COLUMNS = ("id", "file", "row", "split", "given_label", "label_quality", "fingerprint")
"""Of `scores.parquet`: what a neighbour is shown by."""


def neighbors_of(suspects: Iterable[Suspect], audit: Audit) -> dict[str, tuple[Suspect | None, ...]]:
    """Look up the neighbours of some suspects.

    An id may stand in several splits: the row of the suspect's own split is taken, or else the only one with
    that label.

    Args:
        suspects: of the audit.
        audit: a loaded one, or a fresh one whose dataset is still open.

    Returns:
        By the suspect's fingerprint, a row for each of its `neighbor_ids`, in their order; None where it
        cannot be told which row is meant. A row has rank 0 and no reasons: it need not be a suspect.

    Example:
        >>> from labelaudit.auditing import audit
        >>> from labelaudit.opening import open_dataset
        >>> with open_dataset(["sample_data/digits"]) as dataset:
        ...     found = audit(dataset)
        ...     worst = next(found.suspects())
        ...     nearest = neighbors_of([worst], found)[worst.fingerprint]
        >>> [row.id for row in nearest] == list(worst.neighbor_ids)
        True
    """
    rows = list(suspects)
    wanted = sorted({name for suspect in rows for name in suspect.neighbor_ids})
    if not wanted:
        return {suspect.fingerprint: () for suspect in rows}
    ids = pa.array(wanted, pa.string())
    known: dict[tuple[str, str], list[Suspect]] = {}
    for batch in audit.scores_batches(COLUMNS):
        for record in batch.filter(pc.is_in(batch.column("id"), value_set=ids)).to_pylist():
            known.setdefault((record["id"], record["given_label"]), []).append(row_of(record))
    return {
        suspect.fingerprint: tuple(
            _nearest(suspect, known.get(key, []))
            for key in zip(suspect.neighbor_ids, suspect.neighbor_labels, strict=True)
        )
        for suspect in rows
    }


def _nearest(suspect: Suspect, candidates: list[Suspect]) -> Suspect | None:
    own = [row for row in candidates if row.split == suspect.split] or candidates
    return own[0] if len(own) == 1 else None


def row_of(record: Mapping[str, object]) -> Suspect:
    """A row of `scores.parquet`, its `COLUMNS` alone, in the columns of a suspect."""
    return Suspect(
        **record,  # type: ignore[arg-type]
        rank=0,
        line=None,
        suggested_label=None,
        p_error=None,
        self_confidence=None,
        suggested_prob=None,
        runner_up_label=None,
        normalized_margin=None,
        neighbor_agreement=None,
        rules=(),
    )
