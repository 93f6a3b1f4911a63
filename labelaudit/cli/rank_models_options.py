"""The options of `rank-models`."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from labelaudit.cli.options import DECISION_FILES, MIN_AGREEMENT, MIN_REVIEWERS, OPTIONS, OUTPUT
from labelaudit.settings import Option

MODELS, REVIEW, INTERVALS = "Models", "Review", "Intervals"
FORMS = ("table", "json", "csv", "markdown")


def _own(name: str, help: str, panel: str, **more: Any) -> Option:
    return Option(name=name, help=help, panel=panel, pinned=False, **more)


_COLUMNS = ("probs_col", "probs_prefix", "positive_class", "split_col")
OWN = [
    _own("pred_col", "Column of predicted labels.", MODELS, metavar="COLUMN"),
    replace(
        OPTIONS["id_col"],
        help="Column of the ids; by default that of the audit, else as scan finds it.",
        panel=MODELS,
        pinned=False,
    ),
    *(replace(OPTIONS[name], panel=MODELS, pinned=False) for name in _COLUMNS),
    replace(
        OPTIONS["row_order"],
        help="Join by the order of the scanned rows, not by id.",
        panel=MODELS,
        pinned=False,
    ),
    _own("split", "Rank on the rows of this split only.", REVIEW, metavar="NAME"),
    replace(DECISION_FILES, panel=REVIEW),
    replace(MIN_REVIEWERS, panel=REVIEW),
    replace(MIN_AGREEMENT, panel=REVIEW),
    _own(
        "confidence",
        "Level of the intervals, 0.9 by default.",
        INTERVALS,
        kind="fraction",
        default=0.9,
        metavar="LEVEL",
    ),
    _own(
        "draws",
        "How often rows are drawn again, 1000 by default.",
        INTERVALS,
        kind="number",
        default=1000,
        metavar="N",
    ),
    replace(OPTIONS["seed"], help="Seed of the draws.", panel=INTERVALS),
    _own(
        "output_format",
        "Form of the result; by default table on a terminal, else by the suffix of -o, else csv.",
        OUTPUT,
        kind="choice",
        choices=FORMS,
        metavar="|".join(FORMS),
    ),
    _own(
        "picture",
        "Draw accuracy against the noise prevalence.",
        OUTPUT,
        kind="path",
        writes=True,
        metavar="FILE.svg",
    ),
]
RANK_OPTIONS = [
    *(option for option in OWN if option.name not in ("output_format", "picture")),
    *(option for option in OWN if option.name == "output_format"),
    OPTIONS["output"],
    *(option for option in OWN if option.name == "picture"),
    *(OPTIONS[name] for name in ("quiet", "color")),
]
