"""The LA codes and the command that explains them."""

import json

import pytest

from labelaudit.errors import ALL_ERRORS
from labelaudit.rules import RULES

NOT_YET = {"LA401"}


def test_rules_are_known_by_their_code_and_a_name_of_their_own():
    assert all(code == rule.code for code, rule in RULES.items())
    assert len({rule.name for rule in RULES.values()}) == len(RULES)
    assert list(RULES) == sorted(RULES)


def test_every_error_with_a_rule_is_explained():
    codes = {error.code for error in ALL_ERRORS if error.code.startswith("LA")}
    assert codes <= {code for code, rule in RULES.items() if rule.raised}


def test_rules_not_found_yet_are_told_as_such(run):
    assert {code for code, rule in RULES.items() if not rule.raised} == NOT_YET
    for code in NOT_YET:
        assert "does not look for it yet" in run("rule", code).stdout
    assert run("rule").stdout.count("(not in this version)") == len(NOT_YET)


@pytest.mark.parametrize("code", RULES)
def test_each_rule_is_explained(run, code):
    page = run("rule", code).stdout
    rule = RULES[code]
    for part in (rule.code, rule.name, rule.summary, rule.explanation, rule.mend, rule.needs, rule.outcome):
        assert part in page
    assert max(map(len, page.splitlines())) <= 110


def test_a_rule_is_found_by_code_in_any_case_and_by_name(run):
    assert run("rule", "la904").stdout == run("rule", "LA904").stdout == run("rule", "column-order").stdout


@pytest.mark.parametrize(
    ("code", "hint"), [("LA91", "LA90"), ("colum-order", "column-order"), ("x", "lists all")]
)
def test_an_unknown_rule_is_an_error_with_the_nearest(run, code, hint):
    result = run("rule", code)
    assert result.exit_code == 2
    assert f"error[usage]: no rule '{code}'" in result.stderr
    assert hint in result.stderr


def test_rules_as_json(run):
    assert [rule["code"] for rule in json.loads(run("rule", "--output-format", "json").stdout)] == list(RULES)
    assert json.loads(run("rule", "LA903", "--output-format", "json").stdout)["name"] == "in-sample"
