"""Files whole or not at all; colours; progress."""

import os
import stat
import sys
from io import StringIO
from pathlib import Path

import pytest

from labelaudit.cli import progress
from labelaudit.cli.progress import ProgressBar
from labelaudit.cli.streams import wants_color, write_file
from labelaudit.errors import OutputError
from labelaudit.types import ProgressEvent


class Terminal(StringIO):
    def isatty(self):
        return True


def failing():
    yield "half"
    raise KeyboardInterrupt


def test_an_interrupted_write_leaves_the_old_file_and_nothing_else():
    Path("r.txt").write_text("old")
    with pytest.raises(KeyboardInterrupt):
        write_file(failing(), Path("r.txt"))
    assert [(path.name, path.read_text()) for path in Path().iterdir()] == [("r.txt", "old")]


def test_a_written_file_keeps_its_mode_and_its_link():
    Path("r.txt").write_text("old")
    Path("r.txt").chmod(0o600)
    Path("link.txt").symlink_to("r.txt")
    write_file(["new"], Path("link.txt"))
    assert Path("link.txt").is_symlink()
    assert Path("r.txt").read_text() == "new"
    assert stat.S_IMODE(Path("r.txt").stat().st_mode) == 0o600


def test_a_device_is_written_to_and_not_replaced():
    write_file(["gone"], Path("/dev/null"))
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


def test_what_utf8_cannot_hold_is_spelled_out():
    write_file(["a\udc80b"], Path("r.txt"))
    assert Path("r.txt").read_text() == "a\\udc80b"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_folder_without_permission_is_an_output_error():
    Path("locked").mkdir(mode=0o500)
    with pytest.raises(OutputError, match="Permission denied"):
        write_file(["x"], Path("locked/r.txt"))


@pytest.mark.parametrize(
    ("environ", "asked", "terminal", "expected"),
    [
        ({}, "auto", True, True),
        ({}, "auto", False, False),
        ({"FORCE_COLOR": "1"}, "auto", False, True),
        ({"NO_COLOR": "1"}, "auto", True, False),
        ({"NO_COLOR": "1", "FORCE_COLOR": "1"}, "auto", True, False),
        ({"NO_COLOR": ""}, "auto", True, True),
        ({"NO_COLOR": "1"}, "always", False, True),
        ({"FORCE_COLOR": "1"}, "never", True, False),
        ({"TERM": "dumb"}, "auto", True, False),
    ],
)
def test_colour_is_as_asked_then_as_the_environment_says(monkeypatch, environ, asked, terminal, expected):
    monkeypatch.setenv("TERM", "xterm")
    for name, value in environ.items():
        monkeypatch.setenv(name, value)
    assert wants_color(Terminal() if terminal else StringIO(), asked) is expected


def test_progress_adds_up_the_time_of_each_step():
    bar = ProgressBar(shown=False)
    for step in ("reading", "reading", "scoring"):
        bar(ProgressEvent(step, 1, 2))
    assert set(bar.seconds) == {"reading", "scoring"}


@pytest.mark.parametrize(
    ("shown", "patience", "appears"), [(True, 0, True), (True, 60, False), (False, 0, False)]
)
def test_the_bar_appears_on_a_terminal_when_work_takes_long_and_leaves(monkeypatch, shown, patience, appears):
    monkeypatch.setattr(sys, "stderr", screen := Terminal())
    monkeypatch.setattr(progress, "PATIENCE", patience)
    monkeypatch.setattr(progress, "REDRAW", 0)
    monkeypatch.setenv("TERM", "xterm")
    with ProgressBar(shown=shown) as bar:
        bar(ProgressEvent("reading labels", 10, 100))
        bar(ProgressEvent("scoring", 50, None))
        bar.stop()
        bar(ProgressEvent("scoring", 80, None))
    assert ("reading labels" in screen.getvalue()) is appears
    assert ("80 rows" in screen.getvalue()) is appears
    if appears:
        assert screen.getvalue().rstrip("\r").endswith("\x1b[2K")
