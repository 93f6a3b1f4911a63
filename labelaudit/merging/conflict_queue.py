"""Conflicts as a queue: what an arbiter, or reviewers together, are to look at once more."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator

from labelaudit.merging.merged import Merge
from labelaudit.merging.reading import decided_at


def conflict_lines(merge: Merge) -> Iterator[str]:
    """A JSON line for each row in conflict, with what was said of it; in the order of the first decision.

    A verdict is "keep", "neither", or "=" and the class that the row should have. Nobody is named: who
    settles a conflict must not know whose it is. `decided_at` is when the last of them decided; what is
    decided later is a new word.
    """
    last: dict[str, str] = {}
    for decision in merge.decisions:
        last[decision.fingerprint] = max(last.get(decision.fingerprint, ""), decided_at(decision))
    for outcome in merge.conflicts:
        verdicts = Counter(merge.verdicts[outcome.fingerprint].values())
        record = {
            "fingerprint": outcome.fingerprint,
            "id": outcome.id,
            "queue": "ranked",
            "agreement": round(outcome.agreement, 6),
            "verdicts": dict(sorted(verdicts.items())),
            "decided_at": last[outcome.fingerprint] or None,
        }
        yield json.dumps(record, ensure_ascii=False) + "\n"
