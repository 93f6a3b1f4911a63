"""Precision by depth: how many of the first n rows reviewed were errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from labelaudit.report.pictures.axes import Frame, horizontal_axis, vertical_axis
from labelaudit.report.pictures.depth_axis import DepthAxis
from labelaudit.report.pictures.lettering import cut_for_telling
from labelaudit.report.pictures.line_labels import DOTS, End, end_labels, legend, room_for
from labelaudit.report.pictures.svg import WIDTH, area, path, sentence, sheet, top_of
from labelaudit.report.pictures.theme import N_LINES
from labelaudit.report.text import counted, percent
from labelaudit.types import FloatArray, Frozen, IntArray

_TITLE = "Precision by number of reviews"
_DASHES = ("", "8 4", "2 3", "10 3 2 3", "14 3 2 3 2 3")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Curve(Frozen):
    """One order of review, measured: its precision at several depths."""

    name: str
    depths: IntArray  # (D,) reviews made, ascending
    precision: FloatArray  # (D,) in [0, 1]: errors among the rows reviewed by then
    low: FloatArray  # (D,) in [0, 1], the lower edge over repeats; precision itself where there are none
    high: FloatArray  # (D,) in [0, 1]


def precision_by_depth(
    curves: Sequence[Curve],
    n_errors: float | None,
    *,
    title: str = _TITLE,
    error: str = "label error",
) -> str:
    """Draw precision against the number of reviews, a line a curve.

    The horizontal axis is logarithmic where the depths themselves are spaced so. Where the number of
    errors is known, the best that any order could do is drawn too: min(1, n_errors / depth).

    Args:
        curves: the first five are drawn, and the picture says so; depths below 1 and values that
            are not finite are left out.
        n_errors: errors in the data, a mean over repeats or an estimate; None where unknown.
        title: of the picture.
        error: what an error is called.

    Returns:
        One `<svg>` element with a line break at its end.

    Example:
        >>> precision = np.array([0.9, 0.8, 0.5])
        >>> curve = Curve(
        ...     name="fused",
        ...     depths=np.array([10, 100, 1000]),
        ...     precision=precision,
        ...     low=precision - 0.05,
        ...     high=precision + 0.05,
        ... )
        >>> "50.0 % of the first 1,000 reviews" in precision_by_depth([curve], None)
        True
    """
    measured = [kept for kept in map(_finite, curves) if len(kept.depths)]
    if not measured:
        return sentence(title, "There are no reviews to measure precision by.")
    shown = measured[:N_LINES]
    notes = _notes(shown, len(measured), n_errors, error)
    names, height = legend(_legend_lines(shown, n_errors), top_of(notes) + 8)
    room = room_for([curve.name for curve in shown])
    frame = Frame(left=60, top=top_of(notes) + height + 42, width=WIDTH - 60 - room, height=280)
    axis = DepthAxis(frame, np.concatenate([curve.depths for curve in shown]))
    shares = [(frame.y(i / 5), f"{20 * i} %") for i in range(6)]
    parts = [
        *names,
        *vertical_axis(frame, shares, "precision: errors among the rows reviewed"),
        *horizontal_axis(frame, axis.marks(), f"reviews made{axis.kind}"),
        *_best_possible(frame, axis, n_errors),
        *_bands(frame, axis, shown),
        *_lines(frame, axis, shown),
    ]
    return sheet(title, notes, _told(shown, n_errors, error), frame.bottom + 56, parts)


def _finite(curve: Curve) -> Curve:
    values = np.array([curve.precision, curve.low, curve.high])
    kept = (curve.depths >= 1) & np.isfinite(values).all(axis=0)
    precision, low, high = values[:, kept]
    return Curve(name=curve.name, depths=curve.depths[kept], precision=precision, low=low, high=high)


def _notes(shown: Sequence[Curve], n_curves: int, n_errors: float | None, error: str) -> list[str]:
    repeated = any((curve.low < curve.high).any() for curve in shown)
    said = ["Pale bands: range over repeats."] * repeated
    if n_errors is not None:
        said.append(f"About {counted(round(n_errors), error)} in all.")
    if len(shown) < n_curves:
        said.append(f"{len(shown)} of {n_curves} curves are shown.")
    return [" ".join(said)] if said else []


def _legend_lines(shown: Sequence[Curve], n_errors: float | None) -> list[tuple[str, str, str]]:
    lines = [(f"line{i}", _DASHES[i], curve.name) for i, curve in enumerate(shown)]
    return lines if n_errors is None else [*lines, ("best", DOTS, "best possible")]


def _best_possible(frame: Frame, axis: DepthAxis, n_errors: float | None) -> list[str]:
    if n_errors is None:
        return []
    places = np.linspace(0, 1, 121)
    best = np.minimum(1, n_errors / np.maximum(axis.depth(places), 1))
    points = [(frame.x(place), frame.y(share)) for place, share in zip(places, best, strict=True)]
    return [path("best", points, width=1.6, dash=DOTS)]


def _bands(frame: Frame, axis: DepthAxis, shown: Sequence[Curve]) -> list[str]:
    parts = []
    for i, curve in enumerate(shown):
        if (curve.low < curve.high).any():
            upper = axis.thinned(curve.depths, curve.high)
            lower = axis.thinned(curve.depths, curve.low)
            parts.append(area(f"area{i}", [(x, frame.y(y)) for x, y in [*upper, *reversed(lower)]]))
    return parts


def _lines(frame: Frame, axis: DepthAxis, shown: Sequence[Curve]) -> list[str]:
    """The lines, the first on top, and what stands at their ends."""
    parts, ends = [], []
    for i, curve in enumerate(shown):
        points = [(x, frame.y(y)) for x, y in axis.thinned(curve.depths, curve.precision)]
        parts.append(path(f"line{i}", points, width=2.2, dash=_DASHES[i]))
        x, y = points[-1]
        ends.append(End(name=curve.name, number=f"{100 * curve.precision[-1]:.0f} %", x=x, y=y))
    return [*reversed(parts), *end_labels(ends, frame)]


def _told(shown: Sequence[Curve], n_errors: float | None, error: str) -> str:
    """The picture in words."""
    said = [f"{cut_for_telling(curve.name)}: {_last(curve)} found an error." for curve in shown]
    known = "" if n_errors is None else f" The data has about {counted(round(n_errors), error)}."
    return " ".join(said) + known


def _last(curve: Curve) -> str:
    return f"{percent(float(curve.precision[-1]))} of the first {counted(int(curve.depths[-1]), 'review')}"
