"""Normalized margin: the lead of the given label over its strongest rival."""

from __future__ import annotations

from labelaudit.types import FloatArray, RowView


class NormalizedMargin:
    """(p[given] - max(p[other]) + 1) / 2; Northcutt, Jiang, Chuang 2021, section 3.2."""

    name = "normalized-margin"

    def score_rows(self, view: RowView) -> FloatArray:
        """(N,) the margins in [0, 1]."""
        return view.normalized_margin
