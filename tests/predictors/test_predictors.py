"""What every predictor holds to, and what each makes of its inputs."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest

from labelaudit.errors import PredictionError
from labelaudit.executors import executor
from labelaudit.predictors import Predictor
from labelaudit.predictors.components import MOST_COMPONENTS, components
from labelaudit.predictors.from_columns import MOST_CATEGORIES, Column, FromColumns, chosen
from labelaudit.predictors.from_embeddings import FromEmbeddings
from labelaudit.predictors.from_text import MOST_EXACT_ROWS, FromText
from labelaudit.predictors.one_thread import one_thread
from labelaudit.predictors.out_of_fold import out_of_fold
from labelaudit.types import no_progress

Floats = npt.NDArray[np.float64]
N = 240
RNG = np.random.default_rng(0)
CODES = RNG.integers(0, 3, N)
CENTRES = RNG.normal(size=(3, 6)) * 3
POINTS = CENTRES[CODES] + RNG.normal(size=(N, 6))
WORDS = (("battery", "charge", "power"), ("bass", "treble", "voice"), ("parcel", "courier", "box"))
TEXTS = [f"the {' '.join(RNG.permutation(WORDS[code])[:2])} number {i}" for i, code in enumerate(CODES)]


def column(name: str, values: npt.ArrayLike, *, is_category: bool = False) -> Column:
    return Column(name=name, values=np.array(values, dtype=np.float64), is_category=is_category)


def table() -> list[Column]:
    coarse = np.floor(POINTS[:, 1])
    return [column("size", POINTS[:, 0]), column("kind", coarse - coarse.min(), is_category=True)]


def with_gaps() -> list[Column]:
    rng = np.random.default_rng(2)
    gaps = [np.where(rng.random(N) < 0.3, np.nan, 0.0) for _ in range(2)]
    return [
        column(c.name, c.values + gap, is_category=c.is_category)
        for c, gap in zip(table(), gaps, strict=True)
    ]


MAKERS: dict[str, Callable[[], Predictor]] = {
    "embeddings": lambda: FromEmbeddings(POINTS.astype(np.float32), np.arange(N)),
    "wide embeddings": lambda: FromEmbeddings(
        (POINTS @ np.random.default_rng(1).normal(size=(6, 200))).astype(np.float32), np.arange(N)
    ),
    "text": lambda: FromText(TEXTS, np.arange(N), 0),
    "columns": lambda: FromColumns(table(), 0),
    "columns with gaps": lambda: FromColumns(with_gaps(), 0),
}


def predicted(predictor: Predictor, workers: int = 1, codes: np.ndarray = CODES) -> np.ndarray:
    folds = np.arange(N) % 4
    return out_of_fold(predictor, codes, folds, np.arange(N), 3, executor(workers).map, no_progress)


# --- all of them -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("maker", MAKERS.values(), ids=MAKERS)
def test_predictor_learns_what_can_be_learned(maker: Callable[[], Predictor]) -> None:
    with one_thread():
        found = predicted(maker())
    assert (found.argmax(axis=1) == CODES).mean() > 0.6


@pytest.mark.parametrize("maker", MAKERS.values(), ids=MAKERS)
def test_workers_change_no_bit(maker: Callable[[], Predictor]) -> None:
    with one_thread():
        assert predicted(maker()).tobytes() == predicted(maker(), 3).tobytes()


@pytest.mark.parametrize("maker", MAKERS.values(), ids=MAKERS)
def test_rows_do_not_hear_of_their_own_labels(maker: Callable[[], Predictor]) -> None:
    flipped = CODES.copy()
    flipped[::12] = (flipped[::12] + 1) % 3  # all in fold 0, so that some have inputs
    with one_thread():
        predictor = maker()
        before, after = predicted(predictor), predicted(predictor, codes=flipped)
    fold = np.arange(N) % 4 == 0
    assert np.array_equal(before[fold], after[fold])
    assert not np.array_equal(before[~fold], after[~fold])


# --- embeddings ------------------------------------------------------------------------------------------


def test_columns_are_standardised_and_constant_ones_silent() -> None:
    embeddings = np.column_stack([POINTS * 100 + 7, np.full(N, 3.0)]).astype(np.float32)
    found = components(embeddings, np.arange(N))
    assert np.allclose(found[:, :6].mean(axis=0), 0, atol=1e-5)
    assert np.allclose(found[:, :6].std(axis=0), 1, atol=1e-4)
    assert (found[:, 6] == 0).all()


def test_wide_embeddings_keep_their_strongest_directions() -> None:
    rng = np.random.default_rng(0)
    wide = (rng.normal(size=(400, 5)) @ rng.normal(size=(5, 300)) + 7).astype(np.float32)
    with one_thread():
        found = components(wide, np.arange(400)).astype(np.float64)
    standardised = (wide - wide.mean(axis=0)) / wide.std(axis=0)
    assert found.shape == (400, MOST_COMPONENTS)
    assert np.allclose(found @ found.T, standardised @ standardised.T, atol=0.05)


def test_rows_without_an_embedding_are_not_usable_and_teach_nothing() -> None:
    broken = POINTS.astype(np.float32)
    broken[2], broken[5, 1] = np.nan, np.inf
    predictor = FromEmbeddings(broken, np.arange(N))
    assert np.flatnonzero(~predictor.usable).tolist() == [2, 5]
    assert np.isfinite(predictor.features).all()


# --- text ------------------------------------------------------------------------------------------------


def test_empty_texts_are_not_usable() -> None:
    assert FromText(["a cat", "", " ", "a dog"], np.arange(4), 0).usable.tolist() == [
        True,
        False,
        False,
        True,
    ]


def test_texts_without_letters_are_still_texts() -> None:
    predictor = FromText(["!!!", "???", "!!! ???", "..."] * 5, np.arange(20), 0)
    assert predictor.features.shape[1] > 0


def test_texts_without_anything_in_common_are_refused() -> None:
    with pytest.raises(PredictionError, match="no words in common"):
        FromText([chr(0x4E00 + i) for i in range(150)], np.arange(150), 0)


def test_many_texts_are_learned_by_descent_as_well() -> None:
    texts, codes = TEXTS * 12, np.tile(CODES, 12)
    train = np.arange(N, len(texts))
    assert len(train) > MOST_EXACT_ROWS
    with one_thread():
        found = FromText(texts, np.arange(len(texts)), 0).probabilities(train, codes[train], np.arange(N))
    assert np.allclose(found.sum(axis=1), 1)
    assert (found.argmax(axis=1) == CODES).mean() > 0.9


# --- columns ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("values", "is_category", "reason"),
    [
        (np.full(N, 4.0), False, "has one value"),
        (np.full(N, np.nan), True, "has one value"),
        (np.arange(N), True, "names the rows"),
        (np.arange(N) * 3 + 5, False, "counts the rows"),
        (CODES, True, "repeats the label"),
        (CODES * 2.5, False, "repeats the label"),
        (np.minimum(CODES, 1), True, "repeats the label"),
    ],
)
def test_useless_columns_are_left_out_with_their_reason(
    values: np.ndarray, is_category: bool, reason: str
) -> None:
    used, left_out = chosen([column("x", values, is_category=is_category), *table()], CODES)
    assert left_out == {"x": reason}
    assert [c.name for c in used] == ["size", "kind"]


def test_a_column_that_mostly_tells_the_label_is_used() -> None:
    values = CODES.copy()
    values[:3] = (values[:3] + 1) % 3
    assert chosen([column("x", values)], CODES)[1] == {}


def test_rare_categories_beyond_what_fits_are_one() -> None:
    values = np.concatenate([np.repeat(np.arange(300), 3), [7, np.nan]])
    predictor = FromColumns([column("x", values, is_category=True)], 0)
    found = predictor.values[:, 0]
    assert found[~np.isnan(found)].max() == MOST_CATEGORIES
    assert found[7 * 3] == 0  # the most frequent
    assert np.isnan(found[-1])


def test_infinite_numbers_are_missing() -> None:
    predictor = FromColumns([column("x", [1.0, np.inf, -np.inf])], 0)
    assert predictor.usable.tolist() == [True, False, False]
