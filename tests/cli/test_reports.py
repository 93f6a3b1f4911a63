"""What reports take from where a command runs: the root of the repository."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from tests.cli.conftest import DIGITS

Run = Callable[..., Result]


@pytest.fixture
def deep(monkeypatch: pytest.MonkeyPatch) -> Path:
    """The root of a repository with data; the command runs in a folder far below."""
    root = Path.cwd() / "repository"
    shutil.copytree(DIGITS, root / "data")
    (root / "sub" / "deep").mkdir(parents=True)
    monkeypatch.chdir(root / "sub" / "deep")
    return root


def paths(run: Run, *words: str) -> set[str]:
    result = run(*words, "--output-format", "gitlab")
    assert result.exit_code == 0, result.output
    return {issue["location"]["path"] for issue in json.loads(result.stdout)}


@pytest.mark.parametrize("absolute", [False, True])
@pytest.mark.parametrize("worktree", [False, True])
def test_annotations_name_files_from_the_root(run: Run, deep: Path, absolute: bool, worktree: bool) -> None:
    if worktree:
        (deep / ".git").write_text("gitdir: elsewhere\n")
    else:
        (deep / ".git").mkdir()
    data = str(deep / "data") if absolute else "../../data"
    assert paths(run, "scan", data) == {"data/labels.csv"}
    assert paths(run, "report", "labelaudit-out") == {"data/labels.csv"}


def test_outside_of_a_repository_files_are_named_as_given(run: Run, deep: Path) -> None:
    assert paths(run, "scan", "../../data", "--no-save") == {"../../data/labels.csv"}
