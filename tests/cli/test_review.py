"""`labelaudit review serve` and `terminal`: what they take, what they refuse, and the terminal's keys."""

from __future__ import annotations

import errno
import io
import json
import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from threading import Timer

import pyarrow as pa
import pytest
from typer.testing import CliRunner, Result

from labelaudit.cli.app import app
from labelaudit.cli.keys import OTHER, arrived_together, is_unfinished, key_of, read_key
from labelaudit.cli.review import SUBCOMMANDS
from tests.builders import embedded_table, write
from tests.cli.conftest import DIGITS
from tests.cli.test_startup import HEAVY, loaded_by
from tests.report.values import HOSTILE

Run = Callable[..., Result]
MANUAL = Path(__file__).parents[2] / "docs" / "commands.md"


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("scanned") / "labelaudit-out"
    finished = CliRunner().invoke(app, ["scan", DIGITS, "-q", "--out-dir", str(folder)])
    assert finished.exit_code == 0
    return folder


@pytest.fixture
def audit(scanned: Path) -> str:
    shutil.copytree(scanned, "labelaudit-out")
    return "labelaudit-out"


def said() -> list[tuple[str, str | None]]:
    """The decisions taken: word and label."""
    lines = Path("labelaudit-out/decisions.jsonl").read_text().splitlines()
    return [(line["decision"], line["label"]) for line in map(json.loads, lines)]


def typed(*keys: str) -> str:
    return "".join(f"{key}\n" for key in keys)


# --- the terminal ---------------------------------------------------------------------------------------


def test_keys_are_decisions(run: Run, audit: str) -> None:
    result = run("review", "terminal", audit, "-q", input=typed("1", "2", "3", "4", "", "5", "nine", "q"))
    assert result.exit_code == 0, result.stderr
    assert [word for word, _ in said()] == ["given", "suggested", "both", "neither", "skip", "other"]
    assert said()[1][1] == "zero"
    assert said()[5][1] == "nine"
    assert result.stdout.endswith("5 of 104 decided, in labelaudit-out/decisions.jsonl\n")
    assert ".png (140 bytes)" in result.stdout


def test_the_end_of_input_stops_and_the_next_run_goes_on(run: Run, audit: str) -> None:
    assert run("review", "terminal", audit, "-q", input=typed("1")).exit_code == 0
    result = run("review", "terminal", audit, "-q", input="")
    assert "── 2 of 104 ── digit-0442" in result.stdout


def test_undo_goes_back_as_far_as_this_run(run: Run, audit: str) -> None:
    result = run("review", "terminal", audit, "-q", input=typed("u", "1", "2", "u", "u", "u", "4", "q"))
    assert result.stdout.count("nothing to undo") == 2
    assert [word for word, _ in said()] == ["given", "suggested", "undo", "undo", "neither"]
    first, *_, last = map(json.loads, Path("labelaudit-out/decisions.jsonl").read_text().splitlines())
    assert first["fingerprint"] == last["fingerprint"]


def test_a_reason_and_a_note_go_with_the_next_decision_only(run: Run, audit: str) -> None:
    run("review", "terminal", audit, "-q", input=typed("n", "hm ☃", "r", "2", "1", "1", "q"))
    lines = [json.loads(line) for line in Path("labelaudit-out/decisions.jsonl").read_text().splitlines()]
    assert [(line["reason"], line["note"]) for line in lines] == [("ambiguous", "hm ☃"), (None, None)]


def test_a_class_is_named_by_its_beginning_if_that_is_enough(run: Run, audit: str) -> None:
    keys = ("5", "s", "5", "SE", "5", "cow", "5", "", "x", "q")
    result = run("review", "terminal", audit, "-q", input=typed(*keys))
    assert said() == [("other", "seven")]
    assert any(
        line.split(", ") in (["six", "seven"], ["seven", "six"]) for line in result.stdout.splitlines()
    )
    assert "no class begins so" in result.stdout


def test_blind_tells_neither_the_side_nor_the_evidence(run: Run, audit: str) -> None:
    suspects = [json.loads(line) for line in Path(audit, "suspects.jsonl").read_text().splitlines()]
    result = run("review", "terminal", audit, "-q", "--blind", input=typed(*["1"] * 104))
    assert result.stdout.startswith("\n── 1 of 104")
    assert not any(word in result.stdout for word in ("given", "suggested", "%", "near"))
    words = [word for word, _ in said()]
    assert len(words) == len(suspects)
    assert 0.3 < words.count("given") / len(words) < 0.7
    first = {"given": suspects[0]["given_label"], "suggested": suspects[0]["suggested_label"]}[words[0]]
    assert f"\n1 {first}\n" in result.stdout


def test_nothing_from_the_data_reaches_the_terminal_as_it_is(run: Run) -> None:
    table = embedded_table(3, n_rows=200, noise_rate=0.3)
    ids = [f"{i}{HOSTILE}" for i in range(table.num_rows)]
    table = table.set_column(0, "id", pa.array(ids)).append_column("text", pa.array(ids))
    write(Path("data.parquet"), table.append_column(HOSTILE, pa.array(ids)))
    assert run("scan", "data.parquet", "-q", "--output-format", "none").exit_code == 0
    options = ("-q", "--url-template", "https://x.example/{id}", "--reviewer", HOSTILE)
    result = run("review", "terminal", "labelaudit-out", *options, input=typed("1", "2", "q"))
    assert result.exit_code == 0, result.stderr
    assert "\\x1b[31m" in result.stdout
    assert all(letter.isprintable() or letter in "\n" for letter in result.stdout.replace("\t", ""))


def test_a_full_disk_is_told_as_a_decision_that_is_not_saved(
    run: Run, audit: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> int:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "write", full)
    result = run("review", "terminal", audit, "-q", input=typed("1"))
    assert "this decision is not saved: No space left on device\n" in result.stdout
    assert "0 of 104 decided" in result.stdout


SEQUENCES = {
    "Delete": b"\x1b[3~",
    "Up": b"\x1b[A",
    "Ctrl-Right": b"\x1b[1;5C",
    "F1": b"\x1bOP",
    "Escape, then Delete": b"\x1b\x1b[3~",
    "Escape, then F1": b"\x1b\x1bOP",
    "X10 mouse": b"\x1b[M !!",
    "X10 mouse far right": b"\x1b[M \xff\xff",
    "SGR mouse": b"\x1b[<0;12;5M",
    "focus": b"\x1b[I",
    "paste": b"\x1b[200~12\x1b[201~",
    "paste of an arrow": b"\x1b[200~\x1b[A1\x1b[201~",
    "color, to BEL": b"\x1b]11;rgb:1111/2222/3333\x07",
    "color, to ST": b"\x1b]11;rgb:1111/2222/3333\x1b\\",
    "DCS": b"\x1bP1$r0m\x1b\\",
    "APC": b"\x1b_Gi=1;OK\x1b\\",
}


@pytest.mark.parametrize("typed", SEQUENCES.values(), ids=SEQUENCES)
def test_a_sequence_is_waited_for_to_its_end_and_is_no_key(typed: bytes) -> None:
    assert not is_unfinished(typed)
    assert key_of(typed) == OTHER
    begun = range(3 if typed.startswith(b"\x1b\x1b") else 2, len(typed))
    assert all(is_unfinished(typed[:n]) for n in begun)
    assert key_of(typed + b"1") == OTHER


@pytest.mark.parametrize("typed", [b"\x1b", b"\x1b1", b"12", b"\n1", "é²".encode(), b"\x1b\x1b"], ids=repr)
def test_what_arrives_together_and_is_not_one_letter_decides_nothing(typed: bytes) -> None:
    assert not is_unfinished(typed)
    assert key_of(typed) == OTHER


def test_a_sequence_in_pieces_is_one_event_and_the_key_after_it_another() -> None:
    reader, writer = os.pipe()
    with open(reader, "rb"), open(writer, "wb", buffering=0) as terminal:
        terminal.write(b"\x1b[")
        rest = Timer(0.1, terminal.write, [b"3~"])
        rest.start()
        assert arrived_together(reader) == b"\x1b[3~"
        rest.join()
        terminal.write(b"1")
        assert key_of(arrived_together(reader)) == "1"


def test_a_key_is_a_letter_of_a_line_where_nobody_sits(monkeypatch: pytest.MonkeyPatch) -> None:

    monkeypatch.setattr(sys, "stdin", io.StringIO("12\n\nq"))
    assert [read_key() for _ in range(4)] == ["1", " ", "q", ""]


# --- what is refused ------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", ["serve", "terminal"])
@pytest.mark.parametrize(
    "options",
    [("--queue", "all"), ("--queue", "sample"), ("--queue", "sample=0"), ("--queue", "sample=x"),
     ("--controls", "100%"), ("--controls", "-5%"), ("--controls", "nan"), ("--controls", "some"),
     ("--assign", "0/2"), ("--assign", "3/2"), ("--assign", "1"), ("--order", "best"), ("--reviewer", " "),
     ("--url-template", "javascript:{id}"), ("--queue", "sample=9", "--controls", "5%")],
    ids=" ".join,
)  # fmt: skip
def test_options_that_mean_nothing_are_refused(
    run: Run, audit: str, command: str, options: tuple[str, ...]
) -> None:
    result = run("review", command, audit, *options)
    assert result.exit_code == 2
    assert result.stderr.startswith("error[")
    assert "\nhint: " in result.stderr or " is not one of " in result.stderr


@pytest.mark.parametrize("words", [("serve", "nowhere"), ("terminal", "nowhere"), ("serve", "."), ("serve",)])
def test_no_audit_is_refused(run: Run, words: tuple[str, ...]) -> None:
    assert run("review", *words).exit_code == 2
    assert not Path("decisions.jsonl").exists()


def test_a_port_out_of_range_is_refused(run: Run, audit: str) -> None:
    assert "--port 70000" in run("review", "serve", audit, "--port", "70000").stderr


def test_without_the_extra_serve_names_it(run: Run, audit: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in sys.modules if name.startswith("labelaudit.review_server.")]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    result = run("review", "serve", audit, "--no-open")
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-2:] == [
        "error[missing-extra]: uvicorn is not installed",
        "hint: pip install 'labelaudit[review]'; review page and review terminal do without",
    ]


# --- the group ------------------------------------------------------------------------------------------


def test_the_group_alone_shows_its_commands_and_is_no_success(run: Run) -> None:
    result = run("review")
    assert result.exit_code == 2
    assert all(name in result.stdout for name in ("serve", "terminal"))
    assert run("review", "--help").exit_code == 0


def test_an_unknown_command_is_told_with_the_nearest_one(run: Run) -> None:
    result = run("review", "server")
    assert result.exit_code == 2
    assert "Did you mean 'serve'?" in result.stderr


def test_help_loads_nothing_heavy() -> None:
    never = HEAVY | {"starlette", "uvicorn"}
    assert not loaded_by("review", "serve", "--help") & never
    assert not loaded_by("review", "--help") & never


def test_the_terminal_needs_no_server(process: Callable[..., CompletedProcess[str]], audit: str) -> None:
    assert not loaded_by("review", "terminal", audit, "--queue", "x") & {"starlette", "uvicorn"}


# --- help -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("command", SUBCOMMANDS)
def test_help_of_each_command_is_as_agreed_and_in_the_manual(process, golden, command: str) -> None:  # type: ignore[no-untyped-def]
    page = process("review", command, "--help").stdout
    golden(f"help-review-{command}.txt", page)
    assert page.count(f"labelaudit review {command} labelaudit-out") >= 2
    assert f"## labelaudit review {command}\n" in MANUAL.read_text("utf-8")
