"""Write one case's data: `python generate.py DIR --layout list --rows 1000 --classes 10`.

Predictions as of a decent model: about 10 % of the labels are wrong, half of them moved
to the class that theirs is most often taken for; classes differ in difficulty and
rows in clarity, so confidence spreads from guesses to certainty. Seeded by block,
so the same rows come out however much memory there is.

    npy    DIR/labels.npy, and DIR/scan with labels.parquet (id, label) and pred_probs.npy
    list   DIR/data.parquet with id, label and pred_probs, a list column of float32
    wide   DIR/data.parquet with id, label and a float32 column prob_0, prob_1, ... a class

Parquet is written as pandas and pyarrow do by default: half a million rows are one row group.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

IntArray = npt.NDArray[np.int64]
FloatMatrix = npt.NDArray[np.float32]

SEED = 20210407
BLOCK_VALUES = 10_000_000  # 40 MB of float32
NOISE_RATE = 0.1


def write_case(folder: Path, *, layout: str, n_rows: int, n_classes: int, ids: str) -> None:
    """Write the files of one case; the probabilities pass through a memory-mapped .npy."""
    folder.mkdir(parents=True, exist_ok=True)
    scanned = folder / "scan"
    scanned.mkdir(exist_ok=True)
    matrix_file = scanned / "pred_probs.npy"
    labels, pred_probs = write_matrix(matrix_file, n_rows, n_classes)
    columns = {"id": row_ids(n_rows, ids), "label": pa.array(labels)}
    if layout == "npy":
        np.save(folder / "labels.npy", labels)
        pq.write_table(pa.table(columns), scanned / "labels.parquet")
        return
    columns |= list_column(pred_probs) if layout == "list" else wide_columns(pred_probs)
    pq.write_table(pa.table(columns), folder / "data.parquet")
    matrix_file.unlink()
    scanned.rmdir()


def write_matrix(file: Path, n_rows: int, n_classes: int) -> tuple[IntArray, FloatMatrix]:
    """Write the probabilities block by block; the labels, and the matrix mapped from the file."""
    matrix = np.lib.format.open_memmap(file, mode="w+", dtype=np.float32, shape=(n_rows, n_classes))
    labels = np.empty(n_rows, dtype=np.int64)
    block_rows = max(1, BLOCK_VALUES // n_classes)
    for start in range(0, n_rows, block_rows):
        rows = slice(start, min(start + block_rows, n_rows))
        labels[rows], matrix[rows] = predicted_block(start, rows.stop - start, n_classes)
    matrix.flush()
    return labels, np.load(file, mmap_mode="r")


def predicted_block(start: int, n_rows: int, n_classes: int) -> tuple[IntArray, FloatMatrix]:
    """Labels, some wrong, and probabilities of the rows from `start` on."""
    classes = np.random.default_rng([SEED, n_classes])
    difficulty = classes.uniform(0.6, 1.4, n_classes)
    rivals = (np.arange(n_classes) + classes.integers(1, n_classes, n_classes)) % n_classes

    rng = np.random.default_rng([SEED, n_classes, start])
    true_labels = rng.integers(0, n_classes, n_rows)
    rows = np.arange(n_rows)
    logits = rng.standard_normal((n_rows, n_classes), dtype=np.float32)
    clarity = rng.gamma(4.0, 0.25, n_rows)
    # The true class must stand out from more rivals where there are more classes.
    lead = (2 + np.log(n_classes)) * difficulty[true_labels] * clarity
    logits[rows, true_labels] += lead
    logits[rows, rivals[true_labels]] += rng.uniform(0, 0.6, n_rows) * lead

    wrong = rng.random(n_rows) < NOISE_RATE
    anywhere = (true_labels + rng.integers(1, n_classes, n_rows)) % n_classes
    moved_to = np.where(rng.random(n_rows) < 0.5, rivals[true_labels], anywhere)
    return np.where(wrong, moved_to, true_labels), softmax(logits)


def softmax(logits: FloatMatrix) -> FloatMatrix:
    """Probabilities in place of the logits; sums in float64, so that rows sum to 1 within 1e-6."""
    logits -= logits.max(axis=1, keepdims=True)
    np.exp(logits, out=logits)
    logits /= logits.sum(axis=1, keepdims=True, dtype=np.float64).astype(np.float32)
    return logits


def row_ids(n_rows: int, kind: str) -> pa.Array:
    """Row numbers, or text that carries them."""
    if kind == "int":
        return pa.array(np.arange(n_rows))
    return pa.array([f"row-{number:08d}" for number in range(n_rows)])


def list_column(pred_probs: FloatMatrix) -> dict[str, pa.Array]:
    """The matrix as one list column, without a copy."""
    n_rows, n_classes = pred_probs.shape
    offsets = pa.array(np.arange(n_rows + 1, dtype=np.int32) * np.int32(n_classes))
    return {"pred_probs": pa.ListArray.from_arrays(offsets, pa.array(pred_probs.reshape(-1)))}


def wide_columns(pred_probs: FloatMatrix) -> dict[str, pa.Array]:
    """The matrix as a column a class."""
    return {f"prob_{j}": pa.array(pred_probs[:, j]) for j in range(pred_probs.shape[1])}


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Write one benchmark case's data.")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--layout", choices=["npy", "list", "wide"], required=True)
    parser.add_argument("--rows", type=int, required=True)
    parser.add_argument("--classes", type=int, required=True)
    parser.add_argument("--ids", choices=["text", "int"], default="text")
    options = parser.parse_args()
    write_case(
        options.folder,
        layout=options.layout,
        n_rows=options.rows,
        n_classes=options.classes,
        ids=options.ids,
    )
