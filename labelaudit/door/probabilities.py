"""LA901 and LA902: values that are no probabilities."""

from __future__ import annotations

import numpy as np

from labelaudit.config import AuditOptions
from labelaudit.dataset import Dataset
from labelaudit.errors import NonFiniteError, ProbabilityError
from labelaudit.io.labels import line_of
from labelaudit.passes.view import BadRow, Faults, Findings
from labelaudit.types import Notice

SKIP_HINT = "or leave them out with --on-bad-row skip"


def check_probabilities(
    dataset: Dataset, options: AuditOptions, found: Findings, notices: list[Notice]
) -> None:
    """Raise for rows that cannot be scored, or note how many are skipped; note small mends."""
    if found.n_mended:
        notices.append(
            Notice(
                code="LA902",
                message=f"{found.n_mended:,} rows were clipped to 0-1 and renormalised: "
                "their sums were off by less than 0.01",
                count=found.n_mended,
            )
        )
    for faults, error in ((found.non_finite, NonFiniteError), (found.not_probabilities, ProbabilityError)):
        if not faults.count or faults.first is None:
            continue
        if options.on_bad_row == "skip":
            what = (
                "a probability is nan, infinite or missing" if error is NonFiniteError else "no probabilities"
            )
            notices.append(
                Notice(code=error.code, message=f"{faults.count:,} rows skipped: {what}", count=faults.count)
            )
            continue
        raise _located(error, dataset, faults, faults.first)


def _located(
    error: type[NonFiniteError | ProbabilityError], dataset: Dataset, faults: Faults, first: BadRow
) -> NonFiniteError | ProbabilityError:
    offer = dataset.probabilities[first.file]
    if error is NonFiniteError:
        hint = f"repair or drop these rows, {SKIP_HINT}; a model that met an empty input often writes nan"
    else:
        hint = _cause(faults, len(dataset.classes))
    column = offer.columns[first.column if len(offer.columns) > 1 else 0]
    return error(
        first.what,
        file=offer.roles.table.name,
        column=column,
        row=first.row,
        line=line_of(offer.roles, first.row),
        more=faults.count - 1,
        hint=hint,
    )


def _cause(faults: Faults, n_classes: int) -> str:
    """What the ranges of the bad rows say of their origin."""
    low, high, low_sum, high_sum = faults.lowest, faults.highest, faults.lowest_sum, faults.highest_sum
    if low >= 0 and np.isclose([low_sum, high_sum], 100, atol=1).all():
        return "these look like percentages: divide by 100"
    if low < 0 and high <= 0:
        return "these look like log-probabilities: take exp() of them"
    if low < 0:
        return f"these look like logits (from {low:.3g} to {high:.3g}): apply softmax"
    if high <= 1 and low_sum >= 0.9 and high_sum <= 1.1:
        rounded = f"these look rounded (sums from {low_sum:.3g} to {high_sum:.3g}): "
        return rounded + "write more decimals, or divide each row by its sum"
    if high <= 1:
        sigmoids = f"these look like one-vs-rest sigmoids (sums from {low_sum:.3g} to {high_sum:.3g}): "
        return (
            sigmoids + f"normalise them, or check that all {n_classes} classes have their column; {SKIP_HINT}"
        )
    return (
        f"each row must be in 0-1 and sum to 1 (sums here from {low_sum:.3g} to {high_sum:.3g}); {SKIP_HINT}"
    )
