"""The labels of an old version: from a file, a folder or a commit, by the rules of a scan."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from labelaudit.changes import NEW, RELABELLED, compare
from labelaudit.config import InputOptions
from labelaudit.errors import ColumnNotFoundError, GitError, LabelAuditError, UsageError
from labelaudit.io.discover import tables_under
from labelaudit.old_versions import LabelTables, is_path, label_tables, old_tables, old_version, unpacked
from tests.builders import write
from tests.io.test_git import commit, git, made

PETS = ("cat", "dog", "owl")
ROWS = "id,text,label\n1,a,cat\n2,b,dog\n"
needs_git = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")


@pytest.fixture(autouse=True)
def in_an_empty_folder(tmp_path: Path, in_the_checkout: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


@pytest.fixture
def unpacked_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where temporary folders are made."""
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    return folder


def labels_of(*paths: str | Path, classes: tuple[str, ...] = PETS, **how: object) -> LabelTables:
    options = InputOptions(**how)  # type: ignore[arg-type]
    return label_tables(tables_under([Path(path) for path in paths]), options, classes, name="old")


def put(name: str, text: str) -> Path:
    path = Path(name)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


# --- labels ------------------------------------------------------------------------------------


def test_labels_are_named_by_their_classes() -> None:
    assert labels_of(put("a.csv", "id,label\n1,0\n2,2\n")).label_names() == ["cat", "owl", None]
    assert labels_of(put("b.csv", "id,label\n1,dog\n2,bat\n")).label_names() == ["dog", "bat", None]


def test_labels_stand_as_written_where_nothing_names_classes() -> None:
    found = labels_of(put("a.csv", "id,label\n1,cat\n2,\n"), classes=())
    assert found.order is None
    assert found.label_names() == ["cat", None]


def test_numbers_of_a_schema_are_named_by_it() -> None:
    schema = '{"info": {"features": {"label": {"_type": "ClassLabel", "names": ["cat", "dog"]}}}}'
    table = pa.table({"id": ["1", "2"], "label": [1, 0]}).replace_schema_metadata({"huggingface": schema})
    found = labels_of(write(Path("a.parquet"), table), classes=())
    assert found.label_names() == ["dog", "cat", None]


def test_same_row_has_the_same_hashes_in_every_format() -> None:
    table = pa.table({"id": ["1", "2"], "text": ["a", "b"], "label": ["cat", "dog"]})
    versions = [labels_of(write(Path(f"a.{form}"), table)).version() for form in ("csv", "parquet", "jsonl")]
    for version in versions[1:]:
        assert not compare(version, versions[0]).changed.any()


@pytest.mark.parametrize("text", ["id,label\n", "id,text\n1,a\n"])
def test_tables_without_rows_or_labels_have_no_version(text: str) -> None:
    found = labels_of(put("a.csv", text))
    assert (found.index, found.n_rows, found.item_columns) == (None, 0, frozenset())
    assert found.version().n_rows == len(found.label_hashes()) == len(found.split_hashes()) == 0


def test_labels_can_be_required() -> None:
    tables = tables_under([put("a.csv", "id,text\n1,a\n")])
    with pytest.raises(ColumnNotFoundError, match="no column of given labels"):
        label_tables(tables, InputOptions(), PETS, name="old", labels_required=True)


def test_rows_that_nobody_has_labelled_yet_are_rows() -> None:
    old = labels_of(put("a.csv", "id,label\n1,\n2,\n"))
    new = labels_of(put("b.csv", "id,label\n1,cat\n3,dog\n"))
    assert old.n_rows == 2
    assert compare(new.version(), old.version()).kinds.tolist() == [RELABELLED, NEW]


def test_item_columns_are_what_is_left() -> None:
    text = "id,split,text,label,prob_cat,prob_dog,prob_owl,labelaudit_ignore\n1,a,x,cat,1,0,0,\n"
    assert labels_of(put("a.csv", text)).item_columns == {"text"}


def test_splits_tell_rows_apart() -> None:
    put("data/train.csv", ROWS)
    put("data/test.csv", ROWS)
    hashes = labels_of("data").split_hashes()
    assert len(np.unique(hashes)) == 2


# --- files, folders and refs -------------------------------------------------------------------


def test_file_or_folder_is_read_where_there_is_one() -> None:
    put("old/a.csv", ROWS)
    for name in ("old", "old/a.csv", "./old/a.csv"):
        with old_tables(name, ["new"]) as (shown, tables, _):
            assert (shown, [table.name for table in tables]) == (name, ["old/a.csv"])


def test_names_that_no_file_can_have_are_no_paths() -> None:
    assert not is_path("x" * 5000, Path())
    assert not is_path("a\0b", Path())


@needs_git
def test_ref_is_read_at_its_merge_base_or_itself(monkeypatch: pytest.MonkeyPatch, unpacked_to: Path) -> None:
    repo = made(Path("repo"), {"data/labels.csv": ROWS})
    base = git(repo, "rev-parse", "HEAD")
    git(repo, "switch", "--quiet", "--create", "work")
    commit(repo, {"data/labels.csv": ROWS.replace("dog", "owl")})
    git(repo, "switch", "--quiet", "main")
    tip = commit(repo, {"data/labels.csv": ROWS.replace("dog", "cat")})
    git(repo, "switch", "--quiet", "work")
    monkeypatch.chdir(repo)
    names = []
    for merge_base, label in ((True, "dog"), (False, "cat")):
        with old_tables("main", ["data"], merge_base=merge_base) as (name, tables, _):
            found = label_tables(tables, InputOptions(), PETS, name=name)
            assert found.index is not None
            assert found.index.values[-1] == label
            assert list(unpacked_to.iterdir())
        names.append(name)
        assert not list(unpacked_to.iterdir())
    assert names == [f"main (merge base {base[:7]})", f"main ({tip[:7]})"]
    old = old_version("main", ["data"], InputOptions(), PETS)
    assert (old.name, old.version.n_rows, old.item_columns) == (names[0], 2, {"text"})


@needs_git
def test_a_table_that_lost_its_labels_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(made(Path("repo"), {"data/a.csv": ROWS, "data/b.csv": ROWS.replace("1,", "7,")}))
    now = {"label_files": ["data/a.csv"]}
    with pytest.raises(LabelAuditError, match=r"data/b.csv: no given labels .* HEAD:data/b.csv has them"):
        old_version("HEAD", ["data"], InputOptions(), PETS, **now)
    Path("data/b.csv").unlink()
    assert old_version("HEAD", ["data"], InputOptions(), PETS, **now).version.n_rows > 2


@needs_git
def test_what_git_unpacked_goes_also_where_it_cannot_be_read(
    monkeypatch: pytest.MonkeyPatch, unpacked_to: Path
) -> None:
    monkeypatch.chdir(made(Path("repo"), {"labels.csv": ""}))
    with pytest.raises(LabelAuditError, match="is empty"), unpacked("HEAD", ["labels.csv"]):
        pass
    assert not list(unpacked_to.iterdir())


@needs_git
def test_paths_that_the_commit_lacks_are_told(monkeypatch: pytest.MonkeyPatch, unpacked_to: Path) -> None:
    monkeypatch.chdir(made(Path("repo"), {"labels.csv": ROWS}))
    put("new.csv", ROWS)
    with unpacked("HEAD", ["labels.csv", "new.csv"]) as found:
        assert [table.name for table in found.tables] == ["HEAD:labels.csv"]
        assert found.absent == ("new.csv",)


@needs_git
def test_file_and_ref_of_one_name_are_refused_with_the_mend(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(made(Path("repo"), {"labels.csv": ROWS}))
    put("main/labels.csv", ROWS)
    with pytest.raises(UsageError, match="both a file or folder and a git ref") as caught:
        is_path("main", Path())
    assert caught.value.hint == "write ./main for the file, refs/heads/main for the branch"
    assert is_path("./main", Path())
    assert not is_path("refs/heads/main", Path())


@needs_git
def test_nobody_of_that_name_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(made(Path("repo"), {"labels.csv": ROWS}))
    with pytest.raises(GitError, match="git knows no commit 'nobody'"), old_tables("nobody", ["labels.csv"]):
        pass


def test_standard_input_has_no_old_version() -> None:
    with pytest.raises(UsageError, match="standard input"), old_tables("main", ["-"]):
        pass
