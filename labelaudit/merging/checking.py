"""Whether files of decisions are of the audit at all."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from labelaudit.decisions import Decision
from labelaudit.decisions.classes import no_class
from labelaudit.errors import CorrectionError


def check_decisions(
    read: Mapping[str, Sequence[Decision]],
    current: Collection[str],
    classes: Sequence[str],
    *,
    own: str | None = None,
) -> None:
    """Refuse decisions of another audit, and labels that are no class of this one, as `apply` does.

    Args:
        read: by the name of their file; a file without decisions is no fault.
        current: fingerprints of the rows as they are.
        classes: of the audit.
        own: the audit's own log: where it fits no row any more, all labels were corrected.

    Raises:
        CorrectionError: no decision of a file fits a row, or one that fits names no class.
    """
    for file, decisions in read.items():
        fitting = [decision for decision in decisions if decision.fingerprint in current]
        if decisions and not fitting and file != own:
            n_rows = len({decision.fingerprint for decision in decisions})
            raise CorrectionError(
                f"these decisions are of another audit (none of its {n_rows:,} rows is here)",
                file=file,
                hint="name the audit that they were made on; a row whose label has changed is another",
            )
        for decision in fitting:
            if decision.label is not None and decision.label not in classes:
                raise no_class(file, decision, classes)
