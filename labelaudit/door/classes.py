"""LA907 and LA909: classes too small to assess, and probabilities that say nothing."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from labelaudit.config import AuditOptions
from labelaudit.dataset import Dataset
from labelaudit.door.allow import refuse
from labelaudit.errors import NoInformationError, OneClassError
from labelaudit.kernels.agreement import agreement
from labelaudit.types import BoolArray, Notice, RowView

SMALL_CLASS = 5
"""Classes with fewer rows are named: their threshold is the mean of a handful."""
SAME = 1e-9
CHANCE_ERRORS = 3.0
MOSTLY_ONE_CLASS = 0.5
FEWEST_ROWS = 100
"""Rows from which agreement by chance is told; the weakest of 15 real sets of three or more classes is 28
standard errors above it."""


def check_classes(dataset: Dataset, view: RowView, notices: list[Notice]) -> None:
    """Raise OneClassError when all labels are one class; note classes that cannot be assessed."""
    counts = np.bincount(view.given, minlength=len(dataset.classes))
    present = np.flatnonzero(counts)
    if len(present) < 2:
        raise OneClassError(
            f"all {len(view.given):,} labels are '{dataset.classes[int(present[0])]}'",
            file=dataset.labels.roles[0].table.name,
            column=dataset.labels.roles[0].label,
            hint="a label can only be judged against other classes: scan data with at least two",
        )
    for which, classes in (
        ("have no rows: nothing can be suggested for or against them", np.flatnonzero(counts == 0)),
        (
            f"have fewer than {SMALL_CLASS} rows: too few to assess",
            np.flatnonzero((counts > 0) & (counts < SMALL_CLASS)),
        ),
    ):
        if len(classes):
            names = _some([dataset.classes[int(i)] for i in classes])
            notices.append(
                Notice(code="LA907", message=f"{len(classes)} classes {which} ({names})", count=len(classes))
            )


def check_information(
    dataset: Dataset, options: AuditOptions, view: RowView, tied: BoolArray, notices: list[Notice]
) -> None:
    """Refuse probabilities that are the same for every row, or whose first place is always shared."""
    top = np.maximum(view.self_confidence, view.rival_prob)
    predicted = view.predicted
    what = None
    if tied.all():
        what = "in every row the most probable class is tied (uniform probabilities?)"
    elif (predicted == predicted[0]).all() and np.ptp(top) <= SAME and _same_in_class(view):
        what = "every row has the same probabilities (a constant predictor, or the class shares?)"
    if what:
        refuse(
            NoInformationError(
                what,
                file=dataset.probabilities[0].roles.table.name,
                column=dataset.probabilities[0].columns[0],
                hint="they cannot tell a right label from a wrong one: check how they were written",
            ),
            options,
            notices,
        )


def check_agreement(dataset: Dataset, options: AuditOptions, view: RowView, notices: list[Notice]) -> None:
    """Refuse probabilities that have nothing to do with the labels: rows that were paired wrongly.

    Where one class is most of the rows an honest model may do no better, so there it is a notice.
    """
    found = agreement(view, len(dataset.classes))
    if found.standard_errors >= CHANCE_ERRORS or len(view.given) < FEWEST_ROWS:
        return
    what = (
        f"the most probable class is the given label in {found.observed:.1%} of the rows, no more often than "
        f"by chance ({found.by_chance:.1%}): "
    )
    what += (
        "nothing could be learned; do the labels belong to these rows?"
        if dataset.predicted_here
        else "do labels and probabilities belong to the same rows?"
    )
    if len(dataset.classes) == 2 or found.by_chance > MOSTLY_ONE_CLASS:
        notices.append(Notice(code="LA909", message=what))
        return
    refuse(
        NoInformationError(
            what,
            file=dataset.probabilities[0].roles.table.name,
            hint="predict from something else (--predict-from), or give probabilities of a better model"
            if dataset.predicted_here
            else "join them by id; check the order of rows where there is none",
        ),
        options,
        notices,
    )


def _same_in_class(view: RowView) -> bool:
    order = np.argsort(view.given, kind="stable")
    same_class = np.diff(view.given[order].astype(np.int64)) == 0
    return bool((np.abs(np.diff(view.self_confidence[order]))[same_class] <= SAME).all())


def _some(names: Sequence[str], most: int = 5) -> str:
    return ", ".join(f"'{n}'" for n in names[:most]) + (", ..." if len(names) > most else "")
