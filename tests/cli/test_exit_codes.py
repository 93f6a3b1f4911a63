"""How a run ends: codes, pipes, interrupts, bugs."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import typer

from labelaudit.cli.command import as_command
from labelaudit.errors import LabelAuditError
from tests.cli.conftest import CANCER, COMMAND, DIGITS, ENVIRONMENT


def stand_in(monkeypatch, function):
    """Put a command of the test in the place of `rule`."""
    monkeypatch.setattr("labelaudit.cli.rule.command", as_command("rule", [])(function))


def shell(script, env=None):
    words = " ".join(f"'{word}'" for word in COMMAND)
    return subprocess.run(
        ["bash", "-c", f'labelaudit() {{ {words} "$@"; }}; {script}'],
        env=ENVIRONMENT | (env or {}),
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        (["rule"], 0),
        (["--help"], 0),
        (["--version"], 0),
        (["scan", CANCER, "-q"], 0),
        ([], 2),
        (["scan"], 2),
        (["scan", "nowhere"], 2),
        (["scan", DIGITS, "--fliter", "x"], 2),
        (["explain", "nowhere", "1"], 2),
        (["scna"], 2),
    ],
)
def test_codes_are_the_same_in_the_process_and_in_the_runner(run, process, arguments, code):
    assert run(*arguments).exit_code == code
    finished = process(*arguments)
    assert finished.returncode == code
    assert "Traceback" not in finished.stderr


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["scan", DIGITS, "--fliter", "x"],
            "error[usage]: No such option: --fliter\nhint: did you mean --filter",
        ),
        (["scna"], "error[usage]: No such command 'scna'. Did you mean 'scan'?\nhint: labelaudit --help\n"),
        (["explain"], "error[usage]: Missing argument 'AUDIT'.\nhint: labelaudit explain --help\n"),
        (["scan", DIGITS, "--seed"], "error[usage]: Option '--seed' requires an argument.\nhint: "),
    ],
)
def test_usage_errors_have_the_form_of_all_errors(run, arguments, message):
    result = run(*arguments)
    assert result.stderr.startswith(message)
    assert result.stdout == ""


def test_a_bug_is_3_with_traceback_and_a_plea(run, monkeypatch):
    def broken() -> int:
        """Break."""
        raise ValueError("oh")

    stand_in(monkeypatch, broken)
    result = run("rule")
    assert result.exit_code == 3
    assert "Traceback" in result.stderr
    assert "ValueError: oh" in result.stderr
    assert result.stderr.endswith("please report it with the lines above and the command you ran\n")


def test_only_what_a_command_returns_is_1(run, monkeypatch):
    def refusing() -> int:
        """Say no."""
        return 1

    stand_in(monkeypatch, refusing)
    assert run("rule").exit_code == 1


@pytest.mark.parametrize(
    ("error", "code"), [(LabelAuditError("no"), 2), (typer.BadParameter("no"), 2), (KeyboardInterrupt(), 130)]
)
def test_what_a_command_raises_decides_the_code(run, monkeypatch, error, code):
    def raising() -> int:
        """Raise."""
        raise error

    stand_in(monkeypatch, raising)
    result = run("rule")
    assert result.exit_code == code
    assert "Traceback" not in result.stderr


def test_errors_are_coloured_only_where_asked(run):
    assert "\x1b[" not in run("scan", "nowhere").stderr
    assert run("scan", "nowhere", "--color", "always").stderr.startswith(
        "\x1b[1merror[file-not-found]\x1b[0m: "
    )
    assert run("scan", "nowhere", env={"FORCE_COLOR": "1"}).stderr.startswith("\x1b[1merror")
    assert "\x1b[" not in run("scan", "nowhere", "--color=never", env={"FORCE_COLOR": "1"}).stderr


def test_control_characters_in_an_error_are_made_visible(run):
    assert "\\x1b[31m" in run("scan", "\x1b[31mred").stderr


@pytest.mark.parametrize(
    "command",
    [
        "rule",
        "--help",
        "--version",
        "scan --help",
        f"scan {CANCER} -q --no-save",
        f"scan {CANCER} --output-format jsonl",
    ],
)
def test_a_closed_pipe_changes_no_code_and_says_nothing(command):
    finished = shell(f"labelaudit {command} | true; echo ${{PIPESTATUS[0]}}")
    assert finished.stdout == "0\n"
    assert "Traceback" not in finished.stderr
    assert "BrokenPipe" not in finished.stderr


def test_a_closed_pipe_leaves_the_audit_saved():
    shell(f"labelaudit scan {CANCER} -q | true")
    assert Path("labelaudit-out/summary.json").is_file()


def test_a_closed_stderr_changes_no_code_and_loses_no_result():
    command = f"labelaudit scan {CANCER} --no-save"
    whole = shell(f"{command} | wc -l").stdout
    assert shell(f"{command} 2> >(true) | wc -l; echo ${{PIPESTATUS[0]}}").stdout == f"{whole}0\n"


def test_the_head_of_a_stream_is_clean_json():
    finished = shell(f"labelaudit scan - --output-format jsonl -q < {CANCER} | head -1")
    assert finished.stdout.startswith('{"rank": 1, ')
    assert finished.stdout.count("\n") == 1
    assert finished.stderr == ""


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
@pytest.mark.parametrize("command", ["rule", "--help", "--version", f"scan {CANCER} -q --no-save"])
def test_a_full_disk_is_2(command):
    finished = shell(f"labelaudit {command} > /dev/full; echo $?")
    assert finished.stdout == "2\n"
    assert "error[output]" in finished.stderr
    assert "Traceback" not in finished.stderr


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")
def test_a_message_that_cannot_be_written_changes_no_code():
    assert shell("labelaudit scan nowhere 2> /dev/full; echo $?").stdout == "2\n"


def test_an_interrupt_is_130_and_leaves_the_audit_whole(process):
    process("scan", CANCER, "-q")
    before = {path.name: path.read_bytes() for path in Path("labelaudit-out").iterdir()}
    scan = subprocess.Popen(
        [*COMMAND, "scan", "-", "--out-dir", "labelaudit-out"],
        env=ENVIRONMENT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    # A pipe holds 64 KiB: once more is gone, the reading has begun.
    scan.stdin.write(b"id,label,prob_a,prob_b\n" + b"1,a,0.9,0.1\n" * 20_000)
    scan.stdin.flush()
    time.sleep(0.2)
    scan.send_signal(signal.SIGINT)
    output, messages = scan.communicate(timeout=30)
    assert (scan.returncode, output, messages) == (130, b"", b"interrupted\n")
    assert {path.name: path.read_bytes() for path in Path("labelaudit-out").iterdir()} == before


def test_a_broken_environment_is_no_verdict(tmp_path):
    (tmp_path / "typer.py").write_text("raise ImportError('broken')\n")
    env = os.environ | {"PYTHONPATH": str(tmp_path)}
    run = subprocess.run(
        [sys.executable, "-m", "labelaudit", "rule"], env=env, capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stdout) == (3, "")
    assert "broken" in run.stderr
