"""Models on given and on reviewed labels: told in sentences, and as JSON, CSV and Markdown.

The table for a screen is drawn where rich is, in the command line.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from io import StringIO
from typing import Any

from labelaudit.model_ranking.model import (
    LABELS,
    METRICS,
    Crossing,
    Difference,
    Measure,
    Metric,
    ModelRanking,
)
from labelaudit.report.markdown import escaped
from labelaudit.report.text import counted, json_text, percent, visible

IN_WORDS: dict[Metric, str] = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "macro_f1": "macro-F1",
}
CSV_COLUMNS = ("model", "file", "labels", "metric", "value", "low", "high", "rank")
MOST_PAIRS = 15
"""Pairs in a table; all are in JSON."""

_COLUMNS = """\
- **given labels**, **reviewed labels**: in percent, with the range of {level} % of {draws:,} sets of rows
  drawn again, the same rows for all models. Rows of no class and rows in conflict are left out of both.
- **errors right**: share of the {errors} for which the model says the reviewed label.
  **errors repeated**: share for which it says the wrong given one, as a model does that has learned the
  errors of its training data.
- **lead**: first minus second model, in points. A range without 0 tells them apart.
- **level at**: the noise prevalence, the share of originally wrong rows, at which both are expected to be
  equally accurate on reviewed labels; it is {present} now. Beyond it the other one leads.
"""


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


def range_of(crossing: Crossing) -> str:
    """The interval of a crossing; open where an end cannot be told."""
    if crossing.low <= 0 and crossing.high >= 1:
        return "anywhere"
    if crossing.high >= 1:
        return f"{percent(crossing.low)} or more"
    if crossing.low <= 0:
        return f"{percent(crossing.high)} or less"
    return f"{100 * crossing.low:.1f} to {percent(crossing.high)}"


def measure_text(measure: Measure) -> str:
    """A metric in percent with its range."""
    return f"{100 * measure.value:.2f} ({100 * measure.low:.2f} to {100 * measure.high:.2f})"


def lead_text(difference: Difference) -> str:
    """A lead in points with its range."""
    return f"{100 * difference.value:+.2f} ({100 * difference.low:+.2f} to {100 * difference.high:+.2f})"


def _change(given: Measure, reviewed: Measure) -> str:
    return f"{measure_text(given)} on given, {measure_text(reviewed)} on reviewed labels"


MODEL_HEAD = ("metric", "model", "given labels", "rank", "reviewed labels", "rank")
PAIR_HEAD = ("first", "second", "lead, given labels", "lead, reviewed labels", "level at")
ERROR_HEAD = ("model", "errors right", "errors repeated")


def model_lines(found: ModelRanking) -> Iterator[list[str]]:
    """The cells of a line a metric and model, under `MODEL_HEAD`."""
    for metric, words in IN_WORDS.items():
        for model in found.models:
            given, reviewed = model.given[metric], model.reviewed[metric]
            cells = [measure_text(given), str(given.rank), measure_text(reviewed), str(reviewed.rank)]
            yield [words, model.name, *cells]


def pair_lines(found: ModelRanking) -> Iterator[list[str]]:
    """The cells of a line a pair of models, by accuracy, under `PAIR_HEAD`."""
    leads = {(d.first, d.second, d.labels): d for d in found.differences if d.metric == METRICS[0]}
    places = {frozenset((c.below, c.above)): c for c in found.crossings}
    for (first, second, labels), reviewed in leads.items():
        if labels == "reviewed":
            crossing = places.get(frozenset((first, second)))
            level = "" if crossing is None else f"{percent(crossing.prevalence)} ({range_of(crossing)})"
            yield [first, second, lead_text(leads[first, second, "given"]), lead_text(reviewed), level]


def error_lines(found: ModelRanking) -> Iterator[list[str]]:
    """The cells of a line a model on the label errors, under `ERROR_HEAD`; nothing without errors."""
    for model in found.models:
        if model.accuracy_on_errors is not None and model.errors_repeated is not None:
            yield [model.name, percent(model.accuracy_on_errors), percent(model.errors_repeated)]


def as_json(found: ModelRanking) -> Iterator[str]:
    """Yield one document with everything."""
    review = found.review
    document: dict[str, Any] = {
        "verdict": verdict_line(found),
        "review": asdict(review)
        | {
            "suspects_left": review.suspects_left,
            "prevalence": review.prevalence,
            "most_change": review.most_change,
        },
        "options": asdict(found.options),
        "n_classes": found.n_classes,
        "models": [asdict(model) for model in found.models],
        "moved": list(found.moved),
        "differences": [asdict(difference) for difference in found.differences],
        "crossings": [asdict(crossing) for crossing in found.crossings],
        "curves": _curves(found),
        "notices": [asdict(notice) for notice in found.notices],
    }
    yield json_text(document, indent=2) + "\n"


def _curves(found: ModelRanking) -> list[dict[str, Any]]:
    curves = found.curves
    if curves is None:
        return []
    names = ("accuracy", "low", "high")
    return [
        {"model": model.name, "prevalence": curves.prevalence.tolist()}
        | {name: getattr(curves, name)[i].tolist() for name in names}
        for i, model in enumerate(found.models)
    ]


def as_csv(found: ModelRanking) -> Iterator[str]:
    """Yield a line for each model, kind of labels and metric."""
    page = StringIO()
    writer = csv.writer(page, lineterminator="\n")
    writer.writerow(CSV_COLUMNS)
    for model in found.models:
        for labels in LABELS:
            for metric, measure in model.on(labels).items():
                values = (measure.value, measure.low, measure.high, measure.rank)
                writer.writerow([model.name, model.file, labels, metric, *values])
    yield page.getvalue()


def markdown(found: ModelRanking, command: str, picture: str | None = None) -> Iterator[str]:
    """Yield a page for people.

    Args:
        found: the ranking.
        command: what gives it again.
        picture: the file of the picture as seen from the page, if there is one.
    """
    yield f"# Models on given and reviewed labels\n\n**{_sentence(verdict_line(found))}**\n\n"
    yield f"{_sentence(summary_line(found))} {_sentence(review_line(found))}\n\n"
    yield from _table(MODEL_HEAD, list(model_lines(found)), numbers={2, 3, 4, 5})
    yield from _table(ERROR_HEAD, list(error_lines(found)), numbers={1, 2})
    pairs = list(pair_lines(found))
    yield from _table(PAIR_HEAD, pairs[:MOST_PAIRS], numbers={2, 3, 4})
    if len(pairs) > MOST_PAIRS:
        yield f"and {counted(len(pairs) - MOST_PAIRS, 'more pair')}\n\n"
    if picture is not None:
        address = visible(picture).replace("\\", "/").replace(" ", "%20").replace(")", "%29")
        yield f"![Accuracy on reviewed labels by noise prevalence]({address})\n\n"
    told = _COLUMNS.format(
        level=f"{100 * found.options.confidence:g}",
        draws=found.options.draws,
        errors=counted(found.review.errors, "label error"),
        present=percent(found.review.prevalence),
    )
    yield f"## How to read it\n\n{told}"
    if found.notices:
        yield "\n## What it does not say\n\n"
    for notice in found.notices:
        yield f"- **{escaped(notice.code)}** {escaped(notice.message)}\n"
    yield f"\n## Reproduce\n\n    {visible(command)}\n"


def _sentence(told: str) -> str:
    return escaped(told[0].upper() + told[1:]) + "."


def _table(head: Sequence[str], lines: Sequence[Sequence[str]], numbers: set[int]) -> Iterator[str]:
    if not lines:
        return
    yield f"| {' | '.join(head)} |\n"
    yield f"|{'|'.join('--:' if i in numbers else '---' for i in range(len(head)))}|\n"
    for cells in lines:
        yield f"| {' | '.join(map(escaped, cells))} |\n"
    yield "\n"
