"""The command line: parse, call, render. `main` is the entry point.

`--version` is answered here, before typer is loaded.
"""

from __future__ import annotations

import os
import sys
from contextlib import suppress


def main() -> None:
    """Run the command that the process was started with, and exit."""
    if sys.argv[1:] == ["--version"]:
        with suppress(OSError):  # the app tells it better
            sys.stdout.write(version_line() + "\n")
            sys.stdout.flush()
            return
    from labelaudit.cli.app import app

    try:
        app()
    except SystemExit as end:
        # Everything is written and flushed. Arrow's threads may still be letting go of Python objects; an
        # interpreter that goes away under them would end the process with an abort.
        os._exit(end.code if isinstance(end.code, int) else 0)


def version_line() -> str:
    """Name and version, as `--version` prints them."""
    from importlib.metadata import version

    return f"labelaudit {version('labelaudit')}"
