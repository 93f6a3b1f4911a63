"""`labelaudit check`, and the gate of `scan`: what is asked by whom, and what is said."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import Result

from tests.builders import honest_sample, joined, write

Run = Callable[..., Result]

SAMPLE = honest_sample(n_rows=200)


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with data/labels.csv and data/probs.csv, to be copied."""
    folder = tmp_path_factory.mktemp("scanned")
    write(folder / "data" / "labels.csv", SAMPLE.labels_table())
    write(folder / "data" / "probs.csv", SAMPLE.probs_table())
    return folder


@pytest.fixture
def audit(run: Run, scanned: Path) -> str:
    """Its audit, in the current folder."""
    shutil.copytree(scanned / "data", "data")
    assert run("scan", "data", "-q").exit_code == 0
    return "labelaudit-out"


def count_of(audit: str) -> int:
    """Its suspects, among 200 rows."""
    count: int = json.loads(Path(audit, "summary.json").read_text())["n_suspects"]
    return count


# --- the verdict ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("fewer", "code", "verdict"), [(0, 0, "gate: passed ("), (1, 1, "gate: failed (")])
@pytest.mark.parametrize("form", ["number", "share"])
def test_the_verdict_is_on_stdout_and_in_the_code(
    run: Run, audit: str, form: str, fewer: int, code: int, verdict: str
) -> None:
    count = count_of(audit) - fewer
    limit = str(count) if form == "number" else f"{count / 2:g}%"  # of 200 rows
    for command in (["check", audit], ["scan", "data", "--no-save", "--output-format", "none"]):
        result = run(*command, "--fail-over", limit)
        assert result.exit_code == code
        said = result.stdout if command[0] == "check" else result.stderr
        assert verdict in said
    assert run("check", audit, "--fail-over", limit, "--exit-zero").exit_code == 0


def test_check_scores_nothing_and_writes_nothing(run: Run, audit: str) -> None:
    before = {path: path.stat().st_mtime_ns for path in Path().rglob("*")}
    assert run("check", audit, "--fail-over", "0").exit_code == 1
    assert {path: path.stat().st_mtime_ns for path in Path().rglob("*")} == before


def test_check_says_a_line_a_limit_after_the_verdict(run: Run, audit: str) -> None:
    lines = run(
        "check", audit, "--fail-over", "50%", "--fail-over-class", "cat=0,dog=90%"
    ).stdout.splitlines()
    assert lines[0].startswith("gate: failed (")
    assert [line.split(":")[0] for line in lines[1:]] == [
        "dataset",
        "dataset, class 'cat'",
        "dataset, class 'dog'",
    ]
    assert [line.rsplit("; ")[-1] for line in lines[1:]] == ["passed", "failed", "passed"]


def test_a_gate_by_interval_says_what_decides(run: Run, audit: str) -> None:
    limit = f"{count_of(audit) / 2 - 2:g}%"
    for level, code in (("0.5", 1), ("0.999", 0)):
        result = run("check", audit, "--fail-over", limit, "--confidence", level)
        assert (result.exit_code, "interval" in result.stdout) == (code, True)


def test_the_result_may_have_any_form_and_go_to_files(run: Run, audit: str) -> None:
    result = run(
        "check",
        audit,
        "--fail-over",
        "0",
        "--output-format",
        "json",
        "--report",
        "junit=j.xml",
        "-o",
        "r.json",
    )
    assert (result.exit_code, result.stdout) == (1, "")
    assert json.loads(Path("r.json").read_text())["gate"]["passed"] is False
    assert "<failure" in Path("j.xml").read_text()


def test_the_verdict_is_saved_with_the_audit(run: Run, audit: str) -> None:
    run("scan", "data", "-q", "--fail-over", "0")
    gate = json.loads(Path(audit, "summary.json").read_text())["gate"]
    assert (gate["declared"], gate["passed"]) == (True, False)
    assert [rule["suspects"] for rule in gate["rules"]] == [count_of(audit)]


def test_without_a_gate_scan_says_so_and_check_has_nothing_to_do(run: Run, audit: str) -> None:
    result = run("scan", "data", "--no-save")
    assert (result.exit_code, "gate: none" in result.stderr) == (0, True)
    result = run("check", audit)
    assert (result.exit_code, result.stdout) == (2, "")
    assert "no gate is declared" in result.stderr


# --- who asks -------------------------------------------------------------------------------------------


def gate_of(run: Run, audit: str, *arguments: str, env: dict[str, str] | None = None) -> dict[str, tuple]:
    """The limits of a gate, by name: rate, count, whether it is informational."""
    result = run("check", audit, *arguments, "--output-format", "json", env=env or {})
    assert result.exit_code in (0, 1), result.stderr
    rules = json.loads(result.stdout)["gate"]["rules"]
    return {rule["name"]: (rule["max_rate"], rule["max_count"], rule["informational"]) for rule in rules}


def test_limits_may_be_pinned_in_a_file(run: Run, audit: str) -> None:
    Path("labelaudit.toml").write_text(
        """
[gate]
fail-over = "30%"
fail-over-class = ["cat=40%", "dog=9"]
[gate.dataset]
max-count = 9
[gate.dataset.rules]
LA101 = "0"
"""
    )
    assert gate_of(run, audit) == {
        "dataset": (0.3, None, False),
        "dataset, class 'cat'": (0.4, None, False),
        "dataset, class 'dog'": (None, 9, False),
        "dataset, rule LA101": (None, 0, False),
    }


def test_the_command_line_is_stronger_than_the_environment_and_that_than_a_file(run: Run, audit: str) -> None:
    Path("labelaudit.toml").write_text('[gate]\nfail-over = "1%"\n[gate.dataset]\nclasses = {cat = "1%"}\n')
    assert gate_of(run, audit)["dataset"] == (0.01, None, False)
    env = {"LABELAUDIT_FAIL_OVER": "2%"}
    assert gate_of(run, audit, env=env)["dataset"] == (0.02, None, False)
    found = gate_of(run, audit, "--fail-over", "3%", "--fail-over-class", "cat=3%", env=env)
    assert found == {"dataset": (0.03, None, False), "dataset, class 'cat'": (0.03, None, False)}


def test_a_typed_limit_binds_where_the_one_in_the_file_is_informational(run: Run, audit: str) -> None:
    Path("labelaudit.toml").write_text("[gate.dataset]\nmax-count = 0\ninformational = true\n")
    assert run("check", audit).exit_code == 0
    assert run("check", audit, "--fail-over", "0").exit_code == 1


def test_a_gate_pinned_beside_the_data_holds_for_scan_and_check_alike(run: Run, audit: str) -> None:
    Path("data/labelaudit.toml").write_text('[gate]\nfail-over = "0"\n')
    assert run("scan", "data", "-q").exit_code == 1
    result = run("check", audit)
    assert (result.exit_code, result.stdout.startswith("gate: failed")) == (1, True)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ('[gate]\nfail-ovr = "2%"', "did you mean 'fail-over'?"),
        ('[gate]\nmax-rate = "2%"', "limits on all rows stand in [gate.dataset]"),
        ('[gate.datset]\nmax-rate = "2%"', "did you mean [gate.dataset]?"),
        ('[gate.pull]\nmax-rate = "2%"', "on changed rows in [gate.changes]"),
        ('[gate.dataset]\nmax-rat = "2%"', "did you mean 'max-rate'?"),
        ("[gate]\ndataset = 5", "not a table"),
        ("gate = 5", "write [gate]"),
        ('fail-over = "2%"\n[gate]\nfail-over = "3%"', "keep one"),
        ('[gate.changes]\nmax-rate = "2%"', "--against origin/main"),
    ],
)
def test_a_misspelt_gate_is_an_error_with_the_mend(run: Run, audit: str, text: str, hint: str) -> None:
    Path("labelaudit.toml").write_text(text)
    for command in (["check", audit], ["scan", "data"]):
        result = run(*command, "--fail-over", "100%")
        assert (result.exit_code, result.stdout) == (2, "")
        assert hint in result.stderr


def test_two_limits_on_one_class_are_refused(run: Run, audit: str) -> None:
    result = run("check", audit, "--fail-over-class", "cat=50%,cat=1%")
    assert (result.exit_code, "two limits on the class 'cat'" in result.stderr) == (2, True)


def test_a_class_may_have_commas_and_equals_signs(run: Run) -> None:
    sample = honest_sample(classes=("a=b", "c,d", "e f"), n_rows=120)
    write(Path("labels.csv"), sample.table())
    assert run("scan", "labels.csv", "-q").exit_code == 0
    found = gate_of(run, "labelaudit-out", "--fail-over-class", 'a=b=90%,"c,d=90%"')
    assert list(found) == ["dataset, class 'a=b'", "dataset, class 'c,d'"]


# --- changed rows ---------------------------------------------------------------------------------------


def changed_labels(n_rows: int) -> Path:
    """The dataset as it was: the first rows had another label."""
    classes = SAMPLE.classes
    changes = {row: classes[(SAMPLE.codes[row] + 1) % 3] for row in range(n_rows)}
    return write(Path("old.csv"), SAMPLE.with_labels(changes).labels_table())


def test_an_old_version_makes_a_gate_of_its_own(run: Run, audit: str) -> None:
    changed_labels(40)
    result = run("check", audit, "--against", "old.csv")
    assert "40 changed rows since old.csv: 0 new, 40 relabelled, 0 edited" in result.stdout
    assert gate_of(run, audit, "--against", "old.csv") == {"changed rows": (0.05, None, False)}


def test_limits_typed_with_an_old_version_are_on_changed_rows(run: Run, audit: str) -> None:
    changed_labels(40)
    found = gate_of(run, audit, "--against", "old.csv", "--fail-over", "60%", "--fail-over-class", "cat=60%")
    assert list(found) == ["changed rows", "changed rows, class 'cat'"]


def test_tables_of_a_file_limit_all_rows_and_changed_rows_apart(run: Run, audit: str) -> None:
    changed_labels(40)
    Path("labelaudit.toml").write_text(
        '[gate]\nagainst = "old.csv"\n'
        '[gate.changes]\nmax-rate = "0%"\ninformational = true\n[gate.dataset]\nmax-rate = "50%"\n'
    )
    assert gate_of(run, audit) == {"changed rows": (0.0, None, True), "dataset": (0.5, None, False)}
    assert run("check", audit).exit_code == 0
    assert gate_of(run, audit, "--fail-over", "0")["changed rows"] == (None, 0, False)


def test_scan_and_check_judge_changed_rows_alike(run: Run, audit: str) -> None:
    changed_labels(40)
    how = ["--against", "old.csv", "--fail-over", "0", "--output-format", "json"]
    scan, check = run("scan", "data", "--no-save", *how), run("check", audit, *how)
    assert scan.exit_code == check.exit_code == 1
    for name in ("gate", "changes", "hidden"):
        assert json.loads(scan.stdout)[name] == json.loads(check.stdout)[name]


def test_no_changed_rows_pass(run: Run, audit: str) -> None:
    changed_labels(0)
    result = run("check", audit, "--against", "old.csv", "--fail-over", "0")
    assert (result.exit_code, result.stdout.splitlines()[0]) == (0, "gate: passed (0 changed rows)")


# --- whether the audit is of this data ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda: Path("data/labels.csv").write_text(Path("data/labels.csv").read_text() + "\n"),
            "has changed",
        ),
        (lambda: Path("data/probs.csv").write_text("id,prob_cat\n"), "has changed"),
        (lambda: Path("data/labels.csv").rename("labels.csv"), "is gone"),
        (lambda: shutil.copy("data/labels.csv", "data/more.csv"), "is new"),
        (lambda: Path("data/sub").mkdir() or shutil.copy("data/labels.csv", "data/sub/a.csv"), "is new"),
    ],
)
def test_an_audit_of_other_data_is_refused(
    run: Run, audit: str, change: Callable[[], object], message: str
) -> None:
    assert run("check", audit, "--fail-over", "100%").exit_code == 0
    change()
    result = run("check", audit, "--fail-over", "100%")
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"{message} since the audit" in result.stderr
    assert "hint: labelaudit scan audits it anew" in result.stderr


def test_tables_that_a_scan_would_leave_out_may_come(run: Run, audit: str) -> None:
    write(Path("data/truth.csv"), SAMPLE.labels_table().rename_columns(["id", "true_label"]))
    assert run("check", audit, "--fail-over", "100%").exit_code == 0


def test_an_audit_away_from_its_data_is_judged_with_a_notice(run: Run, audit: str) -> None:
    shutil.rmtree("data")
    result = run("check", audit, "--fail-over", "100%")
    assert (result.exit_code, "notice[inputs-absent]" in result.stdout) == (0, True)


# --- what is hidden -------------------------------------------------------------------------------------


def worst(audit: str) -> dict[str, str]:
    """The worst suspect."""
    record: dict[str, str] = json.loads(Path(audit, "suspects.jsonl").read_text().splitlines()[0])
    return record


def test_every_way_to_hide_is_counted(run: Run, audit: str) -> None:
    rows = [json.loads(line) for line in Path(audit, "suspects.jsonl").read_text().splitlines()]
    Path("labelaudit.ignore.toml").write_text(f'[[ignore]]\nid = "{rows[0]["id"]}"\nreason = "x"\n')
    decision = {"fingerprint": rows[1]["fingerprint"], "id": rows[1]["id"], "decision": "given"}
    Path(audit, "decisions.jsonl").write_text(json.dumps(decision) + "\n")
    run("baseline", "create", audit, "-o", "all.json")
    entries = json.loads(Path("all.json").read_text())
    entries["entries"] = {row["fingerprint"]: entries["entries"][row["fingerprint"]] for row in rows[:5]}
    Path("labelaudit.baseline.json").write_text(json.dumps(entries))
    for command in (["check", audit], ["scan", "data", "--output-format", "none"]):
        result = run(*command, "--fail-over", str(count_of(audit) - 5))
        assert result.exit_code == 0
        said = result.stdout if command[0] == "check" else result.stderr
        assert (
            "5 suspects hidden: 3 by baseline labelaudit.baseline.json, 1 by decisions, "
            "1 by labelaudit.ignore.toml" in said
        )
        assert run(*command, "--fail-over", str(count_of(audit) - 6)).exit_code == 1


def test_an_ignore_file_may_have_another_name(run: Run, audit: str) -> None:
    Path("mine.toml").write_text(f'[[ignore]]\nid = "{worst(audit)["id"]}"\n')
    result = run("check", audit, "--fail-over", "100%", "--ignore-file", "mine.toml")
    assert "1 suspect hidden: 1 by mine.toml" in result.stdout


def test_the_column_hides_its_rows(run: Run, audit: str) -> None:
    marks = SAMPLE.labels_table().select(["id"])
    column = [["x" if name == worst(audit)["id"] else "" for name in SAMPLE.ids]]
    write(
        Path("marked/labels.csv"),
        joined(SAMPLE.table(), marks.append_column("labelaudit_ignore", column)),
    )
    run("scan", "marked", "-q", "--out-dir", "marked-out")
    result = run("check", "marked-out", "--fail-over", "100%")
    assert "1 suspect hidden: 1 by column labelaudit_ignore" in result.stdout


# --- the summary page -----------------------------------------------------------------------------------


def test_the_summary_is_appended(run: Run, audit: str) -> None:
    Path("page.md").write_text("# before\n")
    env = {"GITHUB_STEP_SUMMARY": "page.md"}
    assert run("check", audit, "--fail-over", "0", "--summary", env=env).exit_code == 1
    page = Path("page.md").read_text()
    assert page.startswith("# before\n")
    assert "gate: failed" in page


def test_no_pass_is_told_where_the_summary_cannot_be_written(run: Run, audit: str) -> None:
    for place, message in (
        ("nowhere/page.md", "does not exist"),
        (".", "is a folder"),
        ("/dev/full", "No space"),
    ):
        for command in (["check", audit], ["scan", "data", "--no-save", "--output-format", "github"]):
            env = {"GITHUB_STEP_SUMMARY": place}
            result = run(*command, "--fail-over", "100%", "--summary", env=env)
            assert result.exit_code == 2
            assert message in result.stderr
            assert "gate: passed" not in result.output
