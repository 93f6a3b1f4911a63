"""`labelaudit apply`: corrected label files, from people's decisions."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from labelaudit.cli.command import as_command
from labelaudit.cli.options import (
    DECISION_FILES,
    FORCE,
    INPUTS,
    MIN_AGREEMENT,
    MIN_REVIEWERS,
    OPTIONS,
    OUTPUT,
)
from labelaudit.cli.overwriting import refuse_kept
from labelaudit.cli.run import messages_of, settings_of
from labelaudit.cli.streams import is_terminal, wants_color, write_result
from labelaudit.errors import InputNotFoundError, UsageError
from labelaudit.report.corrections import diff_text, left_out_line, reversion_line, shown_diff, summary_lines
from labelaudit.settings import Option, Settings

if TYPE_CHECKING:
    from labelaudit.auditing import Audit
    from labelaudit.cli.streams import Messages
    from labelaudit.corrections.values import ChangedRow, FileEdits
    from labelaudit.corrections.writing import Target
    from labelaudit.decisions import Decision

CORRECTIONS = "Corrections"


def _flag(name: str, help: str, panel: str) -> Option:
    return Option(name=name, help=help, kind="flag", default=False, panel=panel, pinned=False)


_OWN = [
    DECISION_FILES,
    MIN_REVIEWERS,
    MIN_AGREEMENT,
    _flag("skip_stale", "Leave out decisions whose row is gone or has another label now.", INPUTS),
    Option(
        name="revert",
        help="Take back what this file of changes tells: changes.csv in AUDIT, say.",
        metavar="FILE",
        panel=INPUTS,
        pinned=False,
    ),
    _flag(
        "auto",
        "Correct suspects without a decision too, where probabilities and neighbours agree.",
        CORRECTIONS,
    ),
    Option(
        name="min_suggested_prob",
        help="What both must give the suggested label for --auto, 0.8 by default.",
        kind="fraction",
        metavar="P",
        panel=CORRECTIONS,
        pinned=False,
    ),
    _flag(
        "one_view",
        "Let --auto take the word of probabilities alone where there are no embeddings.",
        CORRECTIONS,
    ),
    _flag("drop", "Leave out rows that are of no class.", CORRECTIONS),
    _flag("flag", "Add a column labelaudit_flag with what is wrong; change no label.", CORRECTIONS),
    _flag("write", "Write the corrected files, not a diff.", OUTPUT),
    Option(
        name="out",
        help="Where to write: a file, or a folder for several.",
        kind="path",
        writes=True,
        metavar="PATH",
        panel=OUTPUT,
        pinned=False,
    ),
    _flag("in_place", "Write to the dataset itself.", OUTPUT),
    replace(FORCE, help="Overwrite files that --out names."),
]
_ONLY_CORRECTING = (
    "decisions",
    "min_reviewers",
    "min_agreement",
    "skip_stale",
    "auto",
    "min_suggested_prob",
    "one_view",
    "drop",
    "flag",
)


@as_command("apply", [*_OWN, OPTIONS["quiet"], OPTIONS["color"]])
def command(
    audit: Annotated[str, typer.Argument(metavar="AUDIT", help="Folder of a saved audit.")],
    **given: Any,
) -> int:
    """Correct the label files as people decided: a diff on stdout, files with --write.

    Only label cells change; the rest of a CSV, TSV or JSONL file stays the same to the byte.

    Examples:
      labelaudit apply labelaudit-out
      labelaudit apply labelaudit-out --write --out corrected.csv
      labelaudit apply labelaudit-out --revert changes.csv --write --in-place
    """
    from labelaudit.store import load_audit

    settings = settings_of(given, own=_OWN)
    _check_usage(settings)
    if settings["revert"] is not None:
        _revert(load_audit(audit), Path(audit), settings)
        return 0
    decisions = _decisions(settings, Path(audit))
    if not any(decisions.values()) and not settings["auto"]:
        raise UsageError(
            f"nobody has decided anything: no decisions in {', '.join(decisions)}",
            hint="a line each in decisions.jsonl; or --auto corrects what both views agree on",
        )
    _apply(load_audit(audit), Path(audit), decisions, settings)
    return 0


def _check_usage(settings: Settings) -> None:
    if settings["write"] and settings["out"] is None and not settings["in_place"]:
        raise UsageError(
            "--write does not say where",
            hint="--out PATH writes a corrected copy, --in-place the dataset itself",
        )
    if settings["out"] is not None and settings["in_place"]:
        raise UsageError("--out and --in-place", hint="choose one")
    for name in ("out", "in_place", "force"):
        if settings[name] and not settings["write"]:
            raise UsageError(
                f"--{name.replace('_', '-')} without --write", hint="without --write nothing is written"
            )
    for name in ("min_suggested_prob", "one_view"):
        if settings[name] and not settings["auto"]:
            raise UsageError(f"--{name.replace('_', '-')} without --auto", hint="it is about --auto only")
    if settings["revert"] is not None:
        for name in _ONLY_CORRECTING:
            if settings.origin(name) == "command line":
                raise UsageError(
                    f"--{name.replace('_', '-')} with --revert", hint="the file of changes tells all there is"
                )


def _decisions(settings: Settings, folder: Path) -> dict[str, list[Decision]]:
    from labelaudit.decisions import read_decisions
    from labelaudit.store import DECISIONS

    for name in settings["decisions"]:
        if not Path(name).exists():
            raise InputNotFoundError("does not exist", file=name, hint="check --decisions")
    names = settings["decisions"] or (str(folder / DECISIONS),)
    return {name: read_decisions(Path(name)) for name in names}


def _apply(audit: Audit, folder: Path, decisions: dict[str, list[Decision]], settings: Settings) -> None:
    from labelaudit.corrections.combining import corrections_of
    from labelaudit.corrections.file_edits import changed_rows
    from labelaudit.corrections.provenance import CHANGES
    from labelaudit.corrections.values import DEFAULT_MIN_PROB, ApplyOptions
    from labelaudit.corrections.writing import write_corrections

    messages = messages_of(settings)
    options = ApplyOptions(
        min_reviewers=settings["min_reviewers"],
        min_agreement=settings["min_agreement"],
        auto=settings["auto"],
        min_suggested_prob=_default(settings["min_suggested_prob"], DEFAULT_MIN_PROB),
        one_view=settings["one_view"],
        drop=settings["drop"],
        flag=settings["flag"],
        skip_stale=settings["skip_stale"],
    )
    corrections = corrections_of(audit, folder, decisions, options)
    if settings["write"]:
        targets = _targets(corrections.files, settings, folder, audit)
        write_corrections(corrections, targets, folder)
        write_result((f"{target.name}\n" for target in targets), None)
    else:
        _print_diff(
            [(file, changed_rows(corrections, file)) for file in corrections.files if file.is_changed],
            settings,
        )
    messages.say("\n".join(summary_lines(corrections, written=settings["write"])))
    if options.auto and (left_out := left_out_line(audit.summary.hidden)):
        messages.say(f"auto: {left_out}")
    _say_where(messages, settings, folder / CHANGES, changed=bool(corrections.rows))


def _default(value: float | None, default: float) -> float:
    return default if value is None else value


def _revert(audit: Audit, folder: Path, settings: Settings) -> None:
    from labelaudit.corrections.provenance import latest_changes
    from labelaudit.corrections.reverting import find_changes, reversion_of, write_reversion

    messages = messages_of(settings)
    reversion = reversion_of(find_changes(settings["revert"], folder), audit)
    if not settings["write"]:
        changed = [file for file in reversion.files if file.is_changed]
        _print_diff([(file, reversion.rows(file)) for file in changed], settings)
        messages.say(reversion_line(reversion))
        _say_where(messages, settings, reversion.changes, changed=bool(reversion.records))
        return
    targets = _targets(reversion.files, settings, folder, audit)
    kept = write_reversion(reversion, targets)
    write_result((f"{target.name}\n" for target in targets), None)
    messages.say(reversion_line(reversion).replace("to take back", "taken back"))
    if kept is not None:
        messages.say(f"{reversion.changes} is now {kept}")
        if (earlier := latest_changes(kept.parent)) is not None:
            messages.say(f"{earlier} tells of more changes: --revert {earlier.name} takes them back next")


def _targets(files: Sequence[FileEdits], settings: Settings, folder: Path, audit: Audit) -> list[Target]:
    from labelaudit.corrections.writing import targets_in_place, targets_under

    if settings["in_place"]:
        return targets_in_place(files)
    targets = targets_under(files, Path(settings["out"]), force=settings["force"])
    refuse_kept([target.path for target in targets], folder, audit, settings.files_read())
    return targets


def _print_diff(files: Sequence[tuple[FileEdits, Sequence[ChangedRow]]], settings: Settings) -> None:
    from labelaudit.corrections.differences import difference_of

    with ExitStack() as stack:
        # All are made before the first is printed: an error leaves no half of a diff.
        made = [stack.enter_context(difference_of(file, rows)) for file, rows in files]
        lines: Iterator[str] = (line for difference in made for line in diff_text(difference))
        if is_terminal(sys.stdout) or settings["color"] == "always":
            lines = shown_diff(lines, color=wants_color(sys.stdout, settings["color"]))
        elif hasattr(sys.stdout, "reconfigure"):
            sys.stdout.reconfigure(errors="surrogateescape", newline="\n")  # the bytes of the file
        write_result(lines, None)


def _say_where(messages: Messages, settings: Settings, changes: Path, *, changed: bool) -> None:
    if not changed:
        return
    if settings["write"]:
        messages.say(f"{changes} tells every change; --revert takes them back")
    else:
        messages.say(
            "hint: --write --out PATH writes a corrected copy, --write --in-place the dataset itself"
        )
