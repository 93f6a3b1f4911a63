"""A Git LFS pointer is never taken for data: what it stands for is read, or the error says how to get it."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from labelaudit.errors import GitError, UnreadableFileError
from labelaudit.io.git import old_files
from labelaudit.io.lfs import is_pointer, object_path, pointer_oid, pointer_size
from labelaudit.io.tables import FORMATS, open_table

NEEDS_GIT = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")
SIGNED = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgSign=false")
DATA = b"id,label\n" + b"1,cat\n" * 1000


def pointer_to(content: bytes) -> bytes:
    digest = hashlib.sha256(content).hexdigest()
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize {len(content)}\n".encode()


POINTER = pointer_to(DATA)
OID = hashlib.sha256(DATA).hexdigest()


# --- pointers ----------------------------------------------------------------------------------


def test_pointer_is_told_by_its_first_line_and_size() -> None:
    assert is_pointer(POINTER)
    assert is_pointer(POINTER.replace(b"\n", b"\r\n"))
    assert is_pointer(b"version https://git-lfs.github.com/spec/v1\next-0-x sha256:00\n" + POINTER[43:])
    assert is_pointer(POINTER.ljust(1023))
    for other in (b"", DATA, POINTER[1:], b"\n" + POINTER, POINTER[:41], POINTER.ljust(1024)):
        assert not is_pointer(other)
    assert not is_pointer(POINTER.replace(b"v1\n", b"v10\n"))


def test_pointer_names_content_and_size() -> None:
    for text in (POINTER, POINTER.replace(b"\n", b"\r\n"), POINTER.rstrip()):
        assert (pointer_oid(text), pointer_size(text)) == (OID, len(DATA))


@pytest.mark.parametrize(
    "damaged",
    [
        POINTER[:43],
        POINTER.replace(OID.encode(), b"../../../../etc/passwd"),
        POINTER.replace(OID.encode(), OID.upper().encode()),
        POINTER.replace(OID.encode(), OID.encode() + b"00"),
        POINTER.replace(b"sha256", b"md5"),
    ],
)
def test_pointer_without_a_proper_hash_is_refused(damaged: bytes) -> None:
    with pytest.raises(UnreadableFileError, match="damaged Git LFS pointer") as caught:
        pointer_oid(damaged, "x.csv")
    assert caught.value.file == "x.csv"


@pytest.mark.parametrize("size", [b"", b"-1", b"1e3", b"9" * 19])
def test_pointer_without_a_proper_size_is_refused(size: bytes) -> None:
    with pytest.raises(UnreadableFileError, match="damaged Git LFS pointer"):
        pointer_size(POINTER.replace(str(len(DATA)).encode(), size))


# --- tables ------------------------------------------------------------------------------------


@pytest.mark.parametrize("suffix", [suffix for form in FORMATS.values() for suffix in form.suffixes])
def test_pointer_is_not_opened_as_a_table(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"train{suffix}"
    path.write_bytes(POINTER)
    with pytest.raises(UnreadableFileError, match="is a Git LFS pointer, not the data") as caught:
        open_table(path, name="train")
    assert caught.value.file == "train"
    assert str(caught.value.hint) == "git lfs pull; in GitHub's checkout action lfs: true"


def test_small_table_is_no_pointer(tmp_path: Path) -> None:
    (tmp_path / "small.csv").write_text("id,label\n1,cat\n")
    assert open_table(tmp_path / "small.csv").schema.names == ["id", "label"]
    pq.write_table(pa.table({"version": ["https://git-lfs.github.com/spec/v1"]}), tmp_path / "small.parquet")
    assert open_table(tmp_path / "small.parquet").schema.names == ["version"]


def test_only_the_smallest_files_are_looked_at(tmp_path: Path) -> None:
    (tmp_path / "large.csv").write_bytes(POINTER.replace(b" ", b",") + b"x,y\n" * 300)
    assert open_table(tmp_path / "large.csv").schema.names[0] == "version"


# --- old versions ------------------------------------------------------------------------------


@pytest.fixture
def repo(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A repository whose table is in Git LFS, as a commit of git-lfs leaves it."""
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    repo = tmp_path / "repo"
    repo.mkdir()
    git(repo, "-c", "init.defaultBranch=main", "init", "--quiet")
    (repo / ".gitattributes").write_text("*.csv -text\n")
    (repo / "train.csv").write_bytes(POINTER)
    (repo / "plain.csv").write_bytes(b"id,label\n")
    git(repo, "add", "--all")
    git(repo, "commit", "--quiet", "--message", "x")
    return repo


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), *SIGNED, *words], check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


def stored(store: Path, content: bytes = DATA) -> None:
    path = object_path(store, OID)
    path.parent.mkdir(parents=True)
    path.write_bytes(content)


def contents(repo: Path, into: Path) -> dict[str, bytes]:
    old = old_files("main", [repo], into, merge_base=False)
    return {name: file.read_bytes() for file, name in old.files}


BOTH = {"main:plain.csv": b"id,label\n", "main:train.csv": DATA}


@NEEDS_GIT
def test_old_version_is_taken_from_the_local_store(repo: Path, tmp_path: Path) -> None:
    stored(repo / ".git" / "lfs" / "objects")
    assert contents(repo, tmp_path / "out") == BOTH


@NEEDS_GIT
def test_two_files_of_one_content_are_two_files(repo: Path, tmp_path: Path) -> None:
    stored(repo / ".git" / "lfs" / "objects")
    (repo / "copy.csv").write_bytes(POINTER)
    git(repo, "add", "--all")
    git(repo, "commit", "--quiet", "--message", "x")
    found = contents(repo, tmp_path / "out")
    assert found == BOTH | {"main:copy.csv": DATA}
    files = [file for file, _ in old_files("main", [repo], tmp_path / "2", merge_base=False).files]
    assert len({file.resolve() for file in files}) == 3


@NEEDS_GIT
def test_linked_working_tree_shares_the_store(repo: Path, tmp_path: Path) -> None:
    stored(repo / ".git" / "lfs" / "objects")
    git(repo, "worktree", "add", "--quiet", "-b", "other", str(tmp_path / "linked"))
    assert contents(tmp_path / "linked", tmp_path / "out") == BOTH


@NEEDS_GIT
@pytest.mark.parametrize("is_absolute", [False, True])
def test_store_may_be_elsewhere(repo: Path, tmp_path: Path, is_absolute: bool) -> None:
    store = tmp_path / "big store" if is_absolute else repo / ".git" / "big store"
    git(repo, "config", "lfs.storage", str(store) if is_absolute else "big store")
    stored(store / "objects")
    assert contents(repo, tmp_path / "out") == BOTH


@NEEDS_GIT
def test_content_that_was_not_fetched_is_told(repo: Path, tmp_path: Path) -> None:
    with pytest.raises(GitError, match="its content has not been fetched") as caught:
        contents(repo, tmp_path / "out")
    assert caught.value.file == "main:train.csv"
    assert "git lfs fetch origin main;" in str(caught.value.hint)
    assert "lfs: true" in str(caught.value.hint)


@NEEDS_GIT
def test_merge_base_is_what_is_to_be_fetched(repo: Path, tmp_path: Path) -> None:
    base = git(repo, "rev-parse", "HEAD")
    git(repo, "commit", "--quiet", "--allow-empty", "--message", "main goes on")
    git(repo, "checkout", "--quiet", "-b", "work", base)
    with pytest.raises(GitError) as caught:
        old_files("main", [repo], tmp_path / "out", merge_base=True)
    assert f"git lfs fetch origin {base};" in str(caught.value.hint)


@NEEDS_GIT
def test_content_of_another_size_is_told(repo: Path, tmp_path: Path) -> None:
    stored(repo / ".git" / "lfs" / "objects", DATA[:100])
    with pytest.raises(GitError, match="has 100 bytes and should have 6,009") as caught:
        contents(repo, tmp_path / "out")
    assert caught.value.file == "main:train.csv"


@NEEDS_GIT
def test_damaged_pointer_of_a_commit_is_told(repo: Path, tmp_path: Path) -> None:
    (repo / "train.csv").write_bytes(POINTER.replace(OID.encode(), b"../../x"))
    git(repo, "commit", "--quiet", "--all", "--message", "x")
    with pytest.raises(UnreadableFileError, match="damaged Git LFS pointer") as caught:
        contents(repo, tmp_path / "out")
    assert caught.value.file == "main:train.csv"


@NEEDS_GIT
def test_file_that_is_not_wanted_needs_no_content(repo: Path, tmp_path: Path) -> None:
    old = old_files("main", [repo], tmp_path / "out", merge_base=False, without=[repo / "train.csv"])
    assert [name for _, name in old.files] == ["main:plain.csv"]
