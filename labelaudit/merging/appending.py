"""Decisions of other files into the audit's own log, each once."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterable, Sequence
from pathlib import Path
from typing import Any

from labelaudit.decisions import written_in
from labelaudit.reviewing.log import DecisionLog, Record


def append_decisions(
    sources: Sequence[Path], log: Path, current: Collection[str], marked: Iterable[Record] = ()
) -> int:
    """Append what is new to `decisions.jsonl`; running it twice adds nothing.

    All lines go over, those taken back too: how a row came to be looked at is told by its first line.

    Args:
        sources: files of decisions, known to be readable.
        log: the audit's own; as a source it adds nothing. What its reviewers decided later stays their last
            word.
        current: fingerprints of the rows as they are; decisions on others stay behind, but for those of a
            sample: without the rows that are gone it would pass for a whole one.
        marked: an arbiter's, which settle conflicts from now on, wherever they lay until now.

    Returns:
        How many lines were appended.
    """
    known: set[str] = set()
    latest: dict[tuple[str, str], str] = {}

    def absorb(record: Record) -> None:
        known.add(json.dumps(record, sort_keys=True))
        latest[_whose(record)] = max(latest.get(_whose(record), ""), _when(record))

    def forget() -> None:
        known.clear()
        latest.clear()

    own = DecisionLog(log, absorb=absorb, forget=forget)
    others = [source for source in sources if source.resolve() != log.resolve()]
    new: list[Record] = [
        record
        for source in others
        for record in _records(source)
        if record["fingerprint"] in current or record.get("queue") == "sample"
    ]
    new += marked
    new = [record for record in new if json.dumps(record, sort_keys=True) not in known]
    new = [record for record in new if _when(record) >= latest.get(_whose(record), "")]
    for record in sorted(new, key=_when):
        own.append(record)
    return len(new)


def _records(source: Path) -> list[dict[str, Any]]:
    return [{**record, "reviewer": record.get("reviewer") or source.stem} for record in written_in(source)]


def _whose(record: Record) -> tuple[str, str]:
    return str(record.get("fingerprint")), str(record.get("reviewer") or "")


def _when(record: Record) -> str:
    return str(record.get("decided_at") or "")
