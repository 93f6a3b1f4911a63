"""`labelaudit review stats`, `review merge`, and the gate on what they tell."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import Result

from labelaudit.decisions import BATCH_NOTE
from labelaudit.reviewing.queues import QueueOptions, queue_of
from labelaudit.scan_key import scan_key
from labelaudit.store import load_audit
from tests.cli.conftest import DIGITS

Run = Callable[..., Result]
AUDIT = "labelaudit-out"


@pytest.fixture
def decided(run: Run) -> str:
    """An audit, and two reviewers' decisions on a sample of it: ana.jsonl, bo.jsonl."""
    assert run("scan", DIGITS, "-q", "-o", "scan.txt").exit_code == 0
    audit = load_audit(AUDIT)
    rows = queue_of(audit, QueueOptions(sample=60)).rows.to_pylist()
    for reviewer, wrong_from in (("ana", 0.5), ("bo", 0.6)):
        with open(f"{reviewer}.jsonl", "w") as log:
            for row in rows:
                record = {
                    "fingerprint": row["fingerprint"],
                    "id": row["id"],
                    "decision": "neither" if row["p_error"] > wrong_from else "given",
                    "reviewer": reviewer,
                    "queue": "sample",
                    "draw_prob": row["draw_prob"],
                    "scan": scan_key(audit.summary),
                }
                log.write(json.dumps(record) + "\n")
    return AUDIT


def test_stats_writes_the_estimate_that_reports_and_check_use(run: Run, decided: str):
    shutil.copy("ana.jsonl", f"{decided}/decisions.jsonl")
    result = run("review", "stats", decided, "--scores", "scores.parquet")
    assert result.exit_code == 0, result.output
    assert result.stdout.startswith("reviewed estimate: ")
    found = json.loads(Path(decided, "reviewed.json").read_text())
    assert found["total"]["low"] <= found["total"]["errors"] <= found["total"]["high"]
    assert "p_error_reviewed" in pq.read_schema("scores.parquet").names
    assert "reviewed estimate: " in run("report", decided, "--output-format", "table").stdout
    assert run("report", decided, "-q", "--report", "page.md").exit_code == 0
    assert "reviewed estimate: " in Path("page.md").read_text()
    assert run("check", decided, "--fail-over-reviewed", "100%").exit_code == 0
    assert run("check", decided, "--fail-over-reviewed", "0%").exit_code == 1


def test_gate_on_a_reviewed_estimate_needs_one_of_this_scan(run: Run, decided: str):
    assert run("check", decided, "--fail-over-reviewed", "100%").exit_code == 2
    assert run("review", "stats", decided, "--decisions", "ana.jsonl").exit_code == 0
    assert run("scan", DIGITS, "-q", "--seed", "7", "-o", "scan.txt").exit_code == 0
    result = run("check", decided, "--fail-over-reviewed", "100%")
    assert (result.exit_code, "none of this scan" in result.stderr) == (2, True)


def test_check_refuses_an_estimate_that_other_decisions_outdated(run: Run, decided: str):
    log = Path(decided, "decisions.jsonl")
    lines = Path("ana.jsonl").read_text().splitlines(keepends=True)
    log.write_text("".join(lines[:-1]))
    assert run("review", "stats", decided).exit_code == 0
    gate = ("check", decided, "--fail-over-reviewed", "100%")
    passed = run(*gate)
    assert (passed.exit_code, "by a reviewed sample of 59 decisions" in passed.stdout) == (0, True)
    assert "its upper end decides" in passed.stdout
    log.write_text("".join(lines))
    result = run(*gate)
    assert (result.exit_code, "decisions were taken since" in result.stderr) == (2, True)
    assert f"labelaudit review stats {decided}" in result.stderr
    for form in ("table", "markdown"):
        assert "other decisions were taken since" in run("report", decided, "--output-format", form).stdout
    log.unlink()
    assert run(*gate).exit_code == 2
    assert run("review", "stats", decided, "--decisions", "ana.jsonl").exit_code == 0
    assert f"review merge {decided} FILE --write" in run(*gate).stderr
    assert run("review", "merge", decided, "ana.jsonl", "--write").exit_code == 0
    assert run(*gate).exit_code == 0


def test_no_gate_rests_on_a_handful_of_decisions(run: Run, decided: str):
    lines = Path("ana.jsonl").read_text().splitlines(keepends=True)
    Path(decided, "decisions.jsonl").write_text("".join(lines[:20]))
    assert run("review", "stats", decided).exit_code == 0
    result = run("check", decided, "--fail-over-reviewed", "100%")
    assert (result.exit_code, "rests on 20 decisions of a sample: a gate needs 50" in result.stderr) == (
        2,
        True,
    )


def test_the_reviewed_limit_is_pinned_for_check_and_no_scan_judges_it(run: Run, decided: str):
    shutil.copy("ana.jsonl", f"{decided}/decisions.jsonl")
    Path("labelaudit.toml").write_text('[gate]\nfail-over-reviewed = "0%"\n')
    assert run("check", decided).exit_code == 2  # there is no estimate yet
    assert run("review", "stats", decided).exit_code == 0
    assert run("check", decided).exit_code == 1
    assert run("check", decided, "--fail-over-reviewed", "100%").exit_code == 0
    assert run("scan", DIGITS, "-q").exit_code == 0
    assert not load_audit(AUDIT).summary.gate.declared
    assert run("scan", DIGITS, "--fail-over-reviewed", "3%").exit_code == 2
    assert 'fail-over-reviewed = "0%"  (labelaudit.toml)' in run("scan", "--show-settings").stdout


@pytest.mark.parametrize("typed", ["0.03", "10", "x", "3 percent"])
def test_the_hint_on_a_wrong_reviewed_limit_can_be_followed(run: Run, decided: str, typed: str):
    result = run("check", decided, "--fail-over-reviewed", typed)
    assert (result.exit_code, "--fail-over-reviewed 3%" in result.stderr) == (2, True)
    assert "suspects" not in result.stderr


def test_stats_without_a_sample_says_how_to_get_one(run: Run, decided: str):
    result = run("review", "stats", decided)
    assert result.exit_code == 2
    assert "--queue sample=100" in result.stderr
    assert not Path(decided, "reviewed.json").exists()


@pytest.mark.parametrize("typed", [("--reviewer-error", "60%"), ("--reviewer-error", "x"), ("--depth", "0")])
def test_stats_refuses_what_is_no_number(run: Run, decided: str, typed: tuple[str, str]):
    assert run("review", "stats", decided, "--decisions", "ana.jsonl", *typed).exit_code == 2


def test_merge_tells_agreement_and_writes_conflicts_and_decisions(run: Run, decided: str):
    logs = ("ana.jsonl", "bo.jsonl")
    result = run("review", "merge", decided, *logs, "--conflicts", "conflicts.jsonl", "--write")
    assert result.exit_code == 0, result.output
    assert "Cohen's kappa" in result.stdout
    told = json.loads(run("review", "merge", decided, *logs, "--output-format", "json").stdout)
    assert len(told["conflicts"]) == len(Path("conflicts.jsonl").read_text().splitlines())
    assert len(Path(decided, "decisions.jsonl").read_text().splitlines()) == 120
    assert run("review", "stats", decided).exit_code == 0


def test_rows_accepted_in_a_batch_are_no_votes_and_stats_says_so(run: Run, decided: str):
    lines = [json.loads(line) for line in Path("ana.jsonl").read_text().splitlines()]
    assert run("review", "stats", decided, "--decisions", "ana.jsonl").exit_code == 0
    before = json.loads(Path(decided, "reviewed.json").read_text())
    drawn = {line["fingerprint"] for line in lines}
    ranked = queue_of(load_audit(AUDIT), QueueOptions()).rows.to_pylist()
    others = [row for row in ranked if row["fingerprint"] not in drawn][:20]
    for row in others:
        lines.append(
            {"fingerprint": row["fingerprint"], "id": row["id"], "decision": "suggested", "label": "nine"}
            | {"reviewer": "ana", "queue": "ranked", "note": BATCH_NOTE}
        )
    Path("more.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    result = run("review", "stats", decided, "--decisions", "more.jsonl")
    assert result.exit_code == 0, result.output
    after = json.loads(Path(decided, "reviewed.json").read_text())
    assert (after["total"], after["decisions"]["other"]) == (before["total"], 0)
    assert any(sentence.startswith("20 rows accepted in a batch") for sentence in after["assumes"])
    assert "20 rows accepted in a batch are not decided" in result.stdout


def test_conflicts_go_to_an_arbiter_and_come_back_settled(run: Run, decided: str):
    logs = ("ana.jsonl", "bo.jsonl")
    assert run("review", "merge", decided, *logs, "--conflicts", "open.jsonl", "--write").exit_code == 0
    n_open = len(Path("open.jsonl").read_text().splitlines())
    assert n_open > 0
    assert not any(name in Path("open.jsonl").read_text() for name in ("ana", '"bo"'))
    page = ("review", "page", decided, "-o", "open.html", "--queue", "open.jsonl")
    assert f"{n_open} items" in run(*page).stderr
    by = ("--queue", "open.jsonl", "--reviewer", "cy")
    result = run("review", "terminal", decided, "-q", *by, input="5\nnine\n" * n_open)
    assert result.stdout.endswith(f"{n_open} of {n_open} decided, in labelaudit-out/decisions.jsonl\n")
    without = json.loads(run("review", "merge", decided, "--output-format", "json").stdout)
    assert len(without["conflicts"]) > 0
    settle = ("review", "merge", decided, "--arbiter", "cy")
    assert f"{n_open} conflicts settled by the arbiter" in run(*settle, "--write").stdout
    after = json.loads(run("review", "merge", decided, "--output-format", "json").stdout)
    assert (len(after["conflicts"]), after["settled_by_arbiter"]) == (0, n_open)
    assert (
        after["pairs"]
        == json.loads(run("review", "merge", decided, *logs, "--output-format", "json").stdout)["pairs"]
    )
    assert run(*settle, "--conflicts", "none.jsonl").exit_code == 0
    result = run("review", "terminal", decided, "--queue", "none.jsonl", input="")
    assert (result.exit_code, "no row is left" in result.stderr) == (2, True)


def test_merge_reads_an_audit_without_touching_it(run: Run, decided: str):
    before = {path.name: path.stat().st_mtime_ns for path in [Path(decided), *Path(decided).iterdir()]}
    assert run("review", "merge", decided, "ana.jsonl", "bo.jsonl").exit_code == 0
    assert run("review", "page", decided, "-o", "page.html").exit_code == 0
    after = {path.name: path.stat().st_mtime_ns for path in [Path(decided), *Path(decided).iterdir()]}
    assert after == before


@pytest.mark.parametrize(
    "command",
    [
        ("merge", "--conflicts"),
        ("merge", "-o"),
        ("stats", "--decisions", "ana.jsonl", "-o"),
        ("stats", "--decisions", "ana.jsonl", "--scores"),
        ("page", "-o"),
    ],
)
def test_no_result_takes_the_place_of_decisions_or_of_the_audit(
    run: Run, decided: str, command: tuple[str, ...]
):
    Path(decided, "decisions.jsonl").write_bytes(Path("ana.jsonl").read_bytes())
    targets = [f"{decided}/decisions.jsonl", f"{decided}/scores.parquet"]
    targets += ["ana.jsonl"] * (command[0] != "page")
    for target in targets:
        before = Path(target).read_bytes()
        sources = ("ana.jsonl",) * (command[0] == "merge")
        result = run("review", command[0], decided, *sources, *command[1:], target)
        assert (result.exit_code, "is one of the inputs" in result.stderr) == (2, True)
        assert Path(target).read_bytes() == before
