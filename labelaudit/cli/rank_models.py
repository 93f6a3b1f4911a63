"""`labelaudit rank-models`: does the order of models hold on reviewed labels?"""

from __future__ import annotations

import os
import shlex
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from labelaudit.cli.command import as_command
from labelaudit.cli.options import OPTIONS, OUTPUT
from labelaudit.cli.run import messages_of, settings_of
from labelaudit.cli.streams import STDOUT, check_target, is_terminal, screen_for, write_file, write_result
from labelaudit.errors import InputNotFoundError, UsageError
from labelaudit.settings import Option, Settings

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from labelaudit.auditing import Audit
    from labelaudit.cli.streams import Messages
    from labelaudit.decisions import Decision
    from labelaudit.model_ranking.model import ModelRanking, Predictions
    from labelaudit.model_ranking.rows import AuditedRows

MODELS, REVIEW, INTERVALS = "Models", "Review", "Intervals"
FORMS = ("table", "json", "csv", "markdown")
SUFFIXES = {".json": "json", ".csv": "csv", ".md": "markdown"}


def _own(name: str, help: str, panel: str, **more: Any) -> Option:
    return Option(name=name, help=help, panel=panel, pinned=False, **more)


_COLUMNS = ("probs_col", "probs_prefix", "positive_class", "split_col")
_OWN = [
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
    _own(
        "decisions",
        "What people decided; by default decisions.jsonl in AUDIT. Repeat, or use commas.",
        REVIEW,
        kind="list",
        default=(),
        metavar="FILE",
    ),
    _own(
        "min_reviewers",
        "Votes that a row needs, 1 by default.",
        REVIEW,
        kind="number",
        default=1,
        metavar="N",
    ),
    _own(
        "min_agreement",
        "Of the votes, more than this share must agree, or all; 0.5 by default.",
        REVIEW,
        kind="fraction",
        default=0.5,
        metavar="SHARE",
    ),
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
    _own("picture", "Draw accuracy against the noise prevalence.", OUTPUT, kind="path", metavar="FILE.svg"),
]
_OPTIONS = [
    *(option for option in _OWN if option.name not in ("output_format", "picture")),
    *(option for option in _OWN if option.name == "output_format"),
    OPTIONS["output"],
    *(option for option in _OWN if option.name == "picture"),
    *(OPTIONS[name] for name in ("quiet", "color")),
]


@as_command("rank-models", _OPTIONS)
def command(
    audit: Annotated[str, typer.Argument(metavar="AUDIT", help="Folder of a saved audit.")],
    preds: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=FILE",
            help="What a model predicts: a file, or a folder of parts, with probabilities or predicted"
            " labels; repeat.",
            rich_help_panel=MODELS,
        ),
    ] = None,
    **given: Any,
) -> int:
    """Rank models on the given and on the reviewed labels: label errors in a test set can reverse an order.

    Accuracy, balanced accuracy and macro-F1 with intervals, and the share of wrong labels at which
    two models would change places. Files are joined by id; suspects that nobody reviewed keep their label.

    Examples:
      labelaudit rank-models labelaudit-out --preds small=small.parquet --preds large=large.parquet
      labelaudit rank-models labelaudit-out --preds a=a.csv --preds b=b.csv --split test
      labelaudit rank-models labelaudit-out --preds a=a.npy --preds b=b.npy --picture ranks.svg
    """
    settings = settings_of(given, own=_OWN)
    files = _files(preds or [])
    form = form_of(settings)
    from labelaudit.store import load_audit

    saved = load_audit(audit)
    outputs = [Path(name) for name in (settings["output"], settings["picture"]) if name not in (None, STDOUT)]
    for target in outputs:
        check_target(target, [*files.values(), *(file.path for file in saved.summary.inputs)])
    messages = messages_of(settings)
    found = _ranking(saved, Path(audit), files, settings, messages)
    _write(found, form, settings, _command(settings, preds or [], audit))
    for notice in found.notices:
        messages.say(str(notice))
    if form != "table" or settings["output"] is not None:  # the table says it itself
        from labelaudit.report.model_ranking import review_line, summary_line, verdict_line

        for line in (summary_line(found), review_line(found), verdict_line(found)):
            messages.say(line)
    return 0


def _files(named: Sequence[str]) -> dict[str, str]:
    """The files of the models by name.

    Raises:
        UsageError: none, or one without a name, or two of one name.
    """
    if not named:
        raise UsageError("no model is named", hint="--preds NAME=FILE for each model")
    files: dict[str, str] = {}
    for text in named:
        name, equals, file = text.partition("=")
        if not (equals and name and file):
            raise UsageError(f"--preds {text}", hint="give NAME=FILE: what to call the model, and its file")
        if name in files:
            raise UsageError(f"--preds: two models are called '{name}'", hint="give each a name of its own")
        files[name] = file
    return files


def form_of(settings: Settings) -> str:
    """The form of the result: as asked; else by the suffix of -o; else by who reads."""
    if settings["output_format"] is not None:
        return str(settings["output_format"])
    target = settings["output"]
    if target in (None, STDOUT):
        return "table" if is_terminal(sys.stdout) else "csv"
    return SUFFIXES.get(Path(target).suffix.lower(), "table")


def _ranking(
    saved: Audit, folder: Path, files: dict[str, str], settings: Settings, messages: Messages
) -> ModelRanking:
    from labelaudit.model_ranking import rank_models
    from labelaudit.model_ranking.model import RankingOptions
    from labelaudit.model_ranking.rows import audited_rows
    from labelaudit.model_ranking.truth import reviewed_of, truth_of

    options = settings.into(RankingOptions)
    decisions = _decisions(settings, folder)
    reviewed = reviewed_of(decisions, options)
    rows = audited_rows(saved, list(reviewed.outcomes), options.split)
    truth = truth_of(rows, reviewed)
    models = [_predictions(name, file, rows, saved, settings) for name, file in files.items()]
    for model in models:
        messages.say(f"{model.name}  {model.file}, {model.found_by}")
    return rank_models(rows, truth, models, options)


def _decisions(settings: Settings, folder: Path) -> dict[str, list[Decision]]:
    """What people decided, by file.

    Raises:
        UsageError: nobody has decided anything.
    """
    from labelaudit.decisions import read_decisions
    from labelaudit.model_ranking.truth import has_votes
    from labelaudit.store import DECISIONS

    for name in settings["decisions"]:
        if not Path(name).exists():
            raise InputNotFoundError("does not exist", file=name, hint="check --decisions")
    names = settings["decisions"] or (str(folder / DECISIONS),)
    decisions = {name: read_decisions(Path(name)) for name in names}
    if not any(map(has_votes, decisions.values())):
        raise UsageError(
            f"nobody has decided anything: no decisions in {', '.join(decisions)}",
            hint=f"review the suspects first: labelaudit review serve {folder}",
        )
    return decisions


def _predictions(name: str, file: str, rows: AuditedRows, saved: Audit, settings: Settings) -> Predictions:
    from labelaudit.model_ranking.predictions import Columns, read_predictions

    return read_predictions(
        name,
        file,
        rows,
        settings.into(Columns),
        audited_with=saved.input_options,
        has_ids=saved.summary.has_ids,
    )


def _write(found: ModelRanking, form: str, settings: Settings, command: str) -> None:
    """The picture, and the result, which names it."""
    output, picture = settings["output"], settings["picture"]
    if picture is not None:
        from labelaudit.report.pictures.rank_curve import accuracy_by_prevalence

        names = [model.name for model in found.models]
        drawing = accuracy_by_prevalence(names, found.curves, found.crossings, found.review.prevalence)
        write_file([drawing], Path(picture))
    write_result(_pages(found, form, settings, command), output)


def _pages(found: ModelRanking, form: str, settings: Settings, command: str) -> Iterator[str]:
    from labelaudit.report.model_ranking import as_csv, as_json, markdown

    match form:
        case "json":
            return as_json(found)
        case "csv":
            return as_csv(found)
        case "markdown":
            return markdown(found, command, _beside(settings["picture"], settings["output"]))
    from labelaudit.cli.rank_models_table import table

    return table(found, screen_for(settings["output"], settings["color"]))


def _beside(picture: str | None, output: str | None) -> str | None:
    """The picture as the page names it: from the page's own folder."""
    if picture is None or output in (None, STDOUT):
        return picture
    return Path(os.path.relpath(picture, Path(output).parent)).as_posix()


def _command(settings: Settings, preds: Sequence[str], audit: str) -> str:
    """The command that gives this page again."""
    models = [word for text in preds for word in ("--preds", text)]
    words = ["labelaudit", "rank-models", audit, *models, *settings.arguments((MODELS, REVIEW, INTERVALS))]
    return shlex.join(words)
