"""The verdict in figures: rows, suspects, how many errors there may be, what the gate says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil, floor
from typing import TYPE_CHECKING

from labelaudit.report.gate_text import verdict_line
from labelaudit.report.text import counted, percent

if TYPE_CHECKING:
    from labelaudit.types import Reviewed, ReviewedCount, Summary


@dataclass(frozen=True, slots=True, kw_only=True)
class Tile:
    """A figure, and what it is worth."""

    what: str
    figure: str
    note: str


def tiles_of(summary: Summary, reviewed: Reviewed | None) -> list[Tile]:
    """The verdict; an estimate always says where it comes from."""
    share = percent(summary.suspect_rate)
    tiles = [
        Tile(
            what="Labels checked",
            figure=f"{summary.n_rows:,}",
            note=counted(summary.n_classes, "class", "classes"),
        ),
        Tile(
            what="Suspects",
            figure=f"{summary.n_suspects:,}",
            note=f"{share} of the rows, each one to look at" if summary.n_suspects else "No row is flagged.",
        ),
    ]
    if (found := summary.est_errors) is not None:
        clean = " Where the model is surest all agree: the data may be clean." if found["looks_clean"] else ""
        note = f"Model estimate, not a count: only a review can tell.{clean}"
        span = f"{found['low']:,} to {found['high']:,}"
        tiles.append(Tile(what="Estimated label errors", figure=span, note=note))
    if reviewed is not None:
        total = reviewed.total
        decisions = counted(reviewed.decisions["sample"], "decision")
        note = f"About {round(total.errors):,}, from {decisions} of a sample, at {100 * reviewed.level:g} %."
        note += " Other decisions were taken since." if reviewed.is_outdated else ""
        tiles.append(Tile(what="Reviewed estimate", figure=_span(total), note=note))
    return [*tiles, _gate(summary)]


def _gate(summary: Summary) -> Tile:
    word, _, why = verdict_line(summary).removeprefix("gate: ").partition(" (")
    note = why.removesuffix(")") if summary.gate.declared else "No limit was declared."
    return Tile(what="Gate", figure=word, note=note)


def reviewed_rows(reviewed: Reviewed) -> Iterator[tuple[str, ...]]:
    """A reviewed estimate as rows of a table: what, rows, decided, errors, interval, share."""
    parts = [("all rows", reviewed.total)]
    parts += [(f"worst {counted(part.rows, 'suspect')}", part) for part in reviewed.top]
    for kind, named in (("class", reviewed.by_class), ("split", reviewed.by_split)):
        parts += [(f"{kind} {name}", part) for name, part in named.items()]
    for what, part in parts:
        yield (
            what,
            f"{part.rows:,}",
            f"{part.decided:,}",
            f"{round(part.errors):,}",
            _span(part),
            percent(part.rate(part.errors)),
        )


def _span(part: ReviewedCount) -> str:
    return f"{floor(part.low):,} to {ceil(part.high):,}"
