"""`labelaudit apply` as people and scripts run it."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

import labelaudit
from labelaudit.decisions import read_decisions
from tests.builders import FORMS, audit_of, audit_paths, embedded_table, honest_sample, write
from tests.cli.conftest import COMMAND, ENVIRONMENT
from tests.made_audits import decision_on, written_line

AUDIT = Path("labelaudit-out")
LABELS = Path("labels.csv")
DECISIONS = AUDIT / "decisions.jsonl"
OTHER = {"cat": "dog", "dog": "owl", "owl": "cat"}
WRITE = ("--write", "--in-place")


def scanned(path=LABELS, table=None, **how):
    """An audit in the usual folder; of a file with ids, labels and probabilities."""
    write(path, honest_sample().table() if table is None else table)
    labelaudit.save_audit(audit_paths(path, **how), AUDIT)
    return labelaudit.load_audit(AUDIT)


def decide(audit, *votes):
    """Write decisions on the worst suspects: a word, "other" for another class, or (word, reviewer)."""
    rows = {row["id"]: row for row in audit.scores().to_pylist()}
    suspects = [rows[suspect.id] for suspect in audit.suspects(len(votes))]
    with open(DECISIONS, "w") as file:
        for row, words in zip(suspects, votes, strict=True):
            for reviewer, word in enumerate(words if isinstance(words, tuple) else (words,)):
                said = OTHER[row["given_label"]] if word == "other" else word
                file.write(written_line(decision_on(row, said, reviewer=f"reviewer {reviewer}")))
    return suspects


def files():
    return {path.as_posix(): path.read_bytes() for path in Path().rglob("*") if path.is_file()}


def git(*arguments, **how):
    return subprocess.run(["git", *arguments], check=True, capture_output=True, **how).stdout


def test_the_diff_is_the_result_and_git_takes_it(process):
    decide(scanned(), "other", "other", "given")
    before = files()
    finished = process("apply", str(AUDIT))
    assert finished.returncode == 0
    assert files() == before
    assert finished.stdout.startswith("--- labels.csv\n+++ labels.csv\n@@ -")
    assert finished.stdout.count("\n-") == finished.stdout.count("\n+") - 1 == 2
    assert finished.stderr == (
        "2 labels to change in 1 file\nkept as given: 1 row\n"
        "hint: --write --out PATH writes a corrected copy, --write --in-place the dataset itself\n"
    )
    git("init", "-q")
    git("add", "labels.csv")
    git("apply", "--unidiff-zero", "-p0", input=finished.stdout.encode())
    assert git("diff", "--numstat").split()[:2] == [b"2", b"2"]
    by_git = LABELS.read_bytes()
    git("checkout", "-q", "labels.csv")
    assert process("apply", str(AUDIT), *WRITE).returncode == 0
    assert LABELS.read_bytes() == by_git


def test_what_is_written_is_named_and_can_be_taken_back(process):
    suspects = decide(scanned(), "other", "neither", ("other", "given"))
    before = LABELS.read_bytes()
    finished = process("apply", str(AUDIT), "--drop", *WRITE)
    assert finished.stdout == "labels.csv\n"
    assert finished.stderr == (
        "1 label changed, 1 row dropped in 1 file\n"
        f"conflict, untouched: 1 row ({suspects[2]['id']})\n"
        "labelaudit-out/changes.csv tells every change; --revert takes them back\n"
    )
    assert LABELS.read_bytes() != before
    diff = process("apply", str(AUDIT), "--revert", "changes.csv")
    assert (diff.returncode, diff.stdout[:15]) == (0, "--- labels.csv\n")
    assert diff.stderr.startswith("2 changes to take back in 1 file\n")
    finished = process("apply", str(AUDIT), "--revert", "labelaudit-out/changes.csv", *WRITE)
    assert finished.stdout == "labels.csv\n"
    assert finished.stderr == (
        "2 changes taken back in 1 file\nlabelaudit-out/changes.csv is now labelaudit-out/reverted-1.csv\n"
    )
    assert LABELS.read_bytes() == before


def test_applying_twice_is_done_and_changes_nothing(run):
    decide(scanned(), "other", "other")
    run("apply", str(AUDIT), *WRITE)
    before = files()
    again = run("apply", str(AUDIT), *WRITE)
    assert (again.exit_code, again.stdout) == (0, "")
    assert again.stderr == "nothing to change\nalready applied: 2 decisions\n"
    assert files() == before


def test_a_scan_after_it_reads_the_new_labels(run):
    suspects = decide(scanned(), "other", "other")
    run("apply", str(AUDIT), "--write", "--out", "new.csv")
    rows = {row["id"]: row for row in audit_paths(Path("new.csv")).scores().to_pylist()}
    for row in suspects:
        assert rows[row["id"]]["given_label"] == OTHER[row["given_label"]]
    assert len(rows) == 300


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            ["--write"],
            "error[usage]: --write does not say where\nhint: --out PATH writes a corrected copy, --in-place",
        ),
        (["--write", "--out", "x.csv", "--in-place"], "error[usage]: --out and --in-place"),
        (["--out", "x.csv"], "error[usage]: --out without --write"),
        (["--in-place"], "error[usage]: --in-place without --write"),
        (["--force"], "error[usage]: --force without --write"),
        (["--drop", "--flag"], "error[usage]: --drop and --flag"),
        (["--one-view"], "error[usage]: --one-view without --auto"),
        (["--min-suggested-prob", "0.9"], "error[usage]: --min-suggested-prob without --auto"),
        (["--auto"], "error[usage]: --auto asks probabilities and neighbours alike"),
        (["--auto", "--min-suggested-prob", "0.5"], "error[usage]: --min-suggested-prob 0.5"),
        (["--min-agreement", "2"], "error[usage]: --min-agreement: '2' is not a number from 0.5 to 1"),
        (["--min-agreement", "0.2"], "error[usage]: --min-agreement: '0.2' is not a number from 0.5 to 1"),
        (["--min-reviewers", "0"], "error[usage]: --min-reviewers: '0' is not a whole number from 1"),
        (["--decisions", "nowhere.jsonl"], "error[file-not-found]: nowhere.jsonl: does not exist"),
        (["--revert", "nowhere.csv"], "error[file-not-found]: nowhere.csv: does not exist"),
        (["--revert", "labels.csv"], "error[unreadable-file]: labels.csv: is no file of changes"),
        (["--revert", "changes.csv", "--drop"], "error[usage]: --drop with --revert"),
        (["--revert", "changes.csv", "--min-reviewers", "1"], "error[usage]: --min-reviewers with --revert"),
        (["--write", "--out", "labels.csv"], "error[output]: labels.csv: is the dataset itself"),
        (["--write", "--out", "/proc/x/new.csv"], "error[output]: /proc/x"),
    ],
)
def test_what_cannot_be_done_is_2_and_writes_nothing(run, arguments, message):
    decide(scanned(), "other")
    before = files()
    result = run("apply", str(AUDIT), *arguments)
    assert result.exit_code == 2
    assert result.stderr.startswith(message)
    assert result.stdout == ""
    assert files() == before


def test_without_decisions_there_is_nothing_to_apply(run):
    scanned()
    result = run("apply", str(AUDIT))
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(
        "error[usage]: nobody has decided anything: no decisions in labelaudit-out/decisions.jsonl\nhint: "
    )
    assert run("apply", "nowhere").exit_code == 2


@pytest.mark.parametrize("mended", [[], ["--skip-stale"]])
def test_a_stale_decision_is_refused_by_name_or_skipped(process, mended):
    suspects = decide(scanned(), "other", "other")
    row = suspects[0]
    old, new = f"{row['id']},{row['given_label']},", f"{row['id']},{OTHER[OTHER[row['given_label']]]},"
    LABELS.write_text(LABELS.read_text().replace(old, new))
    before = files()
    finished = process("apply", str(AUDIT), *WRITE, *mended)
    if mended:
        assert finished.returncode == 0
        assert f"stale, skipped: 1 decision ({row['id']})\n" in finished.stderr
    else:
        assert finished.returncode == 2
        assert "error[correction]: labelaudit-out/decisions.jsonl: 1 decision is stale" in finished.stderr
        assert f"'{row['id']}'\nhint: nothing was written. labelaudit scan" in finished.stderr
        assert files() == before


def test_a_label_of_no_class_names_its_line(process):
    suspects = decide(scanned(), "given", "cow")
    finished = process("apply", str(AUDIT))
    assert finished.returncode == 2
    assert finished.stderr.startswith(
        "error[correction]: labelaudit-out/decisions.jsonl, row 1 (line 2): 'cow' is no class of the audit "
        f"(id '{suspects[1]['id']}')\nhint: the classes are 'cat', 'dog', 'owl'"
    )


def test_another_folder_is_told(process, tmp_path):
    decide(scanned(), "other")
    (tmp_path / "below").mkdir()
    finished = process("apply", "../labelaudit-out", cwd=tmp_path / "below")
    assert finished.returncode == 2
    assert "error[file-not-found]: labels.csv: is not there, seen from" in finished.stderr


def test_decisions_of_several_files_are_one(run):
    decide(scanned(), ("other", "other"))
    lines = DECISIONS.read_text().splitlines(keepends=True)
    Path("a.jsonl").write_text(lines[0])
    Path("b.jsonl").write_text(lines[1])
    DECISIONS.unlink()
    both = ["--decisions", "a.jsonl", "--decisions", "b.jsonl"]
    assert run("apply", str(AUDIT), *both, "--min-reviewers", "2").stdout.startswith("--- labels.csv\n")
    assert run("apply", str(AUDIT), *both[:2], "--min-reviewers", "2").stdout == ""


def test_an_undone_decision_is_none(run):
    decide(scanned(), "other", "other")
    first = read_decisions(DECISIONS)[0]
    undone = {
        "fingerprint": first.fingerprint,
        "id": first.id,
        "decision": "undo",
        "reviewer": first.reviewer,
    }
    with open(DECISIONS, "a") as file:
        file.write(json.dumps(undone) + "\n")
    assert run("apply", str(AUDIT)).stderr.startswith("1 label to change")


def test_both_views_correct_without_people(run):
    audit = scanned(Path("data.parquet"), embedded_table(n_rows=600, noise_rate=0.2))
    result = run("apply", str(AUDIT), "--auto")
    assert result.exit_code == 0
    assert result.stdout.startswith("=== data.parquet\n-row ")
    assert "(auto)\n" in result.stdout
    changed = result.stdout.count("\n+")
    assert 0 < changed < audit.summary.n_suspects
    assert (
        f"{changed} labels to change in 1 file\nauto: {changed} labels without a decision\n  "
        in result.stderr
    )
    suspect = next(audit.suspects())
    decide(audit, "given")
    assert f"id {suspect.id}:" not in run("apply", str(AUDIT), "--auto").stdout
    run("apply", str(AUDIT), "--auto", *WRITE)
    again = run("apply", str(AUDIT), "--auto", *WRITE)
    assert again.exit_code == 0
    assert again.stderr.startswith("nothing to change\n")


def test_bytes_that_are_no_text_are_in_the_diff_as_they_are():
    sample = honest_sample()
    audit = scanned(LABELS)
    decide(audit, "other")
    row = next(audit.suspects()).row
    lines = LABELS.read_bytes().splitlines(keepends=True)
    lines = [
        line.replace(b"\n", b",note\r\n" if i == 0 else b",\xff\x1b\r\n") for i, line in enumerate(lines)
    ]
    LABELS.write_bytes(b"".join(lines))
    command = [*COMMAND, "apply", str(AUDIT), "-q"]
    diff = subprocess.run(command, env=ENVIRONMENT, capture_output=True, check=True).stdout
    assert b"\n-" + lines[row + 1] in diff
    git("apply", "--unidiff-zero", "-p0", input=diff)
    assert len(sample.ids) == len(LABELS.read_bytes().splitlines()) - 1


def test_a_terminal_sees_colours_and_no_control_characters(run):
    decide(scanned(), "other")
    LABELS.write_bytes(LABELS.read_bytes().replace(b"\n", b"\r\n"))
    shown = run("apply", str(AUDIT), "--color", "always").stdout
    assert "\x1b[31m-r" in shown
    assert "\\r\x1b[0m\n" in shown


def test_quiet_says_nothing_but_the_diff(run):
    decide(scanned(), "other")
    result = run("apply", str(AUDIT), "-q")
    assert result.stderr == ""
    assert result.stdout


def test_flags_change_no_label(run):
    suspects = decide(scanned(), "other", "neither")
    before = audit_paths(LABELS).scores()
    assert run("apply", str(AUDIT), "--flag", *WRITE).exit_code == 0
    flags = [line.rsplit(",", 1)[1] for line in LABELS.read_text().splitlines()]
    assert flags[0] == "labelaudit_flag"
    assert [flags[row["row"] + 1] for row in suspects] == [OTHER[suspects[0]["given_label"]], "neither"]
    assert sum(map(bool, flags)) == 3
    assert audit_paths(LABELS).scores()["fingerprint"].equals(before["fingerprint"])


def test_a_closed_pipe_changes_no_code():
    decide(scanned(), *["other"] * 6)
    words = " ".join(f"'{word}'" for word in [*COMMAND, "apply", str(AUDIT)])
    script = f"{words} | true; echo ${{PIPESTATUS[0]}}"
    finished = subprocess.run(
        ["bash", "-c", script], env=ENVIRONMENT, capture_output=True, text=True, check=False, timeout=60
    )
    assert finished.stdout == "0\n"
    assert "Traceback" not in finished.stderr


def test_an_audit_moved_elsewhere_still_tells_its_changes(run):
    decide(scanned(), "other")
    shutil.move(AUDIT, "moved")
    assert run("apply", "moved", *WRITE).exit_code == 0
    assert Path("moved/changes.csv").is_file()


def test_files_that_keep_dropped_rows_are_named(run):
    written = FORMS["npy"](Path("data"), honest_sample())
    labelaudit.save_audit(audit_of(written), AUDIT)
    decide(labelaudit.load_audit(AUDIT), "neither")
    assert "mend them too: data/pred_probs.npy\n" in run("apply", str(AUDIT), "--drop").stderr
    assert "mend them too" not in run("apply", str(AUDIT)).stderr


def test_what_auto_leaves_out_is_told_by_what_hides_it(run):
    table = embedded_table(n_rows=600, noise_rate=0.2)
    worst = next(scanned(Path("data.parquet"), table).suspects())
    Path("labelaudit.ignore.toml").write_text(f'[[ignore]]\nid = "{worst.id}"\nreason = "blot"\n')
    assert run("scan", "data.parquet", "-q").exit_code == 0
    result = run("apply", str(AUDIT), "--auto")
    assert result.exit_code == 0
    assert "\nauto: 1 suspect left out: 1 by labelaudit.ignore.toml\n" in result.stderr
    assert f"id {worst.id}:" not in result.stdout


def test_the_file_to_take_back_next_is_named(run):
    audit = scanned()
    before = LABELS.read_bytes()
    decide(audit, "other")
    run("apply", str(AUDIT), *WRITE)
    decide(audit, "given", "other")
    run("apply", str(AUDIT), *WRITE)
    result = run("apply", str(AUDIT), "--revert", "changes.csv", *WRITE)
    assert result.stderr.endswith(
        "labelaudit-out/changes-1.csv tells of more changes: --revert changes-1.csv takes them back next\n"
    )
    result = run("apply", str(AUDIT), "--revert", "changes-1.csv", *WRITE)
    assert result.stderr.endswith("labelaudit-out/changes-1.csv is now labelaudit-out/reverted-2.csv\n")
    assert LABELS.read_bytes() == before


def test_a_run_that_reached_no_file_is_taken_back_without_a_change(run):
    decide(scanned(), "other", "other")
    before = LABELS.read_bytes()
    run("apply", str(AUDIT), *WRITE)
    LABELS.write_bytes(before)
    diff = run("apply", str(AUDIT), "--revert", "changes.csv")
    assert (diff.exit_code, diff.stdout) == (0, "")
    result = run("apply", str(AUDIT), "--revert", "changes.csv", *WRITE)
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == (
        "0 changes taken back in 0 files; 2 rows hold their old label already\n"
        "labelaudit-out/changes.csv is now labelaudit-out/reverted-1.csv\n"
    )
    assert LABELS.read_bytes() == before
