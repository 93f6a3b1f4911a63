"""Nobody is told "passed" where the audit could not run: a run that goes wrong exits 2 and says the mend.

Each row of the tables is a real process in a folder of its own, which holds `data/labels.csv`,
`data/probs.csv`, and `labelaudit-out`, their audit.
"""

from __future__ import annotations

import gzip
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.builders import honest_sample, write
from tests.cli.conftest import COMMAND, ENVIRONMENT

Process = Callable[..., "subprocess.CompletedProcess[str]"]

SAMPLE = honest_sample(n_rows=120)
LABELS, PROBS = Path("data/labels.csv"), Path("data/probs.csv")
LAX = ("--fail-over", "100%")
SCAN = ("scan", "data", *LAX)
CHECK = ("check", "labelaudit-out", *LAX)
NEEDS_GIT = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
NEEDS_FULL = pytest.mark.skipif(not os.path.exists("/dev/full"), reason="needs /dev/full")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder that every run begins with."""
    folder = tmp_path_factory.mktemp("template")
    write(folder / LABELS, SAMPLE.labels_table())
    write(folder / PROBS, SAMPLE.probs_table())
    scan = [*COMMAND, "scan", "data", "-q", "--output-format", "none"]
    subprocess.run(scan, cwd=folder, env=ENVIRONMENT, check=True)
    return folder


@pytest.fixture(autouse=True)
def as_the_template(in_an_empty_folder: None, template: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The current folder holds what the template does."""
    shutil.copytree(template, Path(), dirs_exist_ok=True)
    for name in [name for name in os.environ if name.startswith("GIT_")]:
        monkeypatch.delenv(name)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


def told(finished: subprocess.CompletedProcess[str], word: str, *, code: int = 2) -> None:
    """Assert that a run went wrong, said how to mend it, and never that anything passed."""
    assert finished.returncode == code, finished.stdout + finished.stderr
    assert "gate: passed" not in finished.stdout + finished.stderr
    assert "Traceback" not in finished.stderr
    assert re.search(r"^error\[", finished.stderr, re.MULTILINE)
    assert word in finished.stderr


# --- how things go wrong --------------------------------------------------------------------------------


def put(name: str | Path, text: str | bytes = "") -> None:
    """Write a file."""
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(text.encode() if isinstance(text, str) else text)


def replace(path: Path, pattern: str, by: str) -> None:
    """Replace the first match in a file."""
    text, count = re.subn(pattern, by, path.read_text(), count=1, flags=re.MULTILINE)
    assert count
    path.write_text(text)


def cut(path: str | Path) -> None:
    """Leave the first half of a file."""
    content = Path(path).read_bytes()
    Path(path).write_bytes(content[: len(content) // 2])


def probabilities(make: Callable[[np.ndarray], np.ndarray]) -> None:
    """Write other probabilities."""
    write(PROBS, SAMPLE.but(pred_probs=make(SAMPLE.pred_probs.astype(float))).probs_table())


def git(*words: str) -> None:
    """Run git here."""
    who = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "protocol.file.allow=always"]
    subprocess.run(["git", *who, *words], check=True, capture_output=True)


def repository(change: Callable[[], object] = lambda: None) -> None:
    """Commit the folder on main, after a change; on the branch `pr` the folder is as it was."""
    before = {path: path.read_bytes() for path in (LABELS, PROBS)}
    change()
    put(".gitignore", "labelaudit-out/\nlabelaudit-pr/\n")
    git("init", "--quiet", "--initial-branch", "main")
    git("add", "--all")
    git("commit", "--quiet", "--message", "base")
    git("switch", "--quiet", "--create", "pr")
    for path, content in before.items():
        put(path, content)
    git("add", "--all")
    git("commit", "--quiet", "--allow-empty", "--message", "request")


def shallow_clone() -> None:
    """Leave a clone as CI systems make them by default: one commit of the branch, and no main."""
    repository()
    git("clone", "--quiet", "--depth", "1", "--branch", "pr", Path().absolute().as_uri(), "clone")
    shutil.rmtree("data")
    shutil.move("clone/data", "data")
    shutil.rmtree(".git")
    shutil.move("clone/.git", ".git")


def shallow_main() -> None:
    """The same, and the tip of main fetched beside it."""
    repository()
    put("more.txt")
    git("switch", "--quiet", "main")
    put("other.txt")
    git("add", "other.txt")
    git("commit", "--quiet", "--message", "main moves on")
    origin = Path().absolute().as_uri()
    git("clone", "--quiet", "--depth", "1", "--branch", "pr", "--no-single-branch", origin, "clone")
    os.chdir("clone")


POINTER = f"version https://git-lfs.github.com/spec/v1\noid sha256:{'0a' * 32}\nsize 1234\n"
CONFLICT = "<<<<<<< HEAD\nr1,cat\n=======\nr1,dog\n>>>>>>> pr\n"


@dataclass(frozen=True)
class Case:
    """What goes wrong, the run, and a word of its mend."""

    name: str
    word: str
    arguments: tuple[str, ...] = SCAN
    before: Callable[[], object] = lambda: None
    env: dict[str, str] = field(default_factory=dict)
    stdin: str | None = None
    git: bool = False
    full: bool = False

    @property
    def param(self) -> Any:
        """The case as pytest takes it."""
        marks = [NEEDS_GIT] * self.git + [NEEDS_FULL] * self.full
        return pytest.param(self, id=self.name, marks=marks)


def scan(*paths: str, against: str | None = None) -> tuple[str, ...]:
    """A scan with a gate that everything would pass."""
    return ("scan", *(paths or ("data",)), *LAX, *(() if against is None else ("--against", against)))


def config(text: str) -> Callable[[], None]:
    """Pin settings."""
    return lambda: put("labelaudit.toml", text)


def half_parquet() -> None:
    """A Parquet file whose writing was interrupted."""
    pq.write_table(SAMPLE.table(), "d.parquet")
    cut("d.parquet")


def half_gzip() -> None:
    """A compressed file whose download was interrupted."""
    put("l.csv.gz", gzip.compress(LABELS.read_bytes()))
    cut("l.csv.gz")


def in_sample(pred_probs: np.ndarray) -> np.ndarray:
    """Probabilities of a model that has learned the labels by heart."""
    return 0.5 * np.eye(3)[SAMPLE.codes] + 0.5 * pred_probs


def added(path: Path, text: str) -> Callable[[], None]:
    """Lines more in a file."""
    return lambda: put(path, path.read_text() + text)


def since(change: Callable[[], object]) -> Callable[[], None]:
    """A change since `old.csv`."""
    return lambda: (shutil.copy(LABELS, "old.csv"), change(), None)[-1]


LABELLED, UNLABELLED = partial(replace, LABELS, "^r3,.*", "r3,owl"), partial(replace, LABELS, "^r3,.*", "r3,")
NAN = partial(replace, PROBS, "^r3,.*", "r3,nan,nan,nan")

DATASET = [
    Case("no path", "name files or folders", ("scan", *LAX)),
    Case("missing file", "check the path", scan("labels.csv")),
    Case("pattern that the shell did not fill in", "check the path", scan("data/*.parquet")),
    Case("empty file", "was it written to the end", scan("e.csv"), partial(put, "e.csv")),
    Case("header only", "an empty dataset", SCAN, partial(put, LABELS, "id,label\n")),
    Case("folder without tables", "tables end in", scan("none"), partial(put, "none/readme.txt")),
    Case("no labels", "--label-col", SCAN, partial(replace, LABELS, "label", "etikett")),
    Case("no probabilities", "--predict", scan("data/labels.csv")),
    Case("half a Parquet file", "was it written to the end", scan("d.parquet"), half_parquet),
    Case("half a gzip file", "is the file whole", scan("l.csv.gz", "data/probs.csv"), half_gzip),
    Case("conflict markers", "hint:", SCAN, partial(replace, LABELS, "^r1,.*\n", CONFLICT)),
    Case("LFS pointer", "git lfs pull", SCAN, partial(put, LABELS, POINTER)),
    Case("duplicated ids", "ids must be unique", SCAN, partial(replace, LABELS, "^r3,", "r4,")),
    Case("missing label", "--on-missing-label", SCAN, UNLABELLED),
    Case("unknown label", "hint:", SCAN, partial(replace, LABELS, "^r3,.*", "r3,cow")),
    Case("rows without probabilities", "the same ids", SCAN, added(LABELS, "n1,cat\n")),
    Case("nan", "repair or drop", SCAN, NAN),
    Case("logits", "softmax", SCAN, lambda: probabilities(lambda p: 9 * p - 4)),
    Case("one class", "hint:", SCAN, lambda: write(LABELS, SAMPLE.but(labels=("cat",) * 120).labels_table())),
    Case("in-sample", "labelaudit predict", SCAN, lambda: probabilities(in_sample)),
    Case("permuted columns", "hint:", SCAN, lambda: probabilities(lambda p: p[:, [1, 2, 0]])),
    Case("uniform", "how they were written", SCAN, lambda: probabilities(lambda p: np.full_like(p, 1 / 3))),
]

GATE = [
    Case("unknown setting", "did you mean 'fail-over'", SCAN, config('fail-ovr = "2%"')),
    Case("misspelt key of [gate]", "[gate.dataset]", SCAN, config('[gate]\nmax-rate = "2%"')),
    Case(
        "misspelt table of [gate]",
        "did you mean [gate.dataset]",
        SCAN,
        config("[gate.datset]\nmax-count = 1"),
    ),
    Case(
        "misspelt key of a table", "did you mean 'max-rate'", SCAN, config('[gate.dataset]\nmax-rat = "2%"')
    ),
    Case("share without per cent", 'write "2%"', SCAN, config("[gate.dataset]\nmax-rate = 5")),
    Case("settings that are not TOML", "not TOML", SCAN, config("[gate\n")),
    Case("settings that are not there", "ci.toml", (*SCAN, "--config", "ci.toml")),
    Case("misspelt variable", "did you mean", SCAN, env={"LABELAUDIT_FAIL_OVR": "2%"}),
    Case("unknown option", "--fail-over", ("scan", "data", "--fail-ower", "2%")),
    Case("limit that is none", "write 2%", ("scan", "data", "--fail-over", "0.02")),
    Case("empty limit", "write 2%", ("scan", "data", "--fail-over", "")),
    Case("level that is none", "from 0 to 1", (*SCAN, "--confidence", "95")),
    Case("unknown class", "did you mean 'cat'", (*SCAN, "--fail-over-class", "cats=50%")),
    Case("unknown split", "there are none", (*SCAN, "--fail-over-split", "test=50%")),
    Case("unknown rule", "did you mean", (*SCAN, "--fail-over-rule", "LA110=0")),
    Case("rule without embeddings", "labelaudit rule LA201", (*SCAN, "--fail-over-rule", "LA201=0")),
    Case("rules switched off", "--select and --ignore", (*SCAN, "--ignore", "LA")),
    Case("unknown class, in check", "did you mean 'cat'", (*CHECK, "--fail-over-class", "cats=50%")),
    Case("limits on changes, no old version", "--against", SCAN, config("[gate.changes]\nmax-count = 0")),
    Case("new, and no baseline", "baseline create", (*SCAN, "--fail-on-new")),
    Case("missing baseline", "baseline create", (*SCAN, "--baseline", "old.json")),
    Case(
        "baseline merged by hand", "merged by hand", SCAN, partial(put, "labelaudit.baseline.json", CONFLICT)
    ),
    Case("missing ignore file", "check the path", (*SCAN, "--ignore-file", "i.toml")),
    Case("broken ignore file", "[[ignore]]", SCAN, partial(put, "labelaudit.ignore.toml", "id = 'r1'")),
    Case(
        "broken decisions", "mend the line", CHECK, partial(put, "labelaudit-out/decisions.jsonl", "{}\n{}\n")
    ),
    Case("an error, and --exit-zero", "check the path", (*scan("labels.csv"), "--exit-zero")),
]

STDIN = "id,label,prob_a,prob_b\n1,a,0.6,0.4\n2,b,0.3,0.7\n"
MAIN = scan(against="main")
OLD_FILE = scan(against="old.csv")

OLD = [
    Case("no repository", "git checkout", MAIN),
    Case("no such file", "git checkout", OLD_FILE),
    Case("git not installed", "install git", MAIN, env={"PATH": ""}),
    Case("unknown ref", "git branch --all", scan(against="nope"), repository, git=True),
    Case("empty ref", "name a branch", scan(against=""), repository, git=True),
    Case("ref like an option", "name a branch", (*SCAN, "--against=--all"), repository, git=True),
    Case("file and ref of one name", "refs/heads/main", MAIN, lambda: (repository(), put("main")), git=True),
    Case("shallow clone", "fetch-depth: 0", scan(against="origin/main"), shallow_clone, git=True),
    Case("no merge base", "fetch-depth: 0", scan(against="origin/main"), shallow_main, git=True),
    Case(
        "old LFS pointer", "git lfs fetch", MAIN, partial(repository, partial(put, LABELS, POINTER)), git=True
    ),
    Case(
        "old binary",
        "hint:",
        MAIN,
        partial(repository, partial(put, LABELS, b"id,label\nr1,\xff\n")),
        git=True,
    ),
    Case("the dataset against itself", "a copy of the dataset as it was", scan(against="data")),
    Case("the dataset against the folder above", "a copy of the dataset as it was", scan(against=".")),
    Case("stdin against a ref", "name the old file", scan("-", against="main"), stdin=STDIN),
    Case("changed rows skipped: nan", "repair the rows", (*OLD_FILE, "--on-bad-row", "skip"), since(NAN)),
    Case(
        "changed rows skipped",
        "repair the rows",
        (*OLD_FILE, "--on-missing-label", "skip"),
        since(UNLABELLED),
    ),
    Case("changed rows not predicted", "the same ids", OLD_FILE, since(added(LABELS, "n1,cat\n"))),
]

AUDIT = Path("labelaudit-out")
NEWER = partial(replace, AUDIT / "summary.json", '"schema_version": 1', '"schema_version": 99')

AUDITS = [
    Case("check without a gate", "--fail-over 2%", ("check", "labelaudit-out")),
    Case("no audit", "labelaudit scan PATH", ("check", "nowhere", *LAX)),
    Case("a folder that is no audit", "labelaudit scan PATH", ("check", "data", *LAX)),
    Case("changed labels", "scan audits it anew", CHECK, LABELLED),
    Case("changed probabilities", "scan audits it anew", CHECK, NAN),
    Case("labels that are gone", "scan audits it anew", CHECK, LABELS.unlink),
    Case("a new shard", "scan audits it anew", CHECK, partial(put, "data/more.csv", "id,label\nn1,cat\n")),
    Case("half a summary", "labelaudit scan PATH", CHECK, partial(cut, AUDIT / "summary.json")),
    Case("half the suspects", "labelaudit scan PATH", CHECK, partial(cut, AUDIT / "suspects.parquet")),
    Case("no scores", "labelaudit scan PATH", CHECK, (AUDIT / "scores.parquet").unlink),
    Case("an audit of a newer version", "update labelaudit", CHECK, NEWER),
]

FULL = "/dev/full"

PLACES = [
    Case("--summary, and no page", "GITHUB_STEP_SUMMARY", (*SCAN, "--summary")),
    Case("full page", "No space", (*CHECK, "--summary"), env={"GITHUB_STEP_SUMMARY": FULL}, full=True),
    Case("result in a missing folder", "mkdir -p", (*SCAN, "-o", "out/r.txt")),
    Case("report in a missing folder", "mkdir -p", (*SCAN, "--report", "sarif=out/r.sarif")),
    Case("result over an input", "choose another file", (*SCAN, "-o", "data/labels.csv")),
    Case("result on a full disk", "No space", (*SCAN, "--output-format", "github", "-o", FULL), full=True),
    Case("report on a full disk", "No space", (*CHECK, "--report", f"md={FULL}"), full=True),
    Case("audit over other files", "--out-dir", (*SCAN, "--out-dir", "data")),
    Case("audit over a file", "--out-dir", (*SCAN, "--out-dir", "f"), partial(put, "f")),
    Case("audit below a file", "--out-dir", (*SCAN, "--out-dir", "f/out"), partial(put, "f")),
]


@pytest.mark.parametrize("case", [case.param for case in [*DATASET, *GATE, *OLD, *AUDITS, *PLACES]])
def test_a_run_that_goes_wrong_is_2_and_says_the_mend(process: Process, case: Case) -> None:
    case.before()
    told(process(*case.arguments, env=case.env, input=case.stdin), case.word)


def test_the_runs_above_pass_where_nothing_goes_wrong(process: Process) -> None:
    for arguments in (SCAN, CHECK):
        finished = process(*arguments)
        assert finished.returncode == 0
        assert "gate: passed" in finished.stdout + finished.stderr


# --- limits of the machine ------------------------------------------------------------------------------


def audit_files() -> dict[str, bytes]:
    """The saved audit."""
    return {path.name: path.read_bytes() for path in AUDIT.iterdir() if path.is_file()}


# What a process does to itself before the command takes its place.
SMALL_FILES = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (4096, 4096))"
NO_RIGHTS = "import ctypes; ctypes.CDLL(None).prctl(24, 1, 0, 0, 0)"  # PR_CAPBSET_DROP, CAP_DAC_OVERRIDE
NOTHING = ""


def limited(before: str, *arguments: str, **extra: Any) -> subprocess.CompletedProcess[str]:
    """Run a command with less than it is used to; a file over 4 KB fails as on a full disk."""
    program = f"{before}\nimport os, sys; os.execv(sys.executable, [sys.executable, *sys.argv[1:]])"
    command = [sys.executable, "-c", program, *COMMAND[1:], *arguments]
    env = ENVIRONMENT | {"PYTHONDONTWRITEBYTECODE": "1"}
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE} | extra
    return subprocess.run(command, env=env, text=True, check=False, timeout=60, **pipes)


def test_a_full_disk_is_2_and_leaves_the_old_audit_whole() -> None:
    before = audit_files()
    replace(LABELS, "^r3,.*", "r3,owl")
    told(limited(SMALL_FILES, *SCAN), "--out-dir")
    assert audit_files() == before
    told(limited(NOTHING, *CHECK), "scan audits it anew")


@NEEDS_GIT
def test_no_room_for_the_old_version_is_2() -> None:
    repository(lambda: put(LABELS, LABELS.read_text() + "".join(f"n{i},cat\n" for i in range(1000))))
    told(limited(SMALL_FILES, *MAIN, "--no-save"), "set TMPDIR")


@NEEDS_FULL
@pytest.mark.parametrize("arguments", [(*SCAN, "--output-format", "github"), CHECK])
def test_a_result_that_nobody_can_read_is_2(arguments: tuple[str, ...]) -> None:
    with open("/dev/full", "w") as full:
        finished = limited(NOTHING, *arguments, stdout=full)
    finished.stdout = ""
    told(finished, "No space")


@pytest.mark.skipif(sys.platform != "linux", reason="root gives up a right as Linux has it")
@pytest.mark.parametrize("there", [True, False])
def test_a_read_only_folder_is_2(there: bool) -> None:
    folder = Path("labelaudit-out" if there else "read-only")
    folder.mkdir(exist_ok=True)
    folder.chmod(0o555)
    try:
        out = folder if there else folder / "out"
        finished = limited(NO_RIGHTS, *SCAN, "--out-dir", str(out))
    finally:
        folder.chmod(0o755)
    told(finished, "--out-dir")


# --- stopped midway -------------------------------------------------------------------------------------


@pytest.fixture
def reading() -> Iterator[subprocess.Popen[bytes]]:
    """A scan of standard input that has begun to read, and waits for more."""
    shutil.rmtree("labelaudit-out")
    command = [*COMMAND, "scan", "-", *LAX, "--out-dir", "labelaudit-out"]
    pipes: dict[str, Any] = dict.fromkeys(("stdin", "stdout", "stderr"), subprocess.PIPE)
    with subprocess.Popen(command, env=ENVIRONMENT, **pipes) as scan:
        # A pipe holds 64 KiB: once more is gone, the reading has begun.
        scan.stdin.write(b"id,label,prob_a,prob_b\n" + b"1,a,0.9,0.1\n" * 20_000)
        scan.stdin.flush()
        time.sleep(0.1)
        yield scan
        scan.kill()


@pytest.mark.parametrize(
    ("signum", "code"), [(signal.SIGINT, 130), (signal.SIGKILL, -9), (signal.SIGTERM, -15)]
)
def test_a_stopped_scan_leaves_no_audit_to_check(
    process: Process, reading: subprocess.Popen[bytes], signum: int, code: int
) -> None:
    reading.send_signal(signum)
    output, messages = reading.communicate(timeout=30)
    assert reading.returncode == code
    assert b"gate: passed" not in output + messages
    told(process(*CHECK), "labelaudit scan PATH")


def test_a_scan_killed_while_it_saves_leaves_the_old_audit_which_is_of_other_data(process: Process) -> None:
    before = audit_files()
    rows = np.arange(200_000) % 120
    table = SAMPLE.table().take(pa.array(rows)).set_column(0, "id", pa.array(np.arange(len(rows))))
    PROBS.unlink()
    LABELS.unlink()
    pq.write_table(table, "data/labels.parquet")
    with subprocess.Popen([*COMMAND, *SCAN, "-q"], env=ENVIRONMENT, stdout=subprocess.DEVNULL) as scan:
        while scan.poll() is None and not list(AUDIT.glob(".new-*")):
            time.sleep(0.001)
        scan.kill()
    assert scan.returncode == -9
    assert audit_files() == before
    told(process(*CHECK), "scan audits it anew")


def test_an_old_verdict_is_no_verdict(process: Process) -> None:
    assert process(*SCAN, "-q", "--output-format", "none").returncode == 0
    assert json.loads(Path("labelaudit-out/summary.json").read_text())["gate"]["passed"]
    replace(LABELS, "^r3,.*", "r3,")
    told(process(*SCAN), "--on-missing-label")
    told(process(*CHECK), "scan audits it anew")
