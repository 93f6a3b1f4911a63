"""LA905: given labels that are missing or unknown."""

from __future__ import annotations

from labelaudit.config import AuditOptions
from labelaudit.dataset import Dataset
from labelaudit.io.classes import label_fault
from labelaudit.types import AnyArray, Notice


def check_labels(dataset: Dataset, options: AuditOptions, codes: AnyArray, notices: list[Notice]) -> None:
    """Raise LabelError for rows without a known label, or note how many are skipped."""
    fault = label_fault(dataset.labels, dataset.order, codes)
    if fault is None:
        return
    if options.on_missing_label == "error":
        raise fault
    n_bad = int((codes < 0).sum())
    notices.append(
        Notice(
            code="LA905", message=f"{n_bad:,} rows skipped: their label is missing or unknown", count=n_bad
        )
    )
