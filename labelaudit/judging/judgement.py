"""A judgement on every row, whoever made it."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from labelaudit.kernels.estimates import ErrorEstimate
from labelaudit.types import AnyArray, FloatArray, Frozen, HashArray, IntArray, Notice

CREDIBLE = 0.2
"""A class below this probability is not suggested."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Neighborhood(Frozen):
    """The neighbour graph and what it says of each label."""

    neighbors: AnyArray  # (kept, k) int32 positions among the kept rows, nearest first
    distances: AnyArray  # (kept, k) float32
    agreement: FloatArray  # (kept,) weighted share of neighbours with the given label
    strongest: AnyArray  # (kept,) the other class with most votes
    strongest_share: FloatArray  # (kept,) its weighted share
    with_given: (
        AnyArray  # (kept, 3) of a row more likely wrong: the nearest with its given label, -1 for none
    )
    with_suggested: AnyArray  # (kept, 3) the nearest with its suggested label
    metric: str
    facts: dict[str, Any] = field(default_factory=dict)  # for the summary


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Judgement(Frozen):
    """Of every kept row: how good its label is, whether it is flagged, and what it might be instead."""

    quality: FloatArray  # (kept,) by the scorer that ranks, low is suspicious
    p_error: FloatArray | None  # (kept,) None where no fused score was asked for
    suggested: AnyArray  # (kept,) class numbers, -1 where nothing is credible
    suggested_prob: FloatArray  # (kept,)
    runner_up: AnyArray  # (kept,) class numbers
    estimate: ErrorEstimate
    method: str
    neighborhood: Neighborhood | None = None
    scores: dict[str, FloatArray] = field(default_factory=dict)  # of other scorers asked for
    notices: tuple[Notice, ...] = ()


def in_row_order(judgement: Judgement, order: IntArray) -> Judgement:
    """Put a judgement on rows in some order back into theirs.

    Args:
        judgement: on the rows in the order in which they were looked at.
        order: (kept,) the position of each of them.
    """
    around = judgement.neighborhood
    if around is not None:
        around = replace(
            around,
            neighbors=_put_back(order.astype(np.int32)[around.neighbors], order),
            with_given=_put_back(_renamed(around.with_given, order), order),
            with_suggested=_put_back(_renamed(around.with_suggested, order), order),
            distances=_put_back(around.distances, order),
            agreement=_put_back(around.agreement, order),
            strongest=_put_back(around.strongest, order),
            strongest_share=_put_back(around.strongest_share, order),
        )
    return replace(
        judgement,
        quality=_put_back(judgement.quality, order),
        p_error=None if judgement.p_error is None else _put_back(judgement.p_error, order),
        suggested=_put_back(judgement.suggested, order),
        suggested_prob=_put_back(judgement.suggested_prob, order),
        runner_up=_put_back(judgement.runner_up, order),
        neighborhood=around,
        scores={name: _put_back(values, order) for name, values in judgement.scores.items()},
    )


def _renamed(rows: AnyArray, order: IntArray) -> AnyArray:
    return np.where(rows < 0, -1, order.astype(np.int32)[rows])


def _put_back(values: AnyArray, order: IntArray) -> AnyArray:
    placed = np.empty_like(values)
    placed[order] = values
    return placed


def row_keys(id_hashes: HashArray | None, rows: AnyArray) -> HashArray:
    """(kept,) what random draws are keyed by: the hash of the id, or the row number."""
    return rows.astype(np.uint64) if id_hashes is None else id_hashes[rows]
