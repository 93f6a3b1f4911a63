"""The words on gates, hidden suspects and changed rows."""

from dataclasses import replace

import pytest

from labelaudit.report.gate_text import (
    RULE_HEAD,
    changes_line,
    hidden_line,
    rule_cells,
    rule_line,
    verdict_line,
)
from labelaudit.types import Gate
from tests.report.values import CHANGES, CLASS_RULE, HIDDEN, HOSTILE, SUMMARY, gate, rule


def verdict(*rules, declared=True):
    return verdict_line(replace(SUMMARY, gate=gate(*rules) if declared else Gate()))


def test_no_gate_is_told():
    assert verdict(declared=False) == "gate: none"


def test_one_limit_that_is_kept_is_told_with_its_interval():
    told = "gate: passed (2 of 214 changed rows are suspects, 0.9 %, limit 5.0 %; 95 % interval 0.3-3.3 %)"
    assert verdict(rule(214, 2)) == told


def test_one_limit_that_failed_is_told_with_its_interval():
    told = "gate: failed (12 of 214 changed rows are suspects, 5.6 %, limit 5.0 %; 95 % interval 3.2-9.5 %)"
    assert verdict(rule(214, 12)) == told


def test_of_a_reviewed_estimate_the_upper_end_decides_and_the_decisions_are_told():
    named = {"name": "dataset, reviewed estimate", "scope": "dataset", "about": "reviewed", "decisions": 100}
    reviewed = rule(1000, 20, **named, by_interval=True, max_rate=0.0307, passed=False)
    finding = "20 of 1,000 rows are label errors by a reviewed sample of 100 decisions, 2.0 %, limit 3.07 %"
    ends = "95 % interval 1.3-3.07 %, its upper end decides; failed"
    assert rule_line(reviewed) == f"dataset, reviewed estimate: {finding}; {ends}"
    assert "3.07 %, for the interval's upper end" in rule_cells(reviewed)


def test_a_change_without_rows_passes_in_plain_words():
    assert verdict(rule(0, 0)) == "gate: passed (0 changed rows)"


def test_of_limits_that_are_kept_the_first_is_told():
    told = verdict(rule(214, 2), rule(1797, 2, name="dataset", scope="dataset"), rule(10, 0, name="x"))
    assert told.endswith("0.9 %, limit 5.0 %; 95 % interval 0.3-3.3 %; and 2 more limits)")


def test_at_most_three_limits_that_failed_are_named():
    failed = [rule(20, 5, name=f"class {n}", about="class", of=f"c{n}") for n in range(5)]
    told = verdict(rule(214, 2), *failed)
    assert [f"class 'c{n}'" in told for n in range(5)] == [True, True, True, False, False]
    assert told.endswith("; and 2 more)")
    assert "interval" not in told


def test_limits_for_information_fail_nothing_and_are_told():
    told = verdict(rule(214, 2), rule(20, 5, name="x", informational=True))
    assert told.startswith("gate: passed (2 of 214 changed rows")
    assert told.endswith("; and 1 more limit; 1 limit exceeded for information only)")


def test_a_gate_for_information_only_tells_its_limit():
    told = verdict(rule(20, 5, informational=True, max_rate=None))
    assert told.startswith("gate: passed (5 of 20 changed rows are suspects, 25.0 %, limit none; 95 %")


@pytest.mark.parametrize(
    ("about", "of", "told"),
    [
        ("all", None, "1 of 50 rows is a suspect, 2.0 %"),
        ("class", "cat", "1 of 50 rows of class 'cat' is a suspect, 2.0 %"),
        ("split", "test", "1 of 50 rows of split 'test' is a suspect, 2.0 %"),
        ("rule", "LA301", "1 of 50 rows is a suspect by LA301, 2.0 %"),
        ("new", None, "1 of 50 rows is a new suspect, 2.0 %"),
        ("expired", None, "1 of 50 rows is a suspect whose entry has expired, 2.0 %"),
    ],
)
def test_what_a_limit_is_about_is_told(about, of, told):
    one = rule(50, 1, name="dataset", scope="dataset", about=about, of=of)
    assert f"dataset: {told}, limit 5.0 %; 95 % interval" in rule_line(one)


@pytest.mark.parametrize(
    ("max_rate", "max_count", "told"),
    [
        (0.05, None, "5.0 %"),
        (0.0025, None, "0.25 %"),
        (1.0, None, "100.0 %"),
        (0.0, None, "0.0 %"),
        (None, 1, "1 suspect"),
        (None, 10, "10 suspects"),
        (0.07, 1000, "7.0 % and 1,000 suspects"),
        (None, None, "none"),
    ],
)
def test_a_limit_is_told_as_people_write_it(max_rate, max_count, told):
    cells = dict(zip(RULE_HEAD, rule_cells(rule(max_rate=max_rate, max_count=max_count)), strict=True))
    assert cells["limit"] == told


def test_digits_show_on_which_side_of_the_limit_a_rate_lies():
    assert "5.01 %, limit 5.0 %" in rule_line(rule(9980, 500))
    assert "5.0 %, limit 5.0 %" in rule_line(rule(10000, 500))
    assert "4.4 %, limit 4.44 %" in rule_line(rule(250, 11, max_rate=0.0444))


def test_it_is_told_where_the_interval_decides():
    one = rule(214, 12, by_interval=True, passed=True)
    assert rule_line(one).endswith("95 % interval 3.2-9.5 %, its lower end decides; passed")
    assert "5.0 %, for the interval's lower end" in rule_cells(one)


def test_the_level_of_the_interval_is_told():
    assert "99.9 % interval" in rule_line(rule(level=0.999))


def test_the_outcome_of_a_limit_says_whether_it_matters():
    results = [rule_cells(one)[-1] for one in (rule(9, 0), rule(9, 9))]
    told = [rule_cells(rule(9, n, informational=True))[-1] for n in (0, 9)]
    assert results == ["passed", "failed"]
    assert told == ["kept, information only", "exceeded, information only"]


def test_a_limit_on_no_rows_has_no_share():
    assert rule_cells(rule(0, 0))[3:5] == ("", "")


def test_hidden_suspects_are_counted_by_what_hides_them():
    told = hidden_line(replace(SUMMARY, hidden=HIDDEN | {"decisions": 4, "column labelaudit_ignore": 0}))
    assert told == (
        "17 suspects hidden: 12 by baseline labels.baseline.json, 1 by labelaudit.ignore.toml, 4 by decisions"
    )
    assert hidden_line(SUMMARY) == ""


def test_changes_are_told_in_one_line():
    told = "40 changed rows since main (merge base 1a2b3c4): 12 new, 28 relabelled, 0 edited; 3 removed"
    assert changes_line(replace(SUMMARY, changes=CHANGES)) == told
    assert changes_line(SUMMARY) == ""


def test_no_change_is_told_in_plain_words():
    none = replace(CHANGES, against="old.csv", rows=0, new=0, relabelled=0, removed=0)
    assert changes_line(replace(SUMMARY, changes=none)) == "no changed rows since old.csv"
    removed = replace(none, removed=3)
    assert changes_line(replace(SUMMARY, changes=removed)) == "no changed rows since old.csv; 3 removed"


@pytest.mark.parametrize("name", [HOSTILE, HOSTILE * 1000])
def test_lines_are_one_line_and_short_whatever_the_names(name):
    rules = [replace(CLASS_RULE, of=name, name=f"changed rows, class '{name}'")] * 5
    summary = replace(SUMMARY, gate=gate(*rules), hidden={name: 3}, changes=replace(CHANGES, against=name))
    lines = [verdict_line(summary), hidden_line(summary), changes_line(summary), rule_line(rules[0])]
    assert all(line.isprintable() for line in lines)
    assert max(map(len, lines)) < 700
