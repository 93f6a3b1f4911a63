"""What `rank-models` ranks: the audit's rows, people's decisions, the models' predictions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from labelaudit.errors import InputNotFoundError, UsageError
from labelaudit.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from labelaudit.auditing import Audit
    from labelaudit.cli.streams import Messages
    from labelaudit.decisions import Decision
    from labelaudit.model_ranking.model import ModelRanking, Predictions
    from labelaudit.model_ranking.rows import AuditedRows


def files_of(named: Sequence[str]) -> dict[str, str]:
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


def ranking_of(
    saved: Audit, folder: Path, files: dict[str, str], settings: Settings, messages: Messages
) -> ModelRanking:
    """Read all that is named, and rank."""
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
