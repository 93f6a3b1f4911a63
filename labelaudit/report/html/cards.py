"""A suspect as the page shows it: the item, both labels, the reasons, the nearest rows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from labelaudit.report.html.looks import Look, Looks
from labelaudit.report.text import percent
from labelaudit.rules import RULES

if TYPE_CHECKING:
    from labelaudit.decisions import Outcome
    from labelaudit.report.views import Views
    from labelaudit.reviewing.model_says import ModelSays
    from labelaudit.types import Suspect

MOST_NEAREST = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Near:
    """A neighbour: its id, and what is shown of it where it was found."""

    id: str
    look: Look | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One suspect."""

    suspect: Suspect
    look: Look
    says: ModelSays | None
    reason: str
    nearest: tuple[tuple[str, tuple[Near, ...]], ...]  # by label: the given one, the suggested one
    decided: str  # what people said, in words; empty where nobody did

    @property
    def pair(self) -> str:
        """The two labels, as a choice of the filter."""
        suggested = self.suspect.suggested_label
        return f"{self.suspect.given_label} → {'no suggestion' if suggested is None else suggested}"

    @property
    def split(self) -> str:
        """The split, empty where there is none."""
        return self.suspect.split or ""


def cards_of(suspects: Iterable[Suspect], views: Views | None) -> Iterator[Card]:
    """Arrange suspects, in their order, with what was read of their items."""
    looks = Looks({}) if views is None else Looks(views.previews, views.media_roots)
    for suspect in suspects:
        neighbors = () if views is None else views.neighbors.get(suspect.fingerprint, ())
        outcome = None if views is None else views.outcomes.get(suspect.fingerprint)
        says = None if views is None else views.says.get(suspect.fingerprint)
        yield Card(
            suspect=suspect,
            look=looks.of(suspect),
            says=says,
            reason=_reason(suspect, says),
            nearest=tuple(_nearest(suspect, neighbors, looks)),
            decided="" if outcome is None else _decided(outcome),
        )


def _reason(suspect: Suspect, says: ModelSays | None) -> str:
    """Why it is listed, as one sentence."""
    said = [RULES[code].summary for code in suspect.rules]
    if says is not None and says.first not in (suspect.given_label, suspect.suggested_label):
        said.append(f"the model's first choice is '{says.first}', {percent(says.first_prob)}")
    if suspect.neighbor_agreement is not None:
        said.append(f"{percent(suspect.neighbor_agreement)} of the neighbours' votes go to the given label")
    sentence = "; ".join(said)
    return f"{sentence[:1].upper()}{sentence[1:]}."


def _nearest(
    suspect: Suspect, rows: Sequence[Suspect | None], looks: Looks
) -> Iterator[tuple[str, tuple[Near, ...]]]:
    found = rows or [None] * len(suspect.neighbor_ids)
    named = list(zip(suspect.neighbor_ids, suspect.neighbor_labels, found, strict=True))
    for label in dict.fromkeys(suspect.neighbor_labels):
        yield (
            label,
            tuple(
                Near(id=name, look=None if row is None else looks.near(row))
                for name, own, row in named
                if own == label
            )[:MOST_NEAREST],
        )


def _decided(outcome: Outcome) -> str:
    by = f", by {', '.join(name for name in outcome.reviewers if name)}" if any(outcome.reviewers) else ""
    words = {
        "keep": "kept by review",
        "relabel": f"reviewed: {outcome.label}",
        "neither": "reviewed: neither label",
        "conflict": "reviewers disagree",
    }
    return words[outcome.verdict] + by
