"""Rows that were saved without neighbours get theirs when they are reviewed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from labelaudit.reviewing.neighbors_again import neighbors_again
from labelaudit.reviewing.queues import QueueOptions
from labelaudit.reviewing.session import ReviewOptions, Session
from labelaudit.store import load_audit
from tests.builders import embedded_table, write
from tests.review_server.visiting import saved_audit


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("home")
    table = embedded_table(3, n_rows=300, noise_rate=0.3)
    return saved_audit(home / "audit", write(home / "data.parquet", table))


def items_of(folder: Path, unpacked: Path, queue: QueueOptions) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = Session(
        folder, ReviewOptions(reviewer="ana", queue=queue, blind=True), unpacked
    ).page(limit=1000)["items"]
    return found


def shape(item: dict[str, Any]) -> dict[str, list[str]]:
    """What can be told of an item at a glance: which parts are there."""
    return {side: [sorted(near) for near in item["neighbors"][side]] for side in item["neighbors"]}


@pytest.mark.parametrize("queue", [QueueOptions(controls=0.2), QueueOptions(sample=100)])
def test_controls_and_unsuspected_rows_look_like_suspects(
    folder: Path, tmp_path: Path, queue: QueueOptions
) -> None:
    items = items_of(folder, tmp_path, queue)
    unsuspected = [item for item in items if item["rank"] is None]
    assert unsuspected
    assert len({str(shape(item)) for item in items}) == 1
    for item in unsuspected:
        for side in ("given", "suggested"):
            near = item["neighbors"][side]
            assert [one["label"] for one in near] == [item[f"{side}_label"]] * 3
            assert item["id"] not in [one["id"] for one in near]


def test_they_are_those_that_suspects_were_saved_with(folder: Path) -> None:
    audit = load_audit(folder)
    suspects = list(audit.suspects())
    found = neighbors_again(
        {row.fingerprint: (row.given_label, row.suggested_label) for row in suspects}, audit
    )
    for row in suspects:
        assert tuple(near.id for near in found[row.fingerprint]) == row.neighbor_ids


def test_without_the_files_as_they_were_there_are_none(folder: Path, tmp_path: Path) -> None:
    audit = load_audit(folder)
    worst = next(audit.suspects())
    asked = {worst.fingerprint: (worst.given_label, worst.suggested_label)}
    data = folder.parent / "data.parquet"
    whole = data.read_bytes()
    try:
        write(data, embedded_table(4, n_rows=300, noise_rate=0.3))
        assert neighbors_again(asked, audit) == {}
        data.unlink()
        assert neighbors_again(asked, audit) == {}
        assert items_of(folder, tmp_path, QueueOptions(sample=5))
    finally:
        data.write_bytes(whole)


def test_an_audit_without_embeddings_has_none(tmp_path: Path) -> None:
    table = embedded_table(3, n_rows=120, noise_rate=0.3).drop_columns(["embedding"])
    folder = saved_audit(tmp_path / "audit", write(tmp_path / "data.parquet", table))
    (tmp_path / "unpacked").mkdir()
    items = items_of(folder, tmp_path / "unpacked", QueueOptions(sample=50))
    assert all(item["neighbors"] == {"given": [], "suggested": []} for item in items)


def test_several_label_files_and_a_shuffled_table_of_embeddings_change_nothing(tmp_path: Path) -> None:
    table = embedded_table(3, n_rows=300, noise_rate=0.3)
    shuffled = table.select(["id", "embedding"]).take(pa.array(range(299, -1, -1)))
    write(tmp_path / "data" / "a-labels.parquet", table.drop_columns(["embedding"]).slice(0, 130))
    write(tmp_path / "data" / "b-labels.parquet", table.drop_columns(["embedding"]).slice(130))
    write(tmp_path / "data" / "vectors.parquet", shuffled)
    audit = load_audit(saved_audit(tmp_path / "audit", tmp_path / "data"))
    suspects = list(audit.suspects())
    asked = {row.fingerprint: (row.given_label, row.suggested_label) for row in suspects}
    found = neighbors_again(asked, audit)
    assert [tuple(near.id for near in found[row.fingerprint]) for row in suspects] == [
        row.neighbor_ids for row in suspects
    ]
