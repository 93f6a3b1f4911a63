"""`labelaudit review merge` on what it cannot merge."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from labelaudit.cli.app import app
from tests.cli.conftest import CANCER

Run = Callable[..., Result]


@pytest.fixture(scope="module")
def audit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("merging") / "audit"
    assert CliRunner().invoke(app, ["scan", CANCER, "-q", "--out-dir", str(folder)]).exit_code == 0
    return folder


def written(audit: Path, **changed: str) -> str:
    """A file with one decision on a suspect."""
    suspect = json.loads(Path(audit, "suspects.jsonl").read_text().splitlines()[0])
    vote = {"fingerprint": suspect["fingerprint"], "id": suspect["id"], "decision": "given"}
    Path("bo.jsonl").write_text(json.dumps(vote | {"reviewer": "bo"} | changed) + "\n")
    return "bo.jsonl"


@pytest.mark.parametrize("share", ["0.4", "2", "x", "nan"])
def test_the_range_of_min_agreement_is_told_in_the_words_of_merge(run: Run, audit: Path, share: str):
    result = run("review", "merge", str(audit), written(audit), "--min-agreement", share)
    told = f"error[usage]: --min-agreement: '{share}' is not a number from 0.5 to 1\n"
    assert (result.exit_code, result.stderr) == (2, told)


def test_decisions_of_another_audit_are_refused(run: Run, audit: Path):
    result = run("review", "merge", str(audit), written(audit, fingerprint="0123456789abcdef"), "--write")
    assert result.exit_code == 2
    assert "bo.jsonl: these decisions are of another audit (none of its 1 rows is here)" in result.stderr
    assert not Path(audit, "decisions.jsonl").exists()


def test_a_label_that_is_no_class_is_refused_as_apply_does(run: Run, audit: Path):
    named = written(audit, decision="other", label="eleven")
    merged, applied = (
        run("review", "merge", str(audit), named, "--write"),
        run("apply", str(audit), "--decisions", named),
    )
    assert (merged.exit_code, merged.stderr) == (applied.exit_code, applied.stderr)
    assert "bo.jsonl, row 0 (line 1): 'eleven' is no class of the audit" in merged.stderr
