"""`labelaudit baseline`: suspects of old that no longer fail the gate."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from labelaudit.cli.command import as_command
from labelaudit.cli.options import FORCE, GATE, OPTIONS, OUTPUT
from labelaudit.cli.overwriting import check_results
from labelaudit.cli.run import messages_of
from labelaudit.cli.streams import write_file, write_result
from labelaudit.config import BASELINE_FILE
from labelaudit.errors import UsageError
from labelaudit.report.text import counted
from labelaudit.settings import Option, Settings, command_line

if TYPE_CHECKING:
    from collections.abc import Mapping

    from labelaudit.baseline import Baseline
    from labelaudit.types import Suspect

ACTIONS = ("create", "update", "prune")
NOTES = ("status", "reason", "by", "until")


def _text(name: str, help: str, metavar: str) -> Option:
    return Option(name=name, help=help, metavar=metavar, panel=GATE, pinned=False)


_OPTIONS = [
    Option(
        name="output",
        help=f"The baseline, {BASELINE_FILE} by default.",
        kind="path",
        writes=True,
        default=BASELINE_FILE,
        short="-o",
        metavar="FILE",
        panel=OUTPUT,
        pinned=False,
    ),
    _text("status", "Of new entries: known (old debt) or accepted (looked at, the label stays).", "STATUS"),
    _text("reason", "Of new entries: why.", "TEXT"),
    _text("by", "Of new entries: who.", "NAME"),
    _text("until", "Of new entries, and of expired ones: the last day on which they count.", "DAY"),
    replace(FORCE, help="Let create write an existing file anew."),
    OPTIONS["quiet"],
    OPTIONS["color"],
]


@as_command("baseline", _OPTIONS)
def command(
    action: Annotated[
        str, typer.Argument(metavar="create|update|prune", help="Write it, add to it, or take out of it.")
    ],
    audit: Annotated[str, typer.Argument(metavar="AUDIT", help="Folder of a saved audit.")],
    **given: Any,
) -> int:
    """Accept the suspects of an audit, so that only new ones fail the gate.

    create writes an entry for every suspect; update adds those that have none and, with --until, renews
    expired ones; prune takes out entries that fit no suspect any more. Entries are keyed by fingerprint: a
    row whose label has changed is new again.

    Examples:
      labelaudit baseline create labelaudit-out --reason "before the gate" --until 2027-06-30
      labelaudit baseline update labelaudit-out --status accepted --by ana
      labelaudit baseline prune labelaudit-out
    """
    from labelaudit.baseline import Baseline, read_baseline, refuse_existing
    from labelaudit.store import load_audit

    if action not in ACTIONS:
        raise UsageError(f"'{action}' is none of {', '.join(ACTIONS)}", hint="labelaudit baseline --help")
    settings = Settings(_OPTIONS, [command_line(given)])
    path = Path(settings["output"])
    noted = {name: settings[name] for name in NOTES if settings[name] is not None}
    _check_note(noted)
    saved = load_audit(audit)
    check_results([path], audit, saved, purpose=[BASELINE_FILE])
    if action != "create":
        old = read_baseline(path)
    else:
        if not settings["force"]:
            refuse_existing(path)
        old = Baseline(entries={}, path=str(path))
    suspects = [suspect for suspect in saved.suspects() if suspect.status != "ignored"]
    new = _changed(action, old, suspects, noted)
    write_file([new.text()], path)
    write_result([_told(old, new)], None)
    if action == "create":
        hint = f"labelaudit check {audit} --fail-on-new"
        messages_of(settings).say(f"hint: commit {path}; {hint}  # fails on suspects that are not in it")
    return 0


def _check_note(noted: Mapping[str, Any]) -> None:
    """Refuse what no entry can say of its row."""
    from labelaudit.baseline import STATUSES, check_day

    if noted.get("status", STATUSES[0]) not in STATUSES:
        raise UsageError(f"--status: '{noted['status']}' is none of {', '.join(STATUSES)}")
    check_day(noted.get("until"), "--until")
    if "until" in noted and date.fromisoformat(noted["until"]) < date.today():
        raise UsageError(
            f"--until: {noted['until']} has passed", hint="name the last day on which they count"
        )


def _changed(action: str, old: Baseline, suspects: list[Suspect], noted: Mapping[str, Any]) -> Baseline:
    from labelaudit.baseline import Entry

    if action == "prune":
        return old.pruned([suspect.fingerprint for suspect in suspects])
    if "until" in noted:
        old = old.renewed(suspects, noted, date.today())
    return old.with_suspects(suspects, Entry(id="", given_label="", **noted))


def _told(old: Baseline, new: Baseline) -> str:
    added = sum(print_ not in old.entries for print_ in new.entries)
    removed = sum(print_ not in new.entries for print_ in old.entries)
    renewed = sum(new.entries.get(print_, entry) != entry for print_, entry in old.entries.items())
    n_entries = counted(len(new.entries), "entry", "entries")
    return f"{new.path}: {n_entries}, {added:,} added, {removed:,} removed, {renewed:,} renewed\n"
