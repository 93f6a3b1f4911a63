"""Conflicts as a queue: what reviewers are to look at together."""

from __future__ import annotations

import json
from collections.abc import Iterator

from labelaudit.merging.merged import Merge


def conflict_lines(merge: Merge) -> Iterator[str]:
    """A JSON line for each row in conflict, with who said what; in the order of the first decision.

    A verdict is "keep", "neither", or "=" and the class that the row should have.
    """
    for outcome in merge.conflicts:
        record = {
            "fingerprint": outcome.fingerprint,
            "id": outcome.id,
            "queue": "ranked",
            "agreement": round(outcome.agreement, 6),
            "verdicts": dict(sorted(merge.verdicts[outcome.fingerprint].items())),
        }
        yield json.dumps(record, ensure_ascii=False) + "\n"
