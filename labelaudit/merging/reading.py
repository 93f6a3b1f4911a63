"""Several files of decisions as one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from labelaudit.decisions import Decision, read_decisions, written_in
from labelaudit.errors import UnreadableFileError


def decisions_together(files: Sequence[Path]) -> list[Decision]:
    """Read files of decisions; of each reviewer the last word on a row counts, whichever file it is in.

    Lines without a reviewer are those of one person, who is called by the name of the file.

    Args:
        files: each must exist.

    Returns:
        In the order of the files; a later word stands where the earlier one stood.

    Raises:
        UnreadableFileError: a file that does not exist or cannot be read, or a line that is no decision.
    """
    last: dict[tuple[str, str], Decision] = {}
    for file in files:
        if not file.is_file():
            what = "is no regular file" if file.exists() else "no such file"
            raise UnreadableFileError(what, file=str(file), hint="name files of decisions, as JSONL")
        for decision in read_decisions(file):
            named = replace(decision, reviewer=decision.reviewer or file.stem)
            key = (named.fingerprint, named.reviewer)
            if key not in last or decided_at(named) >= decided_at(last[key]):
                last[key] = named
    return list(last.values())


def decided_at(decision: Decision) -> str:
    """When it was decided, as text that sorts; empty where the line does not tell."""
    return str(decision.record.get("decided_at") or "")


def drawn_rows(files: Iterable[Path]) -> dict[str, dict[str, float]]:
    """The rows that were ever asked about as part of a probability sample, by the scan that drew them.

    A row stays drawn when it is decided again among the ranked suspects, or taken back: what counts is how
    it came to be looked at. Of several samples of a scan a row keeps its first probability.

    Args:
        files: of decisions, known to be readable.

    Returns:
        By the key of the scan, empty where a line does not tell, and by fingerprint: the probability.
    """
    found: dict[str, dict[str, float]] = {}
    for file in files:
        for record in written_in(file):
            try:
                chance = float(record["draw_prob"])
                if record["queue"] == "sample" and 0 < chance <= 1:
                    group = found.setdefault(str(record.get("scan") or ""), {})
                    group.setdefault(str(record["fingerprint"]), chance)
            except (ValueError, KeyError, TypeError):
                continue  # lines without a draw
    return found
