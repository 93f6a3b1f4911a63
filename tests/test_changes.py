"""What became of each row, against a plain search; and what holds of every comparison."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from random import Random

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from labelaudit.changes import EDITED, NEW, RELABELLED, SAME, Comparison, LabelVersion, compare


@dataclass(frozen=True)
class Row:
    id: int
    split: int
    label: int
    content: int


def rows(*, unique: bool) -> st.SearchStrategy[list[Row]]:
    """Few values each, so that much coincides; ids may be unique within a split."""
    row = st.builds(
        Row,
        id=st.integers(0, 5),
        split=st.integers(0, 2),
        label=st.integers(0, 2),
        content=st.integers(0, 3),
    )
    return st.lists(row, max_size=8, unique_by=(lambda row: (row.id, row.split)) if unique else None)


def version(found: list[Row], *, ids: bool = True, contents: bool = True) -> LabelVersion:
    columns = {
        name: np.array([getattr(row, name) for row in found], dtype=np.uint64) for name in Row.__annotations__
    }
    return LabelVersion(
        ids=columns["id"] if ids else None,
        splits=columns["split"],
        labels=columns["label"],
        contents=columns["content"] if contents else None,
    )


def pairs_of(found: Comparison) -> list[tuple[int, int]]:
    return [(new, old) for new, old in enumerate(found.counterparts.tolist()) if old >= 0]


def moved_apart(new: list[Row], old: list[Row]) -> bool:
    """Whether rows of one id came into several splits, and none of them was there before."""
    known = {(row.id, row.split) for row in old}
    return max(Counter(row.id for row in new if (row.id, row.split) not in known).values(), default=0) > 1


def pairs_by_id(new: list[Row], old: list[Row]) -> list[tuple[int, int]]:
    """Where the id is in its split; else where it is alone in the old version, and not taken."""
    at = {(row.id, row.split): i for i, row in enumerate(old)}
    pairs = {i: at[row.id, row.split] for i, row in enumerate(new) if (row.id, row.split) in at}
    for i, row in enumerate(new):
        alone = [j for j, other in enumerate(old) if other.id == row.id]
        if i not in pairs and len(alone) == 1 and alone[0] not in pairs.values():
            pairs[i] = alone[0]
    return sorted(pairs.items())


def kind_of(new: Row, old: Row, *, contents: bool = True) -> int:
    if new.label != old.label:
        return RELABELLED
    return EDITED if contents and new.content != old.content else SAME


@given(rows(unique=True), rows(unique=True), st.booleans())
def test_rows_with_ids_are_found_as_by_a_plain_search(new: list[Row], old: list[Row], contents: bool) -> None:
    assume(not moved_apart(new, old))
    found = compare(version(new, contents=contents), version(old, contents=contents))
    assert pairs_of(found) == pairs_by_id(new, old)


@given(rows(unique=True), rows(unique=True), st.booleans(), st.booleans())
def test_every_old_row_is_found_once_or_removed(
    new: list[Row], old: list[Row], ids: bool, contents: bool
) -> None:
    assume(not (ids and moved_apart(new, old)))
    found = compare(*(version(side, ids=ids, contents=contents) for side in (new, old)))
    assert sorted([old for _, old in pairs_of(found)] + found.removed.tolist()) == list(range(len(old)))


def test_a_row_that_went_into_two_splits_is_moved_once_and_new_once() -> None:
    old = [Row(id=1, split=0, label=0, content=0)]
    new = [Row(id=1, split=1, label=0, content=0), Row(id=1, split=2, label=0, content=0)]
    found = compare(version(new), version(old))
    assert sorted(found.kinds.tolist()) == [SAME, NEW]


@given(rows(unique=False), rows(unique=False), st.booleans(), st.booleans())
def test_kinds_say_what_label_and_content_say(
    new: list[Row], old: list[Row], ids: bool, contents: bool
) -> None:
    found = compare(*(version(side, ids=ids, contents=contents) for side in (new, old)))
    told = [
        NEW if at < 0 else kind_of(new[i], old[at], contents=contents)
        for i, at in enumerate(found.counterparts.tolist())
    ]
    assert found.kinds.tolist() == told
    assert found.changed.tolist() == [kind != SAME for kind in told]
    assert [found.count(kind) for kind in (SAME, NEW, RELABELLED, EDITED)] == [
        told.count(kind) for kind in (SAME, NEW, RELABELLED, EDITED)
    ]


@given(rows(unique=False), rows(unique=False))
def test_without_ids_equal_rows_are_paired_first_and_then_equal_contents(
    new: list[Row], old: list[Row]
) -> None:
    found = compare(version(new, ids=False), version(old, ids=False))
    pairs = pairs_of(found)
    assert all(new[i].content == old[j].content for i, j in pairs)
    equal = Counter((row.content, row.label) for row in new) & Counter(
        (row.content, row.label) for row in old
    )
    alike = Counter(row.content for row in new) & Counter(row.content for row in old)
    assert sum(new[i].label == old[j].label for i, j in pairs) == equal.total()
    assert len(pairs) == alike.total()


@given(rows(unique=False), rows(unique=False))
def test_without_ids_and_contents_the_row_number_tells(new: list[Row], old: list[Row]) -> None:
    found = compare(*(version(side, ids=False, contents=False) for side in (new, old)))
    both = min(len(new), len(old))
    assert pairs_of(found) == [(i, i) for i in range(both)]
    assert found.removed.tolist() == list(range(both, len(old)))


@given(rows(unique=False), st.booleans(), st.booleans())
def test_nothing_differs_from_itself(same: list[Row], ids: bool, contents: bool) -> None:
    assume(not ids or len({(row.id, row.split) for row in same}) == len(same))
    found = compare(*(version(same, ids=ids, contents=contents) for _ in range(2)))
    assert not found.changed.any()
    assert not len(found.removed)


@given(rows(unique=True), st.randoms(use_true_random=False))
def test_order_of_rows_is_no_change(same: list[Row], random: Random) -> None:
    shuffled = list(same)
    random.shuffle(shuffled)
    for ids in (True, False):
        found = compare(version(shuffled, ids=ids), version(same, ids=ids))
        assert not found.changed.any()


@given(rows(unique=False), rows(unique=False))
def test_comparison_backwards_relabels_as_many(new: list[Row], old: list[Row]) -> None:
    there = compare(version(new, ids=False), version(old, ids=False))
    back = compare(version(old, ids=False), version(new, ids=False))
    assert len(pairs_of(there)) == len(pairs_of(back))
    assert there.count(RELABELLED) == back.count(RELABELLED)
    assert there.count(NEW) == len(back.removed)


@given(rows(unique=False), rows(unique=False), st.booleans())
def test_ids_on_one_side_only_leave_nothing_as_it_was(new: list[Row], old: list[Row], contents: bool) -> None:
    sides = version(new, contents=contents), version(old, ids=False, contents=contents)
    for found in (compare(*sides), compare(*sides[::-1])):
        assert (found.kinds == NEW).all()


@given(rows(unique=False), rows(unique=False), st.booleans())
def test_contents_on_one_side_only_leave_nothing_as_it_was(new: list[Row], old: list[Row], ids: bool) -> None:
    sides = version(new, ids=ids), version(old, ids=ids, contents=False)
    assert compare(*sides).changed.all()
    assert compare(*sides[::-1]).changed.all()


def test_versions_without_rows_are_all_new_or_all_removed() -> None:
    nothing, something = [], [Row(1, 0, 0, 0), Row(2, 0, 1, 0)]
    for ids in (True, False):
        for contents in (True, False):
            empty, full = (version(side, ids=ids, contents=contents) for side in (nothing, something))
            assert compare(full, empty).kinds.tolist() == [NEW, NEW]
            assert compare(empty, full).removed.tolist() == [0, 1]
            assert not len(compare(empty, empty).kinds)
