"""The command line: parse, call, render. `main` is the entry point.

`--version` is answered here, before typer is loaded.
"""

from __future__ import annotations

import os
import sys
import traceback
from contextlib import suppress

BROKEN, INTERRUPTED = 3, 130
"""What a start leaves with where the app could not be loaded; else the app decides."""


def main() -> None:
    """Run the command that the process was started with, and exit."""
    if sys.argv[1:] == ["--version"]:
        with suppress(OSError):  # the app tells it better
            sys.stdout.write(version_line() + "\n")
            sys.stdout.flush()
            return
    try:
        from labelaudit.cli.app import app

        app()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else BROKEN
    except KeyboardInterrupt:
        code = INTERRUPTED
    except BaseException:  # an environment that is broken: Python's own 1 would be the gate's
        traceback.print_exc()
        code = BROKEN
    # Everything is written and flushed. Arrow's threads may still be letting go of Python objects; an
    # interpreter that goes away under them would end the process with an abort.
    os._exit(code)


def version_line() -> str:
    """Name and version, as `--version` prints them."""
    from importlib.metadata import version

    return f"labelaudit {version('labelaudit')}"
