"""`labelaudit scan`: from files to a verdict, ranked suspects and a saved audit."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from labelaudit.cli.command import as_command
from labelaudit.cli.gating import Judging, gate_options_of, hiding_of, old_version_of
from labelaudit.cli.options import DOOR, INPUTS, OF_SCAN, PREDICTION, SCORING
from labelaudit.cli.overwriting import tables_of
from labelaudit.cli.progress import ProgressBar
from labelaudit.cli.reports import append_summary, check_targets, form_of, print_report, targets_of
from labelaudit.cli.run import bar_of, messages_of, opened, refuse_no_data, settings_of
from labelaudit.cli.streams import STDOUT, Messages, write_result
from labelaudit.config import AuditOptions, PredictOptions
from labelaudit.report.gate_text import changes_line, hidden_line, verdict_line
from labelaudit.report.text import verdict, visible

if TYPE_CHECKING:
    from labelaudit.auditing import Audit
    from labelaudit.dataset import Dataset
    from labelaudit.old_versions import OldVersion
    from labelaudit.opening import Wanted
    from labelaudit.settings import Settings
    from labelaudit.types import Summary


@as_command("scan", OF_SCAN)
def command(
    paths: Annotated[
        list[str] | None, typer.Argument(metavar="PATH", help="Files, folders, or - for stdin.")
    ] = None,
    **given: Any,
) -> int:
    """Find labels that are probably wrong: check the data, score and rank its rows, save an audit.

    Examples:
      labelaudit scan data/
      labelaudit scan reviews.csv --predict --output-format csv -o suspects.csv
      zcat predictions.csv.gz | labelaudit scan - --output-format jsonl -q | head
    """
    named = paths or []
    settings = settings_of(given, named)
    if settings["show_settings"]:
        write_result((f"{line}\n" for line in settings.lines()), None)
        return 0
    refuse_no_data(named)
    messages = messages_of(settings)
    targets = targets_of(settings)
    folder = _folder(settings, named)
    _check_folder(folder)
    check_targets(settings, targets, folder, inputs=named)
    gate = gate_options_of(settings)
    hiding = hiding_of(settings, folder, gate)
    with bar_of(settings) as bar, _dataset(named, settings, messages, bar) as dataset:
        from labelaudit.auditing import audit

        check_targets(settings, targets, folder, inputs=tables_of(dataset))
        old = _old_version(dataset, named, settings)
        judging = Judging(
            options=gate,
            hiding=hiding,
            old=old,
            item_columns=dataset.item_columns,
            contents=None if old is None or old.shared is None else dataset.content_hashes(only=old.shared),
        )
        judging.check(dataset.classes, dataset.labels.splits)
        result = audit(dataset, settings.into(AuditOptions), progress=bar, command=_command(named, settings))
        result = judging.judged(result)
        bar.stop()
        _check_folder(folder)
        if folder is not None:
            from labelaudit.report.saving import save_audit

            save_audit(result, folder)
        for target in targets:
            target.write(result, folder)
        append_summary(result, settings)  # the verdict comes last: no pass is told where a file fails
        print_report(result, settings, folder)
        _tell(result, folder, settings, messages)
    for step, seconds in bar.seconds.items() if settings["verbose"] else ():
        messages.say(f"{seconds:8.2f} s  {step}")
    return 1 if refused(result.summary) and not settings["exit_zero"] else 0


def _old_version(dataset: Dataset, paths: list[str], settings: Settings) -> OldVersion | None:
    labels = [role.table.name for role in dataset.labels.roles]
    without = [table.name for table in dataset.tables if table.name not in labels]
    return old_version_of(
        settings, paths, dataset.options, dataset.classes, without, labels, dataset.item_columns
    )


@contextmanager
def _dataset(paths: list[str], settings: Settings, messages: Messages, bar: ProgressBar) -> Iterator[Dataset]:
    """The dataset with probabilities: those of its files, else predicted here."""

    def note(dataset: Dataset) -> str:
        from labelaudit.predicting import prediction_note

        return prediction_note(dataset, settings.into(PredictOptions))

    wanted: Wanted = "replaced" if settings["predict"] else "optional"
    with opened(paths, settings, messages, bar, probabilities=wanted, note=note) as dataset:
        if dataset.probabilities:
            yield dataset
            return
        from labelaudit.door.labels import check_labels
        from labelaudit.predicting import with_predictions

        codes = dataset.order.codes(dataset.labels)
        check_labels(dataset, settings.into(AuditOptions), codes, [])  # before the work, not after it
        yield with_predictions(dataset, settings.into(PredictOptions), bar)


def refused(summary: Summary) -> bool:
    """Whether a gate was declared and said no."""
    return summary.gate.declared and not summary.gate.passed


def _command(paths: list[str], settings: Settings) -> str:
    """The command that gives this audit again, whoever set what; what changes no result is left out."""
    words = ["labelaudit", "scan", *settings.arguments((INPUTS, PREDICTION, SCORING, DOOR))]
    if any(path.startswith("-") and path != STDOUT for path in paths):
        words.append("--")
    return shlex.join([*words, *paths])


def _check_folder(folder: str | None) -> None:
    """Find out whether the audit can be saved, before the work and after it."""
    from labelaudit.store import check_audit_folder

    if folder is not None:
        check_audit_folder(Path(folder))


def _folder(settings: Settings, paths: list[str]) -> str | None:
    """Where the audit is saved; None when reading stdin, unless somebody asked for it."""
    wanted = settings["save"]
    if wanted is None:
        wanted = STDOUT not in paths or settings.origin("out_dir") == "command line"
    return settings["out_dir"] if wanted else None


def _tell(result: Audit, folder: str | None, settings: Settings, messages: Messages) -> None:
    """The verdict, where the audit lies, and what to type next."""
    for notice in result.summary.notices:
        messages.say(str(notice))
    if form_of(settings) != "table" or settings["output"] is not None:  # the table says it itself
        for line in filter(None, (changes_line(result.summary), hidden_line(result.summary))):
            messages.say(line)
        messages.say(f"{verdict(result.summary)}, {verdict_line(result.summary)}")
    if folder is None:
        return
    from labelaudit.store import stale_decisions

    messages.say(f"audit saved in {folder}")
    if stale := stale_decisions(folder):
        shown = ", ".join(visible(name) for name in stale[:3]) + (", ..." if len(stale) > 3 else "")
        messages.say(f"notice[stale-decisions]: {len(stale):,} decisions do not fit a row any more: {shown}")
    for line in _next_steps(result, folder):
        messages.say(f"hint: {line}")


def _next_steps(result: Audit, folder: str) -> Iterator[str]:
    """What to type next: see it, decide, measure, ask about one row."""
    named = shlex.quote(folder)
    yield f"labelaudit report {named} --open  # the audit as a page, with its suspects in view"
    worst = next(result.shown_suspects(1), None)
    if worst is not None:
        yield f"labelaudit review serve {named}  # decide on the suspects, one key each"
    yield f"labelaudit review serve {named} --queue sample=100  # review stats then tells how many are wrong"
    if worst is not None:
        dashes = ["--"] if worst.id.startswith("-") else []
        split = (
            ["--split", worst.split] if worst.split is not None and len(result.summary.by_split) > 1 else []
        )
        explain = shlex.join(["labelaudit", "explain", folder, *split, *dashes, worst.id])
        yield f"{explain}  # why the worst row is listed"
