"""Sums in whole units: the same bits in every order."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from labelaudit.kernels.fixed_point import UNIT, sum_by_class, to_units

PROBABILITIES = st.lists(st.floats(0, 1), min_size=1, max_size=60)


@given(PROBABILITIES, st.randoms())
def test_order_does_not_reach_a_sum(values: list[float], random: object) -> None:
    shuffled = values.copy()
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    sums = [int(to_units(np.array(v)).sum()) for v in (values, shuffled)]
    assert sums[0] == sums[1]


@given(PROBABILITIES)
def test_sum_is_within_half_a_unit_an_addend(values: list[float]) -> None:
    total = float(to_units(np.array(values)).sum()) * UNIT
    assert abs(total - math.fsum(values)) <= len(values) * UNIT / 2 + 1e-15


@given(PROBABILITIES, st.integers(2, 5))
def test_sums_of_parts_add_up(values: list[float], n_classes: int) -> None:
    addends = np.array(values)
    classes = np.arange(len(values)) % n_classes
    half = len(values) // 2
    parts = [sum_by_class(addends[at], classes[at], n_classes) for at in (slice(half), slice(half, None))]
    np.testing.assert_array_equal(parts[0] + parts[1], sum_by_class(addends, classes, n_classes))
