"""The door's verdicts on admitted rows: which groups are judged, and what is admitted."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import labelaudit
from labelaudit import AuditOptions
from labelaudit.door import admit
from labelaudit.door.groups import groups
from labelaudit.executors import executor
from labelaudit.passes.rows import KeptRows
from labelaudit.types import no_progress
from tests.builders import honest_sample, parquet_wide, write

SAMPLE = honest_sample(0)
N = len(SAMPLE.ids)


def everything() -> KeptRows:
    return KeptRows.of(np.ones(N, dtype=bool), None)


def named_groups(*paths: Path) -> dict[str, list[int]]:
    with labelaudit.open_dataset(paths) as dataset:
        found = {Path(name).name: np.arange(N)[rows].tolist() for name, rows in groups(dataset, everything())}
    return found


def test_one_file_is_one_group(tmp_path: Path) -> None:
    path = write(tmp_path / "data.parquet", SAMPLE.table())
    assert named_groups(path) == {"data.parquet": list(range(N))}


def test_splits_and_files_are_groups_of_their_own(tmp_path: Path) -> None:
    splits = np.array(["one", "two"])[np.arange(N) % 2]
    table = SAMPLE.table().append_column("split", pa.array(splits))
    for i in range(3):
        write(tmp_path / f"part-{i}.parquet", table[100 * i : 100 * i + 100])
    assert named_groups(tmp_path) == {
        "part-0.parquet and 2 more": list(range(N)),
        "split 'one'": list(range(0, N, 2)),
        "split 'two'": list(range(1, N, 2)),
        "part-0.parquet": list(range(100)),
        "part-1.parquet": list(range(100, 200)),
        "part-2.parquet": list(range(200, 300)),
    }


def test_probability_files_of_another_order_are_groups_of_the_labels_rows(tmp_path: Path) -> None:
    order = np.random.default_rng(0).permutation(N)
    labels = write(tmp_path / "labels.csv", SAMPLE.labels_table())
    scored = [
        write(tmp_path / f"scored-{i}.parquet", SAMPLE.take(at).probs_table())
        for i, at in enumerate((order[:120], order[120:]))
    ]
    found = named_groups(labels, *scored)
    assert found["scored-0.parquet"] == sorted(order[:120].tolist())
    assert found["scored-1.parquet"] == sorted(order[120:].tolist())


def test_split_that_is_all_of_one_file_is_judged_once(tmp_path: Path) -> None:
    for name, at in (("train", range(200)), ("test", range(200, N))):
        write(tmp_path / f"{name}.parquet", SAMPLE.take(at).table())
    found = named_groups(tmp_path)
    assert sorted(map(len, found.values())) == [100, 200, 300]


# --- admitted ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("workers", [1, 2])
def test_admitted_rows_are_condensed_in_row_order(tmp_path: Path, workers: int) -> None:
    written = parquet_wide(tmp_path, SAMPLE.with_labels({5: None}).with_probs({9: [np.nan] * 3}))
    options = AuditOptions(on_bad_row="skip", on_missing_label="skip", batch_rows=7)
    with labelaudit.open_dataset(written.paths) as dataset:
        rows = admit(dataset, options, executor(workers), no_progress)
    kept = np.delete(np.arange(N), [5, 9])
    assert rows.kept.row_numbers().tolist() == kept.tolist()
    assert rows.n_skipped == 2
    assert rows.view.given.tolist() == SAMPLE.codes[kept].tolist()
    assert rows.view.self_confidence.tolist() == SAMPLE.pred_probs[kept, SAMPLE.codes[kept]].tolist()
    assert np.flatnonzero(rows.codes < 0).tolist() == [5, 9]


def test_validation_counts_what_is_kept(tmp_path: Path) -> None:
    written = parquet_wide(tmp_path, SAMPLE.with_labels({5: None}).with_probs({9: [np.nan] * 3}))
    options = AuditOptions(on_bad_row="skip", on_missing_label="skip")
    with labelaudit.open_dataset(written.paths) as dataset:
        found = labelaudit.validate(dataset, options)
    assert (found.n_rows, found.n_skipped, found.n_classes, found.classes) == (N - 2, 2, 3, SAMPLE.classes)
    assert [(notice.code, notice.count) for notice in found.notices] == [("LA905", 1), ("LA901", 1)]


def test_validation_of_clean_data_has_no_notices(tmp_path: Path) -> None:
    with labelaudit.open_dataset(parquet_wide(tmp_path, SAMPLE).paths) as dataset:
        assert labelaudit.validate(dataset).notices == ()
