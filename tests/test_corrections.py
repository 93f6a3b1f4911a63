"""Which rows decisions are about, what becomes of them, and that files are written all or not at all."""

from __future__ import annotations

import csv
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import ipc

import labelaudit
from labelaudit.auditing import NO_IDS, Audit
from labelaudit.config import InputOptions
from labelaudit.corrections import replacing
from labelaudit.corrections.automatic import over_assigned
from labelaudit.corrections.combining import corrections_of
from labelaudit.corrections.provenance import (
    COLUMNS,
    ChangeRecord,
    changes_text,
    latest_changes,
    read_changes,
)
from labelaudit.corrections.reverting import find_changes, reversion_of, write_reversion
from labelaudit.corrections.values import ApplyOptions, Corrections
from labelaudit.corrections.writing import targets_in_place, targets_under, write_corrections
from labelaudit.decisions import Decision
from labelaudit.errors import (
    CorrectionError,
    DataError,
    IdError,
    InputNotFoundError,
    OutputError,
    UnreadableFileError,
    UsageError,
)
from labelaudit.opening import open_dataset
from labelaudit.report.corrections import reversion_line
from tests.builders import FORMS, Form, audit_of, honest_sample, write
from tests.made_audits import (
    Suggested,
    applied,
    apply,
    decided_labels,
    decision_on,
    diff_of,
    made_audit,
    vote,
)
from tests.report.values import cell

PETS = ("cat", "dog", "owl")
LABELS = Path("labels.csv")
AUDIT = Path("audit")


@pytest.fixture(autouse=True)
def in_a_folder_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, in_the_checkout: None) -> None:
    monkeypatch.chdir(tmp_path)
    AUDIT.mkdir()


def write_csv(*rows: str, header: str = "id,label", path: Path = LABELS) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([header, *rows]) + "\n")
    return path


def pets_audit(**how: Any) -> Audit:
    """Five rows with ids."""
    write_csv("a,cat", "b,dog", "c,owl", "d,cat", "e,cat")
    return made_audit([LABELS], PETS, **how)


def rows_of(path: Path = LABELS) -> list[str]:
    return path.read_text().splitlines()[1:]


def of(audit: Audit, votes: Iterable[Decision], **how: Any) -> Corrections:
    return corrections_of(audit, AUDIT, {"d.jsonl": list(votes)}, ApplyOptions(**how))


def revert(audit: Audit, changes: str = "changes.csv") -> None:
    reversion = reversion_of(find_changes(changes, AUDIT), audit)
    write_reversion(reversion, targets_in_place(reversion.files))


def changes() -> list[dict[str, str]]:
    with open(AUDIT / "changes.csv", newline="") as file:
        return list(csv.DictReader(file))


# --- which row ---------------------------------------------------------------------------------


def test_a_decision_follows_its_row_wherever_it_goes() -> None:
    audit = pets_audit()
    write_csv("new,owl", "e,cat", "d,cat", "c,owl", "b,dog", "a,cat")
    applied(audit, AUDIT, {"a": "dog", "c": "cat"})
    assert rows_of() == ["new,owl", "e,cat", "d,cat", "c,cat", "b,dog", "a,dog"]
    assert [(row["id"], row["row"]) for row in changes()] == [("c", "3"), ("a", "5")]


@pytest.mark.parametrize("now", ["a,owl", "x,cat"])
def test_a_decision_is_stale_where_the_label_is_another_or_the_row_is_gone(now: str) -> None:
    audit = pets_audit()
    write_csv(now, "b,dog", "c,owl", "d,cat", "e,cat")
    before = LABELS.read_bytes()
    with pytest.raises(
        CorrectionError, match=r"^error\[correction\]: d.jsonl: 1 decision is stale.*: 'a'\nhint"
    ):
        applied(audit, AUDIT, {"a": "dog", "b": "cat"})
    assert LABELS.read_bytes() == before
    assert not list(AUDIT.iterdir())
    corrections = applied(audit, AUDIT, {"a": "dog", "b": "cat"}, skip_stale=True)
    assert corrections.left.stale == ("a",)
    assert rows_of() == [now, "b,cat", "c,owl", "d,cat", "e,cat"]


def test_a_stale_decision_that_keeps_the_label_hinders_nobody() -> None:
    audit = pets_audit()
    write_csv("a,owl", "b,dog", "c,owl", "d,cat", "e,cat")
    assert [row.id for row in apply(audit, AUDIT, {"a": "given", "b": "cat"}).rows] == ["b"]


def test_what_is_applied_already_is_told_and_not_stale() -> None:
    audit = pets_audit()
    decided = {"a": "dog", "b": "neither", "c": "neither"}
    first = applied(audit, AUDIT, decided, drop=True)
    assert (first.count("relabel"), first.count("drop"), first.left.applied) == (1, 2, 0)
    again = apply(audit, AUDIT, decided, drop=True)
    assert (again.rows, again.left.applied) == ((), 3)
    scanned_again = made_audit([LABELS], PETS)
    votes = decided_labels(audit, decided)
    third = corrections_of(scanned_again, AUDIT, votes, ApplyOptions(drop=True))
    assert (third.rows, third.left.applied) == ((), 3)


def test_of_decisions_in_turn_the_last_one_holds() -> None:
    audit = pets_audit()
    first = vote(audit, "a", "dog")
    applied(audit, AUDIT, {"a": "dog"})
    second = vote(made_audit([LABELS], PETS), "a", "owl")
    write_corrections(corrections := of(audit, [first, second]), targets_in_place(corrections.files), AUDIT)
    assert rows_of()[0] == "a,owl"
    assert of(audit, [first, second]).left.applied == 2


def test_the_same_id_in_another_split_is_another_row() -> None:
    write_csv("a,cat,train", "a,dog,test", "b,cat,test", header="id,label,split")
    audit = made_audit([LABELS], PETS)
    row = next(row for row in audit.scores().to_pylist() if row["split"] == "train")
    write_csv("a,owl,train", "a,dog,test", "b,cat,test", header="id,label,split")
    with pytest.raises(CorrectionError, match="stale"):
        of(audit, [decision_on(row, "dog")])
    with pytest.raises(CorrectionError, match="stale"):
        of(audit, [replace(decision_on(row, "dog"), record={})])


def test_a_fingerprint_that_is_none_is_stale() -> None:
    audit = pets_audit()
    with pytest.raises(CorrectionError, match="stale"):
        of(audit, [replace(vote(audit, "a", "dog"), fingerprint="what")])


def test_an_id_that_is_not_of_the_fingerprint_s_row_is_refused_with_both() -> None:
    audit = pets_audit()
    for word in ("dog", "given"):
        wrong = replace(vote(audit, "a", word, line=3), id="b")
        with pytest.raises(
            CorrectionError, match=r"d.jsonl, row 2 \(line 3\): the decision is on id 'b', .* of id 'a'\nhint"
        ):
            of(audit, [vote(audit, "c", "cat"), wrong])


def test_rows_without_ids_have_no_id_to_mistake() -> None:
    write_csv("soft,cat", "loud,dog", "wise,owl", header="text,label")
    audit = made_audit([LABELS], PETS)
    assert [row.row for row in of(audit, [replace(vote(audit, "0", "dog"), id="row 0")]).rows] == [0]


def test_rows_that_are_alike_are_told_apart_by_where_they_were_scanned() -> None:
    write_csv("x,cat", "y,dog", "x,cat", "x,cat", header="text,label")
    audit = made_audit([LABELS], PETS)
    decided = {"0": "dog", "3": "owl"}
    applied(audit, AUDIT, decided)
    assert rows_of() == ["x,dog", "y,dog", "x,cat", "x,owl"]
    again = apply(audit, AUDIT, decided)
    assert (again.rows, again.left.applied) == ((), 2)
    scanned_again = made_audit([LABELS], PETS)
    third = corrections_of(scanned_again, AUDIT, decided_labels(audit, {"3": "owl"}), ApplyOptions())
    assert (third.rows, third.left.applied) == ((), 1)
    revert(audit)
    assert rows_of() == ["x,cat", "y,dog", "x,cat", "x,cat"]
    assert len(apply(audit, AUDIT, decided).rows) == 2


def test_without_ids_a_decision_follows_the_content_too() -> None:
    write_csv("x,cat", "y,dog", "z,cat", header="text,label")
    audit = made_audit([LABELS], PETS)
    write_csv("new,cat", "z,cat", "x,cat", "y,dog", header="text,label")
    applied(audit, AUDIT, {"0": "owl", "1": "cat"})
    assert rows_of() == ["new,cat", "z,cat", "x,owl", "y,cat"]
    write_csv("y,owl", header="text,label")
    with pytest.raises(CorrectionError, match="stale"):
        apply(audit, AUDIT, {"2": "dog"})


@pytest.mark.parametrize(
    ("now", "message"),
    [
        (["dog", "cat", "dog", "cat"], r"labels.csv: has 4 rows, 3 were scanned"),
        (["cat", "owl", "cat"], r"labels.csv, row 1: is 'owl', was 'dog' when it was scanned"),
    ],
)
def test_rows_with_nothing_but_a_number_must_all_be_as_they_were(now: list[str], message: str) -> None:
    write_csv("cat", "dog", "cat", header="label")
    audit = made_audit([LABELS], PETS)
    write_csv(*now, header="label")
    with pytest.raises(CorrectionError, match=message):
        apply(audit, AUDIT, {"2": "owl"})


def test_rows_with_nothing_but_a_number_are_corrected_once() -> None:
    write_csv("cat", "dog", "cat", header="label")
    audit = made_audit([LABELS], PETS)
    applied(audit, AUDIT, {"0": "owl"})
    again = applied(audit, AUDIT, {"0": "owl", "2": "dog"})
    assert [row.row for row in again.rows] == [2]
    assert rows_of() == ["owl", "dog", "dog"]
    # The fingerprint of the first cat is now that of no row, or of another one: never of the first.
    stale = decided_labels(audit, {"2": "dog"})
    write_csv("cat", "dog", "owl", header="label")
    with pytest.raises(CorrectionError, match="stale"):
        corrections_of(made_audit([LABELS], PETS), Path(), stale, ApplyOptions())


@pytest.mark.parametrize("header", ["label", "note,label"])
def test_rows_with_nothing_but_a_number_are_of_the_files_that_were_scanned(header: str) -> None:
    rows = ["cat"] * 40 + ["dog"] * 20
    no_note = [row if header == "label" else f",{row}" for row in rows]
    probs = [f"0.{30 + i},0.{70 - i}" for i in range(60)]
    write_csv(*probs, header="prob_cat,prob_dog", path=Path("p.csv"))
    write_csv(*no_note, header=header)
    paths = [LABELS, Path("p.csv")]

    def scanned() -> Audit:
        with open_dataset(paths, InputOptions(row_order=True)) as dataset:
            labelaudit.save_audit(labelaudit.audit(dataset), "saved")
        return labelaudit.load_audit("saved")

    audit = scanned()
    assert NO_IDS in {notice.code for notice in audit.summary.notices}
    prints = audit.scores().column("fingerprint").to_pylist()
    assert scanned().scores().column("fingerprint").to_pylist() == prints
    old = decision_on(audit.scores().to_pylist()[10], "dog")
    assert [row.row for row in of(audit, [old]).rows] == [10]
    # A row of a class goes and another comes: the labels are the same, the rows are not.
    write_csv(*probs[1:20], "0.95,0.05", *probs[20:], header="prob_cat,prob_dog", path=Path("p.csv"))
    with pytest.raises(DataError, match=r"p\.csv: has changed"):
        of(audit, [old])
    with pytest.raises(CorrectionError, match="stale, rows have neither ids nor content"):
        of(scanned(), [old])


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_every_row_of_a_scan_is_found_again(form: Form, tmp_path: Path) -> None:
    audit = audit_of(form(Path("data"), honest_sample(n_rows=120)), rank_by="self-confidence")
    rows = audit.scores().to_pylist()
    other = {"cat": "dog", "dog": "owl", "owl": "cat"}
    labelaudit.save_audit(audit, "saved")
    saved = labelaudit.load_audit("saved")
    corrections = of(saved, [decision_on(row, other[row["given_label"]]) for row in rows])
    assert [(row.id, row.old) for row in corrections.rows] == [
        (row["id"], row["given_label"]) for row in rows
    ]


def test_ids_that_are_double_now_are_refused() -> None:
    audit = pets_audit()
    write_csv("a,cat", "a,dog")
    with pytest.raises(IdError, match="stands twice"):
        apply(audit, AUDIT, {"a": "dog"})


def test_a_file_that_is_gone_is_named_with_the_folder() -> None:
    audit = pets_audit()
    LABELS.unlink()
    with pytest.raises(
        InputNotFoundError, match=r"labels.csv: is not there, seen from .*\nhint: paths count from"
    ):
        apply(audit, AUDIT, {"a": "dog"})


def test_labels_that_came_through_a_pipe_cannot_be_corrected() -> None:
    audit = pets_audit()
    piped = replace(audit, read_summary=lambda: replace(audit.summary, paths=("-",)))
    with pytest.raises(CorrectionError, match="standard input"):
        of(piped, [vote(audit, "a", "dog")])


# --- what people say ---------------------------------------------------------------------------


def test_only_labels_that_people_agree_on_are_corrected() -> None:
    audit = pets_audit()
    votes = [
        vote(audit, "a", "dog"),
        vote(audit, "a", "dog", reviewer="bo"),
        vote(audit, "a", "given", reviewer="cy"),
        vote(audit, "b", "owl"),
        vote(audit, "b", "cat", reviewer="bo"),
        vote(audit, "c", "given"),
        vote(audit, "d", "both"),
        vote(audit, "e", "skip"),
    ]
    corrections = of(audit, votes)
    assert [(row.id, row.new, row.reviewers) for row in corrections.rows] == [
        ("a", "dog", ("ana", "bo", "cy"))
    ]
    assert (corrections.left.conflicts, corrections.left.kept) == (("b",), 2)
    assert of(audit, votes, min_agreement=0.9).left.conflicts == ("a", "b")
    assert of(audit, votes, min_reviewers=3).left.conflicts == ()


def test_a_label_that_the_row_has_already_changes_nothing() -> None:
    audit = pets_audit()
    for record in ({}, {"seen": {"given": "cat"}}):
        corrections = of(audit, [replace(vote(audit, "a", "cat"), record=record)])
        assert (corrections.rows, corrections.left.kept) == ((), 1)


def test_what_is_of_no_class_is_touched_only_on_request() -> None:
    audit = pets_audit()
    untouched = apply(audit, AUDIT, {"b": "neither"})
    assert (untouched.rows, untouched.left.neither) == ((), 1)
    applied(audit, AUDIT, {"b": "neither", "c": "cat"}, drop=True)
    assert rows_of() == ["a,cat", "c,cat", "d,cat", "e,cat"]
    assert [(row["id"], row["row"], row["action"], row["old_cell"]) for row in changes()] == [
        ("b", "1", "drop", "b,dog\n"),
        ("c", "2", "relabel", "owl"),
    ]


def test_a_file_is_never_emptied() -> None:
    write_csv("a,cat", "b,dog")
    audit = made_audit([LABELS], PETS)
    with pytest.raises(CorrectionError, match="every row would be dropped"):
        apply(audit, AUDIT, {"a": "neither", "b": "neither"}, drop=True)


def test_a_label_of_no_class_is_refused_with_its_line() -> None:
    audit = pets_audit()
    with pytest.raises(
        CorrectionError, match=r"d.jsonl, row 6 \(line 7\): 'cow' is no class of the audit \(id 'a'\)"
    ):
        of(audit, [vote(audit, "b", "cat"), vote(audit, "a", "cow", line=7)])
    outvoted = [vote(audit, "a", "cow"), *(vote(audit, "a", "dog", reviewer=name) for name in "bc")]
    assert [row.new for row in of(audit, outvoted).rows] == ["dog"]


def test_strange_fields_of_a_decision_are_passed_over() -> None:
    audit = pets_audit()
    for seen in ("cat", None, {"given": ["cat"]}, {"given": 3}):
        votes = [replace(vote(audit, "a", "dog"), record={"seen": seen})]
        assert len(of(audit, votes).rows) == 1


def test_of_several_files_the_later_one_counts() -> None:
    audit = pets_audit()
    votes = {"one": [vote(audit, "a", "dog")], "two": [vote(audit, "a", "owl")]}
    assert [row.new for row in corrections_of(audit, AUDIT, votes, ApplyOptions()).rows] == ["owl"]


@pytest.mark.parametrize("how", [{"drop": True, "flag": True}, {"min_suggested_prob": 0.5}])
def test_options_that_do_not_go_together_are_refused(how: dict[str, Any]) -> None:
    with pytest.raises(UsageError):
        ApplyOptions(**how)


# --- how labels are written --------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "classes", "label", "written"),
    [
        ([0, 1, 0], PETS, "owl", 2),
        ([0.0, 1.0, 0.0], PETS, "owl", 2.0),
        ([True, False, True], ("False", "True"), "False", False),
        (["cat", "dog", "cat"], PETS, "owl", "owl"),
    ],
)
@pytest.mark.parametrize("name", ["d.jsonl", "d.parquet", "d.arrow"])
def test_a_label_keeps_the_type_that_labels_have(
    name: str, cells: list[Any], classes: tuple[str, ...], label: str, written: object
) -> None:
    path = write(Path(name), pa.table({"id": list("abc"), "label": cells}))
    audit, before = made_audit([path], classes), path.read_bytes()
    applied(audit, AUDIT, {"a": label})
    with open_dataset([path], InputOptions(classes=classes), probabilities="replaced") as dataset:
        assert dataset.order.codes(dataset.labels)[0] == classes.index(label)
    new = [json.loads(line) for line in path.read_text().splitlines()] if name == "d.jsonl" else None
    assert new is None or (new[0]["label"] == written and type(new[0]["label"]) is type(written))
    revert(audit)
    assert path.read_bytes() == before


def hugging_face(labels: list[int]) -> pa.Table:
    feature = {"names": list(PETS), "_type": "ClassLabel"}
    metadata = {"huggingface": json.dumps({"info": {"features": {"label": feature}}})}
    table = pa.table({"id": list("abcd"), "label": pa.array(labels, pa.int64())})
    return table.replace_schema_metadata(metadata)


@pytest.mark.parametrize(
    ("cells", "classes", "label", "written"),
    [
        (["0", "1", "0"], PETS, "owl", "2"),
        (["0", "1", "2"], PETS, "owl", "2"),
        (["0.0", "1.0", "0.0"], ("0", "1", "2"), "2", "2.0"),
        (["true", "false", "true"], ("False", "True"), "False", "false"),
        (["true", "true", "true"], ("0", "1"), "0", "false"),
        (["cat", "dog", "cat"], PETS, "owl", "owl"),
        (["3", "5", "3"], ("3", "5", "7"), "7", "7"),
        (["cat", '"dog"', "cat"], ("cat", "dog", "a,b"), "a,b", '"a,b"'),
    ],
)
def test_a_label_is_written_as_the_file_writes_labels(
    cells: list[str], classes: tuple[str, ...], label: str, written: str
) -> None:
    write_csv(*(f"{id},{text}" for id, text in zip("abc", cells, strict=True)))
    audit = made_audit([LABELS], classes)
    before = LABELS.read_bytes()
    applied(audit, AUDIT, {"a": label})
    assert rows_of()[0] == f"a,{written}"
    assert made_audit([LABELS], classes).scores()["given_label"][0].as_py() == label
    revert(audit)
    assert LABELS.read_bytes() == before


def test_numbers_of_hugging_face_stay_numbers() -> None:
    path = Path("data.parquet")
    pq.write_table(hugging_face([0, 1, 0, 1]), path)
    audit = made_audit([path], PETS)
    applied(audit, AUDIT, {"b": "owl"})
    assert pq.read_table(path)["label"].to_pylist() == [0, 2, 0, 1]
    assert (changes()[0]["old_label"], changes()[0]["new_label"], changes()[0]["new_cell"]) == (
        "dog",
        "owl",
        "2",
    )
    revert(audit)
    assert pq.read_table(path).equals(hugging_face([0, 1, 0, 1]), check_metadata=True)


def test_a_class_that_cannot_be_written_there_is_refused() -> None:
    write_csv("a,true", "b,false")
    audit = made_audit([LABELS], ("False", "True", "Maybe"))
    assert len(apply(audit, AUDIT, {"a": "False"}).rows) == 1
    with pytest.raises(
        CorrectionError, match=r"labels.csv, column 'label': nothing .* is read as class 'Maybe'"
    ):
        apply(audit, AUDIT, {"a": "Maybe"})


# --- other formats, several files --------------------------------------------------------------


def typed_table() -> pa.Table:
    columns = {
        "id": list("abcdef"),
        "label": pa.array(["cat", "dog", "cat", "owl", "dog", "cat"]).dictionary_encode(),
        "values": [[1.0], [], None, [2.5, 3.0], [4.0], [5.0]],
    }
    return pa.table(columns).replace_schema_metadata({"made": "by hand"})


def write_arrow(table: pa.Table, path: Path) -> None:
    with ipc.new_file(path, table.schema) as writer:
        writer.write_table(table, max_chunksize=4)


def read_arrow(path: Path) -> pa.Table:
    with ipc.open_file(path) as reader:
        return reader.read_all()


@pytest.mark.parametrize(
    ("name", "write", "read"),
    [
        (
            "d.parquet",
            lambda t, p: pq.write_table(t, p, row_group_size=4),
            lambda p: pq.ParquetFile(p).read(),
        ),
        ("d.arrow", write_arrow, read_arrow),
    ],
)
def test_typed_files_keep_schema_and_metadata_and_come_back(
    name: str, write: Callable[[pa.Table, Path], None], read: Callable[[Path], pa.Table]
) -> None:
    path = Path(name)
    write(typed_table(), path)
    table = read(path)
    audit = made_audit([path], PETS)
    assert diff_of(apply(audit, AUDIT, {"b": "owl", "d": "neither"}, drop=True)).decode() == (
        f"=== {name}\n-row 1, id b: label 'dog'\n+row 1, id b: label 'owl'\n-row 3, id d: label 'owl'\n"
    )
    applied(audit, AUDIT, {"b": "owl", "d": "neither"}, drop=True)
    new = read(path)
    assert new.schema.equals(table.schema, check_metadata=True)
    assert new["label"].to_pylist() == ["cat", "owl", "cat", "dog", "cat"]
    revert(audit)
    back = read(path)
    assert back.schema.equals(table.schema, check_metadata=True)
    assert back.to_pylist() == table.to_pylist()
    applied(audit, AUDIT, {"b": "owl", "d": "neither"}, flag=True)
    assert read(path)["labelaudit_flag"].to_pylist() == [None, "owl", None, "neither", None, None]
    revert(audit)
    assert read(path).to_pylist() == table.to_pylist()


def test_compressed_text_is_shown_row_by_row() -> None:
    import gzip

    path = Path("labels.csv.gz")
    path.write_bytes(gzip.compress(b"id,label\na,cat\nb,dog\n"))
    audit = made_audit([path], PETS)
    assert b"+row 0, id a: label 'dog'\n" in diff_of(apply(audit, AUDIT, {"a": "dog"}))
    applied(audit, AUDIT, {"a": "dog"})
    assert gzip.decompress(path.read_bytes()) == b"id,label\na,dog\nb,dog\n"
    revert(audit)
    assert gzip.decompress(path.read_bytes()) == b"id,label\na,cat\nb,dog\n"


SHARDS = (Path("data/train/part-0.csv"), Path("data/train/part-1.csv"), Path("data/test/part-0.csv"))


def shards_audit() -> Audit:
    for number, path in enumerate(SHARDS):
        write_csv(f"a{number},cat", f"b{number},dog", path=path)
    return made_audit([Path("data")], PETS)


def test_each_shard_is_rewritten_by_itself() -> None:
    audit = shards_audit()
    before = {path: path.stat() for path in SHARDS}
    corrections = applied(audit, AUDIT, {"b0": "cat", "a2": "owl"})
    assert [row.row for row in corrections.rows] == [0, 1]
    assert [rows_of(path) for path in SHARDS] == [
        ["a0,cat", "b0,cat"],
        ["a1,cat", "b1,dog"],
        ["a2,owl", "b2,dog"],
    ]
    assert SHARDS[1].stat() == before[SHARDS[1]]
    assert sorted(row["file"] for row in changes()) == [SHARDS[2].as_posix(), SHARDS[0].as_posix()]
    revert(audit)
    assert [rows_of(path)[0] for path in SHARDS] == ["a0,cat", "a1,cat", "a2,cat"]


def test_a_folder_of_copies_has_every_file_where_it_was() -> None:
    audit = shards_audit()
    corrections = apply(audit, AUDIT, {"b0": "cat"})
    write_corrections(corrections, targets_under(corrections.files, Path("out"), force=False), AUDIT)
    copies = sorted(path.as_posix() for path in Path("out").rglob("*.csv"))
    assert copies == ["out/test/part-0.csv", "out/train/part-0.csv", "out/train/part-1.csv"]
    assert rows_of(Path("out/train/part-0.csv")) == ["a0,cat", "b0,cat"]
    assert rows_of(SHARDS[0]) == ["a0,cat", "b0,dog"]
    assert [row["file"] for row in changes()] == ["out/train/part-0.csv"]
    with pytest.raises(OutputError, match="exists already"):
        targets_under(corrections.files, Path("out"), force=False)
    assert len(targets_under(corrections.files, Path("out"), force=True)) == 3
    revert(audit)
    assert rows_of(Path("out/train/part-0.csv")) == ["a0,cat", "b0,dog"]


def test_flags_are_a_column_of_every_shard() -> None:
    audit = shards_audit()
    before = [path.read_bytes() for path in SHARDS]
    applied(audit, AUDIT, {"b0": "cat", "a2": "neither"}, flag=True)
    assert rows_of(SHARDS[0]) == ["a0,cat,", "b0,dog,cat"]
    assert rows_of(SHARDS[1]) == ["a1,cat,", "b1,dog,"]
    again = apply(audit, AUDIT, {"b0": "cat", "a2": "neither"}, flag=True)
    assert (again.rows, again.left.applied) == ((), 2)
    with pytest.raises(CorrectionError, match="column of flags already"):
        apply(audit, AUDIT, {"b0": "owl"}, flag=True)
    SHARDS[1].write_text(SHARDS[1].read_text().replace("a1,cat,", "a1,cat,dog"))
    with pytest.raises(CorrectionError, match="'dog', nothing was written there"):
        revert(audit)
    SHARDS[1].write_text(SHARDS[1].read_text().replace("a1,cat,dog", "a1,cat,"))
    revert(audit)
    assert [path.read_bytes() for path in SHARDS] == before


# --- without people ----------------------------------------------------------------------------

SUGGESTED = {name: Suggested(label="dog") for name in ("a", "d", "e")}


def auto(audit: Audit, votes: Iterable[Decision] = (), **how: Any) -> list[str]:
    return [row.id for row in of(audit, votes, auto=True, **how).rows if row.source == "auto"]


def test_suspects_are_corrected_where_both_views_are_sure() -> None:
    suspects = {
        "a": Suggested(label="dog", pred_prob=0.8, vote=0.8),
        "b": Suggested(label="cat", pred_prob=0.79),
        "c": Suggested(label="cat", vote=0.79),
        "d": Suggested(label="dog", vote=None),
        "e": Suggested(label=None),
    }
    audit = pets_audit(suspects=suspects)
    corrections = of(audit, [], auto=True)
    assert [(row.id, row.source, row.rules) for row in corrections.rows] == [
        ("a", "auto", ("LA101", "LA201"))
    ]
    assert corrections.directions == {("cat", "dog"): 1}
    assert auto(audit, min_suggested_prob=0.7) == ["a", "b", "c"]
    assert b"@@ -2 +2 @@ auto\n" in diff_of(corrections)
    write_corrections(corrections, targets_in_place(corrections.files), AUDIT)
    assert [(row["source"], row["reviewers"], row["rules"]) for row in changes()] == [
        ("auto", "", "LA101;LA201")
    ]
    again = of(audit, [], auto=True)
    assert (again.rows, again.left.applied) == ((), 1)


def test_rows_that_people_looked_at_are_theirs() -> None:
    audit = pets_audit(suspects=SUGGESTED)
    assert auto(audit) == ["a", "d", "e"]
    for word in ("given", "both", "skip", "neither", "owl"):
        assert auto(audit, [vote(audit, "a", word)]) == ["d", "e"]
    conflict = [vote(audit, "a", "owl"), vote(audit, "a", "dog", reviewer="bo")]
    assert auto(audit, conflict) == ["d", "e"]
    assert auto(audit, [vote(audit, "a", "owl")], min_reviewers=2) == ["d", "e"]


@pytest.mark.parametrize("status", ["baseline", "ignored"])
def test_hidden_suspects_are_left_alone(status: str) -> None:
    audit = pets_audit(suspects=SUGGESTED | {"a": Suggested(label="dog", status=status)})
    assert auto(audit) == ["d", "e"]


def test_suspects_that_are_gone_are_counted_and_not_refused() -> None:
    audit = pets_audit(suspects=SUGGESTED)
    write_csv("a,owl", "b,dog", "d,cat")
    corrections = of(audit, [], auto=True)
    assert ([row.id for row in corrections.rows], corrections.left.auto_gone) == (["d"], 2)


def test_nothing_goes_into_a_class_that_has_too_many() -> None:
    audit = pets_audit(suspects=SUGGESTED, moved={("dog", "cat"): 30, ("cat", "dog"): 5})
    corrections = of(audit, [], auto=True)
    assert (corrections.rows, corrections.left.over_assigned) == ((), {"dog": 3})


@pytest.mark.parametrize(
    ("out", "into", "too_many"), [(9, 1, True), (8, 2, False), (4, 0, False), (5, 0, True)]
)
def test_too_many_are_more_than_two_standard_errors(out: int, into: int, too_many: bool) -> None:
    cells = [cell("cat", "dog", out), cell("dog", "cat", into), cell("cat", "cat", 100)]
    assert ("cat" in over_assigned(cells)) is too_many


def test_one_view_is_enough_only_on_request() -> None:
    one_view = {name: Suggested(label="dog", vote=None) for name in SUGGESTED}
    audit = pets_audit(suspects=one_view, neighbors=False)
    with pytest.raises(UsageError, match="no embeddings"):
        auto(audit)
    assert auto(audit, one_view=True) == ["a", "d", "e"]
    assert auto(pets_audit(suspects=one_view), one_view=True) == []


@pytest.mark.parametrize("how", [{"notices": ["LA903"]}, {"ignore": ["LA9"]}])
def test_probabilities_that_may_have_seen_the_labels_correct_nothing(how: dict[str, Any]) -> None:
    with pytest.raises(CorrectionError, match="LA903"):
        auto(pets_audit(suspects=SUGGESTED, **how))


# --- what tells of it --------------------------------------------------------------------------


def test_changes_have_the_columns_of_the_contract() -> None:
    audit = pets_audit()
    applied(audit, AUDIT, {"a": "dog"})
    by_contract = "id file row column old_label new_label source reviewers rules fingerprint"
    assert COLUMNS[:10] == tuple(by_contract.split())
    print_ = audit.scores()["fingerprint"][0].as_py()
    assert (AUDIT / "changes.csv").read_text().splitlines()[1] == (
        f"a,labels.csv,0,label,cat,dog,human,ana,,{print_},cat,relabel,dog"
    )


def test_earlier_changes_are_kept_under_a_number() -> None:
    audit = pets_audit()
    for decided in ({"a": "dog"}, {"b": "cat"}, {"c": "cat"}):
        applied(audit, AUDIT, decided)
    files = {path.name: [row.id for row in read_changes(path)] for path in AUDIT.iterdir()}
    assert files == {"changes-1.csv": ["a"], "changes-2.csv": ["b"], "changes.csv": ["c"]}
    revert(audit)
    revert(audit, "changes-2.csv")
    assert sorted(path.name for path in AUDIT.iterdir()) == [
        "changes-1.csv",
        "reverted-1.csv",
        "reverted-2.csv",
    ]
    assert rows_of() == ["a,dog", "b,dog", "c,owl", "d,cat", "e,cat"]


def test_any_text_comes_back_from_the_file_of_changes() -> None:
    record = ChangeRecord(
        id='a"\r,\n',
        file="f",
        row=3,
        column="label",
        old_label="\r",
        new_label="",
        source="auto",
        reviewers=("ana", "bo"),
        rules=(),
        fingerprint="00",
        old_cell='x\r\udcff"' * 100_000,
        action="drop",
        new_cell=" ",
    )
    path = AUDIT / "changes.csv"
    path.write_bytes(changes_text([record]))
    assert read_changes(path) == [record]


@pytest.mark.parametrize("text", ["", "id,label\n", ",".join(COLUMNS) + "\n1,2\n", "\x00"])
def test_what_is_no_file_of_changes_is_refused(text: str) -> None:
    path = AUDIT / "changes.csv"
    path.write_text(text)
    with pytest.raises(UnreadableFileError):
        read_changes(path)


# --- taken back --------------------------------------------------------------------------------


def test_a_cell_that_was_changed_since_is_not_taken_back() -> None:
    audit = pets_audit()
    applied(audit, AUDIT, {"a": "dog", "d": "owl", "e": "owl"})
    write_csv("a,owl", "b,dog", "c,owl", "d,dog", "e,owl")
    before = LABELS.read_bytes()
    with pytest.raises(
        CorrectionError, match=r"labels.csv, column 'label', row 0: is 'owl', 'dog' was .*1 more row"
    ):
        revert(audit)
    assert LABELS.read_bytes() == before


def test_a_row_that_is_not_the_same_is_not_taken_back() -> None:
    audit = pets_audit()
    applied(audit, AUDIT, {"a": "dog"})
    write_csv("x,dog", "a,dog", "c,owl")
    with pytest.raises(CorrectionError, match=r"column 'id', row 0: is 'x', the changes are of 'a'"):
        revert(audit)
    LABELS.unlink()
    with pytest.raises(InputNotFoundError, match="is not there"):
        revert(audit)


def test_a_copy_is_taken_back_into_another_copy() -> None:
    audit = pets_audit()
    before = LABELS.read_bytes()
    corrections = apply(audit, AUDIT, {"a": "dog", "b": "neither"}, drop=True)
    write_corrections(corrections, targets_under(corrections.files, Path("new.csv"), force=False), AUDIT)
    reversion = reversion_of(AUDIT / "changes.csv", audit)
    assert [file.name for file in reversion.files] == ["new.csv"]
    assert write_reversion(reversion, targets_under(reversion.files, Path("old.csv"), force=False)) is None
    assert Path("old.csv").read_bytes() == LABELS.read_bytes() == before
    assert (AUDIT / "changes.csv").exists()


def killed_between_renames() -> tuple[Audit, dict[str, bytes]]:
    """Two shards to change, and only the first was renamed; what all were before."""
    audit = shards_audit()
    before = labels_now()
    corrections = apply(audit, AUDIT, {"a0": "dog", "a2": "owl"})
    targets = targets_in_place(corrections.files)
    write_corrections(corrections, targets, AUDIT)
    targets[1].path.write_bytes(before[targets[1].path.as_posix()])
    return audit, before


def labels_now() -> dict[str, bytes]:
    return {path: data for path, data in snapshot().items() if not path.startswith("audit/")}


def test_rows_that_a_killed_run_never_reached_are_passed_over() -> None:
    audit, before = killed_between_renames()
    reversion = reversion_of(AUDIT / "changes.csv", audit)
    assert (reversion.n_old, [record.id for record in reversion.records]) == (1, ["a2"])
    assert reversion_line(reversion) == "1 change to take back in 1 file; 1 row holds its old label already"
    revert(audit)
    assert labels_now() == before


@pytest.mark.parametrize("order", [("changes.csv", "changes-1.csv"), ("changes-1.csv", "changes.csv")])
def test_a_killed_run_and_the_next_are_taken_back_in_any_order(order: tuple[str, str]) -> None:
    audit, before = killed_between_renames()
    applied(audit, AUDIT, {"a0": "dog", "a2": "owl"})
    for number, name in enumerate(order):
        revert(audit, name)
        assert latest_changes(AUDIT) == (None if number else AUDIT / order[1])
    assert labels_now() == before


def test_changes_that_a_later_run_changed_again_name_its_file() -> None:
    audit = pets_audit()
    for word in ("dog", "owl"):
        corrections = of(audit, [vote(audit, "a", word)])
        write_corrections(corrections, targets_in_place(corrections.files), AUDIT)
        if word == "dog":
            audit = made_audit([LABELS], PETS)
    with pytest.raises(
        CorrectionError, match=r"take the later changes back first, --revert audit.changes.csv"
    ):
        revert(audit, "changes-1.csv")
    revert(audit)
    revert(audit, "changes-1.csv")
    assert rows_of()[0] == "a,cat"


def test_rows_of_a_file_with_dropped_ones_are_never_passed_over() -> None:
    audit = pets_audit()
    before = LABELS.read_bytes()
    corrections = apply(audit, AUDIT, {"b": "cat", "e": "neither"}, drop=True)
    write_corrections(corrections, targets_in_place(corrections.files), AUDIT)
    LABELS.write_bytes(before)
    with pytest.raises(CorrectionError, match="is 'dog', 'cat' was written"):
        revert(audit)


def test_what_killed_runs_left_is_removed_and_what_runs_need_is_not() -> None:
    audit = pets_audit()
    gone = subprocess.Popen(["true"])
    gone.wait()
    for folder in (Path(), AUDIT):
        for process in (gone.pid, 1, os.getpid()):
            (folder / f".labelaudit-{process}-7").write_text("left")
        (folder / f".labelaudit-{gone.pid}-7.saved").write_text("saved")
    applied(audit, AUDIT, {"a": "dog"})
    for folder in (Path(), AUDIT):
        assert {path.name for path in folder.glob(".labelaudit-*")} == {
            *(".labelaudit-1-7", f".labelaudit-{os.getpid()}-7", f".labelaudit-{gone.pid}-7.saved")
        }
    Path(f".labelaudit-{gone.pid}-8").write_text("left")
    revert(audit)
    assert not Path(f".labelaudit-{gone.pid}-8").exists()


# --- all or nothing ----------------------------------------------------------------------------


def snapshot() -> dict[str, bytes]:
    return {path.as_posix(): path.read_bytes() for path in Path().rglob("*") if path.is_file()}


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("succeeding", range(5))
def test_a_rename_that_fails_leaves_every_file_as_it_was(
    monkeypatch: pytest.MonkeyPatch, succeeding: int, error: BaseException
) -> None:
    audit = shards_audit()
    applied(audit, AUDIT, {"a0": "dog"})
    corrections = apply(audit, AUDIT, {"b0": "cat", "b1": "cat", "b2": "cat"})
    before, renamed = snapshot(), []

    def failing(source: Path, target: Path) -> None:
        if len(renamed) == succeeding:
            renamed.append(target)
            raise error
        renamed.append(target)
        shutil.move(source, target)

    monkeypatch.setattr(replacing.os, "replace", failing)
    with pytest.raises((OutputError, KeyboardInterrupt)):
        write_corrections(corrections, targets_in_place(corrections.files), AUDIT)
    assert snapshot() == before


def test_what_cannot_be_put_back_is_not_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    audit = shards_audit()
    corrections, before, n_renamed = apply(audit, AUDIT, {"b0": "cat", "b1": "cat"}), snapshot(), []

    def failing(source: Path, target: Path) -> None:
        n_renamed.append(target)
        if len(n_renamed) > 2:
            raise OSError(5, "Input/output error")
        shutil.move(source, target)

    monkeypatch.setattr(replacing.os, "replace", failing)
    with pytest.raises(OutputError, match=r"Input/output error; the former content is in .*/\.labelaudit-"):
        write_corrections(corrections, targets_in_place(corrections.files), AUDIT)
    assert set(before.values()) <= set(snapshot().values())


def test_what_a_killed_run_left_is_not_in_the_way() -> None:
    audit = pets_audit()
    for number in range(1, 5):
        Path(f".labelaudit-{os.getpid()}-{number}").write_text("left")
        (AUDIT / f".labelaudit-{os.getpid()}-{number}").write_text("left")
    applied(audit, AUDIT, {"a": "dog"})
    assert rows_of()[0] == "a,dog"


def test_a_full_disk_is_told_and_leaves_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    audit = pets_audit()
    corrections, before = apply(audit, AUDIT, {"a": "dog"}), snapshot()

    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device", ".labelaudit-new")

    monkeypatch.setattr("labelaudit.corrections.writing.rewrite", full)
    with pytest.raises(OutputError, match="No space left on device; all files are as they were"):
        write_corrections(corrections, targets_in_place(corrections.files), AUDIT)
    assert snapshot() == before


def test_a_file_system_without_links_keeps_copies(monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_: object) -> None:
        raise OSError(replacing.NO_LINKS[0], "no links here")

    monkeypatch.setattr(replacing.os, "link", no_links)
    audit = pets_audit()
    applied(audit, AUDIT, {"a": "dog"})
    assert rows_of()[0] == "a,dog"
    assert sorted(path.name for path in Path().iterdir()) == ["audit", "labels.csv"]


def test_a_file_that_changes_meanwhile_is_not_overwritten() -> None:
    audit = pets_audit()
    corrections = apply(audit, AUDIT, {"a": "dog"})
    LABELS.write_text(LABELS.read_text() + "f,cat\n")
    before = snapshot()
    with pytest.raises(CorrectionError, match="has been changed while"):
        write_corrections(corrections, targets_in_place(corrections.files), AUDIT)
    assert snapshot() == before


def test_a_link_stays_a_link_and_modes_stay() -> None:
    Path("real").mkdir()
    write_csv("a,cat", "b,dog", path=Path("real/labels.csv"))
    Path("real/labels.csv").chmod(0o640)
    LABELS.symlink_to("real/labels.csv")
    applied(made_audit([LABELS], PETS), AUDIT, {"a": "dog"})
    assert LABELS.is_symlink()
    assert rows_of(Path("real/labels.csv"))[0] == "a,dog"
    assert Path("real/labels.csv").stat().st_mode & 0o777 == 0o640


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_protected_file_is_told() -> None:
    audit = pets_audit()
    LABELS.chmod(0o444)
    with pytest.raises(OutputError, match="may not be written"):
        applied(audit, AUDIT, {"a": "dog"})


@pytest.mark.parametrize(
    ("out", "message"),
    [
        ("audit", "is a folder"),
        ("labels.csv", "is the dataset itself"),
        ("other.csv", "exists already"),
        ("new.tsv", "has the format of labels.csv"),
        ("new.csv.gz", "has the format of labels.csv"),
        ("/proc/nowhere/new.csv", "cannot be written"),
        ("other.csv/new.csv", "cannot be written"),
    ],
)
def test_a_place_that_will_not_do_is_told(out: str, message: str) -> None:
    audit = pets_audit()
    Path("other.csv").write_text("mine")
    before = snapshot()
    corrections = apply(audit, AUDIT, {"a": "dog"})
    with pytest.raises(OutputError, match=message):
        write_corrections(corrections, targets_under(corrections.files, Path(out), force=False), AUDIT)
    assert snapshot() == before


def test_a_copy_is_written_also_where_nothing_changes() -> None:
    audit = pets_audit()
    corrections = apply(audit, AUDIT, {"a": "given"})
    write_corrections(corrections, targets_under(corrections.files, Path("new.csv"), force=False), AUDIT)
    assert Path("new.csv").read_bytes() == LABELS.read_bytes()
    assert not (AUDIT / "changes.csv").exists()


def test_names_of_columns_are_those_of_the_scan() -> None:
    write_csv("a,cat,x", "b,dog,y", header="key,kind,label")
    options = InputOptions(id_col="key", label_col="kind")
    audit = made_audit([LABELS], PETS, options)
    applied(audit, AUDIT, {"a": "dog"})
    assert rows_of() == ["a,dog,x", "b,dog,y"]
