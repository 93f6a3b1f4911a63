"""One row in sentences, for `labelaudit explain`."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from labelaudit.report.text import counted, number, percent, place_of, visible
from labelaudit.rules import RULES

if TYPE_CHECKING:
    from labelaudit.explanation import Explanation


def told(row: Explanation) -> Iterator[str]:
    """Yield the lines: the verdict, the figures, what they mean, the rules."""
    given, predicted = f"'{visible(row.given_label)}'", f"'{visible(row.predicted_label)}'"
    standing = f"a suspect: rank {row.rank:,}" if row.rank is not None else "no suspect"
    split = f", split {visible(row.split)}" if row.split is not None else ""
    yield f"Row {visible(row.id)} ({place_of(row)}{split}) is {standing}."
    yield f"Its label is {given}. {_view(row, given, predicted)}"
    yield ""
    yield from _table(row)
    yield ""
    yield "A class's threshold is the probability that rows labelled with it get on average."
    margin = f"normalized margin {number(row.normalized_margin)}, where 0.5 is a tie"
    yield f"Label quality {number(row.label_quality)} ({row.scorer}; low is suspicious), {margin}."
    if row.predicted_label != row.given_label:
        yield f"The confident joint takes {counted(row.pair_count, 'row')} labelled {given} for {predicted}."
    if row.p_error is not None:
        yield f"Chance that the label is wrong: {percent(row.p_error)} (a model's estimate)."
    yield from _around(row)
    rate = percent(row.class_suspect_rate)
    yield f"Of the rows labelled {given}, {rate} are suspects (filter {row.filter})."
    for code in row.rules:
        yield f"{code}: {RULES[code].summary}."


def _view(row: Explanation, given: str, predicted: str) -> str:
    """What the model says to the label."""
    if row.predicted_label == row.given_label:
        return f"The model agrees; {_suggestion(row)}." if row.is_suspect else "The model agrees."
    if not row.is_suspect:
        return f"The model finds {predicted} more likely, but the filter {row.filter} leaves the row."
    return f"The model finds {predicted} more likely; {_suggestion(row)}."


def _suggestion(row: Explanation) -> str:
    """What the audit proposes instead."""
    if row.suggested_label is None:
        return "the audit finds no other label credible"
    chance = "" if row.suggested_prob is None else f" with probability {number(row.suggested_prob)}"
    return f"the audit suggests '{visible(row.suggested_label)}'{chance}"


def _around(row: Explanation) -> Iterator[str]:
    """The neighbours: how many agree, and the nearest ones by name."""
    if row.neighbor_agreement is None:
        return
    yield f"Of its neighbours' votes, {percent(row.neighbor_agreement)} go to the given label."
    for label in dict.fromkeys(row.neighbor_labels):
        ids = [
            visible(name)
            for name, own in zip(row.neighbor_ids, row.neighbor_labels, strict=True)
            if own == label
        ]
        yield f"Nearest with '{visible(label)}': {', '.join(ids)}."


def _table(row: Explanation) -> Iterator[str]:
    """The given class beside the predicted one: what the row got, what rows of the class get."""
    names = [f"{visible(row.given_label)} (given)"]
    figures: list[tuple[str, list[float | None]]] = [
        ("probability", [row.self_confidence]),
        ("threshold", [row.given_threshold]),
    ]
    if row.predicted_label != row.given_label:
        names.append(f"{visible(row.predicted_label)} (predicted)")
        # The margin is (p[given] - p[rival] + 1) / 2, and the rival is the predicted class.
        figures[0][1].append(row.self_confidence + 1 - 2 * row.normalized_margin)
        figures[1][1].append(row.predicted_threshold)
    yield f"  {'':<11}  {'  '.join(names)}"
    for title, values in figures:
        cells = (f"{number(value) or '-':>{len(name)}}" for name, value in zip(names, values, strict=True))
        yield f"  {title:<11}  {'  '.join(cells)}"
