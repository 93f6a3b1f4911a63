"""The HTML report in a real browser: nothing overflows, no card is squeezed, axe finds nothing serious."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from labelaudit.previews import Media, Preview
from labelaudit.report import renderer
from labelaudit.report.model import Screen, report_of
from labelaudit.report.self_tested import SelfTested
from labelaudit.report.views import Views
from tests.report.hostile import NASTY
from tests.report.test_html import audit_saying_all
from tests.report.values import SUSPECT, MadeAudit, audit_of, png

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
CURVE = {"depths": [10, 20, 40], "precision": [1, 0.9, 0.5], "low": [1, 0.8, 0.4], "high": [1, 1, 0.6]}
SELF_TEST = SelfTested(
    n_tested=100,
    n_injected=20,
    n_doubted=3,
    repeats=3,
    refitted=False,
    noises=("uniform",),
    recommended="fused",
    reviews_needed=18.0,
    precision=0.8,
    points={"fused": CURVE, "self-confidence": CURVE},
)
LONG = replace(SUSPECT, given_label="long_" * 20, suggested_label="x" * 90, id="i" * 300, neighbor_ids=())
BARE = audit_of([replace(LONG, neighbor_labels=()), replace(LONG, rank=2, neighbor_labels=())])
SEEN = {
    "a picture": Preview(image=Media(name="x", place=None, data=png((300, 200)))),
    "a text": Preview(text="word " * 100),
    "columns": Preview(columns={f"column {i}": "value " * i for i in range(12)}),
}


def pages() -> dict[str, str]:
    """Audits of all kinds, by name."""
    audits: dict[str, tuple[MadeAudit, Views | None]] = {
        "hostile": (audit_saying_all(NASTY), None),
        "bare": (BARE, None),
        "empty": (audit_of([]), Views(decided=(True, False) * 20)),
    }
    for name, preview in SEEN.items():
        audits[name] = (MadeAudit(), Views(previews={SUSPECT.fingerprint: preview}))
    made = {}
    for name, (audit, views) in audits.items():
        read = None if views is None else lambda _, views=views: views
        report = report_of(audit, read_views=read, self_test=SELF_TEST)
        made[name] = "".join(renderer("html")(report, Screen()))
    return made


@pytest.mark.skipif(CHROMIUM is None, reason="no chromium on the PATH: apt-get install chromium")
def test_pages_lie_well_on_screens_of_all_sizes(tmp_path: Path) -> None:
    pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    addresses = []
    for name, html in pages().items():
        file = tmp_path / f"{name}.html"
        file.write_text(html, encoding="utf-8")
        addresses.append(file.as_uri())
    done = subprocess.run(
        [sys.executable, "-m", "tests.report.measuring", str(CHROMIUM), *addresses],
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    for look, found in json.loads(done.stdout).items():
        assert found["too wide by"] <= 0, look
        assert (found["filled"] or 1) > 0.85, look
        assert (found["said"], found["asked"], found["violations"]) == ([], [], []), look
