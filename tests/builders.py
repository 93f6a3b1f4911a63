"""Datasets on disk and audits of them: what the tests of several files are built from.

A `Sample` is a small dataset in memory; a form writes it as one way of keeping it in files:

    >>> sample = honest_sample(n_rows=90)
    >>> sample.classes, sample.table().column_names
    (('cat', 'dog', 'owl'), ['id', 'label', 'prob_cat', 'prob_dog', 'prob_owl'])
    >>> sorted(FORMS)
    ['arrow', 'csv', 'jsonl', 'npy', 'parquet list', 'parquet wide']
"""

from __future__ import annotations

import csv
import dataclasses
import itertools
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow import ipc
from scipy.spatial.distance import cdist

import labelaudit
from labelaudit import Audit, AuditOptions, InputOptions
from labelaudit.batch import Batch, Part
from labelaudit.confident_learning import Learned, learn
from labelaudit.config import RankBy
from labelaudit.door import Admitted
from labelaudit.executors import executor
from labelaudit.judging.by_view import quality_by_view
from labelaudit.kernels.candidates import MOST_CANDIDATES
from labelaudit.kernels.row_view import class_dtype
from labelaudit.passes.rows import KeptRows
from labelaudit.passes.run import run
from labelaudit.passes.view import ViewPass
from labelaudit.scorers import BATCH_SCORERS
from labelaudit.scorers.evidence import Evidence
from labelaudit.types import no_progress
from tests.strategies import noisy_blobs

IntArray = npt.NDArray[np.int64]
BoolArray = npt.NDArray[np.bool_]
FloatArray = npt.NDArray[np.float64]
FloatMatrix = npt.NDArray[np.float64]

PETS = ("cat", "dog", "owl")

# --- in memory ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sample:
    """Rows with ids, labels as they are to be written, and probabilities in class order."""

    ids: tuple[Any, ...]
    labels: tuple[Any, ...]
    pred_probs: npt.NDArray[np.float32] | FloatMatrix
    classes: tuple[str, ...]

    @property
    def codes(self) -> IntArray:
        """The class number of every label; all must be classes."""
        return np.array([self.classes.index(str(label)) for label in self.labels], dtype=np.int64)

    def take(self, rows: npt.ArrayLike) -> Sample:
        """Some rows, in this order."""
        at = np.arange(len(self.ids))[np.asarray(rows, dtype=None if np.size(rows) else int)]
        return self.but(
            ids=tuple(self.ids[i] for i in at),
            labels=tuple(self.labels[i] for i in at),
            pred_probs=self.pred_probs[at],
        )

    def but(self, **changes: Any) -> Sample:
        """The same with other ids, labels, probabilities or classes."""
        return dataclasses.replace(self, **changes)

    def with_labels(self, changes: Mapping[int, Any]) -> Sample:
        """The same with other labels in some rows."""
        return self.but(labels=tuple(changes.get(i, label) for i, label in enumerate(self.labels)))

    def with_probs(self, changes: Mapping[int, npt.ArrayLike]) -> Sample:
        """The same with other probabilities in some rows."""
        pred_probs = self.pred_probs.copy()
        for row, probs in changes.items():
            pred_probs[row] = probs
        return self.but(pred_probs=pred_probs)

    def labels_table(self) -> pa.Table:
        """Columns id and label."""
        return pa.table({"id": list(self.ids), "label": list(self.labels)})

    def probs_table(self, prefix: str = "prob_") -> pa.Table:
        """Columns id and one a class."""
        columns = {prefix + name: self.pred_probs[:, i] for i, name in enumerate(self.classes)}
        return pa.table({"id": list(self.ids), **columns})

    def table(self, prefix: str = "prob_") -> pa.Table:
        """Columns id, label and one of probabilities a class."""
        return joined(self.labels_table(), self.probs_table(prefix))

    def list_table(self) -> pa.Table:
        """Columns id, label and pred_probs, a list."""
        return self.labels_table().append_column("pred_probs", number_lists(self.pred_probs))


def number_lists(matrix: npt.NDArray[Any]) -> pa.Array:
    """A matrix as an Arrow column of lists."""
    ends = np.arange(0, matrix.size + 1, max(1, matrix.shape[1]), dtype=np.int32)
    return pa.ListArray.from_arrays(ends, pa.array(matrix.ravel()))


def joined(left: pa.Table, right: pa.Table) -> pa.Table:
    """The columns of both; those of the right that the left has as well are left out."""
    for name in right.column_names:
        if name not in left.column_names:
            left = left.append_column(name, right[name])
    return left


def honest_sample(
    seed: int = 0,
    *,
    classes: Sequence[str] = PETS,
    n_rows: int = 300,
    noise_rate: float = 0.1,
    separation: float = 4.0,
) -> Sample:
    """Out-of-sample probabilities and labels of which some are wrong: nothing the door minds."""
    blobs = noisy_blobs(
        seed, n_rows=n_rows, n_classes=len(classes), noise_rate=noise_rate, separation=separation
    )
    return Sample(
        ids=tuple(f"r{i}" for i in range(n_rows)),
        labels=tuple(classes[code] for code in blobs.labels),
        pred_probs=blobs.pred_probs,
        classes=tuple(classes),
    )


def embedded_table(
    seed: int = 0,
    *,
    classes: Sequence[str] = PETS,
    n_rows: int = 300,
    noise_rate: float = 0.1,
    separation: float = 4.0,
) -> pa.Table:
    """The rows of `honest_sample` as a table, with the embeddings that belong to them."""
    how: dict[str, Any] = {"n_rows": n_rows, "noise_rate": noise_rate, "separation": separation}
    blobs = noisy_blobs(seed, n_classes=len(classes), **how)
    table = honest_sample(seed, classes=classes, **how).table()
    return table.append_column("embedding", number_lists(blobs.embeddings))


# --- on disk -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """Files, and what must be told to read them."""

    paths: tuple[Path, ...]
    options: InputOptions = field(default_factory=InputOptions)


def write(path: Path, table: pa.Table) -> Path:
    """Write a table in the format that the file's name tells; floats in text keep all their digits."""
    path.parent.mkdir(parents=True, exist_ok=True)
    match path.suffix:
        case ".parquet":
            pq.write_table(table, path)
        case ".arrow":
            with ipc.new_file(path, table.schema) as writer:
                writer.write_table(table)
        case ".jsonl":
            path.write_text("".join(json.dumps(row) + "\n" for row in table.to_pylist()))
        case ".csv":
            with path.open("w", newline="") as file:
                writer = csv.writer(file, lineterminator="\n")
                writer.writerow(table.column_names)
                writer.writerows(zip(*(column.to_pylist() for column in table.columns), strict=True))
    return path


def parquet_list(folder: Path, sample: Sample) -> Written:
    """One Parquet file with a list column."""
    path = write(folder / "data.parquet", sample.list_table())
    return Written(paths=(path,), options=InputOptions(classes=sample.classes))


def parquet_wide(folder: Path, sample: Sample) -> Written:
    """One Parquet file with a column a class."""
    return Written(paths=(write(folder / "data.parquet", sample.table()),))


def csv_wide(folder: Path, sample: Sample) -> Written:
    """One CSV file with a column a class."""
    return Written(paths=(write(folder / "data.csv", sample.table()),))


def jsonl(folder: Path, sample: Sample) -> Written:
    """One JSONL file with lists."""
    path = write(folder / "data.jsonl", sample.list_table())
    return Written(paths=(path,), options=InputOptions(classes=sample.classes))


def arrow(folder: Path, sample: Sample) -> Written:
    """One Arrow file with a column a class."""
    return Written(paths=(write(folder / "data.arrow", sample.table()),))


def npy(folder: Path, sample: Sample) -> Written:
    """A CSV file with ids and labels, and the probabilities as an array."""
    labels = write(folder / "labels.csv", sample.labels_table())
    np.save(folder / "pred_probs.npy", sample.pred_probs)
    return Written(paths=(labels, folder / "pred_probs.npy"), options=InputOptions(classes=sample.classes))


Form = Callable[[Path, Sample], Written]
FORMS: dict[str, Form] = {
    "parquet list": parquet_list,
    "parquet wide": parquet_wide,
    "csv": csv_wide,
    "jsonl": jsonl,
    "arrow": arrow,
    "npy": npy,
}
"""Every way to keep a sample, by name."""

# --- audits ------------------------------------------------------------------------------------

AS_CLEANLAB: dict[str, Any] = {"rank_by": "self-confidence"}
"""Audit options that ask for cleanlab's own answer; its filter comes with its score."""


def audit_paths(*paths: Path, options: InputOptions | None = None, **how: Any) -> Audit:
    """Open files and audit them; `how` are audit options."""
    with labelaudit.open_dataset(paths, options) as dataset:
        return labelaudit.audit(dataset, AuditOptions(**how))


def audit_of(written: Written, **how: Any) -> Audit:
    """Audit what a form wrote; `how` are audit options."""
    return audit_paths(*written.paths, options=written.options, **how)


def suspect_ids(audit: Audit) -> list[str]:
    """The ids of the suspects, worst first."""
    return audit.suspects_table()["id"].to_pylist()


def codes_of(audit: Audit) -> set[str]:
    """The codes of the notices."""
    return {notice.code for notice in audit.summary.notices}


def rows_of(audit: Audit, *without: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """The suspects and the scores as records, some columns left out."""
    tables = (audit.suspects_table(), audit.scores())
    return tuple(
        t.drop_columns([name for name in without if name in t.column_names]).to_pylist() for t in tables
    )  # type: ignore[return-value]


VOLATILE = ("seconds", "peak_memory_mb", "command")
"""What of `summary.json` may differ between two runs, besides the inputs' hashes."""


def saved_files(audit: Audit, folder: Path) -> dict[str, bytes]:
    """Save an audit and read every file back, without what may differ."""
    labelaudit.save_audit(audit, folder)
    files = {path.name: path.read_bytes() for path in sorted(folder.iterdir())}
    summary = json.loads(files["summary.json"])
    kept = {name: value for name, value in summary.items() if name not in VOLATILE}
    for entry in kept["inputs"]:
        files["report.md"] = files["report.md"].replace(entry.pop("sha256").encode(), b"HASH")
    files["summary.json"] = json.dumps(kept, indent=1).encode()
    return files


# --- the passes without files ------------------------------------------------------------------


def parts_of(labels: IntArray, pred_probs: FloatMatrix, cuts: Sequence[int] = ()) -> list[Part]:
    """The rows as parts of one batch each, cut at these rows."""
    edges = [0, *cuts, len(labels)]

    def part(start: int, stop: int) -> Part:
        def read() -> Iterator[Batch]:
            yield Batch(
                rows=np.arange(start, stop),
                labels=labels[start:stop],
                pred_probs=pred_probs[start:stop].copy(),
                file=0,
                first_row=start,
            )

        return read

    return [part(start, stop) for start, stop in itertools.pairwise(edges)]


def admitted_of(
    labels: IntArray, pred_probs: FloatMatrix, parts: Sequence[Part], options: AuditOptions, workers: int
) -> Admitted:
    """The rows as the first reading leaves them, without the door's judgement."""
    scorers = [scorer for name, scorer in BATCH_SCORERS.items() if name == options.ranking]
    reading = ViewPass(len(labels), pred_probs.shape[1], scorers)
    found = run(reading, parts, executor(workers), n_rows=len(labels), progress=no_progress)
    return Admitted(
        kept=KeptRows.of(np.ones(len(labels), dtype=bool), None),
        view=reading.view(None),
        codes=labels,
        contenders=reading.kept_contenders(found),
        batch_scores=reading.batch_scores(None),
        notices=(),
    )


def streamed(
    labels: IntArray,
    pred_probs: FloatMatrix,
    *,
    cuts: Sequence[int] = (),
    workers: int = 1,
    keep_contenders: bool = True,
    **how: Any,
) -> Learned:
    """Confident learning in batches.

    Args:
        labels: (N,) in 0..K-1.
        pred_probs: (N, K) probabilities.
        cuts: rows at which a new batch starts.
        workers: threads.
        keep_contenders: False makes the joint be counted by a second reading.
        how: audit options.
    """
    options = AuditOptions(**how)
    parts = parts_of(labels, pred_probs, cuts)
    rows = admitted_of(labels, pred_probs, parts, options, workers)
    if not keep_contenders:
        rows = dataclasses.replace(rows, contenders=None)
    return learn(rows, parts, pred_probs.shape[1], options, executor(workers), no_progress)


def quality_of(
    labels: IntArray,
    pred_probs: FloatMatrix,
    *,
    rank_by: RankBy,
    cuts: Sequence[int] = (),
    workers: int = 1,
) -> FloatArray:
    """(N,) label quality by each row's own probabilities, in batches.

    Args:
        labels: (N,) in 0..K-1.
        pred_probs: (N, K) probabilities.
        rank_by: one of `BY_PROBABILITIES`.
        cuts: rows at which a new batch starts.
        workers: threads.
    """
    parts = parts_of(labels, pred_probs, cuts)
    rows = admitted_of(labels, pred_probs, parts, AuditOptions(rank_by=rank_by), workers)
    return quality_by_view(rows, rank_by)


# --- neighbours without files ------------------------------------------------------------------


def evidence_of(
    labels: IntArray,
    pred_probs: FloatMatrix,
    embeddings: FloatMatrix,
    *,
    seed: int = 0,
    k: int = 50,
    metric: str = "euclidean",
    keys: npt.NDArray[np.uint64] | None = None,
) -> Evidence:
    """What graph scorers are given, with all pairs compared; its arrays are read-only.

    Args:
        labels: (N,) in 0..K-1.
        pred_probs: (N, K) probabilities.
        embeddings: (N, D); of length 1 afterwards if the metric is "cosine".
        seed: of the draws.
        k: neighbours of a row; all others where there are fewer.
        metric: "euclidean" or "cosine".
        keys: (N,) what draws are keyed by; row numbers when left out.
    """
    n_rows, n_classes = pred_probs.shape
    vectors = embeddings.astype(np.float32)
    if metric == "cosine":
        vectors = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), np.float32(1e-12))
    neighbors, distances = nearest_rows(vectors, k)
    top = np.argsort(-pred_probs, axis=1, kind="stable")[:, : min(n_classes, MOST_CANDIDATES)]
    top = np.sort(top, axis=1).astype(class_dtype(n_classes))
    arrays = {
        "given": labels.astype(class_dtype(n_classes)),
        "top_classes": top,
        "top_probs": np.take_along_axis(pred_probs, top.astype(np.int64), axis=1).astype(np.float32),
        "neighbors": neighbors,
        "distances": distances,
        "vectors": vectors,
        "keys": np.arange(n_rows, dtype=np.uint64) if keys is None else keys.copy(),
    }
    for array in arrays.values():
        array.setflags(write=False)
    return Evidence(**arrays, n_classes=n_classes, metric=metric, seed=seed)


def nearest_rows(
    vectors: npt.NDArray[np.float32], k: int
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float32]]:
    """(N, k) the nearest other rows and their distances, ties by row number.

    A pair's distance does not depend on where its rows stand, as a matrix product's does.
    """
    distances = cdist(vectors, vectors)
    np.fill_diagonal(distances, np.inf)
    neighbors = np.argsort(distances, axis=1, kind="stable")[:, : min(k, len(vectors) - 1)]
    return neighbors.astype(np.int32), np.take_along_axis(distances, neighbors, axis=1).astype(np.float32)
