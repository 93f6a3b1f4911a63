"""Corrections as text: a diff that git takes, and a summary."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from labelaudit.report.text import counted, visible

if TYPE_CHECKING:
    from labelaudit.corrections.differences import FileDifference
    from labelaudit.corrections.hunks import Hunk
    from labelaudit.corrections.reverting import Reversion
    from labelaudit.corrections.values import ChangedRow, Corrections

SHOWN = 5
NO_NEWLINE = "\\ No newline at end of file\n"
_QUOTED = re.compile(r'[\x00-\x1f\x7f"\\]')
_PLAIN = "\x1b[0m"
_COLORS = {"-": "\x1b[31m", "+": "\x1b[32m", "@": "\x1b[36m"}


def diff_text(difference: FileDifference) -> Iterator[str]:
    """A file's changes, with no line around them: `git apply --unidiff-zero -p0` takes them.

    Lines are what the file holds, to the byte; what is no UTF-8 is in lone surrogates. Files without lines
    are shown row by row, for people.
    """
    if difference.hunks is None:
        yield f"=== {visible(difference.name)}\n"
        for row in difference.rows:
            yield from _row_lines(row)
        return
    name = _diff_name(difference.name)
    yield f"--- {name}\n+++ {name}\n"
    for hunk in difference.hunks:
        yield _hunk_head(hunk)
        yield from _signed("-", hunk.old)
        yield from _signed("+", hunk.new)


def shown_diff(lines: Iterable[str], *, color: bool) -> Iterator[str]:
    r"""A diff as a terminal shows it: control characters are spelled out.

    Example:
        >>> list(shown_diff(["-1,cat\r\n", "+1,\x1b[31m\n"], color=False))
        ['-1,cat\\r\n', '+1,\\x1b[31m\n']
    """
    for line in lines:
        for part in line.removesuffix("\n").split("\n"):
            tint = _COLORS.get(part[:1], "") if color else ""
            yield f"{tint}{visible(part)}{_PLAIN if tint else ''}\n"


def summary_lines(corrections: Corrections, *, written: bool) -> Iterator[str]:
    """What is corrected, or was, and what is left alone."""
    left = corrections.left
    words = ("changed", "dropped", "flagged") if written else ("to change", "to drop", "to flag")
    labels, *rows = (corrections.count(action) for action in ("relabel", "drop", "flag"))
    counts = dict(zip(words, (counted(labels, "label"), *(counted(n, "row") for n in rows)), strict=True))
    parts = [f"{count} {what}" for what, count in counts.items() if not count.startswith("0 ")]
    files = sum(file.is_changed for file in corrections.files)
    yield f"{', '.join(parts)} in {counted(files, 'file')}" if parts else "nothing to change"
    if corrections.count("drop") and corrections.beside:
        yield f"these files keep the dropped rows, mend them too: {_some(corrections.beside)}"
    automatic = corrections.directions
    if automatic:
        yield f"auto: {counted(sum(automatic.values()), 'label')} without a decision"
    for (old, new), count in automatic.items():
        yield f"  {visible(old)} -> {visible(new)}: {count:,}"
    for name, count in left.over_assigned.items():
        yield f"auto: {counted(count, 'suggestion')} of '{visible(name)}' left out, it has too many labels"
    if left.auto_gone:
        yield f"auto: {counted(left.auto_gone, 'suspect')} left alone, the row is not as it was scanned"
    if left.kept:
        yield f"kept as given: {counted(left.kept, 'row')}"
    if left.applied:
        yield f"already applied: {counted(left.applied, 'decision')}"
    if left.neither:
        yield f"of no class, untouched: {counted(left.neither, 'row')} (--drop or --flag to do something)"
    if left.conflicts:
        yield f"conflict, untouched: {counted(len(left.conflicts), 'row')} ({_some(left.conflicts)})"
    if left.stale:
        yield f"stale, skipped: {counted(len(left.stale), 'decision')} ({_some(left.stale)})"


def left_out_line(left_out: Mapping[str, int]) -> str:
    """How many suspects were left out by what; empty where none was.

    Example:
        >>> left_out_line({"baseline labelaudit.baseline.json": 104, "decisions": 0})
        '104 suspects left out: 104 by baseline labelaudit.baseline.json'
    """
    by_what = ", ".join(f"{count:,} by {visible(by)}" for by, count in left_out.items() if count)
    return f"{counted(sum(left_out.values()), 'suspect')} left out: {by_what}" if by_what else ""


def reversion_line(reversion: Reversion) -> str:
    """What is taken back, in one line."""
    rows = sum(record.row is not None for record in reversion.records)
    files = sum(file.is_changed for file in reversion.files)
    line = f"{counted(rows, 'change')} to take back in {counted(files, 'file')}"
    if not reversion.n_old:
        return line
    hold = "holds its" if reversion.n_old == 1 else "hold their"
    return f"{line}; {counted(reversion.n_old, 'row')} {hold} old label already"


def _row_lines(row: ChangedRow) -> Iterator[str]:
    place = f"row {row.row}, id {visible(row.id)}: {visible(row.column)} "
    by = " (auto)" if row.source == "auto" else ""
    if row.old is not None:
        yield f"-{place}'{visible(row.old)}'\n"
    if row.new is not None:
        yield f"+{place}'{visible(row.new)}'{by}\n"


def _hunk_head(hunk: Hunk) -> str:
    place = f"@@ -{_span(hunk.old_start, hunk.n_old)} +{_span(hunk.new_start, hunk.n_new)} @@"
    return f"{place} auto\n" if hunk.is_auto else f"{place}\n"


def _span(start: int, count: int) -> str:
    """The place of some lines; of none, the line before them.

    Example:
        >>> _span(4, 1), _span(4, 2), _span(4, 0)
        ('5', '5,2', '4,0')
    """
    if count == 1:
        return str(start + 1)
    return f"{start + 1 if count else start},{count}"


def _signed(sign: str, lines: Iterable[bytes]) -> Iterator[str]:
    for line in lines:
        text = line.decode("utf-8", "surrogateescape")
        yield sign + text if text.endswith("\n") else f"{sign}{text}\n{NO_NEWLINE}"


def _diff_name(name: str) -> str:
    """A file's name as git writes it: quoted where it must be, a tab behind one with spaces."""
    if _QUOTED.search(name):
        escaped = _QUOTED.sub(lambda found: _ESCAPES.get(found[0], f"\\{ord(found[0]):03o}"), name)
        return f'"{escaped}"'
    return name + "\t" if " " in name else name


_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t", "\r": "\\r"}


def _some(ids: Sequence[str]) -> str:
    return ", ".join(visible(id) for id in ids[:SHOWN]) + (", ..." if len(ids) > SHOWN else "")
