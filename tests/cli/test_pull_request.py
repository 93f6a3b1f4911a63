"""A pull request to a dataset, from the commit to the verdict: real repositories, real processes."""

from __future__ import annotations

import csv
import json
import os
import random
import re
import shutil
import subprocess
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from typer.testing import Result

from tests.cli.conftest import DIGITS

Process = Callable[..., "subprocess.CompletedProcess[str]"]
Run = Callable[..., Result]

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")

DATA = Path("data")
LABELS = DATA / "labels.csv"
GATE = ("--against", "main", "--fail-over", "5%")


@pytest.fixture(autouse=True)
def plain_git(monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings of the person who runs the tests, and no repository of theirs."""
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    for who in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{who}_NAME", "t")
        monkeypatch.setenv(f"GIT_{who}_EMAIL", "t@example.org")


def git(*words: str) -> str:
    """Run git here; what it says."""
    return subprocess.run(["git", *words], check=True, capture_output=True, text=True).stdout.strip()


def commit(message: str) -> str:
    """Commit all that there is; the hash."""
    git("add", "--all")
    git("commit", "--quiet", "--message", message)
    return git("rev-parse", "HEAD")


def column(path: str, name: str) -> dict[str, str]:
    """A column of a CSV file by id."""
    with open(path, newline="", encoding="utf-8") as file:
        return {record["id"]: record[name] for record in csv.DictReader(file)}


GIVEN = column(f"{DIGITS}/labels.csv", "label")
TRUE = column(f"{DIGITS}/truth.csv", "true_label")


def write_labels(labels: Mapping[str, str], path: Path = LABELS) -> None:
    """Write labels in their order."""
    rows = "".join(f"{name},{label}\n" for name, label in labels.items())
    path.write_text(f"id,label\n{rows}", encoding="utf-8")


def write_model(ids: Iterable[str], *names: str) -> None:
    """Write the probabilities of some rows, and the embeddings."""
    for name in names or ("pred_probs", "embeddings"):
        table = pq.read_table(f"{DIGITS}/{name}.parquet")
        kept = pc.is_in(table["id"], pa.array(list(ids)))
        pq.write_table(table.filter(kept), DATA / f"{name}.parquet")


def repository(labels: Mapping[str, str], *names: str) -> None:
    """A repository with these labels on main, and a branch `pr` checked out."""
    DATA.mkdir()
    write_labels(labels)
    write_model(labels, *names)
    Path(".gitignore").write_text("labelaudit-out/\n")
    git("init", "--quiet", "--initial-branch", "main")
    commit("the dataset")
    git("switch", "--quiet", "--create", "pr")


# --- the request ----------------------------------------------------------------------------------------


class Request:
    """Forty changed rows, drawn with a fixed seed from what is known to be right and wrong in the digits.

    Twenty wrong labels are mended and ten rows added with their true labels. Ten labels are wrong: those of
    five more added rows, and of five rows that had the true one. The wrong class is one that the sample
    confuses the true one with.
    """

    def __init__(self, seed: int) -> None:
        rng = random.Random(seed)
        wrong = [name for name in GIVEN if GIVEN[name] != TRUE[name]]
        right = [name for name in GIVEN if GIVEN[name] == TRUE[name]]
        confused: dict[str, list[str]] = {}
        for name in wrong:
            confused.setdefault(TRUE[name], []).append(GIVEN[name])
        self.mended = rng.sample(wrong, 20)
        drawn = rng.sample(right, 20)
        self.added = drawn[:15]
        self.errors = {name: rng.choice(confused[TRUE[name]]) for name in drawn[10:]}

    @property
    def base(self) -> dict[str, str]:
        """The labels before."""
        return {name: label for name, label in GIVEN.items() if name not in self.added}

    @property
    def right(self) -> dict[str, str]:
        """The labels after, all that change being true."""
        return self.base | {name: TRUE[name] for name in [*self.mended, *self.added]}

    @property
    def wrong(self) -> dict[str, str]:
        """The labels after, ten being wrong."""
        return self.right | self.errors


REQUEST = Request(seed=0)


@pytest.fixture
def request_branch() -> str:
    """The branch `pr` with the wrong labels; the hash of its commit."""
    repository(REQUEST.base)
    write_labels(REQUEST.wrong)
    write_model(GIVEN)
    return commit("forty rows")


def annotated_lines(output: str) -> list[int]:
    """The lines of the labels that warnings stand on."""
    warning = r"^::warning file=data/labels\.csv,line=(\d+),title=LA\d+ [^:]*::"
    found = re.findall(warning, output, re.MULTILINE)
    assert len(found) == output.count("::warning")
    return [int(line) for line in found]


def blamed_lines(revision: str) -> set[int]:
    """The lines of the labels that git blame gives to a commit."""
    blame = git("blame", "--porcelain", LABELS.as_posix())
    heads = re.findall(r"^([0-9a-f]{40}) \d+ (\d+)", blame, re.MULTILINE)
    return {int(line) for blamed, line in heads if blamed == revision}


def test_ten_wrong_labels_in_forty_rows_are_found_and_annotated(
    process: Process, request_branch: str
) -> None:
    finished = process("scan", "data", *GATE, "--output-format", "github")
    assert finished.returncode == 1, finished.stderr
    assert "40 changed rows since main (merge base " in finished.stderr
    assert ": 15 new, 25 relabelled, 0 edited" in finished.stderr
    assert finished.stdout.count("::error::gate: failed (") == 1

    lines = annotated_lines(finished.stdout)
    blamed = blamed_lines(request_branch)
    assert len(blamed) == 40
    assert set(lines) <= blamed
    rows = LABELS.read_text().splitlines()
    found = {rows[line - 1].split(",")[0] for line in lines}
    hits = len(found & set(REQUEST.errors))
    recall, precision = hits / len(REQUEST.errors), hits / len(found)
    print(f"10 wrong labels in 40 changed rows: recall {recall:.2f}, precision {precision:.2f}")
    assert recall == 1
    assert precision >= 0.8


def test_the_same_branch_with_right_labels_passes(process: Process, request_branch: str) -> None:
    write_labels(REQUEST.right)
    commit("mended")
    finished = process("scan", "data", *GATE, "--output-format", "github")
    assert finished.returncode == 0, finished.stderr
    assert "::notice::gate: passed (0 of 35 changed rows are suspects" in finished.stdout
    assert "::warning" not in finished.stdout


def test_check_gives_the_verdict_of_scan(run: Run, request_branch: str) -> None:
    scan = run("scan", "data", *GATE, "--output-format", "json")
    check = run("check", "labelaudit-out", *GATE, "--output-format", "json")
    assert scan.exit_code == check.exit_code == 1
    for name in ("gate", "changes", "hidden"):
        assert json.loads(scan.stdout)[name] == json.loads(check.stdout)[name]
    # Any other old version, without rescoring.
    assert run("check", "labelaudit-out", "--against", "HEAD").stdout.startswith(
        "gate: passed (0 changed rows)"
    )


# --- what is a change -----------------------------------------------------------------------------------


def judged(run: Run, *arguments: str, against: str = "main", code: int = 0) -> dict[str, Any]:
    """The changes and the gate of a scan."""
    how = ["--against", against, "--fail-over", "5%", "--no-save", "--output-format", "json"]
    result = run("scan", "data", *how, *arguments)
    assert result.exit_code == code, result.stderr
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def kinds(found: Mapping[str, Any]) -> tuple[int, ...]:
    """New, relabelled, edited, removed."""
    return tuple(found["changes"][name] for name in ("new", "relabelled", "edited", "removed"))


@pytest.fixture
def branch() -> dict[str, str]:
    """A branch `pr` as main is, with probabilities alone; the labels."""
    repository(GIVEN, "pred_probs")
    return dict(GIVEN)


ERRORS = {name: REQUEST.errors[name] for name in list(REQUEST.errors)[:3]}


def test_a_change_that_is_not_committed_counts(run: Run, branch: dict[str, str]) -> None:
    write_labels(branch | ERRORS)
    found = judged(run, against="HEAD", code=1)
    assert kinds(found) == (0, 3, 0, 0)
    git("add", "data")
    assert kinds(judged(run, against="HEAD", code=1)) == (0, 3, 0, 0)


def test_a_retrained_model_changes_no_row(process: Process, branch: dict[str, str]) -> None:
    table = pq.read_table(DATA / "pred_probs.parquet")
    softer = [pa.array(0.9 * table[name].to_numpy() + 0.01) for name in table.column_names[1:]]
    pq.write_table(pa.table([table["id"], *softer], table.column_names), DATA / "pred_probs.parquet")
    commit("retrained")
    finished = process("scan", "data", *GATE, "--output-format", "github")
    assert finished.returncode == 0, finished.stderr
    assert "::notice::gate: passed (0 changed rows)" in finished.stdout
    assert "::warning" not in finished.stdout


def test_renamed_and_reordered_files_change_no_row(run: Run, branch: dict[str, str]) -> None:
    names = list(branch)
    random.Random(1).shuffle(names)
    write_labels({name: branch[name] for name in names})
    commit("shuffled")
    assert kinds(judged(run)) == (0, 0, 0, 0)
    git("mv", LABELS.as_posix(), "data/digits.csv")
    commit("renamed")
    assert kinds(judged(run)) == (0, 0, 0, 0)
    write_labels({name: branch[name] for name in names[:900]}, DATA / "digits.csv")
    write_labels({name: branch[name] for name in names[900:]}, DATA / "more.csv")
    commit("cut in two")
    assert kinds(judged(run)) == (0, 0, 0, 0)


def test_a_changed_row_in_a_renamed_file_is_annotated_there(run: Run, branch: dict[str, str]) -> None:
    git("mv", LABELS.as_posix(), "data/digits.csv")
    write_labels(branch | ERRORS, DATA / "digits.csv")
    commit("renamed and changed")
    result = run("scan", "data", *GATE, "--output-format", "github")
    assert result.exit_code == 1
    lines = (DATA / "digits.csv").read_text().splitlines()
    found = re.findall(r"^::warning file=data/digits\.csv,line=(\d+)", result.stdout, re.MULTILINE)
    assert {lines[int(line) - 1].split(",")[0] for line in found} == set(ERRORS)


def test_a_new_name_is_told_and_the_old_one_may_be_named(run: Run, branch: dict[str, str]) -> None:
    git("mv", "data", "digits")
    commit("renamed")
    scan = ("scan", "digits", "--fail-over", "5%", "--output-format", "none", "--against")
    result = run(*scan, "main")
    assert (result.exit_code, "gate:" in result.stderr) == (2, False)
    assert "name its old place: --against main:data/" in result.stderr
    result = run(*scan, "main:data")
    assert (result.exit_code, "gate: passed (0 changed rows)" in result.stderr) == (0, True)


def test_a_file_that_git_does_not_track_has_no_old_version(run: Run, branch: dict[str, str]) -> None:
    shutil.copytree("data", "labelaudit-out/data")
    Path("labelaudit-out/data").rename("untracked")
    Path(".gitignore").write_text("untracked/\n")
    result = run("scan", "untracked", *GATE, "--output-format", "none")
    assert (result.exit_code, "is not tracked by git" in result.stderr) == (2, True)


def test_a_dataset_that_is_new_is_judged_whole(run: Run, branch: dict[str, str]) -> None:
    shutil.copytree("data", "second")
    commit("one more")
    result = run("scan", "second", *GATE, "--output-format", "none")
    assert result.exit_code == 1
    assert "1,797 changed rows since main" in result.stderr
    assert "notice[no-old-version]" in result.stderr


def test_a_column_more_changes_no_row_and_dilutes_nothing(run: Run, branch: dict[str, str]) -> None:
    wrong = branch | ERRORS
    rows = "".join(f"{name},{label},b1\n" for name, label in wrong.items())
    LABELS.write_text(f"id,label,batch\n{rows}")
    commit("a column and errors")
    assert kinds(judged(run, code=1)) == (0, len(ERRORS), 0, 0)


def test_edited_rows_do_not_dilute_wrong_labels(run: Run, branch: dict[str, str]) -> None:
    def write(labels: Mapping[str, str], batch: str) -> None:
        rows = "".join(f"{name},{label},{batch}\n" for name, label in labels.items())
        LABELS.write_text(f"id,label,batch\n{rows}")

    git("switch", "--quiet", "main")
    write(branch, "old")
    commit("a column")
    git("switch", "--quiet", "--create", "edits")
    write(branch | ERRORS, "new")
    commit("all edited, and errors")
    result = run("scan", "data", "--against", "main", "--fail-over", "50%", "--output-format", "none")
    assert result.exit_code == 1
    assert f"of {len(ERRORS)} rows with new labels are suspects" in result.stderr


def test_labels_of_another_name_are_no_new_dataset(run: Run, branch: dict[str, str]) -> None:
    git("switch", "--quiet", "main")
    LABELS.write_text(LABELS.read_text().replace("id,label", "id,klass"))
    commit("another name")
    git("switch", "--quiet", "--create", "named")
    write_labels(branch)
    commit("label")
    result = run("scan", "data", *GATE, "--output-format", "none")
    assert (result.exit_code, "no given labels are found in it" in result.stderr) == (2, True)


def test_removed_rows_are_counted_and_not_judged(run: Run, branch: dict[str, str]) -> None:
    kept = {name: branch[name] for name in list(branch)[100:]}
    write_labels(kept)
    write_model(kept, "pred_probs")
    commit("fewer")
    assert kinds(judged(run)) == (0, 0, 0, 100)


def test_what_main_has_done_since_is_no_change_of_the_branch(run: Run, branch: dict[str, str]) -> None:
    write_labels(branch | ERRORS)
    commit("three rows")
    git("switch", "--quiet", "main")
    others = {name: TRUE[name] for name in list(GIVEN)[-400:]}
    write_labels(branch | others)
    commit("main moves on")
    git("switch", "--quiet", "pr")
    assert kinds(judged(run, code=1)) == (0, 3, 0, 0)
    # GitHub checks out a merge of the request into the branch it goes to.
    git("merge", "--quiet", "--message", "merge", "main")
    assert kinds(judged(run, code=1)) == (0, 3, 0, 0)
    assert judged(run, code=1)["gate"]["rules"][0]["suspects"] == 3


def test_old_debt_blocks_nobody(run: Run, branch: dict[str, str]) -> None:
    write_labels(branch | {name: TRUE[name] for name in REQUEST.mended})
    commit("twenty rows mended")
    found = judged(run)
    assert kinds(found) == (0, 20, 0, 0)
    assert found["gate"]["passed"]
    assert found["n_suspects"] > 50
    assert run("scan", "data", "-q", "--fail-over", "2%").exit_code == 1


def test_a_repository_is_left_as_it_was(run: Run, branch: dict[str, str]) -> None:
    write_labels(branch | ERRORS)
    judged(run, code=1)
    assert git("status", "--porcelain", "--untracked-files=all") == "M data/labels.csv"
    assert git("stash", "list") == ""
