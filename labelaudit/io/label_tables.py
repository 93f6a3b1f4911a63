"""Which tables hold the given labels: shards of one table, or one of several that agree."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from labelaudit.config import InputOptions
from labelaudit.errors import AmbiguousInputError, ColumnNotFoundError
from labelaudit.io.labels import LabelIndex, read_labels
from labelaudit.io.probabilities import different_classes
from labelaudit.io.roles import LABEL_NAMES, Roles
from labelaudit.types import Progress, no_progress


def find_labels(roles: Sequence[Roles], options: InputOptions, progress: Progress) -> LabelIndex:
    """Choose the label tables and read them.

    Tables with the same columns are shards. Of several kinds that claim the labels of the same rows,
    the one with the best column name is taken, and the others must agree with it.

    Raises:
        ColumnNotFoundError: no table has labels.
        AmbiguousInputError: tables that disagree, or of different datasets.
    """
    claiming = [role for role in roles if role.label is not None]
    if not claiming:
        raise _no_labels(roles, options)
    groups: dict[frozenset[str], list[Roles]] = {}
    for role in claiming:
        groups.setdefault(frozenset(role.table.schema.names), []).append(role)
    ranked = sorted(groups.values(), key=lambda group: _name_rank(group[0]))
    index = read_labels(ranked[0], progress)
    for others in ranked[1:]:
        other = read_labels(others, no_progress)
        if _same_rows(index, other):
            _refuse_disagreement(index, other)
        elif _disjoint(index, other):
            index = read_labels([*index.roles, *others], progress)
        else:
            raise AmbiguousInputError(
                f"{others[0].table.name} also claims labels, of partly other rows",
                file=index.roles[0].table.name,
                hint="name the one file to scan, or its column with --label-col",
            )
    _refuse_foreign_folders(index)
    return index


def _name_rank(role: Roles) -> int:
    name = role.label or ""
    return LABEL_NAMES.index(name) if name in LABEL_NAMES else -1


def _same_rows(a: LabelIndex, b: LabelIndex) -> bool:
    if a.n_rows != b.n_rows:
        return False
    if a.id_hashes is None or b.id_hashes is None:
        return True
    return bool(np.array_equal(np.sort(a.id_hashes), np.sort(b.id_hashes)))


def _disjoint(a: LabelIndex, b: LabelIndex) -> bool:
    if a.id_hashes is None or b.id_hashes is None:
        return False
    return not np.isin(b.id_hashes, a.id_hashes).any()


def _refuse_disagreement(a: LabelIndex, b: LabelIndex) -> None:
    if a.id_hashes is not None and b.id_hashes is not None:
        order_a, order_b = np.argsort(a.id_hashes, kind="stable"), np.argsort(b.id_hashes, kind="stable")
    else:
        order_a = order_b = np.arange(a.n_rows)
    number = {value: i for i, value in enumerate(a.values)}
    theirs = np.array([*(number.get(v, -2) for v in b.values), -1])[b.value_codes[order_b]]
    differing = int((theirs != a.value_codes[order_a]).sum())
    if differing:
        raise AmbiguousInputError(
            f"{b.roles[0].table.name} claims other labels ('{b.roles[0].label}') for {differing:,} rows",
            file=a.roles[0].table.name,
            column=a.roles[0].label,
            hint="name the right one with --label-col, or scan its file alone",
        )


def _refuse_foreign_folders(index: LabelIndex) -> None:
    """Label tables in folders that share no label are different datasets."""
    by_folder: dict[str, set[int]] = {}
    for i, role in enumerate(index.roles):
        codes = np.unique(index.value_codes[index.offsets[i] : index.offsets[i + 1]])
        by_folder.setdefault(role.table.path.parent.as_posix(), set()).update(codes[codes >= 0].tolist())
    sets = list(by_folder.values())
    if len(sets) > 1 and any(not a & sets[0] for a in sets[1:] if a and sets[0]):
        raise different_classes(index.roles)


def _no_labels(roles: Sequence[Roles], options: InputOptions) -> ColumnNotFoundError:
    columns = ", ".join(roles[0].table.schema.names[:8]) if roles else ""
    return ColumnNotFoundError(
        f"no column '{options.label_col}' of given labels"
        if options.label_col
        else "no column of given labels found",
        file=roles[0].table.name if len(roles) == 1 else None,
        hint=f"name it with --label-col; looked for {', '.join(LABEL_NAMES)}"
        + (f"; the table has {columns}" if len(roles) == 1 else ""),
    )
