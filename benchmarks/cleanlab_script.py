"""Find label issues with cleanlab, as its users write it: `python cleanlab_script.py INPUT OUTPUT`.

INPUT is a folder with labels.npy and scan/pred_probs.npy, or a Parquet file with id, label
and either a list column pred_probs or wide columns prob_*. OUTPUT gets id, label, score
and is_issue; the number of issues goes to stdout.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from cleanlab.filter import find_label_issues
from cleanlab.rank import get_label_quality_scores

Loaded = tuple[Any, npt.NDArray[np.int64], npt.NDArray[np.float32]]  # ids, labels, pred_probs


def main(source: Path, output: Path) -> None:
    """Load, find, score, write."""
    ids, labels, pred_probs = from_npy(source) if source.is_dir() else from_parquet(source)
    is_issue = find_label_issues(labels, pred_probs, n_jobs=1)
    scores = get_label_quality_scores(labels, pred_probs, method="self_confidence")
    pq.write_table(pa.table({"id": ids, "label": labels, "score": scores, "is_issue": is_issue}), output)
    print(is_issue.sum())


def from_npy(folder: Path) -> Loaded:
    """Load the two arrays."""
    labels = np.load(folder / "labels.npy")
    return np.arange(len(labels)), labels, np.load(folder / "scan" / "pred_probs.npy")


def from_parquet(file: Path) -> Loaded:
    """Load the table and make a matrix of its probabilities; the table is gone when cleanlab starts."""
    table = pq.read_table(file)
    if "pred_probs" in table.column_names:
        values = table["pred_probs"].combine_chunks().flatten().to_numpy()
        pred_probs = values.reshape(len(table), -1)
    else:
        names = [name for name in table.column_names if name.startswith("prob_")]
        pred_probs = np.column_stack([table[name].to_numpy() for name in names])
    return table["id"], table["label"].to_numpy(), pred_probs


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
