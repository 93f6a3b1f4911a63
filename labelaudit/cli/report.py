"""`labelaudit report`: a saved audit in another form."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from labelaudit.cli.command import as_command
from labelaudit.cli.options import OPTIONS
from labelaudit.cli.reports import print_report, targets_of
from labelaudit.cli.run import settings_of

_OPTIONS = [OPTIONS[name] for name in ("output_format", "output", "report", "top", "show_text", "color")]


@as_command("report", _OPTIONS)
def command(
    audit: Annotated[str, typer.Argument(metavar="AUDIT", help="Folder of a saved audit.")],
    **given: Any,
) -> int:
    """Show a saved audit again, or write it in other forms, without scoring anything.

    Examples:
      labelaudit report labelaudit-out
      labelaudit report labelaudit-out --report markdown=report.md --report suspects.csv
      labelaudit report labelaudit-out --output-format jsonl --top 100
    """
    from labelaudit.store import load_audit

    settings = settings_of(given)
    targets = targets_of(settings)
    result = load_audit(audit)
    for target in targets:
        target.write(result, audit)
    if not targets or settings["output_format"] or settings["output"]:
        print_report(result, settings, audit)
    return 0
