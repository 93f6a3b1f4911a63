"""What the page tells, arranged for its template."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from labelaudit.report.gate_text import RULE_HEAD, changes_line, hidden_line, rule_cells
from labelaudit.report.html.cards import Card, cards_of
from labelaudit.report.html.depths import by_decisions, by_self_test
from labelaudit.report.html.figures import reviewed_rows, tiles_of
from labelaudit.report.model import Report
from labelaudit.report.pictures import PICTURES
from labelaudit.rules import RULES

if TYPE_CHECKING:
    from labelaudit.types import ClassRow, Summary

TOP_SUSPECTS = 100
TOP_PAIRS = 10
TOP_CLASSES = 50


def context_of(report: Report) -> dict[str, Any]:
    """The values of the page's template by name."""
    summary = report.summary
    suspects = list(report.shown(TOP_SUSPECTS))
    views = None if report.read_views is None else report.read_views(suspects)
    cards = list(cards_of(suspects, views))
    folders = {os.path.dirname(suspect.file) for suspect in suspects}
    folder = f"{folders.pop()}/" if len(folders) == 1 else ""
    classes = _worst(report.classes)
    return {
        "summary": summary,
        "title": ", ".join(summary.paths) or "Label audit",
        "tiles": tiles_of(summary, report.reviewed),
        "reviewed": report.reviewed,
        "reviewed_rows": [] if report.reviewed is None else list(reviewed_rows(report.reviewed)),
        "told": [line for line in (changes_line(summary), hidden_line(summary)) if line],
        "pictures": {name.partition(".")[0]: Markup(draw(report)) for name, (_, draw) in PICTURES.items()},
        "depth": by_decisions(views),
        "self_test": by_self_test(report.self_test),
        "pairs": [(cell, cell.inverse_noise_prob) for cell in report.confused[:TOP_PAIRS]],
        "widest_pair": max((cell.inverse_noise_prob for cell in report.confused[:TOP_PAIRS]), default=0.0)
        or 1.0,
        "n_pairs": len(report.confused),
        "cards": cards,
        "folder": "" if folder == "/" else folder,  # that all files share: told once
        "n_shown": report.n_shown,
        "filters": _filters(cards),
        "note": views.note if views else "",
        "classes": classes,
        "n_classes": len(report.classes),
        "widest": max((row.suspect_rate for row in classes), default=0.0) or 1.0,
        "gate_head": RULE_HEAD,
        "gate_rows": [rule_cells(rule) for rule in summary.gate.rules],
        "rules": RULES,
        "methods": _methods(summary),
    }


def _worst(classes: Sequence[ClassRow]) -> list[ClassRow]:
    """The classes with the largest share of suspects."""
    return sorted(classes, key=lambda row: (-row.suspect_rate, -row.suspects))[:TOP_CLASSES]


def _filters(cards: Sequence[Card]) -> dict[str, list[tuple[str, str, int]]]:
    """For each choice, (value, words, suspects), the most frequent first."""
    pairs = Counter((card.pair, card.pair) for card in cards)
    rules = Counter((code, f"{code} {RULES[code].summary}") for card in cards for code in card.suspect.rules)
    splits = Counter((card.split, card.split) for card in cards if card.split)
    found = {"pair": pairs, "rule": rules, "split": splits}
    return {
        name: [(*choice, count) for choice, count in counts.most_common()]
        for name, counts in found.items()
        if len(counts) > 1
    }


def _methods(summary: Summary) -> list[tuple[str, str]]:
    """How the audit was made, in pairs of a word and its value."""
    algorithm = summary.algorithm
    told = [("tool", summary.tool), ("seed", str(summary.seed))]
    told += [
        (word, str(algorithm[key]))
        for key, word in (("filter", "filter"), ("rank_by", "ranked by"))
        if key in algorithm
    ]
    around = algorithm.get("neighbors")
    if around:
        told.append(
            ("neighbours", ", ".join(f"{key} {value}" for key, value in around.items() if value is not None))
        )
    if summary.est_errors is not None:
        told.append(("estimate from", summary.est_errors["method"]))
    return told
