"""The part of a calibrated joint that a picture has room for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

from labelaudit.types import JointCell

Pair = tuple[str, str]
"""A given label and a true one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Confusion:
    """Counts of all classes, and which classes are shown."""

    shown: tuple[str, ...]  # in class order
    n_classes: int
    counts: dict[Pair, int]
    n_given: dict[str, int]  # rows of each given label
    moved: tuple[Pair, ...]  # the pairs of different labels, most rows first

    @property
    def n_moved(self) -> int:
        """Rows that the joint takes for another class."""
        return sum(self.counts[pair] for pair in self.moved)

    @property
    def n_moved_shown(self) -> int:
        """Those of them that lie between the classes shown."""
        shown = set(self.shown)
        return sum(self.counts[pair] for pair in self.moved if shown.issuperset(pair))

    def share(self, pair: Pair) -> float:
        """The part of the given label's rows that lies in a cell."""
        return self.counts[pair] / self.n_given[pair[0]]


def confusion_of(classes: Sequence[str], cells: Sequence[JointCell], most: int) -> Confusion:
    """Sum the cells over splits and choose the classes to show.

    Args:
        classes: names in class order; a name may come again, once a split. Others that cells have come last.
        cells: the calibrated joint; cells left out count 0.
        most: how many classes there is room for. Of more, those are shown that belong to the largest
            counts off the diagonal, ties by class order.
    """
    found = (name for cell in cells for name in (cell.given_label, cell.true_label))
    names = list(dict.fromkeys((*classes, *found)))
    place = {name: i for i, name in enumerate(names)}
    counts: Counter[Pair] = Counter()
    n_given: Counter[str] = Counter()
    for cell in cells:
        counts[cell.given_label, cell.true_label] += cell.count
        n_given[cell.given_label] += cell.count
    moved = [(given, true) for (given, true), count in counts.items() if given != true and count]
    moved.sort(key=lambda pair: (-counts[pair], place[pair[0]], place[pair[1]]))
    shown = names if len(names) <= most else sorted(_most_confused(moved, most), key=place.__getitem__)
    return Confusion(
        shown=tuple(shown), n_classes=len(names), counts=counts, n_given=n_given, moved=tuple(moved)
    )


def _most_confused(moved: Sequence[Pair], most: int) -> list[str]:
    return list(islice(dict.fromkeys(name for pair in moved for name in pair), most))
