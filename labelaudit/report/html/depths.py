"""Precision by number of reviews: as people decided, and as a self-test found it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from markupsafe import Markup

from labelaudit.report.pictures.depth_curve import Curve, precision_by_depth
from labelaudit.report.self_tested import ERROR, TITLE, drawn_scorers, told

if TYPE_CHECKING:
    from labelaudit.report.self_tested import SelfTested
    from labelaudit.report.views import Views

FEW_REVIEWS = 10
"""Of fewer decisions, a curve of precision would be noise."""


def by_decisions(views: Views | None) -> Markup | None:
    """The curve of what people decided; None where they hardly did."""
    if views is None or len(views.decided) < FEW_REVIEWS:
        return None
    depths = np.arange(1, len(views.decided) + 1)
    precision = np.cumsum(views.decided) / depths
    curve = Curve(name="reviewed suspects", depths=depths, precision=precision, low=precision, high=precision)
    return Markup(precision_by_depth([curve], None))


def by_self_test(found: SelfTested | None) -> dict[str, Any] | None:
    """The curves of a self-test, and what it says in sentences."""
    if found is None:
        return None
    curves = []
    for name in drawn_scorers(found.recommended, list(found.points)):
        points = found.points[name]
        depths = np.asarray(points["depths"], dtype=np.int64)
        precision, low, high = (np.asarray(points[part]) for part in ("precision", "low", "high"))
        curves.append(Curve(name=name, depths=depths, precision=precision, low=low, high=high))
    picture = precision_by_depth(curves, found.n_injected, title=TITLE, error=ERROR)
    return {"told": list(told(found)), "picture": Markup(picture)}
