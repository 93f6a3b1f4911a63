"""What reports say of where a command runs: paths from the repository's root, the folder of the audit."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from tests.cli.conftest import CANCER

Run = Callable[..., Result]


@pytest.fixture
def deep(monkeypatch: pytest.MonkeyPatch) -> Path:
    """The root of a repository with data; the command runs in a folder far below."""
    root = Path.cwd() / "repository"
    for folder in ("data", "sub/deep"):
        (root / folder).mkdir(parents=True)
    shutil.copy(CANCER, root / "data" / "labels.csv")
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


def test_comments_name_the_folder_of_the_audit(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", "page.md")
    forms = ("--report", "comment.md", "--output-format", "markdown")
    for folder, *words in (
        ("my audit", "scan", CANCER, "--out-dir", "my audit", "--summary"),
        ("my audit", "report", "my audit"),
        ("./my audit/", "check", "./my audit/", "--fail-over", "100%", "--summary"),
    ):
        result = run(*words, *forms)
        assert result.exit_code == 0, result.output
        files = [Path("comment.md"), Path("page.md")] if "--summary" in words else [Path("comment.md")]
        for comment in (result.stdout, *(file.read_text() for file in files)):
            assert f"`labelaudit apply '{folder}'`" in comment
