"""A self-test beside an audit: which inputs it is of, and what reports tell of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import TYPE_CHECKING, Any

from labelaudit.report.text import counted, percent

if TYPE_CHECKING:
    from labelaudit.types import Summary

PLAINEST = "self-confidence"
MOST_CURVES = 4
TITLE = "Self-test: precision by number of reviews"
ERROR = "injected error"
_MATRICES = {"labels", "embeddings"}
_POINTS = ("depths", "precision", "low", "high")


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfTested:
    """What reports tell of a self-test."""

    n_tested: int
    n_injected: int
    n_doubted: int  # before anything was injected
    repeats: int
    refitted: bool
    noises: tuple[str, ...]
    recommended: str
    reviews_needed: float
    precision: float  # of as many reviews as there are injected errors, by the recommended scorer
    points: Mapping[str, Mapping[str, Sequence[float]]]  # by scorer: depths, precision, low, high


def inputs_key(
    files: Sequence[tuple[Sequence[str], str]], options: Mapping[str, Any], *, refitted: bool
) -> dict[str, Any]:
    """What a self-test shares with an audit of the same data.

    Args:
        files: roles and SHA-256 of each file.
        options: those by which the dataset was opened.
        refitted: whether a model was trained for the test, so that probabilities of files took no part.

    Example:
        >>> files = [(["labels"], "ab"), (["probabilities"], "cd")]
        >>> inputs_key(files, {"label_col": "y", "text_col": "t"}, refitted=True)
        {'sha256': ['ab'], 'label_col': 'y'}
    """
    counting = [digest for roles, digest in files if not refitted or _MATRICES & set(roles)]
    return {"sha256": sorted(set(counting)), "label_col": options.get("label_col")}


def audited_key(summary: Summary, *, refitted: bool) -> dict[str, Any]:
    """The same of an audit."""
    files = [(file.roles, file.sha256) for file in summary.inputs]
    return inputs_key(files, summary.input_options, refitted=refitted)


def read_self_test(file: Path, summary: Summary) -> SelfTested | None:
    """Read a saved self-test; None without one, where it is of other inputs, or damaged."""
    try:
        raw = json.loads(file.read_text(encoding="utf-8"))
        refitted = bool(raw["refitted"])
        if raw["inputs"] != audited_key(summary, refitted=refitted):
            return None
        best = next(found for found in raw["overall"] if found["scorer"] == raw["recommended"])
        return SelfTested(
            n_tested=int(raw["n_tested"]),
            n_injected=int(raw["n_injected"]),
            n_doubted=int(raw["n_doubted"]),
            repeats=int(raw["repeats"]),
            refitted=refitted,
            noises=tuple(map(str, raw["noises"])),
            recommended=str(raw["recommended"]),
            reviews_needed=_number(best["reviews_needed"]["mean"]),
            precision=_number(best["recall_at_injected"]["mean"]),
            points={str(curve["scorer"]): _points(curve) for curve in raw["curves"]},
        )
    except (OSError, ValueError, KeyError, TypeError, StopIteration):
        return None


def told(found: SelfTested) -> Iterator[str]:
    """The self-test in sentences, the first of them its answer."""
    yield (
        f"{counted(found.n_injected, 'label')} of {counted(found.n_tested, 'row')} were made wrong "
        f"on purpose ({', '.join(found.noises)}; {counted(found.repeats, 'repeat')}): the "
        f"{round(found.reviews_needed):,} worst rows by {found.recommended} hold 80 % of them, and "
        f"{percent(found.precision)} of the first {found.n_injected:,} are such errors."
    )
    if found.n_doubted:
        yield (
            f"That counts as false finds the {counted(found.n_doubted, 'row')} doubted before, some of "
            "which may really be wrong; curves leave them out."
        )
    yield "These errors are injected: real ones differ, so this compares rankings and counts no real error."
    if not found.refitted:
        yield "The model was not trained on them, so it looks better than it is."


def drawn_scorers(recommended: str, scorers: Sequence[str]) -> list[str]:
    """The recommended scorer, the three best others and the plainest; `scorers` are best first.

    Example:
        >>> drawn_scorers("em", ["knn", "mix", "em", "pool", "self", "self-confidence"])
        ['em', 'knn', 'mix', 'pool', 'self-confidence']
    """
    order = list(dict.fromkeys([recommended, *scorers]))
    return [name for name in order if name in (*order[:MOST_CURVES], PLAINEST)]


def _points(curve: Mapping[str, Any]) -> dict[str, list[float]]:
    points = {part: [_number(value) for value in curve[part]] for part in _POINTS}
    if len({len(values) for values in points.values()}) != 1:
        raise ValueError("a curve whose parts differ in length")
    return points


def _number(value: Any) -> float:
    found = float(value)
    if not isfinite(found):
        raise ValueError("no number")
    return found
