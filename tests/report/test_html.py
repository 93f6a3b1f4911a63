"""The HTML report is whole, safe and small, whatever the data says."""

from __future__ import annotations

import base64
import re
from dataclasses import replace
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import html5lib
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from labelaudit.decisions import Outcome
from labelaudit.previews import Media, Preview
from labelaudit.report import renderer
from labelaudit.report.model import Screen, report_of
from labelaudit.report.text import visible
from labelaudit.report.views import Views
from labelaudit.types import InputFile, Notice, Reviewed, ReviewedCount, Suspect
from tests.report.hostile import NASTY, each_audit, suspects
from tests.report.values import CAT, SUSPECT, MadeAudit, audit_of, cell, png

XHTML = "{http://www.w3.org/1999/xhtml}"
MARK_UP = re.findall(
    r"\w+",
    "html head meta title style body a header p h1 h2 h3 h4 dl div dt dd strong span nav main section figure "
    "table thead tbody tr th td code bdi form label select option input output ol ul li img audio pre script",
)


def page(audit: MadeAudit, views: Views | None = None) -> str:
    """The page of an audit, with its items or without."""
    report = report_of(audit, read_views=None if views is None else lambda suspects: views)
    return "".join(renderer("html")(report, Screen()))


def tree(html: str):
    """The page as a browser reads it; html5lib raises where the standard sees an error."""
    return html5lib.HTMLParser(strict=True).parse(html)


def words(html: str) -> str:
    return "".join(tree(html).itertext())


def audit_saying_all(strings: tuple[str, ...]) -> MadeAudit:
    rows = [
        replace(
            SUSPECT,
            rank=n,
            id=text,
            file=f"{text}.csv",
            given_label=text,
            suggested_label=text,
            runner_up_label=text,
            split=text,
            neighbor_ids=(text,),
            neighbor_labels=(text,),
            fingerprint=f"{n:016x}",
        )
        for n, text in enumerate(strings, start=1)
    ]
    audit = audit_of(
        rows,
        tool=strings[0],
        command=" ".join(strings),
        paths=strings,
        hidden=dict.fromkeys(strings, 1),
        notices=tuple(Notice(code=text, message=text) for text in strings),
        inputs=tuple(InputFile(path=text, sha256=text, rows=1, columns=()) for text in strings),
        by_split={text: {"rows": 2, "suspects": 1, "suspect_rate": 0.5} for text in strings},
    )
    return replace(
        audit,
        classes=tuple(replace(CAT, name=text, most_confused_with=text, split=text) for text in strings),
        joint=tuple(cell(text, strings[n - 1], 3) for n, text in enumerate(strings)),
    )


def hostile_views(rows: tuple[Suspect, ...]) -> Views:
    previews = {
        row.fingerprint: Preview(
            text=row.id if n % 2 else None,
            image=Media(name=row.id, place=None, data=b"no picture"),
            audio=Media(name=row.id, place=f"https://{row.id}"),
            columns={row.id: row.id},
        )
        for n, row in enumerate(rows)
    }
    outcomes = {
        row.fingerprint: Outcome(
            fingerprint=row.fingerprint,
            id=row.id,
            verdict="relabel",
            label=row.id,
            reviewers=(row.id,),
            agreement=1,
        )
        for row in rows
    }
    neighbors = {row.fingerprint: (row,) for row in rows}
    return Views(previews=previews, outcomes=outcomes, neighbors=neighbors, note=rows[0].id)


@each_audit
def test_any_audit_is_valid_html(audit: MadeAudit) -> None:
    tree(page(audit))


@given(st.lists(suspects(), max_size=3))
@settings(max_examples=25)
def test_any_strings_are_valid_html(rows: list[Suspect]) -> None:
    tree(page(audit_of(rows)))


@pytest.mark.parametrize("seen", [False, True], ids=["without items", "with items"])
def test_forty_hostile_strings_are_text_and_nothing_else(seen: bool) -> None:
    assert len(NASTY) == 40
    audit = audit_saying_all(NASTY)
    root = tree(page(audit, hostile_views(audit.rows) if seen else None))
    outside_of_svg = [e for e in root.iter() if isinstance(e.tag, str) and e.tag.startswith(XHTML)]
    assert {element.tag.removeprefix(XHTML) for element in outside_of_svg} <= set(MARK_UP)
    assert [e.tag for e in root.iter() if not isinstance(e.tag, str)] == [], "a comment"
    names = {name.partition("}")[2] or name for element in root.iter() for name in element.attrib}
    assert not {name for name in names if name.startswith("on") or name in {"style", "action", "srcset"}}
    headings = ["".join(h.itertext()) for h in root.iter(f"{XHTML}h3")]
    for text in NASTY:
        shown = re.sub("[\ufdd0\ufffe\uffff\U0001ffff]", "\ufffd", visible(text))
        assert any(shown in heading for heading in headings), text
    assert sum(1 for _ in root.iter(f"{XHTML}script")) == 1


def test_nothing_is_fetched() -> None:
    audit = audit_saying_all(NASTY)
    root = tree(page(audit, hostile_views(audit.rows)))
    for element in root.iter():
        for name in ("src", "href", "xlink:href", "data", "poster"):
            target = element.get(name, "#")
            assert target.startswith(("#", "data:image/png;", "data:image/webp;", "data:audio/")), target
    for style in root.iter(f"{XHTML}style"):
        assert not re.search(r"url\(|@import", style.text)


def test_the_policy_allows_our_styles_and_script_alone() -> None:
    html = page(MadeAudit())
    root = tree(html)
    policy = next(
        m.get("content")
        for m in root.iter(f"{XHTML}meta")
        if m.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy.startswith("default-src 'none'; img-src data:; media-src data:; base-uri 'none';")
    assert "unsafe" not in policy
    parts = [e for e in root.iter() if str(e.tag).rpartition("}")[2] in ("style", "script")]
    assert len(parts) >= 3
    for part in parts:
        digest = base64.b64encode(sha256(part.text.encode()).digest()).decode()
        assert f"'sha256-{digest}'" in policy


def test_text_of_all_themes_has_contrast_aa() -> None:
    css = Path("labelaudit/report/html/templates/style.css").read_text(encoding="utf-8")
    light, dark = (dict(re.findall(r"--(\w+): (#\w+)", block)) for block in css.split("@media", 2)[:2])
    for theme in (light, dark):
        for paper in ("paper", "soft"):
            for ink in ("ink", "muted", "blue", "good", "bad"):
                assert contrast(theme[ink], theme[paper]) >= 4.5, (ink, paper)


def contrast(one: str, other: str) -> float:
    """The ratio of WCAG 2.1, section 1.4.3."""

    def luminance(color: str) -> float:
        digits = color[1:] if len(color) == 7 else "".join(2 * c for c in color[1:])
        parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
        linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
        return float(np.dot(linear, [0.2126, 0.7152, 0.0722]))

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@each_audit
def test_headings_skip_no_level_and_pictures_have_words(audit: MadeAudit) -> None:
    root = tree(page(audit))
    levels = [int(e.tag[-1]) for e in root.iter() if re.fullmatch(rf"{XHTML}h[1-6]", str(e.tag))]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after <= before + 1 for before, after in pairwise(levels))
    assert all(image.get("alt") for image in root.iter(f"{XHTML}img"))
    ids = [e.get("id") for e in root.iter() if e.get("id")]
    assert len(ids) == len(set(ids))
    assert all(link.get("href")[1:] in ids for link in root.iter(f"{XHTML}a"))


def test_the_page_tells_its_verdict_without_a_script() -> None:
    html = re.sub("<script>.*</script>", "", page(MadeAudit()), flags=re.DOTALL)
    said = words(html)
    for text in (
        "1,797",
        "800 to 1,543",
        "only a review can tell",
        "cat → dog",
        "LA907",
        "labelaudit scan data",
    ):
        assert text in said


def test_decisions_and_their_precision_are_shown() -> None:
    outcome = Outcome(
        fingerprint="00ff", id="a17", verdict="keep", label=None, reviewers=("ana",), agreement=1
    )
    few = Views(outcomes={"00ff": outcome}, decided=(True,) * 9)
    many = replace(few, decided=(True, False) * 10)
    assert "kept by review, by ana" in page(MadeAudit(), few)
    assert "Precision by number of reviews" not in page(MadeAudit(), few)
    assert "50.0 % of the first 20 reviews" in page(MadeAudit(), many)


def test_a_reviewed_estimate_stands_beside_the_models() -> None:
    part = ReviewedCount(rows=1797, decided=100, errors=91.6, low=70.2, high=120.1)
    reviewed = Reviewed(
        schema_version=1,
        tool="labelaudit 0.1.0",
        scan="00",
        method="a sample",
        assumes=("reviewers err in 5 %",),
        level=0.9,
        seed=0,
        reviewers=("ana",),
        decisions={"sample": 100, "other": 0, "skipped": 0, "stale": 0},
        decided="00",
        calibration={},
        total=part,
        top=(replace(part, rows=50),),
        by_class=dict.fromkeys(NASTY, part),
        by_split={},
    )
    html = page(replace(MadeAudit(), reviewed=reviewed))
    tree(html)
    assert "800 to 1,543" in html
    assert "About 92, from 100 decisions of a sample, at 90 %." in html
    assert html.count("70 to 121") == 3 + len(NASTY)
    assert "decisions were taken since" not in html
    since = page(replace(MadeAudit(), reviewed=replace(reviewed, is_outdated=True)))
    assert since.count("Other decisions were taken since") == 2


def test_a_hundred_photos_with_neighbours_stay_under_3_mb() -> None:
    photos = [png((400, 300), seed, "JPEG") for seed in range(100)]  # noise is the worst there is
    rows = [
        replace(
            SUSPECT,
            rank=n + 1,
            id=f"photo-{n}",
            fingerprint=f"{n:016x}",
            neighbor_ids=tuple(f"photo-{(n + step) % 100}" for step in range(1, 7)),
            neighbor_labels=("cat",) * 3 + ("dog",) * 3,
        )
        for n in range(100)
    ]
    previews = {
        row.fingerprint: Preview(image=Media(name=row.id, place=None, data=photo))
        for row, photo in zip(rows, photos, strict=True)
    }
    near = {
        row.fingerprint: tuple(rows[(n + step) % 100] for step in range(1, 7)) for n, row in enumerate(rows)
    }
    html = page(audit_of(rows), Views(previews=previews, neighbors=near))
    assert html.count("<img") == 700
    assert len(html.encode()) < 3_000_000


def test_where_nothing_is_flagged_nobody_is_sent_to_look() -> None:
    said = words(page(audit_of([])))
    assert "No row is flagged." in said
    assert "each one to look at" not in said
