"""From an audit to one that a gate has judged: who counts, what changed, whether it passes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from labelaudit.auditing import Audit
from labelaudit.changes import (
    EDITED,
    NEW,
    RELABELLED,
    SCORED_COLUMNS,
    Comparison,
    LabelVersion,
    ScoredVersion,
    compare,
    scored_version,
)
from labelaudit.config import BY_PROBABILITIES, AuditOptions
from labelaudit.errors import ConfigError, DataError, EmptyDatasetError
from labelaudit.gate import GateOptions, Tally, gate_of
from labelaudit.ignores import Traits
from labelaudit.item_columns import IGNORE_COLUMN
from labelaudit.old_versions import OldVersion
from labelaudit.reasons import CODES
from labelaudit.rules import RULES
from labelaudit.standing import Hiding, Standing, standing_of, unhidden
from labelaudit.types import BoolArray, Changes, HashArray, Notice, Scope, Summary

GATING_NOTICES = (
    "expired-entries",
    "stale-baseline",
    "unused-ignores",
    "no-old-version",
    "ids-changed",
    "columns-changed",
)
"""Codes of the notices that come with a verdict; those of an earlier one go with it."""
OF_ITEMS = {code for code in CODES if RULES[code].needs == "text, hash or embeddings"}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Against:
    """An audit compared with an old version of its dataset."""

    name: str
    scored: ScoredVersion
    comparison: Comparison
    notices: tuple[Notice, ...] = ()


def against(
    audit: Audit,
    old: OldVersion,
    *,
    item_columns: Collection[str] | None = None,
    contents: HashArray | None = None,
) -> Against:
    """Compare the rows of an audit with an old version.

    Args:
        audit: fresh or loaded.
        old: the labels as they were.
        item_columns: those of the dataset as it is, where they are known.
        contents: (rows,) hashes of the item columns that both versions have, where not all are shared.

    Raises:
        DataError: rows were left out at the door, so that a changed one may never have been scored.
    """
    summary = audit.summary
    if summary.n_skipped:
        raise DataError(
            f"{summary.n_skipped:,} rows were left out at the door, changed ones may be among them: these "
            "cannot be judged",
            hint="repair the rows, or do without --on-bad-row skip and --on-missing-label skip where "
            "--against decides",
        )
    scored = scored_version(audit.scores_batches(SCORED_COLUMNS), has_ids=summary.has_ids)
    if old.shared is not None:
        scored = replace(scored, version=replace(scored.version, contents=contents))
    _refuse_untold_rows(scored.version, old.version)
    comparison = compare(scored.version, old.version)
    return Against(
        name=old.name,
        scored=scored,
        comparison=comparison,
        notices=tuple(_notices(old, comparison, scored, item_columns)),
    )


def _notices(
    old: OldVersion, comparison: Comparison, scored: ScoredVersion, columns: Collection[str] | None
) -> list[Notice]:
    if not old.version.n_rows:
        return [Notice(code="no-old-version", message=f"{old.name} has no rows: all rows count as new")]
    found = []
    if (old.version.ids is None) != (scored.version.ids is None):
        message = f"rows have ids here or in {old.name}, not in both: all count as new"
        found.append(Notice(code="ids-changed", message=message))
    added = set() if columns is None else set(columns) ^ old.item_columns
    if added:
        some = ", ".join(f"'{name}'" for name in sorted(added)[:5])
        message = (
            f"the tables differ from those of {old.name} in columns {some}: only the others are compared"
        )
        found.append(Notice(code="columns-changed", message=message, count=len(added)))
    return found


def _refuse_untold_rows(new: LabelVersion, old: LabelVersion) -> None:
    """Rows without ids and content are known by their number, as long as none is put in or taken out."""
    if new.ids is not None or old.ids is not None or (new.contents is not None and old.contents is not None):
        return
    n_both = min(new.n_rows, old.n_rows)
    if new.n_rows != old.n_rows and not np.array_equal(new.labels[:n_both], old.labels[:n_both]):
        raise DataError(
            f"{new.n_rows:,} rows, and {old.n_rows:,} in the old version: without ids or columns of items "
            "nobody can tell which of them changed",
            hint="give the rows ids, or do without --against, so that all are judged",
        )


def gated(audit: Audit, options: GateOptions, hiding: Hiding, *, against: Against | None = None) -> Audit:
    """Judge an audit by a gate.

    Args:
        audit: fresh or loaded.
        options: the limits.
        hiding: baseline, ignores and decisions.
        against: the old version to compare with.

    Returns:
        The audit with the verdict in its summary, the status of each suspect, and `shown` set to those that
        people are to look at.

    Raises:
        ConfigError: a limit names what does not exist, or no row can be a suspect.
        EmptyDatasetError: a gate on no rows.
        DataError: the files of a saved audit are not of one run.
    """
    table = audit.suspects_table()
    possible = _possible_rules(audit, options)
    if options.declared:
        _refuse_empty_promises(audit.summary, table.num_rows, possible)
    standing = unhidden(table.num_rows) if hiding.is_empty else standing_of(_traits(table), hiding)
    expired = int(standing.expired.sum())
    new = None if hiding.baseline is None else int(standing.counts.sum())  # what counts is in no baseline
    tallies: dict[Scope, Tally] = {
        "dataset": _dataset_tally(audit, table, standing.counts, new, expired, possible)
    }
    shown, changes = standing.counts, None
    if against is not None:
        shown, tallies["changes"] = _changes_tally(audit, table, standing, against, hiding, possible)
        changes = _changes(against, tallies["changes"])
    gate = gate_of(options, tallies)
    told = (*standing.notices, *(against.notices if against else ()))

    @cache
    def judged() -> Summary:
        notices = (*(n for n in audit.summary.notices if n.code not in GATING_NOTICES), *told)
        return replace(audit.summary, gate=gate, hidden=standing.hidden, changes=changes, notices=notices)

    status = pa.array(standing.status, pa.string())
    place = table.schema.get_field_index("status")
    marked = table.set_column(place, table.schema.field(place), status)
    return replace(audit, read_summary=judged, read_suspects=lambda: marked, shown=shown)


def ignored_prints(audit: Audit) -> frozenset[str]:
    """The fingerprints of the suspects that the column `labelaudit_ignore` marks."""
    if IGNORE_COLUMN not in next(audit.scores_batches()).schema.names:
        return frozenset()
    found: set[str] = set()
    for batch in audit.scores_batches(("is_suspect", IGNORE_COLUMN, "fingerprint")):
        suspects = batch.filter(batch.column("is_suspect"))
        found.update(suspects.filter(suspects.column(IGNORE_COLUMN)).column("fingerprint").to_pylist())
    return frozenset(found)


def _traits(table: pa.Table) -> list[Traits]:
    columns = [table.column(name).to_pylist() for name in Traits._fields]
    return [Traits(*values) for values in zip(*columns, strict=True)]


def _dataset_tally(
    audit: Audit,
    table: pa.Table,
    counts: BoolArray,
    new: int | None,
    expired: int,
    possible: Sequence[str],
) -> Tally:
    rows_by_class: Counter[str] = Counter()
    for row in audit.classes:
        rows_by_class[row.name] += row.n
    return Tally(
        rows=audit.summary.n_rows,
        rows_by_class=rows_by_class,
        rows_by_split={name: split["rows"] for name, split in audit.summary.by_split.items()},
        new=new,
        expired=expired,
        reviewed=audit.reviewed,
        **_suspects_by(table, counts, possible),
    )


def _changes_tally(
    audit: Audit,
    table: pa.Table,
    standing: Standing,
    against: Against,
    hiding: Hiding,
    possible: Sequence[str],
) -> tuple[BoolArray, Tally]:
    """The changed suspects that count, and the tally of all changed rows."""
    changed, scored = against.comparison.changed, against.scored
    rows = np.array(
        [scored.row_of_suspect[p] for p in table.column("fingerprint").to_pylist()], dtype=np.int64
    )
    shown: BoolArray = standing.counts & changed[rows]
    relabelled = np.isin(against.comparison.kinds, (NEW, RELABELLED))
    nothing = dict.fromkeys((row.name for row in audit.classes), 0)
    tally = Tally(
        rows=int(changed.sum()),
        rows_by_class=nothing | scored.count(scored.given_labels, changed),
        rows_by_split=dict.fromkeys(audit.summary.by_split, 0) | scored.count(scored.splits, changed),
        new=None if hiding.baseline is None else int(shown.sum()),
        expired=int((standing.expired & shown).sum()),
        **_suspects_by(table, shown, possible),
    )
    return shown, replace(
        tally,
        label_rows=int(relabelled.sum()),
        label_suspects=int((standing.counts & relabelled[rows]).sum()),
    )


def _suspects_by(table: pa.Table, where: BoolArray, possible: Sequence[str]) -> Mapping[str, Any]:
    """How many suspects, by class, split and rule."""
    here = table.filter(pa.array(where))
    return {
        "suspects": here.num_rows,
        "suspects_by_class": _value_counts(here.column("given_label")),
        "suspects_by_split": _value_counts(here.column("split")),
        "suspects_by_rule": dict.fromkeys(possible, 0) | _value_counts(pc.list_flatten(here.column("rules"))),
    }


def _value_counts(column: pa.ChunkedArray) -> dict[str, int]:
    counted = pc.value_counts(column.drop_null())
    return dict(zip(counted.field("values").to_pylist(), counted.field("counts").to_pylist(), strict=True))


def _possible_rules(audit: Audit, options: GateOptions) -> list[str]:
    """The rules that an audit looked for: a limit on another one would hold whatever the data."""
    algorithm = audit.summary.algorithm
    chosen = AuditOptions(select=tuple(algorithm["select"]), ignore=tuple(algorithm["ignore"]))
    missing: set[str] = set()
    if not algorithm["neighbors"]:
        missing.update(code for code in CODES if RULES[code].needs == "embeddings")
        if next(audit.scores_batches(("content_hash",))).column(0).null_count:
            missing |= OF_ITEMS
    if algorithm["rank_by"] in BY_PROBABILITIES:
        missing.add("LA102")
    return [code for code in CODES if chosen.selects(code) and code not in missing]


def _refuse_empty_promises(summary: Summary, n_suspects: int, possible: Sequence[str]) -> None:
    """Refuse a gate that would pass, or fail, whatever the data."""
    if not summary.n_rows:
        raise EmptyDatasetError("there are no rows to judge", hint="an empty dataset passes no gate")
    if n_suspects != summary.n_suspects:
        raise DataError(
            f"the audit lists {n_suspects:,} suspects, its summary tells of {summary.n_suspects:,}: they are "
            "of two runs",
            hint="labelaudit scan again; was one interrupted?",
        )
    deciding = "LA102" if summary.algorithm["filter"] == "fused" else "LA101"
    if not {deciding, "LA301"} & set(possible):
        raise ConfigError(
            "no row can be a suspect, so that any gate would pass",
            hint="--select and --ignore switched off the rules that make suspects: leave LA101 and LA102 on",
        )


def _changes(against: Against, tally: Tally) -> Changes:
    comparison = against.comparison
    return Changes(
        against=against.name,
        rows=tally.rows,
        new=comparison.count(NEW),
        relabelled=comparison.count(RELABELLED),
        edited=comparison.count(EDITED),
        removed=len(comparison.removed),
        suspects=tally.suspects,
    )
