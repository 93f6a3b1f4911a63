"""The contents of files at a commit, copied to disk in blocks."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO

from labelaudit.errors import GitError
from labelaudit.io.git.process import command, environment, git_is_there
from labelaudit.io.git.repository import Repository
from labelaudit.io.lfs import POINTER_BYTES, is_pointer, object_path, pointer_oid, pointer_size
from labelaudit.io.readers.faults import temporary_room

BLOCK_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Blob:
    """A file at a commit, and where it is to go."""

    oid: str
    target: Path
    name: str


@dataclass(frozen=True, slots=True)
class Unpacker:
    """Copies blobs of a commit to disk.

    Args:
        repository: where they are.
        commit: for the hints,
        places: as are the places of the working tree that were asked for.
        lfs_ref: what to fetch when a Git LFS object is absent.
        lfs_store: where those are.
    """

    repository: Repository
    commit: str
    places: Sequence[Path]
    lfs_ref: str
    lfs_store: Path

    def unpack(self, blobs: Sequence[Blob]) -> None:
        """Write each blob to its target; a Git LFS pointer becomes the object that it points to.

        Raises:
            GitError: an object is not here, or is damaged.
            OutputError: the disk is full.
        """
        with temporary_room(), TemporaryFile() as wanted, TemporaryFile() as complaints:
            # A file of hashes and not a pipe: git that stops early cannot break it.
            wanted.write("".join(f"{blob.oid}\n" for blob in blobs).encode("ascii"))
            wanted.seek(0)
            with git_is_there():
                git = subprocess.Popen(
                    command(self.repository.top, "cat-file", "--batch"),
                    env=environment(),
                    stdin=wanted,
                    stdout=subprocess.PIPE,
                    stderr=complaints,
                )
            with git:
                assert git.stdout is not None
                failed = next((blob for blob in blobs if not self._copied(git.stdout, blob)), None)
            complaints.seek(0)
            if failed:
                said = complaints.read(BLOCK_BYTES).decode(errors="replace")
                raise self.repository.unreadable(
                    failed.name, self.commit, self.places, said or "the object is missing"
                )

    def _copied(self, stream: IO[bytes], blob: Blob) -> bool:
        """Copy the next blob of a stream; False when git does not give it."""
        words = stream.readline().split()
        if len(words) != 3:  # HASH missing, or git has stopped
            return False
        left = int(words[2])
        start = stream.read(left) if left < POINTER_BYTES else b""
        blob.target.parent.mkdir(parents=True, exist_ok=True)
        if is_pointer(start):
            self._copy_from_lfs(start, blob)
        else:
            with blob.target.open("xb") as file:
                left -= file.write(start)
                while left and (block := stream.read(min(left, BLOCK_BYTES))):
                    left -= file.write(block)
        return stream.read(1) == b"\n"  # which is missing where git stopped within the blob

    def _copy_from_lfs(self, pointer: bytes, blob: Blob) -> None:
        found = object_path(self.lfs_store, pointer_oid(pointer, blob.name))
        fetch = f"git lfs fetch origin {shlex.quote(self.lfs_ref)}"
        hint = f"{fetch}; in GitHub's checkout action lfs: true, then this"
        if not found.is_file():
            raise GitError("is in Git LFS, and its content has not been fetched", file=blob.name, hint=hint)
        n_bytes, size = found.stat().st_size, pointer_size(pointer, blob.name)
        if n_bytes != size:
            raise GitError(
                f"its Git LFS object has {n_bytes:,} bytes and should have {size:,}",
                file=blob.name,
                hint=f"remove {found}; {hint}",
            )
        shutil.copyfile(found, blob.target)
