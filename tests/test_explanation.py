"""`explain` where there are neighbours: the same numbers fresh and loaded, with rows to compare with."""

from __future__ import annotations

import re
from pathlib import Path
from xml.etree import ElementTree

import pytest

import labelaudit
from labelaudit import Audit
from labelaudit.report.explanation import told
from labelaudit.report.pictures import PICTURES
from tests.builders import audit_paths, embedded_table, write


@pytest.fixture(scope="module")
def path(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("explained") / "data.csv", wide())


def wide():
    """The embeddings as columns, for a file with lines."""
    table = embedded_table(1, n_rows=300, noise_rate=0.15)
    vectors = table["embedding"].to_pylist()
    for i in range(8):
        table = table.append_column(f"emb_{i}", [[vector[i] for vector in vectors]])
    return table.drop_columns(["embedding"])


@pytest.fixture(scope="module")
def audited(path: Path) -> Audit:
    return audit_paths(path)


def test_a_suspect_is_explained_with_its_neighbours(audited: Audit) -> None:
    for suspect in audited.suspects(10):
        found = labelaudit.explain(audited, suspect.id)
        for name in (
            "rank",
            "line",
            "p_error",
            "label_quality",
            "suggested_label",
            "suggested_prob",
            "runner_up_label",
            "neighbor_agreement",
            "neighbor_ids",
            "neighbor_labels",
            "rules",
        ):
            assert getattr(found, name) == getattr(suspect, name), name
        assert len(found.neighbor_ids) == 6


def test_the_sentences_name_the_neighbours_of_both_labels(audited: Audit) -> None:
    suspect = next(audited.suspects())
    text = "\n".join(told(labelaudit.explain(audited, suspect.id)))
    assert re.search(r"Of its neighbours' votes, \d+\.\d % go to the given label\.", text)
    for label in (suspect.given_label, suspect.suggested_label):
        ids = [
            name
            for name, own in zip(suspect.neighbor_ids, suspect.neighbor_labels, strict=True)
            if own == label
        ]
        assert f"Nearest with '{label}': {', '.join(ids)}." in text
    assert re.search(r"Chance that the label is wrong: \d\d\.\d % \(a model's estimate\)\.", text)


def test_another_row_has_an_agreement_and_a_chance_but_no_neighbours_by_name(audited: Audit) -> None:
    scores = audited.scores()
    row = scores["is_suspect"].to_pylist().index(False)
    found = labelaudit.explain(audited, scores["id"][row].as_py())
    assert found.neighbor_agreement == scores["neighbor_agreement"][row].as_py()
    assert found.p_error is not None
    assert found.p_error <= 0.5
    assert (found.neighbor_ids, found.neighbor_labels, found.suggested_label) == ((), (), None)


def test_a_loaded_audit_explains_and_draws_like_the_fresh_one(audited: Audit, tmp_path: Path) -> None:
    labelaudit.save_audit(audited, tmp_path / "out")
    loaded = labelaudit.load_audit(tmp_path / "out")
    for name in audited.scores()["id"].to_pylist()[:30]:
        assert labelaudit.explain(loaded, name) == labelaudit.explain(audited, name)
    assert loaded.histogram == audited.histogram
    labelaudit.save_audit(loaded, tmp_path / "again")
    for name in (*PICTURES, "report.md"):
        assert (tmp_path / "again" / name).read_bytes() == (tmp_path / "out" / name).read_bytes()


def test_pictures_lie_beside_the_page_that_shows_them(audited: Audit, tmp_path: Path) -> None:
    labelaudit.save_audit(audited, tmp_path / "out")
    page = (tmp_path / "out" / "report.md").read_text()
    shown = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", page)
    assert shown == list(PICTURES)
    for name in shown:
        text = (tmp_path / "out" / name).read_text(encoding="utf-8")
        assert ElementTree.fromstring(text).tag.endswith("svg")
    words = (tmp_path / "out" / "scores.svg").read_text()
    assert f"300 rows, {audited.summary.n_suspects} suspects" in words


@pytest.mark.parametrize("per_split", [False, True])
def test_explanations_of_splits_name_their_own_row(tmp_path: Path, per_split: bool) -> None:
    table = wide()
    twice = table.set_column(0, "id", [[f"r{i % 150}" for i in range(300)]])
    path = write(
        tmp_path / "data.parquet", twice.append_column("split", [["first"] * 150 + ["second"] * 150])
    )
    result = audit_paths(path, per_split=per_split)
    for suspect in result.suspects(20):
        found = labelaudit.explain(result, suspect.id, split=suspect.split)
        assert (found.row, found.rank, found.neighbor_ids) == (
            suspect.row,
            suspect.rank,
            suspect.neighbor_ids,
        )
