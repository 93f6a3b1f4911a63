"""Every option, defined once; a command names the ones it has.

Names, defaults and choices of what reaches the core come from `labelaudit.config`.
"""

from __future__ import annotations

from dataclasses import MISSING, fields
from typing import Any, get_args

from labelaudit.config import (
    ALLOWABLE,
    BASELINE_FILE,
    DEFAULT_CHANGES_RATE,
    FILTERS,
    IGNORE_FILE,
    SCORER_NAMES,
    AuditOptions,
    Backend,
    Collision,
    InputOptions,
    Metric,
    OnFault,
    PredictFrom,
    PredictOptions,
    StdinFormat,
)
from labelaudit.report import RENDERERS
from labelaudit.report.text import percent
from labelaudit.rules import RULES
from labelaudit.settings import Option

INPUTS = "Inputs"
PREDICTION = "Prediction"
SCORING = "Scoring"
DOOR = "What is let through"
GATE = "Gate"
OUTPUT = "Output"
SETTINGS = "Settings"

FORMATS = tuple(RENDERERS)
REPORT_FORMATS = (*(name for name in FORMATS if name != "none"), "md", "parquet")

_CORE = {
    f.name: f.default
    for cls in (InputOptions, PredictOptions, AuditOptions)
    for f in fields(cls)
    if f.default is not MISSING
}


def _core(name: str, help: str, **more: Any) -> Option:
    """An option whose default is that of the core."""
    return Option(name=name, help=help, default=_CORE[name], **more)


def _choice(name: str, help: str, choices: tuple[str, ...], panel: str, metavar: str = "") -> Option:
    return _core(
        name, help, kind="choice", choices=choices, panel=panel, metavar=metavar or "|".join(choices)
    )


def _column(name: str, help: str) -> Option:
    return _core(name, help, metavar="COLUMN", panel=INPUTS)


_ALL = (
    _column("id_col", "Column of the ids; the row number where there is none."),
    _column("label_col", "Column of the given labels."),
    _column("probs_col", "List column of the probabilities."),
    _core(
        "probs_prefix", "Beginning of the names of wide probability columns.", metavar="TEXT", panel=INPUTS
    ),
    _column("embedding_col", "List column of the embeddings."),
    _column("split_col", "Column of the splits."),
    _column("text_col", "Column of the text: shown as preview, predicted from."),
    _column("image_col", "Column of the images shown as preview."),
    _column("audio_col", "Column of the sounds shown as preview."),
    _core(
        "classes",
        "Order of the classes: a,b,c or @FILE with one a line.",
        kind="list",
        from_file=True,
        metavar="NAMES",
        panel=INPUTS,
    ),
    _core("positive_class", "Class of a single probability column.", metavar="NAME", panel=INPUTS),
    _core("row_order", "Join files by row order, not by id.", kind="flag", panel=INPUTS),
    _choice("stdin_format", "Format of stdin.", get_args(StdinFormat), INPUTS, "FORMAT"),
    Option(
        name="predict",
        help="Predict the probabilities here, out of fold; those of the files, if any, are passed over.",
        kind="flag",
        default=False,
        panel=PREDICTION,
    ),
    _choice(
        "predict_from",
        "What to predict from; by default embeddings, else text, else the other columns.",
        get_args(PredictFrom),
        PREDICTION,
    ),
    _core(
        "folds",
        "Folds, 5 by default; each is predicted from the others.",
        kind="number",
        metavar="N",
        panel=PREDICTION,
    ),
    _core(
        "group_col",
        "Column of groups: rows of one are in one fold. Without it, copies of an item are.",
        metavar="COLUMN",
        panel=PREDICTION,
    ),
    _choice(
        "filter",
        "Which rows are suspects; by default fused, or prune-by-noise-rate where --rank-by is one of"
        " cleanlab's scores.",
        FILTERS,
        SCORING,
        "NAME",
    ),
    _choice(
        "rank_by",
        "Score that ranks them; by default fused, the best there is.",
        SCORER_NAMES,
        SCORING,
        "NAME",
    ),
    _core(
        "scorers",
        "More scorers, a column each in scores.parquet; repeat, or use commas.",
        kind="list",
        choices=SCORER_NAMES,
        metavar="NAMES",
        panel=SCORING,
    ),
    _core(
        "class_shares",
        "Known true shares of the classes: NAME=P%,... or a file of such lines.",
        kind="list",
        metavar="SHARES",
        panel=SCORING,
    ),
    _choice(
        "metric",
        "Distance between embeddings; by default cosine above 32 columns, else euclidean.",
        get_args(Metric),
        SCORING,
    ),
    _choice("collision", "How a row over several thresholds is counted.", get_args(Collision), SCORING),
    _choice("backend", "Our streamed code, or cleanlab itself in memory.", get_args(Backend), SCORING),
    _core("per_split", "A confident joint for each split.", kind="flag", panel=SCORING),
    _core(
        "seed",
        "Seed of everything drawn at random: folds, samples, flips.",
        kind="number",
        metavar="N",
        panel=SCORING,
    ),
    _core(
        "allow",
        f"Faults that pass with a notice, of {', '.join(ALLOWABLE)}; repeat, or use commas.",
        kind="list",
        choices=ALLOWABLE,
        metavar="RULES",
        panel=DOOR,
    ),
    _choice("on_bad_row", "What to do with rows of broken probabilities.", get_args(OnFault), DOOR),
    _choice("on_missing_label", "What to do with rows without a known label.", get_args(OnFault), DOOR),
    _core(
        "select",
        "Rules wanted, by code or prefix.",
        kind="list",
        choices=tuple(RULES),
        prefixes=True,
        metavar="RULES",
        panel=DOOR,
    ),
    _core(
        "ignore",
        "Rules not wanted; the longer prefix wins.",
        kind="list",
        choices=tuple(RULES),
        prefixes=True,
        metavar="RULES",
        panel=DOOR,
    ),
    Option(
        name="fail_over",
        help="Suspects tolerated: a share of the rows or a number. With --against, of the changed rows.",
        metavar="N|P%",
        panel=GATE,
    ),
    Option(
        name="fail_over_class",
        help="The same for a class: NAME=P% or NAME=N; repeat, or use commas.",
        kind="list",
        default=(),
        metavar="NAME=P%",
        panel=GATE,
    ),
    Option(
        name="fail_over_split",
        help="The same for a split.",
        kind="list",
        default=(),
        metavar="NAME=P%",
        panel=GATE,
    ),
    Option(
        name="fail_over_rule",
        help="The same for suspects of a rule.",
        kind="list",
        default=(),
        metavar="CODE=P%",
        panel=GATE,
    ),
    Option(
        name="fail_on_new",
        help="Fail on any suspect that is not in the baseline.",
        kind="flag",
        default=False,
        panel=GATE,
    ),
    Option(
        name="fail_over_reviewed",
        help="Fail check unless review stats makes it likely that at most P % of the labels are wrong: the"
        " upper end of its interval decides. No scan judges it.",
        metavar="P%",
        panel=GATE,
    ),
    Option(
        name="against",
        help="Old version of the dataset: a git ref or REF:PATH, read at the merge base with HEAD; a file; or"
        f" a folder. Only rows that changed since are judged, by default to {percent(DEFAULT_CHANGES_RATE)}.",
        metavar="REF|PATH",
        panel=GATE,
    ),
    Option(
        name="confidence",
        help="Fail only where the lower end of the two-sided interval of the rate at this level is over the"
        " limit; without it the rate itself decides.",
        kind="fraction",
        metavar="LEVEL",
        panel=GATE,
    ),
    Option(
        name="baseline",
        help=f"Suspects that do not count; by default {BASELINE_FILE} where there is one.",
        kind="path",
        metavar="FILE",
        panel=GATE,
    ),
    Option(
        name="ignore_file",
        help=f"Suspects that are not listed; by default {IGNORE_FILE} where there is one.",
        kind="path",
        metavar="FILE",
        panel=GATE,
    ),
    Option(
        name="gate_dataset",
        help="Limits on all rows, also with against: max-rate, max-count, informational, and the tables"
        " classes, splits and rules of limits by name.",
        kind="table",
        default={},
        metavar="TABLE",
        panel=GATE,
    ),
    Option(
        name="gate_changes",
        help="The same for the rows that changed since against.",
        kind="table",
        default={},
        metavar="TABLE",
        panel=GATE,
    ),
    Option(
        name="out_dir",
        help="Folder of the saved audit.",
        kind="path",
        default="labelaudit-out",
        metavar="FOLDER",
        writes=True,
        panel=OUTPUT,
    ),
    Option(name="save", help="Save the audit; by default unless stdin is read.", kind="flag", panel=OUTPUT),
    Option(
        name="output_format",
        help="Form of the result; by default table on a terminal, else by the suffix of -o, else concise.",
        kind="choice",
        choices=FORMATS,
        metavar="FORM",
        panel=OUTPUT,
    ),
    Option(
        name="output",
        help="Write the result to a file.",
        kind="path",
        writes=True,
        short="-o",
        metavar="FILE",
        panel=OUTPUT,
    ),
    Option(
        name="report",
        help="Write a report too, with all suspects: FORM=FILE, or a FILE ending in .md .html .csv"
        " .jsonl .json .parquet; repeat.",
        kind="reports",
        writes=True,
        default=(),
        choices=REPORT_FORMATS,
        metavar="FORM=FILE",
        panel=OUTPUT,
    ),
    Option(
        name="top",
        help="Suspects to print; by default 25 in table and markdown, else all.",
        kind="number",
        metavar="N",
        panel=OUTPUT,
    ),
    Option(
        name="summary",
        help="Append a comment in markdown to the file that $GITHUB_STEP_SUMMARY names.",
        kind="flag",
        default=False,
        panel=OUTPUT,
    ),
    Option(
        name="show_text",
        help="Show what the rows say in markdown; by default no text of the dataset leaves it.",
        kind="flag",
        default=False,
        panel=OUTPUT,
    ),
    Option(name="exit_zero", help="Exit 0 where the gate says no.", kind="flag", default=False, panel=OUTPUT),
    Option(
        name="quiet",
        help="No plan, progress, notices or hints; errors remain.",
        kind="flag",
        default=False,
        short="-q",
        panel=OUTPUT,
    ),
    Option(
        name="verbose",
        help="Tell more: the time of each step.",
        kind="flag",
        default=False,
        short="-v",
        panel=OUTPUT,
    ),
    Option(name="progress", help="Show progress on a terminal.", kind="flag", default=True, panel=OUTPUT),
    Option(
        name="color",
        help="Colours.",
        kind="choice",
        default="auto",
        choices=("auto", "always", "never"),
        metavar="auto|always|never",
        panel=OUTPUT,
    ),
    _core("workers", "Threads; 0 is one a core, at most 8.", kind="number", metavar="N", panel=SETTINGS),
    _core(
        "batch_rows",
        "Rows read at once; 0 lets labelaudit choose.",
        kind="number",
        metavar="N",
        panel=SETTINGS,
    ),
    Option(
        name="config",
        help="Take settings from this file.",
        metavar="FILE",
        panel=SETTINGS,
        kind="path",
        pinned=False,
    ),
    Option(
        name="show_settings",
        help="Print every setting and where it comes from, and stop.",
        kind="flag",
        default=False,
        panel=SETTINGS,
        pinned=False,
    ),
)

OPTIONS: dict[str, Option] = {option.name: option for option in _ALL}

OF_SCAN = tuple(option for option in _ALL if option.name != "fail_over_reviewed")
"""What a scan takes: it has no reviewed estimate yet."""

TEXT_OR_JSON = Option(
    name="output_format",
    help="Form of the result.",
    kind="choice",
    default="text",
    choices=("text", "json"),
    metavar="text|json",
    panel=OUTPUT,
    pinned=False,
)
"""The form of what is no list of suspects; the pinned `output_format` does not reach it."""

DECISION_FILES = Option(
    name="decisions",
    help="What people decided, as JSONL or as the CSV of export filled in; by default decisions.jsonl in "
    "AUDIT. Repeat, or use commas.",
    kind="list",
    default=(),
    metavar="FILE",
    panel=INPUTS,
    pinned=False,
)
MIN_REVIEWERS = Option(
    name="min_reviewers",
    help="Votes that a row needs, 1 by default.",
    kind="number",
    default=1,
    least=1,
    metavar="N",
    panel=INPUTS,
    pinned=False,
)
MIN_AGREEMENT = Option(
    name="min_agreement",
    help="Of the votes, more than this share must agree, or all; 0.5 by default.",
    kind="fraction",
    default=0.5,
    least=0.5,
    metavar="SHARE",
    panel=INPUTS,
    pinned=False,
)
FORCE = Option(
    name="force", help="Overwrite files that exist.", kind="flag", default=False, panel=OUTPUT, pinned=False
)
"""Each command says which files."""
