"""`labelaudit init`: a commented labelaudit.toml and a CI workflow to start from."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from labelaudit.cli.command import as_command
from labelaudit.cli.options import OPTIONS, OUTPUT
from labelaudit.cli.run import messages_of
from labelaudit.cli.streams import write_file, write_result
from labelaudit.errors import OutputError
from labelaudit.settings import CONFIG_FILE, Option, Settings, command_line, toml_value

WORKFLOW_FILE = ".github/workflows/labelaudit.yml"

_HEAD = """\
# Settings of labelaudit. Every option is listed with its default; take the "#" away to pin one.
# Stronger than this file: the command line, LABELAUDIT_* variables, --config FILE.
# `labelaudit scan --show-settings` tells what holds and why. Paths count from this file's folder.
"""

_WORKFLOW = """\
# A template, written by `labelaudit init`: adapt the two marked lines before you commit it.
#
# Today this job fails only when the data could not be audited (exit code 2) or labelaudit itself broke
# (3). Suspects do not fail it: the options that declare a gate come with a later version.
name: labelaudit

on:
  pull_request:
  workflow_dispatch:

permissions:
  contents: read

jobs:
  labels:
    runs-on: ubuntu-latest
    steps:
      - uses: actions/checkout@v4
      - uses: actions/setup-python@v5
        with:
          python-version: "3.12"
      - run: python -m pip install "git+https://github.com/OWNER/labelaudit" # adapt: where labelaudit lives
      - run: labelaudit scan data --output-format concise # adapt: where the data is
      - uses: actions/upload-artifact@v4
        if: always()
        with:
          name: labelaudit-out
          path: labelaudit-out
          if-no-files-found: ignore
"""

_OPTIONS = [
    Option(
        name="force",
        help="Overwrite files that exist.",
        kind="flag",
        default=False,
        panel=OUTPUT,
        pinned=False,
    ),
    OPTIONS["quiet"],
    OPTIONS["color"],
]


@as_command("init", _OPTIONS)
def command(
    folder: Annotated[str, typer.Argument(metavar="FOLDER", help="Where to write; here by default.")] = ".",
    **given: Any,
) -> int:
    """Write a commented labelaudit.toml and a CI workflow, over nothing that exists.

    Examples:
      labelaudit init
      labelaudit init my-dataset
      labelaudit init --force
    """
    settings = Settings(_OPTIONS, [command_line(given)])  # not from the file that is to be written
    files = {Path(folder, CONFIG_FILE): "".join(_config()), Path(folder, WORKFLOW_FILE): _WORKFLOW}
    for path in files:
        if path.exists() and not settings["force"]:
            raise OutputError(
                "exists already", file=str(path), hint="--force overwrites it; nothing was written"
            )
    for path, text in files.items():
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(error.strerror or str(error), file=str(path.parent)) from error
        write_file([text], path)
    write_result((f"{path}\n" for path in files), None)
    messages_of(settings).say(f"hint: adapt the marked lines of {WORKFLOW_FILE}, then commit both files")
    return 0


def _config() -> Iterator[str]:
    yield _HEAD
    panel = ""
    for option in OPTIONS.values():
        if not option.pinned:
            continue
        if option.panel != panel:
            panel = option.panel
            yield f"\n# ---- {panel} ----\n"
        choices = f" One of {', '.join(option.choices)}." if option.kind == "choice" else ""
        unset = " Not set by default; an example:" if option.default is None else ""
        about = textwrap.wrap(f"{option.help}{choices}{unset}", 100)
        yield "\n" + "".join(f"# {line}\n" for line in about)
        yield f"# {option.dashed} = {toml_value(_shown(option))}\n"


def _shown(option: Option) -> Any:
    """The default, or where there is none a value of the right kind."""
    if option.default is not None:
        return option.default
    examples = {
        "flag": True,
        "number": 25,
        "list": [option.metavar],
        "choice": next(iter(option.choices), ""),
    }
    return examples.get(option.kind, option.metavar)
