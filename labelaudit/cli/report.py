"""`labelaudit report`: a saved audit in another form."""

from __future__ import annotations

import webbrowser
from pathlib import Path
from typing import Annotated, Any

import typer

from labelaudit.cli.command import as_command
from labelaudit.cli.options import OPTIONS, OUTPUT
from labelaudit.cli.reports import Target, check_targets, print_report, targets_of
from labelaudit.cli.run import messages_of, settings_of
from labelaudit.settings import Option

OPEN = Option(
    name="open",
    help="Open the HTML report in a browser; without --report it is written to report.html of the audit.",
    kind="flag",
    default=False,
    panel=OUTPUT,
    pinned=False,
)
MEDIA_ROOT = Option(
    name="media_root",
    help="A folder outside of the dataset in which its pictures may lie; repeat.",
    kind="list",
    default=(),
    metavar="FOLDER",
    panel=OUTPUT,
    pinned=False,
)
_SHARED = ("output_format", "output", "report", "top", "show_text", "quiet", "color")
_OPTIONS = [OPEN, MEDIA_ROOT, *(OPTIONS[name] for name in _SHARED)]


@as_command("report", _OPTIONS)
def command(
    audit: Annotated[str, typer.Argument(metavar="AUDIT", help="Folder of a saved audit.")],
    **given: Any,
) -> int:
    """Show a saved audit again, or write it in other forms, without scoring anything.

    Examples:
      labelaudit report labelaudit-out --open
      labelaudit report labelaudit-out --report markdown=report.md --report suspects.csv
      labelaudit report labelaudit-out --output-format jsonl --top 100
    """
    from labelaudit.store import PAGE, load_audit

    settings = settings_of(given, own=[OPEN, MEDIA_ROOT])
    targets = targets_of(settings)
    pages = [target for target in targets if target.form == "html"]
    if settings["open"] and not pages:
        pages = [Target(form="html", path=Path(audit, PAGE), settings=settings)]
        targets += pages
    result = load_audit(audit)
    check_targets(settings, targets, audit, result)
    for target in targets:
        target.write(result, audit)
    if not targets or settings["output_format"] or settings["output"]:
        print_report(result, settings, audit)
    for page in pages if settings["open"] else ():
        file = page.path.resolve()
        shown = webbrowser.open(file.as_uri())
        told = "" if shown else f"; no browser was found here: open {file} in one"
        messages_of(settings).say(f"report written to {page.path}{told}")
    return 0
