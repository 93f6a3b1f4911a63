"""`labelaudit review merge`: the decisions of several reviewers as one."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from labelaudit.cli.command import as_command
from labelaudit.cli.options import MIN_AGREEMENT, OPTIONS, OUTPUT, TEXT_OR_JSON
from labelaudit.cli.overwriting import check_results
from labelaudit.cli.run import messages_of, settings_of
from labelaudit.cli.streams import write_file, write_result
from labelaudit.report.merged import merged_lines, merged_record
from labelaudit.report.text import counted, json_text
from labelaudit.settings import Option

if TYPE_CHECKING:
    from labelaudit.auditing import Audit

_OWN = [
    TEXT_OR_JSON,
    replace(MIN_AGREEMENT, panel=OUTPUT),
    Option(
        name="arbiter",
        help="The reviewer whose word settles conflicts.",
        metavar="NAME",
        panel=OUTPUT,
        pinned=False,
    ),
    Option(
        name="conflicts",
        help="Write the rows in conflict as JSONL: review serve AUDIT --queue FILE asks about them.",
        kind="path",
        writes=True,
        metavar="FILE",
        panel=OUTPUT,
        pinned=False,
    ),
    Option(
        name="write",
        help="Append the decisions to the audit's decisions.jsonl, where apply, stats and check find them.",
        kind="flag",
        default=False,
        panel=OUTPUT,
        pinned=False,
    ),
]
_OPTIONS = [*_OWN, *(OPTIONS[name] for name in ("output", "quiet", "color"))]


@as_command("merge", _OPTIONS)
def command(
    audit: Annotated[str, typer.Argument(metavar="AUDIT", help="Folder of a saved audit.")],
    files: Annotated[
        list[str] | None,
        typer.Argument(metavar="[FILE]...", help="Decisions; by default those of the audit alone."),
    ] = None,
    **given: Any,
) -> int:
    """Merge the decisions of several reviewers: majority, conflicts, agreement, precision, fatigue.

    The last word of a reviewer on a row counts. Decisions on rows whose label has changed are
    set aside by name. What was accepted in a batch makes outcomes and counts in no measure:
    nobody looked at each row. Kappa is told twice: on whether labels are wrong, and on what
    they should be, where many classes make it high. Precision leaves out rows on which
    reviewers do not agree whether the label is wrong, and says how far these could move it.

    Examples:
      labelaudit review merge labelaudit-out ana.jsonl bo.jsonl --conflicts conflicts.jsonl --write
      labelaudit review serve labelaudit-out --queue conflicts.jsonl --reviewer cy
      labelaudit review merge labelaudit-out --arbiter cy --write
    """
    from labelaudit.decisions import read_decisions
    from labelaudit.merging.appending import append_decisions
    from labelaudit.merging.arbitration import arbitrated
    from labelaudit.merging.checking import check_decisions
    from labelaudit.merging.conflict_queue import conflict_lines
    from labelaudit.merging.merged import merge
    from labelaudit.merging.reading import decisions_together
    from labelaudit.store import DECISIONS, load_audit

    settings = settings_of(given, own=_OWN)
    saved = load_audit(audit)
    own = Path(audit, DECISIONS)
    sources = [Path(name) for name in files or ()] or [own]
    check_results([settings["output"], settings["conflicts"]], audit, saved, sources)
    decisions = decisions_together(sources)
    current = {
        name for batch in saved.scores_batches(["fingerprint"]) for name in batch.column(0).to_pylist()
    }
    read = {str(source): read_decisions(source) for source in sources}
    is_own = (str(source) for source in sources if source.resolve() == own.resolve())
    check_decisions(read, current, saved.class_names, own=next(is_own, None))
    agreement = settings["min_agreement"]
    if settings["arbiter"] is not None:
        decisions = arbitrated(decisions, settings["arbiter"].strip(), min_agreement=agreement)
    merged = merge(decisions, _rules(saved), current, min_agreement=agreement)
    messages = messages_of(settings)
    if settings["conflicts"] is not None:
        write_file(conflict_lines(merged), Path(settings["conflicts"]))
    if settings["write"]:
        marked = [decision.record for decision in merged.decisions if decision.settles]
        n_new = append_decisions(sources, own, current, marked)
        messages.say(f"{own}: {counted(n_new, 'decision')} appended")
    if settings["output_format"] == "json":
        lines = [json_text(merged_record(merged))]
    else:
        lines = list(merged_lines(merged))
    write_result((f"{line}\n" for line in lines), settings["output"])
    return 0


def _rules(audit: Audit) -> dict[str, list[str]]:
    table = audit.suspects_table()
    prints, rules = (table.column(name).to_pylist() for name in ("fingerprint", "rules"))
    return dict(zip(prints, rules, strict=True))
