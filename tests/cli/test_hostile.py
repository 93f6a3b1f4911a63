"""Forty hostile strings, wherever data can say anything, pass through every command as text."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import html5lib
import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from markdown_it import MarkdownIt
from typer.testing import Result

from labelaudit.io.discover import is_audit
from labelaudit.store import load_audit
from tests.report.hostile import NASTY

Run = Callable[..., Result]
STRINGS = [text for text in NASTY if text.encode("utf-8", "ignore").decode() == text]
"""Arrow holds no halves of surrogate pairs."""
OBEYED = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")
PER_CLASS = 8
TAGS = {
    *[
        "h1",
        "h2",
        "h3",
        "ul",
        "ol",
        "li",
        "p",
        "strong",
        "em",
        "code",
        "pre",
        "table",
        "thead",
        "tbody",
        "tr",
        "th",
        "td",
        "details",
        "summary",
        "img",
    ]
}


@pytest.fixture
def audit(run: Run) -> str:
    """An audit in which every string is a class, and part of an id, a text, a split, a column and a file."""
    rng = np.random.default_rng(0)
    n_classes = len(STRINGS)
    true = np.repeat(np.arange(n_classes), PER_CLASS)
    given = np.where(np.arange(len(true)) % 4 == 0, (true + 1) % n_classes, true)
    probs = rng.dirichlet(np.full(n_classes, 0.05), len(true)) * 0.2
    probs[np.arange(len(true)), true] += 0.8
    said = [STRINGS[i % n_classes] for i in range(len(true))]
    columns = {
        "id": [f"{i}{text}" for i, text in enumerate(said)],
        "label": [STRINGS[i] for i in given],
        "text": said,
        "split": said,
        "image": said,
        "pred_probs": list(probs),
    }
    columns |= dict.fromkeys(STRINGS, said)
    folder = Path("\x1b[31m\u202e<b>x", "data")
    folder.mkdir(parents=True)
    pq.write_table(pa.table(columns), folder / "x\x9b2J|`.parquet")
    classes = json.dumps(STRINGS, ensure_ascii=False)
    Path("labelaudit.toml").write_text(f"classes = {classes}\n", encoding="utf-8")
    harmless(run("scan", str(folder), "--output-format", "table", "--out-dir", "audit"))
    assert is_audit(Path("audit"))
    return "audit"


def harmless(result: Result) -> str:
    """What a command said, nothing of which a terminal obeys."""
    assert result.exit_code in (0, 1), result.stderr
    said = result.stdout + result.stderr
    assert not OBEYED.search(said), ascii(OBEYED.search(said))
    return result.stdout


@pytest.mark.parametrize("form", ["table", "concise", "markdown", "github", "total"])
def test_reports_are_text(run: Run, audit: str, form: str) -> None:
    said = harmless(run("report", audit, "--output-format", form, "--top", "400"))
    if form in ("table", "concise"):
        assert "\\x1b" in said


@pytest.mark.parametrize("file", ["report.md", "comment"])
def test_markdown_has_the_marks_of_the_page_alone(run: Run, audit: str, file: str) -> None:
    said = (
        harmless(run("report", audit, "--output-format", "markdown", "--show-text", "--top", "40"))
        if file == "comment"
        else Path(audit, file).read_text(encoding="utf-8")
    )
    assert not OBEYED.search(said)
    met: set[str] = set()

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
            met.add(tag)
            for name, value in attributes:
                assert not name.startswith("on")
                assert name not in ("src", "href") or value in ("confusion.svg", "scores.svg")

    Reader().feed(MarkdownIt("commonmark").enable("table").render(said))
    assert met <= TAGS
    lines = said.splitlines()
    in_tables = [(line, after) for line, after in pairwise(lines) if line[:1] == after[:1] == "|"]
    assert len(in_tables) > 10
    assert [line for line, after in in_tables if n_bars(line) != n_bars(after)] == []


def n_bars(line: str) -> int:
    return len(re.findall(r"(?<!\\)\|", line))


def test_the_html_report_is_text(run: Run, audit: str) -> None:
    html = run("report", audit, "--output-format", "html").stdout
    assert not OBEYED.search(html)
    root = html5lib.HTMLParser(strict=True).parse(html)
    assert sum(1 for e in root.iter() if str(e.tag).endswith("}script")) == 1


def test_the_review_page_is_text(run: Run, audit: str) -> None:
    result = run("review", "page", audit, "-o", "page.html", "--reviewer", STRINGS[0])
    harmless(result)
    html = Path("page.html").read_text(encoding="utf-8")
    root = html5lib.HTMLParser(strict=True).parse(html)
    data = next(e for e in root.iter() if e.get("id") == "labelaudit-data")
    assert len(json.loads(data.text)["items"]) > 10
    assert not [e for e in root.iter() if str(e.tag).rpartition("}")[2] in ("iframe", "b", "base", "form")]


def test_rows_are_explained_as_text(run: Run, audit: str) -> None:
    for suspect in list(load_audit(audit).suspects())[::9]:
        assert "Row " in harmless(run("explain", audit, "--", suspect.id))


def decided(audit: str, reviewer: str, file: str, n: int = 60) -> str:
    """A file of decisions that says hostile things in notes, labels and names."""
    suspects = list(load_audit(audit).suspects(n))
    lines = [
        {
            "fingerprint": s.fingerprint if i % 7 else "gone",
            "id": s.id,
            "decision": "other" if i % 3 else "given",
            "label": STRINGS[(i + len(file)) % len(STRINGS)] if i % 3 else None,
            "reason": "ambiguous",
            "note": STRINGS[i % len(STRINGS)],
            "reviewer": f"{reviewer}{STRINGS[i % 2]}",
            "decided_at": "2026-01-01T00:00:00Z",
            "queue": "sample" if i % 7 else "ranked",
            "draw_prob": 0.5 if i % 7 else None,
        }
        for i, s in enumerate(suspects)
    ]
    Path(file).write_text("".join(json.dumps(line) + "\n" for line in lines), encoding="utf-8")
    return file


def test_a_review_in_the_terminal_is_text(run: Run, audit: str) -> None:
    keys = "".join(f"{key}\n" for key in "1215 u?123q")
    said = harmless(run("review", "terminal", audit, "--reviewer", NASTY[31], input=keys))
    assert "1 of " in said


def test_merged_and_counted_decisions_are_text(run: Run, audit: str) -> None:
    files = [decided(audit, name, file) for name, file in ((NASTY[30], "a.jsonl"), (NASTY[34], "bb.jsonl"))]
    said = harmless(run("review", "merge", audit, *files))
    assert "conflict" in said
    assert "\\x1b[31m" in said
    said = harmless(run("review", "stats", audit, "--decisions", files[0]))
    assert "reviewed estimate" in said
    harmless(run("report", audit, "--output-format", "table"))


def test_models_are_ranked_as_text(run: Run, audit: str) -> None:
    decided(audit, "ana", f"{audit}/decisions.jsonl")
    scores = load_audit(audit).scores()
    for name in ("a", "b"):
        labels = scores["predicted_label" if name == "a" else "given_label"]
        pq.write_table(pa.table({"id": scores["id"], "prediction": labels}), f"{name}.parquet")
    models = ["--preds", f"{NASTY[30]}=a.parquet", "--preds", f"{NASTY[34]}=b.parquet"]
    for form in ("table", "markdown"):
        assert harmless(run("rank-models", audit, *models, "--draws", "100", "--output-format", form))
