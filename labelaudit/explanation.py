"""Why a row is suspect, or why it is not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pyarrow.compute as pc

from labelaudit.auditing import Audit
from labelaudit.errors import AmbiguousRowError, RowNotFoundError


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """One row of an audit with the numbers that decided on it."""

    id: str
    file: str
    row: int
    line: int | None
    split: str | None
    given_label: str
    predicted_label: str
    suggested_label: str | None
    label_quality: float
    p_error: float | None
    self_confidence: float
    normalized_margin: float
    suggested_prob: float | None
    runner_up_label: str | None
    neighbor_agreement: float | None
    neighbor_ids: tuple[str, ...]
    neighbor_labels: tuple[str, ...]
    is_suspect: bool
    rank: int | None
    rules: tuple[str, ...]
    given_threshold: float | None
    predicted_threshold: float | None
    pair_count: int
    class_suspect_rate: float
    scorer: str
    filter: str
    fingerprint: str


def explain(audit: Audit, row_id: str, *, split: str | None = None) -> Explanation:
    """Look one row up.

    Args:
        audit: a loaded audit, or a fresh one whose dataset is still open.
        row_id: the id as text; the row number where the data has no ids.
        split: where the same id stands in several splits.

    Raises:
        RowNotFoundError: no such id.
        AmbiguousRowError: the id stands in several splits.
    """
    found: list[dict[str, Any]] = []
    for batch in audit.scores_batches():
        found += batch.filter(pc.equal(batch.column("id"), row_id)).to_pylist()
    if split is not None:
        found = [record for record in found if record["split"] == split]
    if not found:
        where = f" in split '{split}'" if split is not None else ""
        raise RowNotFoundError(
            f"no row has the id '{row_id}'{where}",
            hint="ids are in scores.parquet and suspects.csv of the audit",
        )
    if len(found) > 1:
        splits = ", ".join(f"'{record['split']}'" for record in found)
        raise AmbiguousRowError(
            f"the id '{row_id}' stands in {len(found)} rows", hint=f"add --split, one of {splits}"
        )
    record = found[0]
    suspects = audit.suspects_table()
    same = suspects.filter(pc.equal(suspects.column("fingerprint"), record["fingerprint"])).to_pylist()
    suspect = same[0] if record["is_suspect"] and same else None
    # Only where every split has a joint of its own do classes and cells name one.
    own = record["split"] if audit.summary.algorithm["per_split"] else None
    classes = {row.name: row for row in audit.classes if row.split == own}
    given, predicted = classes[record["given_label"]], classes[record["predicted_label"]]
    return Explanation(
        **{key: record[key] for key in _KEPT},
        rules=tuple(record["rules"]),
        suggested_prob=suspect["suggested_prob"] if suspect else None,
        runner_up_label=suspect["runner_up_label"] if suspect else None,
        neighbor_ids=tuple(suspect["neighbor_ids"]) if suspect else (),
        neighbor_labels=tuple(suspect["neighbor_labels"]) if suspect else (),
        line=suspect["line"] if suspect else None,
        rank=suspect["rank"] if suspect else None,
        given_threshold=given.threshold,
        predicted_threshold=predicted.threshold,
        pair_count=sum(
            cell.count
            for cell in audit.joint
            if (cell.given_label, cell.true_label) == (record["given_label"], record["predicted_label"])
            and cell.split == own
        ),
        class_suspect_rate=given.suspect_rate,
        scorer=audit.summary.algorithm["rank_by"],
        filter=audit.summary.algorithm["filter"],
    )


_KEPT = (
    "id",
    "file",
    "row",
    "split",
    "given_label",
    "predicted_label",
    "suggested_label",
    "label_quality",
    "p_error",
    "self_confidence",
    "normalized_margin",
    "neighbor_agreement",
    "is_suspect",
    "fingerprint",
)
