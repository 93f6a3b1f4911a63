"""What a ranking says, in sentences."""

from __future__ import annotations

from labelaudit.model_ranking.model import LABELS, Crossing, Measure, ModelRanking
from labelaudit.report.model_ranking.cells import measure_text, range_of
from labelaudit.report.text import counted, percent, visible


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
    return "; ".join(told)


def verdict_line(found: ModelRanking) -> str:
    """What reviewed labels change of the order, and which change is nearest."""
    best = visible(found.models[0].name)
    if len(found.models) == 1:
        given, reviewed = (found.models[0].on(labels)["accuracy"] for labels in LABELS)
        return f"{best}: accuracy {_change(given, reviewed)}"
    if found.moved:
        moved = ", ".join(map(visible, found.moved))
        told = f"reviewed labels change the order by accuracy ({moved}): {best} leads"
    else:
        told = f"the order by accuracy is the same on given and on reviewed labels: {best} leads"
    if not found.crossings:
        return told
    return f"{told}; {crossing_line(found.crossings[0], found.review.prevalence)}"


def crossing_line(crossing: Crossing, present: float) -> str:
    """Where two models change places, from where we stand.

    Example:
        >>> crossing_line(Crossing(below="a", above="b", prevalence=0.12, low=0.08, high=1.0), 0.02)
        'b overtakes a at a noise prevalence of 12.0 % (8.0 % or more)'
    """
    more = present <= crossing.prevalence
    ahead, behind = (crossing.above, crossing.below) if more else (crossing.below, crossing.above)
    where = f"at a noise prevalence of {percent(crossing.prevalence)} ({range_of(crossing)})"
    return f"{visible(ahead)} overtakes {visible(behind)} {where}"


def _change(given: Measure, reviewed: Measure) -> str:
    return f"{measure_text(given)} on given, {measure_text(reviewed)} on reviewed labels"
