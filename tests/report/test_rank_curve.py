"""Accuracy by noise prevalence as a picture."""

from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelaudit.model_ranking.model import Crossing, Curves
from labelaudit.report.pictures.lettering import text_width
from labelaudit.report.pictures.rank_curve import accuracy_by_prevalence
from labelaudit.report.pictures.svg import WIDTH
from tests.report.values import HOSTILE

SVG = "{http://www.w3.org/2000/svg}"
STEPS = np.linspace(0, 1, 11)
shares = st.floats(0, 1)


def curves(*ends):
    lines = np.array([left + STEPS * (right - left) for left, right in ends])
    return Curves(
        prevalence=STEPS, accuracy=lines, low=np.maximum(lines - 0.02, 0), high=np.minimum(lines + 0.02, 1)
    )


def words(svg):
    return [element.text or "" for element in ElementTree.fromstring(svg).iter(f"{SVG}text")]


CROSSING = Crossing(below="large", above="small", prevalence=0.25, low=0.2, high=0.3)
LARGE_AND_SMALL = curves((0.9, 0.3), (0.8, 0.6))


def test_a_crossing_is_marked_and_the_axis_ends_past_it():
    svg = accuracy_by_prevalence(["large", "small"], LARGE_AND_SMALL, [CROSSING], 0.1)
    assert "25.0 %" in words(svg)
    assert "At a noise prevalence of 40.0 % large has" in svg
    assert len(list(ElementTree.fromstring(svg).iter(f"{SVG}circle"))) == 3


def test_the_axis_ends_past_the_crossing_of_the_best_model():
    lines = curves((0.9, 0.3), (0.8, 0.6), (0.5, 0.4))
    far = Crossing(below="large", above="tiny", prevalence=0.8, low=0.7, high=0.9)
    svg = accuracy_by_prevalence(["large", "small", "tiny"], lines, [CROSSING, far], 0.1)
    assert "At a noise prevalence of 40.0 % large has" in svg
    assert "25.0 %" in words(svg)
    assert "80.0 %" not in words(svg)


def test_prevalences_of_near_crossings_are_not_written_over_each_other():
    lines = curves((0.9, 0.3), (0.8, 0.6), (0.8, 0.61))
    near = Crossing(below="large", above="third", prevalence=0.251, low=0.2, high=0.3)
    svg = accuracy_by_prevalence(["large", "small", "third"], lines, [CROSSING, near], 0.1)
    assert len(list(ElementTree.fromstring(svg).iter(f"{SVG}circle"))) == 5
    assert [text for text in words(svg) if text.startswith("25.")] == ["25.0 %"]


def test_without_a_crossing_the_axis_goes_to_the_end():
    svg = accuracy_by_prevalence(["large", "small"], LARGE_AND_SMALL, [], 0.1)
    assert "At a noise prevalence of 100.0 % large has an accuracy of 30.0 %" in svg


def test_nothing_is_drawn_without_errors():
    svg = accuracy_by_prevalence(["large"], None, [], 0.0)
    assert any("no reviewed label errors" in text for text in words(svg))


def test_five_models_are_drawn_and_the_picture_says_so():
    names = [f"m{i}" for i in range(7)]
    svg = accuracy_by_prevalence(names, curves(*[(0.9 - i / 20, 0.5) for i in range(7)]), [], 0.1)
    assert any("The best 5 of 7 models are shown." in text for text in words(svg))
    assert "m5" not in words(svg)


@settings(max_examples=40)
@given(st.lists(st.tuples(shares, shares), min_size=1, max_size=6), shares, st.text(max_size=60))
def test_any_models_give_a_picture_within_its_sheet(ends, present, name):
    names = [f"{i}{name}{HOSTILE}" for i in range(len(ends))]
    svg = accuracy_by_prevalence(names, curves(*ends), [], present)
    root = ElementTree.fromstring(svg.encode("utf-8"))
    height = float(root.get("height"))
    assert "nan" not in svg
    for element in root.iter(f"{SVG}text"):
        width = text_width(element.text or "", float(element.get("font-size")))
        left = (
            float(element.get("x")) - {"middle": 0.5, "end": 1.0}.get(element.get("text-anchor"), 0) * width
        )
        assert 0 <= left <= left + width <= WIDTH
        assert 0 <= float(element.get("y")) <= height


@pytest.mark.parametrize("prevalence", [0.0001, 0.03, 0.5, 0.999])
def test_marks_stay_on_the_sheet(prevalence):
    crossing = Crossing(below="a", above="b", prevalence=prevalence, low=0.0, high=1.0)
    svg = accuracy_by_prevalence(["a", "b"], curves((0.9, 0.3), (0.8, 0.6)), [crossing], 0.02)
    for circle in ElementTree.fromstring(svg).iter(f"{SVG}circle"):
        assert 0 <= float(circle.get("cx")) <= WIDTH
