"""Where a suspect stands: what hides it, in which order, and until when."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelaudit.baseline import Baseline, Entry
from labelaudit.decisions import Outcome, Verdict
from labelaudit.ignores import Ignore, Ignores, Traits
from labelaudit.standing import Hiding, Standing, standing_of, unhidden

TODAY = date(2026, 11, 21)
YESTERDAY = "2026-11-20"
BASELINE, IGNORES, COLUMN, DECISIONS = (
    "baseline old.json",
    "ignore.toml",
    "column labelaudit_ignore",
    "decisions",
)


def suspect(print_: str = "f1", **traits: str | None) -> Traits:
    """A suspect, its id that of its fingerprint."""
    known = {
        "id": f"id-{print_}",
        "split": None,
        "file": "labels.csv",
        "given_label": "cat",
        "suggested_label": "dog",
    }
    return Traits(**{"fingerprint": print_, **known, **traits})  # type: ignore[arg-type]


def baseline(*prints: str, until: str | None = None) -> Baseline:
    """Entries of these fingerprints."""
    return Baseline(
        entries={p: Entry(id=f"id-{p}", given_label="cat", until=until) for p in prints}, path="old.json"
    )


def ignores(*prints: str, until: str | None = None) -> Ignores:
    """A rule for each of these fingerprints."""
    rules = (
        Ignore(number=number, wanted=(("fingerprint", print_),), until=until)
        for number, print_ in enumerate(prints, start=1)
    )
    return Ignores(rules=tuple(rules), path="ignore.toml")


def outcomes(verdict: Verdict, *prints: str) -> Mapping[str, Outcome]:
    """The same outcome for each of these fingerprints."""
    return {
        p: Outcome(fingerprint=p, id=f"id-{p}", verdict=verdict, label=None, reviewers=("ana",), agreement=1)
        for p in prints
    }


def standing(*suspects: Traits, today: date = TODAY, **hiding: object) -> Standing:
    """Where these suspects stand today."""
    return standing_of(suspects or (suspect(),), Hiding(today=today, **hiding))  # type: ignore[arg-type]


def codes(found: Standing) -> set[str]:
    """The codes of the notices."""
    return {notice.code for notice in found.notices}


def test_a_suspect_that_nothing_hides_is_new_and_counts() -> None:
    found = standing()
    assert (found.status, found.counts.tolist(), found.expired.tolist()) == (("new",), [True], [False])
    assert found.hidden == {}
    assert found.notices == ()


@pytest.mark.parametrize(
    ("hiding", "status", "by"),
    [
        ({"baseline": baseline("f1")}, "baseline", BASELINE),
        ({"ignores": ignores("f1")}, "ignored", IGNORES),
        ({"ignored_prints": {"f1"}}, "ignored", COLUMN),
        ({"outcomes": outcomes("keep", "f1")}, "decided", DECISIONS),
    ],
)
def test_each_hides_what_it_names_and_nothing_else(hiding: dict[str, object], status: str, by: str) -> None:
    found = standing(suspect("f1"), suspect("f2"), **hiding)
    assert found.status == (status, "new")
    assert found.counts.tolist() == [False, True]
    assert found.hidden == {by: 1}


@pytest.mark.parametrize("verdict", ["relabel", "neither"])
def test_what_people_found_wrong_counts_until_it_is_mended_or_accepted(verdict: Verdict) -> None:
    found = standing(outcomes=outcomes(verdict, "f1"))
    assert (found.status, found.counts.tolist(), found.hidden) == (("decided",), [True], {})
    accepted = standing(outcomes=outcomes(verdict, "f1"), baseline=baseline("f1"))
    assert (accepted.status, accepted.counts.tolist(), accepted.hidden) == (
        ("decided",),
        [False],
        {BASELINE: 1},
    )


def test_a_conflict_of_reviewers_decides_nothing() -> None:
    assert standing(outcomes=outcomes("conflict", "f1")).status == ("new",)
    found = standing(outcomes=outcomes("conflict", "f1"), baseline=baseline("f1"))
    assert (found.status, found.hidden) == (("baseline",), {BASELINE: 1})


def test_decisions_come_before_the_column_the_ignore_file_and_the_baseline() -> None:
    hiding: dict[str, object] = {
        "outcomes": outcomes("keep", "f1"),
        "ignored_prints": {"f1"},
        "ignores": ignores("f1"),
        "baseline": baseline("f1"),
    }
    order = []
    while hiding:
        found = standing(**hiding)
        (by,) = found.hidden
        order.append((by, found.status[0]))
        del hiding[next(iter(hiding))]
    assert order == [
        (DECISIONS, "decided"),
        (COLUMN, "ignored"),
        (IGNORES, "ignored"),
        (BASELINE, "baseline"),
    ]


@pytest.mark.parametrize("until", [None, "2026-11-21", "2027-01-31"])
def test_an_entry_hides_through_its_last_day(until: str | None) -> None:
    for hiding in ({"baseline": baseline("f1", until=until)}, {"ignores": ignores("f1", until=until)}):
        found = standing(**hiding)
        assert not found.counts.any()
        assert not found.expired.any()


@pytest.mark.parametrize(
    "hiding",
    [{"baseline": baseline("f1", until=YESTERDAY)}, {"ignores": ignores("f1", until=YESTERDAY)}],
)
def test_an_expired_entry_hides_nothing_and_is_told(hiding: dict[str, object]) -> None:
    found = standing(**hiding)
    assert (found.status, found.counts.tolist(), found.expired.tolist()) == (("new",), [True], [True])
    assert codes(found) == {"expired-entries"}
    assert "id-f1" in found.notices[0].message


def test_an_expired_entry_does_not_count_where_something_else_hides_the_suspect() -> None:
    late = baseline("f1", until=YESTERDAY)
    for hiding in (
        {"ignores": ignores("f1")},
        {"ignored_prints": {"f1"}},
        {"outcomes": outcomes("keep", "f1")},
    ):
        found = standing(baseline=late, **hiding)
        assert not found.counts.any()
        assert not found.expired.any()
        assert "expired-entries" not in codes(found)


def test_an_expired_entry_of_no_suspect_is_not_told() -> None:
    found = standing(suspect("f2"), baseline=baseline("f1", until=YESTERDAY))
    assert not found.expired.any()
    assert "expired-entries" not in codes(found)


def test_stale_entries_and_unused_ignores_are_told() -> None:
    found = standing(suspect("f1"), baseline=baseline("f1", "gone"), ignores=ignores("gone", "f1"))
    told = {notice.code: notice.message for notice in found.notices}
    assert "1 of 2 entries of old.json fit no suspect any more" in told["stale-baseline"]
    assert "no suspect fits entry 1" in told["unused-ignores"]


def test_a_baseline_without_entries_is_no_cause_for_a_notice() -> None:
    assert standing(baseline=baseline()).notices == ()


def test_no_suspects_stand_nowhere() -> None:
    found = standing_of([], Hiding(today=TODAY))
    assert (found.status, found.counts.tolist(), found.hidden) == ((), [], {})


def test_nothing_hides_nothing() -> None:
    assert Hiding(today=TODAY).is_empty
    assert Hiding(today=TODAY, baseline=baseline(), ignores=ignores()).is_empty
    expected, found = standing_of([suspect("f1"), suspect("f2")], Hiding(today=TODAY)), unhidden(2)
    assert (found.status, found.hidden, found.notices) == (expected.status, expected.hidden, expected.notices)
    assert (found.counts == expected.counts).all()
    assert (found.expired == expected.expired).all()
    for hiding in (
        {"baseline": baseline("x")},
        {"ignores": ignores("x")},
        {"ignored_prints": {"x"}},
        {"outcomes": outcomes("keep", "x")},
    ):
        assert not Hiding(today=TODAY, **hiding).is_empty  # type: ignore[arg-type]


def test_arrays_are_read_only() -> None:
    with pytest.raises(ValueError, match="read-only"):
        standing().counts[0] = False


PRINTS = [f"f{i}" for i in range(6)]


@given(
    in_baseline=st.sets(st.sampled_from(PRINTS)),
    ignored=st.sets(st.sampled_from(PRINTS)),
    in_column=st.sets(st.sampled_from(PRINTS)),
    decided=st.dictionaries(
        st.sampled_from(PRINTS), st.sampled_from(["keep", "relabel", "neither", "conflict"])
    ),
    baseline_until=st.sampled_from([None, -1, 0, 1]),
    ignores_until=st.sampled_from([None, -1, 0, 1]),
    n_suspects=st.integers(0, 6),
)
def test_every_suspect_counts_or_is_hidden_once(
    in_baseline: set[str],
    ignored: set[str],
    in_column: set[str],
    decided: dict[str, Verdict],
    baseline_until: int | None,
    ignores_until: int | None,
    n_suspects: int,
) -> None:
    def day(offset: int | None) -> str | None:
        return None if offset is None else (TODAY + timedelta(days=offset)).isoformat()

    hiding = Hiding(
        today=TODAY,
        baseline=baseline(*in_baseline, until=day(baseline_until)),
        ignores=ignores(*sorted(ignored), until=day(ignores_until)),
        ignored_prints=in_column,
        outcomes={p: outcomes(verdict, p)[p] for p, verdict in decided.items()},
    )
    names = PRINTS[:n_suspects]
    found = standing_of([suspect(p) for p in names], hiding)
    assert len(found.status) == len(found.counts) == len(found.expired) == n_suspects
    assert int(found.counts.sum()) + sum(found.hidden.values()) == n_suspects
    assert not (found.expired & ~found.counts).any()
    assert all(count > 0 for count in found.hidden.values())
    for name, status, counts in zip(names, found.status, found.counts, strict=True):
        if status in ("baseline", "ignored"):
            assert not counts
        if status == "new":
            assert counts
        if decided.get(name) == "keep":
            assert (status, counts) == ("decided", False)
