"""The horizontal axis of reviews made."""

from __future__ import annotations

import numpy as np

from labelaudit.report.pictures.axes import Frame, Mark, even_ticks, log_ticks, tick_text
from labelaudit.types import AnyArray, FloatArray, IntArray


class DepthAxis:
    """Depths as places in a frame: linear from 0, or logarithmic where the depths are spaced so.

    Args:
        frame: where it is drawn.
        depths: (n,) all depths of all curves, 1 or more, n >= 1.
    """

    def __init__(self, frame: Frame, depths: IntArray) -> None:
        self.frame = frame
        self.shallowest, self.deepest = int(depths.min()), int(depths.max())
        # Evenly spaced depths have their median near half of the deepest.
        self.is_log = bool(np.median(depths) < self.deepest / 4)

    @property
    def kind(self) -> str:
        """What the title of the axis adds."""
        return " (log scale)" if self.is_log else ""

    def x(self, depth: float) -> float:
        """The place of a depth."""
        return self.frame.x(float(self._share(np.array([depth]))[0]))

    def depth(self, shares: FloatArray) -> FloatArray:
        """The depths at some shares of the width."""
        if not self.is_log:
            return shares * self.deepest
        scaled: FloatArray = self.shallowest * (self.deepest / self.shallowest) ** shares
        return scaled

    def marks(self) -> list[Mark]:
        """The ticks."""
        ticks = log_ticks(self.shallowest, self.deepest, 9) if self.is_log else even_ticks(self.deepest, 8)
        return [(self.x(tick), tick_text(tick)) for tick in ticks]

    def thinned(self, depths: IntArray, values: FloatArray) -> list[tuple[float, float]]:
        """(x, value) of at most one depth in two pixels, the deepest always among them."""
        places = self.frame.left + self._share(depths) * self.frame.width
        is_last = np.append(np.diff(np.floor(places / 2)) > 0, True)
        return list(zip(places[is_last].tolist(), values[is_last].tolist(), strict=True))

    def _share(self, depths: AnyArray) -> FloatArray:
        if not self.is_log:
            return depths / self.deepest
        shares: FloatArray = np.log(depths / self.shallowest) / np.log(self.deepest / self.shallowest)
        return shares
