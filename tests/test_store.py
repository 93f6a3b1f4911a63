"""An audit on disk: exact files and columns, a whole audit or the old one, decisions never touched."""

from __future__ import annotations

import csv
import dataclasses
import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import labelaudit
from labelaudit import Audit
from labelaudit.errors import AuditNotFoundError, OutputError
from labelaudit.judging.judgement import CREDIBLE
from labelaudit.store import FILES, write_audit
from tests.builders import Sample, audit_of, audit_paths, csv_wide, honest_sample, joined, parquet_wide, write

SUSPECT_COLUMNS = [
    "rank",
    "id",
    "file",
    "row",
    "line",
    "split",
    "given_label",
    "suggested_label",
    "label_quality",
    "p_error",
    "self_confidence",
    "suggested_prob",
    "runner_up_label",
    "normalized_margin",
    "neighbor_agreement",
    "rules",
    "neighbor_ids",
    "neighbor_labels",
    "status",
    "fingerprint",
]
SCORE_COLUMNS = [
    "id",
    "file",
    "row",
    "split",
    "given_label",
    "predicted_label",
    "suggested_label",
    "label_quality",
    "p_error",
    "self_confidence",
    "normalized_margin",
    "neighbor_agreement",
    "is_suspect",
    "rules",
    "content_hash",
    "fingerprint",
]
CLASS_COLUMNS = [
    "class",
    "n",
    "threshold",
    "suspects",
    "suspect_rate",
    "est_noise_rate",
    "most_confused_with",
    "confused_count",
    "mean_label_quality",
]
JOINT_COLUMNS = ["given_label", "true_label", "count", "joint_prob", "noise_prob", "inverse_noise_prob"]
SUMMARY_KEYS = [
    "schema_version",
    "tool",
    "algorithm",
    "command",
    "inputs",
    "n_rows",
    "n_classes",
    "n_suspects",
    "suspect_rate",
    "est_errors",
    "by_rule",
    "by_class",
    "by_split",
    "notices",
    "gate",
    "seed",
    "seconds",
    "peak_memory_mb",
]
STRANGE = (
    'comma, "quote"',
    "line\nbreak",
    "Ünï☃",
    "semi;colon",
    "=1+1",
    " spaced ",
    "tab\tbed",
    "\\back",
    "\u2028",
)


def strangely_named(sample: Sample) -> Sample:
    """Ids that trip careless writers."""
    return sample.but(ids=tuple(f"{STRANGE[i % len(STRANGE)]} {i}" for i in range(len(sample.ids))))


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("source")
    sample = strangely_named(honest_sample(0, classes=["cat", "dog; wolf", 'o"w,l'], noise_rate=0.2))
    extra = pa.table({"text": ["same"] * 300, "split": (["train", "test", "test"] * 100)})
    return write(folder / "data.csv", joined(sample.table(), extra))


@pytest.fixture
def audited(source: Path) -> Audit:
    return audit_paths(source)


@pytest.fixture
def saved(audited: Audit, tmp_path: Path) -> Path:
    labelaudit.save_audit(audited, tmp_path / "out")
    return tmp_path / "out"


def records(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


# --- what is written -----------------------------------------------------------------------------------


def test_folder_holds_the_files_of_the_contract(saved: Path) -> None:
    assert sorted(path.name for path in saved.iterdir()) == sorted(
        [
            "suspects.parquet",
            "suspects.csv",
            "suspects.jsonl",
            "scores.parquet",
            "classes.csv",
            "joint.csv",
            "summary.json",
            "report.md",
            "confusion.svg",
            "scores.svg",
            ".gitignore",
        ]
    )


def test_gitignore_leaves_out_everything_but_decisions(saved: Path) -> None:
    assert (saved / ".gitignore").read_text() == "*\n!decisions.jsonl\n!.gitignore\n"


def test_columns_are_those_of_the_contract(saved: Path) -> None:
    assert pq.read_schema(saved / "suspects.parquet").names == SUSPECT_COLUMNS
    behind = ["suggested_pred_prob", "suggested_vote"]
    assert pq.read_schema(saved / "scores.parquet").names == SCORE_COLUMNS + behind
    assert list(records(saved / "suspects.csv")[0]) == SUSPECT_COLUMNS
    assert list(records(saved / "classes.csv")[0]) == CLASS_COLUMNS
    assert list(records(saved / "joint.csv")[0]) == JOINT_COLUMNS
    with (saved / "suspects.jsonl").open(encoding="utf-8") as file:
        assert all(list(json.loads(line)) == SUSPECT_COLUMNS for line in file)


def test_summary_has_the_keys_of_the_contract(saved: Path) -> None:
    summary = json.loads((saved / "summary.json").read_text(encoding="utf-8"))
    behind = ["hidden", "changes", "n_skipped", "has_ids", "paths", "input_options"]
    assert list(summary) == SUMMARY_KEYS + behind
    assert [list(entry) for entry in summary["inputs"]] == [["path", "sha256", "rows", "columns", "roles"]]
    assert summary["gate"] == {"declared": False, "passed": None, "rules": []}
    assert summary["n_rows"] == sum(row["rows"] for row in summary["by_split"].values())
    assert summary["n_suspects"] == sum(summary["by_class"].values()) == summary["by_rule"]["LA102"]


def test_per_split_adds_a_column(source: Path, tmp_path: Path) -> None:
    labelaudit.save_audit(audit_paths(source, per_split=True), tmp_path / "out")
    assert list(records(tmp_path / "out" / "classes.csv")[0]) == [*CLASS_COLUMNS, "split"]
    assert list(records(tmp_path / "out" / "joint.csv")[0]) == [*JOINT_COLUMNS, "split"]


def test_three_forms_of_the_suspects_say_the_same(saved: Path) -> None:
    rows = pq.read_table(saved / "suspects.parquet").to_pylist()
    assert len(rows) > 20
    with (saved / "suspects.jsonl").open(encoding="utf-8", newline="\n") as file:
        assert [json.loads(line) for line in file] == rows
    for row, text in zip(rows, records(saved / "suspects.csv"), strict=True):
        for name, value in row.items():
            expected = ";".join(value) if isinstance(value, list) else "" if value is None else value
            assert type(expected)(text[name]) == expected, name


def test_suspects_are_the_flagged_scores_in_rank_order(saved: Path) -> None:
    suspects = pq.read_table(saved / "suspects.parquet").to_pylist()
    scores = pq.read_table(saved / "scores.parquet").to_pylist()
    flagged = sorted((r for r in scores if r["is_suspect"]), key=lambda r: (r["label_quality"], r["row"]))
    assert [row["rank"] for row in suspects] == list(range(1, len(suspects) + 1))
    shared = [name for name in SUSPECT_COLUMNS if name in SCORE_COLUMNS]
    assert [[r[name] for name in shared] for r in suspects] == [[r[name] for name in shared] for r in flagged]
    for row in suspects:
        assert "LA102" in row["rules"]
        assert row["p_error"] > 0.5
        assert row["suggested_label"] != row["given_label"]
        assert (row["suggested_label"] is None) == (row["suggested_prob"] is None)
        assert row["suggested_prob"] is None or row["suggested_prob"] >= CREDIBLE
    for row in scores:
        if not row["is_suspect"]:
            assert "LA102" not in row["rules"]
            assert row["p_error"] <= 0.5
            assert row["suggested_label"] is None


def test_rows_and_lines_count_as_told(source: Path, saved: Path) -> None:
    """Rows from 0, lines from 1; a line break within quotes is a line of its own."""
    lines = source.read_text(encoding="utf-8").split("\n")
    for suspect in pq.read_table(saved / "suspects.parquet").to_pylist():
        start = suspect["id"].split("\n")[0].replace('"', '""')
        assert lines[suspect["line"] - 1].lstrip('"').startswith(start)
        assert suspect["id"].endswith(f" {suspect['row']}")
        assert suspect["file"] == str(source)


def test_line_is_empty_where_a_format_has_none(tmp_path: Path) -> None:
    result = audit_of(parquet_wide(tmp_path, honest_sample(0)))
    assert set(result.suspects_table()["line"].to_pylist()) == {None}


def test_saving_fills_the_missing_parents(audited: Audit, tmp_path: Path) -> None:
    labelaudit.save_audit(audited, tmp_path / "a" / "b")
    assert (tmp_path / "a" / "b" / "summary.json").is_file()


def test_audit_without_suspects_is_saved_and_loaded(tmp_path: Path) -> None:
    result = audit_of(csv_wide(tmp_path, honest_sample(0)), ignore=("LA102",))
    labelaudit.save_audit(result, tmp_path / "out")
    loaded = labelaudit.load_audit(tmp_path / "out")
    assert (loaded.summary.n_suspects, loaded.suspects_table().num_rows) == (0, 0)
    assert (tmp_path / "out" / "suspects.csv").read_text() == ",".join(SUSPECT_COLUMNS) + "\n"
    assert (tmp_path / "out" / "suspects.jsonl").read_text() == ""


# --- round trip ----------------------------------------------------------------------------------------


def assert_same_audit(left: Audit, right: Audit) -> None:
    assert left.summary == right.summary
    assert left.classes == right.classes
    assert left.joint == right.joint
    assert left.suspects_table() == right.suspects_table()
    assert left.scores() == right.scores()
    assert list(left.suspects()) == list(right.suspects())


@pytest.mark.parametrize("how", [{}, {"per_split": True}, {"rank_by": "entropy", "filter": "both"}], ids=str)
def test_loaded_audit_is_the_saved_one(source: Path, tmp_path: Path, how: dict[str, object]) -> None:
    audited = audit_paths(source, **how)
    labelaudit.save_audit(audited, tmp_path / "out")
    assert_same_audit(labelaudit.load_audit(tmp_path / "out"), audited)


def test_empty_class_survives_the_round_trip(tmp_path: Path) -> None:
    sample = honest_sample(0)
    audited = audit_of(csv_wide(tmp_path, sample.take(sample.codes < 2)))
    labelaudit.save_audit(audited, tmp_path / "out")
    assert_same_audit(labelaudit.load_audit(tmp_path / "out"), audited)


def test_loaded_audit_can_be_saved_again(saved: Path, tmp_path: Path) -> None:
    labelaudit.save_audit(labelaudit.load_audit(saved), tmp_path / "copy")
    assert_same_audit(labelaudit.load_audit(tmp_path / "copy"), labelaudit.load_audit(saved))


def test_loaded_audit_can_be_saved_over_itself(audited: Audit, saved: Path) -> None:
    labelaudit.save_audit(labelaudit.load_audit(saved), saved)
    assert_same_audit(labelaudit.load_audit(saved), audited)


# --- what is there already -------------------------------------------------------------------------------


def test_decisions_are_never_touched(audited: Audit, saved: Path) -> None:
    decisions = saved / "decisions.jsonl"
    decisions.write_bytes(b'{"fingerprint": "00"}\r\nnot even json')
    os.utime(decisions, ns=(10**18, 10**18))
    before = decisions.stat()
    labelaudit.save_audit(audited, saved)
    after = decisions.stat()
    assert decisions.read_bytes() == b'{"fingerprint": "00"}\r\nnot even json'
    assert (after.st_mtime_ns, after.st_ino) == (before.st_mtime_ns, before.st_ino)


def test_decisions_alone_are_no_foreign_folder(audited: Audit, tmp_path: Path) -> None:
    """A clone of the repository has the decisions and the .gitignore, and nothing else."""
    (tmp_path / "decisions.jsonl").write_text("{}\n")
    (tmp_path / ".gitignore").write_text("mine\n")
    labelaudit.save_audit(audited, tmp_path)
    assert (tmp_path / "decisions.jsonl").read_text() == "{}\n"
    assert (tmp_path / ".gitignore").read_text() == "mine\n"


def test_other_files_in_an_audit_stay(audited: Audit, saved: Path) -> None:
    (saved / "notes.txt").write_text("mine")
    labelaudit.save_audit(audited, saved)
    assert (saved / "notes.txt").read_text() == "mine"


@pytest.mark.parametrize("name", ["thesis.tex", "summary.json", "scores.parquet.bak", "sub/data.csv"])
def test_foreign_folder_is_refused_and_left_alone(audited: Audit, tmp_path: Path, name: str) -> None:
    """A summary.json of another tool makes no audit."""
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text('{"tool": "other"}')
    (tmp_path / "model.bin").write_text("weights")
    before = sorted(tmp_path.rglob("*"))
    with pytest.raises(OutputError, match="the folder holds something else than an audit") as caught:
        labelaudit.save_audit(audited, tmp_path)
    assert caught.value.file == str(tmp_path)
    assert sorted(tmp_path.rglob("*")) == before
    assert (tmp_path / name).read_text() == '{"tool": "other"}'


@pytest.mark.parametrize("name", ["summary.json", "report.md", "classes.csv"])
def test_foreign_file_that_is_called_like_ours_is_not_overwritten(
    audited: Audit, tmp_path: Path, name: str
) -> None:
    (tmp_path / name).write_text("mine")
    with pytest.raises(OutputError):
        labelaudit.save_audit(audited, tmp_path)
    assert (tmp_path / name).read_text() == "mine"


def test_file_in_place_of_the_folder_is_refused(audited: Audit, tmp_path: Path) -> None:
    (tmp_path / "out").write_text("mine")
    with pytest.raises(OutputError, match="is a file, not a folder"):
        labelaudit.save_audit(audited, tmp_path / "out")
    assert (tmp_path / "out").read_text() == "mine"


# --- interrupted -----------------------------------------------------------------------------------------


class Interruption(BaseException):
    """Like Ctrl-C, but nobody else raises it."""


def broken_scores(audit: Audit) -> Iterator[pa.RecordBatch]:
    yield next(audit.scores_batches())
    raise Interruption


def broken_page() -> str:
    raise Interruption


BREAKING: dict[str, Callable[[Audit, Path], None]] = {
    "while the scores are written": lambda audit, folder: write_audit(
        dataclasses.replace(audit, read_scores=lambda columns: broken_scores(audit)),
        folder,
        page=str,
        pictures=dict,
    ),
    "while the page is rendered": lambda audit, folder: write_audit(
        audit, folder, page=broken_page, pictures=dict
    ),
    "while the pictures are drawn": lambda audit, folder: write_audit(
        audit,
        folder,
        page=str,
        pictures=broken_page,  # type: ignore[arg-type]
    ),
    "while the suspects are read": lambda audit, folder: write_audit(
        dataclasses.replace(audit, read_suspects=broken_page),
        folder,
        page=str,  # type: ignore[arg-type]
        pictures=dict,
    ),
}


@pytest.mark.parametrize("when", BREAKING)
def test_interrupted_save_leaves_the_old_audit_whole(saved: Path, tmp_path: Path, when: str) -> None:
    other = audit_of(parquet_wide(tmp_path, honest_sample(9)))
    before = contents(saved)
    with pytest.raises(Interruption):
        BREAKING[when](other, saved)
    assert contents(saved) == before
    assert labelaudit.load_audit(saved).summary.n_rows == 300


@pytest.mark.parametrize("when", BREAKING)
def test_interrupted_first_save_leaves_no_audit(audited: Audit, tmp_path: Path, when: str) -> None:
    with pytest.raises(Interruption):
        BREAKING[when](audited, tmp_path / "out")
    assert list((tmp_path / "out").iterdir()) == []
    with pytest.raises(AuditNotFoundError):
        labelaudit.load_audit(tmp_path / "out")


def test_leftovers_of_a_killed_run_are_removed(audited: Audit, saved: Path, tmp_path: Path) -> None:
    for folder in (saved, tmp_path / "first"):
        (folder / ".new-abc").mkdir(parents=True)
        (folder / ".new-abc" / "scores.parquet").write_bytes(b"half")
        labelaudit.save_audit(audited, folder)
        assert not (folder / ".new-abc").exists()


def test_summary_is_moved_last() -> None:
    """Its presence vouches for the other files."""
    assert FILES[-1] == "summary.json"


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_folder_that_cannot_be_written_is_named(audited: Audit, tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(OutputError, match="cannot write the audit"):
        labelaudit.save_audit(audited, tmp_path / "out")
    tmp_path.chmod(0o700)


# --- what cannot be loaded -------------------------------------------------------------------------------


def test_folder_without_an_audit_is_named(tmp_path: Path) -> None:
    for folder, message in ((tmp_path, "no readable audit here"), (tmp_path / "none", "no such folder")):
        with pytest.raises(AuditNotFoundError, match=message) as caught:
            labelaudit.load_audit(folder)
        assert caught.value.file == str(folder)
        assert "labelaudit scan" in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("name", "damage"),
    [
        (name, "gone")
        for name in ("scores.parquet", "suspects.parquet", "classes.csv", "joint.csv", "summary.json")
    ]
    + [(name, "cut") for name in ("scores.parquet", "suspects.parquet", "summary.json")],
)
def test_damaged_audit_is_refused(saved: Path, name: str, damage: str) -> None:
    path = saved / name
    if damage == "gone":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes()[: path.stat().st_size // 3])
    with pytest.raises(AuditNotFoundError):
        labelaudit.load_audit(saved)


def test_audit_of_a_newer_version_is_refused(saved: Path) -> None:
    summary = json.loads((saved / "summary.json").read_text(encoding="utf-8"))
    (saved / "summary.json").write_text(
        json.dumps(summary | {"schema_version": 99, "new_key": 1}), encoding="utf-8"
    )
    with pytest.raises(AuditNotFoundError, match=r"newer version \(schema 99\)"):
        labelaudit.load_audit(saved)
