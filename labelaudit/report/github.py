"""`github`: workflow commands, which GitHub Actions shows beside the changed lines.

GitHub shows 10 annotations of a kind for a step, so the worst 10 suspects are named, and the notices come
after the verdict. Escapes are those of its documentation, "Workflow commands for GitHub Actions".
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from labelaudit.report.findings import TOP_NOTICES, message_of, path_of, rule_of
from labelaudit.report.gate_text import changes_line, hidden_line, verdict_line
from labelaudit.report.model import Report, Screen
from labelaudit.report.text import counted, visible
from labelaudit.types import Notice, Suspect

TOP_SUSPECTS = 10

_IN_MESSAGES = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
_IN_PROPERTIES = _IN_MESSAGES | str.maketrans({":": "%3A", ",": "%2C"})


def render(report: Report, _screen: Screen) -> Iterator[str]:
    """Yield a warning a suspect, how many more there are, the verdict, what is hidden, the notices."""
    told = 0
    for suspect in report.shown(TOP_SUSPECTS):
        told += 1
        yield _annotation(suspect, report.root)
    summary, left = report.summary, report.n_shown - told
    if left > 0:
        suspects = counted(left, "more suspect", "more suspects")
        yield _command("notice", f"and {suspects}; labelaudit report AUDIT lists them")
    failed = summary.gate.declared and not summary.gate.passed
    lines = filter(None, (verdict_line(summary), changes_line(summary)))
    yield _command("error" if failed else "notice", "\n".join(lines))
    if hidden := hidden_line(summary):
        yield _command("notice", hidden)
    yield from _notices(summary.notices)


def _notices(notices: Sequence[Notice]) -> Iterator[str]:
    for notice in notices[:TOP_NOTICES]:
        yield _command("notice", visible(notice.message), {"title": visible(notice.code)})
    left = len(notices) - TOP_NOTICES
    if left > 0:
        yield _command("notice", f"and {counted(left, 'more notice')}")


def _annotation(suspect: Suspect, root: str | None) -> str:
    properties = {"file": visible(path_of(suspect, root))}
    if suspect.line is not None:
        properties["line"] = str(suspect.line)
    properties["title"] = f"{rule_of(suspect)} label issue".strip()
    return _command("warning", message_of(suspect), properties)


def _command(name: str, message: str, properties: dict[str, str] | None = None) -> str:
    told = ",".join(f"{key}={value.translate(_IN_PROPERTIES)}" for key, value in (properties or {}).items())
    return f"::{name}{' ' if told else ''}{told}::{message.translate(_IN_MESSAGES)}\n"
