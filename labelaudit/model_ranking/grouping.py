"""Groups of rows for the bootstrap of many rows.

Rows are put into equal groups at random, and groups are drawn again instead of rows. Rows are independent, so
the variance of a sum over drawn groups is that over drawn rows; with G groups its root is off by about
sqrt(1 / (2 G)): 1.1 % for 4,096, less than 1,000 draws do to the ends of a range.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from labelaudit.model_ranking.metrics import Patterns
from labelaudit.types import AnyArray

if TYPE_CHECKING:
    from scipy.sparse import csr_array

MOST_GROUPS, FEWEST_GROUPS = 4096, 512
CELLS = 1 << 22
"""Numbers of the sums of one model by group, 32 MB: fewer groups of more classes."""


def groups_of(patterns: Patterns, n_classes: int, rng: np.random.Generator) -> csr_array:
    """Put rows into groups of one size, give or take a row.

    Args:
        patterns: the distinct rows, P.
        n_classes: K.
        rng: deals the rows; patterns have an order of their own, so that of the rows reaches nothing.

    Returns:
        (P, G) the rows of each pattern in each group.
    """
    from scipy.sparse import csr_array

    n_rows = int(patterns.counts.sum())
    n_groups = min(max(CELLS // (6 * n_classes), FEWEST_GROUPS), MOST_GROUPS)
    places = np.concatenate([[0], np.cumsum(patterns.counts)])
    group = rng.permutation(n_rows) % n_groups
    shape = (len(patterns.counts), n_groups)
    groups = csr_array((np.ones(n_rows), group, places), shape=shape)
    groups.sum_duplicates()
    return groups


def group_draws(n_groups: int, draws: int, rng: np.random.Generator) -> AnyArray:
    """(G, B) uint8 how often each group is drawn; more than 255 times has no measurable chance."""
    counts = [
        rng.multinomial(n_groups, np.full(n_groups, 1 / n_groups)).astype(np.uint8) for _ in range(draws)
    ]
    return np.stack(counts, axis=1)
