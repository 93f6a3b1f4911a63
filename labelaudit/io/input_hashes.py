"""SHA-256 of the inputs, taken beside other work: hashing a file takes as long as scoring it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Event

from labelaudit.io.readers.faults import foreign_errors
from labelaudit.io.tables import Table

CHUNK = 1 << 20


class InputHashes:
    """Hashes files in a thread of its own, from the moment it is made.

    Args:
        tables: whose files are hashed, in order.
    """

    def __init__(self, tables: Sequence[Table]) -> None:
        self._stop = Event()
        pool = ThreadPoolExecutor(1, thread_name_prefix="labelaudit-hash")
        self._futures: list[Future[str]] = [pool.submit(self._sha256, table) for table in tables]
        pool.shutdown(wait=False)

    def digests(self) -> list[str]:
        """The hashes in hex; waits for them."""
        return [future.result() for future in self._futures]

    def stop(self) -> None:
        """Give up what is not hashed yet."""
        self._stop.set()

    def _sha256(self, table: Table) -> str:
        digest, buffer = hashlib.sha256(), bytearray(CHUNK)
        with foreign_errors(table.name), table.path.open("rb", buffering=0) as stream:
            # Mapping the file instead costs less by itself, but slows the readings beside it by half.
            while (n_bytes := stream.readinto(buffer)) and not self._stop.is_set():
                digest.update(memoryview(buffer)[:n_bytes])
        return digest.hexdigest()
