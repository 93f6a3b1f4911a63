"""Scaling, dropped columns and principal components."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from labelaudit.errors import ConfigError, NoInformationError
from labelaudit.neighbors import prepare
from labelaudit.neighbors.prepare import COSINE_ABOVE, SCALINGS

Matrix = npt.NDArray[np.float32]


def noise(n_rows: int, n_columns: int, seed: int = 0) -> Matrix:
    return np.random.default_rng(seed).standard_normal((n_rows, n_columns), dtype=np.float32)


def pairwise(vectors: Matrix) -> npt.NDArray[np.float64]:
    wide = vectors.astype(np.float64)
    return np.sqrt(((wide[:, None] - wide[None]) ** 2).sum(axis=2))


def test_few_columns_are_standardised_and_many_compared_by_angle() -> None:
    assert prepare(noise(5, COSINE_ABOVE)).metric == "euclidean"
    assert prepare(noise(5, COSINE_ABOVE + 1)).metric == "cosine"
    assert prepare(noise(5, 3), metric="cosine").metric == "cosine"


def test_euclidean_columns_have_mean_0_and_deviation_1() -> None:
    vectors = prepare(noise(500, 4) * 7 + 3, metric="euclidean").vectors
    np.testing.assert_allclose(vectors.mean(axis=0), 0, atol=1e-6)
    np.testing.assert_allclose(vectors.std(axis=0), 1, atol=1e-6)


def test_units_of_the_columns_do_not_matter_to_euclidean() -> None:
    embeddings = noise(50, 5)
    other_units = embeddings * np.array([1, 10, 1e-3, 1e6, 1], dtype=np.float32)
    np.testing.assert_allclose(prepare(other_units).vectors, prepare(embeddings).vectors, atol=1e-5)


@pytest.mark.parametrize("n_columns", [3, 200])
def test_cosine_rows_have_length_1_and_rows_of_zeros_stay(n_columns: int) -> None:
    embeddings = noise(300, n_columns)
    embeddings[7] = 0
    lengths = np.linalg.norm(prepare(embeddings, metric="cosine").vectors, axis=1)
    assert lengths[7] == 0
    np.testing.assert_allclose(np.delete(lengths, 7), 1, atol=1e-6)


def test_length_of_a_row_does_not_matter_to_cosine_however_extreme() -> None:
    embeddings = noise(20, 4).astype(np.float64)
    lengths = np.logspace(-35, 35, 20)[:, None]
    scaled = (embeddings * lengths).astype(np.float32)
    expected = prepare(embeddings, metric="cosine").vectors
    np.testing.assert_allclose(prepare(scaled, metric="cosine").vectors, expected, atol=1e-3)


@pytest.mark.parametrize("metric", SCALINGS)
def test_constant_columns_are_dropped_and_counted(metric: str) -> None:
    embeddings = noise(30, 6)
    with_constants = np.insert(embeddings, [0, 3], np.float32([2.5, 0]), axis=1)
    prepared = prepare(with_constants, metric=metric)
    assert prepared.n_constant == 2
    np.testing.assert_array_equal(prepared.vectors, prepare(embeddings, metric=metric).vectors)


def test_rows_that_are_all_the_same_are_refused() -> None:
    with pytest.raises(NoInformationError, match="all 12 rows are the same") as caught:
        prepare(np.ones((12, 3), dtype=np.float32))
    assert caught.value.hint


@pytest.mark.parametrize("metric", SCALINGS)
def test_a_single_row_is_prepared(metric: str) -> None:
    prepared = prepare(noise(1, 5), metric=metric)
    assert prepared.vectors.shape == (1, 5)
    assert np.isfinite(prepared.vectors).all()


def test_an_unknown_metric_is_refused() -> None:
    with pytest.raises(ConfigError, match="manhattan"):
        prepare(noise(5, 3), metric="manhattan")


@pytest.mark.parametrize("metric", SCALINGS)
def test_components_keep_the_distances_of_vectors_that_fill_few_dimensions(metric: str) -> None:
    embeddings = noise(150, 20) @ noise(20, 200, seed=1)
    prepared = prepare(embeddings, metric=metric)
    assert prepared.n_components == 128
    assert prepared.vectors.shape == (150, 128)
    full = SCALINGS[metric](embeddings, np.arange(200)).scaled(embeddings)
    np.testing.assert_allclose(pairwise(prepared.vectors), pairwise(full), atol=2e-4)


def test_128_columns_are_kept_as_they_are() -> None:
    assert prepare(noise(10, 128)).n_components is None
    assert prepare(noise(10, 128)).vectors.shape == (10, 128)


def test_components_of_a_sample_are_those_of_all_rows_roughly(monkeypatch: pytest.MonkeyPatch) -> None:
    embeddings = noise(3000, 12) @ noise(12, 150, seed=1) + noise(3000, 150, seed=2) / 100
    every_row = pairwise(prepare(embeddings).vectors[:200])
    monkeypatch.setattr("labelaudit.neighbors.components.SAMPLE", 1000)
    sampled = pairwise(prepare(embeddings, seed=3).vectors[:200])
    assert not np.array_equal(sampled, every_row)
    np.testing.assert_allclose(sampled, every_row, atol=0.01)


@pytest.mark.parametrize("metric", SCALINGS)
def test_equal_rows_stay_equal_in_every_bit(metric: str) -> None:
    embeddings = noise(700, 300)
    embeddings[1::2] = embeddings[::2]
    vectors = prepare(embeddings[np.random.default_rng(1).permutation(700)], metric=metric).vectors
    assert len(np.unique(vectors, axis=0)) == 350


@pytest.mark.parametrize("n_columns", [10, 200])
def test_vectors_are_contiguous_float32_read_only_and_the_input_untouched(n_columns: int) -> None:
    embeddings = noise(20, n_columns)
    before = embeddings.copy()
    vectors = prepare(embeddings).vectors
    assert vectors.dtype == np.float32
    assert vectors.flags.c_contiguous
    assert not vectors.flags.writeable
    np.testing.assert_array_equal(embeddings, before)


def test_blocks_leave_no_seam(monkeypatch: pytest.MonkeyPatch) -> None:
    embeddings = noise(100, 40)
    whole = prepare(embeddings).vectors
    monkeypatch.setattr("labelaudit.neighbors.points.BLOCK_VALUES", 40 * 7)
    np.testing.assert_array_equal(prepare(embeddings).vectors, whole)
