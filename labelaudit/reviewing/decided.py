"""What one reviewer has decided so far, and how fast and with which result."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from itertools import pairwise
from typing import Any

from labelaudit.decisions import NO_VOTE, WORDS, was_seen
from labelaudit.reviewing.log import Record

ERRORS = ("suggested", "neither", "other")
"""The words that call the given label wrong."""
LAST = 50
"""Decisions whose errors tell whether it is worth going on."""
LAST_OF_PAIR = 10
"""Decisions in a class pair that tell whether the rest of it may be taken in a batch."""
PACE_OVER = 20
"""Decisions whose times tell the pace."""
BREAK_SECONDS = 120.0
"""Who decides nothing for longer was away."""


class Decided:
    """The last word of a reviewer on each row, in the order in which they were said.

    Args:
        reviewer: whose words these are.
        in_sample: whether the rows asked about are a sample. A row that was decided before it was drawn is
            asked about once more: only a decision that knows the probability of its draw counts there.
        scan: the key of the scan that is reviewed; what another one drew is no sample of this one.
        after: by fingerprint, when a row came into conflict: it is asked about anew.
    """

    def __init__(
        self,
        reviewer: str,
        *,
        in_sample: bool = False,
        scan: str | None = None,
        after: Mapping[str, str] | None = None,
    ) -> None:
        self.reviewer = reviewer
        self._scan = scan
        self._in_sample, self._after = in_sample, after or {}
        self.last: dict[str, Record] = {}
        self.drawn: dict[str, float] = {}  # the rows met in a sample, and how likely each was to be drawn

    def absorb(self, record: Record) -> None:
        """Take a line of the log into account."""
        fingerprint, word = record.get("fingerprint"), record.get("decision")
        mine = (record.get("reviewer") or "") == self.reviewer
        if not mine or word not in WORDS or not isinstance(fingerprint, str):
            return
        draw_prob = record.get("draw_prob")
        is_drawn = record.get("queue") == "sample" and record.get("scan") == self._scan
        if is_drawn and isinstance(draw_prob, int | float):
            self.drawn[fingerprint] = float(draw_prob)
        self.last.pop(fingerprint, None)
        if word != "undo":
            self.last[fingerprint] = record

    def forget(self) -> None:
        """Begin anew."""
        self.last.clear()
        self.drawn.clear()

    def on(self, fingerprint: str) -> Record | None:
        """The last word on a row, if it answers what is asked now."""
        if self._in_sample and fingerprint not in self.drawn:
            return None
        record = self.last.get(fingerprint)
        asked = self._after.get(fingerprint, "")
        return record if record is None or not asked or str(record.get("decided_at")) > asked else None


def progress_of(decided: Decided, rules: Mapping[str, Sequence[str]]) -> dict[str, Any]:
    """How far a reviewer has come in a queue.

    What came in a batch is done, and tells of neither errors nor pace: nobody looked at each row.

    Args:
        decided: by the reviewer.
        rules: of each row of the queue, by fingerprint.

    Returns:
        `decided` and `skipped` of `total` rows; `by_rule` with `errors` and `decided`; `by_pair`, of class
        pairs with ten decisions, how many of the last ten took the suggestion; `pace_per_minute`; `last_50`
        decisions and the `last_50_errors` among them.

    Example:
        >>> decided = Decided("ana")
        >>> decided.absorb({"fingerprint": "f", "decision": "suggested", "reviewer": "ana"})
        >>> progress_of(decided, {"f": ["LA101"], "g": []})["by_rule"]
        {'LA101': {'errors': 1, 'decided': 1}}
    """
    here = [print_ for print_ in decided.last if print_ in rules and decided.on(print_)]
    votes = [print_ for print_ in here if decided.last[print_]["decision"] not in NO_VOTE]
    seen = [print_ for print_ in votes if was_seen(decided.last[print_])]
    wrong = {print_ for print_ in seen if decided.last[print_]["decision"] in ERRORS}
    counted: Counter[str] = Counter(code for print_ in seen for code in rules[print_])
    errors: Counter[str] = Counter(code for print_ in wrong for code in rules[print_])
    return {
        "decided": len(votes),
        "skipped": len(here) - len(votes),
        "total": len(rules),
        "by_rule": {code: {"errors": errors[code], "decided": n} for code, n in sorted(counted.items())},
        "by_pair": _by_pair([decided.last[print_] for print_ in seen]),
        "pace_per_minute": _pace([decided.last[print_] for print_ in seen[-PACE_OVER:]]),
        "last_50": len(seen[-LAST:]),
        "last_50_errors": sum(print_ in wrong for print_ in seen[-LAST:]),
    }


def _by_pair(records: Iterable[Record]) -> dict[str, int]:
    """How many of the last decisions took the suggestion; a pair is written as the page's filter has it."""
    words: defaultdict[tuple[str, str], list[object]] = defaultdict(list)
    for record in records:
        match record.get("seen"):
            case {"given": str(given), "suggested": str(suggested)}:
                words[given, suggested].append(record["decision"])
    return {
        json.dumps(pair, ensure_ascii=False, separators=(",", ":")): said[-LAST_OF_PAIR:].count("suggested")
        for pair, said in words.items()
        if len(said) >= LAST_OF_PAIR
    }


def _pace(records: Iterable[Record]) -> float | None:
    """Decisions a minute, pauses left out; None before there are two in a row."""
    times = [time for record in records if (time := _time(record.get("decided_at"))) is not None]
    gaps = [later - earlier for earlier, later in pairwise(times)]
    worked = [gap for gap in gaps if 0 <= gap <= BREAK_SECONDS]
    return round(60 * len(worked) / sum(worked), 1) if sum(worked) > 0 else None


def _time(text: object) -> float | None:
    try:
        return datetime.fromisoformat(str(text)).timestamp()
    except (ValueError, OverflowError):
        return None
