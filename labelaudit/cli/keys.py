"""Single keys from a terminal; lines where nobody sits at one."""

from __future__ import annotations

import os
import re
import select
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType

END = ""
"""Nothing will be typed any more."""
OTHER = "\x1b"
"""What is not exactly one letter: an arrow, a paste, what a mouse or the terminal itself sends."""

_TOGETHER = 0.05
"""Seconds within which the bytes of one key arrive, also over SSH; held keys repeat more slowly."""
_PATIENCE = 1.0
"""Seconds that the end of a sequence is waited for."""
_SEQUENCE = re.compile(
    rb"\x1b(?:"
    rb"\[200~.*?\x1b\[201~"  # a bracketed paste
    rb"|\[M[^\x1b]{3}"  # a mouse, as X10 sends it
    rb"|\[(?!M|200~)[0-?]*[ -/]*[@-~]"  # CSI: arrows, Delete, other mice
    rb"|O[ -~]"  # SS3: F1 to F4
    rb"|[\]PX^_].*?(?:\x07|\x1b\\))",  # OSC, DCS, SOS, PM, APC: answers of the terminal, to BEL or ST
    re.DOTALL,
)
_BEGUN = re.compile(rb"\x1b(?:\[200~|\[M[^\x1b]{0,2}\Z|\[[0-?]*[ -/]*\Z|O\Z|[\]PX^_])")


def read_key() -> str:
    """The next key, without waiting for Enter; from a pipe, the first letter of the next line."""
    if not sys.stdin.isatty():
        return _letter_of_line()
    try:
        import termios
    except ImportError:  # Windows: a key and Enter
        return _letter_of_line()
    with _unbuffered(termios):
        return key_of(arrived_together(sys.stdin.fileno()))


def key_of(typed: bytes) -> str:
    r"""The letter that was typed alone; `OTHER` for anything else, so that no part of it is taken for a key.

    Example:
        >>> [key_of(typed) for typed in (b"1", b"\x1b[3~", b"\x1b1", b"12", b"")]
        ['1', '\x1b', '\x1b', '\x1b', '']
    """
    letters = typed.decode(errors="replace")
    return letters if len(letters) <= 1 else OTHER


def is_unfinished(typed: bytes) -> bool:
    r"""Whether the bytes end within a sequence whose end is still to come.

    Escape alone is a key: nothing has to follow.

    Example:
        >>> [is_unfinished(typed) for typed in (b"\x1b\x1b[3", b"\x1b\x1b[3~", b"\x1b", b"\x1b]11;rgb:11")]
        [True, False, False, True]
    """
    return _BEGUN.search(_SEQUENCE.sub(b".", typed)) is not None


def arrived_together(terminal: int) -> bytes:
    """What is typed next, with all that comes along with it; empty at the end."""
    typed = more = os.read(terminal, 4096)
    while more and _has_more(terminal, _PATIENCE if is_unfinished(typed) else _TOGETHER):
        more = os.read(terminal, 4096)
        typed += more
    return typed


def _has_more(terminal: int, seconds: float) -> bool:
    return bool(select.select([terminal], [], [], seconds)[0])


def _letter_of_line() -> str:
    line = sys.stdin.readline()
    return line[:1] if line.strip("\r\n") else (" " if line else END)


def read_line(question: str) -> str:
    """A line, asked for on stderr; empty at the end of what is typed."""
    sys.stderr.write(question)
    sys.stderr.flush()
    return sys.stdin.readline().strip()


@contextmanager
def _unbuffered(termios: ModuleType) -> Iterator[None]:
    """Keys as they are pressed; Ctrl-C keeps its meaning."""
    import tty

    before = termios.tcgetattr(sys.stdin)
    try:
        tty.setcbreak(sys.stdin)
        yield
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)
