"""The same rows and options give the same audit, however the files are cut, kept, read or joined."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from labelaudit.config import BY_PROBABILITIES, FILTERS
from labelaudit.scorers import SCORERS
from labelaudit.store import FILES
from tests.builders import (
    AS_CLEANLAB,
    FORMS,
    Form,
    Sample,
    Written,
    audit_of,
    audit_paths,
    csv_wide,
    embedded_table,
    honest_sample,
    joined,
    parquet_list,
    parquet_wide,
    rows_of,
    saved_files,
    write,
)
from tests.strategies import noisy_dataset

CLASSES = tuple(f"class {i}" for i in range(12))
CUTS = [(batch_rows, workers) for batch_rows in (1_000, 65_536, 7) for workers in (1, 2)]


@pytest.fixture(scope="module")
def sample() -> Sample:
    """Rows with ties, near ties, mended rows and rare classes."""
    rng = np.random.default_rng(11)
    labels, pred_probs = noisy_dataset(rng, n_rows=2_500, n_classes=12, noise_rate=0.15, imbalance=1.0)
    rounded = pred_probs.round(2)
    rounded[np.arange(2_500), pred_probs.argmax(axis=1)] += 1 - rounded.sum(axis=1)
    tied = np.where(np.arange(2_500)[:, None] % 3 == 0, rounded, pred_probs)
    tied[5] *= 1.004
    return Sample(
        ids=tuple(f"item {i}" for i in range(2_500)),
        labels=tuple(CLASSES[code] for code in labels),
        pred_probs=np.clip(tied, 0, None),
        classes=CLASSES,
    )


# --- how the work is cut ---------------------------------------------------------------------------


@pytest.fixture(scope="module")
def baseline(
    sample: Sample, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], tuple[Written, dict]]:
    """A form's files, and the audit of them by default settings, as saved."""
    cache: dict[str, tuple[Written, dict[str, bytes]]] = {}

    def of(form: str) -> tuple[Written, dict[str, bytes]]:
        if form not in cache:
            folder = tmp_path_factory.mktemp("cuts")
            written = FORMS[form](folder, sample)
            cache[form] = written, saved_files(audit_of(written), folder / "out")
        return cache[form]

    return of


@pytest.mark.parametrize(("batch_rows", "workers"), CUTS)
@pytest.mark.parametrize("form", FORMS)
def test_saved_audit_does_not_depend_on_batches_and_workers(
    baseline: Callable[[str], tuple[Written, dict[str, bytes]]],
    tmp_path: Path,
    form: str,
    batch_rows: int,
    workers: int,
) -> None:
    written, expected = baseline(form)
    result = audit_of(written, batch_rows=batch_rows, workers=workers)
    assert saved_files(result, tmp_path / "out") == expected


@pytest.mark.parametrize(
    "how",
    [
        *({"filter": name} for name in FILTERS),
        *({"filter": name, "rank_by": "entropy"} for name in FILTERS if name != "fused"),
        *({"rank_by": name} for name in (*BY_PROBABILITIES, "em")),
    ],
    ids=str,
)
def test_no_filter_or_score_depends_on_batches_and_workers(
    sample: Sample, tmp_path: Path, how: dict[str, Any]
) -> None:
    written = parquet_list(tmp_path, sample.take(range(600)))
    one, many = (
        audit_of(written, batch_rows=rows, workers=workers, **how) for rows, workers in ((65_536, 1), (7, 2))
    )
    assert rows_of(one) == rows_of(many)
    assert (one.classes, one.joint) == (many.classes, many.joint)


@pytest.mark.parametrize("n_classes", [3, 30])
def test_no_score_of_neighbours_depends_on_batches_and_workers(tmp_path: Path, n_classes: int) -> None:
    """With 30 classes not all are candidates; a mended row changes the precision of its batch."""
    classes = [f"class {i}" for i in range(n_classes)]
    table = embedded_table(3, classes=classes, n_rows=400, noise_rate=0.2)
    single = honest_sample(3, classes=classes, n_rows=400, noise_rate=0.2).pred_probs.astype(np.float32)
    single[11] *= 1.004
    for i, name in enumerate(classes):
        at = table.column_names.index(f"prob_{name}")
        table = table.set_column(at, f"prob_{name}", pa.array(single[:, i]))
    path = write(tmp_path / "data.parquet", table)
    one, *others = (
        saved_files(audit_paths(path, scorers=SCORERS, batch_rows=rows, workers=workers), tmp_path / "out")
        for rows, workers in ((65_536, 1), (65_536, 2), (7, 2), (100, 1))
    )
    assert all(files == one for files in others)


@pytest.mark.parametrize("n_classes", [12, 40])
def test_em_does_not_depend_on_the_precision_of_a_batch(tmp_path: Path, n_classes: int) -> None:
    rng = np.random.default_rng(4)
    labels, pred_probs = noisy_dataset(rng, n_rows=900, n_classes=n_classes, noise_rate=0.15)
    single = pred_probs.astype(np.float32)
    single[11] *= 1.004
    classes = tuple(f"class {i:02}" for i in range(n_classes))
    sample = Sample(
        ids=tuple(range(900)), labels=tuple(classes[i] for i in labels), pred_probs=single, classes=classes
    )
    written = parquet_wide(tmp_path, sample)
    one, many = (rows_of(audit_of(written, batch_rows=rows)) for rows in (0, 100))
    assert one == many


@pytest.mark.parametrize("how", [{"row_group_size": 100}, {"row_group_size": 2_499}, {"compression": "zstd"}])
@pytest.mark.parametrize("form", [parquet_list, parquet_wide])
def test_saved_audit_does_not_depend_on_how_parquet_is_stored(
    sample: Sample, tmp_path: Path, form: Form, how: dict[str, object]
) -> None:
    written = form(tmp_path, sample)
    (path,) = written.paths
    table = pq.read_table(path)
    pq.write_table(table, path, compression="none", row_group_size=len(sample.ids))
    expected = saved_files(audit_of(written), tmp_path / "plain")
    pq.write_table(table, path, **how)
    assert pq.read_metadata(path).num_row_groups == -(-2_500 // how.get("row_group_size", 2_500))
    assert saved_files(audit_of(written, workers=2), tmp_path / "other") == expected


def test_two_runs_save_the_same_bytes(sample: Sample, tmp_path: Path) -> None:
    written = csv_wide(tmp_path, sample)
    first, second = (saved_files(audit_of(written), tmp_path / name) for name in ("first", "second"))
    assert first == second
    assert set(FILES) <= set(first)


def test_seed_changes_no_result_of_cleanlabs_scores(sample: Sample, tmp_path: Path) -> None:
    written = parquet_wide(tmp_path, sample)
    first, second = (audit_of(written, seed=seed, **AS_CLEANLAB) for seed in (0, 7))
    assert rows_of(first) == rows_of(second)


def test_seed_changes_the_folds_of_em_and_few_decisions(sample: Sample, tmp_path: Path) -> None:
    written = parquet_wide(tmp_path, sample)
    first, second = (audit_of(written, seed=seed).scores() for seed in (0, 7))
    assert first["label_quality"] != second["label_quality"]
    changed = first["is_suspect"].to_numpy() != second["is_suspect"].to_numpy()
    assert changed.mean() < 0.02


# --- how the rows are kept -------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
def test_every_form_of_the_same_rows_gives_the_same_audit(
    sample: Sample, tmp_path: Path, dtype: type[np.floating]
) -> None:
    narrowed = sample.but(pred_probs=sample.pred_probs.astype(dtype))
    expected: object = None
    for name, form in FORMS.items():
        folder = tmp_path / name
        folder.mkdir()
        found = rows_of(audit_of(form(folder, narrowed)), "file", "line")
        assert len(found[0]) > 100
        expected = expected or found
        assert found == expected, name


@pytest.mark.parametrize("form", FORMS)
def test_fingerprints_are_the_same_in_every_form(sample: Sample, tmp_path: Path, form: str) -> None:
    """Pinned, because decisions of earlier versions are found by them."""
    result = audit_of(FORMS[form](tmp_path, sample.take(range(400)).with_labels({0: "class 3"})))
    assert result.scores()["fingerprint"][0].as_py() == "2cf39d2deb2b7f55"


def test_text_id_and_number_id_of_the_same_row_are_the_same(tmp_path: Path) -> None:
    numbered = honest_sample(1)
    numbered = numbered.but(ids=tuple(range(len(numbered.ids))))
    typed, text = (
        rows_of(audit_of(form(tmp_path, numbered)), "file", "line") for form in (parquet_wide, csv_wide)
    )
    assert typed == text


# --- in which order --------------------------------------------------------------------------------


@pytest.mark.parametrize("rank_by", [*BY_PROBABILITIES, "em"])
def test_shuffled_rows_get_the_same_scores_and_flags(tmp_path: Path, rank_by: str) -> None:
    """Without ties; these go by row."""
    sample = honest_sample(2, classes=["a", "b", "c", "d"], n_rows=900, noise_rate=0.2)
    assert len(np.unique(sample.pred_probs)) == sample.pred_probs.size
    order = np.random.default_rng(2).permutation(900)
    straight, shuffled = (
        audit_of(parquet_wide(tmp_path / name, rows), rank_by=rank_by)
        for name, rows in (("straight", sample), ("shuffled", sample.take(order)))
    )
    decisions = [
        set(zip(*(result.scores()[c].to_pylist() for c in DECISION), strict=True))
        for result in (straight, shuffled)
    ]
    assert decisions[0] == decisions[1]
    assert straight.suspects_table()["id"] == shuffled.suspects_table()["id"]
    assert straight.joint == shuffled.joint
    assert straight.classes == shuffled.classes


DECISION = ("id", "label_quality", "is_suspect", "suggested_label", "fingerprint")


def test_shuffled_rows_have_the_same_neighbours_and_scores(tmp_path: Path) -> None:
    """To the bit: rows are judged in the order of their ids."""
    table = embedded_table(5, classes=["a", "b", "c", "d"], n_rows=400, noise_rate=0.2)
    order = np.random.default_rng(5).permutation(400)
    straight, shuffled = (
        audit_paths(write(tmp_path / name / "data.parquet", rows), scorers=SCORERS)
        for name, rows in (("straight", table), ("shuffled", table.take(order)))
    )
    assert straight.scores().drop_columns(["file", "row"]).take(order) == shuffled.scores().drop_columns(
        ["file", "row"]
    )
    found = [
        {
            row["id"]: (row["neighbor_ids"], row["neighbor_labels"])
            for row in result.suspects_table().to_pylist()
        }
        for result in (straight, shuffled)
    ]
    assert found[0] == found[1]
    assert straight.summary.est_errors == shuffled.summary.est_errors


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".jsonl", ".arrow"])
@pytest.mark.parametrize("batch_rows", [0, 7])
def test_probabilities_in_another_row_order_are_joined_by_id(
    sample: Sample, tmp_path: Path, suffix: str, batch_rows: int
) -> None:
    rows = sample.take(range(800))
    order = np.random.default_rng(3).permutation(800)
    expected = rows_of(audit_of(parquet_wide(tmp_path, rows)), "file", "line")
    labels = write(tmp_path / f"labels{suffix}", rows.labels_table())
    probs = write(tmp_path / f"scored{suffix}", rows.take(order).probs_table())
    assert rows_of(audit_paths(labels, probs, batch_rows=batch_rows, workers=2), "file", "line") == expected


def test_probabilities_in_shards_of_another_order_are_joined_by_id(sample: Sample, tmp_path: Path) -> None:
    rows = sample.take(range(800))
    order = np.random.default_rng(3).permutation(800)
    expected = rows_of(audit_of(parquet_wide(tmp_path, rows)), "file", "line")
    labels = write(tmp_path / "labels.csv", rows.labels_table())
    shards = [
        write(tmp_path / f"part-{i}.parquet", rows.take(at).probs_table())
        for i, at in enumerate(np.array_split(order, 3))
    ]
    assert rows_of(audit_paths(labels, *shards), "file", "line") == expected


@pytest.mark.parametrize("suffix", [".parquet", ".csv", ".jsonl", ".arrow"])
def test_rows_in_shards_give_the_same_audit(sample: Sample, tmp_path: Path, suffix: str) -> None:
    rows = sample.take(range(1_000))
    whole = audit_paths(write(tmp_path / "whole" / f"data{suffix}", rows.table()))
    for i, at in enumerate(np.array_split(np.arange(1_000), [10, 700])):
        write(tmp_path / "cut" / f"part-{i}{suffix}", rows.take(at).table())
    cut = audit_paths(tmp_path / "cut")
    assert rows_of(cut, "file", "row", "line") == rows_of(whole, "file", "row", "line")
    assert (cut.classes, cut.joint) == (whole.classes, whole.joint)
    at = cut.scores().to_pylist()
    assert [(Path(r["file"]).name, r["row"]) for r in (at[9], at[10], at[999])] == [
        (f"part-0{suffix}", 9),
        (f"part-1{suffix}", 0),
        (f"part-2{suffix}", 299),
    ]


def test_shards_do_not_depend_on_batches_and_workers(sample: Sample, tmp_path: Path) -> None:
    for i, at in enumerate(np.array_split(np.arange(1_000), [10, 700])):
        write(tmp_path / "cut" / f"part-{i}.parquet", sample.take(at).table())
    expected = saved_files(audit_paths(tmp_path / "cut"), tmp_path / "out")
    for batch_rows, workers in CUTS:
        result = audit_paths(tmp_path / "cut", batch_rows=batch_rows, workers=workers)
        shutil.rmtree(tmp_path / "out")
        assert saved_files(result, tmp_path / "out") == expected


def test_rows_without_ids_keep_their_fingerprints_when_rows_are_added(tmp_path: Path) -> None:
    sample = honest_sample(4)
    texts = pa.table({"text": [f"text {i // 2}" for i in range(300)]})  # every text twice
    table = joined(sample.table().drop_columns(["id"]), texts)
    before = audit_paths(write(tmp_path / "before.parquet", table)).scores()
    after = audit_paths(write(tmp_path / "after.parquet", pa.concat_tables([table[-40:], table]))).scores()
    assert len(set(before["fingerprint"].to_pylist())) == 300
    assert set(before["fingerprint"].to_pylist()) <= set(after["fingerprint"].to_pylist())


def test_a_changed_label_changes_its_own_fingerprint_only(tmp_path: Path) -> None:
    sample = honest_sample(4)
    other = next(name for name in sample.classes if name != sample.labels[17])
    before, after = (
        audit_of(csv_wide(tmp_path, rows)).scores()["fingerprint"].to_pylist()
        for rows in (sample, sample.with_labels({17: other}))
    )
    assert [i for i in range(300) if before[i] != after[i]] == [17]


def test_summary_differs_in_nothing_but_what_may_differ(sample: Sample, tmp_path: Path) -> None:
    written = parquet_wide(tmp_path, sample)
    first, second = (audit_of(written, workers=n).summary for n in (1, 2))
    same = {"seconds": 0.0, "peak_memory_mb": 0.0}
    assert dataclasses.replace(first, **same) == dataclasses.replace(second, **same)
