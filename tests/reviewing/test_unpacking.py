"""What killed reviews leave in the temporary folder is cleared, and nothing else."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from labelaudit.reviewing.unpacking import ALIVE, PREFIX, unpacking_folder

HOLDS = """
from labelaudit.reviewing.unpacking import unpacking_folder
with unpacking_folder() as folder:
    print(folder.parent, flush=True)
    input()
"""


@pytest.fixture(autouse=True)
def temporary(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    return tmp_path


def aged(folder: Path) -> Path:
    os.utime(folder / ALIVE, (0, 0))
    return folder


@pytest.mark.skipif(sys.platform == "win32", reason="nothing is cleared there")
def test_folders_of_killed_reviews_are_cleared_and_those_of_living_ones_stay(temporary: Path) -> None:
    environment = os.environ | {"TMPDIR": str(temporary)}
    holding = [
        subprocess.Popen(
            [sys.executable, "-c", HOLDS],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment,
        )
        for _ in range(2)
    ]
    killed, living = (aged(Path((process.stdout or sys.stdin).readline().strip())) for process in holding)
    holding[0].send_signal(signal.SIGKILL)
    holding[0].communicate(timeout=30)
    with unpacking_folder():
        assert not killed.exists()
        assert living.exists()
    holding[1].communicate("\n", timeout=30)
    assert list(temporary.iterdir()) == []


def test_what_is_not_ours_or_still_young_stays(temporary: Path) -> None:
    for name in ("elsewhere", f"{PREFIX}young", f"{PREFIX}without"):
        (temporary / name).mkdir()
    (temporary / f"{PREFIX}young" / ALIVE).touch()
    (temporary / "elsewhere" / ALIVE).touch()
    aged(temporary / "elsewhere")
    (temporary / f"{PREFIX}link").symlink_to(temporary / "elsewhere")
    before = sorted(temporary.iterdir())
    with unpacking_folder() as folder:
        (folder / "picture.png").write_bytes(b"x")
    assert sorted(temporary.iterdir()) == before
    assert (temporary / "elsewhere" / ALIVE).exists()
