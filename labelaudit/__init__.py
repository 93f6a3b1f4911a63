"""labelaudit: which labels are wrong, how sure are we, and may this dataset change be merged?

The command line and this interface give the same answers:

    >>> import labelaudit
    >>> with labelaudit.open_dataset(["sample_data/digits"]) as dataset:
    ...     audit = labelaudit.audit(dataset, labelaudit.AuditOptions(rank_by="normalized-margin"))
    >>> audit.summary.n_rows, next(audit.suspects()).id
    (1797, 'digit-1536')

Names are loaded when they are first used: `import labelaudit` itself costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from labelaudit.auditing import Audit, audit
    from labelaudit.config import AuditOptions, InputOptions, PredictOptions
    from labelaudit.dataset import Dataset
    from labelaudit.door import Validation, validate
    from labelaudit.errors import (
        CorrectionError,
        DataError,
        LabelAuditError,
        MissingExtraError,
        UsageError,
    )
    from labelaudit.explanation import Explanation, explain
    from labelaudit.opening import open_dataset
    from labelaudit.predicting import Predictions, predict
    from labelaudit.report.saving import save_audit
    from labelaudit.self_testing import SelfTest, self_test
    from labelaudit.store import load_audit
    from labelaudit.types import Notice, Summary, Suspect

__all__ = [
    "Audit",
    "AuditOptions",
    "CorrectionError",
    "DataError",
    "Dataset",
    "Explanation",
    "InputOptions",
    "LabelAuditError",
    "MissingExtraError",
    "Notice",
    "PredictOptions",
    "Predictions",
    "SelfTest",
    "Summary",
    "Suspect",
    "UsageError",
    "Validation",
    "audit",
    "explain",
    "load_audit",
    "open_dataset",
    "predict",
    "save_audit",
    "self_test",
    "validate",
]

_HOMES = {
    "auditing": ("Audit", "audit"),
    "config": ("AuditOptions", "InputOptions", "PredictOptions"),
    "dataset": ("Dataset",),
    "door": ("Validation", "validate"),
    "errors": ("CorrectionError", "DataError", "LabelAuditError", "MissingExtraError", "UsageError"),
    "explanation": ("Explanation", "explain"),
    "opening": ("open_dataset",),
    "predicting": ("Predictions", "predict"),
    "report.saving": ("save_audit",),
    "self_testing": ("SelfTest", "self_test"),
    "store": ("load_audit",),
    "types": ("Notice", "Summary", "Suspect"),
}
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}


def __getattr__(name: str) -> Any:
    if name == "__version__":
        from importlib.metadata import version

        return version("labelaudit")
    if name not in _HOME_OF:
        raise AttributeError(f"module 'labelaudit' has no attribute '{name}'")
    return getattr(import_module(f"labelaudit.{_HOME_OF[name]}"), name)
