"""What is loaded, and how long a start takes."""

import subprocess
import sys
import time

import pytest

from tests.cli.conftest import COMMAND, DIGITS, ENVIRONMENT

HEAVY = {"numpy", "pyarrow", "pandas", "scipy", "sklearn", "cleanlab", "pydantic"}
PROBE = """
import os, sys
os._exit = sys.exit  # the process is to tell what it has loaded
sys.argv = ["labelaudit", *{arguments!r}]
from labelaudit.cli import main
try:
    main()
except SystemExit:
    pass
sys.stderr.write(" ".join(sorted({{name.partition(".")[0] for name in sys.modules}})))
"""


def loaded_by(*arguments):
    code = PROBE.format(arguments=arguments)
    finished = subprocess.run(
        [sys.executable, "-c", code], env=ENVIRONMENT, capture_output=True, text=True, check=True, timeout=60
    )
    found = set(finished.stderr.split())
    assert "labelaudit" in found
    return found


@pytest.mark.parametrize(
    "arguments",
    [
        ["--help"],
        ["scan", "--help"],
        ["validate", "--help"],
        ["predict", "--help"],
        ["rule", "LA101"],
        ["init", "-q"],
        ["scan", "--show-settings"],
        ["scan"],
    ],
)
def test_nothing_heavy_is_loaded_before_data_is_read(arguments):
    assert not loaded_by(*arguments) & HEAVY


def test_version_does_not_load_the_parser():
    assert not loaded_by("--version") & (HEAVY | {"typer", "rich"})


def test_a_scan_into_a_pipe_loads_no_more_than_its_score_needs():
    into_a_pipe = ("scan", DIGITS, "-q", "--no-save", "--output-format", "none")
    never = {"cleanlab", "pydantic", "faiss"}
    assert not loaded_by(*into_a_pipe) & never
    with_sklearn = {"sklearn", "pandas", "rich"}  # which loads the others itself
    assert not loaded_by(*into_a_pipe, "--rank-by", "em") & (never | with_sklearn)
    cleanlabs = ("--rank-by", "self-confidence")
    assert not loaded_by(*into_a_pipe, *cleanlabs) & (never | with_sklearn | {"scipy"})


def test_a_start_takes_at_most_a_third_of_importing_cleanlab():
    cleanlab = seconds([sys.executable, "-c", "import cleanlab"])
    for arguments in (["--version"], ["--help"], ["scan", "--help"]):
        assert seconds([*COMMAND, *arguments]) < 0.35 * cleanlab


def seconds(command):
    """The best of three."""
    took = []
    for _ in range(3):
        started = time.perf_counter()
        subprocess.run(command, env=ENVIRONMENT, capture_output=True, check=True, timeout=60)
        took.append(time.perf_counter() - started)
    return min(took)
