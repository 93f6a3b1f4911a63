"""The decision log: `decisions.jsonl`, appended to and never rewritten.

A decision is on disk before anybody hears that it was taken. Several processes may write to one file: each
append holds a lock, opens the file anew (git may have replaced it meanwhile) and reads what others wrote.
"""

from __future__ import annotations

import json
import os
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, TypeAlias

from labelaudit.errors import OutputError
from labelaudit.reviewing.locking import locked

Record: TypeAlias = Mapping[str, Any]
TORN = ".torn"
"""Behind the log's name: where the beginning of a line goes that a crash cut off."""
_BINARY = getattr(os, "O_BINARY", 0)


class DecisionLog:
    """One file of decisions, followed as it grows.

    Args:
        path: `decisions.jsonl`; made if it does not exist.
        absorb: told every record once, in the order of the file; lines that are none are passed over.
        forget: told that the file is another one now: all its records follow.
        reads_only: whether the file is left as it is: it need not exist, nor be writable.

    Raises:
        OutputError: the file cannot be read or written.

    Example:
        >>> import tempfile
        >>> with tempfile.TemporaryDirectory() as folder:
        ...     log = DecisionLog(Path(folder, "decisions.jsonl"), absorb=print, forget=lambda: None)
        ...     log.append({"fingerprint": "f", "decision": "given"})
        {'fingerprint': 'f', 'decision': 'given'}
        1
    """

    def __init__(
        self,
        path: Path,
        *,
        absorb: Callable[[Record], None],
        forget: Callable[[], None],
        reads_only: bool = False,
    ) -> None:
        self.path = path
        self._absorb, self._forget = absorb, forget
        self._file: tuple[int, int] | None = None
        self._offset = 0  # how much of the file has been read
        self._n_lines = 0
        self._one_thread = threading.Lock()
        if reads_only:
            self.catch_up()
            return
        with self._held() as descriptor:
            self._mend_end(descriptor)
            self._catch_up(descriptor)

    def append(self, record: Record) -> int:
        """Write a record and wait until it is on disk.

        Returns:
            The number of its line, from 1.

        Raises:
            OutputError: it could not be written; the file is as it was.
        """
        # Letters beyond ASCII are escaped: wherever a crash cuts a line, the file remains UTF-8.
        line = json.dumps(record, allow_nan=False).encode("ascii") + b"\n"
        with self._held() as descriptor:
            self._mend_end(descriptor)
            self._catch_up(descriptor)
            _write_whole(descriptor, line)
            os.fsync(descriptor)
            self._catch_up(descriptor)
            return self._n_lines

    def catch_up(self) -> None:
        """Read what other processes have written since.

        Raises:
            OutputError: the file cannot be read.
        """
        with self._one_thread, self._told(), suppress(FileNotFoundError):
            now = os.stat(self.path)
            if (now.st_dev, now.st_ino) != self._file or now.st_size != self._offset:
                descriptor = os.open(self.path, os.O_RDONLY | _BINARY)
                try:
                    self._catch_up(descriptor)
                finally:
                    os.close(descriptor)

    @contextmanager
    def _held(self) -> Iterator[int]:
        with self._one_thread, self._told():
            while True:
                descriptor = self._opened()
                try:
                    with locked(descriptor):
                        if self._is_current(descriptor):
                            yield descriptor
                            return
                finally:
                    os.close(descriptor)

    @contextmanager
    def _told(self) -> Iterator[None]:
        """What the system refuses, as an error of ours."""
        try:
            yield
        except OSError as error:
            raise OutputError(
                error.strerror or str(error),
                file=str(self.path),
                hint="decisions lie in the audit's folder: it must be writable, and the disk not full",
            ) from error

    def _is_current(self, descriptor: int) -> bool:
        """Whether nobody has put another file in its place while the lock was waited for."""
        try:
            return os.path.samestat(os.fstat(descriptor), os.stat(self.path))
        except FileNotFoundError:
            return False

    def _opened(self) -> int:
        is_new = not self.path.exists()
        descriptor = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_APPEND | _BINARY, 0o666)
        if is_new and hasattr(os, "O_DIRECTORY"):  # else a power cut takes the name with it
            folder = os.open(self.path.parent, os.O_DIRECTORY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)
        return descriptor

    def _catch_up(self, descriptor: int) -> None:
        """Hand on the whole lines that have not been read yet."""
        found = os.fstat(descriptor)
        if (found.st_dev, found.st_ino) != self._file or found.st_size < self._offset:
            self._file, self._offset, self._n_lines = (found.st_dev, found.st_ino), 0, 0
            self._forget()
        text = _read(descriptor, self._offset, found.st_size)
        whole = text[: text.rfind(b"\n") + 1]
        self._offset += len(whole)
        for line in whole.split(b"\n")[:-1]:
            self._n_lines += 1
            record = _record(line)
            if record is not None:
                self._absorb(record)

    def _mend_end(self, descriptor: int) -> None:
        """End the last line: a whole record gets its line feed, the beginning of one is put aside."""
        size = os.fstat(descriptor).st_size
        start = size
        tail = b""
        while start and b"\n" not in tail:
            begin = max(0, start - 65_536)
            tail = _read(descriptor, begin, start) + tail
            start = begin
        tail = tail.rpartition(b"\n")[2]
        if not tail:
            return
        if _record(tail) is not None:
            _write_whole(descriptor, b"\n")
        else:
            with open(f"{self.path}{TORN}", "ab") as aside:
                aside.write(tail + b"\n")
                aside.flush()
                os.fsync(aside.fileno())
            os.ftruncate(descriptor, size - len(tail))
        os.fsync(descriptor)


def _record(line: bytes) -> Record | None:
    try:
        found = json.loads(line.decode("utf-8-sig"))
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) else None


def _read(descriptor: int, start: int, end: int) -> bytes:
    os.lseek(descriptor, start, os.SEEK_SET)
    parts = []
    while start < end and (part := os.read(descriptor, end - start)):
        parts.append(part)
        start += len(part)
    return b"".join(parts)


def _write_whole(descriptor: int, text: bytes) -> None:
    """Append all of it or nothing."""
    size = os.fstat(descriptor).st_size
    try:
        rest = memoryview(text)
        while rest:
            rest = rest[os.write(descriptor, rest) :]
    except OSError:
        os.ftruncate(descriptor, size)
        raise
