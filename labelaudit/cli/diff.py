"""`labelaudit diff`: how the labels of two versions differ."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from labelaudit.cli.command import as_command
from labelaudit.cli.options import INPUTS, OPTIONS, OUTPUT
from labelaudit.cli.overwriting import check_results
from labelaudit.cli.reports import SUFFIXES, form_of
from labelaudit.cli.run import messages_of, settings_of
from labelaudit.cli.streams import STDOUT, screen_for, write_result
from labelaudit.config import InputOptions
from labelaudit.errors import UsageError
from labelaudit.settings import Option, Settings

if TYPE_CHECKING:
    from labelaudit.report.differences import Renderer

FORMS = ("table", "concise", "json", "jsonl", "csv", "markdown")
_FORM = Option(
    name="output_format",
    help="Form of the result; by default table on a terminal, else by the suffix of -o, else concise.",
    kind="choice",
    choices=FORMS,
    metavar="FORM",
    panel=OUTPUT,
    pinned=False,
)
_TOP = Option(
    name="top",
    help="Rows to print; by default 25 in table, 50 in markdown, which never has more, else all.",
    kind="number",
    metavar="N",
    panel=OUTPUT,
)
_OWN = [_FORM, _TOP]
_COLUMNS = (
    "id_col",
    "label_col",
    "probs_col",
    "probs_prefix",
    "embedding_col",
    "split_col",
    "classes",
    "positive_class",
)
_OPTIONS = [
    *(OPTIONS[name] for name in _COLUMNS),
    _FORM,
    OPTIONS["output"],
    _TOP,
    *(OPTIONS[name] for name in ("quiet", "color", "config", "show_settings")),
]


@as_command("diff", _OPTIONS)
def command(
    old: Annotated[str, typer.Argument(metavar="OLD", help="File, folder, git ref, or REF:PATH.")],
    new: Annotated[str, typer.Argument(metavar="NEW", help="The same; a ref takes the other's path.")],
    audit: Annotated[
        str | None,
        typer.Option(
            metavar="AUDIT",
            help="Folder of a saved audit, of either version: what does the model say to each change?"
            " Columns and classes are its own where nothing else is named.",
            rich_help_panel=INPUTS,
        ),
    ] = None,
    path: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PATH",
            help="File or folder to read at a ref that has no path; by default the other side's, or what the"
            " audit has read; repeat.",
            rich_help_panel=INPUTS,
        ),
    ] = None,
    edited: Annotated[
        bool | None,
        typer.Option(
            "--edited",
            help="List rows, too, that say something else but have the same label.",
            rich_help_panel=OUTPUT,
        ),
    ] = None,
    **given: Any,
) -> int:
    """Compare the labels of two versions: rows added, removed and relabelled, and what an audit says to it.

    Examples:
      labelaudit diff old.csv new.csv
      labelaudit diff origin/main data/ --audit labelaudit-out --output-format markdown
      labelaudit diff v1.0 HEAD --path data/labels.csv --output-format csv -o changes.csv
    """
    settings = settings_of(given, [name for name in (old, new) if os.path.exists(name)], own=_OWN)
    if settings["show_settings"]:
        write_result((f"{line}\n" for line in settings.lines()), None)
        return 0
    from labelaudit.differences.finding import find_differences
    from labelaudit.differences.sides import opened, sides_of
    from labelaudit.report.differences import audit_line, summary_line
    from labelaudit.store import load_audit

    messages = messages_of(settings)
    form, target = _form(settings), settings["output"]
    saved = None if audit is None else load_audit(audit)
    audited = () if saved is None else saved.summary.paths
    first, second = sides_of(old, new, paths=path or (), audited=audited)
    # A ref need not unpack probabilities and embeddings.
    without = [file.path for file in saved.summary.inputs if "labels" not in file.roles] if saved else []
    with opened(first, without=without) as before, opened(second, without=without) as after:
        tables = [table.name for side in (before, after) for table in side.tables]
        check_results([target], audit, saved, [old, new, *tables, *settings.files_read()])
        options = settings.into(InputOptions)
        found = find_differences(before, after, options, audit=saved, edited=bool(edited))
        write_result(_renderer(form)(found, screen_for(target, settings["color"]), settings["top"]), target)
    for notice in found.notices:
        messages.say(str(notice))
    if form != "table" or target is not None:  # the table says it itself
        for line in filter(None, (summary_line(found), audit_line(found))):
            messages.say(line)
    return 0


def _form(settings: Settings) -> str:
    """The form that is asked for, or that the suffix of -o tells."""
    target = settings["output"]
    if settings["output_format"] is None and target not in (None, STDOUT):
        told = SUFFIXES.get(Path(target).suffix.lower())
        if told not in (None, *FORMS):
            raise UsageError(
                f"-o {target}: label changes have no form '{told}'", hint=f"forms are {', '.join(FORMS)}"
            )
    return form_of(settings)


def _renderer(form: str) -> Renderer:
    if form == "table":
        from labelaudit.cli.diff_table import table

        return table
    from labelaudit.report.differences import RENDERERS

    return RENDERERS[form]
