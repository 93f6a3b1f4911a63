"""What an index is asked, and what it answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from labelaudit.neighbors.points import Positions


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchOptions:
    """What every index is asked: how many candidates a point, drawn with which seed, by how many threads."""

    wanted: int  # at most as many as there are points
    seed: int = 0
    workers: int = 1


class Index(Protocol):
    """Finds candidates among the points that it was made of.

    A block's candidates are the same whatever is searched before or beside it.
    """

    name: str

    def blocks(self) -> Sequence[Positions]:
        """The points in blocks that are best searched together, each point once."""
        ...

    def candidates(self, block: Positions) -> Positions:
        """(b, wanted) int32 positions of the nearest points, itself among them, in no order."""
        ...
