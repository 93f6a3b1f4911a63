"""`labelaudit init`: a commented labelaudit.toml and a CI job to start from."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from labelaudit.cli.ci_jobs import (
    GITHUB_FILE,
    GITHUB_JOB,
    GITLAB_FILE,
    GITLAB_INCLUDE,
    GITLAB_JOB,
    GITLAB_PIPELINE,
)
from labelaudit.cli.command import as_command
from labelaudit.cli.options import FORCE, GATE, OPTIONS, OUTPUT
from labelaudit.cli.run import messages_of
from labelaudit.cli.streams import write_file, write_result
from labelaudit.config import BASELINE_FILE, IGNORE_FILE
from labelaudit.errors import OutputError
from labelaudit.settings import CONFIG_FILE, GATE_TABLES, Option, Settings, command_line, toml_value

_HEAD = """\
# Settings of labelaudit. Every option is listed with its default; take the "#" away to pin one.
# Stronger than this file: the command line, LABELAUDIT_* variables, --config FILE.
# `labelaudit scan --show-settings` tells what holds and why. Paths count from this file's folder.
"""

_GATE_HEAD = """
# Limits on suspects. Without any, and without against, no gate is declared and suspects fail nothing.
[gate]
"""

_LIMITS = {"max-count": 10, "informational": False}
_EXAMPLES: dict[str, Any] = {
    "fail_over": "2%",
    "fail_over_reviewed": "3%",
    "against": "origin/main",
    "confidence": 0.95,
    "baseline": BASELINE_FILE,
    "ignore_file": IGNORE_FILE,
    "gate_dataset": {"max-rate": "2%", **_LIMITS},
    "gate_changes": {"max-rate": "5%", **_LIMITS},
}
"""Of options whose metavar would be no value."""

_JOBS = {"github": {GITHUB_FILE: GITHUB_JOB}, "gitlab": {GITLAB_FILE: GITLAB_JOB}}

_OPTIONS = [
    Option(
        name="ci",
        help="Which CI the job is for.",
        kind="choice",
        default="github",
        choices=tuple(_JOBS),
        metavar="github|gitlab",
        panel=OUTPUT,
        pinned=False,
    ),
    replace(FORCE, help="Overwrite files that exist; a .gitlab-ci.yml never is."),
    OPTIONS["quiet"],
    OPTIONS["color"],
]


@as_command("init", _OPTIONS)
def command(
    folder: Annotated[str, typer.Argument(metavar="FOLDER", help="Where to write; here by default.")] = ".",
    **given: Any,
) -> int:
    """Write a commented labelaudit.toml and a CI job; files that exist are left alone.

    The job is a workflow of GitHub, or for GitLab .gitlab/labelaudit.yml and, where there is none, a
    .gitlab-ci.yml that includes it.

    Examples:
      labelaudit init
      labelaudit init my-dataset --ci gitlab
      labelaudit init --force
    """
    settings = Settings(_OPTIONS, [command_line(given)])  # not from the file that is to be written
    jobs = _JOBS[settings["ci"]]
    wanted = {Path(folder, name): text for name, text in {CONFIG_FILE: "".join(_config()), **jobs}.items()}
    left_alone = [path for path in wanted if path.exists() and not settings["force"]]
    files = {path: text for path, text in wanted.items() if path not in left_alone}
    pipeline = Path(folder, GITLAB_PIPELINE)
    has_pipeline = pipeline.exists()
    if settings["ci"] == "gitlab" and not has_pipeline:
        files[pipeline] = GITLAB_INCLUDE
    if not files:
        raise OutputError(
            "exist already",
            file=" and ".join(map(str, left_alone)),
            hint="--force overwrites them; nothing was written",
        )
    for path, text in files.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(error.strerror or str(error), file=str(path.parent)) from error
        write_file([text], path)
    write_result((f"{path}\n" for path in files), None)
    messages = messages_of(settings)
    for path in left_alone:
        messages.say(f"{path}: exists, left alone")
    new_jobs = [name for name in jobs if Path(folder, name) in files]
    adapt = f"adapt the marked lines of {' and '.join(new_jobs)}, then " if new_jobs else ""
    messages.say(f"hint: {adapt}commit all files")
    if settings["ci"] == "gitlab" and has_pipeline:
        messages.say(
            f"hint: {pipeline} is as it was; 'include: [local: {GITLAB_FILE}]' in it takes in the job"
        )
    return 0


def _config() -> Iterator[str]:
    """The text of labelaudit.toml; the table of the gate stands last, as TOML wants it."""
    yield _HEAD
    panel = ""
    for option in sorted(OPTIONS.values(), key=lambda option: option.panel == GATE):
        if not option.pinned:
            continue
        if option.panel != panel:
            panel = option.panel
            yield f"\n# ---- {panel} ----\n"
            yield _GATE_HEAD if panel == GATE else ""
        choices = f" One of {', '.join(option.choices)}." if option.kind == "choice" else ""
        unset = " Not set by default; an example:" if option.default in (None, {}) else ""
        about = textwrap.wrap(f"{option.help}{choices}{unset}", 100)
        yield "\n" + "".join(f"# {line}\n" for line in about)
        yield from _lines(option)


def _lines(option: Option) -> Iterator[str]:
    """An option as it may be given; a table has a line a key, so that each can be taken in alone."""
    shown = _shown(option)
    if option.kind != "table":
        yield f"# {option.dashed} = {toml_value(shown)}\n"
        return
    table = next(key for key, name in GATE_TABLES.items() if name == option.name)
    for key, value in shown.items():
        yield f"# {table}.{key} = {toml_value(value)}\n"


def _shown(option: Option) -> Any:
    """The default, or where there is none a value of the right kind."""
    if option.name in _EXAMPLES:
        return _EXAMPLES[option.name]
    if option.default is not None:
        return option.default
    examples = {
        "flag": True,
        "number": 25,
        "list": [option.metavar],
        "choice": next(iter(option.choices), ""),
    }
    return examples.get(option.kind, option.metavar)
