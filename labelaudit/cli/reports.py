"""Which form a result takes, and the files of `--report`."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from labelaudit.cli.options import REPORT_FORMATS
from labelaudit.cli.overwriting import check_results
from labelaudit.cli.streams import STDOUT, check_target, is_terminal, screen_for, write_file, write_result
from labelaudit.errors import OutputError, UsageError
from labelaudit.report import renderer
from labelaudit.report.model import Report, Screen, report_of
from labelaudit.report.self_tested import read_self_test

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from labelaudit.auditing import Audit
    from labelaudit.report.views import Views
    from labelaudit.settings import Settings
    from labelaudit.types import Suspect

PARQUET = "parquet"
STEP_SUMMARY = "GITHUB_STEP_SUMMARY"
SAVED_FORMS = (PARQUET, "csv", "jsonl")
"""Written as in the saved audit, to the byte."""
SUFFIXES = {
    ".md": "markdown",
    ".html": "html",
    ".htm": "html",
    ".csv": "csv",
    ".jsonl": "jsonl",
    ".json": "json",
    ".parquet": PARQUET,
    ".sarif": "sarif",
    ".xml": "junit",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """A file to write a report to."""

    form: str
    path: Path
    settings: Settings

    def write(self, audit: Audit, folder: str | None = None) -> None:
        """Write all suspects; `--top` limits what is printed only.

        Args:
            audit: fresh or loaded.
            folder: where it is saved; None for that of the settings.
        """
        if self.form in SAVED_FORMS:
            from labelaudit.store import write_suspects

            check_target(self.path)
            write_suspects(audit, self.path, self.form)
        else:
            report = _report(audit, self.settings, folder)
            write_file(renderer(self.form)(report, Screen()), self.path)


def targets_of(settings: Settings) -> list[Target]:
    """What `--report` asks for: FORM=FILE, or a FILE whose suffix tells.

    Raises:
        UsageError: a suffix that does not tell, or two reports in one file.
    """
    targets = []
    for text in settings["report"]:
        form, equals, file = text.partition("=")
        if not equals or form not in REPORT_FORMATS:
            form, file = SUFFIXES.get(Path(text).suffix.lower(), ""), text
        if not form:
            hint = (
                f"FORM=FILE with one of {', '.join(REPORT_FORMATS)}; or a name ending in {' '.join(SUFFIXES)}"
            )
            raise UsageError(f"--report {text}: its suffix tells no form", hint=hint)
        form = "markdown" if form == "md" else form
        targets.append(Target(form=form, path=Path(file), settings=settings))
    if len({target.path for target in targets}) < len(targets):
        raise UsageError("--report: two reports in one file", hint="give each its own")
    return targets


def form_of(settings: Settings) -> str:
    """The form of the result: as asked; else by the suffix of -o; else by who reads."""
    if settings["output_format"] is not None:
        return str(settings["output_format"])
    target = settings["output"]
    if target in (None, STDOUT):
        return "table" if is_terminal(sys.stdout) else "concise"
    form = SUFFIXES.get(Path(target).suffix.lower(), "concise")
    if form == PARQUET:
        raise UsageError("-o writes text", hint=f"for Parquet give --report {target}")
    return form


def print_report(audit: Audit, settings: Settings, folder: str | None = None) -> None:
    """Write the result where it goes, `--top` suspects of it; `folder` as of `Target.write`."""
    target = settings["output"]
    report = _report(audit, settings, folder, settings["top"])
    write_result(renderer(form_of(settings))(report, screen_for(target, settings["color"])), target)


def _report(audit: Audit, settings: Settings, folder: str | None, top: int | None = None) -> Report:
    from labelaudit.store import SELF_TEST

    more_roots = settings.get("media_root", ())

    def read_views(suspects: Sequence[Suspect]) -> Views:
        from labelaudit.report.views import views_of

        return views_of(suspects, audit, folder, more_roots=more_roots)

    where = settings["out_dir"] if folder is None else folder
    return report_of(
        audit,
        top=top,
        texts=texts_of(audit, settings),
        read_views=read_views,
        root=_root(),
        folder=where,
        self_test=None if folder is None else read_self_test(Path(folder, SELF_TEST), audit.summary),
    )


def check_targets(
    settings: Settings,
    targets: Iterable[Target],
    folder: str | None,
    audit: Audit | None = None,
    inputs: Iterable[str | Path] = (),
) -> None:
    """Find out whether all can be written, before anything is, and nothing is lost; as of `check_results`."""
    from labelaudit.store import PAGE

    read = [*inputs, *settings.files_read()]
    files = [target.path for target in targets]
    if settings["output"] not in (None, STDOUT):
        files.append(Path(settings["output"]))
    if settings["summary"]:
        if not os.environ.get(STEP_SUMMARY):
            raise UsageError(
                f"--summary, but {STEP_SUMMARY} names no file",
                hint="GitHub Actions sets it; elsewhere give --report markdown=FILE",
            )
        files.append(Path(os.environ[STEP_SUMMARY]))
    check_results(files, folder, audit, read, purpose=[PAGE])


def append_summary(audit: Audit, settings: Settings, folder: str | None = None) -> None:
    """Append the comment to the page that GitHub shows of a job; `folder` as of `Target.write`."""
    if not settings["summary"]:
        return
    path = Path(os.environ[STEP_SUMMARY])
    report = _report(audit, settings, folder)
    try:
        with path.open("a", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            file.writelines(renderer("markdown")(report, Screen()))
    except OSError as error:
        raise OutputError(error.strerror or str(error), file=str(path)) from error


def _root() -> str | None:
    """The root of the repository that the current folder lies in; a worktree's `.git` is a file."""
    here = Path.cwd()
    return next((str(folder) for folder in (here, *here.parents) if (folder / ".git").exists()), None)


def texts_of(audit: Audit, settings: Settings) -> dict[str, str]:
    """What the worst suspects say, where somebody asked for it; by fingerprint."""
    if not settings["show_text"]:
        return {}
    from labelaudit.previews import previews_of
    from labelaudit.report.comment import TOP_EXAMPLES

    worst = list(audit.shown_suspects(TOP_EXAMPLES if settings["top"] is None else settings["top"]))
    previews = previews_of(worst, audit, wanted=["text"])
    return {fingerprint: preview.text for fingerprint, preview in previews.items() if preview.text}
