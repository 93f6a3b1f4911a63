"""`labelaudit validate`: the checks at the door alone."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import typer

from labelaudit.cli.command import as_command
from labelaudit.cli.options import DOOR, INPUTS, OPTIONS, SETTINGS, TEXT_OR_JSON
from labelaudit.cli.overwriting import check_results, tables_of
from labelaudit.cli.run import bar_of, messages_of, opened, refuse_no_data, settings_of
from labelaudit.cli.streams import write_result
from labelaudit.config import AuditOptions
from labelaudit.report.text import counted, json_text

_OPTIONS = [
    *(option for option in OPTIONS.values() if option.panel in (INPUTS, DOOR)),
    TEXT_OR_JSON,
    *(OPTIONS[name] for name in ("output", "quiet", "progress", "color")),
    *(option for option in OPTIONS.values() if option.panel == SETTINGS),
]


@as_command("validate", _OPTIONS)
def command(
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="PATH", help="Files, folders, or - for stdin.")
    ] = None,
    **given: Any,
) -> int:
    """Check data without scoring it: the first fault with its file, column, row and mend.

    Examples:
      labelaudit validate data/
      labelaudit validate predictions.csv --on-bad-row skip
      labelaudit validate data/ --output-format json
    """
    named = paths or []
    settings = settings_of(given, named, own=[TEXT_OR_JSON])
    if settings["show_settings"]:
        write_result((f"{line}\n" for line in settings.lines()), None)
        return 0
    refuse_no_data(named)
    check_results([settings["output"]], read=[*named, *settings.files_read()])
    messages = messages_of(settings)
    with bar_of(settings) as bar, opened(named, settings, messages, bar, probabilities="optional") as dataset:
        from labelaudit.door import validate

        check_results([settings["output"]], read=tables_of(dataset))
        found = validate(dataset, settings.into(AuditOptions), progress=bar)
    for notice in found.notices:
        messages.say(str(notice))
    skipped = f", {counted(found.n_skipped, 'row')} left out" if found.n_skipped else ""
    text = f"ok: {counted(found.n_rows, 'row')}, {counted(found.n_classes, 'class', 'classes')}{skipped}"
    if settings["output_format"] == "json":
        notices = [asdict(notice) for notice in found.notices]
        counts = {"rows": found.n_rows, "classes": list(found.classes), "skipped": found.n_skipped}
        text = json_text({**counts, "notices": notices})
    write_result([text, "\n"], settings["output"])
    return 0
