"""Why a row is listed: each rule is found where it is planted, and only what decides makes suspects."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from labelaudit import Audit
from labelaudit.reasons import BITS, CODES, codes_of
from labelaudit.rules import RULES
from tests import builders
from tests.builders import (
    AS_CLEANLAB,
    audit_of,
    audit_paths,
    embedded_table,
    honest_sample,
    number_lists,
    parquet_wide,
    suspect_ids,
    write,
)
from tests.strategies import noisy_blobs

HOW: dict[str, Any] = {"n_rows": 400, "noise_rate": 0.1}


def rules_by_id(audit: Audit) -> dict[str, list[str]]:
    return {row["id"]: row["rules"] for row in audit.scores().to_pylist()}


def listed(audit: Audit, code: str) -> set[str]:
    """The ids of all rows, suspects or not, that a rule holds for."""
    return {name for name, rules in rules_by_id(audit).items() if code in rules}


# --- codes -----------------------------------------------------------------------------------------------


def test_every_rule_of_a_row_has_a_bit_of_its_own() -> None:
    assert len(set(BITS.values())) == len(CODES)
    assert sum(BITS.values()) < 1 << 16
    assert list(BITS) == sorted(BITS)
    assert all(RULES[code].raised for code in CODES)


def test_codes_come_back_from_their_bits_in_order() -> None:
    every = sum(BITS.values())
    bits = np.array([0, BITS["LA201"], BITS["LA501"] | BITS["LA102"], every], dtype=np.uint16)
    assert codes_of(bits) == [[], ["LA201"], ["LA102", "LA501"], list(CODES)]


# --- what decides ------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def table() -> pa.Table:
    return embedded_table(2, **HOW)


@pytest.fixture(scope="module")
def path(table: pa.Table, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("reasons") / "data.parquet", table)


@pytest.fixture(scope="module")
def fused(path: Path) -> Audit:
    return audit_paths(path)


def test_the_fused_score_decides_and_the_others_are_reasons(fused: Audit) -> None:
    assert set(suspect_ids(fused)) == listed(fused, "LA102")
    assert listed(fused, "LA101") - listed(fused, "LA102"), "a reason alone makes no suspect"
    assert listed(fused, "LA201") - listed(fused, "LA102")


def test_a_filter_by_name_decides_and_the_fused_score_is_a_reason(path: Path) -> None:
    result = audit_paths(path, filter="prune-by-noise-rate")
    assert set(suspect_ids(result)) == listed(result, "LA101")
    assert listed(result, "LA102") - listed(result, "LA101")


def test_scores_of_cleanlab_know_no_fused_score(path: Path) -> None:
    result = audit_paths(path, **AS_CLEANLAB)
    assert set(suspect_ids(result)) == listed(result, "LA101")
    assert listed(result, "LA102") == listed(result, "LA201") == set()
    assert result.scores()["p_error"].null_count == HOW["n_rows"]


def test_rules_of_suspects_are_counted(fused: Audit) -> None:
    expected = {
        code: count for code in CODES if (count := sum(code in suspect.rules for suspect in fused.suspects()))
    }
    assert fused.summary.by_rule == expected


@pytest.mark.parametrize("ignored", ["LA101", "LA103", "LA104", "LA201", "LA202"])
def test_a_reason_that_is_ignored_is_not_listed_and_changes_nothing_else(
    path: Path, fused: Audit, ignored: str
) -> None:
    result = audit_paths(path, ignore=(ignored,))
    assert listed(result, ignored) == set()
    assert suspect_ids(result) == suspect_ids(fused)
    for code in set(CODES) - {ignored}:
        assert listed(result, code) == listed(fused, code), code


def test_without_the_rule_that_decides_copies_alone_are_suspect(path: Path) -> None:
    result = audit_paths(path, ignore=("LA102",))
    (notice,) = (n for n in result.summary.notices if n.code == "nothing-selected")
    assert "LA301 alone makes suspects" in notice.message
    (notice,) = (
        n for n in audit_paths(path, select=("LA2", "LA9")).summary.notices if n.code == "nothing-selected"
    )
    assert "no row can be a suspect" in notice.message


# --- by probabilities --------------------------------------------------------------------------------------


def test_a_row_that_fits_no_class_and_one_that_fits_two_are_told(tmp_path: Path) -> None:
    sample = honest_sample(4, classes=[f"c{i}" for i in range(8)], noise_rate=0.05)
    two = np.full(8, 0.01)
    two[[sample.codes[1], (sample.codes[1] + 1) % 8]] = 0.47
    planted = sample.with_probs({0: np.full(8, 0.125), 1: two})
    result = audit_of(parquet_wide(tmp_path, planted))
    assert "r0" in listed(result, "LA103") - listed(result, "LA104")
    assert "r1" in listed(result, "LA104") - listed(result, "LA103")
    certain = {sample.ids[i] for i in np.flatnonzero(sample.pred_probs.max(axis=1) > 0.95)}
    assert not certain & (listed(result, "LA103") | listed(result, "LA104"))


def test_classes_that_change_sides_are_told_as_a_pair(tmp_path: Path) -> None:
    """A third of the cats and of the dogs carry the other's label; owls are owls."""
    sample = honest_sample(5, noise_rate=0.0, separation=8.0)
    swapped = {
        i: {"cat": "dog", "dog": "cat", "owl": "owl"}[label]
        for i, label in enumerate(sample.labels)
        if i % 3 == 0
    }
    path = parquet_wide(tmp_path, sample.with_labels(swapped)).paths[0]
    result = audit_paths(path, **AS_CLEANLAB)
    (notice,) = (n for n in result.summary.notices if n.code == "LA501")
    assert notice.count == 1
    assert "'cat' and 'dog'" in notice.message
    pairs = {(row.given_label, row.suggested_label) for row in result.suspects() if "LA501" in row.rules}
    assert pairs == {("cat", "dog"), ("dog", "cat")}
    assert "LA501" not in builders.codes_of(audit_paths(path, ignore=("LA501",), **AS_CLEANLAB))


def test_classes_that_keep_their_rows_are_no_pair(fused: Audit) -> None:
    assert "LA501" not in builders.codes_of(fused)
    assert "LA501" not in fused.summary.by_rule


@pytest.mark.parametrize("per_split", [False, True])
def test_reasons_are_found_in_every_split(tmp_path: Path, table: pa.Table, per_split: bool) -> None:
    splits = ["first", "second"] * 200
    path = write(tmp_path / "data.parquet", table.append_column("split", pa.array(splits)))
    result = audit_paths(path, per_split=per_split)
    by_split = {
        name: {code for row in result.suspects() if row.split == name for code in row.rules}
        for name in ("first", "second")
    }
    assert {"LA101", "LA102", "LA201"} <= by_split["first"] & by_split["second"]


# --- by neighbours -----------------------------------------------------------------------------------------


def test_a_label_that_the_neighbours_contradict_is_told_and_one_that_none_shares(tmp_path: Path) -> None:
    """Rows 0 and 1 lie among another class, of which 1 alone has a label of a third one."""
    blobs = noisy_blobs(6, n_rows=400, n_classes=3, noise_rate=0.0, separation=14.0)
    sample = honest_sample(6, n_rows=400, noise_rate=0.0, separation=14.0)
    first = [int(row) for row in np.flatnonzero(blobs.true_labels == 0)[:2]]
    labels = {first[0]: sample.classes[1], first[1]: sample.classes[2]}
    table = sample.with_labels(labels).table().append_column("embedding", number_lists(blobs.embeddings))
    result = audit_paths(write(tmp_path / "data.parquet", table))
    names = {f"r{row}" for row in first}
    assert listed(result, "LA201") == listed(result, "LA202") == names
    assert {row.suggested_label for row in result.suspects()} == {sample.classes[0]}


def test_a_class_of_a_few_rows_is_not_called_isolated(tmp_path: Path) -> None:
    sample = honest_sample(6, n_rows=400, noise_rate=0.0, separation=14.0)
    blobs = noisy_blobs(6, n_rows=400, n_classes=3, noise_rate=0.0, separation=14.0)
    codes = blobs.true_labels
    rare = np.flatnonzero(codes == 2)[9:]
    kept = np.delete(np.arange(400), rare)
    table = sample.table().append_column("embedding", number_lists(blobs.embeddings)).take(kept)
    vectors = np.array(table["embedding"].to_pylist())
    few = codes[kept] == 2
    vectors[few] = np.random.default_rng(0).normal(size=(int(few.sum()), 8)) * 40  # each alone
    at = table.column_names.index("embedding")
    table = table.set_column(at, "embedding", number_lists(vectors))
    result = audit_paths(write(tmp_path / "data.parquet", table))
    assert not listed(result, "LA202") & {f"r{kept[i]}" for i in np.flatnonzero(few)}


def test_rules_of_neighbours_need_embeddings(tmp_path: Path) -> None:
    result = audit_of(parquet_wide(tmp_path, honest_sample(2, **HOW)))
    found = {code for rules in rules_by_id(result).values() for code in rules}
    assert not found & {"LA201", "LA202", "LA302"}
