"""What rows show to a reviewer: bounded memory, and words where a picture is not shown."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from labelaudit.errors import UsageError
from labelaudit.reviewing import showing
from labelaudit.reviewing.session import ReviewOptions, Session
from tests.builders import embedded_table, write
from tests.review_server.visiting import saved_audit

N_ROWS = 120


@pytest.fixture(scope="module")
def audit(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    names = [f"r{i}.tiff" for i in range(N_ROWS)]
    for name in names:
        (home / name).write_bytes(b"II*\0" + name.encode())
    table = embedded_table(3, n_rows=N_ROWS, noise_rate=0.3).append_column("image", pa.array(names))
    return saved_audit(home / "audit", write(home / "data.parquet", table))


def test_a_stretch_larger_than_the_memory_is_shown_whole(
    audit: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(showing, "KEPT", 12)
    session = Session(audit, ReviewOptions(reviewer="ana"), tmp_path)
    whole = session.page(limit=10_000)
    assert len(whole["items"]) == whole["total"] > 12
    by_twos = [session.page(offset=at, limit=2)["items"] for at in range(0, whole["total"], 2)]
    assert [item for two in by_twos for item in two] == whole["items"]
    assert session.page(limit=2)["items"] == whole["items"][:2]


def test_rows_that_are_shown_again_are_not_the_first_to_be_forgotten(
    audit: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = Session(audit, ReviewOptions(reviewer="ana"), tmp_path)
    rows = session.rows(range(6))
    monkeypatch.setattr(showing, "KEPT", 3)
    shown = showing.Showing(session.audit, tmp_path)
    shown.read(rows[:3])
    shown.read([rows[0], rows[3]])
    assert shown.missing(rows) == [rows[1], *rows[4:]]
    shown.read(rows)
    assert shown.missing(rows) == []


def test_a_picture_that_browsers_do_not_show_says_so(audit: Path, tmp_path: Path) -> None:
    preview = Session(audit, ReviewOptions(reviewer="ana"), tmp_path).page(limit=1)["items"][0]["preview"]
    assert preview["kind"] == "image"
    assert preview["note"].endswith(".tiff is a TIFF, which most browsers cannot show as it is")


def test_a_media_root_that_is_not_there_is_named(audit: Path, tmp_path: Path) -> None:
    gone = tmp_path / "gone"
    with pytest.raises(UsageError, match=f"--media-root {gone}: no such folder"):
        Session(audit, ReviewOptions(reviewer="ana", media_roots=(str(gone),)), tmp_path)
