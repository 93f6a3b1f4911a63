"""Single keys from a terminal; lines where nobody sits at one."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO

END = ""
"""Nothing will be typed any more."""
ESCAPE = "\x1b"
"""How the keys that are no letters begin."""


def read_key() -> str:
    """The next key, without waiting for Enter; from a pipe, the first letter of the next line."""
    if not sys.stdin.isatty():
        line = sys.stdin.readline()
        return line[:1] if line.strip("\n") else (" " if line else END)
    with _unbuffered():
        return one_key(sys.stdin)


def one_key(stream: TextIO) -> str:
    r"""One key: Delete sends an escape, then `[3~`, in which 3 is no decision.

    Example:
        >>> from io import StringIO
        >>> typed = StringIO("\x1b[3~1\x1bOP2")
        >>> [one_key(typed) for _ in range(4)]
        ['\x1b', '1', '\x1b', '2']
    """
    key = stream.read(1)
    if key != ESCAPE:
        return key
    key = stream.read(1)
    if key not in ("[", "O"):
        return key  # Escape alone, and the key behind it
    while (key := stream.read(1)) and not "@" <= key <= "~":
        pass
    return ESCAPE


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
