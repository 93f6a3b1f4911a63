"""Where text goes: the result to stdout or a file, everything else to stderr.

A reader that has read enough (`| head`) closes its end. That is no fault of anybody: the rest is thrown
away, nothing is said, and the exit code stays what it would have been.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import TextIO

from labelaudit.errors import OutputError
from labelaudit.report.model import Screen
from labelaudit.report.text import visible

STDOUT = "-"
_LABELS = re.compile(r"^(error|notice)\[[^\]\s]+\]|^hint:", re.MULTILINE)


class Messages:
    """What is said beside the result."""

    def __init__(self, *, quiet: bool, color: str) -> None:
        self.quiet = quiet
        self.color = wants_color(sys.stderr, color)

    def say(self, text: str) -> None:
        """Write lines to stderr, unless quiet."""
        if not self.quiet:
            write_stderr(text, color=self.color)


def write_stderr(text: str, *, color: bool) -> None:
    """Write lines to stderr; control characters from the data are made visible."""
    lines = "\n".join(visible(line) for line in text.split("\n"))
    with suppress(OutputError):  # whom to tell, and where?
        _write(sys.stderr, [_LABELS.sub("\x1b[1m\\g<0>\x1b[0m", lines) if color else lines, "\n"])


def write_result(chunks: Iterable[str], target: str | None) -> None:
    """Write the result to stdout, or to the file of `-o`."""
    if target is None or target == STDOUT:
        _write(sys.stdout, chunks)
    else:
        write_file(chunks, Path(target))


def write_file(chunks: Iterable[str], path: Path) -> None:
    """Write a file whole or not at all: to a temporary sibling that then takes its name."""
    check_target(path)
    # Only a plain file may be replaced: a pipe or /dev/null is written to, a link leads to its file.
    plain = not path.exists() or path.is_file()
    final = path.resolve()
    working = final.with_name(f".labelaudit-{os.getpid()}.tmp") if plain else path
    try:
        with working.open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            file.writelines(chunks)
        if plain:
            if final.exists():
                shutil.copymode(final, working)
            working.replace(final)
    except BrokenPipeError:
        pass
    except OSError as error:
        raise OutputError(error.strerror or str(error), file=str(path)) from error
    finally:
        if plain:
            working.unlink(missing_ok=True)


def check_target(path: Path) -> None:
    """Find out before the work whether a file can be written there; `overwriting` tells whether it may.

    Raises:
        OutputError: it is a folder, or its folder is missing.
    """
    try:
        if path.is_dir():
            raise OutputError("is a folder", file=str(path), hint="name a file")
        if not path.absolute().parent.is_dir():
            raise OutputError("its folder does not exist", file=str(path), hint=f"mkdir -p {path.parent}")
    except OSError as error:
        raise OutputError(error.strerror or str(error), file=str(path)) from error


def screen_for(target: str | None, color: str) -> Screen:
    """The screen that the result is written for."""
    if target is not None and target != STDOUT:
        return Screen(color=color == "always")
    width = shutil.get_terminal_size(fallback=(Screen().width, 24)).columns
    return Screen(width=width, color=wants_color(sys.stdout, color))


def is_terminal(stream: TextIO | None) -> bool:
    """Whether somebody watches; a stream that was closed before we started is None."""
    return stream is not None and stream.isatty()


def wants_color(stream: TextIO | None, asked: str) -> bool:
    """Colours: as asked; else NO_COLOR, then FORCE_COLOR; else on a terminal that knows them."""
    if asked != "auto":
        return asked == "always"
    if os.environ.get("NO_COLOR"):
        return False
    if os.environ.get("FORCE_COLOR"):
        return True
    return is_terminal(stream) and os.environ.get("TERM") != "dumb"


def prepare_streams() -> None:
    """UTF-8 into files and pipes, and no character that cannot be written anywhere."""
    for stream in (sys.stdout, sys.stderr):
        if stream is not None and hasattr(stream, "reconfigure"):
            stream.reconfigure(encoding=None if stream.isatty() else "utf-8", errors="backslashreplace")


def flush_streams() -> None:
    """Write what is held back, while a closed pipe can still be forgiven."""
    for stream in (sys.stdout, sys.stderr):
        _write(stream, [])


def _write(stream: TextIO | None, chunks: Iterable[str]) -> None:
    if stream is None:
        return
    try:
        stream.writelines(chunks)
        stream.flush()
    except BrokenPipeError:
        discard(stream)
    except OSError as error:
        discard(stream)
        raise OutputError(error.strerror or str(error), file=stream.name) from error


def discard(stream: TextIO) -> None:
    """Send all that follows nowhere, so that Python's last flush cannot fail."""
    with suppress(OSError):
        descriptor = stream.fileno()
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, descriptor)
        os.close(nowhere)
