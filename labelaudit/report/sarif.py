"""`sarif`: the Static Analysis Results Interchange Format 2.1.0, which code scanning services read.

Services refuse large files, so the worst 1,000 suspects are results; how many are left out is told in
the run's properties and as a notification, as notices are.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import asdict
from itertools import islice
from pathlib import Path, PurePath
from typing import Any
from urllib.parse import quote

from labelaudit.report.findings import chance_of, message_of, path_of, rule_of
from labelaudit.report.gate_text import changes_line, hidden_line, verdict_line
from labelaudit.report.model import Report, Screen
from labelaudit.report.text import counted, json_text, place_of, visible
from labelaudit.rules import RULES, Rule
from labelaudit.types import Summary, Suspect

MOST_RESULTS = 1000
SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"
FINGERPRINT = "labelaudit/v1"


def render(report: Report, _screen: Screen) -> Iterator[str]:
    """Yield one document with one run."""
    worst = islice(report.shown(MOST_RESULTS), MOST_RESULTS)
    results = [_result(suspect, report.root) for suspect in worst]
    summary, left_out = report.summary, report.n_shown - len(results)
    run = {
        "tool": {"driver": _driver(summary)},
        "columnKind": "unicodeCodePoints",
        "invocations": [_invocation(summary, left_out)],
        "results": results,
        "properties": {
            "n_rows": summary.n_rows,
            "n_suspects": summary.n_suspects,
            "left_out": left_out,
            "gate": {"verdict": verdict_line(summary), **asdict(summary.gate)},
            "hidden": summary.hidden,
            "changes": None if summary.changes is None else asdict(summary.changes),
        },
    }
    yield json_text({"version": "2.1.0", "$schema": SCHEMA, "runs": [run]}, indent=1) + "\n"


def _driver(summary: Summary) -> dict[str, Any]:
    # Those of the LA9 family are about a dataset, not about a row.
    rules = [_descriptor(rule) for rule in RULES.values() if not rule.code.startswith("LA9")]
    return {"name": "labelaudit", "version": summary.tool.removeprefix("labelaudit "), "rules": rules}


def _descriptor(rule: Rule) -> dict[str, Any]:
    return {
        "id": rule.code,
        "name": rule.name,
        "shortDescription": _message(rule.summary),
        "fullDescription": _message(rule.explanation),
        "help": _message(f"{rule.explanation}\n\n{rule.mend}"),
        "defaultConfiguration": {"level": "warning"},
        "properties": {"needs": rule.needs, "outcome": rule.outcome},
    }


def _invocation(summary: Summary, left_out: int) -> dict[str, Any]:
    failed = summary.gate.declared and not summary.gate.passed
    notes = [changes_line(summary), hidden_line(summary)]
    if left_out:
        notes.append(f"{counted(left_out, 'suspect')} left out here: the worst come first")
    told = [_notification("error" if failed else "note", verdict_line(summary))]
    told += [_notification("note", note) for note in notes if note]
    told += [_notification("note", visible(str(notice))) for notice in summary.notices]
    return {"executionSuccessful": True, "toolExecutionNotifications": told}


def _notification(level: str, text: str) -> dict[str, Any]:
    return {"level": level, "message": _message(text)}


def _result(suspect: Suspect, root: str | None) -> dict[str, Any]:
    named = {"ruleId": rule_of(suspect)} if suspect.rules else {}
    return named | {
        "level": "warning",
        "message": _message(message_of(suspect)),
        "locations": [_location(suspect, root)],
        "partialFingerprints": {FINGERPRINT: suspect.fingerprint},
        "rank": round(100 * chance_of(suspect), 1),
        "properties": {
            "rank": suspect.rank,
            "id": suspect.id,
            "row": suspect.row,
            "split": suspect.split,
            "given_label": suspect.given_label,
            "suggested_label": suspect.suggested_label,
            "label_quality": suspect.label_quality,
            "p_error": suspect.p_error,
            "rules": suspect.rules,
            "status": suspect.status,
        },
    }


def _location(suspect: Suspect, root: str | None) -> dict[str, Any]:
    physical: dict[str, Any] = {"artifactLocation": {"uri": uri_of(path_of(suspect, root))}}
    if suspect.line is not None:
        return {"physicalLocation": physical | {"region": {"startLine": suspect.line}}}
    row = {"name": f"row {suspect.row}", "fullyQualifiedName": place_of(suspect), "kind": "row"}
    return {"physicalLocation": physical, "logicalLocations": [row]}


def uri_of(path: str) -> str:
    """A path as a URI: relative where the path is.

    Example:
        >>> uri_of("my data/größe#1.csv")
        'my%20data/gr%C3%B6%C3%9Fe%231.csv'
    """
    return Path(path).as_uri() if PurePath(path).is_absolute() else quote(os.fsencode(path))


def _message(text: str) -> dict[str, str]:
    """Plain words: braces would be placeholders, `[...](...)` a link (SARIF 2.1.0, 3.11.5 and 3.11.6)."""
    return {"text": text.replace("{", "{{").replace("}", "}}").replace("](", "] (")}
