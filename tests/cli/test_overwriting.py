"""No result takes the place of the data, the audit, people's decisions or settings, whatever the command."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from labelaudit.cli.app import COMMANDS, app
from labelaudit.cli.command import AuditCommand
from labelaudit.cli.review import SUBCOMMANDS

Run = Callable[..., Result]
READ = {"config", "baseline", "ignore_file"}
"""Options with a path that nobody writes to."""
OF_AN_AUDIT = {"out_dir", "save_in"}
"""Folders that are to be an audit."""
WRITING = {
    ("scan", "output"): "scan data --out-dir audit -o",
    ("scan", "report"): "scan data --out-dir audit -o out.txt --report csv=",
    ("validate", "output"): "validate data -o",
    ("check", "output"): "check audit --fail-over 50% -o",
    ("check", "report"): "check audit --fail-over 50% --report html=",
    ("baseline", "output"): "baseline create audit --force -o",
    ("diff", "output"): "diff data/labels.csv old.csv --audit audit -o",
    ("apply", "out"): "apply audit --write --force --out",
    ("export", "output"): "export audit --to csv --force -o",
    ("predict", "output"): "predict data -o",
    ("selftest", "output"): "selftest data --save-in audit -o",
    ("selftest", "picture"): "selftest data --save-in audit --picture",
    ("rank-models", "output"): "rank-models audit --preds a=data/pred_probs.csv -o",
    ("rank-models", "picture"): "rank-models audit --preds a=data/pred_probs.csv --picture",
    ("explain", "output"): "explain audit r1 -o",
    ("report", "output"): "report audit --output-format csv -o",
    ("report", "report"): "report audit --report html=",
    ("rule", "output"): "rule -o",
    ("review page", "output"): "review page audit -o",
    ("review merge", "output"): "review merge audit -o",
    ("review merge", "conflicts"): "review merge audit --conflicts",
    ("review stats", "output"): "review stats audit -o",
    ("review stats", "scores"): "review stats audit --scores",
}
OF_THE_DATASET = ("data/labels.csv", "data/../data/pred_probs.csv", "hard.csv")
BESIDE = ("data/notes.csv", "data/pictures/1.png", "lent.csv")
"""Of the scanned folder, though no scan reads them."""
TARGETS = (
    *OF_THE_DATASET,
    "audit/decisions.jsonl",
    "audit/scores.parquet",
    "audit/changes.csv",  # not there yet
    "soft.csv",
    *BESIDE,
)
MAY_TAKE = {"rule": (*OF_THE_DATASET, *BESIDE), "predict": ("data/../data/pred_probs.csv",)}
"""rule reads no dataset; predict makes probabilities anew."""
REFUSED = (
    "is one of the inputs",
    "is a file of the audit",
    "a data file in a scanned folder",
    "is the dataset itself",
    "has the format of",
    "have no form",
    "does not tell the format",
)


def commands() -> Iterator[tuple[str, AuditCommand]]:
    names = {name: name.replace("-", "_") for name in COMMANDS if name != "review"}
    names |= {f"review {name}": f"review_{name}" for name in SUBCOMMANDS}
    for name, module in names.items():
        yield name, import_module(f"labelaudit.cli.{module}").command


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A dataset, its audit with a decision, an old version, and other names of what must stay."""
    folder = tmp_path_factory.mktemp("place")
    (folder / "data").mkdir()
    rows = range(40)
    labels = "".join(f"r{i},{'ab'[i % 2]},{i}\n" for i in rows)
    (folder / "data" / "labels.csv").write_text("id,label,size\n" + labels)
    (folder / "old.csv").write_text("id,label,size\n" + labels)
    (folder / "data" / "notes.csv").write_text("id,note\nr0,seen\n")
    (folder / "data" / "pictures").mkdir()
    (folder / "data" / "pictures" / "1.png").write_bytes(b"a picture")
    (folder / "lent.csv").symlink_to(folder / "data" / "notes.csv")
    probs = "".join(f"r{i},{(p := 0.9 if i % 2 == 0 or i < 3 else 0.1):.1f},{1 - p:.1f}\n" for i in rows)
    (folder / "data" / "pred_probs.csv").write_text("id,prob_a,prob_b\n" + probs)
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        scan = CliRunner().invoke(app, ["scan", "data", "--out-dir", "audit", "-q", "-o", "out.txt"])
    assert scan.exit_code == 0, scan.output
    row = json.loads((folder / "audit" / "suspects.jsonl").read_text().splitlines()[0])
    vote = {"fingerprint": row["fingerprint"], "id": row["id"], "decision": "other", "label": "a"}
    (folder / "audit" / "decisions.jsonl").write_text(json.dumps(vote | {"reviewer": "ana"}) + "\n")
    (folder / "soft.csv").symlink_to(folder / "audit" / "decisions.jsonl")
    os.link(folder / "data" / "labels.csv", folder / "hard.csv")
    return folder


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_every_option_that_writes_is_tested_here():
    paths = {(name, o) for name, command in commands() for o in command.declared if _is_path(o)}
    assert all(o.writes or o.name in READ for _, o in paths)
    assert {(name, o.name) for name, o in paths if o.writes and o.name not in OF_AN_AUDIT} == set(WRITING)


def _is_path(option) -> bool:
    return option.writes or option.kind in ("path", "reports")


@pytest.mark.parametrize("typed", WRITING.values(), ids=["-".join(key) for key in WRITING])
def test_no_result_takes_the_place_of_what_must_stay(
    run: Run, place: Path, typed: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(place)
    before = contents(place)
    for target in TARGETS:
        if target in MAY_TAKE.get(typed.split(maxsplit=1)[0], ()):
            continue
        words = typed.split()
        words = [*words[:-1], words[-1] + target] if typed.endswith("=") else [*words, target]
        result = run(*words)
        assert (result.exit_code, any(told in result.stderr for told in REFUSED)) == (2, True), result.output
    assert contents(place) == before


def test_the_dataset_is_known_from_any_folder(run: Run, place: Path, monkeypatch: pytest.MonkeyPatch):
    (place / "elsewhere").mkdir()
    monkeypatch.chdir(place / "elsewhere")
    before = contents(place)
    told = {"labels.csv": "is one of the inputs", "notes.csv": "a data file in a scanned folder"}
    for name, why in told.items():
        result = run("review", "merge", "../audit", "-o", f"../data/{name}")
        assert (result.exit_code, why in result.stderr) == (2, True)
    assert contents(place) == before


@pytest.mark.parametrize(
    ("typed", "target"),
    [
        ("scan data --config mine.toml -o mine.toml", "mine.toml"),
        ("scan data -q -o labelaudit.toml", "labelaudit.toml"),
        ("check audit --fail-over 50% --baseline base.json -o base.json", "base.json"),
        ("scan data --out-dir new --report new/decisions.jsonl", "new/decisions.jsonl"),
        ("scan data --classes @names.txt -o names.txt", "names.txt"),
        ("review page audit --queue open.jsonl -o open.jsonl", "open.jsonl"),
    ],
)
def test_settings_queues_and_an_audit_to_come_are_kept_too(
    run: Run, place: Path, typed: str, target: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(place)
    texts = {
        "names.txt": "a\nb\n",
        "base.json": "{}",
        "open.jsonl": Path("audit/decisions.jsonl").read_text(),
    }
    if not target.startswith("new/"):
        Path(target).write_text(texts.get(target, ""))
    before = contents(place)
    result = run(*typed.split())
    assert contents(place) == before
    for path in {"mine.toml", "labelaudit.toml", *texts}:
        Path(path).unlink(missing_ok=True)
    told = "is one of the inputs", "is a file of the audit"
    assert (result.exit_code, any(text in result.stderr for text in told)) == (2, True), result.output


def test_two_results_do_not_share_a_file(run: Run, place: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(place)
    for typed in ("report audit -o x.csv --report ./x.csv", "review merge audit -o x --conflicts x"):
        result = run(*typed.split())
        assert (result.exit_code, "two results in one file" in result.stderr) == (2, True)
    assert not Path("x.csv").exists()


def test_what_a_command_is_there_to_write_may_be_replaced(
    run: Run, place: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(place)
    for _ in range(2):
        assert run("report", "audit", "--report", "audit/report.html").exit_code == 0
        assert run("baseline", "create", "audit", "--force").exit_code == 0
        assert run("report", "audit", "-o", "mine.csv", "--report", "md=/dev/null").exit_code == 0
        assert run("scan", "data", "--no-save", "-o", "data/report.md").exit_code == 0
        assert run("predict", "data", "-o", "data/pred_probs.csv", "--text-col", "size").exit_code == 0
    for path in ("audit/report.html", "labelaudit.baseline.json", "mine.csv", "data/report.md"):
        Path(path).unlink()
