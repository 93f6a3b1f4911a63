"""LA903: probabilities of a model that was trained on the very labels it is to judge."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from labelaudit.config import AuditOptions
from labelaudit.door.allow import refuse
from labelaudit.door.groups import Group
from labelaudit.errors import InSampleError
from labelaudit.types import Notice, RowView

EXPECTED_DISAGREEMENTS = 10
FEWEST_ONE_HOT = 10
"""Rows from which a single file or split is called one-hot."""
SUSPICIOUS_SHARE = 0.1
"""Of the expected disagreements: fewer than this are told."""
HINT = "predict each row by a model that was not trained on it (labelaudit predict does; or cross-validation)"


def check_in_sample(
    options: AuditOptions, view: RowView, groups: Sequence[Group], notices: list[Notice]
) -> None:
    """Refuse probabilities that never disagree although they themselves expect to, or are one-hot."""
    top = np.maximum(view.self_confidence, view.rival_prob)
    agrees = view.predicted == view.given
    for i, (name, rows) in enumerate(groups):
        tops = top[rows]
        never = bool(agrees[rows].all())
        expected = len(tops) - float(tops.sum())
        what = None
        if (tops == 1).all() and (i == 0 or len(tops) >= FEWEST_ONE_HOT):
            what = "every row is one-hot: these are predicted classes, not probabilities"
        elif never and expected >= EXPECTED_DISAGREEMENTS:
            what = (
                f"no label of {len(tops):,} differs from its most probable class, although the probabilities "
                f"themselves expect about {expected:.0f} to: they look in-sample"
            )
        if what:
            refuse(InSampleError(what, file=name, hint=HINT), options, notices)
            return
        n_differ = len(tops) - int(agrees[rows].sum())
        few = expected >= EXPECTED_DISAGREEMENTS and n_differ <= SUSPICIOUS_SHARE * expected
        if i == 0 and (never or few):
            differ = (
                "no label differs from its most probable class"
                if never
                else f"{n_differ:,} labels differ from their most probable class, where the probabilities "
                f"themselves expect about {expected:.0f}"
            )
            message = (
                f"{differ}: if the model was trained on these labels, its probabilities hide their errors"
            )
            notices.append(Notice(code="LA903", message=message))
