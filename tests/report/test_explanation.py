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
    label_quality=0.012,
    self_confidence=0.012,
    normalized_margin=0.061,
    is_suspect=True,
    rank=3,
    rules=("LA101",),
    given_threshold=0.8,
    predicted_threshold=0.7,
    pair_count=41,
    class_suspect_rate=0.081,
    scorer="self-confidence",
    filter="prune-by-noise-rate",
    fingerprint="00ff",
)


def test_a_suspect_is_explained(golden):
    golden("explain-suspect.txt", "\n".join(told(ROW)) + "\n")


def test_probability_of_the_rival_follows_from_the_margin():
    table = [line.split() for line in told(ROW) if line.startswith("  ")]
    assert table[1] == ["probability", "0.012", "0.890"]


def test_agreement_is_told_and_no_rival_shown():
    text = "\n".join(told(replace(ROW, predicted_label="cat", suggested_label=None, rank=None, rules=())))
    assert "is no suspect" in text
    assert "The model agrees." in text
    assert "predicted" not in text


def test_a_row_that_the_filter_leaves_is_told():
    text = "\n".join(told(replace(ROW, suggested_label=None, rank=None, rules=())))
    assert "the filter prune-by-noise-rate leaves the row" in text


@pytest.mark.parametrize("field", ["id", "file", "split", "given_label", "predicted_label"])
def test_control_characters_are_made_visible(field):
    text = "\n".join(told(replace(ROW, **{field: "x\x1b[2J\ny"})))
    assert "x\\x1b[2J\\ny" in text
    assert "\x1b" not in text
