"""The graph, whatever the index: right, in order, and the same every time."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from labelaudit.errors import ConfigError
from labelaudit.neighbors import NeighborGraph, Prepared, neighbor_graph, prepare
from labelaudit.neighbors.indexes import INDEXES
from labelaudit.types import ProgressEvent

Matrix = npt.NDArray[np.float32]

every_index = pytest.mark.parametrize("index", INDEXES)
# At most 16 different vectors, whose distances float32 holds exactly: all ties are true ones.
grids = hnp.arrays(
    np.float32, st.tuples(st.integers(1, 60), st.just(2)), elements=st.sampled_from([0.0, 1.0, 2.0, 3.0])
)


def clustered(n_rows: int, n_columns: int = 12, seed: int = 0) -> Matrix:
    rng = np.random.default_rng(seed)
    centers = 3 * rng.standard_normal((20, n_columns), dtype=np.float32)
    return centers[rng.integers(0, 20, n_rows)] + rng.standard_normal((n_rows, n_columns), dtype=np.float32)


def euclidean(vectors: Matrix) -> Prepared:
    return Prepared(vectors=vectors, metric="euclidean")


def brute_force(vectors: Matrix, k: int) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """The k nearest other rows by (distance, row), in float64."""
    wide = vectors.astype(np.float64)
    distances = np.sqrt(((wide[:, None] - wide[None]) ** 2).sum(axis=2))
    np.fill_diagonal(distances, np.inf)
    neighbors = np.argsort(distances, axis=1, kind="stable")[:, : min(k, len(vectors) - 1)]
    return neighbors, np.take_along_axis(distances, neighbors, axis=1)


def assert_same(left: NeighborGraph, right: NeighborGraph) -> None:
    assert left.neighbors.tobytes() == right.neighbors.tobytes()
    assert left.distances.tobytes() == right.distances.tobytes()


@every_index
@given(vectors=grids, k=st.integers(1, 70))
@settings(max_examples=60)
def test_ties_and_copies_go_by_row_number(index: str, vectors: Matrix, k: int) -> None:
    graph = neighbor_graph(euclidean(vectors), k=k, index=index)
    neighbors, distances = brute_force(vectors, k)
    if index != "ivf" or len(vectors) - 1 <= k:
        np.testing.assert_array_equal(graph.neighbors, neighbors)
        np.testing.assert_allclose(graph.distances, distances, rtol=1e-6)
    assert graph.k == min(k, len(vectors) - 1)


@every_index
def test_neighbors_are_the_nearest(index: str) -> None:
    vectors = clustered(900)
    graph = neighbor_graph(euclidean(vectors), k=20, index=index)
    neighbors, distances = brute_force(vectors, 20)
    assert (graph.neighbors == neighbors).mean() > (0.97 if index == "ivf" else 0.9999)
    same = (graph.neighbors == neighbors).all(axis=1)
    np.testing.assert_allclose(graph.distances[same], distances[same], rtol=1e-5)


@every_index
@pytest.mark.parametrize("metric", ["cosine", "euclidean"])
def test_number_of_workers_changes_no_bit(index: str, metric: str) -> None:
    prepared = prepare(clustered(9000, 150), metric=metric)
    one = neighbor_graph(prepared, k=15, index=index)
    assert_same(one, neighbor_graph(prepared, k=15, index=index, workers=2))
    assert_same(one, neighbor_graph(prepared, k=15, index=index, workers=3))


@pytest.mark.parametrize("index", ["exact", "flat"])
def test_shuffled_rows_give_the_shuffled_graph(index: str) -> None:
    vectors = clustered(1500)
    order = np.random.default_rng(1).permutation(1500)
    graph = neighbor_graph(euclidean(vectors), k=10, index=index)
    shuffled = neighbor_graph(euclidean(vectors[order]), k=10, index=index)
    np.testing.assert_array_equal(order[shuffled.neighbors], graph.neighbors[order])
    np.testing.assert_array_equal(shuffled.distances, graph.distances[order])


def test_exact_and_flat_agree() -> None:
    prepared = euclidean(clustered(2500))
    assert_same(neighbor_graph(prepared, index="exact"), neighbor_graph(prepared, index="flat"))


@every_index
def test_many_identical_rows_are_neighbors_in_the_order_of_their_numbers(index: str) -> None:
    vectors = clustered(600)
    vectors[100:400] = vectors[7]
    graph = neighbor_graph(euclidean(vectors), k=20, index=index)
    assert graph.neighbors[7].tolist() == list(range(100, 120))
    assert graph.neighbors[300].tolist() == [7, *range(100, 119)]
    assert graph.neighbors[110].tolist() == [7, *range(100, 110), *range(111, 120)]
    assert not graph.distances[100:400].any()


@every_index
def test_rows_that_are_all_the_same_have_each_other(index: str) -> None:
    graph = neighbor_graph(euclidean(np.ones((5, 2), dtype=np.float32)), k=3, index=index)
    assert graph.neighbors.tolist() == [[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2], [0, 1, 2]]


@every_index
@pytest.mark.parametrize("n_rows", [1, 2, 3, 17])
def test_k_is_at_most_the_number_of_other_rows(index: str, n_rows: int) -> None:
    graph = neighbor_graph(euclidean(clustered(n_rows)), k=50, index=index)
    assert graph.k == n_rows - 1
    assert graph.neighbors.shape == graph.distances.shape == (n_rows, n_rows - 1)
    expected = [sorted(set(range(n_rows)) - {row}) for row in range(n_rows)]
    assert np.sort(graph.neighbors, axis=1).tolist() == expected


@every_index
def test_no_row_is_its_own_neighbor_or_listed_twice(index: str) -> None:
    vectors = clustered(2000)
    vectors[::3] = vectors[0]
    graph = neighbor_graph(euclidean(vectors), k=30, index=index)
    assert (graph.neighbors != np.arange(2000)[:, None]).all()
    assert (np.diff(np.sort(graph.neighbors, axis=1), axis=1) > 0).all()
    assert (np.diff(graph.distances, axis=1) >= 0).all()


def test_cosine_distances_tell_the_cosine() -> None:
    embeddings = clustered(300, 40)
    graph = neighbor_graph(prepare(embeddings), k=5)
    assert graph.metric == "cosine"
    unit = embeddings / np.linalg.norm(embeddings, axis=1, keepdims=True)
    cosines = np.einsum("ip,ikp->ik", unit, unit[graph.neighbors])
    np.testing.assert_allclose(1 - graph.distances**2 / 2, cosines, atol=1e-5)


def test_distances_are_the_same_from_both_ends() -> None:
    graph = neighbor_graph(euclidean(clustered(200)), k=199)
    full = np.zeros((200, 200), dtype=np.float32)
    np.put_along_axis(full, graph.neighbors.astype(np.int64), graph.distances, axis=1)
    np.testing.assert_array_equal(full, full.T)


def test_progress_counts_every_row() -> None:
    vectors = clustered(3000)
    vectors[:500] = vectors[0]
    events: list[ProgressEvent] = []
    neighbor_graph(euclidean(vectors), k=5, index="exact", workers=2, progress=events.append)
    done = [event.done for event in events]
    assert done == sorted(set(done))
    assert done[-1] == events[-1].total == 3000


def test_an_unknown_index_is_refused() -> None:
    with pytest.raises(ConfigError, match="annoy"):
        neighbor_graph(euclidean(clustered(10)), index="annoy")


def test_arrays_of_the_graph_are_read_only() -> None:
    graph = neighbor_graph(euclidean(clustered(10)), k=2)
    assert not graph.neighbors.flags.writeable
    assert not graph.distances.flags.writeable
    assert graph.neighbors.dtype == np.int32
    assert graph.distances.dtype == np.float32


def test_nothing_heavy_is_imported_with_the_package() -> None:
    heavy = "{'faiss', 'sklearn', 'scipy', 'pandas', 'threadpoolctl'}"
    code = f"import sys, labelaudit.neighbors; assert not {heavy} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.parametrize("index", ["exact", None])
def test_small_data_imports_no_faiss(index: str | None) -> None:
    code = (
        "import sys, numpy as np; from labelaudit.neighbors import neighbor_graph, prepare;"
        f"neighbor_graph(prepare(np.eye(9)), index={index!r}); assert 'faiss' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
