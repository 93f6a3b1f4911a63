"""What a page shows of suspects beyond what the audit says: the items, those around them, the decisions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from labelaudit.auditing import Audit
from labelaudit.decisions import Outcome, outcomes_of, read_decisions
from labelaudit.errors import LabelAuditError
from labelaudit.neighbor_rows import neighbors_of
from labelaudit.previews import Preview, previews_of
from labelaudit.reviewing.media_files import media_roots
from labelaudit.reviewing.model_says import ModelSays, model_says
from labelaudit.store import DECISIONS, load_audit
from labelaudit.types import Suspect


@dataclass(frozen=True, slots=True, kw_only=True)
class Views:
    """Items and neighbours of some suspects, and what people decided, by fingerprint."""

    previews: Mapping[str, Preview] = field(default_factory=dict)
    media_roots: tuple[Path, ...] = ()  # the folders in which pictures and sounds may lie
    neighbors: Mapping[str, tuple[Suspect | None, ...]] = field(default_factory=dict)
    says: Mapping[str, ModelSays] = field(default_factory=dict)  # the model
    outcomes: Mapping[str, Outcome] = field(default_factory=dict)
    decided: tuple[bool, ...] = ()  # of the suspects somebody looked at, worst first: whether it is an error
    note: str = ""  # why no item is shown


def views_of(
    suspects: Iterable[Suspect],
    audit: Audit,
    folder: str | Path | None = None,
    *,
    more_roots: Iterable[str | Path] = (),
) -> Views:
    """Read what a page shows of some suspects.

    Where the files of the dataset are gone or have changed, the page is worth having all the same: it then
    says so in place of the items.

    Args:
        suspects: of the audit.
        audit: fresh or loaded.
        folder: where this audit is saved, and where the decisions are; None where it is not saved.
        more_roots: folders outside of the dataset in which its pictures may lie.
    """
    rows = list(suspects)
    # A fresh audit would score all rows again.
    saved = audit if folder is None else load_audit(folder)
    neighbors = neighbors_of(rows, saved)
    around = [row for nearest in neighbors.values() for row in nearest if row is not None]
    items = {row.fingerprint: row for row in (*around, *rows)}
    previews: Mapping[str, Preview] = {}
    note = ""
    try:
        previews = previews_of(items.values(), audit)
    except LabelAuditError as error:
        note = str(error).partition("\n")[0]
    decisions = [] if folder is None else read_decisions(Path(folder, DECISIONS), strict=False)
    outcomes = outcomes_of(decisions)
    seen = outcomes_of([decision for decision in decisions if decision.is_seen])
    return Views(
        previews=previews,
        media_roots=media_roots(audit, more_roots),
        neighbors=neighbors,
        says=model_says({row.fingerprint: row.suggested_label for row in rows}, saved),
        outcomes=outcomes,
        decided=_decided(audit, seen),
        note=note,
    )


def _decided(audit: Audit, outcomes: Mapping[str, Outcome]) -> tuple[bool, ...]:
    if not outcomes:
        return ()
    prints = audit.suspects_table().column("fingerprint").to_pylist()
    found = [outcomes[name] for name in prints if name in outcomes]
    return tuple(outcome.is_error for outcome in found if outcome.verdict != "conflict")
