"""`labelaudit review page`: the review page as one file, for whoever has no labelaudit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from labelaudit.cli.command import as_command
from labelaudit.cli.options import OPTIONS, OUTPUT
from labelaudit.cli.overwriting import check_results
from labelaudit.cli.reviewing_options import BESIDE, QUEUE_OPTIONS, session_of
from labelaudit.cli.run import messages_of, settings_of
from labelaudit.cli.streams import STDOUT, write_file, write_result
from labelaudit.errors import UsageError
from labelaudit.settings import Option

MEGABYTE = 1_000_000
_OWN = (
    Option(
        name="max_mb",
        help="What the page may hold, in MB, 25 by default; it says what was left out.",
        kind="number",
        default=25,
        metavar="N",
        panel=OUTPUT,
        pinned=False,
    ),
    Option(
        name="top",
        help="Only the first N items of the queue.",
        kind="number",
        metavar="N",
        panel=OUTPUT,
        pinned=False,
    ),
    *(
        replace(option, help="Who decides; without it the page asks.")
        if option.name == "reviewer"
        else option
        for option in QUEUE_OPTIONS
    ),
)
_OUTPUT = replace(OPTIONS["output"], help="The HTML file to write.")


@as_command("page", [_OUTPUT, *_OWN, *BESIDE])
def command(
    audit: Annotated[str, typer.Argument(metavar="AUDIT", help="Folder of a saved audit.")],
    **given: Any,
) -> int:
    """Write the review page as one file, with thumbnails inside: it works offline, in any browser.

    Decisions stay in that browser; its Download button writes them as decisions.jsonl has
    them. review merge puts several of those files together.

    Examples:
      labelaudit review page labelaudit-out -o review.html
      labelaudit review page labelaudit-out -o ana.html --assign 1/2 --reviewer ana --blind
    """
    from labelaudit.report.html.thumbnails import thumbnail
    from labelaudit.review_page.standing_alone import standing_alone

    settings = settings_of(given, own=_OWN)
    target = settings["output"]
    if target is None:
        raise UsageError("no file is named", hint="labelaudit review page AUDIT -o review.html")
    with session_of(audit, settings, reads_only=True) as session:
        check_results([target], audit, session.audit, settings.files_read())
        page, found = standing_alone(
            session,
            name=Path(audit).resolve().name,
            reviewer=(settings["reviewer"] or "").strip(),
            shrink=thumbnail,
            most_bytes=settings["max_mb"] * MEGABYTE,
            top=settings["top"],
        )
    if target == STDOUT:
        write_result([page], None)
    else:
        write_file([page], Path(target))
    messages_of(settings).say(str(found))
    return 0
