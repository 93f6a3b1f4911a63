"""From prepared vectors to the graph."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from labelaudit.neighbors.copies import Copies
from labelaudit.neighbors.exact import Exact
from labelaudit.neighbors.graph import NeighborGraph
from labelaudit.neighbors.index import Index, SearchOptions
from labelaudit.neighbors.indexes import chosen_index
from labelaudit.neighbors.points import Points, Positions, Vectors
from labelaudit.neighbors.prepare import Prepared
from labelaudit.neighbors.ranking import Ranking
from labelaudit.neighbors.side_by_side import side_by_side
from labelaudit.types import BoolArray, Progress, ProgressEvent, no_progress

SPARE = 14
"""Candidates beyond the k + 1 that are needed: room for what float32 products put in the wrong order."""
RANKED = 256
SAMPLE = 500
STEP = "finding neighbours"


def neighbor_graph(
    prepared: Prepared,
    *,
    k: int = 50,
    seed: int = 0,
    workers: int = 1,
    index: str | None = None,
    progress: Progress = no_progress,
) -> NeighborGraph:
    """Find the k nearest other rows of every row.

    The result is the same for any number of workers. Identical rows are neighbours at distance 0, in the
    order of their numbers.

    Args:
        prepared: what `prepare` made of the embeddings.
        k: how many neighbours; all others where there are fewer.
        seed: for the cells of `ivf` and the sample that its recall is measured on.
        workers: threads.
        index: exact, flat or ivf; None chooses by the data (`indexes.chosen_index`).
        progress: told after each block of rows.

    Returns:
        The graph.

    Raises:
        ConfigError: no such index.

    Example:
        >>> vectors = np.array([[0.0], [1.0], [1.0], [5.0]], dtype=np.float32)
        >>> graph = neighbor_graph(Prepared(vectors=vectors, metric="euclidean"), k=2)
        >>> graph.neighbors
        array([[1, 2],
               [2, 0],
               [1, 0],
               [1, 2]], dtype=int32)
    """
    from threadpoolctl import threadpool_limits

    # One thread a product: its last bits must not depend on how many there are.
    with threadpool_limits(1, user_api="blas"):
        search = Search(prepared.vectors, k=k, seed=seed, workers=workers, index=index)
        for done in search.run():
            progress(ProgressEvent(STEP, done, len(prepared.vectors)))
        recall = search.recall() if search.index.name == "ivf" else None
    return NeighborGraph(
        neighbors=search.neighbors,
        distances=search.distances,
        metric=prepared.metric,
        index=search.index.name,
        recall=recall,
    )


class Search:
    """One search: the index, and the rows of the graph as they are found.

    Args:
        vectors: (n, p) prepared vectors.
        k: how many neighbours, if there are so many other rows.
        seed: of the index.
        workers: threads.
        index: the index's name, or None.
    """

    def __init__(self, vectors: Vectors, *, k: int, seed: int, workers: int, index: str | None) -> None:
        n_rows = len(vectors)
        self.k = min(k, n_rows - 1)
        self.copies = Copies(vectors)
        distinct = vectors if len(self.copies.first) == n_rows else vectors[self.copies.first]
        self.points = Points(distinct)
        wanted = min(self.k + 1 + SPARE, len(distinct))
        self.options = SearchOptions(wanted=wanted, seed=seed, workers=workers)
        self.index: Index = chosen_index(self.points, self.options, index)
        self.ranking = Ranking(distinct, self.copies, self.k + 1)
        self.neighbors = np.empty((n_rows, self.k), dtype=np.int32)
        self.distances = np.empty((n_rows, self.k), dtype=np.float32)

    def run(self) -> Iterator[int]:
        """Search all blocks, and yield how many rows are done after each."""
        done = 0
        for n_rows in side_by_side(self.search_block, self.index.blocks(), self.options.workers):
            done += n_rows
            yield done

    def search_block(self, block: Positions) -> int:
        """Fill in the rows that a block of distinct vectors stands for; returns how many."""
        candidates = self.index.candidates(block)
        for start in range(0, len(block), RANKED):
            piece = block[start : start + RANKED]
            nearest, distances = self.ranking.nearest_rows(piece, candidates[start : start + RANKED])
            rows = self.copies.rows_of(piece)
            lines = np.repeat(np.arange(len(piece)), self.copies.counts[piece])
            for first in range(0, len(rows), RANKED):
                part, at = rows[first : first + RANKED], lines[first : first + RANKED]
                others = all_but_self(nearest[at], part)
                self.neighbors[part] = nearest[at][others].reshape(len(part), self.k)
                self.distances[part] = distances[at][others].reshape(len(part), self.k)
        return int(self.copies.counts[block].sum())

    def recall(self) -> float:
        """The share of the true neighbours, on a sample of rows, that were found or are as near."""
        rng = np.random.default_rng([self.options.seed, 1])  # not the sample that the index learned from
        size = min(len(self.points), SAMPLE)
        sample = np.sort(rng.choice(len(self.points), size, replace=False)).astype(np.int32)
        _, distances = self.ranking.nearest_rows(sample, Exact(self.points, self.options).candidates(sample))
        found = self.distances[self.copies.first[sample]]
        missed = int((found > distances[:, self.k, None]).sum())
        return 1 - missed / max(1, found.size)


def all_but_self(nearest: Positions, rows: Positions) -> BoolArray:
    """(b, k + 1) true k times a row: everywhere but at the row itself, else at all but the last.

    Example:
        >>> all_but_self(np.array([[4, 7, 9], [0, 1, 2]], dtype=np.int32), np.array([7, 5], dtype=np.int32))
        array([[ True, False,  True],
               [ True,  True, False]])
    """
    others: BoolArray = nearest != rows[:, None]
    others[:, -1] &= ~others.all(axis=1)
    return others
