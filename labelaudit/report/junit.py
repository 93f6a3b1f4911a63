"""`junit`: test results, for whatever shows those: a test a limit of the gate, a test a class.

A class fails only where a limit of its own failed; its suspects alone fail nothing. The same audit gives the
same file: no time, no date.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from labelaudit.report.findings import judgement_of
from labelaudit.report.gate_text import changes_line, hidden_line, result_of, rule_line, verdict_line
from labelaudit.report.model import Report, Screen
from labelaudit.report.pictures.lettering import safe
from labelaudit.report.text import percent, place_of, verdict, visible
from labelaudit.types import ClassRow, GateRule, Summary


def render(report: Report, _screen: Screen) -> Iterator[str]:
    """Yield two suites, one of the gate and one of the classes."""
    yield '<?xml version="1.0" encoding="UTF-8"?>\n<testsuites>\n'
    yield from _gate_suite(report.summary)
    yield from _class_suite(report)
    yield "</testsuites>\n"


def _gate_suite(summary: Summary) -> Iterator[str]:
    rules = summary.gate.rules
    failed = [rule for rule in rules if not rule.passed and not rule.informational]
    skipped = [rule for rule in rules if not rule.passed and rule.informational]
    n_tests = len(rules) or 1
    yield _opened("labelaudit gate", 0, n_tests, len(failed), len(skipped))
    yield from _properties({f"hidden by {by}": str(count) for by, count in summary.hidden.items()})
    if not rules:
        yield _case("gate", verdict_line(summary))
    for rule in rules:
        yield _case("gate", rule.name, _outcome(rule))
    lines = [verdict(summary), changes_line(summary), verdict_line(summary), hidden_line(summary)]
    lines += [visible(str(notice)) for notice in summary.notices]
    yield from _closed(filter(None, lines))


def _outcome(rule: GateRule) -> str:
    if rule.passed:
        return ""
    if rule.informational:
        return f'<skipped message="{safe(rule_line(rule))}"/>'
    return _failure([rule])


def _class_suite(report: Report) -> Iterator[str]:
    failed: dict[str, list[GateRule]] = {}
    for rule in report.summary.gate.rules:
        if rule.about == "class" and rule.of is not None and result_of(rule) == "failed":
            failed.setdefault(rule.of, []).append(rule)
    classes = report.classes
    yield _opened("labelaudit classes", 1, len(classes), sum(row.name in failed for row in classes), 0)
    told = {f"suspects of {_name(row)}": _share(row) for row in classes if row.suspects}
    yield from _properties(told)
    for row in classes:
        yield _case("classes", _name(row), _failure(failed[row.name]) if row.name in failed else "")
    yield from _closed(
        f"{place_of(suspect)}: {','.join(suspect.rules)} {judgement_of(suspect)}"
        for suspect in report.shown()
    )


def _name(row: ClassRow) -> str:
    return row.name if row.split is None else f"{row.name}, split {row.split}"


def _share(row: ClassRow) -> str:
    return f"{row.suspects:,} of {row.n:,} rows ({percent(row.suspect_rate)})"


def _opened(name: str, number: int, tests: int, failures: int, skipped: int) -> str:
    suite = f'<testsuite name="{name}" package="labelaudit" id="{number}" hostname="localhost"'
    counts = f'tests="{tests}" failures="{failures}" errors="0" skipped="{skipped}"'
    return f'{suite} timestamp="1970-01-01T00:00:00" {counts} time="0">\n'


def _properties(values: dict[str, str]) -> Iterator[str]:
    yield "<properties>\n"
    yield from (f'<property name="{safe(name)}" value="{safe(told)}"/>\n' for name, told in values.items())
    yield "</properties>\n"


def _case(suite: str, name: str, outcome: str = "") -> str:
    case = f'<testcase name="{safe(name)}" classname="labelaudit.{suite}" time="0"'
    return f"{case}>{outcome}</testcase>\n" if outcome else f"{case}/>\n"


def _failure(rules: list[GateRule]) -> str:
    told = safe("; ".join(rule_line(rule) for rule in rules))
    return f'<failure type="gate" message="{told}">{told}</failure>'


def _closed(lines: Iterable[str]) -> Iterator[str]:
    """The rest of a suite, what would have been printed first."""
    yield "<system-out>"
    yield from (safe(line) + "\n" for line in lines)
    yield "</system-out>\n<system-err/>\n</testsuite>\n"
