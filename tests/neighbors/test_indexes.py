"""Which index is used, and what `ivf` promises."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pytest
from threadpoolctl import threadpool_limits

from labelaudit.neighbors import Prepared, indexes, neighbor_graph
from labelaudit.neighbors.exact import Exact
from labelaudit.neighbors.index import SearchOptions
from labelaudit.neighbors.indexes import INDEXES, chosen_index
from labelaudit.neighbors.ivf import Ivf
from labelaudit.neighbors.points import Points

Matrix = npt.NDArray[np.float32]


@pytest.fixture(autouse=True)
def one_thread_a_product() -> Iterator[None]:
    """As `neighbor_graph` has it."""
    with threadpool_limits(1, user_api="blas"):
        yield


every_index = pytest.mark.parametrize("index", INDEXES)


def noise(n_rows: int, n_columns: int) -> Matrix:
    return np.random.default_rng(0).standard_normal((n_rows, n_columns), dtype=np.float32)


def clustered(n_rows: int) -> Matrix:
    return noise(n_rows, 16) + 8 * noise(40, 16)[np.arange(n_rows) % 40]


@every_index
def test_an_index_is_found_by_its_name_and_covers_each_point_once(index: str) -> None:
    points = Points(noise(3000, 6))
    found = chosen_index(points, SearchOptions(wanted=10), index)
    assert found.name == index
    assert sorted(np.concatenate(found.blocks()).tolist()) == list(range(3000))


@every_index
def test_candidates_hold_the_point_itself_and_no_point_twice(index: str) -> None:
    found = chosen_index(Points(noise(3000, 6)), SearchOptions(wanted=40), index)
    block = found.blocks()[0]
    candidates = found.candidates(block)
    assert candidates.shape == (len(block), 40)
    assert (candidates == block[:, None]).any(axis=1).all()
    assert (np.diff(np.sort(candidates, axis=1), axis=1) > 0).all()
    assert candidates.min() >= 0


@every_index
def test_a_block_is_the_same_whatever_was_searched_before(index: str) -> None:
    points = Points(noise(9000, 4))
    options = SearchOptions(wanted=20)
    forth, back = (chosen_index(points, options, index) for _ in range(2))
    first = [forth.candidates(block) for block in forth.blocks()]
    second = [back.candidates(block) for block in reversed(back.blocks())]
    assert all(np.array_equal(*pair) for pair in zip(first, reversed(second), strict=True))


def test_few_points_are_searched_exactly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexes, "EXACT_UP_TO", 1000)
    options = SearchOptions(wanted=20)
    assert chosen_index(Points(clustered(1000)), options).name == "exact"
    assert chosen_index(Points(clustered(1001)), options).name == "ivf"


def test_points_without_any_structure_are_searched_exactly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(indexes, "EXACT_UP_TO", 1000)
    assert chosen_index(Points(noise(3000, 100)), SearchOptions(wanted=20)).name == "exact"


@pytest.mark.parametrize("n_columns", [2, 8, 100])
def test_ivf_visits_as_many_cells_as_its_recall_needs(n_columns: int) -> None:
    prepared = Prepared(vectors=noise(5000, n_columns), metric="euclidean")
    found = neighbor_graph(prepared, k=20, index="ivf")
    exact = neighbor_graph(prepared, k=20, index="exact")
    true_recall = float((found.distances <= exact.distances[:, -1:]).mean())
    assert found.recall is not None
    assert exact.recall is None
    assert true_recall >= 0.99
    assert found.recall == pytest.approx(true_recall, abs=0.004)


def test_ivf_holds_its_recall_when_one_cell_has_most_points() -> None:
    vectors = np.concatenate([noise(3000, 4) / 1000, noise(500, 4) * 10])
    prepared = Prepared(vectors=vectors, metric="euclidean")
    found = neighbor_graph(prepared, k=10, index="ivf")
    exact = neighbor_graph(prepared, k=10, index="exact")
    assert (found.distances <= exact.distances[:, -1:]).mean() >= 0.985


def test_cells_with_too_few_points_are_made_up_for_by_all() -> None:
    points, options = Points(noise(400, 3)), SearchOptions(wanted=60)
    found = Ivf(points, options)
    found.visits = 1
    block = points.positions[::7]
    exact = Exact(points, options).candidates(block)
    np.testing.assert_array_equal(np.sort(found.candidates(block)), np.sort(exact))


def test_empty_cells_are_passed_over() -> None:
    vectors = np.full((2000, 2), 1, dtype=np.float32)
    vectors[:, 0] = np.nextafter(vectors[:, 0], np.float32(2)) + np.arange(2000) % 3
    found = Ivf(Points(vectors), SearchOptions(wanted=20))
    assert min(found.index.invlists.list_size(cell) for cell in range(found.index.nlist)) == 0
    assert sorted(np.concatenate(found.blocks()).tolist()) == list(range(2000))


@pytest.mark.parametrize("n_rows", [1, 5, 5000])
def test_faiss_prints_nothing(n_rows: int, capfd: pytest.CaptureFixture[str]) -> None:
    neighbor_graph(Prepared(vectors=noise(n_rows, 4), metric="euclidean"), index="ivf")
    assert capfd.readouterr() == ("", "")


def test_any_seed_will_do() -> None:
    assert Ivf(Points(noise(100, 4)), SearchOptions(wanted=20, seed=2**63)).name == "ivf"


def test_ivf_visits_few_cells_where_points_are_clustered() -> None:
    assert Ivf(Points(clustered(5000)), SearchOptions(wanted=20)).share < 0.1


def test_another_seed_finds_the_same_neighbors_almost_everywhere() -> None:
    prepared = Prepared(vectors=clustered(5000), metric="euclidean")
    one, other = (neighbor_graph(prepared, k=10, index="ivf", seed=seed) for seed in (0, 1))
    assert (one.neighbors == other.neighbors).mean() > 0.98
