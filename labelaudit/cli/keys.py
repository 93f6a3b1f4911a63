"""Single keys from a terminal; lines where nobody sits at one."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager

END = ""
"""Nothing will be typed any more."""


def read_key() -> str:
    """The next key, without waiting for Enter; from a pipe, the first letter of the next line."""
    if not sys.stdin.isatty():
        line = sys.stdin.readline()
        return line[:1] if line.strip("\n") else (" " if line else END)
    with _unbuffered():
        return sys.stdin.read(1)


def read_line(question: str) -> str:
    """A line, asked for on stderr; empty at the end of what is typed."""
    sys.stderr.write(question)
    sys.stderr.flush()
    return sys.stdin.readline().strip()


@contextmanager
def _unbuffered() -> Iterator[None]:
    """Keys as they are pressed; Ctrl-C keeps its meaning."""
    try:
        import termios
        import tty
    except ImportError:  # Windows: a key and Enter
        yield
        return
    before = termios.tcgetattr(sys.stdin)
    try:
        tty.setcbreak(sys.stdin)
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
