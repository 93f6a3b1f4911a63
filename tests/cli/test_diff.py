"""`diff`: the result on stdout, the summary on stderr, and never the gate's exit code."""

import csv
import json
import os
import re
import shutil
import subprocess
from io import StringIO
from pathlib import Path

import pytest

from labelaudit.cli.diff import FORMS
from labelaudit.differences.model import AUDIT_COLUMNS, ROW_COLUMNS
from labelaudit.report.differences import RENDERERS
from tests.builders import honest_sample, write
from tests.cli.conftest import COMMAND, DIGITS, ENVIRONMENT
from tests.io.test_git import commit, git, made

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")

OLD = "id,text,label\n1,a,cat\n2,b,dog\n3,c,cat\n4,d,owl\n"
NEW = "id,text,label\n1,a,dog\n3,changed,cat\n4,d,owl\n5,e,dog\n"
SUMMARY = "old.csv -> new.csv: 1 relabelled, 1 added, 1 removed; 1 row edited, the label kept\n"


@pytest.fixture(autouse=True)
def versions(in_an_empty_folder, monkeypatch):
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    Path("old.csv").write_text(OLD)
    Path("new.csv").write_text(NEW)


@pytest.fixture
def audited(run):
    """A folder of a saved audit of a.csv; b.csv has other labels in ten of its rows."""
    sample = honest_sample(3, n_rows=300)
    write(Path("a.csv"), sample.table())
    changed = {i: sample.classes[(sample.codes[i] + 1) % 3] for i in range(10)}
    write(Path("b.csv"), sample.with_labels(changed).table())
    assert run("scan", "a.csv", "-q", "--output-format", "none").exit_code == 0
    return "labelaudit-out"


def test_result_goes_to_stdout_and_the_summary_to_stderr(run):
    result = run("diff", "old.csv", "new.csv")
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "new.csv:2: relabelled 'cat' -> 'dog' (id 1)",
        "new.csv:5: added 'dog' (id 5)",
        "old.csv:3: removed 'dog' (id 2)",
    ]
    assert result.stderr == SUMMARY
    assert run("diff", "old.csv", "new.csv", "-q").stderr == ""


def test_no_difference_is_an_empty_result(run):
    result = run("diff", "old.csv", "old.csv")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "old.csv -> old.csv: no label differs\n"


def test_forms_are_those_that_can_be_rendered():
    assert set(FORMS) == {"table", *RENDERERS}


@pytest.mark.parametrize("form", FORMS)
def test_every_form_ends_well(run, audited, form):
    for sides in (("old.csv", "new.csv"), ("a.csv", "b.csv", "--audit", audited), ("old.csv", "old.csv")):
        result = run("diff", *sides, "--output-format", form)
        assert result.exit_code == 0
        assert "Traceback" not in result.stderr


def test_table_tells_directions_rows_and_the_summary_itself(run, audited):
    result = run("diff", "a.csv", "b.csv", "--audit", audited, "--output-format", "table")
    assert result.stderr == ""
    assert result.stdout.startswith("a.csv -> b.csv: 10 relabelled\nof 10 relabelled rows the model prefers")
    assert "relabelled: old → new" in result.stdout
    assert len(re.findall(r"b\.csv:\d", result.stdout)) == 10
    assert "model prefers" in result.stdout


def test_table_folds_and_says_how_many_there_are(process):
    rows = [f"{'x' * 60}{i}" for i in range(40)]
    Path("old.csv").write_text("id,label\n" + "".join(f"{row},cat\n" for row in rows))
    Path("new.csv").write_text("id,label\n" + "".join(f"{row},dog\n" for row in rows))
    shown = process("diff", "old.csv", "new.csv", "--output-format", "table", env={"COLUMNS": "60"}).stdout
    assert max(map(len, shown.splitlines())) <= 60
    assert shown.count("relabelled ") == 25
    assert "25 of 40 rows" in shown


def test_top_and_edited_change_what_is_listed(run):
    assert len(run("diff", "old.csv", "new.csv", "--top", "2").stdout.splitlines()) == 2
    assert run("diff", "old.csv", "new.csv", "--top", "0").stdout == ""
    assert run("diff", "old.csv", "new.csv", "--edited").stdout.endswith("new.csv:3: edited 'cat' (id 3)\n")


def test_suffix_of_the_target_tells_the_form(run):
    for name, start in (
        ("d.csv", "kind,id,"),
        ("d.jsonl", '{"kind"'),
        ("d.md", "**Label"),
        ("d.json", "{\n"),
    ):
        result = run("diff", "old.csv", "new.csv", "-o", name)
        assert (result.exit_code, result.stdout) == (0, "")
        assert Path(name).read_text().startswith(start)
    refused = run("diff", "old.csv", "new.csv", "-o", "d.parquet")
    assert refused.exit_code == 2
    assert "hint: forms are table, concise, " in refused.stderr


def test_audit_adds_its_columns_and_what_the_model_prefers(run, audited):
    result = run("diff", "a.csv", "b.csv", "--audit", audited, "--output-format", "csv")
    rows = list(csv.DictReader(StringIO(result.stdout)))
    assert tuple(rows[0]) == ROW_COLUMNS + AUDIT_COLUMNS
    counts = [sum(row["favors"] == side for row in rows) for side in ("new", "old", "neither")]
    assert sum(counts) == 10
    told = "new label in {}, the old one in {}, neither in {}\n".format(*counts)
    assert result.stderr.endswith(f"of 10 relabelled rows the model prefers the {told}")


def test_rows_that_the_audit_does_not_know_are_told(run, audited):
    result = run("diff", "old.csv", "new.csv", "--audit", audited)
    assert result.exit_code == 0
    assert "notice[not-audited]: the audit does not know 3 of the 3 rows listed" in result.stderr
    assert "not in the audit" in result.stdout


def test_options_name_columns_as_in_a_scan(run):
    Path("old.csv").write_text("key,kind,label\nx,0,a\ny,1,b\n")
    Path("new.csv").write_text("key,kind,label\nx,1,a\ny,1,b\n")
    words = ["diff", "old.csv", "new.csv", "--id-col", "key", "--label-col", "kind", "--classes", "cat,dog"]
    assert run(*words).stdout == "new.csv:2: relabelled 'cat' -> 'dog' (id x)\n"
    Path("labelaudit.toml").write_text('id-col = "key"\nlabel-col = "kind"\noutput-format = "sarif"\n')
    found = run("diff", "old.csv", "new.csv").stdout
    assert found == "new.csv:2: relabelled '0' -> '1' (id x)\n"


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["old.csv", "nowhere.csv"], "file-not-found"),
        (["nobody", "new.csv"], "git"),
        (["old.csv", "empty.csv"], "unreadable-file"),
        (["old.csv", "notes.txt"], "unreadable-file"),
        (["old.csv", "folder"], "empty-dataset"),
        (["old.csv", "new.csv", "--label-col", "nope"], "column-not-found"),
        (["old.csv", "new.csv", "--audit", "nowhere"], "audit-not-found"),
        (["old.csv", "new.csv", "--path", "old.csv"], "usage"),
        (["old.csv", "new.csv", "--output-format", "markdwn"], "usage"),
        (["old.csv", "new.csv", "-o", "new.csv"], "output"),
        (["old.csv", "new.csv", "-o", "nowhere/d.csv"], "output"),
        (["old.csv", "-"], "usage"),
        (["old.csv"], "usage"),
        (["old.csv", "broken.csv"], "unreadable-file"),
        (["old.csv", "doubtful.csv"], "LA906"),
    ],
)
def test_what_cannot_be_compared_exits_2_with_the_mend(run, words, code):
    Path("empty.csv").write_text("")
    Path("notes.txt").write_text("")
    Path("folder").mkdir()
    Path("broken.csv").write_text("id,label\n1,cat,too,many\n")
    Path("doubtful.csv").write_text("id,label\n,cat\n2,dog\n")
    result = run("diff", *words)
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"error[{code}]" in result.stderr
    assert "\nhint: " in result.stderr


@pytest.mark.parametrize("backwards", [False, True])
def test_header_alone_is_a_version_without_rows(run, backwards):
    Path("header.csv").write_text("id,text,label\n")
    sides = ("old.csv", "header.csv") if backwards else ("header.csv", "old.csv")
    result = run("diff", *sides)
    assert result.exit_code == 0
    assert len(result.stdout.splitlines()) == 4
    assert "notice[no-rows]: header.csv has no rows with labels" in result.stderr


def test_settings_can_be_shown(run):
    assert "id-col = none  (default)\n" in run("diff", "old.csv", "new.csv", "--show-settings").stdout


def test_closed_pipe_is_no_fault():
    Path("old.csv").write_text("id,label\n")
    Path("new.csv").write_text("id,label\n" + "".join(f"{i},cat\n" for i in range(20_000)))
    words = [*COMMAND, "diff", "old.csv", "new.csv", "--output-format", "jsonl", "-q"]
    with subprocess.Popen(words, env=ENVIRONMENT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stderr is not None
        first = json.loads(process.stdout.readline())
        process.stdout.close()
        complaint = process.stderr.read()
    assert (first["kind"], process.returncode, complaint) == ("added", 0, b"")


def test_samples_of_the_readme_can_be_compared(run):
    result = run("diff", DIGITS, DIGITS)
    assert (result.exit_code, result.stdout) == (0, "")


@needs_git
def test_refs_are_compared_in_a_process_of_its_own(process, monkeypatch):
    repo = made(Path("repo").absolute(), {"data/labels.csv": OLD})
    git(repo, "tag", "v1")
    commit(repo, {"data/labels.csv": NEW})
    at = git(repo, "rev-parse", "--short=7", "v1")
    shown = process("diff", "v1", "data", cwd=repo)
    assert shown.returncode == 0
    assert shown.stderr == SUMMARY.replace("old.csv", f"v1 ({at})").replace("new.csv", "data")
    assert shown.stdout.splitlines()[2] == "v1:data/labels.csv:3: removed 'dog' (id 2)"
    two_refs = process("diff", "v1", "HEAD", "--path", "data/labels.csv", "--path", "data", cwd=repo)
    assert two_refs.stdout.splitlines()[0] == "HEAD:data/labels.csv:2: relabelled 'cat' -> 'dog' (id 1)"
    neither = process("diff", "v1", "HEAD", cwd=repo)
    assert (neither.returncode, neither.stdout) == (2, "")
    assert "hint: add --path data/" in neither.stderr


@needs_git
def test_refs_are_read_where_the_audit_read(process):
    sample = honest_sample(3, n_rows=300)
    repo = made(Path("repo").absolute(), {"README": ""})
    write(repo / "data" / "labels.csv", sample.labels_table())
    write(repo / "data" / "probs.parquet", sample.probs_table())
    commit(repo)
    write(repo / "data" / "labels.csv", sample.with_labels({7: "owl", 8: "owl", 9: "owl"}).labels_table())
    commit(repo)
    assert process("scan", "data", "-q", "--output-format", "none", cwd=repo).returncode == 0
    found = process("diff", "HEAD~1", "HEAD", "--audit", "labelaudit-out", cwd=repo)
    assert found.returncode == 0
    assert found.stdout.count("model prefers") == len(found.stdout.splitlines()) > 0
