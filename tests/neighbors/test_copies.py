"""Equal rows are found, and only these."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from labelaudit.neighbors import copies as module
from labelaudit.neighbors.copies import Copies

small_vectors = hnp.arrays(
    np.float32,
    st.tuples(st.integers(1, 40), st.integers(1, 3)),
    elements=st.sampled_from([-1.0, 0.0, -0.0, 2.0]),
)


@given(small_vectors)
def test_groups_are_those_of_equal_rows_in_order_of_their_first(vectors: npt.NDArray[np.float32]) -> None:
    copies = Copies(vectors)
    equal = (vectors[:, None] == vectors[None]).all(axis=2)
    np.testing.assert_array_equal(copies.group[:, None] == copies.group[None], equal)
    np.testing.assert_array_equal(copies.first, np.unique(equal.argmax(axis=1)))
    for group, count in enumerate(copies.counts):
        assert copies.rows_of(np.array([group])).tolist() == np.flatnonzero(copies.group == group).tolist()
        assert count == (copies.group == group).sum()


def test_colliding_hashes_join_no_rows_that_differ(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "vector_hashes", lambda vectors: np.zeros(len(vectors), dtype=np.uint64))
    vectors = np.array([[1], [2], [1], [3]], dtype=np.float32)
    assert Copies(vectors).group.tolist() == [0, 1, 0, 2]


def test_only_the_first_copies_are_given_when_asked() -> None:
    copies = Copies(np.array([[1], [2], [1], [1], [2]], dtype=np.float32))
    assert copies.rows_of(np.array([1, 0]), np.array([1, 2])).tolist() == [1, 0, 2]
