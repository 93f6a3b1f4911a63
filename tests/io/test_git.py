"""Old versions come out of real repositories byte for byte, or the error tells how to get them."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
from collections.abc import Mapping
from itertools import count
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelaudit.errors import GitError, LabelAuditError, OutputError
from labelaudit.io.discover import tables_under
from labelaudit.io.git import OldFiles, is_ref, old_files
from labelaudit.io.roles import split_of

pytestmark = pytest.mark.skipif(shutil.which("git") is None, reason="git is not installed")

COUNTER = count()  # commits of the same second and content would be one
SIGNED = ("-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgSign=false")
LOCAL = (
    *("-c", "protocol.file.allow=always"),
    *("-c", "init.defaultBranch=main"),
    *("-c", "advice.detachedHead=false"),
)


@pytest.fixture(autouse=True)
def plain_git(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")


def git(folder: Path, *words: str, **env: str) -> str:
    done = subprocess.run(
        ["git", "-C", str(folder), *SIGNED, *LOCAL, *words],
        env={**os.environ, **env},
        check=True,
        capture_output=True,
        text=True,
    )
    return done.stdout.strip()


def put(folder: Path, files: Mapping[str, str | bytes]) -> None:
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)


def commit(folder: Path, files: Mapping[str, str | bytes] | None = None) -> str:
    """Write some files, commit all there is, and give the hash."""
    put(folder, files or {})
    git(folder, "add", "--all", "--force")
    git(folder, "commit", "--quiet", "--allow-empty", "--message", f"commit {next(COUNTER)}")
    return git(folder, "rev-parse", "HEAD")


def made(folder: Path, files: Mapping[str, str | bytes] | None = None) -> Path:
    """A repository with one commit."""
    folder.mkdir(parents=True)
    git(folder, "init", "--quiet")
    commit(folder, files or {"labels.csv": OLD})
    return folder


OLD, NEW = "id,label\n1,cat\n", "id,label\n1,dog\n"


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    return made(tmp_path / "repo")


@pytest.fixture
def out(tmp_path: Path) -> Path:
    return tmp_path / "out"


def read(ref: str, *paths: Path, into: Path, merge_base: bool = False) -> dict[str, str]:
    """The old files: their names for people and what is in them."""
    old = old_files(ref, paths, into, merge_base=merge_base)
    return {name: file.read_text(encoding="utf-8") for file, name in old.files}


def names(old: OldFiles) -> list[str]:
    return [name.removeprefix(f"{old.ref}:") for _, name in old.files]


def refusal(ref: str, *paths: Path, into: Path, merge_base: bool = False) -> GitError:
    """What is raised; nothing but ours."""
    with pytest.raises(GitError) as caught:
        old_files(ref, paths, into, merge_base=merge_base)
    assert caught.value.hint
    return caught.value


# --- what is read ------------------------------------------------------------------------------


def test_file_is_read_as_it_was_at_the_commit(repo: Path, out: Path) -> None:
    first = git(repo, "rev-parse", "HEAD")
    commit(repo, {"labels.csv": NEW})
    (repo / "labels.csv").write_text("not committed")
    old = old_files("HEAD~1", [repo / "labels.csv"], out, merge_base=False)
    assert (old.ref, old.commit, old.folder, old.absent) == ("HEAD~1", first, out, ())
    [(file, name)] = old.files
    assert name == "HEAD~1:labels.csv"
    assert file.read_text() == OLD
    assert file.is_relative_to(out)


@pytest.mark.parametrize("ref", ["main", "v1", "v2", "HEAD", "@", "HEAD^{commit}", ":/commit", "main@{0}"])
def test_anything_that_names_a_commit_will_do(repo: Path, out: Path, ref: str) -> None:
    git(repo, "tag", "v1")
    git(repo, "tag", "--annotate", "--message", "x", "v2")
    assert is_ref(ref, repo)
    assert list(read(ref, repo, into=out).values()) == [OLD]


def test_short_and_full_hashes_are_refs(repo: Path) -> None:
    full = git(repo, "rev-parse", "HEAD")
    assert is_ref(full, repo)
    assert is_ref(full[:8], repo)
    assert not is_ref("0" * 40, repo)


def test_paths_may_be_relative_to_the_current_folder(
    repo: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(repo, {"a/b/x.csv": OLD, "a/y.csv": NEW})
    monkeypatch.chdir(repo / "a" / "b")
    assert read("HEAD", Path("x.csv"), Path("../y.csv"), into=out) == {
        "HEAD:a/b/x.csv": OLD,
        "HEAD:a/y.csv": NEW,
    }
    old = old_files("HEAD", [Path()], out / "here", merge_base=False)
    assert names(old) == ["a/b/x.csv"]
    assert names(old_files("HEAD", [Path("..")], out / "up", merge_base=False)) == ["a/y.csv", "a/b/x.csv"]


def test_path_that_is_deleted_in_the_working_tree_is_read(repo: Path, out: Path) -> None:
    commit(repo, {"data/deep/x.csv": OLD})
    shutil.rmtree(repo / "data")
    assert read("HEAD", repo / "data/deep/x.csv", into=out / "1") == {"HEAD:data/deep/x.csv": OLD}
    assert read("HEAD", repo / "data", into=out / "2") == {"HEAD:data/deep/x.csv": OLD}


def test_file_that_became_a_folder_and_back_is_read(repo: Path, out: Path) -> None:
    commit(repo, {"a.csv": OLD, "b.csv/x.csv": OLD})
    (repo / "a.csv").unlink()
    shutil.rmtree(repo / "b.csv")
    put(repo, {"a.csv/x.csv": NEW, "b.csv": NEW})
    assert read("HEAD", repo / "a.csv", repo / "b.csv", into=out) == {
        "HEAD:a.csv": OLD,
        "HEAD:b.csv/x.csv": OLD,
    }


def test_link_of_a_folder_is_followed_as_it_points_today(repo: Path, out: Path, tmp_path: Path) -> None:
    commit(repo, {"data/x.csv": OLD})
    (tmp_path / "outside").symlink_to(repo / "data")
    (repo / "inside").symlink_to("data")
    for number, path in enumerate((tmp_path / "outside" / "x.csv", tmp_path / "outside", repo / "inside")):
        assert read("HEAD", path, into=out / str(number)) == {"HEAD:data/x.csv": OLD}


def test_paths_that_the_commit_does_not_have_are_told(repo: Path, out: Path) -> None:
    put(repo, {"new.csv": NEW, "newer/x.csv": NEW})
    paths = [repo / "new.csv", repo / "labels.csv", repo / "newer", repo / "labels.csv" / "x.csv"]
    old = old_files("HEAD", paths, out, merge_base=False)
    assert names(old) == ["labels.csv"]
    assert old.absent == (str(paths[0]), str(paths[2]), str(paths[3]))


def test_folder_is_absent_under_its_new_name(repo: Path, out: Path) -> None:
    commit(repo, {"old/train.csv": OLD})
    git(repo, "mv", "old", "new")
    commit(repo)
    old = old_files("HEAD~1", [repo / "new"], out, merge_base=False)
    assert (old.files, old.absent) == ((), (str(repo / "new"),))
    assert read("HEAD~1", repo / "old", into=out / "2") == {"HEAD~1:old/train.csv": OLD}


def test_commit_of_nothing_yields_nothing(repo: Path, out: Path) -> None:
    git(repo, "rm", "--quiet", "labels.csv")
    commit(repo)
    old = old_files("HEAD", [repo], out, merge_base=False)
    assert (old.files, old.absent) == ((), ())
    assert out.is_dir()


# --- folders -----------------------------------------------------------------------------------

LISTED = {
    "b/2.csv": OLD,
    "b/10.csv": OLD,
    "a/deep/x.parquet": b"PAR1",
    "z.jsonl": "{}",
    "c.csv.gz": b"\x1f\x8b",
    "ä ö.csv": OLD,
    "quo\"te'.csv": OLD,
    "new\nline/tab\t.csv": OLD,
    ":(top)*.csv": OLD,
    "-rf.csv": OLD,
    "notes.txt": "no table",
    "array.npy": b"\x93NUMPY",
    ".hidden.csv": OLD,
    ".dvc/x.csv": OLD,
    "__pycache__/x.csv": OLD,
    "__init__.csv": OLD,
    "split=train/year=2024/part-0.csv": OLD,
}


def test_folder_is_listed_as_in_the_working_tree(repo: Path, out: Path) -> None:
    git(repo, "rm", "--quiet", "labels.csv")
    commit(repo, {f"data/{name}": content for name, content in LISTED.items()})
    shutil.rmtree(repo / "data" / "a")
    old = old_files("main", [repo / "data"], out, merge_base=False)
    expected = (
        "-rf.csv",
        ":(top)*.csv",
        "__init__.csv",
        "c.csv.gz",
        "quo\"te'.csv",
        "z.jsonl",
        "ä ö.csv",
        "a/deep/x.parquet",
        "b/2.csv",
        "b/10.csv",
        "new\nline/tab\t.csv",
        "split=train/year=2024/part-0.csv",
    )
    assert names(old) == [f"data/{name}" for name in expected]
    for file, name in old.files:
        content = LISTED[name.removeprefix("main:data/")]
        assert file.read_bytes() == (content.encode() if isinstance(content, str) else content)


PIECES = st.sampled_from(["a", "B", "1", "10", "2", "_", ".", " ", "ü", "\n", "-"])
NAMES = st.lists(PIECES, min_size=1, max_size=4).map("".join)
PATHS = st.lists(NAMES.filter(lambda name: name.strip(".")), min_size=1, max_size=3).map("/".join)


@settings(max_examples=15)
@given(paths=st.lists(PATHS, min_size=1, max_size=8, unique=True))
def test_order_is_that_of_the_folder_itself(
    paths: list[str], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("order")
    repo = made(folder / "repo", {f"{path}.csv": OLD for path in paths} | {"last.csv": OLD})
    today = [table.path.relative_to(repo).as_posix() for table in tables_under([repo])]
    assert names(old_files("HEAD", [repo], folder / "out", merge_base=False)) == today


@pytest.mark.parametrize("name", [":(top)*.csv", "*.csv", ":!labels.csv", "a\nb.csv", "ä.csv", "-z.csv"])
def test_name_of_a_file_is_no_pattern(repo: Path, out: Path, name: str) -> None:
    commit(repo, {name: NEW})
    assert read("HEAD", repo / name, into=out) == {f"HEAD:{name}": NEW}


def test_file_named_twice_is_unpacked_once(repo: Path, out: Path) -> None:
    commit(repo, {"data/x.csv": OLD, "data/y.csv": OLD})
    old = old_files("HEAD", [repo / "data/y.csv", repo / "data", repo / "data/x.csv"], out, merge_base=False)
    assert names(old) == ["data/y.csv", "data/x.csv"]
    assert len({file for file, _ in old.files}) == 2


def test_same_name_in_two_folders_keeps_both(repo: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commit(repo, {"a/x/l.csv": OLD, "x/l.csv": NEW})
    monkeypatch.chdir(repo / "a")
    assert read("HEAD", Path("x/l.csv"), Path("../x/l.csv"), repo / "labels.csv", into=out) == {
        "HEAD:a/x/l.csv": OLD,
        "HEAD:x/l.csv": NEW,
        "HEAD:labels.csv": OLD,
    }
    assert all(
        Path(here, file).resolve().is_relative_to(out) for here, _, files in os.walk(out) for file in files
    )


def test_splits_are_told_as_in_the_working_tree(
    tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = made(
        tmp_path / "train", {"x.csv": OLD, "dev/x.csv": OLD, "d/split=test/x.csv": OLD, "d/val.csv": OLD}
    )
    for folder, path in (
        (repo, Path()),
        (repo, repo),
        (tmp_path, Path("train")),
        (repo / "dev", Path("../dev/x.csv")),
    ):
        monkeypatch.chdir(folder)
        old = old_files("HEAD", [path], out / str(len(list(tmp_path.glob("out/*")))), merge_base=False)
        assert [split_of(file) for file, _ in old.files] == [split_of(t.path) for t in tables_under([path])]


AUDIT = {"summary.json": "{}", "scores.parquet": b"PAR1", "suspects.csv": OLD, "decisions.jsonl": "{}"}


def test_audits_that_were_committed_are_left_out(repo: Path, out: Path) -> None:
    commit(repo, {f"audits/{n}/{name}": text for n in (1, 2) for name, text in AUDIT.items()})
    assert names(old_files("HEAD", [repo], out / "1", merge_base=False)) == ["labels.csv"]
    shutil.rmtree(repo / "audits")
    assert names(old_files("HEAD", [repo], out / "2", merge_base=False)) == ["labels.csv"]


def test_audit_of_which_only_the_decisions_are_committed_is_left_out(repo: Path, out: Path) -> None:
    commit(repo, {"labelaudit-out/decisions.jsonl": "{}", "labelaudit-out/sub/x.csv": OLD})
    put(repo, {f"labelaudit-out/{name}": text for name, text in AUDIT.items()})
    assert names(old_files("HEAD", [repo], out, merge_base=False)) == ["labels.csv"]


def test_npy_and_what_is_not_wanted_stay_packed(
    repo: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    commit(repo, {"d/probs.parquet": b"PAR1", "d/emb.npy": b"\x93NUMPY", "d/l.csv": OLD, "d/more/p.csv": OLD})
    (repo / "d" / "linked.csv").symlink_to("/nowhere")
    commit(repo)
    monkeypatch.chdir(repo)
    paths = [Path("d"), Path("d/emb.npy"), repo / "d/probs.parquet"]
    without = [repo / "d/probs.parquet", Path("d/more/p.csv"), Path("d/linked.csv"), Path("/elsewhere.csv")]
    old = old_files("HEAD", paths, out, merge_base=False, without=without)
    assert names(old) == ["d/l.csv"]
    assert old.absent == ()


def test_contents_are_copied_byte_for_byte_in_blocks(
    repo: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labelaudit.io.git.blobs.BLOCK_BYTES", 1000)
    contents = {f"{n}.csv": bytes(range(256)) * n + b"\r\n\0\n" * (n % 3) for n in (0, 1, 3, 4, 5, 40, 3000)}
    put(repo, {".gitattributes": "*.csv text eol=crlf filter=none\n"})
    git(repo, "-c", "core.autocrlf=false", "add", "--all")
    (repo / ".gitattributes").write_text("")
    git(repo, "add", "--all")
    commit(repo, contents)
    old = old_files("HEAD", [repo], out, merge_base=False)
    assert {file.name: file.read_bytes() for file, _ in old.files if file.name != "labels.csv"} == contents


def test_line_ends_and_filters_of_the_checkout_are_not_applied(repo: Path, out: Path, tmp_path: Path) -> None:
    commit(repo, {".gitattributes": "*.csv text eol=crlf filter=mine diff=mine\n"})
    for key in ("filter.mine.smudge", "diff.mine.textconv"):
        git(repo, "config", key, f"touch {tmp_path / 'ran'}; cat")
    assert read("HEAD", repo, into=out) == {"HEAD:labels.csv": OLD}
    assert not (tmp_path / "ran").exists()


def test_many_files_do_not_block_the_pipe(repo: Path, out: Path) -> None:
    commit(repo, {f"parts/part-{n}.csv": f"id,label\n{n},cat\n" * 300 for n in range(1500)})
    old = old_files("HEAD", [repo / "parts"], out, merge_base=False)
    assert [file.name for file, _ in old.files] == [f"part-{n}.csv" for n in range(1500)]


def test_packed_repository_is_read(repo: Path, out: Path) -> None:
    commit(repo, {"labels.csv": OLD * 5000})
    commit(repo, {"labels.csv": OLD * 5000 + NEW})
    git(repo, "gc", "--quiet", "--aggressive", "--prune=now")
    assert read("HEAD~1", repo, into=out) == {"HEAD~1:labels.csv": OLD * 5000}


def test_repository_of_sha256_is_read(tmp_path: Path, out: Path) -> None:
    (tmp_path / "repo").mkdir()
    git(tmp_path / "repo", "init", "--quiet", "--object-format=sha256")
    full = commit(tmp_path / "repo", {"labels.csv": OLD})
    assert len(full) == 64
    assert read(full, tmp_path / "repo", into=out) == {f"{full}:labels.csv": OLD}


def test_hostile_names_stay_below_the_folder(repo: Path, out: Path) -> None:
    blob = git(repo, "rev-parse", "HEAD:labels.csv")
    tree = bytes.fromhex(blob)
    body = b"".join(
        b"100644 " + name + b"\0" + tree for name in (b"../../up.csv", b"a/../../../up.csv", b"ok.csv")
    )
    (repo / ".git" / "evil").write_bytes(body)
    evil = git(repo, "hash-object", "-t", "tree", "--literally", "-w", ".git/evil")
    git(repo, "tag", "evil", git(repo, "commit-tree", "-m", "x", evil))
    old = old_files("evil", [repo], out, merge_base=False)
    assert names(old) == ["ok.csv"]
    assert not (out.parent / "up.csv").exists()


# --- the merge base ----------------------------------------------------------------------------


def branched(repo: Path) -> str:
    """main and HEAD have each gone on since the commit that is given."""
    base = git(repo, "rev-parse", "HEAD")
    commit(repo, {"labels.csv": OLD + "2,main\n"})
    git(repo, "checkout", "--quiet", "-b", "work", base)
    commit(repo, {"labels.csv": NEW})
    return base


def test_merge_base_is_read_and_not_what_the_branch_became(repo: Path, out: Path) -> None:
    base = branched(repo)
    old = old_files("main", [repo], out / "1", merge_base=True)
    assert (old.ref, old.commit) == ("main", base)
    assert old.files[0][0].read_text() == OLD
    assert old.files[0][1] == "main:labels.csv"
    assert read("main", repo, into=out / "2") == {"main:labels.csv": OLD + "2,main\n"}


def test_detached_head_has_a_merge_base(repo: Path, out: Path) -> None:
    base = branched(repo)
    git(repo, "checkout", "--quiet", "--detach", "work")
    assert old_files("main", [repo], out, merge_base=True).commit == base


def test_linked_working_tree_has_its_own_head(repo: Path, out: Path, tmp_path: Path) -> None:
    base = branched(repo)
    git(repo, "checkout", "--quiet", "main")
    git(repo, "worktree", "add", "--quiet", str(tmp_path / "linked"), "work")
    linked = tmp_path / "linked" / "labels.csv"
    assert old_files("main", [linked], out, merge_base=True).commit == base
    assert read("HEAD", linked, into=out / "2") == {"HEAD:labels.csv": NEW}


def pull_request(tmp_path: Path) -> Path:
    """An origin as GitHub keeps it: main has gone on since the pull request was merged for trial."""
    origin = made(tmp_path / "origin")
    branched(origin)
    git(origin, "checkout", "--quiet", "--detach", "main")
    git(origin, "merge", "--quiet", "--strategy=ours", "--message", "x", "work")
    git(origin, "update-ref", "refs/pull/1/merge", "HEAD")
    git(origin, "checkout", "--quiet", "main")
    commit(origin, {"labels.csv": OLD + "2,later\n"})
    return origin


def checked_out(origin: Path, folder: Path, *fetch: str) -> Path:
    """A checkout as GitHub's action makes it."""
    folder.mkdir()
    git(folder, "init", "--quiet")
    git(folder, "remote", "add", "origin", origin.as_uri())
    git(folder, "fetch", "--quiet", *fetch)
    git(folder, "checkout", "--quiet", "--force", "refs/remotes/pull/1/merge")
    return folder


PULL = "+refs/pull/1/merge:refs/remotes/pull/1/merge"


def test_trial_merge_of_a_pull_request_is_compared_with_what_it_merged(tmp_path: Path, out: Path) -> None:
    origin = pull_request(tmp_path)
    here = checked_out(origin, tmp_path / "here", "origin", "+refs/heads/*:refs/remotes/origin/*", PULL)
    old = old_files("origin/main", [here], out, merge_base=True)
    assert old.commit == git(origin, "rev-parse", "main~1")
    assert old.files[0][0].read_text() == OLD + "2,main\n"


def test_shallow_checkout_of_a_pull_request_tells_to_fetch(tmp_path: Path, out: Path) -> None:
    origin = pull_request(tmp_path)
    here = checked_out(origin, tmp_path / "here", "--depth=1", "origin", PULL)
    told = refusal("origin/main", here, into=out, merge_base=True)
    assert told.message == "git knows no commit 'origin/main'"
    assert "fetch-depth: 0" in str(told.hint)
    run_hint(here, told)
    assert old_files("origin/main", [here], out, merge_base=True).commit == git(origin, "rev-parse", "main~1")


def test_first_parent_of_a_trial_merge_is_enough_in_a_checkout_of_depth_two(
    tmp_path: Path, out: Path
) -> None:
    origin = pull_request(tmp_path)
    here = checked_out(origin, tmp_path / "here", "--depth=2", "origin", PULL)
    assert old_files("HEAD^1", [here], out, merge_base=True).commit == git(origin, "rev-parse", "main~1")


def run_hint(folder: Path, error: LabelAuditError) -> None:
    """Do what a hint says: its first command."""
    text = str(error.hint)
    words = shlex.split(text[text.index("git ") :].partition(";")[0].partition(" (and")[0].partition(" >")[0])
    subprocess.run(["git", *SIGNED, *LOCAL, *words[1:]], cwd=folder, check=True, capture_output=True)


def test_unrelated_histories_have_no_merge_base(repo: Path, out: Path) -> None:
    git(repo, "checkout", "--quiet", "--orphan", "other")
    told = refusal("main", repo, into=out, merge_base=True)
    assert told.message == "HEAD has no commit yet"
    commit(repo)
    told = refusal("main", repo, into=out, merge_base=True)
    assert told.message == "'main' and HEAD have no commit in common"
    assert "name a commit" in str(told.hint)


# --- shallow clones ----------------------------------------------------------------------------


def test_unknown_ref_in_a_shallow_clone_says_how_to_fetch_it(repo: Path, out: Path, tmp_path: Path) -> None:
    first = git(repo, "rev-parse", "HEAD")
    commit(repo, {"labels.csv": NEW})
    git(tmp_path, "clone", "--quiet", "--depth=1", repo.as_uri(), "here")
    here = tmp_path / "here"
    assert is_ref("origin/main", here)
    for ref in (first, "HEAD~1"):
        told = refusal(ref, here, into=out)
        assert "git fetch --unshallow" in str(told.hint)
        assert "fetch-depth: 0" in str(told.hint)
    run_hint(here, told)
    assert read("HEAD~1", here, into=out) == {"HEAD~1:labels.csv": OLD}


@pytest.mark.parametrize("depth", [["--depth=1"], ["--single-branch"]])
def test_branch_that_a_clone_left_out_can_be_fetched_as_the_hint_says(
    repo: Path, out: Path, tmp_path: Path, depth: list[str]
) -> None:
    branched(repo)
    git(tmp_path, "clone", "--quiet", *depth, "--branch=work", repo.as_uri(), "here")
    told = refusal("origin/main", tmp_path / "here", into=out, merge_base=True)
    assert "origin main:" in str(told.hint)
    run_hint(tmp_path / "here", told)
    assert read("origin/main", tmp_path / "here", into=out, merge_base=True) == {
        "origin/main:labels.csv": OLD
    }


def test_branch_of_the_remote_is_suggested(repo: Path, out: Path, tmp_path: Path) -> None:
    branched(repo)
    git(tmp_path, "clone", "--quiet", repo.as_uri(), "here")
    assert refusal("main", tmp_path / "here", into=out).hint == "did you mean origin/main?"


def test_shallow_clone_without_the_merge_base_is_refused(repo: Path, out: Path, tmp_path: Path) -> None:
    branched(repo)
    git(
        tmp_path,
        "clone",
        "--quiet",
        "--depth=1",
        "--no-single-branch",
        "--branch=work",
        repo.as_uri(),
        "here",
    )
    here = tmp_path / "here"
    assert is_ref("origin/main", here)
    told = refusal("origin/main", here, into=out, merge_base=True)
    assert told.message == "this shallow clone does not show where HEAD left 'origin/main'"
    assert "fetch-depth: 0" in str(told.hint)
    assert read("origin/main", here, into=out / "1") == {"origin/main:labels.csv": OLD + "2,main\n"}
    run_hint(here, told)
    assert read("origin/main", here, into=out / "2", merge_base=True) == {"origin/main:labels.csv": OLD}


def test_shallow_clone_that_holds_the_merge_base_is_enough(repo: Path, out: Path, tmp_path: Path) -> None:
    for _ in range(4):
        commit(repo)
    base = branched(repo)
    git(
        tmp_path,
        "clone",
        "--quiet",
        "--depth=3",
        "--no-single-branch",
        "--branch=work",
        repo.as_uri(),
        "here",
    )
    assert old_files("origin/main", [tmp_path / "here"], out, merge_base=True).commit == base


def test_older_common_commit_is_not_taken_where_the_newer_one_is_cut_off(
    repo: Path, out: Path, tmp_path: Path
) -> None:
    # old -- newer -- m1 (main); work merges `old` directly, and `newer` by way of a long detour.
    older = git(repo, "rev-parse", "HEAD")
    newer = commit(repo, {"labels.csv": NEW})
    commit(repo)
    git(repo, "checkout", "--quiet", "-b", "detour", newer)
    for _ in range(4):
        commit(repo)
    git(repo, "checkout", "--quiet", "-b", "work", older)
    git(repo, "merge", "--quiet", "--no-ff", "--strategy=ours", "--message", "x", "detour")
    assert old_files("main", [repo], out / "whole", merge_base=True).commit == newer
    git(
        tmp_path,
        "clone",
        "--quiet",
        "--depth=3",
        "--no-single-branch",
        "--branch=work",
        repo.as_uri(),
        "here",
    )
    here = tmp_path / "here"
    assert git(here, "merge-base", "origin/main", "HEAD") == older
    told = refusal("origin/main", here, into=out, merge_base=True)
    assert "shallow" in told.message
    run_hint(here, told)
    assert old_files("origin/main", [here], out, merge_base=True).commit == newer


# --- what is refused ---------------------------------------------------------------------------


def test_unknown_ref_is_named(repo: Path, out: Path) -> None:
    told = refusal("nonsense", repo, into=out)
    assert str(told).startswith("error[git]: git knows no commit 'nonsense'\nhint: git branch --all")
    assert not out.exists()


@pytest.mark.parametrize(
    "ref",
    [
        "",
        "-",
        "--all",
        "--output=x",
        "-h",
        "a\0b",
        "HEAD:labels.csv",
        "HEAD^{tree}",
        "^HEAD",
        "HEAD..HEAD",
        "HEAD HEAD",
    ],
)
def test_what_names_no_single_commit_is_refused(repo: Path, out: Path, ref: str) -> None:
    assert not is_ref(ref, repo)
    assert "git knows no commit" in refusal(ref, repo, into=out).message
    assert not (repo / "x").exists()


def test_ref_is_never_an_option(repo: Path, out: Path) -> None:
    for option in ("--all", "--branches", "--git-dir", f"--disambiguate={git(repo, 'rev-parse', 'HEAD')}"):
        assert not is_ref(option, repo)
        assert refusal(option, repo, into=out).hint == "name a branch, a tag or a commit"


def test_folder_without_a_repository_is_refused(tmp_path: Path, out: Path) -> None:
    (tmp_path / "plain").mkdir()
    told = refusal("main", tmp_path / "plain" / "x.csv", into=out)
    assert (told.message, told.file) == ("is in no git repository", str(tmp_path / "plain" / "x.csv"))
    assert not is_ref("main", tmp_path / "plain")


def test_git_folder_itself_is_refused(repo: Path, out: Path) -> None:
    assert "work tree" in refusal("main", repo / ".git", into=out).message


def test_paths_of_two_repositories_are_refused(repo: Path, out: Path, tmp_path: Path) -> None:
    other = made(tmp_path / "other")
    nested = made(repo / "nested")
    (tmp_path / "plain.csv").write_text(OLD)
    for path in (other, nested / "labels.csv", tmp_path / "plain.csv", tmp_path):
        told = refusal("main", repo, path, into=out)
        assert told.message == f"is outside of the repository {repo}"
        assert told.file == str(path)


def test_git_that_is_not_installed_is_told(repo: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(repo))
    assert refusal("main", repo, into=out).message == "git is not installed"
    assert not is_ref("main", repo)


def test_repository_of_another_user_is_told_with_the_mend(
    repo: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    told = refusal("main", repo, into=out)
    assert "belongs to another user" in told.message
    assert f"git config --global --add safe.directory {repo}" in str(told.hint)
    assert not is_ref("main", repo)


def linked(repo: Path) -> None:
    """A commit of links, after which there are files."""
    put(repo, {"data/x.csv": OLD})
    (repo / "link.csv").symlink_to("data/x.csv")
    (repo / "folder").symlink_to("data")
    commit(repo)
    for name in ("link.csv", "folder"):
        (repo / name).unlink()
    put(repo, {"link.csv": OLD, "folder/x.csv": OLD})


@pytest.mark.parametrize("path", ["link.csv", "folder", "folder/x.csv", "."])
def test_symbolic_links_of_the_commit_are_not_followed(repo: Path, out: Path, path: str) -> None:
    linked(repo)
    told = refusal("HEAD", repo / path, into=out)
    assert told.message == "is a symbolic link, which is not followed"
    assert told.file == ("HEAD:folder" if "folder" in path else "HEAD:link.csv")


def test_link_to_a_file_is_not_followed_either(repo: Path, out: Path) -> None:
    put(repo, {"v1.csv": OLD, "v2.csv": NEW})
    (repo / "latest.csv").symlink_to("v1.csv")
    commit(repo)
    (repo / "latest.csv").unlink()
    (repo / "latest.csv").symlink_to("v2.csv")
    assert "symbolic link" in refusal("HEAD", repo / "latest.csv", into=out).message


@pytest.fixture
def with_submodule(repo: Path, tmp_path: Path) -> Path:
    made(tmp_path / "library", {"sub.csv": OLD})
    git(repo, "submodule", "--quiet", "add", (tmp_path / "library").as_uri(), "sub")
    commit(repo)
    return repo


def test_submodule_with_tables_is_told(with_submodule: Path, out: Path) -> None:
    assert refusal("HEAD", with_submodule, into=out).file == "HEAD:sub"
    (with_submodule / "sub" / "sub.csv").unlink()
    assert read("HEAD", with_submodule, into=out) == {"HEAD:labels.csv": OLD}


def test_submodule_is_a_repository_of_its_own(with_submodule: Path, out: Path) -> None:
    assert read("HEAD", with_submodule / "sub", into=out / "1") == {"HEAD:sub.csv": OLD}
    shutil.rmtree(with_submodule / "sub")
    for path in ("sub", "sub/sub.csv"):
        told = refusal("HEAD", with_submodule / path, into=out)
        assert told.message == "is a submodule, which is not followed"


@pytest.mark.parametrize("filtered", ["blob:none", "tree:0"])
def test_partial_clone_fetches_nothing_and_says_how(
    repo: Path, out: Path, tmp_path: Path, filtered: str
) -> None:
    commit(repo, {"data/train set.csv": NEW})
    git(repo, "config", "uploadpack.allowFilter", "true")
    git(repo, "config", "uploadpack.allowAnySHA1InWant", "true")
    git(tmp_path, "clone", "--quiet", f"--filter={filtered}", "--no-checkout", repo.as_uri(), "here")
    here = tmp_path / "here"
    canary = tmp_path / "asked"
    git(here, "config", "remote.origin.uploadpack", f"touch {canary}; git-upload-pack")
    told = refusal("HEAD", here / "data" / "train set.csv", into=out / "1")
    assert (told.message, told.file) == ("is not in this partial clone", "HEAD:data/train set.csv")
    assert not canary.exists()
    run_hint(tmp_path, told)
    assert canary.exists()
    assert read("HEAD", here / "data" / "train set.csv", into=out / "2") == {"HEAD:data/train set.csv": NEW}


@pytest.mark.parametrize("mend", ["gone", "damaged"])
def test_damaged_repository_is_told(repo: Path, out: Path, mend: str) -> None:
    commit(repo, {"labels.csv": os.urandom(200_000)})
    oid = git(repo, "rev-parse", "HEAD:labels.csv")
    file = repo / ".git" / "objects" / oid[:2] / oid[2:]
    content = file.read_bytes()
    file.unlink()
    if mend == "damaged":
        file.write_bytes(content[:100_000])
    told = refusal("HEAD", repo, into=out)
    assert told.message.startswith("git cannot read it: ")
    assert told.file == "HEAD:labels.csv"
    assert "git fsck" in str(told.hint)


def test_folder_that_cannot_be_written_is_told(repo: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError):
        old_files("HEAD", [repo], tmp_path / "file" / "out", merge_base=False)


# --- hooks and settings ------------------------------------------------------------------------


@pytest.fixture
def hooked(repo: Path, tmp_path: Path) -> Path:
    """A repository whose hook keeps the environment that it is given."""
    hook = repo / ".git" / "hooks" / "pre-commit"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\nenv -0 | grep -z '^GIT_' > '{tmp_path / 'env'}'\n")
    hook.chmod(0o755)
    return repo


@pytest.mark.parametrize("is_linked", [False, True])
def test_environment_of_a_hook_does_no_harm(
    hooked: Path, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, is_linked: bool
) -> None:
    here = hooked
    if is_linked:
        here = tmp_path / "linked"
        git(hooked, "worktree", "add", "--quiet", "-b", "work", str(here))
    put(here, {"labels.csv": NEW})
    git(here, "commit", "--quiet", "--message", "x", "labels.csv")
    given_env = dict(line.split("=", 1) for line in (tmp_path / "env").read_text().split("\0") if line)
    assert "GIT_INDEX_FILE" in given_env
    for name, value in given_env.items():
        monkeypatch.setenv(name, value)
    monkeypatch.chdir(here)
    assert read("HEAD~1", Path("labels.csv"), into=out, merge_base=True) == {"HEAD~1:labels.csv": OLD}
    other = made_elsewhere(tmp_path, monkeypatch, given_env)
    assert read("HEAD", other, into=out / "2") == {"HEAD:other.csv": OLD}


def made_elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, env: Mapping[str, str]) -> Path:
    """Another repository, made without the hook's environment, which is then there again."""
    with monkeypatch.context() as context:
        for name in env:
            context.delenv(name)
        context.setenv("GIT_CONFIG_GLOBAL", os.devnull)
        return made(tmp_path / "other", {"other.csv": OLD})


def test_variables_of_another_repository_do_no_harm(
    repo: Path, out: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = made(tmp_path / "other", {"other.csv": OLD})
    monkeypatch.setenv("GIT_DIR", str(other / ".git"))
    monkeypatch.setenv("GIT_WORK_TREE", str(other))
    monkeypatch.setenv("GIT_OBJECT_DIRECTORY", str(other / ".git" / "objects"))
    monkeypatch.setenv("GIT_GLOB_PATHSPECS", "1")
    monkeypatch.setenv("LC_ALL", "de_DE.UTF-8")
    assert read("HEAD", repo / "labels.csv", into=out) == {"HEAD:labels.csv": OLD}
    assert is_ref("HEAD", repo)


def test_reading_changes_nothing_in_the_repository(repo: Path, out: Path) -> None:
    branched(repo)
    before = {path: path.stat().st_mtime_ns for path in repo.rglob("*")}
    read("main", repo, into=out, merge_base=True)
    assert {path: path.stat().st_mtime_ns for path in repo.rglob("*")} == before
