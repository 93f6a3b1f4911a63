"""Predictions on disk: a file that a scan joins to the labels."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from labelaudit.dataset import Dataset
from labelaudit.errors import OutputError, UsageError
from labelaudit.io.join import repeated
from labelaudit.io.writers.csv import write_csv
from labelaudit.predicting import Predictions

PREFIX = "prob_"
BLOCK_CELLS = 1 << 22


def write_predictions(dataset: Dataset, found: Predictions, file: str | Path) -> None:
    """Write ids and a column `prob_CLASS` a class to Parquet or CSV, or the matrix alone to `.npy`.

    Without ids in the data the ids are the row numbers, and where ids repeat in several splits the file tells
    the split too. The file appears whole or not at all.

    Args:
        dataset: still open; its ids are read again.
        found: from `predict` on it.
        file: its suffix tells the format.

    Raises:
        UsageError: another suffix.
        OutputError: the file cannot be written.
    """
    file = Path(file)
    write = writer_for(file)
    fresh = file.with_name(f".{file.name}.new")
    try:
        write(dataset, found, fresh)
        os.replace(fresh, file)
    except OSError as error:
        raise OutputError(f"cannot be written: {error.strerror or error}", file=str(file)) from error
    finally:
        fresh.unlink(missing_ok=True)


def writer_for(file: Path) -> Callable[[Dataset, Predictions, Path], None]:
    """The writer that a file's suffix asks for; raises UsageError where it asks for none."""
    writer = WRITERS.get(file.suffix.lower())
    if writer is None:
        raise UsageError(
            f"'{file.name}' does not tell the format", hint=f"name a file that ends in {', '.join(WRITERS)}"
        )
    return writer


def _write_parquet(dataset: Dataset, found: Predictions, file: Path) -> None:
    blocks = _blocks(dataset, found)
    first = next(blocks)
    with pq.ParquetWriter(file, first.schema) as writer:
        writer.write_table(first)
        for block in blocks:
            writer.write_table(block)


def _write_csv(dataset: Dataset, found: Predictions, file: Path) -> None:
    write_csv(pa.concat_tables(_blocks(dataset, found)), file)


def _write_npy(dataset: Dataset, found: Predictions, file: Path) -> None:
    with file.open("wb") as stream:
        np.save(stream, found.pred_probs)


def _blocks(dataset: Dataset, found: Predictions) -> Iterator[pa.Table]:
    """The table a stretch of rows at a time."""
    labels = dataset.labels
    keys = {labels.roles[0].id or "id": pa.chunked_array(list(dataset.id_stretches()), pa.string())}
    if labels.splits and labels.id_hashes is not None and len(repeated(labels.id_hashes)):
        names = pa.array(labels.splits, pa.string())
        keys[labels.roles[0].split_column or "split"] = pa.chunked_array(
            [names.take(pa.array(labels.split_codes, mask=labels.split_codes < 0))]
        )
    n_rows = max(1, BLOCK_CELLS // len(found.classes))
    for start in range(0, dataset.n_rows, n_rows):
        block = found.pred_probs[start : start + n_rows]
        yield pa.table(
            [*(key.slice(start, n_rows) for key in keys.values()), *block.T],
            names=[*keys, *(PREFIX + name for name in found.classes)],
        )


WRITERS: dict[str, Callable[[Dataset, Predictions, Path], None]] = {
    ".parquet": _write_parquet,
    ".csv": _write_csv,
    ".npy": _write_npy,
}
"""By suffix."""
