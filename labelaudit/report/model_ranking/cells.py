"""The cells of the tables of a ranking, on a screen or a page."""

from __future__ import annotations

from collections.abc import Iterator

from labelaudit.model_ranking.model import METRICS, Crossing, Difference, Measure, Metric, ModelRanking
from labelaudit.report.text import percent

IN_WORDS: dict[Metric, str] = {
    "accuracy": "accuracy",
    "balanced_accuracy": "balanced accuracy",
    "macro_f1": "macro-F1",
}

MOST_PAIRS = 15
"""Pairs in a table; all are in JSON."""

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
