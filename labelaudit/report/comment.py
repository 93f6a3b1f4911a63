"""`markdown`: a comment for a pull request: the verdict, the limits, three examples, notices, what to do.

Services take about 65,000 characters, so each part has room of its own: the comment stays under 60,000
whatever the data says. A bot finds its earlier comment by the first line.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Sequence

from labelaudit.report.findings import TOP_NOTICES
from labelaudit.report.gate_text import RULE_HEAD, changes_line, hidden_line, rule_cells, verdict_line
from labelaudit.report.model import Report, Screen
from labelaudit.report.quoting import beginning, code, words
from labelaudit.report.reviewed import reviewed_line
from labelaudit.report.text import counted, number, percent, place_of, verdict
from labelaudit.rules import RULES
from labelaudit.types import ClassRow, Gate, Notice, Suspect

MARK = "<!-- labelaudit -->"
TOP_EXAMPLES = 3
TOP_CLASSES = 50
_ROOM_FOR_LIMITS, _ROOM_FOR_EXAMPLES, _ROOM_FOR_CLASSES, _ROOM_FOR_NOTICES = 12_000, 16_000, 16_000, 6_000
_LONGEST_COMMAND = 300


def render(report: Report, _screen: Screen) -> Iterator[str]:
    """Yield the comment part by part."""
    summary = report.summary
    yield f"{MARK}\n**{words(verdict_line(summary))}**\n\n"
    yield f"{words(verdict(summary))}.\n"
    for told in filter(None, (reviewed_line(report.reviewed), changes_line(summary))):
        yield f"{words(told)}.\n"
    yield from _limits(summary.gate)
    yield from _examples(report)
    yield from _classes(report.classes)
    if told := hidden_line(summary):
        yield f"\n{words(told)}.\n"
    yield from _notices(summary.notices)
    if report.n_shown:
        yield from _what_to_do(report.folder)


def _limits(gate: Gate) -> Iterator[str]:
    if not gate.rules:
        return
    failed_first = sorted(gate.rules, key=lambda rule: (rule.passed, rule.informational))
    rows = _fitting((_row(map(words, rule_cells(rule))) for rule in failed_first), _ROOM_FOR_LIMITS)
    yield f"\n{_row(RULE_HEAD)}|---|--:|--:|--:|--:|---|---|\n"
    yield from rows
    if left := len(gate.rules) - len(rows):
        yield f"\nand {counted(left, 'more limit')}\n"


def _examples(report: Report) -> Iterator[str]:
    examples = (_example(s, report.texts.get(s.fingerprint)) for s in report.shown(TOP_EXAMPLES))
    lines = _fitting(examples, _ROOM_FOR_EXAMPLES)
    if lines:
        worst = "" if len(lines) == report.n_shown else f"the worst {len(lines)} of "
        yield f"\nGiven → suggested, {worst}{counted(report.n_shown, 'suspect')}:\n\n"
    yield from lines


def _example(suspect: Suspect, text: str | None) -> str:
    suggested = "no suggestion" if suspect.suggested_label is None else code(suspect.suggested_label)
    reasons = "; ".join(f"{rule} {RULES[rule].summary}" for rule in suspect.rules)
    quoted = "" if text is None else f"\n  {code(beginning(text, 120), 120)}"
    where = f"{code(place_of(suspect), 120)}, id {code(suspect.id)}"
    quality = f"quality {number(suspect.label_quality)}"
    return f"- {code(suspect.given_label)} → {suggested}, {where}, {quality}: {reasons}{quoted}\n"


def _classes(classes: Sequence[ClassRow]) -> Iterator[str]:
    most_first = sorted((row for row in classes if row.suspects), key=lambda row: -row.suspects)
    rows = _fitting((_class(row) for row in most_first[:TOP_CLASSES]), _ROOM_FOR_CLASSES)
    if not rows:
        return
    some = "" if len(rows) == len(most_first) else f", the {len(rows)} with the most of {len(most_first):,}"
    yield f"\n<details>\n<summary>Suspects by class, in all rows{some}</summary>\n\n"
    yield _row(("class", "rows", "suspects", "share", "most confused with")) + "|---|--:|--:|--:|---|\n"
    yield from rows
    yield "\n</details>\n"


def _class(row: ClassRow) -> str:
    name = code(row.name) if row.split is None else f"{code(row.name)}, split {code(row.split)}"
    confused = "" if row.most_confused_with is None else code(row.most_confused_with)
    return _row((name, f"{row.n:,}", f"{row.suspects:,}", percent(row.suspect_rate), confused))


def _notices(notices: Sequence[Notice]) -> Iterator[str]:
    lines = _fitting(map(_notice, notices[:TOP_NOTICES]), _ROOM_FOR_NOTICES)
    if lines:
        yield "\nNotices:\n\n"
    yield from lines
    if left := len(notices) - len(lines):
        yield f"\nand {counted(left, 'more notice')}\n"


def _notice(notice: Notice) -> str:
    return f"- {words(beginning(notice.code, 40))}: {words(beginning(notice.message, 300))}\n"


def _what_to_do(folder: str) -> Iterator[str]:
    audit = shlex.quote(folder)
    yield "\nA suspect is a row to look at, not a confirmed error. With the saved audit:\n\n"
    for what, command in (
        ("why a row is listed", f"labelaudit explain {audit} ID"),
        ("the label is right, accept it", f"labelaudit baseline update {audit}"),
        ("the label is wrong, correct it", f"labelaudit apply {audit}"),
    ):
        yield f"- {what}: {code(command, _LONGEST_COMMAND)}\n"


def _row(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |\n"


def _fitting(parts: Iterable[str], room: int) -> list[str]:
    """The first parts that take no more than so many letters together."""
    lengths = 0
    fitting = []
    for part in parts:
        lengths += len(part)
        if lengths > room:
            break
        fitting.append(part)
    return fitting
