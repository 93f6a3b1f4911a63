"""The hook of pre-commit: its entry, run as pre-commit runs it, and by pre-commit itself where it is here."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from labelaudit.io.tables import SUFFIXES, format_of

ROOT = Path(__file__).parent.parent
(HOOK,) = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text(encoding="utf-8"))
TABLE = "breast_cancer.csv"
ENVIRONMENT = {
    **{n: v for n, v in os.environ.items() if not n.startswith(("LABELAUDIT_", "GIT_", "PRE_COMMIT"))},
    "GIT_CONFIG_GLOBAL": os.devnull,
    "GIT_CONFIG_SYSTEM": os.devnull,
    "GIT_AUTHOR_NAME": "nobody",
    "GIT_AUTHOR_EMAIL": "nobody@localhost",
    "GIT_COMMITTER_NAME": "nobody",
    "GIT_COMMITTER_EMAIL": "nobody@localhost",
}

Hook = Callable[..., subprocess.CompletedProcess[str]]


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", *words], cwd=folder, env=ENVIRONMENT, capture_output=True, text=True, check=True
    )
    return done.stdout


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """All in one table; labels beside their probabilities; text with labels."""
    folder = tmp_path / "repository"
    shutil.copytree(ROOT / "sample_data" / "digits", folder / "data")
    for name in (TABLE, "reviews.csv"):
        shutil.copy(ROOT / "sample_data" / name, folder)
    git(folder, "init", "-q", "--initial-branch=main")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "labels")
    return folder


@pytest.fixture
def hook(repository: Path) -> Hook:
    """Run the entry as `git commit` does by way of pre-commit: an index is named, nobody watches."""

    def hook(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
        entry = HOOK["entry"].split()
        assert entry[0] == "python"
        return subprocess.run(
            [sys.executable, *entry[1:], *words],
            cwd=repository,
            env=ENVIRONMENT | {"PRE_COMMIT": "1", "GIT_INDEX_FILE": ".git/index"} | env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )

    return hook


def change(file: Path, old: str, new: str, *, lines: slice = slice(None)) -> None:
    """Replace a text in some lines, and stage the file."""
    text = file.read_text(encoding="utf-8").splitlines(keepends=True)
    changed = [line.replace(old, new) for line in text[lines]]
    assert changed != text[lines]
    text[lines] = changed
    file.write_text("".join(text), encoding="utf-8")
    git(file.parent, "add", file.name)


def mislabel(repository: Path) -> None:
    change(repository / TABLE, ",malignant,", ",benign,", lines=slice(1, 21))


def test_wrong_labels_in_a_commit_fail_and_are_named(repository, hook):
    mislabel(repository)
    done = hook(TABLE)
    assert done.returncode == 1
    assert re.search(r"^breast_cancer\.csv:2: LA101.*given 'benign', suggested 'malignant'", done.stdout)
    assert "gate: failed (18 of 18 changed rows are suspects" in done.stderr


def test_old_debt_blocks_no_commit(repository, hook):
    change(repository / TABLE, "case-001,", "case-new,")
    done = hook(TABLE)
    assert done.returncode == 0, done.stderr
    assert "1 changed row since HEAD" in done.stderr
    assert "gate: passed (0 of 1 changed row" in done.stderr


@pytest.mark.parametrize("words", [[TABLE], [TABLE, "--save", "--out-dir", "out", "-o", "result.csv"]])
def test_the_hook_writes_nothing_whatever_is_pinned(repository, hook, words):
    (repository / "labelaudit.toml").write_text(
        'save = true\noutput = "result.csv"\nreport = ["md=report.md"]\nsummary = true\n'
        'output-format = "json"\n[gate]\nagainst = "no-such-branch"\n'
    )
    mislabel(repository)
    before = git(repository, "status", "--porcelain", "--ignored"), git(repository, "ls-files", "--stage")
    done = hook(*words)
    assert done.returncode == 1, done.stderr
    assert (
        git(repository, "status", "--porcelain", "--ignored"),
        git(repository, "ls-files", "--stage"),
    ) == before
    assert done.stdout.startswith(TABLE)


def test_labels_without_their_probabilities_are_refused_with_the_mend(repository, hook):
    change(repository / "data" / "labels.csv", ",zero", ",one", lines=slice(1, 40))
    done = hook("data/labels.csv")
    assert done.returncode == 2
    assert "no predicted probabilities found in data/labels.csv" in done.stderr
    assert "args: [data/] and pass_filenames: false" in done.stderr
    done = hook("data/")
    assert done.returncode == 1
    assert "gate: failed" in done.stderr


def test_texts_can_be_predicted_by_an_argument(repository, hook):
    change(repository / "reviews.csv", ",delivery", ",comfort", lines=slice(1, 9))
    assert "scan --predict makes them" in hook("reviews.csv").stderr
    done = hook("--predict", "reviews.csv")
    assert done.returncode == 1
    assert "gate: failed" in done.stderr


def test_two_datasets_in_one_commit_are_not_mixed(repository, hook):
    done = hook("data/labels.csv", TABLE)
    assert done.returncode == 2
    assert "args: [data/] and pass_filenames: false" in done.stderr


def test_a_file_without_labels_is_none_of_its_business_and_it_says_so(repository, hook):
    change(repository / "data" / "truth.csv", ",zero", ",one")
    done = hook("data/truth.csv", "data/pred_probs.parquet")
    assert done.returncode == 0
    assert done.stderr == "no labels in data/truth.csv, data/pred_probs.parquet: nothing to judge\n"


@pytest.mark.parametrize("beside", [[], ["data/labels.csv", "data/pred_probs.parquet"]])
def test_a_file_that_loses_its_labels_is_no_file_without_labels(repository, hook, beside):
    change(repository / TABLE, ",label,", ",lable,", lines=slice(0, 1))
    done = hook(TABLE, *beside)
    assert done.returncode == 2
    assert "HEAD:breast_cancer.csv: has labels in column 'label'" in done.stderr
    assert "--label-col, NAME" in done.stderr


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ([], "error[usage]: no data"),
        (["gone.csv"], "error[file-not-found]"),
        (["--nope", TABLE], "error[usage]: No such option: --nope"),
        (["--fail-over", "few", TABLE], "error[config]"),
        (["data/broken.csv"], "error[unreadable-file]"),
    ],
)
def test_what_cannot_be_judged_does_not_pass(repository, hook, words, told):
    (repository / "data" / "broken.csv").write_text('id,label\n1,"no end')
    done = hook(*words)
    assert done.returncode == 2
    assert told in done.stderr


def test_the_first_commit_has_nothing_to_compare_with(repository, hook):
    shutil.rmtree(repository / ".git")
    git(repository, "init", "-q")
    git(repository, "add", ".")
    done = hook(TABLE)
    assert done.returncode == 2
    assert "SKIP=labelaudit git commit" in done.stderr


def test_before_a_push_all_of_its_commits_are_judged(repository, hook):
    mislabel(repository)
    git(repository, "commit", "-qm", "wrong")
    assert "gate: passed (0 changed rows)" in hook(TABLE).stderr
    done = hook(TABLE, PRE_COMMIT_FROM_REF="HEAD~1", PRE_COMMIT_TO_REF="HEAD")
    assert done.returncode == 1
    assert "since HEAD~1" in done.stderr


def test_an_argument_names_another_old_version(repository, hook):
    git(repository, "branch", "base")
    mislabel(repository)
    git(repository, "commit", "-qm", "wrong")
    assert hook("--against", "base", TABLE).returncode == 1


def test_the_modules_of_the_repository_are_not_ours(repository, hook):
    for name in ("labelaudit", "numpy"):
        (repository / name).mkdir()
        (repository / name / "__init__.py").write_text("raise SystemExit(0)")
    mislabel(repository)
    assert hook(TABLE, PYTHONPATH=str(repository)).returncode == 1


def test_the_hook_is_handed_every_table_that_may_hold_labels():
    for suffix in SUFFIXES:
        name = f"data/train{suffix}"
        assert (re.search(HOOK["files"], name) is not None) == (format_of(Path(name)) != "npy"), suffix
    assert re.search(HOOK["files"], "DATA.CSV")
    assert not re.search(HOOK["files"], "csv")


def test_a_commit_is_stopped_by_pre_commit_itself(repository, tmp_path):
    program = shutil.which("pre-commit")
    if program is None:
        pytest.skip("pre-commit is not installed")
    # An environment of its own would need the network: the entry is run by this one.
    local = {
        "id": HOOK["id"],
        "name": HOOK["name"],
        "language": "system",
        "entry": HOOK["entry"].replace("python", sys.executable, 1),
        **{key: HOOK[key] for key in ("files", "stages", "require_serial", "verbose")},
    }
    config = {"repos": [{"repo": "local", "hooks": [local]}]}
    (repository / ".pre-commit-config.yaml").write_text(yaml.safe_dump(config))
    env = ENVIRONMENT | {"PRE_COMMIT_HOME": str(tmp_path / "home")}
    subprocess.run([program, "install"], cwd=repository, env=env, capture_output=True, check=True)
    git(repository, "add", ".pre-commit-config.yaml")
    mislabel(repository)
    words = ["git", "commit", "-m", "wrong"]
    done = subprocess.run(words, cwd=repository, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "exit code: 1" in done.stderr
    assert "gate: failed (18 of 18 changed rows" in done.stderr
    assert git(repository, "log", "--format=%s") == "labels\n"
