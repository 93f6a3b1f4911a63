"""`explain` in sentences."""

from dataclasses import replace

import pytest

from labelaudit.explanation import Explanation
from labelaudit.report.explanation import told

ROW = Explanation(
    id="a17",
    file="labels.csv",
    row=10,
    line=12,
    split="train",
    given_label="cat",
    predicted_label="dog",
    suggested_label="dog",
    label_quality=0.06,
    p_error=0.94,
    self_confidence=0.012,
    normalized_margin=0.061,
    suggested_prob=0.85,
    runner_up_label="fox",
    neighbor_agreement=0.12,
    neighbor_ids=("b2", "b5", "c9"),
    neighbor_labels=("cat", "cat", "dog"),
    is_suspect=True,
    rank=3,
    rules=("LA101", "LA102"),
    given_threshold=0.8,
    predicted_threshold=0.7,
    pair_count=41,
    class_suspect_rate=0.081,
    scorer="fused",
    filter="fused",
    fingerprint="00ff",
)


def test_a_suspect_is_explained(golden):
    golden("explain-suspect.txt", "\n".join(told(ROW)) + "\n")


def test_probability_of_the_rival_follows_from_the_margin():
    table = [line.split() for line in told(ROW) if line.startswith("  ")]
    assert table[1] == ["probability", "0.012", "0.890"]


def test_agreement_is_told_and_no_rival_shown():
    row = replace(ROW, predicted_label="cat", suggested_label=None, is_suspect=False, rank=None, rules=())
    text = "\n".join(told(row))
    assert "is no suspect" in text
    assert "The model agrees." in text
    assert "predicted" not in text


def test_a_row_that_the_filter_leaves_is_told():
    row = replace(ROW, suggested_label=None, is_suspect=False, rank=None, rules=("LA101",))
    text = "\n".join(told(row))
    assert "the filter fused leaves the row" in text


def test_a_suspect_that_the_model_agrees_with_is_told_its_suggestion():
    text = "\n".join(told(replace(ROW, predicted_label="cat")))
    assert "The model agrees; the audit suggests 'dog' with probability 0.850." in text


def test_a_suspect_without_a_suggestion_is_told():
    text = "\n".join(told(replace(ROW, suggested_label=None, suggested_prob=None)))
    assert "The model finds 'dog' more likely; the audit finds no other label credible." in text


def test_neighbours_are_named_by_label():
    lines = list(told(ROW))
    assert "Of its neighbours' votes, 12.0 % go to the given label." in lines
    assert "Nearest with 'cat': b2, b5." in lines
    assert "Nearest with 'dog': c9." in lines


def test_a_row_without_neighbours_or_a_chance_of_error_says_nothing_of_them():
    bare = replace(ROW, p_error=None, neighbor_agreement=None, neighbor_ids=(), neighbor_labels=())
    text = "\n".join(told(bare))
    assert "eighbour" not in text
    assert "Chance" not in text


@pytest.mark.parametrize(
    "field", ["id", "file", "split", "given_label", "predicted_label", "suggested_label"]
)
def test_control_characters_are_made_visible(field):
    text = "\n".join(told(replace(ROW, **{field: "x\x1b[2J\ny"})))
    assert "x\\x1b[2J\\ny" in text
    assert "\x1b" not in text
