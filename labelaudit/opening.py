"""From paths to a dataset: find the tables, settle what each is, read the labels, join."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, Literal

import numpy as np
import pyarrow as pa

from labelaudit.batch import LARGEST_BATCH, float_matrix
from labelaudit.config import InputOptions
from labelaudit.dataset import Dataset, Plan
from labelaudit.errors import ColumnNotFoundError, EmptyDatasetError, UsageError
from labelaudit.io.classes import ClassOrder, class_order, order_of_labels
from labelaudit.io.discover import tables_under
from labelaudit.io.embeddings import embedding_width
from labelaudit.io.join import Alignment, align, refuse_duplicate_ids
from labelaudit.io.label_tables import find_labels
from labelaudit.io.labels import LabelIndex
from labelaudit.io.probabilities import ProbColumns, all_offers, probabilities_of, same_order
from labelaudit.io.roles import Roles, roles_of
from labelaudit.io.spool import spooled_stdin
from labelaudit.io.tables import Kind
from labelaudit.types import Progress, no_progress

STDIN = "-"
PEEKED_ROWS = 64
ALIKE = 0.8  # "lable" is so much like "label"; "true_label" is not

Wanted = Literal["required", "optional", "replaced"]
"""Whether files must hold probabilities: yes; only where there are no embeddings; no, others will be made."""


def open_dataset(
    paths: Sequence[str | Path],
    options: InputOptions | None = None,
    *,
    stdin: BinaryIO | None = None,
    probabilities: Wanted = "required",
    progress: Progress = no_progress,
) -> Dataset:
    """Find the tables, settle what each is, read the labels and ids, and join.

    Args:
        paths: files, folders, or "-" for standard input.
        options: names that override what is found.
        stdin: the stream that "-" stands for.
        probabilities: "optional" where embeddings will do; "replaced" where those in the files, if any, are
            not to be used.
        progress: told the rows read.

    Returns:
        The dataset; its probabilities are not read yet.

    Raises:
        UsageError, DataError: see the manual's list of errors.

    Example:
        >>> with open_dataset(["sample_data/digits"]) as dataset:
        ...     print(dataset.n_rows, dataset.classes[:3])
        1797 ('zero', 'one', 'two')
    """
    options = options or InputOptions()
    with ExitStack() as stack:
        if STDIN in map(str, paths):
            if len(paths) > 1 or stdin is None:
                raise UsageError("standard input cannot be joined with other paths", hint="give '-' alone")
            tables = [stack.enter_context(spooled_stdin(stdin, options.stdin_format))]
        else:
            tables = tables_under([Path(path) for path in paths])
        roles = [roles_of(table, options) for table in tables]
        _refuse_unknown_columns(roles, options)
        labels = find_labels(roles, options, progress)
        if labels.n_rows == 0:
            raise EmptyDatasetError(
                "there are no rows",
                file=labels.roles[0].table.name,
                hint="an empty dataset cannot be audited",
            )
        _refuse_misspelt_labels(roles, labels)
        refuse_duplicate_ids(labels)
        embeddings = _embedding_tables(roles, labels)
        offers, passed_over = _offers(roles, labels, options, probabilities, embeddings)
        order = (
            class_order(offers, _width(offers[0]), labels, options)
            if offers
            else order_of_labels(labels, options)
        )
        offers = same_order(offers, order.names)
        prob_roles = [offer.roles for offer in offers]
        counts = _counts(prob_roles, labels)
        alignment = Alignment(rows=None, how="same rows")
        if offers:
            alignment = align(prob_roles, counts, labels, row_order=options.row_order, what="probabilities")
        table_rows = {
            role.table.path: n for role, n in zip(labels.roles, np.diff(labels.offsets).tolist(), strict=True)
        }
        table_rows |= {role.table.path: n for role, n in zip(prob_roles, counts, strict=True)}
        embedding_alignment = None
        if embeddings:
            n_there = [table_rows.get(r.table.path) or _count_rows(r) for r in embeddings]
            table_rows |= {role.table.path: n for role, n in zip(embeddings, n_there, strict=True)}
            embedding_alignment = align(
                embeddings, n_there, labels, row_order=options.row_order, what="embeddings"
            )
        return Dataset(
            labels=labels,
            order=order,
            probabilities=offers,
            alignment=alignment,
            probability_offsets=tuple(np.cumsum([0, *counts])[:-1].tolist()),
            table_rows=table_rows,
            embeddings=embeddings,
            embedding_alignment=embedding_alignment,
            plan=_plan(roles, labels, offers, order, alignment, embeddings, passed_over),
            passed_over=passed_over,
            options=options,
            paths=tuple(map(str, paths)),
            from_stdin=STDIN in map(str, paths),
            spool=stack.pop_all(),
        )


def _refuse_unknown_columns(roles: Sequence[Roles], options: InputOptions) -> None:
    for option in (
        "id_col",
        "label_col",
        "probs_col",
        "embedding_col",
        "split_col",
        "text_col",
        "image_col",
        "audio_col",
        "group_col",
    ):
        name = getattr(options, option)
        columns = sorted({column for role in roles for column in role.table.schema.names})
        if name is not None and name not in columns:
            close = difflib.get_close_matches(name, columns, n=1)
            raise ColumnNotFoundError(
                f"no table has a column '{name}' (--{option.replace('_', '-')})",
                hint=f"did you mean '{close[0]}'?" if close else f"there are {', '.join(columns[:12])}",
            )


def _refuse_misspelt_labels(roles: Sequence[Roles], labels: LabelIndex) -> None:
    """A shard whose label column is misspelt would be left out, and its rows with it, without a word."""
    shards = {frozenset(role.table.schema.names): role for role in labels.roles}
    unlabelled = [role for role in roles if role.label is None]
    for columns, shard in shards.items():
        for role in unlabelled:
            missing, strange = columns.symmetric_difference(role.table.schema.names), ""
            if len(missing) == 2 and shard.label in missing:
                (strange,) = missing - {shard.label}
            likeness = difflib.SequenceMatcher(a=str(shard.label).lower(), b=strange.strip().lower())
            if strange and likeness.ratio() >= ALIKE:
                raise ColumnNotFoundError(
                    f"has the columns of {shard.table.name}, but '{strange}' instead of '{shard.label}'",
                    file=role.table.name,
                    hint=f"rename the column to '{shard.label}', or keep the file elsewhere",
                )


def _offers(
    roles: Sequence[Roles],
    labels: LabelIndex,
    options: InputOptions,
    wanted: Wanted,
    embeddings: Sequence[Roles],
) -> tuple[tuple[ProbColumns, ...], tuple[ProbColumns, ...]]:
    """The probabilities to use, and those to pass over."""
    if wanted == "replaced":
        return (), tuple(all_offers(roles, labels, options))
    required = wanted == "required" or not embeddings
    return probabilities_of(roles, labels, options, required=required), ()


def _width(offer: ProbColumns) -> int:
    """Columns of the probability matrix, looked up in the schema or in the first rows."""
    if offer.single:
        return 2
    if offer.names is not None:
        return len(offer.names)
    kind = offer.roles.table.schema.field(offer.columns[0]).type
    if pa.types.is_fixed_size_list(kind):
        return int(kind.list_size)
    for part in offer.roles.table.parts(offer.kinds):
        start = part.start
        for records in part.read(PEEKED_ROWS):
            # Missing lists have no width: the first list decides.
            matrix = float_matrix(records, offer.columns, file=offer.roles.table.name, start=start)
            if matrix.shape[1]:
                return int(matrix.shape[1])
            start += records.num_rows
    return 0


def _counts(roles: Sequence[Roles], labels: LabelIndex) -> list[int]:
    """Rows of each table; counted only where neither the labels nor the file's header tell."""
    known = {role.table.path: int(n) for role, n in zip(labels.roles, np.diff(labels.offsets), strict=True)}
    return [known[r.table.path] if r.table.path in known else _count_rows(r) for r in roles]


def _count_rows(role: Roles) -> int:
    table = role.table
    if table.n_rows is not None:
        return table.n_rows
    column = role.id or table.schema.names[0]
    return sum(b.num_rows for part in table.parts({column: Kind.TEXT}) for b in part.read(LARGEST_BATCH))


def _embedding_tables(roles: Sequence[Roles], labels: LabelIndex) -> tuple[Roles, ...]:
    """The tables with embeddings: the label tables' own, else those with the same columns as the first."""
    found = [role for role in roles if role.embeddings]
    own = [role for role in found if role in labels.roles]
    if own:
        return tuple(own)
    return tuple(role for role in found if role.table.schema.names == found[0].table.schema.names)


def _plan(
    roles: Sequence[Roles],
    labels: LabelIndex,
    offers: Sequence[ProbColumns],
    order: ClassOrder,
    alignment: Alignment,
    embeddings: Sequence[Roles],
    passed_over: Sequence[ProbColumns],
) -> Plan:
    first = labels.roles[0]
    ids = f"id '{first.id}'" if first.id else "no id: rows are named by their number"
    entries = [
        ("labels", f"{_files(labels.roles)}, column '{first.label}', {ids}; {labels.n_rows:,} rows"),
        ("probabilities", _probabilities_line(offers, order, alignment)),
    ]
    if embeddings:
        numbers = embedding_width(embeddings[0])
        entries.append(("embeddings", f"{_files(embeddings)}; {numbers:,} numbers a row"))
    previews = [(role, name) for role in roles for name in role.preview]
    if previews:
        entries.append(
            ("preview", ", ".join(f"{role.table.name}, column '{name}'" for role, name in previews[:3]))
        )
    if labels.splits:
        entries.append(("splits", ", ".join(labels.splits[:6])))
    used = [*labels.roles, *(o.roles for o in offers), *embeddings, *(role for role, _ in previews)]
    not_taken = [name for role in used for name in role.passed_over]
    not_taken += [f"{offer.found_by} of {offer.roles.table.name} (probabilities)" for offer in passed_over]
    if not_taken:
        entries.append(("passed over", ", ".join(dict.fromkeys(not_taken))))
    used += [offer.roles for offer in passed_over]
    unused = [role for role in roles if role not in used]
    if unused:
        entries.append(("left out", f"{_files(unused)} (no role)"))
    return Plan(entries=tuple(entries))


def _probabilities_line(offers: Sequence[ProbColumns], order: ClassOrder, alignment: Alignment) -> str:
    classes = f"{len(order.names)} classes ({order.origin})"
    if not offers:
        return f"none; {classes}"
    if alignment.how == "same rows":
        return f"{offers[0].found_by}; {classes}"
    return f"{_files([o.roles for o in offers])}, {offers[0].found_by}; {classes}; joined {alignment.how}"


def _files(roles: Sequence[Roles]) -> str:
    names = [role.table.name for role in roles]
    return names[0] if len(names) == 1 else f"{names[0]} and {len(names) - 1} more"
