"""A ranking as JSON."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

from labelaudit.model_ranking.model import ModelRanking
from labelaudit.report.model_ranking.sentences import verdict_line
from labelaudit.report.text import json_text


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
