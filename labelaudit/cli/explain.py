"""`labelaudit explain`: one row, in sentences."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer

from labelaudit.cli.command import as_command
from labelaudit.cli.options import OPTIONS, OUTPUT, TEXT_OR_JSON
from labelaudit.cli.overwriting import check_results
from labelaudit.cli.run import settings_of
from labelaudit.cli.streams import write_result
from labelaudit.report.explanation import told
from labelaudit.report.text import json_text

_OPTIONS = [TEXT_OR_JSON, *(OPTIONS[name] for name in ("output", "color"))]


@as_command("explain", _OPTIONS)
def command(
    audit: Annotated[str, typer.Argument(metavar="AUDIT", help="Folder of a saved audit.")],
    row_id: Annotated[str, typer.Argument(metavar="ID", help="Id of the row.")],
    split: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Split of the row, where ids repeat.", rich_help_panel=OUTPUT),
    ] = None,
    **given: Any,
) -> int:
    """Tell why a row is listed, or why it is not: its scores, the thresholds, the rules.

    Examples:
      labelaudit explain labelaudit-out img-17
      labelaudit explain labelaudit-out 42 --split test
      labelaudit explain labelaudit-out img-17 --output-format json
    """
    from labelaudit.explanation import explain
    from labelaudit.store import load_audit

    settings = settings_of(given, own=[TEXT_OR_JSON])
    saved = load_audit(audit)
    check_results([settings["output"]], audit, saved, settings.files_read())
    found = explain(saved, row_id, split=split)
    lines = [json_text(asdict(found))] if settings["output_format"] == "json" else told(found)
    write_result((f"{line}\n" for line in lines), settings["output"])
    return 0
