"""One side of `graph.py`, in a process of its own: `graph_side.py SIDE DATA OUT [options]`.

Prints one JSON line. The time is that of the library alone, its import included, the data in memory.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float32]
K = 50
CHECKED_ROWS = 1000


def main() -> None:
    """Do what the command line says, and print what it found."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("side", choices=SIDES)
    parser.add_argument("data", type=Path)
    parser.add_argument("out", type=Path, nargs="?")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--kind", choices=KINDS)
    parser.add_argument("--rows", type=int)
    parser.add_argument("--columns", type=int)
    print(json.dumps(SIDES[parser.parse_args().side](parser.parse_args())))


def clustered(rng: np.random.Generator, n_rows: int, n_columns: int) -> Matrix:
    """50 centres, and noise as wide as they are apart."""
    centers = rng.standard_normal((50, n_columns), dtype=np.float32)
    return centers[rng.integers(50, size=n_rows)] + rng.standard_normal((n_rows, n_columns), dtype=np.float32)


def curved(rng: np.random.Generator, n_rows: int, n_columns: int) -> Matrix:
    """A curved surface of 12 dimensions without clusters, and a little noise: nearest to real embeddings."""
    flat = rng.standard_normal((n_rows, 12), dtype=np.float32)
    surface = np.tanh(flat @ rng.standard_normal((12, n_columns), dtype=np.float32) / 2)
    return surface + rng.standard_normal((n_rows, n_columns), dtype=np.float32) / 10


def noise(rng: np.random.Generator, n_rows: int, n_columns: int) -> Matrix:
    """Nothing but noise: no index can help."""
    return rng.standard_normal((n_rows, n_columns), dtype=np.float32)


KINDS: dict[str, Callable[[np.random.Generator, int, int], Matrix]] = {
    "clustered": clustered,
    "curved": curved,
    "noise": noise,
}


def write_data(options: argparse.Namespace) -> dict[str, Any]:
    """Write the embeddings."""
    np.save(options.data, KINDS[options.kind](np.random.default_rng(0), options.rows, options.columns))
    return {}


def run_labelaudit(options: argparse.Namespace) -> dict[str, Any]:
    """Prepare and search."""
    embeddings = np.load(options.data)
    start = time.perf_counter()
    from labelaudit.neighbors import neighbor_graph, prepare

    graph = neighbor_graph(prepare(embeddings), k=K, workers=options.workers)
    seconds = time.perf_counter() - start
    np.save(options.out, graph.distances)
    return {"seconds": seconds, "index": graph.index}


def run_sklearn(options: argparse.Namespace) -> dict[str, Any]:
    """Search by brute force; the row itself is one of the K + 1."""
    embeddings = np.load(options.data)
    start = time.perf_counter()
    from sklearn.neighbors import NearestNeighbors

    search = NearestNeighbors(algorithm="brute", n_neighbors=K + 1).fit(embeddings)
    search.kneighbors(embeddings)
    return {"seconds": time.perf_counter() - start}


def check_recall(options: argparse.Namespace) -> dict[str, Any]:
    """The share of the found neighbours of 1,000 rows that are as near as the true ones, by float64."""
    from labelaudit.neighbors import prepare

    sample, farthest = true_reach(prepare(np.load(options.data)).vectors)
    found = np.load(options.out, mmap_mode="r")[sample]
    return {"recall": float((found <= farthest * (1 + 1e-5)).mean())}


def true_reach(vectors: Matrix) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """Some rows, and (m, 1) how far from each the K-th other row is."""
    sample = np.sort(np.random.default_rng(7).choice(len(vectors), CHECKED_ROWS, replace=False))
    wide = vectors.astype(np.float64)
    squares = (wide**2).sum(axis=1)
    reach = np.empty((len(sample), 1))
    for at, row in enumerate(sample):
        distances = np.maximum(squares + squares[row] - 2 * (wide @ wide[row]), 0)
        distances[row] = np.inf
        reach[at] = np.sqrt(np.partition(distances, K - 1)[K - 1])
    return sample, reach


SIDES: dict[str, Callable[[argparse.Namespace], dict[str, Any]]] = {
    "data": write_data,
    "labelaudit": run_labelaudit,
    "sklearn": run_sklearn,
    "recall": check_recall,
}

if __name__ == "__main__":
    main()
