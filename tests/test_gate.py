"""Limits as people write them, and the verdict on a tally."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from scipy.stats import binomtest

from labelaudit.errors import ConfigError
from labelaudit.gate import (
    GateOptions,
    Limit,
    Tally,
    gate_of,
    limit_of,
    limits_of_table,
    named_limit_of,
    wilson_interval,
)
from labelaudit.types import About, Gate, Scope


def tally_of(rows: int, suspects: int, **more: Any) -> Tally:
    """A tally of one class, cat."""
    known: dict[str, Any] = {
        "rows_by_class": {"cat": rows},
        "suspects_by_class": {"cat": suspects},
        "suspects_by_rule": {"LA101": suspects, "LA201": 0},
    }
    return Tally(rows=rows, suspects=suspects, **known | more)


def judged(*limits: Limit, tally: Tally, scope: Scope = "dataset", confidence: float | None = None) -> Gate:
    """The verdict on one tally."""
    return gate_of(GateOptions(limits=limits, confidence=confidence), {scope: tally})


def rate_limit(rate: float) -> Limit:
    """A limit on all rows."""
    return Limit(scope="dataset", max_rate=rate)


def count_of_rows() -> st.SearchStrategy[tuple[int, int]]:
    """Rows, at least one, and suspects among them."""
    return st.integers(1, 3000).flatmap(lambda rows: st.tuples(st.just(rows), st.integers(0, rows)))


# --- what is a limit ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "rate"),
    [
        ("0%", 0.0),
        ("5%", 0.05),
        (" 5 % ", 0.05),
        ("2.5%", 0.025),
        ("0.05%", 0.0005),
        ("100%", 1.0),
        ("00.10%", 0.001),
        ("33.3333333333333333333333%", 0.333333333333333333333333),
    ],
)
def test_a_percentage_is_a_share_of_the_rows(text: str, rate: float) -> None:
    assert (limit_of(text, scope="dataset").max_rate, limit_of(text, scope="dataset").max_count) == (
        rate,
        None,
    )


@pytest.mark.parametrize(("text", "count"), [("0", 0), ("10", 10), (" 007 ", 7), ("9" * 15, 10**15 - 1)])
def test_a_whole_number_is_a_number_of_suspects(text: str, count: int) -> None:
    assert limit_of(text, scope="changes") == Limit(scope="changes", max_count=count)


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "%", " %", "5%%", "5  %", "5,5%", "1 000", "1_000", "0x10", "ten", "5% of all"),
        *("0.05", ".5%", "5.%", "1e3", "1e-2%", "150%", "100.1%", "-1", "-1%", "+1", "+1%"),
        *("nan", "nan%", "inf", "inf%", "-0%", "9" * 16, "9" * 400, "9" * 400 + "%", "٥", "٥%", "５％", "5٪"),
    ],
)
def test_what_is_no_limit_is_refused_with_the_mend(text: str) -> None:
    with pytest.raises(ConfigError) as caught:
        limit_of(text, scope="dataset")
    assert f"'{text}' is no limit" in str(caught.value)
    assert "write 2%" in (caught.value.hint or "")


@given(st.text())
def test_any_text_is_a_limit_in_range_or_an_error(text: str) -> None:
    try:
        limit = limit_of(text, scope="dataset")
    except ConfigError:
        return
    assert (limit.max_rate is None) != (limit.max_count is None)
    assert limit.max_rate is None or 0 <= limit.max_rate <= 1
    assert limit.max_count is None or limit.max_count >= 0


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("cat=5%", "cat"),
        ("a=b=5%", "a=b"),
        ("==5%", "="),
        (" cat=5%", " cat"),
        ("5%=5%", "5%"),
        ("a,b=1", "a,b"),
    ],
)
def test_a_name_may_hold_equals_signs(text: str, name: str) -> None:
    assert named_limit_of(text, scope="dataset", about="class").of == name


@pytest.mark.parametrize("text", ["cat", "5%", "=5%", "", "cat=", "cat=0.05", "cat=5%=", "cat: 5%"])
def test_a_name_without_limit_and_a_limit_without_name_are_refused(text: str) -> None:
    with pytest.raises(ConfigError, match=r"names no class|is no limit"):
        named_limit_of(text, scope="dataset", about="class")


@given(st.text(min_size=1), st.integers(0, 100))
def test_every_name_can_be_limited(name: str, percent: int) -> None:
    limit = named_limit_of(f"{name}={percent}%", scope="dataset", about="split")
    assert (limit.about, limit.of, limit.max_rate) == ("split", name, float(Fraction(percent, 100)))


# --- tables of a settings file --------------------------------------------------------------------------


def test_a_table_gives_a_limit_on_all_and_one_a_name() -> None:
    table = {
        "max-rate": "2%",
        "max-count": 30,
        "classes": {"cat": "5%", "a=b": 3},
        "splits": {"test": "0"},
        "rules": {"LA301": "0"},
    }
    assert [(x.about, x.of, x.max_rate, x.max_count) for x in limits_of_table(table, "dataset")] == [
        ("all", None, 0.02, 30),
        ("class", "cat", 0.05, None),
        ("class", "a=b", None, 3),
        ("split", "test", None, 0),
        ("rule", "LA301", None, 0),
    ]


def test_a_share_in_a_table_may_be_a_float() -> None:
    found = [
        next(limits_of_table({"max-rate": rate}, "changes")).max_rate for rate in (0.0, 0.02, 1.0, "3 %")
    ]
    assert found == [0.0, 0.02, 1.0, 0.03]


def test_an_informational_table_has_informational_limits_only() -> None:
    table = {"informational": True, "max-rate": "2%", "classes": {"cat": "5%"}}
    assert all(limit.informational for limit in limits_of_table(table, "dataset"))
    (alone,) = limits_of_table({"informational": True}, "dataset")
    assert (alone.max_rate, alone.max_count, alone.informational) == (None, None, True)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"max_rate": "2%"}, "did you mean 'max-rate'"),
        ({"max-rates": "2%"}, "did you mean 'max-rate'"),
        ({"x": 1}, "there are max-rate, max-count, informational, classes, splits, rules"),
        ({"max-rate": 5}, 'write "2%" or 0.02'),
        ({"max-rate": 1}, 'write "2%" or 0.02'),
        ({"max-rate": True}, 'write "2%" or 0.02'),
        ({"max-rate": 1.5}, 'write "2%" or 0.02'),
        ({"max-rate": -0.1}, 'write "2%" or 0.02'),
        ({"max-rate": float("nan")}, 'write "2%" or 0.02'),
        ({"max-rate": float("inf")}, 'write "2%" or 0.02'),
        ({"max-rate": "10"}, 'write "2%" or 0.02'),
        ({"max-rate": "0.02"}, "write 2%"),
        ({"max-rate": ["2%"]}, 'write "2%" or 0.02'),
        ({"max-count": "10"}, "write 10"),
        ({"max-count": -1}, "write 10"),
        ({"max-count": 1.0}, "write 10"),
        ({"max-count": True}, "write 10"),
        ({"informational": "yes"}, "not true or false"),
        ({"informational": 1}, "not true or false"),
        ({"classes": "cat"}, 'write {cat = "2%"}'),
        ({"classes": {"cat": 0.05}}, "'0.05' is no limit"),
        ({"classes": {"cat": True}}, "'True' is no limit"),
        ({"splits": {"test": {}}}, "'{}' is no limit"),
        ({"rules": ["LA101"]}, 'write {cat = "2%"}'),
    ],
)
def test_a_wrong_table_is_refused_with_the_mend(table: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        list(limits_of_table(table, "dataset"))
    assert message in str(caught.value)


# --- the verdict ----------------------------------------------------------------------------------------


def test_without_limits_no_gate_is_declared() -> None:
    assert judged(tally=tally_of(10, 10)) == Gate(declared=False, passed=None)


@given(rows=st.integers(1, 5000), tenths=st.integers(0, 1000))
def test_a_rate_that_equals_the_limit_passes_and_one_suspect_more_fails(rows: int, tenths: int) -> None:
    limit = limit_of(f"{tenths // 10}.{tenths % 10}%", scope="dataset")
    most = rows * tenths // 1000  # in whole numbers
    assert judged(limit, tally=tally_of(rows, most)).passed
    assert most == rows or not judged(limit, tally=tally_of(rows, most + 1)).passed


@pytest.mark.parametrize(("suspects", "passed"), [(9, True), (10, True), (11, False)])
def test_a_count_that_equals_the_limit_passes(suspects: int, passed: bool) -> None:
    limit = limit_of("10", scope="dataset")
    assert judged(limit, tally=tally_of(1000, suspects)).passed == passed
    assert judged(limit, tally=tally_of(1000, suspects), confidence=0.95).passed == passed


def test_of_a_rate_and_a_count_both_must_hold() -> None:
    both = Limit(scope="dataset", max_rate=0.1, max_count=5)
    verdicts = [judged(both, tally=tally_of(rows, n)).passed for rows, n in ((100, 5), (100, 6), (10, 2))]
    assert verdicts == [True, False, False]


def test_every_limit_must_hold_and_all_are_told() -> None:
    gate = judged(rate_limit(0.5), rate_limit(0.01), rate_limit(0.6), tally=tally_of(10, 2))
    assert not gate.passed
    assert [rule.passed for rule in gate.rules] == [True, False, True]


def test_an_informational_limit_never_fails_a_gate() -> None:
    told = Limit(scope="dataset", max_count=0, informational=True)
    gate = judged(told, tally=tally_of(10, 2))
    assert gate.passed
    assert [rule.passed for rule in gate.rules] == [False]
    assert not judged(told, rate_limit(0.1), tally=tally_of(10, 2)).passed


def test_zero_rows_of_a_scope_break_no_limit() -> None:
    limits = [Limit(scope="changes", max_rate=0.0), Limit(scope="changes", max_count=0)]
    for confidence in (None, 0.95):
        gate = judged(*limits, tally=tally_of(0, 0), scope="changes", confidence=confidence)
        assert gate.passed
        assert {(rule.rows, rule.rate, rule.low, rule.high) for rule in gate.rules} == {(0, 0.0, 0.0, 1.0)}


@pytest.mark.parametrize(
    ("about", "of", "rows", "suspects"),
    [
        ("all", None, 40, 6),
        ("class", "dog", 30, 1),
        ("class", "owl", 0, 0),
        ("split", "test", 4, 2),
        ("split", "train", 36, 0),
        ("rule", "LA301", 40, 3),
        ("rule", "LA201", 40, 0),
        ("new", None, 40, 4),
    ],
)
def test_a_limit_looks_at_the_rows_that_it_is_about(
    about: About, of: str | None, rows: int, suspects: int
) -> None:
    tally = Tally(
        rows=40,
        suspects=6,
        rows_by_class={"cat": 10, "dog": 30, "owl": 0},
        suspects_by_class={"cat": 5, "dog": 1},
        rows_by_split={"test": 4, "train": 36},
        suspects_by_split={"test": 2},
        suspects_by_rule={"LA301": 3, "LA201": 0},
        new=4,
    )
    (rule,) = judged(Limit(scope="dataset", about=about, of=of, max_rate=1.0), tally=tally).rules
    assert (rule.rows, rule.suspects, rule.about, rule.of) == (rows, suspects, about, of)
    assert rule.rate == (suspects / rows if rows else 0)


@pytest.mark.parametrize(
    ("about", "of", "message"),
    [
        ("class", "cta", "the class 'cta', which does not exist\nhint: did you mean 'cat'?"),
        ("class", "CAT!", "the class 'CAT!', which does not exist\nhint: there are cat"),
        ("class", "", "the class ''"),
        ("split", "test", "the split 'test', which does not exist\nhint: there are none"),
        ("rule", "LA999", "the rule 'LA999'"),
        ("rule", "LA202", "by LA202, and no row of this audit can be one\nhint: labelaudit rule LA202"),
        ("rule", "la101", "the rule 'la101'"),
        ("rule", "LA1", "the rule 'LA1'"),
        ("new", None, "there is no baseline"),
    ],
)
def test_a_limit_on_what_does_not_exist_is_an_error(about: About, of: str | None, message: str) -> None:
    for informational in (False, True):
        limit = Limit(scope="dataset", about=about, of=of, max_count=9, informational=informational)
        with pytest.raises(ConfigError) as caught:
            judged(limit, tally=tally_of(10, 0))
        assert message in str(caught.value)


def test_a_limit_on_changed_rows_needs_an_old_version() -> None:
    with pytest.raises(ConfigError, match=r"--against origin/main"):
        judged(Limit(scope="changes", max_rate=0.5), tally=tally_of(10, 0))


def test_expired_entries_fail_any_declared_gate_and_no_other() -> None:
    late = tally_of(100, 3, expired=1)
    gate = judged(rate_limit(1.0), tally=late)
    assert not gate.passed
    assert [(rule.about, rule.suspects, rule.passed) for rule in gate.rules] == [
        ("all", 3, True),
        ("expired", 1, False),
    ]
    assert gate_of(GateOptions(), {"dataset": late}).passed is None


def test_the_names_of_the_rules_are_unique() -> None:
    limits = [
        Limit(scope=scope, about=about, of=of, max_count=9)
        for scope in ("dataset", "changes")
        for about, of in (("all", None), ("class", "cat"), ("rule", "LA101"), ("new", None))
    ]
    tally = tally_of(10, 1, new=1)
    gate = gate_of(GateOptions(limits=tuple(limits)), {"dataset": tally, "changes": tally})
    assert len({rule.name for rule in gate.rules}) == len(limits)


# --- confidence -----------------------------------------------------------------------------------------


@given(count_of_rows(), st.sampled_from([0.5, 0.8, 0.9, 0.95, 0.99, 0.999999]))
def test_the_interval_is_wilsons(counts: tuple[int, int], level: float) -> None:
    rows, suspects = counts
    expected = binomtest(suspects, rows).proportion_ci(level, method="wilson")
    assert wilson_interval(suspects, rows, level) == pytest.approx((expected.low, expected.high), abs=1e-9)


def test_the_interval_has_the_values_of_the_textbook() -> None:
    # Newcombe (1998), Statistics in Medicine 17, table I, method 3.
    for counts, ends in {
        (81, 263): (0.2553, 0.3662),
        (15, 148): (0.0624, 0.1605),
        (0, 20): (0.0, 0.1611),
        (1, 29): (0.0061, 0.1718),
    }.items():
        assert [round(end, 4) for end in wilson_interval(*counts, 0.95)] == list(ends)


@given(count_of_rows(), st.floats(0.5, 0.999999))
def test_the_rate_lies_in_its_interval(counts: tuple[int, int], level: float) -> None:
    rows, suspects = counts
    low, high = wilson_interval(suspects, rows, level)
    assert 0 <= low <= suspects / rows <= high <= 1


@given(count_of_rows(), st.floats(0, 1), st.floats(0.5, 0.999999))
def test_a_gate_by_interval_never_fails_where_the_rate_passes(
    counts: tuple[int, int], rate: float, level: float
) -> None:
    tally = tally_of(*counts)
    if judged(rate_limit(rate), tally=tally).passed:
        assert judged(rate_limit(rate), tally=tally, confidence=level).passed


@given(st.integers(1, 3000), st.sampled_from([0.5, 0.9, 0.95, 0.99]))
def test_no_suspects_pass_a_limit_of_nothing(rows: int, level: float) -> None:
    assert judged(rate_limit(0.0), tally=tally_of(rows, 0), confidence=level).passed


@given(count_of_rows(), st.floats(0, 1), st.sampled_from([None, 0.9, 0.95]))
def test_one_suspect_more_never_mends_a_gate(
    counts: tuple[int, int], rate: float, level: float | None
) -> None:
    rows, suspects = counts
    assume(suspects < rows)
    fewer, more = (
        judged(rate_limit(rate), tally=tally_of(rows, n), confidence=level).passed
        for n in (suspects, suspects + 1)
    )
    assert fewer or not more


@given(count_of_rows(), st.floats(0, 1))
def test_more_confidence_never_makes_a_gate_stricter(counts: tuple[int, int], rate: float) -> None:
    low, high = (
        judged(rate_limit(rate), tally=tally_of(*counts), confidence=level).passed for level in (0.8, 0.99)
    )
    assert high or not low


def test_small_changes_do_not_flap_and_large_ones_are_refused() -> None:
    verdicts = {
        counts: judged(rate_limit(0.05), tally=tally_of(*counts), confidence=0.95).passed
        for counts in ((10, 1), (20, 2), (40, 10), (2000, 200))
    }
    assert verdicts == {(10, 1): True, (20, 2): True, (40, 10): False, (2000, 200): False}


def test_the_rule_says_whether_its_interval_decides() -> None:
    (rule,) = judged(rate_limit(0.05), tally=tally_of(40, 10), confidence=0.9).rules
    assert (rule.by_interval, rule.level) == (True, 0.9)
    (rule,) = judged(rate_limit(0.05), tally=tally_of(40, 10)).rules
    assert (rule.by_interval, rule.level) == (False, 0.95)
    (rule,) = judged(Limit(scope="dataset", max_count=3), tally=tally_of(40, 10), confidence=0.9).rules
    assert not rule.by_interval  # a number of suspects has no interval


@pytest.mark.parametrize("level", [0.0, 0.49, 1.0, 95.0, -1.0, float("nan"), float("inf")])
def test_what_is_no_level_is_refused(level: float) -> None:
    with pytest.raises(ConfigError, match=r"0\.95"):
        GateOptions(confidence=level)
