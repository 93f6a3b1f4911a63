"""`labelaudit export`: suspects as tasks of an annotation tool."""

from __future__ import annotations

import tempfile
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from labelaudit.cli.command import as_command
from labelaudit.cli.options import FORCE, OPTIONS, OUTPUT
from labelaudit.cli.overwriting import check_results
from labelaudit.cli.run import messages_of, settings_of
from labelaudit.cli.streams import STDOUT, write_file, write_result
from labelaudit.errors import OutputError, UsageError
from labelaudit.exporting import TOOLS, tool
from labelaudit.report.corrections import left_out_line
from labelaudit.settings import Option

if TYPE_CHECKING:
    from collections.abc import Mapping

    from labelaudit.auditing import Audit
    from labelaudit.exporting.model import Export, Tool
    from labelaudit.settings import Settings
    from labelaudit.types import Suspect

_OWN = [
    Option(
        name="to",
        help="The annotation tool.",
        kind="choice",
        choices=tuple(TOOLS),
        metavar="TOOL",
        panel=OUTPUT,
        pinned=False,
    ),
    Option(name="top", help="Only the N worst.", kind="number", metavar="N", panel=OUTPUT, pinned=False),
    Option(
        name="all",
        help="Also those hidden by a baseline or an ignore, and those decided.",
        kind="flag",
        default=False,
        panel=OUTPUT,
        pinned=False,
    ),
    replace(FORCE, help="Overwrite files that exist; never a folder."),
]
_COLUMNS = ("text_col", "image_col", "audio_col")
_OPTIONS = [
    *_OWN,
    replace(
        OPTIONS["output"],
        help="Where the tasks go; hf and fiftyone are folders, new or empty. Default stdout for the others.",
        metavar="FILE|FOLDER",
    ),
    *(replace(OPTIONS[name], panel=OUTPUT) for name in _COLUMNS),
    *(OPTIONS[name] for name in ("quiet", "color")),
]


@as_command("export", _OPTIONS)
def command(
    audit: Annotated[str, typer.Argument(metavar="AUDIT", help="Folder of a saved audit.")],
    **given: Any,
) -> int:
    """Write the suspects as tasks of an annotation tool, the suggested label as prediction.

    Texts and pictures are read from the audited files again. For label-studio, -o NAME.json
    writes NAME.config.xml too, the labeling configuration that the import needs.

    Examples:
      labelaudit export labelaudit-out --to label-studio -o tasks.json
      labelaudit export labelaudit-out --to csv -o tasks.csv --top 200
      labelaudit export labelaudit-out --to hf -o suspects
    """
    from labelaudit.store import load_audit

    settings = settings_of(given, own=_OWN)
    if settings["to"] is None:
        raise UsageError("no tool is named", hint=f"--to, one of {', '.join(TOOLS)}")
    chosen = tool(settings["to"])
    saved = load_audit(audit)
    _check_place(settings, chosen, audit, saved)
    suspects, left_out = _suspects(saved, Path(audit), settings)
    n_waiting, suspects = len(suspects), suspects[: settings["top"]]
    with tempfile.TemporaryDirectory(prefix="labelaudit-") as unpacked:
        export = _export(saved, suspects, settings, Path(unpacked))
        chosen.check(export)
        _write(chosen, export)
        messages = messages_of(settings)
        is_part = len(suspects) < n_waiting
        messages.say(f"{len(suspects):,} tasks" + (f", the worst of {n_waiting:,}" if is_part else ""))
        if line := left_out_line(left_out):
            messages.say(f"{line}\nhint: --all takes them too")
        for line in chosen.hints(export):
            messages.say(line)
    return 0


def _check_place(settings: Settings, chosen: Tool, folder: str, saved: Audit) -> None:
    """Find out before the work whether the result can be written."""
    target = settings["output"]
    if chosen.is_folder:
        from labelaudit.exporting.writing import check_folder

        if target in (None, STDOUT):
            raise UsageError(f"{settings['to']} is a folder", hint="name a new one with -o FOLDER")
        check_folder(Path(target))
    elif target not in (None, STDOUT):
        _check_files(Path(target), chosen, folder, saved, settings)


def _check_files(target: Path, chosen: Tool, folder: str, saved: Audit, settings: Settings) -> None:
    """A file that exists may be a sheet that somebody has filled in; a pipe is none."""
    beside = [target.with_suffix(suffix) for suffix in chosen.beside] if _is_plain(target) else []
    check_results([target, *beside], folder, saved, settings.files_read())
    for file in (target, *beside):
        if file.is_file() and not settings["force"]:
            raise OutputError(
                "exists already", file=str(file), hint="--force overwrites it; nothing was written"
            )


def _is_plain(target: Path) -> bool:
    return target.is_file() or not target.exists()


def _suspects(
    saved: Audit, folder: Path, settings: Settings
) -> tuple[tuple[Suspect, ...], Mapping[str, int]]:
    """Those to be looked at, the worst first, and how many are not by what.

    Neither hidden ones nor decided ones are to be looked at, unless all are wanted.
    """
    from labelaudit.decisions import outcomes_of, read_decisions
    from labelaudit.standing import BY_DECISIONS
    from labelaudit.store import DECISIONS

    if settings["all"]:
        return tuple(saved.suspects()), {}
    outcomes = outcomes_of(read_decisions(folder / DECISIONS))
    decided = {print_ for print_, outcome in outcomes.items() if outcome.verdict != "conflict"}
    waiting = tuple(s for s in saved.shown_suspects() if s.status == "new" and s.fingerprint not in decided)
    hidden = saved.summary.hidden
    n_decided = saved.summary.n_suspects - len(waiting) - sum(hidden.values())
    return waiting, {**hidden, BY_DECISIONS: hidden.get(BY_DECISIONS, 0) + n_decided}


def _export(saved: Audit, suspects: tuple[Suspect, ...], settings: Settings, unpacked: Path) -> Export:
    from labelaudit.exporting.model import Export
    from labelaudit.previews import previews_of

    named = {name: settings[name] for name in _COLUMNS if settings[name] is not None}
    return Export(
        suspects=suspects,
        previews=previews_of(suspects, saved, named=named, unpack=unpacked),
        classes=saved.class_names,
        tool=saved.summary.tool,
        target=None if settings["output"] in (None, STDOUT) else Path(settings["output"]),
    )


def _write(chosen: Tool, export: Export) -> None:
    files, target = chosen.files(export), export.target
    if chosen.is_folder:
        from labelaudit.exporting.writing import write_folder

        assert target is not None
        write_folder(files, target)
        return
    _, result = next(files)
    if target is None:
        write_result((chunk.decode() for chunk in result), None)
        return
    if _is_plain(target):  # nothing lies beside a pipe
        for suffix, chunks in files:
            write_file((chunk.decode() for chunk in chunks), target.with_suffix(suffix))
    write_file((chunk.decode() for chunk in result), target)
