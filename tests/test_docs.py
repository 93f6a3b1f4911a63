"""What is written runs: the examples of the README, and the pages made from the program."""

from __future__ import annotations

import importlib.util
import os
import re
import subprocess
import sys
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```(python|console)\n(.*?)^```$", README, flags=re.DOTALL | re.MULTILINE)


def generator() -> ModuleType:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.mark.parametrize("name", sorted(generator().PAGES))
def test_a_generated_page_is_what_the_program_says(name: str) -> None:
    page = generator().PAGES[name]()
    assert page == (ROOT / "docs" / name).read_text(encoding="utf-8"), "run make docs"


def test_every_command_error_rule_and_scorer_is_in_the_manual() -> None:
    from labelaudit.cli.app import COMMANDS
    from labelaudit.errors import ALL_ERRORS
    from labelaudit.rules import RULES
    from labelaudit.scorers import SCORERS

    text = {path.name: path.read_text(encoding="utf-8") for path in (ROOT / "docs").glob("*.md")}
    assert all(f"## labelaudit {name}\n" in text["commands.md"] for name in COMMANDS)
    assert all(f"`{error.code}`" in text["errors.md"] for error in ALL_ERRORS)
    assert all(f"## {code} " in text["rules.md"] for code in RULES)
    assert all(f"`{name}`" in text["scorers.md"] for name in SCORERS)


def test_the_examples_of_the_readme_run_and_print_what_it_shows(tmp_path: Path) -> None:
    assert len(BLOCKS) > 5
    (tmp_path / "sample_data").symlink_to(ROOT / "sample_data")
    bin_folder = tmp_path / "bin"
    bin_folder.mkdir()
    command = bin_folder / "labelaudit"
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m labelaudit "$@"\n')
    command.chmod(0o755)
    env = {
        **{name: value for name, value in os.environ.items() if not name.startswith("LABELAUDIT_")},
        "PATH": f"{bin_folder}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
    }
    for kind, text in BLOCKS:
        if kind == "python":
            run = subprocess.run(
                [sys.executable, "-c", text],
                cwd=tmp_path,
                env=env,
                capture_output=True,
                text=True,
                check=False,
            )
            assert run.returncode == 0, run.stderr
            continue
        for step in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
            line, _, shown = step.partition("\n")
            run = subprocess.run(
                ["bash", "-c", f"{{ {line}\n}} 2>&1"],
                cwd=tmp_path,
                env=env,
                capture_output=True,
                text=True,
                check=False,
            )
            assert matches(shown, run.stdout), f"$ {line}\n{run.stdout}"


def matches(shown: str, printed: str) -> bool:
    """Whether a text is as shown, white space aside, `...` standing for anything."""
    pattern = ".*".join(re.escape(part) for part in " ".join(shown.split()).split("..."))
    return re.fullmatch(pattern, " ".join(printed.split())) is not None
