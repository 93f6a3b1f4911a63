"""The GitHub Action: its shell steps, run as the runner of GitHub runs them."""

from __future__ import annotations

import csv
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parent.parent
ACTION = yaml.safe_load((ROOT / "action.yml").read_text(encoding="utf-8"))
INSTALL, SCAN = ACTION["runs"]["steps"]
DATA = "my data/breast cancer.csv"
BASH = ("bash", "--noprofile", "--norc", "-e", "-o", "pipefail")
"""What `shell: bash` stands for (GitHub's documentation, "jobs.<job_id>.steps[*].shell")."""
ENVIRONMENT = {
    **{n: v for n, v in os.environ.items() if not n.startswith(("LABELAUDIT_", "GITHUB_", "GIT_"))},
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
}
IDENTITY = ("-c", "user.name=nobody", "-c", "user.email=nobody@localhost")
PULL_REQUEST = {"against": "origin/main"}  # what `against` is there by default


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", *IDENTITY, *words], cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, check=True
    )
    return done.stdout


def rows_of(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as stream:
        return list(csv.DictReader(stream))


def commit_rows(folder: Path, rows: list[dict[str, str]]) -> None:
    with (folder / DATA).open("w", encoding="utf-8", newline="") as stream:
        writer = csv.DictWriter(stream, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "labels")


def other(label: str) -> str:
    return {"malignant": "benign", "benign": "malignant"}[label]


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository of labels; `wrong` makes 20 of them wrong, `right` mends 28, `broken` is no table."""
    folder = tmp_path_factory.mktemp("origin")
    git(folder, "init", "-q", "--initial-branch=main")
    (folder / DATA).parent.mkdir()
    rows = rows_of(ROOT / "sample_data" / "breast_cancer.csv")
    truth = {row["id"]: row["true_label"] for row in rows_of(ROOT / "sample_data/breast_cancer_truth.csv")}
    commit_rows(folder, rows)
    git(folder, "switch", "-qc", "right")
    commit_rows(folder, [row | {"label": truth[row["id"]]} for row in rows])
    git(folder, "switch", "-qc", "wrong", "main")
    right = [row for row in rows if row["label"] == truth[row["id"]]]
    sure = [row for row in right if float(row[f"prob_{row['label']}"]) > 0.9][:20]
    commit_rows(folder, [row | {"label": other(row["label"])} if row in sure else row for row in rows])
    git(folder, "switch", "-qc", "broken", "main")
    (folder / DATA).write_text('id,label\n1,"no end', encoding="utf-8")
    git(folder, "commit", "-qam", "broken")
    return folder


@dataclass(frozen=True)
class Step:
    """What a step left behind."""

    code: int
    stdout: str
    stderr: str
    outputs: dict[str, str]
    summary: str


@pytest.fixture
def step(tmp_path: Path) -> Callable[..., Step]:
    """Run a step of the action with these inputs, in a folder, with the programs of another."""

    def step(of: dict[str, Any], inputs: dict[str, str], folder: Path, programs: Path, **more: str) -> Step:
        temp = tmp_path / "runner temp"
        temp.mkdir(exist_ok=True)
        script, output, summary = temp / "step.sh", temp / "output", temp / "summary"
        script.write_text(of["run"], encoding="utf-8")
        output.write_text("")
        summary.write_text("")
        env = ENVIRONMENT | {
            "GITHUB_OUTPUT": str(output),
            "GITHUB_STEP_SUMMARY": str(summary),
            "GITHUB_ACTION_PATH": str(ROOT),
            "RUNNER_TEMP": str(temp),
        }
        env |= evaluated(of["env"], inputs, str(programs)) | more
        done = subprocess.run(
            [*BASH, str(script)], cwd=folder, env=env, capture_output=True, text=True, check=False
        )
        outputs = dict(line.split("=", 1) for line in output.read_text().splitlines())
        return Step(done.returncode, done.stdout, done.stderr, outputs, summary.read_text("utf-8"))

    return step


def evaluated(env: dict[str, str], inputs: dict[str, str], programs: str) -> dict[str, str]:
    """The variables of a step, for the few expressions that the action uses."""
    defaults = {name: entry.get("default", "") for name, entry in ACTION["inputs"].items()}
    context = {f"inputs.{name}": value for name, value in (defaults | {"against": ""} | inputs).items()}
    context["steps.install.outputs.bin"] = programs
    return {name: context[re.fullmatch(r"\$\{\{ (\S+) \}\}", text)[1]] for name, text in env.items()}


@pytest.fixture(scope="module")
def programs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the step before has installed: the labelaudit that is tested."""
    folder = tmp_path_factory.mktemp("installed") / "bin"
    folder.mkdir()
    write_program(folder / "python", f'exec "{sys.executable}" "$@"')
    write_program(folder / "labelaudit", f'exec "{sys.executable}" -m labelaudit "$@"')
    return folder


def write_program(file: Path, line: str) -> None:
    file.write_text(f"#!/bin/sh\n{line}\n")
    file.chmod(0o755)


@pytest.fixture
def checkout(origin: Path, tmp_path: Path) -> Callable[..., Path]:
    """Check a branch out as `actions/checkout` does with these options."""

    def checkout(branch: str, *options: str) -> Path:
        folder = tmp_path / "checked out"
        git(tmp_path, "clone", "-q", "--branch", branch, *options, origin.as_uri(), str(folder))
        return folder

    return checkout


def test_a_branch_with_wrong_labels_fails_and_says_how_many(checkout, step, programs):
    folder = checkout("wrong")
    done = step(SCAN, {"path": DATA, **PULL_REQUEST}, folder, programs)
    assert done.code == 1, done.stderr
    assert done.outputs["gate"] == "failed"
    assert 18 <= int(done.outputs["new"]) <= 20
    assert int(done.outputs["suspects"]) > int(done.outputs["new"])
    assert float(done.outputs["rate"]) == int(done.outputs["new"]) / 20
    assert "gate: failed" in done.summary
    lines = re.findall(r"^::warning file=my data/breast cancer.csv,line=(\d+),", done.stdout, re.MULTILINE)
    assert len(lines) == 10
    for line in lines:
        blamed = git(folder, "blame", "-s", f"-L{line},{line}", "origin/main..HEAD", "--", DATA)
        assert not blamed.startswith("^"), "the branch has not touched this line"


def test_a_branch_with_right_labels_passes_whatever_debt_there_is(checkout, step, programs):
    done = step(SCAN, {"path": DATA, **PULL_REQUEST}, checkout("right"), programs)
    assert done.code == 0, done.stderr
    assert done.outputs["gate"] == "passed"
    assert float(done.outputs["rate"]) <= 0.05


def test_without_an_old_version_all_rows_are_judged(checkout, step, programs):
    folder = checkout("main")
    done = step(SCAN, {"path": DATA}, folder, programs)
    assert (done.code, done.outputs["gate"]) == (0, "none")
    assert done.outputs["new"] == done.outputs["suspects"]
    assert float(done.outputs["rate"]) == pytest.approx(int(done.outputs["suspects"]) / 569, abs=1e-6)
    done = step(SCAN, {"path": DATA, "fail-over": "1%", "confidence": "0.95"}, folder, programs)
    assert (done.code, done.outputs["gate"]) == (1, "failed")
    assert "its lower end decides" in done.summary


def test_suspects_of_the_baseline_are_in_no_output(checkout, step, programs):
    folder = checkout("main")
    step(SCAN, {"path": DATA, "out-dir": "first audit"}, folder, programs)
    words = ["baseline", "create", "first audit", "-o", "old debt.json"]
    subprocess.run([programs / "labelaudit", *words], cwd=folder, env=ENVIRONMENT, check=True)
    inputs = {"path": DATA, "baseline": "old debt.json", "args": "--fail-on-new"}
    done = step(SCAN, inputs, folder, programs)
    assert done.code == 0, done.stderr
    assert done.outputs == {"suspects": "0", "new": "0", "rate": "0.000000", "gate": "passed"}


def test_a_failed_gate_of_exit_zero_is_told_in_the_output(checkout, step, programs):
    inputs = {"path": DATA, **PULL_REQUEST, "args": "--exit-zero"}
    done = step(SCAN, inputs, checkout("wrong"), programs)
    assert (done.code, done.outputs["gate"]) == (0, "failed")


def test_paths_stand_one_a_line_and_args_are_words_of_a_shell(checkout, step, programs):
    folder = checkout("main")
    (folder / "new labels").mkdir()
    for name in ("labels.csv", "pred_probs.parquet"):
        shutil.copy(ROOT / "sample_data" / "digits" / name, folder / "new labels" / name)
    inputs = {
        "path": "new labels/labels.csv\n\nnew labels/pred_probs.parquet\n",
        "args": "--fail-over-class 'three=100%' \\\n  --report=\"md=my report.md\" --label-col label",
        "sarif": "my report.sarif",
    }
    done = step(SCAN, inputs, folder, programs)
    assert (done.code, done.outputs["gate"]) == (0, "passed"), done.stderr
    assert (folder / "my report.md").is_file()
    assert (folder / "my report.sarif").is_file()


def test_what_a_workflow_puts_in_is_never_run(checkout, step, programs):
    folder = checkout("main")
    evil = "$(touch evil) `touch evil`; touch evil"
    for name in ("path", "against", "fail-over", "confidence", "baseline", "args", "sarif"):
        done = step(SCAN, {"path": DATA, "args": "-q"} | {name: evil}, folder, programs)
        assert done.code == (0 if name == "sarif" else 2)
        assert (folder / evil).exists() == (name == "sarif")
        assert not (folder / "evil").exists()


WRONG = {
    "a broken file": ("broken", (), {}, "error[unreadable-file]"),
    "a shallow clone": ("wrong", ("--depth=1",), {}, "fetch-depth: 0"),
    "a missing file": ("main", (), {"path": "data"}, "error[file-not-found]"),
    "no path": ("main", (), {"path": ""}, "error[usage]: no data"),
    "a class that does not exist": ("main", (), {"args": "--fail-over-class cat=1%"}, "error[config]"),
    "an open quote": ("main", (), {"args": "--label-col 'label"}, "No closing quotation"),
    "no limit": ("main", (), {"fail-over": "few"}, "error[config]"),
    "only help": ("main", (), {"args": "--help"}, "summary.json"),
    "only settings": ("main", (), {"args": "--show-settings"}, "summary.json"),
    "paths behind dashes": ("main", (), {"args": "--"}, "error[file-not-found]"),
}


@pytest.mark.parametrize(("branch", "options", "inputs", "told"), WRONG.values(), ids=WRONG)
def test_what_could_not_be_audited_is_an_error(checkout, step, programs, branch, options, inputs, told):
    done = step(SCAN, {"path": DATA, **PULL_REQUEST} | inputs, checkout(branch, *options), programs)
    assert done.code == 2
    assert done.outputs == {"gate": "error"}
    assert told in done.stderr
    assert "::error title=labelaudit::" in done.stdout


def test_an_earlier_audit_speaks_for_no_later_run(checkout, step, programs):
    folder = checkout("main")
    assert step(SCAN, {"path": DATA}, folder, programs).code == 0
    done = step(SCAN, {"path": DATA, "args": "--help"}, folder, programs)
    assert (done.code, done.outputs) == (2, {"gate": "error"})
    assert "is of an earlier run" in done.stderr


def test_args_cannot_send_the_audit_elsewhere(checkout, step, programs):
    folder = checkout("main")
    inputs = {"path": DATA, "args": "--no-save --out-dir elsewhere --output-format json"}
    done = step(SCAN, inputs, folder, programs)
    assert (done.code, done.outputs["gate"]) == (0, "none")
    assert done.stdout.startswith("::warning file=")
    assert not (folder / "elsewhere").exists()


@pytest.mark.parametrize(("code", "left"), [(0, 2), (1, 2), (2, 2), (3, 3), (127, 127), (143, 143)])
def test_a_command_that_audits_nothing_is_an_error_whatever_its_code(step, tmp_path, code, left):
    write_program(tmp_path / "python", f'exec "{sys.executable}" "$@"')
    write_program(tmp_path / "labelaudit", f"exit {code}")
    done = step(SCAN, {"path": DATA}, tmp_path, tmp_path)
    assert (done.code, done.outputs) == (left, {"gate": "error"})
    assert f"exit code {code}" in done.stdout


def test_no_summary_is_asked_for_where_there_is_none(step, tmp_path):
    write_program(tmp_path / "python", f'exec "{sys.executable}" "$@"')
    write_program(tmp_path / "labelaudit", 'echo "$@"; exit 3')
    assert " --summary" in step(SCAN, {"path": DATA}, tmp_path, tmp_path).stdout
    assert " --summary" not in step(SCAN, {"path": DATA}, tmp_path, tmp_path, GITHUB_STEP_SUMMARY="").stdout


# --- the step that installs: a real one needs the network -----------------------------------------

STUB = r"""
echo "$@" >> "$RUNNER_TEMP/calls"
case "$1 $2" in
"-I -c") exit {version} ;;
"-m venv")
  mkdir -p "$3/bin" && cp "$0" "$3/bin/python"
  exit {venv} ;;
"-m pip")
  [ {pip} = 0 ] && cp "$0" "$(dirname "$0")/labelaudit"
  exit {pip} ;;
esac
"""


def stub(folder: Path, *, version: int = 0, venv: int = 0, pip: int = 0) -> str:
    """A Python that does as it is told."""
    write_program(folder / "my python", STUB.format(version=version, venv=venv, pip=pip))
    return str(folder / "my python")


def test_the_checkout_is_installed_once_into_an_environment_of_its_own(step, tmp_path):
    python = stub(tmp_path)
    done = step(INSTALL, {"python": python}, tmp_path, tmp_path)
    assert done.code == 0, done.stderr
    programs = Path(done.outputs["bin"])
    assert (programs / "labelaudit").is_file()
    assert programs.is_relative_to(tmp_path / "runner temp")
    calls = tmp_path / "runner temp" / "calls"
    assert (
        calls.read_text()
        .splitlines()[-1]
        .endswith(f"-m pip install --quiet --disable-pip-version-check {ROOT}")
    )
    calls.unlink()
    assert step(INSTALL, {"python": python}, tmp_path, tmp_path).outputs == done.outputs
    assert "pip" not in calls.read_text()
    elsewhere = step(INSTALL, {"python": python}, tmp_path, tmp_path, GITHUB_ACTION_PATH="/another/version")
    assert elsewhere.outputs != done.outputs


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        ({"version": 1}, "Python 3.11 or newer is needed"),
        ({"venv": 1}, "no virtual environment could be made"),
        ({"pip": 1}, "it could not be installed"),
    ],
)
def test_an_installation_that_fails_is_no_verdict(step, tmp_path, fault, told):
    done = step(INSTALL, {"python": stub(tmp_path, **fault)}, tmp_path, tmp_path)
    assert (done.code, done.outputs) == (2, {})
    assert f"::error title=labelaudit::{told}" in done.stdout


def test_a_python_that_is_not_there_is_told(step, tmp_path):
    done = step(INSTALL, {"python": "python2.1"}, tmp_path, tmp_path)
    assert done.code == 2
    assert "python2.1 is none: add actions/setup-python" in done.stdout


# --- the file itself ------------------------------------------------------------------------------


def test_no_expression_stands_in_a_script():
    assert all("${{" not in one["run"] and one["shell"] == "bash" for one in (INSTALL, SCAN))


def test_every_input_reaches_a_step_and_is_described():
    used = {text for one in (INSTALL, SCAN) for text in one["env"].values()}
    assert {f"${{{{ inputs.{name} }}}}" for name in ACTION["inputs"]} <= used
    assert all(entry["description"] for entry in (ACTION["inputs"] | ACTION["outputs"]).values())


def test_the_old_version_is_the_base_of_a_pull_request():
    default = "${{ github.base_ref && format('origin/{0}', github.base_ref) || '' }}"
    assert ACTION["inputs"]["against"]["default"] == default


def test_a_gate_that_never_ran_is_an_error_and_each_output_is_written():
    printed = re.search(r'print\(f"(.*)"\)', SCAN["run"])[1].replace(r"\n", "\n")
    assert set(ACTION["outputs"]) == set(re.findall(r"^(\w+)=", printed, re.MULTILINE))
    assert ACTION["outputs"]["gate"]["value"] == "${{ steps.scan.outputs.gate || 'error' }}"


def test_the_examples_of_the_manual_fit_the_action():
    page = (ROOT / "docs" / "ci.md").read_text(encoding="utf-8")
    examples = [
        yaml.safe_load(text) for text in re.findall(r"^```yaml\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    ]
    steps = [step for one in examples if "jobs" in one for step in one["jobs"]["labels"]["steps"]]
    uses = [step for step in steps if step.get("uses", "").startswith("OWNER/labelaudit")]
    assert len(uses) == 1
    assert set(uses[0]["with"]) <= set(ACTION["inputs"])
    tables = page.partition("| input |")[2].partition("They are there")[0]
    named = set(re.findall(r"`([a-z-]+)`", "".join(re.findall(r"^\| (.*?) \|", tables, re.MULTILINE))))
    assert named == set(ACTION["inputs"]) | set(ACTION["outputs"])


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not installed")
@pytest.mark.parametrize("of", [INSTALL, SCAN], ids=lambda of: of["id"])
def test_shellcheck_finds_nothing(of):
    words = ["shellcheck", "--shell=bash", "-"]
    done = subprocess.run(words, input=of["run"], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
