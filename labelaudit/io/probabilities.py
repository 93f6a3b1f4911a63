"""Which columns are the probabilities, and which class each of them is about."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace

import pyarrow as pa

from labelaudit.config import InputOptions
from labelaudit.errors import AmbiguousInputError, ClassOrderError, ColumnNotFoundError
from labelaudit.io.labels import LabelIndex
from labelaudit.io.roles import NPY_COLUMN, PROBS_NAMES, PROBS_PREFIXES, Roles
from labelaudit.io.tables import Kind

SINGLE_NAMES = ("prob", "probability", "proba", "pred_prob", "score", *PROBS_NAMES)
"""Names of a single column of probabilities of the positive class."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbColumns:
    """The probability columns of one table; `names` are the classes they are named for, if they are."""

    roles: Roles
    columns: tuple[str, ...]
    names: tuple[str, ...] | None
    found_by: str
    single: bool = False
    """One column with the probability of the positive class."""

    @property
    def kinds(self) -> dict[str, Kind]:
        """How a text format is to parse them."""
        listed = self.names is None and not self.single
        return dict.fromkeys(self.columns, Kind.ANY if listed else Kind.FLOAT)


def probabilities_of(
    roles: Sequence[Roles], labels: LabelIndex, options: InputOptions, *, required: bool = True
) -> tuple[ProbColumns, ...]:
    """Choose the tables and columns of the probabilities.

    A table that holds the labels as well wins over others; tables with the same columns are shards.

    Args:
        roles: every table.
        labels: the given labels.
        options: names that override what is found.
        required: whether there must be any; what an option names must be there in any case.

    Raises:
        ColumnNotFoundError: nothing looks like probabilities.
        AmbiguousInputError: tables that offer probabilities of different classes.
    """
    offers = all_offers(roles, labels, options)
    if not offers:
        misfit = _misfit(roles, labels, options)
        if misfit or required:
            raise misfit or _nothing_found(roles)
        return ()
    own = [offer for offer in offers if offer.roles in labels.roles]
    chosen = own if len(own) == len(labels.roles) else offers
    chosen = [offer for offer in chosen if (offer.names is None) == (chosen[0].names is None)]
    classes = {frozenset(offer.names) for offer in chosen if offer.names}
    if len(classes) > 1:
        raise different_classes(offer.roles for offer in chosen)
    return tuple(chosen)


def all_offers(roles: Sequence[Roles], labels: LabelIndex, options: InputOptions) -> list[ProbColumns]:
    """Every table's probability columns, whether they go together or not."""
    # Only where no table names its classes do whole-number labels go by position.
    by_name = [offer for role in roles if (offer := _offer(role, labels, options, _fit_by_name))]
    return by_name or [offer for role in roles if (offer := _offer(role, labels, options, _fit_by_position))]


def _offer(
    role: Roles, labels: LabelIndex, options: InputOptions, fits: Callable[..., bool]
) -> ProbColumns | None:
    """The probability columns of one table, if it has any."""
    taken = {role.id, role.label, role.split_column, role.list_embeddings, *role.preview}
    floats = [name for name in role.floats if name not in taken]
    known = (
        options.classes
        or role.schema_classes
        or next((r.schema_classes for r in labels.roles if r.schema_classes), None)
    )
    if options.positive_class is not None:
        return _single(role, floats, options)
    if role.list_probs is not None:
        is_list = role.list_probs == NPY_COLUMN or pa.types.is_nested(
            role.table.schema.field(role.list_probs).type
        )
        if is_list:
            return ProbColumns(
                roles=role, columns=(role.list_probs,), names=None, found_by=f"list column {role.list_probs}"
            )
    if options.probs_col is not None:
        return None
    prefixes = (options.probs_prefix,) if options.probs_prefix else PROBS_PREFIXES
    families = [
        (f"columns {prefix}*", tuple(name for name in role.floats if name.startswith(prefix)), len(prefix))
        for prefix in prefixes
    ]
    own = _named_like_classes(role, floats, labels, known)[fits]
    for found_by, columns, n_prefix in [*families, ("columns named like the classes", own, 0)]:
        names = tuple(name[n_prefix:] for name in columns)
        if len(columns) > 1 and (options.probs_prefix or fits(names, labels, known)):
            return ProbColumns(roles=role, columns=columns, names=names, found_by=found_by)
    return None


def _fit_by_name(names: Sequence[str], labels: LabelIndex, known: Sequence[str] | None) -> bool:
    """Whether these are class names: known ones, or names for the labels that occur."""
    if known:
        return set(names) <= set(known)
    values, named = set(labels.values), set(names)
    folded = {name.lower() for name in names}
    if values <= named or (values <= {"true", "false"} and folded in ({"true", "false"}, {"0", "1"})):
        return True
    # Labels with a stray value are still these classes; the stray value is LA905.
    return len(values & named) >= max(2, len(named) / 2)


def _fit_by_position(names: Sequence[str], labels: LabelIndex, _known: Sequence[str] | None) -> bool:
    """Whether the labels are whole numbers that number these columns from 0, stray ones aside."""
    positions = {str(i) for i in range(len(names))}
    inside = sum(value in positions for value in labels.values)
    return labels.integers and inside >= max(2, len(labels.values) / 2)


def _single(role: Roles, floats: list[str], options: InputOptions) -> ProbColumns | None:
    positive = options.positive_class or ""
    wanted = (
        [options.probs_col]
        if options.probs_col
        else [
            *(
                prefix + positive
                for prefix in ((options.probs_prefix,) if options.probs_prefix else PROBS_PREFIXES)
            ),
            *SINGLE_NAMES,
            positive,
        ]
    )
    column = next((name for name in wanted if name in floats), None)
    if column is None:
        return None
    return ProbColumns(
        roles=role,
        columns=(column,),
        names=None,
        found_by=f"column {column}, the probability of '{positive}'",
        single=True,
    )


def _named_like_classes(
    role: Roles, floats: Sequence[str], labels: LabelIndex, known: Sequence[str] | None
) -> dict[Callable[..., bool], tuple[str, ...]]:
    """The columns without a prefix that may be classes, for a fit by name and for one by position."""
    if known:
        named = [name for name in floats if name in set(known)]
        by_name = named if len(named) == len(known) else []
    elif role in labels.roles:
        # Among features only the columns of labels that occur can be told; rows then must sum to 1.
        named = [name for name in floats if name in set(labels.values)]
        by_name = named if len(named) >= len(labels.values) / 2 else []
    else:
        by_name = list(floats)
    numbered = all(pa.types.is_floating(role.table.schema.field(name).type) for name in floats)
    by_position = floats if numbered and role not in labels.roles else []
    return {_fit_by_name: tuple(by_name), _fit_by_position: tuple(by_position)}


def by_position(values: Iterable[str], n_classes: int) -> bool:
    """Whether any label is a whole number that numbers a class from 0."""
    positions = {str(i) for i in range(n_classes)}
    return any(value in positions for value in values)


def different_classes(roles: Iterable[Roles]) -> AmbiguousInputError:
    """The error for tables of several datasets: it lists their folders, or the files of one folder."""
    tables = [role.table for role in roles]
    folders = sorted({table.path.parent.as_posix() for table in tables})
    found = folders if len(folders) > 1 else sorted(table.name for table in tables)
    return AmbiguousInputError(
        f"tables of different classes: {', '.join(found)}",
        hint="scan one dataset at a time: name its folder or its files",
    )


def positional(names: Sequence[str]) -> tuple[str, ...]:
    """Column names in the order in which `--classes` renames them: 0, 1, ..., else as they stand."""
    numbers = tuple(str(i) for i in range(len(names)))
    return numbers if set(names) == set(numbers) else tuple(names)


def same_order(offers: Sequence[ProbColumns], classes: Sequence[str]) -> tuple[ProbColumns, ...]:
    """The offers with their columns in the order of the classes (list columns stay as they are)."""
    ordered = []
    for offer in offers:
        if offer.names is not None:
            column_of = dict(zip(offer.names, offer.columns, strict=True))
            if len(column_of) < len(offer.columns):
                raise ClassOrderError(
                    "two probability columns are named for the same class", file=offer.roles.table.name
                )
            names = tuple(classes) if set(column_of) == set(classes) else positional(offer.names)
            columns = tuple(column_of[name] for name in names)
            ordered.append(replace(offer, columns=columns, names=tuple(classes)))
        else:
            ordered.append(offer)
    return tuple(ordered)


def _misfit(roles: Sequence[Roles], labels: LabelIndex, options: InputOptions) -> ColumnNotFoundError | None:
    """The error where something was asked for, or looks like probabilities, and does not fit."""
    asked = options.probs_col or options.probs_prefix
    single = [role for role in roles if options.probs_col in role.floats]
    if single:
        return ColumnNotFoundError(
            f"'{options.probs_col}' is one number a row, not a list",
            file=single[0].table.name,
            column=options.probs_col,
            hint="for the probability of one of two classes add --positive-class NAME",
        )
    if asked:
        return ColumnNotFoundError(
            f"no table has probabilities called '{asked}'", hint=f"the tables read are: {_names(roles)}"
        )
    for role in roles:
        for prefix in PROBS_PREFIXES:
            columns = [name for name in role.floats if name.startswith(prefix)]
            if len(columns) > 1:
                return ColumnNotFoundError(
                    f"the columns {prefix}* end in {_some(n[len(prefix) :] for n in columns)}, "
                    f"but the labels are {_some(labels.values)}",
                    file=role.table.name,
                    hint="rename the columns after the classes, or give --probs-prefix and --classes",
                )
    return _nothing_found(roles) if options.positive_class else None


def _nothing_found(roles: Sequence[Roles]) -> ColumnNotFoundError:
    return ColumnNotFoundError(
        f"no predicted probabilities found in {_names(roles)}",
        hint="put them in a list column pred_probs, in columns prob_CLASS, or in pred_probs.npy; "
        "or name them with --probs-col or --probs-prefix (one column of a binary task: --positive-class). "
        "None yet? scan --predict makes them",
    )


def _names(roles: Sequence[Roles]) -> str:
    return ", ".join(sorted({role.table.name for role in roles}))


def _some(values: Iterable[str], most: int = 4) -> str:
    shown = list(values)
    return ", ".join(f"'{v}'" for v in shown[:most]) + (", ..." if len(shown) > most else "")
