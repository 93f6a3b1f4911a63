"""Columns that describe the items, as numbers or as categories."""

from __future__ import annotations

import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from labelaudit.config import InputOptions
from labelaudit.io.columns import looks_like_prose, may_be_feature, read_columns, read_texts
from labelaudit.io.roles import roles_of
from labelaudit.io.tables import open_table
from tests.builders import write


def read(*paths: Path) -> tuple[list[float], bool]:
    roles = [roles_of(open_table(path), InputOptions()) for path in paths]
    ((name, values, is_category),) = read_columns(roles, ["x"])
    assert name == "x"
    return [None if np.isnan(value) else value for value in values.tolist()], is_category


@pytest.mark.parametrize(
    ("texts", "values", "is_category"),
    [
        (["1", "2.5", "-3e2"], [1, 2.5, -300], False),
        (["1", "", "NA", "n/a", "?", "null", "nan"], [1, *[None] * 6], False),
        ([" 7", "7 "], [7, 7], False),
        (["b", "a", "", "b"], [1, 0, None, 1], True),
        (["1", "2", "two"], [0, 1, 2], True),
        (["true", "false"], [1, 0], True),
        (["NA", ""], [0, None], True),
    ],
)
def test_text_files_have_numbers_where_all_texts_are(
    tmp_path: Path, texts: list[str], values: list[Any], is_category: bool
) -> None:
    table = pa.table({"id": range(len(texts)), "x": texts})
    assert read(write(tmp_path / "t.csv", table)) == (values, is_category)


@pytest.mark.parametrize(
    ("column", "values", "is_category"),
    [
        (pa.array([1, None], pa.uint8()), [1, None], False),
        (pa.array([Decimal("1.5")]), [1.5], False),
        (pa.array([datetime.date(1970, 1, 3), None]), [2, None], False),
        (pa.array([datetime.timedelta(0)]), [0], False),
        (pa.array([True, None, False]), [1, None, 0], True),
        (pa.array(["7", "10"]), [1, 0], True),
        (pa.array(["a", None, "a"]).dictionary_encode(), [0, None, 0], True),
    ],
)
def test_typed_columns_keep_their_type(
    tmp_path: Path, column: pa.Array, values: list[Any], is_category: bool
) -> None:
    assert may_be_feature(column.type)
    assert read(write(tmp_path / "t.parquet", pa.table({"x": column}))) == (values, is_category)


@pytest.mark.parametrize("column", [pa.array([[1]]), pa.array([{"a": 1}]), pa.array([b"x"]), pa.nulls(1)])
def test_nested_and_binary_columns_are_no_features(column: pa.Array) -> None:
    assert not may_be_feature(column.type)


def test_shards_of_different_types_are_categories(tmp_path: Path) -> None:
    numbers = write(tmp_path / "a.parquet", pa.table({"x": [1, 2]}))
    texts = write(tmp_path / "b.parquet", pa.table({"x": ["2", "many"]}))
    assert read(numbers, texts) == ([0, 1, 1, 2], True)


def test_texts_run_through_all_tables(tmp_path: Path) -> None:
    paths = [write(tmp_path / f"{name}.csv", pa.table({"id": [0], "x": [name]})) for name in "ab"]
    roles = [roles_of(open_table(path), InputOptions()) for path in paths]
    assert read_texts(roles, "x").to_pylist() == ["a", "b"]


@pytest.mark.parametrize(
    ("texts", "is_prose"),
    [
        ([f"sentence number {i} of a longer story" for i in range(30)], True),
        ([f"/a/long/path/to/picture/{i}.jpg" for i in range(30)], False),
        (["the same sentence again and again"] * 30, False),
        ([f"so {i}" for i in range(30)], False),
        ([""] * 30, False),
    ],
)
def test_prose_is_long_of_several_words_and_varied(tmp_path: Path, texts: list[str], is_prose: bool) -> None:
    path = write(tmp_path / "t.csv", pa.table({"id": range(len(texts)), "x": texts}))
    assert bool(looks_like_prose(roles_of(open_table(path), InputOptions()), "x")) == is_prose
