"""What a ranking says, in sentences."""

from __future__ import annotations

from collections.abc import Sequence

from labelaudit.model_ranking.model import LABELS, Crossing, Measure, ModelRanking
from labelaudit.report.model_ranking.cells import measure_text, range_of
from labelaudit.report.text import counted, percent, visible

NAMED = 3


def summary_line(found: ModelRanking) -> str:
    """What was measured, in a sentence."""
    review = found.review
    split = "" if found.options.split is None else f" of split {visible(found.options.split)}"
    return (
        f"{counted(len(found.models), 'model')} on {counted(review.used, 'row')}{split}, "
        f"{counted(found.n_classes, 'class', 'classes')}: {counted(review.errors, 'reviewed label error')}, "
        f"a noise prevalence of {percent(review.prevalence)}"
    )


def review_line(found: ModelRanking) -> str:
    """How much of the suspects people have looked at, and what became of it."""
    review = found.review
    told = [f"{review.suspects_reviewed:,} of {counted(review.suspects, 'suspect')} reviewed"]
    if more := review.reviewed - review.suspects_reviewed:
        told.append(f"{counted(more, 'other row')} reviewed")
    if review.either:
        told.append(f"{review.either:,} may be either of two classes")
    if review.neither or review.conflicts:
        told.append(f"left out: {review.neither:,} of no class, {review.conflicts:,} in conflict")
    if review.stale:
        told.append(f"{counted(len(review.stale), 'decision')} set aside, the label has changed since")
    return "; ".join(told)


def verdict_line(found: ModelRanking) -> str:
    """What reviewed labels change of the order, and when another model would lead."""
    if len(found.models) == 1:
        given, reviewed = (found.models[0].on(labels)["accuracy"] for labels in LABELS)
        return f"{visible(found.models[0].name)}: accuracy {_change(given, reviewed)}"
    if found.moved:
        moved = ", ".join(map(visible, found.moved))
        told = f"reviewed labels change the order by accuracy ({moved}): {_leaders(found)}"
    else:
        told = f"the order by accuracy is the same on given and on reviewed labels: {_leaders(found)}"
    first = found.models[0].name
    crossing = next((c for c in found.crossings if first in (c.below, c.above)), None)
    if crossing is None:
        return told
    return f"{told}; {crossing_line(crossing, found.review.prevalence, found.options.confidence)}"


def _leaders(found: ModelRanking) -> str:
    """Who leads, and who may."""
    level = [model.name for model in found.models if model.reviewed["accuracy"].rank == 1]
    near = [
        lead.second
        for lead in found.differences
        if (lead.first, lead.labels, lead.metric) == (found.models[0].name, "reviewed", "accuracy")
        and lead.low <= 0
        and lead.second not in level
    ]
    told = f"{', '.join(map(visible, level))} {'leads' if len(level) == 1 else 'lead'}"
    return told + (f", which the rows do not tell apart from {_some(near)}" if near else "")


def _some(names: Sequence[str]) -> str:
    told = ", ".join(map(visible, names[:NAMED]))
    return told + (f" and {len(names) - NAMED:,} more" if len(names) > NAMED else "")


def crossing_line(crossing: Crossing, present: float, confidence: float) -> str:
    """How many labels would have to be wrong for two models to change places.

    Example:
        >>> crossing = Crossing(below="a", above="b", prevalence=0.12, low=0.08, high=1.0)
        >>> for part in crossing_line(crossing, 0.02, 0.9).split(", "):
        ...     print(part)
        b would overtake a if 12.0 % of the rows were mislabelled
        not 2.0 % as now (90 % range: 8.0 % or more)
    """
    more = present <= crossing.prevalence
    ahead, behind = (crossing.above, crossing.below) if more else (crossing.below, crossing.above)
    return (
        f"{visible(ahead)} would overtake {visible(behind)} if {'' if more else 'only '}"
        f"{percent(crossing.prevalence)} of the rows were mislabelled, not {percent(present)} as now "
        f"({100 * confidence:g} % range: {range_of(crossing)})"
    )


def _change(given: Measure, reviewed: Measure) -> str:
    return f"{measure_text(given)} on given, {measure_text(reviewed)} on reviewed labels"
