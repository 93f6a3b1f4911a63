"""Pictures are whole, safe and honest, whatever they are given."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelaudit.report.pictures.axes import even_ticks, log_ticks, short_count
from labelaudit.report.pictures.confusion import confusion_of
from labelaudit.report.pictures.depth_curve import Curve, precision_by_depth
from labelaudit.report.pictures.heat_map import confusion_heat_map
from labelaudit.report.pictures.histogram import score_distribution
from labelaudit.report.pictures.lettering import shortened, shortened_apart, text_width
from labelaudit.report.pictures.svg import WIDTH
from tests.report.values import HOSTILE, cell

SVG = "{http://www.w3.org/2000/svg}"
CELLS = [cell("cat", "cat", 95), cell("cat", "dog", 5), cell("dog", "dog", 1200), cell("dog", "cat", 300)]
HOSTILE_NAMES = [
    HOSTILE,
    "<script>alert(1)</script>",
    "]]><!-- & \"'",
    "\u202egnp",
    "שלום",
    "x" * 300,
    "\ufffe",
]
names = st.text(st.characters(exclude_categories=()), max_size=80)


def curve(name: str = "fused", depths: tuple[int, ...] = (10, 100, 1000), height: float = 0.5) -> Curve:
    precision = np.full(len(depths), height)
    return Curve(
        name=name, depths=np.array(depths), precision=precision, low=precision - 0.1, high=precision + 0.1
    )


PICTURES = {
    "heat map": confusion_heat_map(["cat", "dog"], CELLS),
    "histogram": score_distribution([9, 0, 2, 1000], [8, 0, 0, 1]),
    "depth curve": precision_by_depth([curve(), curve("margin", height=0.4)], 200.0),
    "no classes": confusion_heat_map([], []),
    "one class": confusion_heat_map(["cat"], [cell("cat", "cat", 3)]),
    "no confusion": confusion_heat_map(["cat", "dog"], [cell("cat", "cat", 3)]),
    "empty classes": confusion_heat_map(["cat", "dog"], []),
    "no rows": score_distribution([0] * 40, [0] * 40),
    "no bins": score_distribution([], []),
    "no curves": precision_by_depth([], None),
    "no depths": precision_by_depth([curve(depths=())], 3.0),
    "one review": precision_by_depth([curve(depths=(1,))], 3.0),
    "hostile heat map": confusion_heat_map(HOSTILE_NAMES, [cell(a, HOSTILE, 2) for a in HOSTILE_NAMES]),
    "hostile depth curve": precision_by_depth([curve(name) for name in HOSTILE_NAMES], None),
}


def texts(svg: str) -> list[str]:
    """The words that are drawn."""
    return [element.text or "" for element in ElementTree.fromstring(svg).iter(f"{SVG}text")]


@pytest.mark.parametrize("svg", PICTURES.values(), ids=PICTURES)
def test_a_picture_is_named_described_and_scalable(svg: str) -> None:
    root = ElementTree.fromstring(svg)
    assert root.tag == f"{SVG}svg"
    assert root.get("role") == "img"
    assert root.get("viewBox") == f"0 0 {WIDTH} {root.get('height')}"
    assert root.get("font-family") == "system-ui, sans-serif"
    assert [child.tag for child in root][:2] == [f"{SVG}title", f"{SVG}desc"]
    assert root[0].text
    assert root[1].text


@pytest.mark.parametrize("svg", PICTURES.values(), ids=PICTURES)
def test_a_picture_can_stand_in_a_page_with_others(svg: str) -> None:
    root = ElementTree.fromstring(svg)
    allowed = {"svg", "title", "desc", "style", "rect", "path", "circle", "text"}
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= allowed
    attributes = {name for element in root.iter() for name in element.attrib}
    assert not {name for name in attributes if name in {"id", "href", "style"} or name.startswith("on")}
    classes = " ".join(element.get("class", "") for element in root.iter()).split()
    assert all(name == "lap" or name.startswith("lap-") for name in classes)
    assert "\n\n" not in svg, "an empty line ends an HTML block of Markdown"
    assert "url(" not in svg
    assert "@import" not in svg


@pytest.mark.parametrize("svg", PICTURES.values(), ids=PICTURES)
def test_every_look_has_a_colour_on_light_and_on_dark(svg: str) -> None:
    style = ElementTree.fromstring(svg).findtext(f"{SVG}style", "")
    light, dark = style.split("@media (prefers-color-scheme:dark)")
    for look in set(re.findall(r"lap-\w+", svg.replace(style, ""))):
        assert f".{look}{{" in light
        assert f".{look}{{" in dark


@pytest.mark.parametrize("svg", PICTURES.values(), ids=PICTURES)
def test_nothing_is_drawn_outside_of_the_sheet(svg: str) -> None:
    root = ElementTree.fromstring(svg)
    height = float(root.get("height", "0"))
    assert not re.search("nan|inf", " ".join(e.get("d", "") + e.get("y", "") for e in root.iter()))
    for element in root.iter(f"{SVG}rect"):
        x, y, wide, high = (float(element.get(name, "-1")) for name in ("x", "y", "width", "height"))
        assert min(x, y, wide, high) >= 0
        assert x + wide <= WIDTH
        assert y + high <= height


@pytest.mark.parametrize("svg", PICTURES.values(), ids=PICTURES)
def test_level_text_fits_the_sheet(svg: str) -> None:
    for element in ElementTree.fromstring(svg).iter(f"{SVG}text"):
        if element.get("transform") is None:
            width = text_width(element.text or "", float(element.get("font-size", "0")))
            shift = {"middle": 0.5, "end": 1.0}.get(element.get("text-anchor", ""), 0.0)
            left = float(element.get("x", "0")) - shift * width
            assert left >= 0
            assert left + width <= WIDTH


@given(st.lists(names, min_size=2, max_size=30, unique=True), st.data())
@settings(max_examples=40)
def test_any_class_names_give_valid_xml_without_their_markup(classes: list[str], data: st.DataObject) -> None:
    pairs = data.draw(st.lists(st.tuples(*[st.sampled_from(classes)] * 2, st.integers(0, 10**7))))
    svg = confusion_heat_map(classes, [cell(*pair) for pair in pairs])
    ElementTree.fromstring(svg.encode("utf-8"))
    assert svg == confusion_heat_map(classes, [cell(*pair) for pair in pairs])


@given(st.lists(names, max_size=7), st.one_of(st.none(), st.floats(0, 1e7)))
@settings(max_examples=40)
def test_any_curve_names_give_valid_xml(curves: list[str], n_errors: float | None) -> None:
    svg = precision_by_depth([curve(name) for name in curves], n_errors)
    ElementTree.fromstring(svg.encode("utf-8"))


@given(st.lists(st.tuples(st.integers(0, 10**9), st.integers(0, 10**9)), max_size=60))
@settings(max_examples=60)
def test_a_bar_is_as_high_as_its_count_says(bins: list[tuple[int, int]]) -> None:
    rows, suspects = [max(pair) for pair in bins], [min(pair) for pair in bins]
    root = ElementTree.fromstring(score_distribution(rows, suspects))
    looks = {"lap-rows": rows, "lap-suspects": suspects}
    for look, counts in looks.items():
        bars = [bar for bar in root.iter(f"{SVG}rect") if bar.get("class") == look and len(bar)]
        heights = [float(bar.get("height", "0")) for bar in bars]
        shown = [count for count in counts if count]
        expected = [230 * np.log1p(count) / np.log1p(max(rows)) for count in shown]
        assert heights == pytest.approx(expected, abs=0.051)


def test_a_heat_map_is_coloured_by_the_share_of_the_given_label() -> None:
    root = ElementTree.fromstring(PICTURES["heat map"])
    looks = {rect[0].text: rect.get("class") for rect in root.iter(f"{SVG}rect") if len(rect)}
    assert looks == {
        "95 rows, 95.0 % of the given label\ngiven: cat\nestimated true: cat": "lap-kept",
        "5 rows, 5.0 % of the given label\ngiven: cat\nestimated true: dog": "lap-step3",
        "300 rows, 20.0 % of the given label\ngiven: dog\nestimated true: cat": "lap-step5",
        "1,200 rows, 80.0 % of the given label\ngiven: dog\nestimated true: dog": "lap-kept",
    }
    assert {"5", "95", "300", "1,200"} <= set(texts(PICTURES["heat map"]))


def test_of_many_classes_the_most_confused_are_shown_and_it_is_said() -> None:
    classes = [f"c{i}" for i in range(1000)]
    cells = [cell(name, name, 50) for name in classes]
    cells += [cell(f"c{i}", f"c{i + 1}", i) for i in range(0, 1000, 100) if i]
    svg = confusion_heat_map(classes, [*cells, cell("c0", "c3", 1), cell("c5", "c7", 1)])
    drawn = texts(svg)
    assert any("20 of 1,000 classes are shown" in words for words in drawn)
    assert {"c900", "c901", "c100", "c101", "c0", "c3"} <= set(drawn)
    assert not {"c5", "c7"} & set(drawn)
    shown = confusion_of(classes, cells, 20).shown
    assert list(shown) == sorted(shown, key=classes.index)


def test_cells_of_several_splits_are_summed() -> None:
    confusion = confusion_of(["cat", "dog", "cat", "dog"], [*CELLS, *CELLS], 20)
    assert confusion.n_classes == 2
    assert confusion.counts["cat", "dog"] == 10
    assert confusion.share(("cat", "dog")) == 0.05


def test_numbers_that_do_not_fit_a_cell_are_left_out() -> None:
    classes = [f"a class with a long name {i}" for i in range(20)]
    drawn = texts(confusion_heat_map(classes, [cell(classes[0], classes[1], 123_456)]))
    assert "123,456" not in drawn
    assert confusion_heat_map(classes, [cell(classes[0], classes[1], 1234)]).count(">1.2k<") == 1


def test_five_curves_are_drawn_and_it_is_said() -> None:
    svg = precision_by_depth([curve(f"curve {i}") for i in range(7)], None)
    assert "5 of 7 curves are shown" in svg
    assert "curve 4" in svg
    assert "curve 5" not in svg


def test_curves_differ_by_colour_and_dashes() -> None:
    root = ElementTree.fromstring(precision_by_depth([curve(f"curve {i}") for i in range(5)], None))
    lines = [path for path in root.iter(f"{SVG}path") if path.get("stroke-width") == "2.2"]
    assert len({path.get("class") for path in lines}) == 5
    assert len({path.get("stroke-dasharray") for path in lines}) == 5


def test_labels_of_lines_that_end_together_do_not_touch() -> None:
    svg = precision_by_depth([curve(f"curve {i}", height=0.9) for i in range(5)], None)
    found = [e for e in ElementTree.fromstring(svg).iter(f"{SVG}text") if e.text == "90 %"]
    places = sorted(float(element.get("y", "0")) for element in found)
    assert len(places) == 5
    assert min(np.diff(places)) >= 14.9


def test_the_axis_of_reviews_is_logarithmic_where_depths_are() -> None:
    assert "reviews made (log scale)" in precision_by_depth([curve(depths=(10, 20, 50, 100, 1000))], None)
    assert "log scale" not in precision_by_depth([curve(depths=tuple(range(50, 1001, 50)))], None)


def test_values_that_are_not_finite_are_left_out() -> None:
    measured = curve(depths=(0, 10, 100))
    spoilt = Curve(
        name="fused",
        depths=measured.depths,
        precision=np.array([np.nan, 0.5, np.nan]),
        low=measured.low,
        high=measured.high,
    )
    assert "50.0 % of the first 10 reviews" in precision_by_depth([spoilt], None)


def test_the_best_possible_is_drawn_where_errors_are_counted() -> None:
    assert "best possible" in precision_by_depth([curve()], 12.0)
    assert "best possible" not in precision_by_depth([curve()], None)


def test_arrays_of_a_curve_are_read_only() -> None:
    with pytest.raises(ValueError, match="read-only"):
        curve().precision[0] = 1


@given(st.text(max_size=400), st.integers(30, 300))
def test_a_shortened_text_fits(text: str, width: int) -> None:
    short = shortened(text, width)
    assert text_width(short) <= width
    assert len(short) <= 60


@pytest.mark.parametrize(
    "name", ["class number {} with a very long name", "the same long beginning of all {}"]
)
def test_names_that_differ_anywhere_are_cut_apart(name: str) -> None:
    names = [name.format(f"{i:03}") + tail for i in range(12) for tail in ("", " and a tail of letters")]
    cut = shortened_apart(names[::2] + names[1::2], 90)
    assert len(set(cut.values())) >= 12
    assert all(text_width(text) <= 90 for text in cut.values())
    assert len(set(shortened_apart(names[1::2], 90).values())) == 12


@given(st.floats(1e-3, 1e12), st.integers(3, 10))
def test_even_ticks_start_at_0_and_are_few(high: float, most: int) -> None:
    ticks = even_ticks(high, most)
    assert ticks[0] == 0
    assert 2 <= len(ticks) <= most + 1
    assert ticks[-1] <= high * (1 + 1e-9)


@given(st.integers(1, 10**12), st.integers(1, 10**12), st.integers(4, 10))
def test_log_ticks_lie_inside_and_are_few(one: int, other: int, most: int) -> None:
    low, high = min(one, other), max(one, other)
    ticks = log_ticks(low, high, most)
    assert all(low <= tick <= high for tick in ticks)
    assert len(ticks) <= most


@given(st.integers(0, 10**15 - 10**12))
def test_a_short_count_has_four_letters(count: int) -> None:
    assert len(short_count(count)) <= 4
