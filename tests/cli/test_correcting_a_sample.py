"""The way from a sample to corrected labels and on: no estimate from what corrections left of a sample."""

from __future__ import annotations

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from labelaudit.cli.app import app
from labelaudit.reviewing.queues import QueueOptions, queue_of
from labelaudit.store import load_audit
from tests.cli.conftest import DIGITS

Run = Callable[..., Result]
AUDIT = "labelaudit-out"


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The digits and their audit, beside one another."""
    folder = tmp_path_factory.mktemp("scanned")
    shutil.copytree(DIGITS, folder / "data")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        scan(lambda *words: CliRunner().invoke(app, words))
    return folder


@pytest.fixture
def data(scanned: Path) -> dict[str, str]:
    """The digits in ./data with their audit, and their true labels by id."""
    shutil.copytree(scanned, ".", dirs_exist_ok=True)
    with Path("data", "truth.csv").open() as file:
        return {row["id"]: row["true_label"] for row in csv.DictReader(file)}


def scan(run: Run) -> None:
    assert run("scan", "data", "-q", "--output-format", "none").exit_code == 0


def review(run: Run, truth: dict[str, str], n: int, reviewer: str = "ana") -> None:
    """Decide a sample as the truth has it, in the terminal."""
    rows = queue_of(load_audit(AUDIT), QueueOptions(sample=n)).rows.to_pylist()
    told = {row["id"]: f"5\n{truth[row['id']]}\n" for row in rows}
    told |= {row["id"]: "1\n" for row in rows if row["given_label"] == truth[row["id"]]}
    asked = ("--queue", f"sample={n}", "--reviewer", reviewer)
    done = done_before(reviewer)
    keys = "".join(told[row["id"]] for row in rows if row["fingerprint"] not in done)
    result = run("review", "terminal", AUDIT, "-q", *asked, input=keys)
    assert result.exit_code == 0, result.output
    assert f"{n} of {n} decided" in result.stdout


def done_before(reviewer: str) -> set[str]:
    """What a reviewer has decided of a sample of the present scan."""
    from labelaudit.scan_key import scan_key

    key = scan_key(load_audit(AUDIT).summary)
    log = Path(AUDIT, "decisions.jsonl")
    lines = log.read_text().splitlines() if log.exists() else []
    found = [json.loads(line) for line in lines]
    return {r["fingerprint"] for r in found if (r["scan"], r["reviewer"]) == (key, reviewer)}


def wrong(truth: dict[str, str]) -> int:
    """How many labels are wrong now."""
    rows = load_audit(AUDIT).scores().to_pylist()
    return sum(row["given_label"] != truth[row["id"]] for row in rows)


def total() -> dict[str, float]:
    return json.loads(Path(AUDIT, "reviewed.json").read_text())["total"]


def test_after_correcting_the_old_sample_is_none_and_a_new_one_tells_what_is_left(run: Run, data: dict):
    review(run, data, 100)
    assert run("review", "stats", AUDIT).exit_code == 0
    assert total()["low"] <= wrong(data) <= total()["high"]
    assert run("apply", AUDIT, "--write", "--in-place").exit_code == 0
    scan(run)
    result = run("review", "stats", AUDIT)
    assert (result.exit_code, "of the 100 rows of the sample have other labels now" in result.stderr) == (
        2,
        True,
    )
    assert "--queue sample=100" in result.stderr
    result = run("check", AUDIT, "--fail-over-reviewed", "100%")
    assert (result.exit_code, "none of this scan" in result.stderr) == (2, True)
    review(run, data, 100)  # rows that were drawn before are asked about again
    result = run("review", "stats", AUDIT)
    assert result.exit_code == 0, result.output
    assert "of 100 rows of an earlier sample have other labels" in result.stdout
    assert total()["high"] >= wrong(data) > 50


def test_a_whole_sample_of_an_earlier_scan_goes_on_to_count_and_is_told(run: Run, data: dict):
    review(run, data, 60)
    assert run("review", "stats", AUDIT).exit_code == 0
    assert not any("earlier scan" in told for told in assumed())
    assert run("scan", "data", "-q", "--seed", "7", "--output-format", "none").exit_code == 0
    assert run("review", "stats", AUDIT).exit_code == 0
    assert any(told.startswith("60 rows of the sample were drawn in an earlier scan") for told in assumed())
    result = run("check", AUDIT, "--fail-over-reviewed", "100%")
    assert (result.exit_code, "no row that is new since was drawn" in result.stderr) == (2, True)
    assert f"labelaudit review serve {AUDIT} --queue sample=100" in result.stderr


def assumed() -> list[str]:
    return json.loads(Path(AUDIT, "reviewed.json").read_text())["assumes"]


def test_a_sample_that_grows_and_has_two_reviewers_is_one(run: Run, data: dict):
    review(run, data, 20)
    review(run, data, 60)
    review(run, data, 40, "bo")
    assert run("review", "stats", AUDIT).exit_code == 0
    found = json.loads(Path(AUDIT, "reviewed.json").read_text())
    assert found["decisions"]["sample"] >= 60
    assert found["decisions"]["stale"] == found["decisions"]["other"] == 0
    assert found["total"]["low"] <= wrong(data) <= found["total"]["high"]


def test_merging_into_a_new_audit_takes_the_rows_along_that_a_sample_lost(run: Run, data: dict):
    review(run, data, 60)
    shutil.move(f"{AUDIT}/decisions.jsonl", "ana.jsonl")
    assert run("apply", AUDIT, "--decisions", "ana.jsonl", "--write", "--in-place").exit_code == 0
    shutil.rmtree(AUDIT)
    scan(run)
    assert run("review", "merge", AUDIT, "ana.jsonl", "--write").exit_code == 0
    result = run("review", "stats", AUDIT)
    assert (result.exit_code, "would make the errors look far too few" in result.stderr) == (2, True)
