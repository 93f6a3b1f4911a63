"""`labelaudit check`: a gate on a saved audit."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from labelaudit.cli.command import as_command
from labelaudit.cli.gating import Judging, gate_options_of, hiding_of, old_version_of
from labelaudit.cli.options import GATE, OPTIONS
from labelaudit.cli.reports import append_summary, check_targets, print_report, targets_of
from labelaudit.cli.run import messages_of, settings_of
from labelaudit.cli.streams import write_result
from labelaudit.errors import UsageError
from labelaudit.report.gate_text import changes_line, hidden_line, rule_line, verdict_line

if TYPE_CHECKING:
    from collections.abc import Iterator

    from labelaudit.auditing import Audit
    from labelaudit.settings import Settings
    from labelaudit.types import Summary

_OPTIONS = [
    *(option for option in OPTIONS.values() if option.panel == GATE),
    *(
        OPTIONS[name]
        for name in (
            "output_format",
            "output",
            "report",
            "top",
            "summary",
            "show_text",
            "exit_zero",
            "quiet",
            "color",
            "config",
        )
    ),
]


@as_command("check", _OPTIONS)
def command(
    audit: Annotated[str, typer.Argument(metavar="AUDIT", help="Folder of a saved audit.")],
    **given: Any,
) -> int:
    """Apply a gate to a saved audit, without scoring anything; the verdict goes to stdout.

    Examples:
      labelaudit check labelaudit-out --fail-over 2%
      labelaudit check labelaudit-out --fail-on-new --baseline labelaudit.baseline.json
      labelaudit check labelaudit-out --against origin/main --fail-over 5% --confidence 0.95
    """
    from labelaudit.gate import reviewed_limit_of
    from labelaudit.gated import GATING_NOTICES
    from labelaudit.same_inputs import check_inputs, refuse_other_tables
    from labelaudit.store import load_audit

    saved = load_audit(audit)
    summary = saved.summary
    settings = settings_of(given, summary.paths)
    messages = messages_of(settings)
    gate = gate_options_of(settings)
    if settings["fail_over_reviewed"] is not None:
        gate = replace(gate, limits=(*gate.limits, reviewed_limit_of(settings["fail_over_reviewed"])))
    if not gate.declared:
        raise UsageError(
            "no gate is declared",
            hint="--fail-over 2%, --fail-over-reviewed 3%, --fail-on-new, --against REF, or [gate]",
        )
    targets = targets_of(settings)
    check_targets(settings, targets, audit, saved)
    inputs = [file for file in summary.inputs if file.path != "<stdin>"]
    unseen = check_inputs(inputs)
    saved = replace(saved, read_summary=lambda: replace(summary, notices=(*summary.notices, *unseen)))
    refuse_other_tables(summary.paths, inputs, saved.input_options)
    judging = Judging(options=gate, hiding=hiding_of(settings, audit, gate))
    if settings["against"] is not None:
        judging = _compared(judging, saved, settings)
    result = judging.judged(saved)
    for target in targets:
        target.write(result, audit)
    append_summary(result, settings, audit)  # the verdict comes last: no pass is told where a file fails
    if settings["output_format"] is None:
        write_result((f"{line}\n" for line in verdict_lines(result.summary)), settings["output"])
    else:
        print_report(result, settings, audit)
    for notice in result.summary.notices:
        if notice.code in GATING_NOTICES:
            messages.say(str(notice))
    return 1 if not result.summary.gate.passed and not settings["exit_zero"] else 0


def verdict_lines(summary: Summary) -> Iterator[str]:
    """The verdict, its limits, what changed, what is hidden, and whether the data could be compared."""
    from labelaudit.same_inputs import INPUTS_ABSENT

    yield verdict_line(summary)
    yield from map(rule_line, summary.gate.rules)
    yield from filter(None, (changes_line(summary), hidden_line(summary)))
    yield from (str(notice) for notice in summary.notices if notice.code == INPUTS_ABSENT)


def _compared(judging: Judging, audit: Audit, settings: Settings) -> Judging:
    """With the old version, and what of the new one is compared, read by the options of the scan."""
    from labelaudit.io.tables import open_table
    from labelaudit.old_versions import label_tables

    files: dict[bool, list[str]] = {True: [], False: []}
    for file in audit.summary.inputs:
        files["labels" in file.roles].append(file.path)
    options, classes = audit.input_options, audit.class_names
    new = None
    if all(Path(file).is_file() for file in files[True]):
        tables = [open_table(Path(file), name=file) for file in files[True]]
        new = label_tables(tables, options, classes, name="")
    old = old_version_of(
        settings,
        audit.summary.paths,
        options,
        classes,
        without=files[False],
        label_files=files[True],
        item_columns=None if new is None else new.item_columns,
    )
    if new is None or old is None:
        return replace(judging, old=old)
    contents = None if old.shared is None else new.contents(old.shared)
    return replace(judging, old=old, item_columns=new.item_columns, contents=contents)
