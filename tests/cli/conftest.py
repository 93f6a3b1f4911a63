"""The command line, in this process and in its own."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from labelaudit.cli.app import app

ROOT = Path(__file__).parents[2]
DIGITS = str(ROOT / "sample_data" / "digits")
CANCER = str(ROOT / "sample_data" / "breast_cancer.csv")
ENVIRONMENT = {
    **{name: value for name, value in os.environ.items() if not name.startswith("LABELAUDIT_")},
    "PYTHONPATH": str(ROOT),
    "TERMINAL_WIDTH": "100",
    "COLUMNS": "100",
    "_TYPER_FORCE_DISABLE_TERMINAL": "1",
}
COMMAND = [sys.executable, "-m", "labelaudit"]


@pytest.fixture(autouse=True)
def in_an_empty_folder(in_the_checkout: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings but those of the test."""
    monkeypatch.chdir(tmp_path)
    for name in list(os.environ):
        if name.startswith("LABELAUDIT_") or name in ("NO_COLOR", "FORCE_COLOR"):
            monkeypatch.delenv(name)


@pytest.fixture
def run() -> Callable[..., Result]:
    """Run a command in this process."""

    def run(*args: str, **extra: object) -> Result:
        return CliRunner().invoke(app, list(args), **extra)  # type: ignore[arg-type]

    return run


@pytest.fixture
def process() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run a command in a process of its own."""

    def process(*args: str, env: dict[str, str] | None = None, **extra: object):
        return subprocess.run(
            [*COMMAND, *args],
            env=ENVIRONMENT | (env or {}),
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            **extra,
        )

    return process
