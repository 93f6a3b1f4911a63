"""Rows that are the same item: with different labels (LA301, LA302), or in two splits (LA908)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from labelaudit.judging.judgement import Neighborhood
from labelaudit.kernels.votes import COPY_DISTANCE, FEWEST_CROWD
from labelaudit.types import AnyArray, BoolArray, Frozen, HashArray, IntArray

MOST_ALIKE = 0.5
"""Where more of the rows share their content with another row, it does not name an item."""
CROWD_AGREEMENT = 0.5
"""How far beyond chance the labels of ten or more rows must agree, for their content to name an item."""
SAME_DISTANCE = 1e-5
"""Between unit vectors: equal embeddings, up to rounding."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Copies(Frozen):
    """What is wrong with items that stand in several rows."""

    outvoted: BoolArray  # (kept,) identical items have another label at least as often
    disputed: BoolArray  # (kept,) a near-identical item has another label
    in_two_splits: BoolArray  # (kept,)


def find_copies(
    given: AnyArray, splits: AnyArray, items: HashArray | None, neighborhood: Neighborhood | None
) -> Copies:
    """Compare rows of the same content, or of the same embedding where no content names the items.

    Args:
        given: (kept,) class numbers.
        splits: (kept,) numbers of the splits.
        items: (kept,) hashes of the content.
        neighborhood: the graph, where there are embeddings.
    """
    nobody: BoolArray = np.zeros(len(given), dtype=bool)
    same, near, in_two = nobody, nobody, nobody
    groups = None if items is None else _groups(items, given)
    if neighborhood is not None and neighborhood.metric == "cosine":
        close = neighborhood.distances < COPY_DISTANCE
        close &= close.sum(axis=1, keepdims=True) < FEWEST_CROWD
        differs = given[neighborhood.neighbors] != given[:, None]
        equal = close & (neighborhood.distances < SAME_DISTANCE)
        near = (close & differs).any(axis=1)
        if groups is None:
            same = (equal & differs).sum(axis=1) > (equal & ~differs).sum(axis=1)
    if groups is not None:
        same = _outvoted(groups, given)
        in_two = _spread(groups, splits)
    return Copies(outvoted=same, disputed=near & ~same, in_two_splits=in_two)


def _groups(items: HashArray, given: AnyArray) -> IntArray | None:
    """(kept,) a number for each item, another one for each row of vague content; None where all is vague."""
    names, groups = np.unique(items, return_inverse=True)
    empty = items == 0  # also rows of a table without item columns
    groups[empty] = len(names) + np.arange(empty.sum())
    if len(items) - len(np.unique(groups)) > MOST_ALIKE * len(items) or empty.all():
        return None
    vague = _crowded(groups, given)
    groups[vague] = len(names) + len(items) + np.arange(vague.sum())
    return groups


def _crowded(groups: IntArray, given: AnyArray) -> BoolArray:
    """Rows of a crowd with labels like those of any rows: "n/a" is no item."""
    owners, _, counts = _label_counts(groups, given)
    sizes = np.bincount(groups)
    alike = np.bincount(owners, weights=counts * (counts - 1)) / np.maximum(sizes * (sizes - 1), 1)
    shares = np.bincount(given) / len(given)
    chance = float((shares**2).sum())
    vague = (sizes >= FEWEST_CROWD) & (alike - chance < CROWD_AGREEMENT * (1 - chance))
    crowded: BoolArray = vague[groups]
    return crowded


def _outvoted(groups: IntArray, given: AnyArray) -> BoolArray:
    """Rows whose label is not the strict majority of their group's."""
    _, at, counts = _label_counts(groups, given)
    outvoted: BoolArray = 2 * counts[at] <= np.bincount(groups)[groups]
    return outvoted


def _label_counts(groups: IntArray, given: AnyArray) -> tuple[IntArray, IntArray, IntArray]:
    """The labels of each group: (p,) the group, (kept,) which of them a row has, (p,) how many rows do."""
    n_classes = int(given.max(initial=0)) + 1
    pairs, at, counts = np.unique(
        groups * np.int64(n_classes) + given, return_inverse=True, return_counts=True
    )
    return pairs // n_classes, at, counts


def _spread(groups: IntArray, splits: AnyArray) -> BoolArray:
    """Rows whose group stands in more than one split."""
    n_splits = int(splits.max(initial=0)) + 2
    pairs = np.unique(groups * np.int64(n_splits) + splits + 1)
    spread: BoolArray = np.bincount(pairs // n_splits, minlength=int(groups.max(initial=0)) + 1)[groups] > 1
    return spread
