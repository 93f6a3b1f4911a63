"""Accuracy by noise prevalence: a line a model, and where two of them change places."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from labelaudit.model_ranking.model import Crossing, Curves
from labelaudit.report.pictures.axes import Frame, Mark, even_ticks, horizontal_axis, vertical_axis
from labelaudit.report.pictures.lettering import cut_for_telling
from labelaudit.report.pictures.line_labels import DOTS, End, end_labels, legend, room_for
from labelaudit.report.pictures.svg import WIDTH, area, dot, label, path, sentence, sheet, top_of
from labelaudit.report.pictures.theme import N_LINES
from labelaudit.report.text import percent
from labelaudit.types import FloatArray

_TITLE = "Accuracy on reviewed labels by noise prevalence"
_DASHES = ("", "8 4", "2 3", "10 3 2 3", "14 3 2 3 2 3")
_BEYOND = 1.6  # how far past the crossing that it is drawn for the axis goes
_SHORTEST = 0.05  # of the axis
_ROOM = (46, 14)  # of a crossing's prevalence


def accuracy_by_prevalence(
    names: Sequence[str], curves: Curves | None, crossings: Sequence[Crossing], present: float
) -> str:
    """Draw the expected accuracy of models against the share of originally wrong rows.

    The axis ends a little past the crossing at which the best model is overtaken, else past the nearest
    one, at 100 % without any. Crossings beyond are not marked.

    Args:
        names: of the models, the best first; the first five are drawn, and the picture says so.
        curves: a line a model, in the order of the names; None where there are no label errors.
        crossings: where two lines meet.
        present: the noise prevalence of the rows as they are.

    Returns:
        One `<svg>` element with a line break at its end.

    Example:
        >>> steps = np.array([0.0, 1.0])
        >>> lines = np.array([[0.9, 0.3], [0.8, 0.6]])
        >>> curves = Curves(prevalence=steps, accuracy=lines, low=lines, high=lines)
        >>> crossing = Crossing(below="large", above="small", prevalence=0.25, low=0.2, high=0.3)
        >>> "small overtakes large at 25.0 %" in accuracy_by_prevalence(
        ...     ["large", "small"], curves, [crossing], 0.1
        ... )
        True
    """
    if curves is None or not names:
        return sentence(_TITLE, "There are no reviewed label errors, so accuracy does not depend on them.")
    shown = list(names[:N_LINES])
    met = [crossing for crossing in crossings if {crossing.below, crossing.above} <= set(shown)]
    end = _axis_end(met, shown[0], present)
    met = [crossing for crossing in met if crossing.prevalence <= end]
    steps = np.unique([*curves.prevalence[curves.prevalence < end], end])
    lines, low, high = (
        _at(values[: len(shown)], curves.prevalence, steps)
        for values in (curves.accuracy, curves.low, curves.high)
    )
    notes = _notes(len(shown), len(names), present)
    samples, height = legend(
        [(f"line{i}", _DASHES[i], name) for i, name in enumerate(shown)], top_of(notes) + 8
    )
    frame = Frame(left=60, top=top_of(notes) + height + 42, width=WIDTH - 60 - room_for(shown), height=280)
    scale = _Scale(frame, end, float(low.min()), float(high.max()))
    parts = [
        *samples,
        *vertical_axis(frame, scale.shares(), "accuracy expected on reviewed labels"),
        *horizontal_axis(frame, scale.prevalences(), "noise prevalence: share of originally wrong rows"),
        *_now(scale, present),
        *(area(f"area{i}", scale.band(steps, low[i], high[i])) for i in range(len(shown))),
        *_lines(scale, shown, steps, lines),
        *_marks(scale, met, dict(zip(shown, lines, strict=True)), steps),
    ]
    return sheet(_TITLE, notes, _told(shown, lines, end, met, present), frame.bottom + 56, parts)


class _Scale:
    """Prevalence and accuracy as places in a frame."""

    def __init__(self, frame: Frame, end: float, low: float, high: float) -> None:
        self.frame, self.end = frame, end
        span = max(high - low, 0.01)
        self.step = even_ticks(span, 5)[1]
        self.bottom = math.floor(low / self.step + 1e-9) * self.step
        self.top = max(math.ceil(high / self.step - 1e-9) * self.step, self.bottom + self.step)

    def x(self, prevalence: float) -> float:
        return self.frame.x(prevalence / self.end)

    def y(self, accuracy: float) -> float:
        return self.frame.y((accuracy - self.bottom) / (self.top - self.bottom))

    def points(self, steps: FloatArray, values: FloatArray) -> list[tuple[float, float]]:
        return [(self.x(p), self.y(v)) for p, v in zip(steps.tolist(), values.tolist(), strict=True)]

    def band(self, steps: FloatArray, low: FloatArray, high: FloatArray) -> list[tuple[float, float]]:
        return [*self.points(steps, high), *reversed(self.points(steps, low))]

    def shares(self) -> list[Mark]:
        count = round((self.top - self.bottom) / self.step)
        values = [self.bottom + self.step * i for i in range(count + 1)]
        return [(self.y(value), _percent_tick(value, self.step)) for value in values]

    def prevalences(self) -> list[Mark]:
        ticks = even_ticks(self.end, 8)
        return [(self.x(tick), _percent_tick(tick, ticks[1])) for tick in ticks]


def _percent_tick(value: float, step: float) -> str:
    digits = max(0, -math.floor(math.log10(100 * step) + 1e-9))
    return f"{100 * value:.{digits}f} %"


def _axis_end(met: Sequence[Crossing], best: str, present: float) -> float:
    """The crossings come nearest to the present first."""
    if not met:
        return 1.0
    told = next((crossing for crossing in met if best in (crossing.below, crossing.above)), met[0])
    return min(1.0, max(_BEYOND * told.prevalence, 2 * present, _SHORTEST))


def _at(values: FloatArray, prevalence: FloatArray, steps: FloatArray) -> FloatArray:
    """Lines at other prevalences."""
    return np.array([np.interp(steps, prevalence, line) for line in values])


def _notes(n_shown: int, n_models: int, present: float) -> list[str]:
    said = [f"Pale bands: range over rows drawn again. Dotted line: {percent(present)}, as it is."]
    if n_shown < n_models:
        said.append(f"The best {n_shown} of {n_models} models are shown.")
    return [" ".join(said)]


def _now(scale: _Scale, present: float) -> list[str]:
    x = scale.x(present)
    return [path("best", [(x, scale.frame.top), (x, scale.frame.bottom)], width=1.6, dash=DOTS)]


def _lines(scale: _Scale, shown: Sequence[str], steps: FloatArray, lines: FloatArray) -> list[str]:
    """The lines, the first on top, and what stands at their ends."""
    parts, ends = [], []
    for i, name in enumerate(shown):
        points = scale.points(steps, lines[i])
        parts.append(path(f"line{i}", [points[0], points[-1]], width=2.2, dash=_DASHES[i]))
        x, y = points[-1]
        ends.append(End(name=name, number=f"{100 * lines[i, -1]:.0f} %", x=x, y=y))
    return [*reversed(parts), *end_labels(ends, scale.frame)]


def _marks(
    scale: _Scale, met: Sequence[Crossing], line_of: dict[str, FloatArray], steps: FloatArray
) -> list[str]:
    """A disc where two lines cross, and the prevalence beside it where there is room."""
    parts: list[str] = []
    told: list[tuple[float, float]] = []
    for crossing in met:
        x = scale.x(crossing.prevalence)
        y = scale.y(float(np.interp(crossing.prevalence, steps, line_of[crossing.below])))
        parts.append(dot("ink", x, y))
        if all(abs(x - left) > _ROOM[0] or abs(y - top) > _ROOM[1] for left, top in told):
            parts.append(label(percent(crossing.prevalence), x, y - 9, anchor="middle", bold=True))
            told.append((x, y))
    return parts


def _told(
    shown: Sequence[str], lines: FloatArray, end: float, met: Sequence[Crossing], present: float
) -> str:
    """The picture in words."""
    said = [f"At a noise prevalence of {percent(end)} "]
    said[0] += ", ".join(
        f"{cut_for_telling(name)} has an accuracy of {percent(float(line[-1]))}"
        for name, line in zip(shown, lines, strict=True)
    )
    for crossing in met:
        names = (crossing.above, crossing.below)
        ahead, behind = names if present <= crossing.prevalence else reversed(names)
        said.append(
            f"{cut_for_telling(ahead)} overtakes {cut_for_telling(behind)} at {percent(crossing.prevalence)}"
        )
    return ". ".join(said) + "."
