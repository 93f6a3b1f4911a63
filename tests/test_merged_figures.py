"""What a merge says of reviewers who do not agree."""

from __future__ import annotations

import pytest

from labelaudit.errors import CorrectionError
from labelaudit.merging.checking import check_decisions
from labelaudit.merging.merged import merge
from labelaudit.report.merged import merged_lines, merged_record
from tests.test_merging import said

CLASSES = [f"c{i}" for i in range(10)]


@pytest.fixture
def keep_against_relabel():
    """Two reviewers on 42 rows: both name the same of ten classes on 35, one keeps the label on 7."""
    votes = []
    for i in range(42):
        label = CLASSES[i % 10]
        first, second = {0: ("given", "other"), 1: ("other", "given")}.get(
            i % 6 if i < 19 else 2, ("other",) * 2
        )
        votes.append(said(str(i), "ana", first, label if first == "other" else None))
        votes.append(said(str(i), "bo", second, label if second == "other" else None))
    return merge(votes, {str(i): ["LA102"] for i in range(42)}, {str(i) for i in range(42)})


def test_kappa_is_told_on_what_is_right_and_on_whether_it_is_wrong(keep_against_relabel):
    (pair,) = keep_against_relabel.pairs
    assert pair.kappa > 0.75
    assert -0.15 < pair.error_kappa < 0
    assert pair.agreed == pair.agreed_on_error
    assert -0.15 < keep_against_relabel.error_kappa < 0 < keep_against_relabel.kappa
    told = [line for line in merged_lines(keep_against_relabel) if "Cohen" in line]
    assert [line.split(" on ")[0] for line in told] == [
        "'ana' and 'bo' agree whether the label is wrong",
        "'ana' and 'bo' agree what it should be",
    ]
    assert told[0].endswith(f"Cohen's kappa {pair.error_kappa:.2f}")
    assert told[1].endswith(f"Cohen's kappa {pair.kappa:.2f}")


def test_precision_says_how_many_conflicts_it_leaves_out_and_what_they_could_make_of_it(keep_against_relabel):
    (line,) = [line for line in merged_lines(keep_against_relabel) if line.startswith("precision")]
    assert line.startswith("precision of LA102: 35 of 35 (100.0 %")
    assert line.endswith("7 rows in conflict are left out: 83.3 to 100.0 % if all went one way")
    record = merged_record(keep_against_relabel)["precision_by_rule"]["LA102"]
    assert (record["conflicts_left_out"], record["at_most"]) == (7, 1)
    assert record["at_least"] == pytest.approx(35 / 42)


def test_reviewers_who_differ_on_the_right_label_agree_that_the_given_one_is_wrong():
    votes = [said("1", "ana", "other", "cat"), said("1", "bo", "neither")]
    found = merge(votes, {"1": ["LA101"]}, {"1"})
    assert len(found.conflicts) == 1
    assert (found.by_rule["LA101"].count, found.by_rule["LA101"].of, found.by_rule["LA101"].n_open) == (
        1,
        1,
        0,
    )
    assert (found.pairs[0].agreed.count, found.pairs[0].agreed_on_error.count) == (0, 1)


def test_decisions_of_another_audit_are_refused_unless_they_are_its_own():
    votes = {"bo.jsonl": [said("x", "bo", "given"), said("y", "bo", "neither")]}
    with pytest.raises(CorrectionError, match=r"bo\.jsonl: .*none of its 2 rows is here") as caught:
        check_decisions(votes, {"1"}, CLASSES)
    assert caught.value.hint
    check_decisions(votes, {"1"}, CLASSES, own="bo.jsonl")
    check_decisions({"bo.jsonl": []}, {"1"}, CLASSES)
    check_decisions(votes, {"y"}, CLASSES)


def test_a_label_that_is_no_class_is_refused_with_its_line():
    votes = {"bo.jsonl": [said("1", "bo", "other", "eleven", line=4)]}
    with pytest.raises(CorrectionError, match=r"bo\.jsonl, row 3 \(line 4\): 'eleven' is no class") as caught:
        check_decisions(votes, {"1"}, CLASSES)
    assert "mend the line" in caught.value.hint
