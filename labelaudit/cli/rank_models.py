"""`labelaudit rank-models`: does the order of models hold on reviewed labels?"""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from labelaudit.cli.command import as_command
from labelaudit.cli.rank_models_forms import check_outputs, form_of, write_ranking
from labelaudit.cli.rank_models_inputs import files_of, ranking_of
from labelaudit.cli.rank_models_options import INTERVALS, MODELS, OWN, RANK_OPTIONS, REVIEW
from labelaudit.cli.run import messages_of, settings_of
from labelaudit.report.text import visible
from labelaudit.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence


@as_command("rank-models", RANK_OPTIONS)
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
    settings = settings_of(given, own=OWN)
    files = files_of(preds or [])
    form = form_of(settings)
    from labelaudit.store import load_audit

    saved = load_audit(audit)
    check_outputs(settings, Path(audit), saved, files.values())
    messages = messages_of(settings)
    found = ranking_of(saved, Path(audit), files, settings, messages)
    write_ranking(found, form, settings, _command(settings, preds or [], audit))
    for notice in found.notices:
        messages.say(visible(str(notice)))
    if form != "table" or settings["output"] is not None:  # the table says it itself
        from labelaudit.report.model_ranking.sentences import review_line, summary_line, verdict_line

        for line in (summary_line(found), review_line(found), verdict_line(found)):
            messages.say(line)
    return 0


def _command(settings: Settings, preds: Sequence[str], audit: str) -> str:
    """The command that gives this page again."""
    models = [word for text in preds for word in ("--preds", text)]
    words = ["labelaudit", "rank-models", audit, *models, *settings.arguments((MODELS, REVIEW, INTERVALS))]
    return shlex.join(words)
