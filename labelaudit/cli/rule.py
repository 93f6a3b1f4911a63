"""`labelaudit rule`: what the LA codes mean."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from difflib import get_close_matches
from typing import Annotated, Any

import typer

from labelaudit.cli.command import as_command
from labelaudit.cli.options import OPTIONS, TEXT_OR_JSON
from labelaudit.cli.overwriting import check_results
from labelaudit.cli.run import settings_of
from labelaudit.cli.streams import write_result
from labelaudit.errors import UsageError
from labelaudit.report.text import json_text
from labelaudit.rules import RULES, Rule

_OPTIONS = [TEXT_OR_JSON, *(OPTIONS[name] for name in ("output", "color"))]


def _codes(incomplete: str) -> list[str]:
    return [code for code in RULES if code.startswith(incomplete.upper())]


@as_command("rule", _OPTIONS)
def command(
    code: Annotated[
        str | None, typer.Argument(metavar="CODE", help="A rule, as LA101.", autocompletion=_codes)
    ] = None,
    **given: Any,
) -> int:
    """Explain a rule: what is seen, why it matters, how to mend it. Without a code, list all.

    Examples:
      labelaudit rule
      labelaudit rule LA904
      labelaudit rule --output-format json
    """
    settings = settings_of(given, own=[TEXT_OR_JSON])
    check_results([settings["output"]], read=settings.files_read())
    rules = list(RULES.values()) if code is None else [_named(code)]
    if settings["output_format"] == "json":
        values = [asdict(rule) for rule in rules]
        lines = iter([json_text(values if code is None else values[0], indent=2)])
    else:
        lines = _listed(rules) if code is None else _explained(rules[0])
    write_result((f"{line}\n" for line in lines), settings["output"])
    return 0


def _named(code: str) -> Rule:
    by_name = {rule.name: rule for rule in RULES.values()} | RULES
    rule = by_name.get(code.upper()) or by_name.get(code.lower())
    if rule is None:
        near = get_close_matches(code.upper(), RULES, 1) or get_close_matches(code.lower(), by_name, 1)
        hint = f"did you mean {near[0]}?" if near else "labelaudit rule lists all"
        raise UsageError(f"no rule '{code}'", hint=hint)
    return rule


def _listed(rules: list[Rule]) -> Iterator[str]:
    width = max(len(rule.name) for rule in rules)
    for rule in rules:
        later = "" if rule.raised else " (not in this version)"
        yield f"{rule.code}  {rule.name:<{width}}  {rule.summary}{later}"


def _explained(rule: Rule) -> Iterator[str]:
    yield f"{rule.code} {rule.name}: {rule.summary}"
    if not rule.raised:
        yield "This version of labelaudit does not look for it yet."
    yield ""
    yield rule.explanation
    yield ""
    yield f"Needs: {rule.needs}"
    yield f"Outcome: {rule.outcome}"
    yield f"To mend: {rule.mend}"
