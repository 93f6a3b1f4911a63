"""From the tables of two versions to the labels that differ."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from labelaudit.auditing import Audit
from labelaudit.changes import EDITED, NEW, RELABELLED
from labelaudit.config import InputOptions
from labelaudit.differences.listing import FAVORS, Listing, differences_in, favored, listing_of
from labelaudit.differences.model import KINDS, Difference, Differences, Direction, Tally
from labelaudit.differences.pairing import Pairing, paired
from labelaudit.differences.sides import SideTables
from labelaudit.differences.views import Views, audited_rows, views_of
from labelaudit.errors import ColumnNotFoundError, EmptyDatasetError
from labelaudit.io.classes import natural
from labelaudit.io.tables import Table
from labelaudit.old_versions import LabelTables, label_tables
from labelaudit.types import IntArray, Notice


def find_differences(
    old: SideTables,
    new: SideTables,
    options: InputOptions | None = None,
    *,
    audit: Audit | None = None,
    edited: bool = False,
) -> Differences:
    """Compare the labels of two versions of a dataset.

    Labels are compared by the names of their classes: those of `options`, else those of the audit, else
    those of either schema, else as they are written.

    Args:
        old: the labels as they were, from `opened`.
        new: the labels as they are.
        options: names of columns and classes, as for a scan; those that are not given are the audit's.
        audit: of either version, or of another one; told for each row that it knows.
        edited: whether to list rows that say something else but have the same label.

    Raises:
        DataError: labels that cannot be read, or neither version has any table.

    Example:
        >>> from labelaudit.differences.sides import opened, sides_of
        >>> first, second = sides_of("sample_data/digits", "sample_data/digits")
        >>> with opened(first) as old, opened(second) as new:
        ...     found = find_differences(old, new)
        ...     found.new_rows, found.counts["relabelled"], list(found.rows())
        (1797, 0, [])
    """
    options = options or InputOptions()
    if not old.tables and not new.tables:
        what = ", ".join(dict.fromkeys(new.absent)) or "a table there"
        raise EmptyDatasetError(
            f"neither {old.name} nor {new.name} has {what}",
            hint="check the path; for a file that was renamed write REF:PATH",
        )
    _refuse_unknown_columns([*old.tables, *new.tables], options)
    classes: tuple[str, ...] = options.classes or ()
    if audit is not None:
        options = _as_audited(options, audit)
        classes = classes or tuple(dict.fromkeys(row.name for row in audit.classes))
    old_labels, new_labels = _labels_of(old, new, options, classes)
    pairing = paired(new_labels, old_labels)
    listing = listing_of(pairing, edited=edited)
    views = None if audit is None else _views(audit, pairing, listing, new_labels, old_labels)
    comparison = pairing.comparison
    counts = [comparison.count(RELABELLED), comparison.count(NEW), len(comparison.removed)]
    tally = None if views is None else _tally(listing, views)

    def rows(top: int | None) -> Iterator[Difference]:
        return differences_in(listing.at(slice(top)), new_labels, old_labels, pairing.names, views)

    return Differences(
        old_name=old.name,
        new_name=new.name,
        old_rows=old_labels.n_rows,
        new_rows=new_labels.n_rows,
        counts=dict(zip(KINDS, [*counts, comparison.count(EDITED)], strict=True)),
        directions=tuple(_directions(listing, pairing.names)),
        tally=tally,
        notices=(*_missing(old, new, old_labels, new_labels), *pairing.notices, *_unknown(tally, listing)),
        n_listed=len(listing),
        read_rows=rows,
    )


def _refuse_unknown_columns(tables: Sequence[Table], options: InputOptions) -> None:
    """Raise ColumnNotFoundError for a column that was named and is in no table.

    Columns of probabilities may well be in other files, and pinned for scans.
    """
    columns = sorted({name for table in tables for name in table.schema.names})
    for option in ("id_col", "label_col", "split_col"):
        name = getattr(options, option)
        if name is not None and name not in columns:
            close = difflib.get_close_matches(name, columns, n=1)
            raise ColumnNotFoundError(
                f"neither version has a column '{name}' (--{option.replace('_', '-')})",
                hint=f"did you mean '{close[0]}'?" if close else f"there are {', '.join(columns[:12])}",
            )


def _as_audited(options: InputOptions, audit: Audit) -> InputOptions:
    """The options, and those of the audit where nobody said otherwise."""
    default = InputOptions()
    named: dict[str, Any] = {
        name: tuple(value) if isinstance(value, list) else value
        for name, value in audit.summary.input_options.items()
        if getattr(options, name) == getattr(default, name)
    }
    return replace(options, **named)


def _labels_of(
    old: SideTables, new: SideTables, options: InputOptions, classes: Sequence[str]
) -> list[LabelTables]:
    """The labels of both sides; a schema that only one of them has is that of the other's numbers too."""
    sides = (old, new)
    found = [_read(side, options, classes) for side in sides]
    schemas = [_schema_of(side) for side in found]
    if not classes and any(schemas) and not all(schemas):
        lacking = 0 if schemas[0] is None else 1
        index = found[lacking].index
        if index is not None and index.integers:
            found[lacking] = _read(sides[lacking], options, schemas[1 - lacking] or ())
    return found


def _read(side: SideTables, options: InputOptions, classes: Sequence[str]) -> LabelTables:
    return label_tables(side.tables, options, classes, name=side.name, labels_required=side.is_whole)


def _schema_of(labels: LabelTables) -> tuple[str, ...] | None:
    roles = () if labels.index is None else labels.index.roles
    return next((role.schema_classes for role in roles if role.schema_classes), None)


def _views(audit: Audit, pairing: Pairing, listing: Listing, new: LabelTables, old: LabelTables) -> Views:
    """What the audit thinks of the listed rows: it may know a row as it is, or only as it was."""
    by_new, by_old = audited_rows(audit, new, old)
    rows: IntArray = np.append(by_new, -1)[listing.new_rows]
    rows = np.where(rows >= 0, rows, np.append(by_old, -1)[listing.old_rows])
    return views_of(audit, rows, pairing.names)


def _directions(listing: Listing, names: Sequence[str]) -> list[Direction]:
    """Where relabelled rows went, most rows first, ties by name."""
    here = listing.kinds == KINDS.index("relabelled")
    pairs = np.stack([listing.old_labels[here], listing.new_labels[here]], axis=1)
    unique, counts = np.unique(pairs, axis=0, return_counts=True)
    known = [*names, None]
    found = [
        Direction(old_label=known[old], new_label=known[new], count=count)
        for (old, new), count in zip(unique.tolist(), counts.tolist(), strict=True)
    ]
    return sorted(found, key=lambda d: (-d.count, natural(d.old_label or ""), natural(d.new_label or "")))


def _tally(listing: Listing, views: Views) -> Tally:
    kinds, favors = listing.kinds, favored(listing, views)
    relabelled = favors[kinds == KINDS.index("relabelled")]
    new, old, neither = (int((relabelled == code).sum()) for code in range(len(FAVORS)))
    added = (kinds == KINDS.index("added")) & views.known & (views.given == listing.new_labels)
    return Tally(
        prefers_new=new,
        prefers_old=old,
        prefers_neither=neither,
        added_suspects=int((added & views.is_suspect).sum()),
        unknown=int((~views.known).sum()),
    )


def _missing(
    old: SideTables, new: SideTables, old_labels: LabelTables, new_labels: LabelTables
) -> Iterator[Notice]:
    """What a side does not have, and what its rows therefore count as."""
    for side, labels, as_what in ((old, old_labels, "added"), (new, new_labels, "removed")):
        if side.absent:
            message = f"{side.name} has no {', '.join(side.absent)}: its rows count as {as_what}"
            hint = "for a file that was renamed write REF:PATH"
            yield Notice(code="no-such-path", message=f"{message}; {hint}", count=len(side.absent))
        elif not labels.n_rows:
            message = f"{side.name} has no rows with labels: all rows count as {as_what}"
            yield Notice(code="no-rows", message=message)


def _unknown(tally: Tally | None, listing: Listing) -> Iterator[Notice]:
    if tally is not None and tally.unknown:
        message = f"the audit does not know {tally.unknown:,} of the {len(listing):,} rows listed"
        yield Notice(code="not-audited", message=message, count=tally.unknown)
