"""Labels of two versions side by side: what differs, where it stands, and what an audit says to it."""

from __future__ import annotations

import csv
import json
import os
import shutil
from collections import Counter
from contextlib import ExitStack
from io import StringIO
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

import labelaudit
from labelaudit import Audit, InputOptions
from labelaudit.differences.finding import find_differences
from labelaudit.differences.model import AUDIT_COLUMNS, ROW_COLUMNS, Difference, Differences
from labelaudit.differences.sides import opened, sides_of
from labelaudit.errors import (
    ColumnNotFoundError,
    EmptyDatasetError,
    GitError,
    IdError,
    InputNotFoundError,
    UsageError,
)
from labelaudit.report.differences import RENDERERS, audit_line, summary_line
from labelaudit.report.model import Screen
from tests.builders import audit_paths, honest_sample, write
from tests.io.test_git import commit, git, made
from tests.report.values import HOSTILE

needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")

OLD = "id,text,label\n1,a,cat\n2,b,dog\n3,c,cat\n4,d,owl\n"
NEW = "id,text,label\n1,a,dog\n3,changed,cat\n4,d,owl\n5,e,dog\n"


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, in_the_checkout: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


def put(name: str, text: str) -> str:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return name


def diff(
    old: str,
    new: str,
    *,
    audit: Audit | None = None,
    paths: tuple[str, ...] = (),
    audited: tuple[str, ...] = (),
    edited: bool = True,
    top: int | None = None,
    **options: object,
) -> tuple[Differences, list[Difference]]:
    """The answer, and its rows while both versions are open."""
    with ExitStack() as stack:
        first, second = (
            stack.enter_context(opened(side)) for side in sides_of(old, new, paths=paths, audited=audited)
        )
        chosen = InputOptions(**options)  # type: ignore[arg-type]
        found = find_differences(first, second, chosen, audit=audit, edited=edited)
        return found, list(found.rows(top))


def texts(old: str, new: str, **how: object) -> tuple[Differences, list[Difference]]:
    """The same of two CSV files with these texts."""
    return diff(put("old.csv", old), put("new.csv", new), **how)  # type: ignore[arg-type]


def told(rows: list[Difference]) -> list[tuple[str, str, str | None, str | None]]:
    return [(row.kind, row.id, row.old_label, row.new_label) for row in rows]


def codes(found: Differences) -> list[str]:
    return [notice.code for notice in found.notices]


def rendered(form: str, old: str, new: str, top: int | None = None, **how: object) -> str:
    with ExitStack() as stack:
        first, second = (stack.enter_context(opened(side)) for side in sides_of(old, new))
        found = find_differences(first, second, edited=True, **how)  # type: ignore[arg-type]
        return "".join(RENDERERS[form](found, Screen(), top))


# --- rows --------------------------------------------------------------------------------------


def test_rows_are_told_by_kind_and_then_as_they_stand() -> None:
    found, rows = texts(OLD, NEW)
    assert told(rows) == [
        ("relabelled", "1", "cat", "dog"),
        ("added", "5", None, "dog"),
        ("removed", "2", "dog", None),
        ("edited", "3", "cat", "cat"),
    ]
    assert found.counts == {"relabelled": 1, "added": 1, "removed": 1, "edited": 1}
    assert (found.old_rows, found.new_rows, found.n_listed) == (4, 4, 4)
    assert found.notices == ()


def test_place_is_that_of_the_new_version_and_of_the_old_one_for_what_is_removed() -> None:
    _, rows = texts(OLD, NEW.replace("1,a", '1,"a\nb"'))
    assert [(row.file, row.row, row.line) for row in rows] == [
        ("new.csv", 0, 2),
        ("new.csv", 3, 6),
        ("old.csv", 1, 3),
        ("new.csv", 1, 4),
    ]


def test_edited_rows_are_counted_and_listed_only_where_asked_for() -> None:
    found, rows = texts(OLD, NEW, edited=False)
    assert found.counts["edited"] == 1
    assert found.n_listed == len(rows) == 3


def test_top_limits_the_rows() -> None:
    _, all_rows = texts(OLD, NEW)
    for top in range(6):
        assert texts(OLD, NEW, top=top)[1] == all_rows[:top]


def test_nothing_differs_from_itself() -> None:
    found, rows = texts(OLD, OLD)
    assert rows == []
    assert summary_line(found) == "old.csv -> new.csv: no label differs"


def test_directions_are_counted_most_first_and_ties_by_name() -> None:
    old = "id,label\n" + "".join(f"{i},{label}\n" for i, label in enumerate(["c10", "c9", "a", "a", "b"]))
    new = "id,label\n" + "".join(f"{i},{label}\n" for i, label in enumerate(["b", "b", "c", "c", "b"]))
    found, _ = texts(old, new)
    assert [(d.old_label, d.new_label, d.count) for d in found.directions] == [
        ("a", "c", 2),
        ("c9", "b", 1),
        ("c10", "b", 1),
    ]


def test_a_label_may_come_or_go() -> None:
    found, rows = texts("id,label\n1,cat\n2,\n3,\n", "id,label\n1,\n2,dog\n3,\n")
    assert told(rows) == [("relabelled", "1", "cat", None), ("relabelled", "2", None, "dog")]
    assert {(d.old_label, d.new_label) for d in found.directions} == {("cat", None), (None, "dog")}


def test_rows_that_moved_between_files_and_splits_are_the_same() -> None:
    put("old/train.csv", OLD)
    put("old/test.csv", "id,text,label\n6,f,cat\n7,g,dog\n")
    put("new/train.csv", OLD + "7,g,owl\n")
    put("new/test.csv", "id,text,label\n6,f,cat\n")
    _, rows = diff("old", "new")
    assert told(rows) == [("relabelled", "7", "dog", "owl")]
    assert (rows[0].split, rows[0].file, rows[0].line) == ("train", "new/train.csv", 6)


def test_same_id_in_two_splits_is_two_rows() -> None:
    text = "id,split,label\n1,train,cat\n1,test,dog\n"
    _, rows = texts(text, text.replace("test,dog", "test,owl"))
    assert [(row.id, row.split, row.old_label, row.new_label) for row in rows] == [
        ("1", "test", "dog", "owl")
    ]


# --- without ids -------------------------------------------------------------------------------


def test_rows_without_ids_are_found_by_what_they_say() -> None:
    found, rows = texts("text,label\na,cat\nb,dog\nb,dog\n", "text,label\nb,dog\nb,owl\nc,cat\na,cat\n")
    assert told(rows) == [("relabelled", "1", "dog", "owl"), ("added", "2", None, "cat")]
    assert codes(found) == []


def test_rows_with_nothing_but_a_label_are_compared_by_number() -> None:
    found, rows = texts("label\ncat\ndog\n", "label\ncat\nowl\ncat\n")
    assert told(rows) == [("relabelled", "1", "dog", "owl"), ("added", "2", None, "cat")]
    assert codes(found) == ["rows-by-number"]


def test_ids_on_one_side_only_are_passed_over_where_other_columns_tell() -> None:
    found, rows = texts("text,label\na,cat\nb,dog\n", "id,text,label\n8,b,owl\n9,a,cat\n")
    assert told(rows) == [("relabelled", "8", "dog", "owl")]
    assert codes(found) == ["ids-changed"]


def test_ids_on_one_side_only_and_nothing_else_leave_no_row_in_common() -> None:
    found, rows = texts("label\ncat\ndog\n", "id,label\n1,cat\n2,dog\n")
    assert Counter(row.kind for row in rows) == {"added": 2, "removed": 2}
    assert codes(found) == ["ids-changed"]


def test_no_common_id_is_told() -> None:
    found, rows = texts(OLD, "id,text,label\n11,a,cat\n12,b,dog\n")
    assert Counter(row.kind for row in rows) == {"added": 2, "removed": 4}
    assert codes(found) == ["nothing-in-common"]


# --- columns and formats -----------------------------------------------------------------------


def test_columns_that_only_one_version_has_edit_no_row() -> None:
    found, rows = texts(OLD, "id,label,text,source\n1,dog,a,web\n2,dog,b,web\n3,cat,c,\n4,owl,D,x\n")
    assert told(rows) == [("relabelled", "1", "cat", "dog"), ("edited", "4", "owl", "owl")]
    assert codes(found) == ["columns-changed"]
    assert "'source'" in found.notices[0].message


def test_probabilities_and_embeddings_are_no_content() -> None:
    old = "id,label,prob_cat,prob_dog,emb_0,emb_1\n1,cat,0.9,0.1,1,2\n2,dog,0.2,0.8,3,4\n"
    _, rows = texts(old, old.replace("0.9,0.1,1,2", "0.7,0.3,5,6"))
    assert rows == []


@pytest.mark.parametrize("form", ["parquet", "jsonl", "arrow"])
def test_formats_do_not_differ(form: str) -> None:
    table = pa.table(
        {
            "id": [7, 8, 9, 10],
            "text": ["a", "", "ü,\n", None],
            "n": [1, 2, None, 4],
            "x": [0.5, 1.0, 2.0, 3.0],
            "ok": [True, False, True, True],
            "label": ["cat", "dog", "owl", "dog"],
        }
    )
    write(Path("old.csv"), table)  # with True and 1.0, as pandas writes them
    write(Path(f"new.{form}"), table)
    found, rows = diff("old.csv", f"new.{form}")
    assert told(rows) == []
    assert codes(found) == []


def test_booleans_are_the_same_however_they_are_spelt() -> None:
    write(Path("old.parquet"), pa.table({"id": [1, 2, 3], "label": [True, False, True]}))
    put("new.csv", "id,label\n1,True\n2,True\n3,TRUE\n")
    _, rows = diff("old.parquet", "new.csv")
    assert told(rows) == [("relabelled", "2", "false", "true")]


def test_numbers_are_named_by_classes() -> None:
    old, new = "id,label\n1,0\n2,1\n3,2\n", "id,label\n1,cat\n2,owl\n3,owl\n"
    _, rows = texts(old, new, classes=("cat", "dog", "owl"))
    assert told(rows) == [("relabelled", "2", "dog", "owl")]


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("label", ["0", "cat"])
def test_numbers_are_named_by_the_schema_of_either_version(label: str, backwards: bool) -> None:
    schema = '{"info": {"features": {"label": {"_type": "ClassLabel", "names": ["cat", "dog"]}}}}'
    table = pa.table({"id": ["1", "2"], "label": [0, 1]}).replace_schema_metadata({"huggingface": schema})
    write(Path("a.parquet"), table)
    put("b.csv", f"id,label\n1,{label}\n2,{label}\n")
    _, rows = diff(*(("b.csv", "a.parquet") if backwards else ("a.parquet", "b.csv")))
    assert told(rows) == [("relabelled", "2", *(("cat", "dog") if backwards else ("dog", "cat")))]


def test_one_class_and_many_classes_can_be_compared() -> None:
    _, rows = texts("id,label\n1,cat\n2,cat\n", "id,label\n1,cat\n")
    assert told(rows) == [("removed", "2", "cat", None)]
    labels = "".join(f"{i},name{i}\n" for i in range(12_000))
    assert texts(f"id,label\n{labels}", f"id,label\n{labels}")[1] == []


# --- broken input ------------------------------------------------------------------------------


@pytest.mark.parametrize("backwards", [False, True])
def test_a_version_without_rows_is_all_added_or_all_removed(backwards: bool) -> None:
    sides = (OLD, "id,text,label\n") if backwards else ("id,text,label\n", OLD)
    found, rows = texts(*sides)
    assert {row.kind for row in rows} == {"removed" if backwards else "added"}
    assert len(rows) == 4
    assert codes(found) == ["no-rows"]


def test_ids_that_stand_twice_are_paired_by_label_and_then_in_order() -> None:
    old = "id,label\n1,cat\n1,dog\n2,cat\n2,cat\n3,owl\n"
    found, rows = texts(old, "id,label\n1,dog\n2,cat\n2,owl\n2,owl\n3,owl\n")
    assert told(rows) == [
        ("relabelled", "2", "cat", "owl"),
        ("added", "2", None, "owl"),
        ("removed", "1", "cat", None),
    ]
    assert codes(found) == ["shared-ids"]
    assert found.notices[0].count == 8


def test_missing_ids_are_an_error_with_a_place() -> None:
    with pytest.raises(IdError, match="the id is missing") as caught:
        texts(OLD, "id,label\n1,cat\n,dog\n")
    assert (caught.value.file, caught.value.row, caught.value.line) == ("new.csv", 1, 3)


def test_column_that_neither_version_has_is_an_error() -> None:
    with pytest.raises(ColumnNotFoundError, match="neither version has a column 'lable'") as caught:
        texts(OLD, NEW, label_col="lable")
    assert caught.value.hint == "did you mean 'label'?"


def test_columns_of_probabilities_may_be_elsewhere() -> None:
    _, rows = texts(OLD, NEW, probs_col="pred_probs", embedding_col="features")
    assert len(rows) == 4


def test_file_without_labels_is_an_error() -> None:
    with pytest.raises(ColumnNotFoundError, match="no column of given labels"):
        texts(OLD, "id,text\n1,a\n")


LABELS = st.sampled_from(["cat", "dog", "owl", ""])
TABLES = st.dictionaries(st.integers(0, 9), st.tuples(LABELS, st.sampled_from("ab")), max_size=8)


@given(TABLES, TABLES)
def test_counts_are_those_of_a_plain_comparison(
    tmp_path_factory: pytest.TempPathFactory, old: dict, new: dict
) -> None:
    assume(old and new)
    folder = tmp_path_factory.mktemp("versions")
    for name, rows in (("old", old), ("new", new)):
        lines = "".join(f"{i},{text},{label}\n" for i, (label, text) in rows.items())
        (folder / f"{name}.csv").write_text(f"id,text,label\n{lines}")
    found, listed = diff(str(folder / "old.csv"), str(folder / "new.csv"))
    both = old.keys() & new.keys()
    relabelled = {i for i in both if old[i][0] != new[i][0]}
    assert found.counts == {
        "relabelled": len(relabelled),
        "added": len(new.keys() - old.keys()),
        "removed": len(old.keys() - new.keys()),
        "edited": len({i for i in both - relabelled if old[i][1] != new[i][1]}),
    }
    assert sum(direction.count for direction in found.directions) == len(relabelled)
    for row in listed:
        assert row.old_label == (old[int(row.id)][0] or None if row.kind != "added" else None)
        assert row.new_label == (new[int(row.id)][0] or None if row.kind != "removed" else None)


# --- what an audit says ------------------------------------------------------------------------

SAMPLE = honest_sample(3, n_rows=300, noise_rate=0.1)
PREDICTED = [SAMPLE.classes[i] for i in SAMPLE.pred_probs.argmax(axis=1)]
ROWS = range(40, 60)
RELABELLED = SAMPLE.with_labels({i: SAMPLE.classes[(SAMPLE.codes[i] + 1) % 3] for i in ROWS})


@pytest.fixture
def versions() -> tuple[Audit, Audit]:
    """Audits of the old and of the new version, in old.csv and new.csv."""
    return tuple(
        audit_paths(write(Path(f"{name}.csv"), sample.table()))
        for name, sample in (("old", SAMPLE), ("new", RELABELLED))
    )  # type: ignore[return-value]


def prob(row: Difference, label: str | None) -> float:
    return float(SAMPLE.pred_probs[int(row.id[1:])][SAMPLE.classes.index(label or "")])


@pytest.mark.parametrize("which", [0, 1])
def test_audit_of_either_version_tells_both_labels(versions: tuple[Audit, Audit], which: int) -> None:
    found, rows = diff("old.csv", "new.csv", audit=versions[which])
    scores = {row["id"]: row for row in versions[which].scores().to_pylist()}
    assert [row.id for row in rows] == [f"r{i}" for i in ROWS]
    for row in rows:
        score = scores[row.id]
        assert row.audited_label == score["given_label"] == (row.new_label if which else row.old_label)
        for name in ("is_suspect", "label_quality", "p_error", "predicted_label", "suggested_label"):
            assert getattr(row, name) == score[name], name
        for label, known in ((row.old_label, row.old_prob), (row.new_label, row.new_prob)):
            if label in (row.audited_label, row.predicted_label):
                assert known == pytest.approx(prob(row, label), abs=1e-9)
            else:
                assert known is None
    assert found.tally is not None
    assert found.tally.unknown == 0


def test_favoured_is_the_label_that_the_model_predicts(versions: tuple[Audit, Audit]) -> None:
    found, rows = diff("old.csv", "new.csv", audit=versions[0])
    told = Counter()
    for row in rows:
        expected = {row.old_label: "old", row.new_label: "new"}.get(PREDICTED[int(row.id[1:])], "neither")
        assert row.favors == expected
        told[expected] += 1
    tally = found.tally
    assert tally is not None
    assert (tally.prefers_new, tally.prefers_old, tally.prefers_neither) == (
        told["new"],
        told["old"],
        told["neither"],
    )
    assert audit_line(found) == (
        f"of 20 relabelled rows the model prefers the new label in {told['new']}, the old one in "
        f"{told['old']}, neither in {told['neither']}"
    )


def test_rows_that_the_audit_does_not_know_are_counted(versions: tuple[Audit, Audit]) -> None:
    write(Path("more.csv"), SAMPLE.labels_table().slice(2).append_column("prob_cat", [[0.5] * 298]))
    put("more.csv", Path("more.csv").read_text() + "new1,cat,0.5\nnew2,dog,0.5\n")
    found, rows = diff("old.csv", "more.csv", audit=versions[0], edited=False)
    assert [(row.kind, row.favors is None) for row in rows] == [
        ("added", True),
        ("added", True),
        ("removed", False),
        ("removed", False),
    ]
    assert rows[0][len(ROW_COLUMNS) :] == (None,) * len(AUDIT_COLUMNS)
    assert "not-audited" in codes(found)
    assert "does not know 2 of the 4 rows" in next(
        n.message for n in found.notices if n.code == "not-audited"
    )


def test_added_rows_that_are_suspects_are_counted(versions: tuple[Audit, Audit]) -> None:
    write(Path("less.csv"), SAMPLE.take(np.arange(100)).table())
    found, rows = diff("less.csv", "old.csv", audit=versions[0])
    suspects = [row for row in rows if row.is_suspect]
    assert {row.kind for row in rows} == {"added"}
    assert found.tally is not None
    assert found.tally.added_suspects == len(suspects) > 1
    assert audit_line(found) == f"{len(suspects)} of 200 added rows are suspects"
    # What an audit says of another label is not counted.
    changed, _ = diff("less.csv", "new.csv", audit=versions[0])
    assert changed.tally is not None
    assert changed.tally.added_suspects == len(suspects)


@pytest.mark.parametrize("which", [0, 1])
def test_audit_without_ids_knows_rows_by_what_they_say(which: int) -> None:
    audits = []
    for name, sample in (("old", SAMPLE), ("new", RELABELLED)):
        table = sample.table().rename_columns(["text", "label", "prob_cat", "prob_dog", "prob_owl"])
        audits.append(audit_paths(write(Path(f"{name}.csv"), table)))
    found, rows = diff("old.csv", "new.csv", audit=audits[which])
    assert not audits[which].summary.has_ids
    assert [row.row for row in rows] == list(ROWS)
    assert found.tally is not None
    assert found.tally.unknown == 0
    for row in rows:
        assert row.audited_label == (row.new_label if which else row.old_label)
        assert row.predicted_label == PREDICTED[row.row]


def test_audit_knows_rows_by_number_only_where_it_has_as_many() -> None:
    columns = ["label", "prob_cat", "prob_dog", "prob_owl"]
    audit = audit_paths(write(Path("old.csv"), SAMPLE.table().select(columns)))
    write(Path("new.csv"), RELABELLED.table().select(columns))
    write(Path("less.csv"), RELABELLED.table().select(columns).slice(0, 100))
    _, rows = diff("old.csv", "new.csv", audit=audit)
    assert [row.predicted_label for row in rows] == [PREDICTED[i] for i in ROWS]
    _, rows = diff("less.csv", "new.csv", audit=audit)
    assert len(rows) == 200
    assert [row.predicted_label for row in rows] == PREDICTED[100:]
    assert diff("less.csv", "less.csv", audit=audit)[1] == []


def test_loaded_audit_says_the_same_and_lends_its_options(versions: tuple[Audit, Audit]) -> None:
    for name, sample in (("a", SAMPLE), ("b", RELABELLED)):
        table = sample.table().rename_columns(["key", "kind", "prob_cat", "prob_dog", "prob_owl"])
        write(Path(f"{name}.csv"), table)
    audit = audit_paths(Path("a.csv"), options=InputOptions(id_col="key", label_col="kind"))
    labelaudit.save_audit(audit, "out")
    _, plain = diff("old.csv", "new.csv", audit=versions[0])
    _, rows = diff("a.csv", "b.csv", audit=labelaudit.load_audit("out"))
    assert [row._replace(file="new.csv") for row in rows] == plain


def test_classes_of_the_audit_name_numbers(versions: tuple[Audit, Audit]) -> None:
    numbers = SAMPLE.but(labels=tuple(map(str, RELABELLED.codes)))
    write(Path("numbers.csv"), numbers.labels_table())
    _, rows = diff("old.csv", "numbers.csv", audit=versions[0], edited=False)
    assert told(rows) == told(diff("old.csv", "new.csv")[1])


# --- names -------------------------------------------------------------------------------------


@pytest.fixture
def repo(monkeypatch: pytest.MonkeyPatch) -> Path:
    """Tag v1 has old labels, main new ones, and the working tree another."""
    folder = made(Path("repo").absolute(), {"data/labels.csv": OLD})
    git(folder, "tag", "v1")
    commit(folder, {"data/labels.csv": NEW})
    monkeypatch.chdir(folder)
    put("data/labels.csv", NEW + "6,f,cat\n")
    return folder


CHANGES = [
    ("relabelled", "1", "cat", "dog"),
    ("added", "5", None, "dog"),
    ("removed", "2", "dog", None),
    ("edited", "3", "cat", "cat"),
]


@needs_git
@pytest.mark.parametrize(
    ("old", "new", "paths"),
    [
        ("v1", "main", ("data/labels.csv",)),
        ("v1", "HEAD", ("data",)),
        ("v1", "HEAD:data/labels.csv", ()),
        ("v1:data/labels.csv", "main", ()),
        ("v1:data", "main:data/", ()),
        ("v1:", "main:./data", ()),
        ("v1:./data/labels.csv", "HEAD^{/commit}:data/labels.csv", ()),
        ("v1^{commit}", "refs/heads/main", ("data/labels.csv",)),
    ],
)
def test_refs_are_read_as_git_writes_them(repo: Path, old: str, new: str, paths: tuple[str, ...]) -> None:
    _, rows = diff(old, new, paths=paths)
    assert told(rows) == CHANGES
    assert {row.file.partition(":")[2] for row in rows} == {"data/labels.csv"}


@needs_git
@pytest.mark.parametrize("new", ["data", "data/", "data/labels.csv", "./data/labels.csv"])
def test_bare_ref_takes_the_path_of_the_other_side(repo: Path, new: str) -> None:
    found, rows = diff("main", new)
    assert told(rows) == [("added", "6", None, "cat")]
    assert (rows[0].file, rows[0].line) == ("data/labels.csv", 6)
    assert found.old_name == f"main ({git(repo, 'rev-parse', 'main')[:7]})"
    _, back = diff(new, "main")
    assert told(back) == [("removed", "6", "cat", None)]


@needs_git
def test_exact_commit_is_read_and_not_the_merge_base(repo: Path) -> None:
    git(repo, "stash", "--quiet")
    git(repo, "switch", "--quiet", "--create", "work", "v1")
    _, rows = diff("main", "data")
    assert [row[:2] for row in told(rows)] == [
        ("relabelled", "1"),
        ("added", "2"),
        ("removed", "5"),
        ("edited", "3"),
    ]


@needs_git
def test_paths_below_the_top_count_from_the_current_folder(
    repo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(repo / "data")
    for old, new in (
        ("v1", "labels.csv"),
        ("v1:./labels.csv", "labels.csv"),
        ("v1:data/labels.csv", "labels.csv"),
    ):
        assert told(diff(old, new)[1])[0] == CHANGES[0]


@needs_git
def test_what_the_audit_read_is_read_where_both_sides_are_refs(repo: Path) -> None:
    assert told(diff("v1", "main", audited=("data/labels.csv",))[1]) == CHANGES
    with pytest.raises(UsageError, match="the audit read standard input"):
        diff("v1", "main", audited=("-",))
    with pytest.raises(UsageError, match="nothing tells which files to read") as caught:
        diff("v1", "main")
    assert "--path" in (caught.value.hint or "")


@needs_git
def test_several_paths_are_read_together(repo: Path) -> None:
    commit(repo, {"more/extra.csv": "id,text,label\n9,x,cat\n"})
    _, rows = diff("v1", "main", paths=("data", "more"))
    assert ("added", "9", None, "cat") in told(rows)


@needs_git
def test_renamed_file_is_found_in_its_folder_and_told_by_name(repo: Path) -> None:
    git(repo, "mv", "data/labels.csv", "data/renamed.csv")
    _, rows = diff("main", "data")
    assert told(rows) == [("added", "6", None, "cat")]
    found, rows = diff("main", "data/renamed.csv")
    assert {row.kind for row in rows} == {"added"}
    assert codes(found) == ["no-such-path"]
    assert "REF:PATH" in found.notices[0].message
    _, rows = diff("main:data/labels.csv", "data/renamed.csv")
    assert told(rows) == [("added", "6", None, "cat")]


@needs_git
def test_path_that_neither_commit_has_is_an_error(repo: Path) -> None:
    with pytest.raises(EmptyDatasetError, match=r"neither v1 \(.*\) nor main \(.*\) has nowhere"):
        diff("v1", "main", paths=("nowhere",))
    with pytest.raises(GitError, match="the commit has no table there"):
        diff("v1:data/nobody.csv", "main")


@needs_git
@pytest.mark.parametrize(
    ("old", "error", "message"),
    [
        ("nobody", GitError, "'nobody' is no file or folder; as a ref: git knows no commit 'nobody'"),
        ("nobody:data/labels.csv", GitError, "git knows no commit 'nobody'"),
        ("labels.csv", InputNotFoundError, "no such file or folder"),
        ("./main", InputNotFoundError, "no such file or folder"),
        ("--all", GitError, "git knows no commit"),
        ("-", UsageError, "standard input is no version"),
        ("", GitError, "'' is no file or folder"),
        (":data/labels.csv", UsageError, "git's index is not read"),
    ],
)
def test_what_nothing_is_called_by_is_an_error(repo: Path, old: str, error: type, message: str) -> None:
    with pytest.raises(error, match=message):
        diff(old, "data/labels.csv")


@needs_git
def test_file_and_ref_of_one_name_are_refused(repo: Path) -> None:
    git(repo, "branch", "data")
    with pytest.raises(UsageError, match="both a file or folder and a git ref") as caught:
        diff("v1", "data")
    assert caught.value.hint == "write ./data for the file, refs/heads/data for the branch"
    assert told(diff("refs/heads/data", "./data")[1]) == [("added", "6", None, "cat")]


def test_path_where_no_side_lacks_one_is_refused() -> None:
    put("a.csv", OLD)
    with pytest.raises(UsageError, match="--path, and no ref that lacks one"):
        diff("a.csv", "a.csv", paths=("a.csv",))


def test_missing_file_has_a_hint_outside_of_repositories() -> None:
    put("labels.csv", OLD)
    with pytest.raises(InputNotFoundError) as caught:
        diff("lables.csv", "labels.csv")
    assert caught.value.hint == "did you mean labels.csv?"


# --- forms -------------------------------------------------------------------------------------


def test_concise_is_a_line_a_row() -> None:
    put("old.csv", OLD)
    put("new.csv", NEW)
    assert rendered("concise", "old.csv", "new.csv").splitlines() == [
        "new.csv:2: relabelled 'cat' -> 'dog' (id 1)",
        "new.csv:5: added 'dog' (id 5)",
        "old.csv:3: removed 'dog' (id 2)",
        "new.csv:3: edited 'cat' (id 3)",
    ]


def test_concise_tells_what_the_model_prefers(versions: tuple[Audit, Audit]) -> None:
    _, rows = diff("old.csv", "new.csv", audit=versions[0])
    lines = rendered("concise", "old.csv", "new.csv", audit=versions[0]).splitlines()
    for row, line in zip(rows, lines, strict=True):
        told = {"new": row.new_prob, "old": row.old_prob}.get(row.favors or "")
        shown = f"'{row.predicted_label}'" if told is None else f"{row.favors}, {told:.3f}"
        assert f"(id {row.id}; model prefers {shown}" in line


def test_csv_and_jsonl_have_the_columns_of_the_audit_only_with_one(versions: tuple[Audit, Audit]) -> None:
    for audit, columns in ((None, ROW_COLUMNS), (versions[1], ROW_COLUMNS + AUDIT_COLUMNS)):
        _, rows = diff("old.csv", "new.csv", audit=audit)
        header, *lines = csv.reader(StringIO(rendered("csv", "old.csv", "new.csv", audit=audit)))
        objects = [
            json.loads(line) for line in rendered("jsonl", "old.csv", "new.csv", audit=audit).splitlines()
        ]
        assert tuple(header) == columns
        for row, line, found in zip(rows, lines, objects, strict=True):
            values = row[: len(columns)]
            assert tuple(found) == columns
            assert tuple(found.values()) == values
            assert line == [
                "" if v is None else str(v).lower() if isinstance(v, bool) else str(v) for v in values
            ]


def test_json_is_one_document() -> None:
    put("old.csv", OLD)
    put("new.csv", NEW)
    document = json.loads(rendered("json", "old.csv", "new.csv"))
    assert document["old"] == {"name": "old.csv", "rows": 4}
    assert [document[kind] for kind in ("relabelled", "added", "removed", "edited")] == [1, 1, 1, 1]
    assert document["directions"] == [{"old_label": "cat", "new_label": "dog", "count": 1}]
    assert document["audit"] is None
    assert [row["kind"] for row in document["rows"]] == ["relabelled", "added", "removed", "edited"]


def test_markdown_shows_fifty_rows_and_counts_the_rest() -> None:
    put("old.csv", "id,label\n" + "".join(f"{i},cat\n" for i in range(80)))
    put("new.csv", "id,label\n" + "".join(f"{i},dog\n" for i in range(80)))
    page = rendered("markdown", "old.csv", "new.csv")
    assert page.count("| relabelled |") == 50
    assert page.endswith("\nand 30 more\n")
    assert "| `cat` | `dog` | 80 |" in page
    assert rendered("markdown", "old.csv", "new.csv", top=3).endswith("\nand 77 more\n")
    assert rendered("markdown", "old.csv", "new.csv", top=70).count("| relabelled |") == 50


def hostile(name: str, label: str) -> str:
    table = {
        "id": [f"{i} {HOSTILE * 40} @me #1" for i in range(60)],
        "label": [f"{label}{i}" for i in range(60)],
    }
    return str(write(Path(name), pa.table(table)))


def test_markdown_is_short_and_tame_whatever_the_data_says() -> None:
    page = rendered("markdown", hostile("old.csv", HOSTILE * 40), hostile("new.csv", "<b>" + HOSTILE * 40))
    assert len(page) < 60_000
    assert "more" in page.splitlines()[-1]
    assert "<b>" not in page
    assert not [line for line in page.splitlines() if line.startswith("|") and not line.endswith("|")]


@pytest.mark.parametrize("form", ["concise", "markdown", "jsonl", "json"])
def test_control_characters_do_not_get_through(form: str) -> None:
    page = rendered(form, hostile("old.csv", HOSTILE), hostile("new.csv", "x" + HOSTILE))
    assert not set(page) & {chr(i) for i in range(32) if chr(i) != "\n"}
    assert "\x9b" not in page


@pytest.mark.parametrize("form", RENDERERS)
def test_no_difference_renders(form: str) -> None:
    put("old.csv", OLD)
    page = rendered(form, "old.csv", "old.csv")
    assert "relabelled |" not in page
    assert "'cat'" not in page
