"""`page`: the audit for people, the `report.md` of a saved audit.

Two audits of the same rows give the same page: no seconds, no memory, no date.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from labelaudit.report.gate_text import RULE_HEAD, changes_line, hidden_line, rule_cells, verdict_line
from labelaudit.report.model import Report, Screen
from labelaudit.report.pictures import PICTURES
from labelaudit.report.reviewed import reviewed_line
from labelaudit.report.self_tested import told as self_test_told
from labelaudit.report.text import estimate, number, percent, place_of, verdict, visible
from labelaudit.types import ClassRow, Summary

TOP_SUSPECTS = 25
TOP_PAIRS = 10
TOP_CLASSES = 50

_COLUMNS = """\
- **given**: the label in the file. **suggested**: the class found most likely instead; empty where none is.
- **quality**: 0 to 1, low is suspicious. It ranks rows; it is a model's view, not a measured probability.
- **share**: suspects among the rows of a class; for a pair, the part of the given label's rows that
  probably belong to the other class.
- **rules**: why a row is listed; `labelaudit rule CODE` explains each.

A suspect is a row to look at, not a confirmed error: many keep their label.
"""


def render(report: Report, screen: Screen) -> Iterator[str]:
    """Yield the page section by section."""
    summary = report.summary
    yield f"# Label audit\n\n**{verdict(summary)}.**"
    if told := estimate(summary):
        yield f" {told.capitalize()}."
    if told := reviewed_line(report.reviewed):
        yield f" {told.capitalize()}."
    yield f" {escaped(verdict_line(summary)).replace('gate', 'Gate', 1)}.\n"
    yield from (f"\n{escaped(told)}.\n" for told in (changes_line(summary), hidden_line(summary)) if told)
    if screen.pictures:
        yield from (f"\n![{title}]({name})\n" for name, (title, _) in PICTURES.items())
    yield from _gate(summary)
    yield from _suspects(report)
    yield from _classes(report.classes)
    yield from _splits(summary)
    yield from _pairs(report)
    if report.self_test is not None:
        yield f"\n## Self-test\n\n{escaped(' '.join(self_test_told(report.self_test)))}\n"
    yield from _notices(report)
    yield f"\n## How to read the columns\n\n{_COLUMNS}"
    yield f"\n## Reproduce\n\n{escaped(summary.tool)}, seed {summary.seed}\n\n{_fenced(summary.command)}"
    inputs = ([escaped(i.path), f"{i.rows:,}", f"`{i.sha256}`"] for i in summary.inputs)
    yield from _section("Inputs", "", ("file", "rows", "SHA-256"), inputs, numbers={1})


def escaped(text: str) -> str:
    r"""Text from the data as plain words of a page: no markup, no HTML, no table cell of its own.

    Example:
        >>> print(escaped("a|b <i>*c*</i>"))
        a\|b &lt;i&gt;\*c\*&lt;/i&gt;
    """
    text = re.sub(r"[\\`*\[\]|~$]|(?<![^\W_])_|_(?![^\W_])", r"\\\g<0>", visible(text))
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _gate(summary: Summary) -> Iterator[str]:
    rows = (map(escaped, rule_cells(rule)) for rule in summary.gate.rules)
    if summary.gate.declared:
        yield from _section("Gate", "", RULE_HEAD, rows, numbers={1, 2, 3, 4})


def _suspects(report: Report) -> Iterator[str]:
    rows = [
        [
            str(s.rank),
            escaped(s.id),
            escaped(place_of(s)),
            escaped(s.given_label),
            escaped(s.suggested_label or ""),
            number(s.label_quality),
            ", ".join(s.rules),
        ]
        for s in report.shown(TOP_SUSPECTS)
    ]
    note = "" if len(rows) == report.n_shown else f"The worst {len(rows)}; all are in `suspects.csv`."
    head = ("rank", "id", "where", "given", "suggested", "quality", "rules")
    yield from _section("Suspects", note if rows else "None.", head, rows, numbers={0, 5})


def _classes(classes: Sequence[ClassRow]) -> Iterator[str]:
    shown, note = list(classes), ""
    if len(shown) > TOP_CLASSES:
        shown = sorted(shown, key=lambda row: -row.suspects)[:TOP_CLASSES]
        note = f"The {TOP_CLASSES} of {len(classes):,} with the most suspects; all are in `classes.csv`."
    with_split = any(row.split is not None for row in shown)
    rows = [
        [escaped(row.split or "")] * with_split
        + [
            escaped(row.name),
            f"{row.n:,}",
            f"{row.suspects:,}",
            percent(row.suspect_rate),
            number(row.mean_label_quality),
            escaped(row.most_confused_with or ""),
        ]
        for row in shown
    ]
    head = ("class", "rows", "suspects", "share", "mean quality", "most confused with")
    first = int(with_split)
    numbers = {first + 1, first + 2, first + 3, first + 4}
    yield from _section("Classes", note, ("split",) * with_split + head, rows, numbers=numbers)


def _splits(summary: Summary) -> Iterator[str]:
    if len(summary.by_split) < 2:
        return
    rows = [
        [escaped(name), f"{split['rows']:,}", f"{split['suspects']:,}", percent(split["suspect_rate"])]
        for name, split in summary.by_split.items()
    ]
    yield from _section("Splits", "", ("split", "rows", "suspects", "share"), rows, numbers={1, 2, 3})


def _pairs(report: Report) -> Iterator[str]:
    rows = [
        [escaped(c.given_label), escaped(c.true_label), f"{c.count:,}", percent(c.inverse_noise_prob)]
        for c in report.confused[:TOP_PAIRS]
    ]
    head = ("given", "probably", "rows", "share")
    yield from _section("Most confused pairs", "" if rows else "None.", head, rows, numbers={2, 3})


def _notices(report: Report) -> Iterator[str]:
    yield "\n## Notices\n\n"
    if not report.summary.notices:
        yield "None.\n"
    for notice in report.summary.notices:
        yield f"- **{escaped(notice.code)}** {escaped(notice.message)}\n"


def _section(
    title: str, note: str, head: Sequence[str], rows: Iterable[Iterable[str]], *, numbers: set[int]
) -> Iterator[str]:
    yield f"\n## {title}\n"
    if note:
        yield f"\n{note}\n"
    lines = [f"| {' | '.join(row)} |\n" for row in rows]
    if lines:
        rules = ("--:" if column in numbers else "---" for column in range(len(head)))
        yield f"\n| {' | '.join(head)} |\n|{'|'.join(rules)}|\n"
    yield from lines


def _fenced(command: str) -> str:
    """A command as a code block, fenced by more backticks than it has."""
    text = visible(command)
    fence = "`" * max(3, 1 + max((len(run) for run in re.findall("`+", text)), default=0))
    return f"{fence}\n{text}\n{fence}\n"
