"""From a ref as the user names it to the commit that is read."""

from __future__ import annotations

import re
import shlex

from labelaudit.errors import GitError
from labelaudit.io.git.process import fatal_line
from labelaudit.io.git.repository import Repository

WHOLE_HISTORY = "in GitHub's checkout action fetch-depth: 0"


def known_commit(repository: Repository, ref: str) -> str | None:
    """The full hash of the commit that a ref names, None when git knows none.

    A ref that starts with "-" names none: git would take it for an option.
    """
    if not ref or ref.startswith("-") or "\0" in ref:
        return None
    # In two steps: appended to `:/text` or `HEAD:folder`, ^{commit} would be part of the text.
    named = repository.ask("rev-parse", "--verify", "--quiet", ref)
    if named.code or not re.fullmatch("[0-9a-f]{40,64}", named.line):
        return None
    commit = repository.ask("rev-parse", "--verify", "--quiet", f"{named.line}^{{commit}}")
    return commit.line if commit.code == 0 else None


def commit_of(repository: Repository, ref: str) -> str:
    """The full hash of the commit that a ref names.

    Raises:
        GitError: git knows no such commit; the hint tells how to fetch it.
    """
    commit = known_commit(repository, ref)
    if commit is None:
        raise GitError(f"git knows no commit '{ref}'", hint=_how_to_get(repository, ref))
    return commit


def merge_base(repository: Repository, ref: str, commit: str) -> str:
    """The last commit that `commit`, named `ref`, and HEAD have in common.

    Raises:
        GitError: there is none, or a shallow clone may hide it.
    """
    head = known_commit(repository, "HEAD")
    if head is None:
        raise GitError("HEAD has no commit yet", hint="commit first, or name the commit to read")
    answer = repository.ask("merge-base", commit, head)
    base = answer.line
    is_shallow = repository.is_shallow()
    if answer.code == 0 and not (is_shallow and _may_be_newer(repository, base, commit, head)):
        return base
    if is_shallow:
        raise GitError(
            f"this shallow clone does not show where HEAD left '{ref}'",
            hint=f"git fetch --unshallow; {WHOLE_HISTORY}",
        )
    if answer.code == 1:
        raise GitError(
            f"'{ref}' and HEAD have no commit in common",
            hint="their histories are unrelated: name a commit in the history of HEAD",
        )
    raise GitError(
        f"git finds no common commit of '{ref}' and HEAD: {fatal_line(answer.complaint)}",
        hint="git fsck tells what is damaged; a fresh clone mends it",
    )


def _may_be_newer(repository: Repository, base: str, commit: str, head: str) -> bool:
    """Whether the parents that a shallow clone left out may lead to a newer common commit.

    They may where a commit since the base has lost its parents. What the base itself has lost lies
    before it.
    """
    if base in (commit, head):
        return False
    ends = repository.ask("rev-list", "--max-parents=0", commit, head, f"^{base}")
    return ends.code != 0 or not repository.cut_commits().isdisjoint(ends.line.split())


def _how_to_get(repository: Repository, ref: str) -> str:
    if not ref or ref.startswith("-") or "\0" in ref:
        return "name a branch, a tag or a commit"
    remotes = repository.ask("remote").line.split()
    remote, slash, rest = ref.partition("/")
    is_remote = bool(slash) and remote in remotes
    # `main` of `main~3`. The target is named, for a clone of a single branch keeps no others.
    branch = re.split(r"[~^:]|@\{", rest)[0]
    fetched = f" {remote} {shlex.quote(f'{branch}:refs/remotes/{remote}/{branch}')}" if is_remote else ""
    meant = [f"{name}/{ref}" for name in remotes if known_commit(repository, f"{name}/{ref}")]
    if meant:
        return f"did you mean {meant[0]}?"
    if repository.is_shallow():
        return f"this clone is shallow: git fetch --unshallow{fetched}; {WHOLE_HISTORY}" + (
            f" (and name a branch as {remotes[0]}/BRANCH)" if remotes and not is_remote else ""
        )
    if is_remote:
        return f"git fetch{fetched}"
    return "git branch --all and git tag list the names"
