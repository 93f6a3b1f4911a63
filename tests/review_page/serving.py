"""A review of an audit, answered by a thread of the tests."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from labelaudit.auditing import audit
from labelaudit.opening import open_dataset
from labelaudit.report.saving import save_audit
from labelaudit.reviewing.session import ReviewOptions, Session
from labelaudit.store import DECISIONS
from tests.review_page.conftest import Look

uvicorn = pytest.importorskip("uvicorn", reason="the extra 'review' is not installed")


@contextmanager
def server_of(folder: Path, **how: Any) -> Iterator[tuple[str, Session]]:
    """Answer for an audit; gives the page's address and the session."""
    from labelaudit.review_server.app import review_app
    from labelaudit.review_server.running import _listening

    unpacked = folder.parent / "unpacked"
    unpacked.mkdir(exist_ok=True)
    session = Session(folder, ReviewOptions(reviewer="ana", **how), unpacked)
    listener = _listening(0)
    app = review_app(session, name=folder.name, token="secret")
    config = uvicorn.Config(
        # On a busy machine answers under way take a while; what is cut off would stay open in this process.
        app,
        log_level="error",
        http="h11",
        ws="none",
        lifespan="off",
        timeout_graceful_shutdown=30,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/?token=secret", session
    finally:
        server.should_exit = True
        thread.join(60)
        listener.close()
    assert not thread.is_alive(), "the server does not end"


@dataclass(frozen=True)
class Served:
    """A review that is answered for."""

    folder: Path
    address: str
    ids: list[str]  # of its worst rows

    @contextmanager
    def opened(self, look: Look) -> Iterator[list[str]]:
        """Open it in the browser; gives the ids of its worst rows."""
        look.page.goto(self.address)
        look.is_at(self.ids[0])
        yield self.ids
        look.page.goto("about:blank")  # nothing is fetched ahead from a server that is gone

    def kept(self) -> list[dict[str, Any]]:
        """The decisions on the disk."""
        return [json.loads(line) for line in (self.folder / DECISIONS).read_text("utf-8").splitlines()]


def decide_elsewhere(review: Served, word: str) -> None:
    """Decide on the worst row, as a window of another browser does."""
    with TemporaryDirectory() as unpacked:
        session = Session(review.folder, ReviewOptions(reviewer="ana"), Path(unpacked))
        session.decide(session.page(limit=1)["items"][0]["fingerprint"], word)


@contextmanager
def served(folder: Path, **how: Any) -> Iterator[Served]:
    """Answer for an audit."""
    with server_of(folder, **how) as (address, session):
        yield Served(folder, address, [suspect.id for suspect in session.audit.suspects(40)])


def scan(data: Path, folder: Path) -> Path:
    """Audit and save."""
    with open_dataset([str(data)]) as dataset:
        save_audit(audit(dataset), folder)
    return folder
