"""Where the result of `rank-models` goes, in which form."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from labelaudit.cli.overwriting import check_results
from labelaudit.cli.streams import STDOUT, is_terminal, screen_for, write_file, write_result
from labelaudit.settings import Settings

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from labelaudit.auditing import Audit
    from labelaudit.model_ranking.model import ModelRanking

SUFFIXES = {".json": "json", ".csv": "csv", ".md": "markdown"}


def check_outputs(settings: Settings, folder: Path, saved: Audit, preds: Iterable[str]) -> None:
    """Find out before the work that no result takes the place of what is read, or of the other.

    Raises:
        OutputError: one does, or cannot be written.
    """
    sources = [path for name in preds for path in (Path(name), *Path(name).glob("**/*"))]
    results = (settings["output"], settings["picture"])
    check_results(results, folder, saved, [*sources, *settings.files_read()])


def form_of(settings: Settings) -> str:
    """The form of the result: as asked; else by the suffix of -o; else by who reads."""
    if settings["output_format"] is not None:
        return str(settings["output_format"])
    target = settings["output"]
    if target in (None, STDOUT):
        return "table" if is_terminal(sys.stdout) else "csv"
    return SUFFIXES.get(Path(target).suffix.lower(), "table")


def write_ranking(found: ModelRanking, form: str, settings: Settings, command: str) -> None:
    """The picture, and the result, which names it."""
    output, picture = settings["output"], settings["picture"]
    if picture is not None:
        from labelaudit.report.pictures.rank_curve import accuracy_by_prevalence

        names = [model.name for model in found.models]
        drawing = accuracy_by_prevalence(names, found.curves, found.crossings, found.review.prevalence)
        write_file([drawing], Path(picture))
    write_result(_pages(found, form, settings, command), output)


def _pages(found: ModelRanking, form: str, settings: Settings, command: str) -> Iterator[str]:
    from labelaudit.report.model_ranking.as_csv import as_csv
    from labelaudit.report.model_ranking.as_json import as_json
    from labelaudit.report.model_ranking.markdown import markdown

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
