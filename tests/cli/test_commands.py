"""`validate`, `explain`, `report`."""

import json
import re
import shutil
from pathlib import Path

import pytest
from typer.testing import CliRunner

from labelaudit.cli.app import app
from tests.cli.conftest import CANCER, DIGITS


@pytest.fixture(scope="module")
def scanned(tmp_path_factory):
    folder = tmp_path_factory.mktemp("digits") / "audit"
    CliRunner().invoke(app, ["scan", DIGITS, "-q", "--out-dir", str(folder)])
    return folder


@pytest.fixture
def audit(run, scanned):
    shutil.copytree(scanned, "labelaudit-out")
    return "labelaudit-out"


def broken_cancer(row, column, value):
    lines = [line.split(",") for line in Path(CANCER).read_text().splitlines()]
    lines[row + 1][lines[0].index(column)] = value
    Path("bad.csv").write_text("\n".join(",".join(line) for line in lines) + "\n")
    return "bad.csv"


def test_validate_says_ok_in_one_line_and_saves_nothing(run):
    result = run("validate", DIGITS)
    assert result.stdout == "ok: 1,797 rows, 10 classes\n"
    assert list(Path().iterdir()) == []


def test_validate_as_json(run):
    found = json.loads(run("validate", CANCER, "-q", "--output-format", "json").stdout)
    assert (found["rows"], found["classes"], found["skipped"]) == (569, ["malignant", "benign"], 0)
    assert found["notices"] == []


def test_validate_names_file_column_row_and_mend(run):
    result = run("validate", broken_cancer(4, "prob_malignant", "nan"))
    assert result.exit_code == 2
    assert "error[LA901]: bad.csv, column 'prob_malignant', row 4 (line 6): " in result.stderr
    assert "\nhint: " in result.stderr
    assert result.stdout == ""


def test_validate_counts_what_is_left_out(run):
    result = run("validate", broken_cancer(4, "prob_malignant", "nan"), "--on-bad-row", "skip")
    assert result.stdout == "ok: 568 rows, 2 classes, 1 row left out\n"
    assert "notice[LA901]" in result.stderr


def test_validate_writes_its_result_to_a_file(run):
    assert run("validate", DIGITS, "-o", "ok.txt").stdout == ""
    assert Path("ok.txt").read_text() == "ok: 1,797 rows, 10 classes\n"


def test_pinned_output_format_does_not_reach_commands_without_suspects(run, monkeypatch):
    monkeypatch.setenv("LABELAUDIT_OUTPUT_FORMAT", "csv")
    assert run("validate", DIGITS).stdout.startswith("ok: ")
    assert run("rule", "LA101").stdout.startswith("LA101 ")


def test_explain_tells_why(run, audit):
    worst = json.loads(Path(audit, "suspects.jsonl").read_text().splitlines()[0])
    page = run("explain", audit, worst["id"]).stdout
    assert f"Row {worst['id']} " in page
    assert "is a suspect: rank 1." in page
    assert "threshold" in page


def test_explain_as_json(run, audit):
    found = json.loads(run("explain", audit, "digit-0001", "--output-format", "json").stdout)
    assert (found["id"], found["is_suspect"], found["rank"]) == ("digit-0001", False, None)


@pytest.mark.parametrize(
    ("arguments", "code"),
    [(["labelaudit-out", "nobody"], "row-not-found"), (["nowhere", "digit-0001"], "audit-not-found")],
)
def test_explain_names_what_is_not_there(run, audit, arguments, code):
    result = run("explain", *arguments)
    assert result.exit_code == 2
    assert f"error[{code}]" in result.stderr


def test_a_loaded_audit_renders_as_the_fresh_one_did(run):
    run("scan", CANCER, "-q")
    for form in ("concise", "csv", "jsonl", "markdown", "total"):
        fresh = run("scan", CANCER, "-q", "--no-save", "--output-format", form).stdout
        assert run("report", "labelaudit-out", "--output-format", form).stdout == fresh


def test_report_writes_files_and_prints_only_if_asked(run, audit):
    assert run("report", audit, "--report", "r.md").stdout == ""
    assert Path("r.md").read_text() == run("report", audit, "--output-format", "markdown").stdout
    pictures = re.compile(r"\n!\[.*\]\((.*)\)\n").findall(Path(audit, "report.md").read_text())
    assert pictures
    assert all(Path(audit, name).read_text().startswith("<svg") for name in pictures)
    assert run("report", audit, "--report", "r.md", "--output-format", "total").stdout
    assert len(run("report", audit, "--top", "2").stdout.splitlines()) == 2


def test_report_needs_an_audit(run):
    assert run("report", "nowhere").exit_code == 2
