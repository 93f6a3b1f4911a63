"""Which draws still are a probability sample of the labels as they are now."""

from __future__ import annotations

from collections.abc import Container, Mapping
from dataclasses import dataclass

from labelaudit.types import Frozen

FEWEST = 10
"""Decisions of a sample below which its interval would be that of the priors."""

Draws = Mapping[str, Mapping[str, float]]
"""By the scan that drew them (empty where nobody told): how likely each row was drawn, by fingerprint."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Samples(Frozen):
    """The draws that count as samples, and what became of the others."""

    draw_prob: Mapping[str, float]  # by fingerprint
    n_earlier: int  # of these rows, those that this scan did not draw
    n_spent: int  # rows of draws that are no samples any more
    n_lost: int  # of those, rows that are gone or have other labels now


def samples_of(draws: Draws, scan: str, present: Container[str]) -> Samples:
    """Tell the draws that are whole from those that lost rows.

    A corrected label makes another row. The rows found wrong leave a sample then and those found right stay:
    what is left looks far too clean.

    Args:
        draws: by scan.
        scan: the key of the present one; where it drew a row again, that draw counts.
        present: the fingerprints of all rows.

    Example:
        >>> found = samples_of({"old": {"f": 0.1, "g": 0.2}, "now": {"g": 0.3}}, "now", {"g"})
        >>> dict(found.draw_prob), found.n_spent, found.n_lost
        ({'g': 0.3}, 2, 1)
    """
    chances: dict[str, float] = {}
    spent: set[str] = set()
    for name in sorted(draws, key=lambda name: (name != scan, name)):
        if all(fingerprint in present for fingerprint in draws[name]):
            chances = {**draws[name], **chances}
        else:
            spent.update(draws[name])
    return Samples(
        draw_prob=chances,
        n_earlier=len(chances.keys() - draws.get(scan, {}).keys()),
        n_spent=len(spent),
        n_lost=sum(fingerprint not in present for fingerprint in spent),
    )
