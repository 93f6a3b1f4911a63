"""What `rank-models` ranks: the audit's rows, people's decisions, the models' predictions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from labelaudit.errors import InputNotFoundError, UsageError
from labelaudit.report.text import counted, visible
from labelaudit.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Sequence

    from labelaudit.auditing import Audit
    from labelaudit.cli.streams import Messages
    from labelaudit.decisions import Decision
    from labelaudit.model_ranking.model import ModelRanking, Predictions, RankingOptions, Review
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
    """Read all that is named, and rank.

    Raises:
        UsageError: nobody has decided anything about the rows.
    """
    from labelaudit.model_ranking import rank_models
    from labelaudit.model_ranking.model import RankingOptions
    from labelaudit.model_ranking.rows import audited_rows
    from labelaudit.model_ranking.truth import reviewed_of, truth_of

    options = settings.into(RankingOptions)
    reviewed = reviewed_of(_decisions(settings, folder), options)
    rows = audited_rows(saved, list(reviewed.outcomes), options.split)
    truth = truth_of(rows, reviewed)
    if not truth.review.reviewed:
        raise _nothing_reviewed(truth.review, options, folder)
    models = [_predictions(name, file, rows, saved, settings) for name, file in files.items()]
    for model in models:
        messages.say(visible(f"{model.name}  {model.file}, {model.found_by}"))
    return rank_models(rows, truth, models, options)


def _nothing_reviewed(review: Review, options: RankingOptions, folder: Path) -> UsageError:
    told = [f" of split '{options.split}'"] if options.split is not None else [""]
    if options.min_reviewers > 1:
        told.append(f" by {options.min_reviewers} reviewers")
    if review.stale:
        told.append(f"; {counted(len(review.stale), 'decision')} set aside, the label has changed since")
    return UsageError(
        f"no row{''.join(told[:1])} is decided{''.join(told[1:])}",
        hint=f"review the suspects first: labelaudit review serve {folder}",
    )


def _decisions(settings: Settings, folder: Path) -> list[Decision]:
    """The last word of each reviewer on each row.

    Raises:
        UsageError: nobody has decided anything.
    """
    from labelaudit.merging.reading import decisions_together
    from labelaudit.model_ranking.truth import has_votes
    from labelaudit.store import DECISIONS

    for name in settings["decisions"]:
        if not Path(name).exists():
            raise InputNotFoundError("does not exist", file=name, hint="check --decisions")
    names = settings["decisions"] or (str(folder / DECISIONS),)
    decisions = decisions_together([Path(name) for name in names if Path(name).exists()])
    if not has_votes(decisions):
        raise UsageError(
            f"nobody has decided anything: no decisions in {', '.join(names)}",
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
