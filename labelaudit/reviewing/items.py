"""Items as the review page gets them: a row, what speaks against its label, and its neighbours."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any

from labelaudit.auditing import Audit
from labelaudit.neighbor_rows import neighbors_of
from labelaudit.reviewing.log import Record
from labelaudit.reviewing.model_says import ModelSays, model_says
from labelaudit.reviewing.neighbors_again import neighbors_again
from labelaudit.reviewing.queues import Queue
from labelaudit.reviewing.showing import Showing
from labelaudit.reviewing.suggestions_again import with_suggestions
from labelaudit.reviewing.wording import reason_of
from labelaudit.types import Suspect

NEIGHBORS = 3
"""Neighbours shown of each side."""
DECISION_FIELDS = ("decision", "label", "reason", "note", "decided_at")
NOT_FOUND = dict.fromkeys(("src", "text", "columns", "link")) | {
    "kind": "columns",
    "note": "several rows have this id",
}

Neighbor = tuple[str, str, Suspect | None]  # id, label, and the row where it can be told which one it is


class Items:
    """Makes items of rows; neighbours and previews are read a stretch ahead and remembered.

    Args:
        audit: a loaded one.
        showing: reads previews.
        queue: all rows that may be asked for.
    """

    def __init__(self, audit: Audit, showing: Showing, queue: Queue) -> None:
        self._audit, self.showing, self._queue = audit, showing, queue
        self._neighbors: dict[str, list[Neighbor]] = {}
        self._rows: dict[str, Suspect] = {}  # neighbours by fingerprint

    def read(self, rows: Sequence[Suspect]) -> None:
        """Read what these rows show, and their neighbours."""
        unknown = [row for row in rows if row.fingerprint not in self._neighbors]
        if unknown:
            for row, near in self._found(unknown):
                self._neighbors[row.fingerprint] = near
                self._rows |= {one.fingerprint: one for _, _, one in near if one is not None}
        beside = [
            n for row in rows for side in self._sides(row).values() for _, _, n in side if n is not None
        ]
        self.showing.read([*rows, *beside])

    def _found(self, rows: Sequence[Suspect]) -> Iterator[tuple[Suspect, list[Neighbor]]]:
        """The neighbours of rows, as the audit has them or else looked for."""
        saved = neighbors_of(rows, self._audit)
        for row in rows:
            near = zip(row.neighbor_ids, row.neighbor_labels, saved[row.fingerprint], strict=True)
            again = self._again.get(row.fingerprint, ())
            yield row, list(near) or [(one.id, one.given_label, one) for one in again]

    @cached_property
    def _again(self) -> Mapping[str, tuple[Suspect, ...]]:
        """The neighbours of all rows that were saved without."""
        return neighbors_again(self._queue.without_neighbors(), self._audit)

    @cached_property
    def _says(self) -> Mapping[str, ModelSays]:
        """What the model says of each row: of all at once, as all scores must be read for any."""
        suggested = self._queue.suggested
        return with_suggestions(model_says(suggested, self._audit), suggested, self._audit)

    def is_read(self, row: Suspect) -> bool:
        """Whether a row can be shown at once."""
        return row.fingerprint in self._neighbors and not self.showing.missing([row])

    def neighbor(self, fingerprint: str) -> Suspect | None:
        """A row that was shown as somebody's neighbour."""
        return self._rows.get(fingerprint)

    def item(
        self, row: Suspect, *, queue: str, draw_prob: float | None, last: Record | None
    ) -> dict[str, Any]:
        """One item, as JSON has it; the row has been read.

        Args:
            row: a suspect, or any other row in a suspect's columns.
            queue: "ranked", "sample" or "control".
            draw_prob: how likely it was to be drawn.
            last: the reviewer's last word on it.
        """
        says = self._says.get(row.fingerprint)
        return {
            "fingerprint": row.fingerprint,
            "id": row.id,
            "file": row.file,
            "row": row.row,
            "line": row.line,
            "split": row.split,
            "rank": row.rank or None,
            "given_label": row.given_label,
            "suggested_label": row.suggested_label,
            "runner_up_label": row.runner_up_label,
            "given_prob": None if says is None else says.given,
            "suggested_prob": None if says is None else says.suggested,
            "label_quality": row.label_quality,
            "p_error": row.p_error,
            "rules": list(row.rules),
            "reason": reason_of(row, says),
            "preview": self.showing.preview(row),
            "neighbors": {side: [self._shown(n) for n in near] for side, near in self._sides(row).items()},
            "queue": queue,
            "draw_prob": draw_prob,
            "decision": None if last is None else decision_of(last),
        }

    def _sides(self, row: Suspect) -> Mapping[str, list[Neighbor]]:
        """The nearest neighbours with the given and with the suggested label."""
        near = self._neighbors[row.fingerprint]
        return {
            side: [one for one in near if label is not None and one[1] == label][:NEIGHBORS]
            for side, label in (("given", row.given_label), ("suggested", row.suggested_label))
        }

    def _shown(self, neighbor: Neighbor) -> dict[str, Any]:
        name, label, row = neighbor
        preview = NOT_FOUND if row is None else self.showing.preview(row)
        return {"id": name, "label": label, "preview": preview}


def decision_of(record: Record) -> dict[str, Any]:
    """What the page is told of a decision."""
    return {name: record.get(name) for name in DECISION_FIELDS}
