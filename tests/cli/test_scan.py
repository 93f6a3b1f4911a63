"""`scan`: what goes where."""

import csv
import json
import os
import pty
import re
import shlex
import subprocess
from contextlib import suppress
from pathlib import Path

import pytest

from tests.cli.conftest import CANCER, COMMAND, DIGITS, ENVIRONMENT


def n_suspects():
    return json.loads(Path("labelaudit-out/summary.json").read_text())["n_suspects"]


def without_pictures(page):
    """The page as it is written where no pictures lie beside it."""
    return re.sub(r"\n!\[.*\n", "", Path(page).read_text())


def test_without_a_terminal_the_result_is_concise_and_alone_on_stdout(run):
    result = run("scan", DIGITS)
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert len(lines) == n_suspects()
    assert all(re.search(r": (LA\d+,)*LA102(,LA\d+)* given '", line) for line in lines)
    for part in (
        "labels.csv, column 'label'",
        "gate: none",
        "audit saved in labelaudit-out",
        "hint: labelaudit report labelaudit-out --open",
        "hint: labelaudit explain",
    ):
        assert part in result.stderr
        assert part not in result.stdout


def test_a_hint_to_explain_names_the_split_where_an_id_may_stand_in_several(run):
    lines = ["id,split,label,prob_a,prob_b"]
    for split in ("train", "test"):
        lines += [
            f"{i},{split},{'ab'[i % 2]},{(p := 0.9 - i % 2 * 0.8 + i / 1000):.3f},{1 - p:.3f}"
            for i in range(40)
        ]
    lines[-1] = "39,test,a,0.061,0.939"
    Path("rows.csv").write_text("\n".join(lines) + "\n")
    hint = next(line for line in run("scan", "rows.csv").stderr.splitlines() if "labelaudit explain" in line)
    typed = shlex.split(hint.removeprefix("hint: "), comments=True)
    assert typed[1:] == ["explain", "labelaudit-out", "--split", "test", "39"]
    assert run(*typed[1:]).exit_code == 0


def test_the_hints_lead_on_and_can_be_typed(run, monkeypatch):
    stderr = run("scan", DIGITS).stderr
    hints = [line.removeprefix("hint: ") for line in stderr.splitlines() if line.startswith("hint: ")]
    typed = [shlex.split(hint, comments=True) for hint in hints]
    assert [words[1:4] for words in typed] == [
        ["report", "labelaudit-out", "--open"],
        ["review", "serve", "labelaudit-out"],
        ["review", "serve", "labelaudit-out"],
        ["explain", "labelaudit-out", typed[3][3]],
    ]
    assert typed[2][4:] == ["--queue", "sample=100"]
    monkeypatch.setattr("webbrowser.open", lambda _url: True)
    for program, *arguments in typed:
        assert program == "labelaudit"
        # The terminal asks about the same rows, and ends where nobody answers.
        words = ["terminal" if word == "serve" else word for word in arguments]
        assert run(*words, input="").exit_code == 0


def test_quiet_says_nothing_but_the_result(run):
    result = run("scan", CANCER, "-q", "-v")
    assert result.stderr == ""
    assert result.stdout


def test_quiet_does_not_silence_errors(run):
    assert run("scan", "nowhere", "-q").stderr.startswith("error[file-not-found]: nowhere: ")


def test_verbose_tells_the_time_of_each_step(run):
    assert " s  reading probabilities" in run("scan", CANCER, "-v").stderr


def test_the_audit_is_saved_with_its_report(run):
    run("scan", CANCER, "-q", "--out-dir", "mine")
    assert Path("mine/report.md").read_text().startswith("# Label audit\n")
    assert json.loads(Path("mine/summary.json").read_text())["n_rows"] == 569


def test_no_save_saves_nothing(run):
    run("scan", CANCER, "-q", "--no-save")
    assert list(Path().iterdir()) == []


def test_top_limits_what_is_printed_and_not_what_is_saved(run):
    assert len(run("scan", CANCER, "-q", "--top", "3").stdout.splitlines()) == 3
    assert len(Path("labelaudit-out/suspects.csv").read_text().splitlines()) == n_suspects() + 1


def test_stdin_is_read_and_nothing_saved(run):
    result = run("scan", "-", "-q", "--output-format", "total", input=Path(CANCER).read_bytes())
    assert 0 < float(result.stdout) < 0.2
    assert list(Path().iterdir()) == []


@pytest.mark.parametrize("asked", [["--save"], ["--out-dir", "labelaudit-out"]])
def test_stdin_is_saved_when_asked(run, asked):
    run("scan", "-", "-q", *asked, input=Path(CANCER).read_bytes())
    assert Path("labelaudit-out/summary.json").is_file()


@pytest.mark.parametrize(
    ("file", "start"),
    [
        ("s.csv", "rank,id,"),
        ("s.jsonl", '{"rank": 1, '),
        ("s.json", "{\n"),
        ("s.md", "<!-- labelaudit -->"),
        ("s.txt", "/"),
    ],
)
def test_the_suffix_of_the_output_tells_the_form(run, file, start):
    result = run("scan", CANCER, "-q", "-o", file)
    assert result.stdout == ""
    assert Path(file).read_text().startswith(start)


def test_the_form_asked_for_wins_over_the_suffix(run):
    run("scan", CANCER, "-q", "-o", "s.csv", "--output-format", "total")
    assert float(Path("s.csv").read_text()) > 0


def test_a_dash_as_output_is_stdout(run):
    assert run("scan", CANCER, "-q", "-o", "-").stdout == run("scan", CANCER, "-q").stdout


@pytest.mark.parametrize(
    ("output", "message"),
    [
        (".", "error[output]: .: is a folder"),
        ("none/s.csv", "error[output]: none/s.csv: its folder does not exist\nhint: mkdir -p none"),
        ("x" * 300, "File name too long"),
    ],
)
def test_an_impossible_output_is_refused_before_the_work(run, output, message):
    result = run("scan", DIGITS, "-o", output)
    assert result.exit_code == 2
    assert message in result.stderr
    assert list(Path().iterdir()) == []


def test_an_input_is_never_overwritten(run):
    data = Path("data.csv")
    data.write_bytes(Path(CANCER).read_bytes())
    Path("link.csv").symlink_to(data)
    for arguments in (["data.csv", "-o", "link.csv"], ["data.csv", "--report", "data.csv"]):
        result = run("scan", *arguments)
        assert result.exit_code == 2
        assert "is one of the inputs" in result.stderr
    assert data.read_bytes() == Path(CANCER).read_bytes()


def test_a_table_of_a_scanned_folder_is_never_overwritten(run):
    Path("data").mkdir()
    Path("data/t.csv").write_bytes(Path(CANCER).read_bytes())
    assert run("scan", "data", "-q", "-o", "data/t.csv").exit_code == 2
    assert Path("data/t.csv").read_bytes() == Path(CANCER).read_bytes()


def test_reports_are_written_beside_the_result_with_all_suspects(run):
    reports = ["--report", "r.md", "--report", "csv=rows.txt", "--report", "r.jsonl"]
    result = run("scan", CANCER, "-q", "--top", "1", "--output-format", "total", *reports)
    assert result.exit_code == 0
    comment = run("report", "labelaudit-out", "--output-format", "markdown").stdout
    assert Path("r.md").read_text() == comment
    assert Path("rows.txt").read_text() == Path("labelaudit-out/suspects.csv").read_text()
    assert len(Path("r.jsonl").read_text().splitlines()) == n_suspects()


def test_a_parquet_report_has_the_columns_of_the_saved_one(run):
    import pyarrow.parquet as pq

    assert run("scan", CANCER, "-q", "--report", "r.parquet").exit_code == 0
    assert pq.read_table("r.parquet").equals(pq.read_table("labelaudit-out/suspects.parquet"))


@pytest.mark.parametrize(
    ("report", "message"),
    [
        ("r.docx", "its suffix tells no form"),
        ("r.txt", "its suffix tells no form"),
        ("pdf=r.md.x", "its suffix tells no form"),
    ],
)
def test_a_report_of_unknown_form_is_refused(run, report, message):
    result = run("scan", CANCER, "--report", report)
    assert result.exit_code == 2
    assert f"error[usage]: --report {report}: {message}" in result.stderr


def test_two_reports_in_one_file_are_refused(run):
    assert run("scan", CANCER, "--report", "md=r", "--report", "csv=r").exit_code == 2


def test_csv_and_jsonl_agree(run):
    rows = list(csv.DictReader(run("scan", CANCER, "-q", "--output-format", "csv").stdout.splitlines()))
    lines = run("scan", CANCER, "-q", "--output-format", "jsonl").stdout.splitlines()
    assert [row["id"] for row in rows] == [json.loads(line)["id"] for line in lines]
    assert list(rows[0]) == list(json.loads(lines[0]))


def test_the_command_in_the_summary_gives_the_same_audit_whoever_set_what(run, monkeypatch):
    monkeypatch.setenv("LABELAUDIT_FILTER", "both")
    Path("labelaudit.toml").write_text(
        "rank-by = 'normalized-margin'\nworkers = 1\nallow = ['LA903', 'LA904']"
    )
    first = run("scan", CANCER, "-q", "--batch-rows", "100").stdout
    command = json.loads(Path("labelaudit-out/summary.json").read_text())["command"]
    assert command == (
        "labelaudit scan --filter both --rank-by normalized-margin --allow LA903,LA904 " + shlex.quote(CANCER)
    )
    monkeypatch.delenv("LABELAUDIT_FILTER")
    Path("labelaudit.toml").unlink()
    assert run(*shlex.split(command)[1:], "-q").stdout == first


def test_pinned_settings_are_named(run, monkeypatch):
    monkeypatch.setenv("LABELAUDIT_FILTER", "both")
    assert "settings from LABELAUDIT_FILTER\n" in run("scan", CANCER).stderr
    assert "settings from" not in run("scan", CANCER, "--filter", "both").stderr


def test_show_settings_prints_them_and_stops(run):
    result = run("scan", DIGITS, "--show-settings", "--filter", "both")
    assert result.exit_code == 0
    assert 'filter = "both"  (command line)\n' in result.stdout
    assert list(Path().iterdir()) == []


def test_a_folder_that_holds_something_else_is_refused_before_the_work(run):
    Path("mine").mkdir()
    Path("mine/precious.txt").write_text("x")
    result = run("scan", CANCER, "--out-dir", "mine")
    assert result.exit_code == 2
    assert "precious.txt" in result.stderr
    assert "labels.csv, column" not in result.stderr


def test_the_table_can_be_asked_for(run):
    result = run("scan", DIGITS, "--output-format", "table", env={"COLUMNS": "100"})
    assert "1,797 rows, 10 classes: " in result.stdout
    assert "gate: none" in result.stdout
    assert "gate: none" not in result.stderr


def test_notices_go_to_stderr(run):
    lines = Path(CANCER).read_text().splitlines()
    at = lines[0].split(",").index("prob_malignant")
    cells = lines[5].split(",")
    cells[at] = "nan"
    Path("bad.csv").write_text("\n".join([*lines[:5], ",".join(cells), *lines[6:]]) + "\n")
    result = run("scan", "bad.csv", "--on-bad-row", "skip")
    assert "notice[LA901]: 1 row" in result.stderr
    assert "notice" not in result.stdout


@pytest.mark.parametrize(
    ("environ", "options", "coloured"),
    [
        ({}, [], True),
        ({"NO_COLOR": "1"}, [], False),
        ({"TERM": "dumb"}, [], False),
        ({}, ["--color", "never"], False),
        ({"NO_COLOR": "1"}, ["--color", "always"], True),
    ],
)
def test_a_terminal_gets_the_table_in_colour_unless_not_wanted(environ, options, coloured):
    shown = on_a_terminal(["scan", CANCER, "-q", "--no-save", *options], environ)
    assert "569 rows, 2 classes: " in shown
    assert ("\x1b[" in shown) is coloured


def on_a_terminal(arguments, environ):
    """What a run writes to a pseudo terminal."""
    ours, theirs = pty.openpty()
    environ = ENVIRONMENT | {"TERM": "xterm"} | environ
    with subprocess.Popen([*COMMAND, *arguments], env=environ, stdout=theirs, stderr=theirs) as scan:
        os.close(theirs)
        shown = b""
        with suppress(OSError):  # Linux says it that way when the other end is gone
            while read := os.read(ours, 65536):
                shown += read
        os.close(ours)
    assert scan.returncode == 0
    return shown.decode()


def test_text_is_not_written_to_a_file_called_parquet(run):
    result = run("scan", CANCER, "-q", "-o", "rows.parquet")
    assert (result.exit_code, Path("rows.parquet").exists()) == (2, False)
    assert "--report rows.parquet" in result.stderr


def test_decisions_that_fit_no_row_are_listed_and_left_alone(run):
    run("scan", CANCER)
    lines = '{"fingerprint": "gone", "id": "digit-0001"}\nno decision\n'
    Path("labelaudit-out/decisions.jsonl").write_text(lines)
    result = run("scan", CANCER)
    assert result.exit_code == 0
    assert (
        "notice[stale-decisions]: 2 decisions do not fit a row any more: digit-0001, line 2" in result.stderr
    )
    assert Path("labelaudit-out/decisions.jsonl").read_text() == lines
