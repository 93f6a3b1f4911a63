"""The cards of report.html: whose probabilities stand beside the two labels."""

from __future__ import annotations

from dataclasses import replace

import html5lib

from labelaudit.report import renderer
from labelaudit.report.model import Screen, report_of
from labelaudit.report.views import Views
from labelaudit.reviewing.model_says import ModelSays
from labelaudit.types import Suspect
from tests.report.values import SUSPECT, audit_of


def words(row: Suspect, says: ModelSays) -> str:
    """The page of one suspect as text."""
    views = Views(says={row.fingerprint: says})
    report = report_of(audit_of([row]), read_views=lambda _: views)
    return "".join(html5lib.parse("".join(renderer("html")(report, Screen()))).itertext())


def test_the_two_labels_of_a_card_stand_with_the_models_own_numbers() -> None:
    row = replace(SUSPECT, self_confidence=0.173, suggested_prob=0.902, neighbor_agreement=0.1)
    says = ModelSays(given=0.173, suggested=None, at_most=0.35, first="owl", first_prob=0.477)
    said = words(row, says)
    assert "at most 35.0 %" in said
    assert "the model's first choice is 'owl', 47.7 %" in said
    assert said.count("90.2 %") == said.count("after the neighbours, 90.2 % likely") == 1
    known = replace(says, suggested=0.233, at_most=None)
    assert "23.3 %" in words(row, known)


def test_names_of_the_dataset_in_a_reason_are_text() -> None:
    says = ModelSays(given=0.1, suggested=None, at_most=0.4, first="<b>\x1b</b>", first_prob=0.5)
    said = words(SUSPECT, says)
    assert "<b>" in said
    assert "\x1b" not in said
