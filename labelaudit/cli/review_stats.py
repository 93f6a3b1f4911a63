"""`labelaudit review stats`: how many labels are wrong, by a reviewed sample."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from labelaudit.cli.command import as_command
from labelaudit.cli.options import DECISION_FILES, OPTIONS, OUTPUT, TEXT_OR_JSON
from labelaudit.cli.overwriting import check_results
from labelaudit.cli.run import messages_of, settings_of
from labelaudit.cli.streams import write_result
from labelaudit.errors import UsageError
from labelaudit.report.reviewed import reviewed_lines
from labelaudit.report.text import counted
from labelaudit.settings import Option

_OWN = [
    TEXT_OR_JSON,
    replace(DECISION_FILES, help="Count these decisions instead of the audit's own.", panel=OUTPUT),
    Option(
        name="depth",
        help="Count the errors among the worst K suspects; all of them by default.",
        kind="list",
        default=(),
        metavar="K",
        panel=OUTPUT,
        pinned=False,
    ),
    Option(
        name="reviewer_error",
        help="Share of the verdicts that are wrong, where it is known: 5%. Else it is learned.",
        metavar="P%",
        panel=OUTPUT,
        pinned=False,
    ),
    Option(
        name="scores",
        help="Also write every row with its recalibrated p_error, as Parquet.",
        kind="path",
        writes=True,
        metavar="FILE",
        panel=OUTPUT,
        pinned=False,
    ),
]
_OPTIONS = [*_OWN, *(OPTIONS[name] for name in ("output", "quiet", "color"))]


@as_command("stats", _OPTIONS)
def command(
    audit: Annotated[str, typer.Argument(metavar="AUDIT", help="Folder of a saved audit.")],
    **given: Any,
) -> int:
    """Tell how many labels are wrong, with 90 % intervals, and write reviewed.json into the audit.

    Needs decisions on a probability sample (review serve AUDIT --queue sample=100); going on
    with ranked suspects afterwards makes the estimate narrower and leaves it valid. Reports
    then show it, and check can gate on it.

    Examples:
      labelaudit review stats labelaudit-out
      labelaudit review stats labelaudit-out --depth 100 --depth 500 --reviewer-error 5%
      labelaudit check labelaudit-out --fail-over-reviewed 3%
    """
    from labelaudit.decisions.content import decisions_hash
    from labelaudit.merging.reading import decisions_together, drawn_rows
    from labelaudit.review_stats.estimating import reviewed_estimate
    from labelaudit.review_stats.gathering import gathered
    from labelaudit.review_stats.recalibrated import write_recalibrated
    from labelaudit.review_stats.reviewed_file import reviewed_text, write_reviewed
    from labelaudit.store import DECISIONS, load_audit

    settings = settings_of(given, own=_OWN)
    saved = load_audit(audit)
    depths = [_depth(text) for text in settings["depth"]]
    reviewer_error = settings["reviewer_error"] and _share(settings["reviewer_error"])
    own = Path(audit, DECISIONS)
    files = [Path(name) for name in settings["decisions"]] or [own] * own.exists()
    check_results([settings["output"], settings["scores"]], audit, saved, files)
    decided = decisions_hash(files)  # first: what is decided while this runs is not counted
    found = gathered(saved, decisions_together(files), drawn_rows(files))
    reviewed = reviewed_estimate(saved, found, decided=decided, tops=depths, reviewer_error=reviewer_error)
    if found.unseen:
        told = (
            f"{counted(len(found.unseen), 'row')} accepted in a batch are not decided: nobody looked at each"
        )
        reviewed = replace(reviewed, assumes=(*reviewed.assumes, told))
    messages = messages_of(settings)
    for name in found.stale[:10]:
        messages.say(f"set aside, the label has changed or the row is gone: {name}")
    if settings["scores"] is not None:
        write_recalibrated(saved, reviewed, Path(settings["scores"]))
    as_json = settings["output_format"] == "json"
    lines = [reviewed_text(reviewed)] if as_json else (f"{line}\n" for line in reviewed_lines(reviewed))
    write_result(lines, settings["output"])
    write_reviewed(reviewed, Path(audit))  # last: the numbers are told of an audit that cannot be written too
    return 0


def _depth(text: str) -> int:
    if not re.fullmatch("[1-9][0-9]{0,14}", text):
        raise UsageError(f"--depth: '{text}' is no number of suspects", hint="--depth 100")
    return int(text)


def _share(text: str) -> float:
    found = re.fullmatch(r"([0-9]+(?:\.[0-9]+)?) ?%", text.strip())
    if not (found and float(found[1]) < 50):
        raise UsageError(f"--reviewer-error: '{text}' is no share below one half", hint="--reviewer-error 5%")
    return float(found[1]) / 100
