"""The HTML report from the command line."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import html5lib
import pytest
from typer.testing import CliRunner

from labelaudit.cli.app import app
from labelaudit.decisions import BATCH_NOTE
from labelaudit.report.views import views_of
from labelaudit.store import load_audit
from tests.cli.conftest import CANCER, DIGITS
from tests.cli.test_startup import loaded_by
from tests.report.values import png


@pytest.fixture(scope="module")
def scanned(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An audit of the digits and the page that its scan wrote."""
    folder = tmp_path_factory.mktemp("scanned")
    words = ("scan", DIGITS, "-q", "--out-dir", f"{folder}/audit", "--report", f"{folder}/fresh.html")
    assert CliRunner().invoke(app, words).exit_code == 0
    return folder


@pytest.fixture
def audit(scanned: Path, tmp_path: Path) -> Path:
    """A copy of the audit."""
    return shutil.copytree(scanned / "audit", tmp_path / "audit")


def test_two_pages_of_an_audit_are_the_same_bytes(run, scanned: Path, audit: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.html"
    assert run("report", str(audit), "--report", f"html={again}").exit_code == 0
    assert (scanned / "fresh.html").read_bytes() == again.read_bytes()
    html = again.read_text(encoding="utf-8")
    assert html.count("<img") > 600
    assert html5lib.HTMLParser(strict=True).parse(html) is not None


def test_a_report_into_the_folder_of_a_first_scan(run, tmp_path: Path) -> None:
    folder = tmp_path / "audit"
    finished = run("scan", CANCER, "--out-dir", str(folder), "--report", f"{folder}/report.html")
    assert finished.exit_code == 0
    assert (folder / "report.html").stat().st_size > 50_000


def test_open_writes_the_page_beside_the_audit_and_shows_it(run, audit: Path, monkeypatch) -> None:
    shown: list[str] = []
    monkeypatch.setattr("webbrowser.open", lambda url: shown.append(url) is None)
    page = audit / "report.html"
    finished = run("report", str(audit), "--open")
    assert finished.exit_code == 0
    assert shown == [page.as_uri()]
    assert finished.stderr == f"report written to {page}\n"
    monkeypatch.setattr("webbrowser.open", lambda _url: False)
    finished = run("report", str(audit), "--open")
    assert f"no browser was found here: open {page} in one\n" in finished.stderr


def test_rows_that_are_gone_are_told_and_the_page_is_written(run, tmp_path: Path) -> None:
    data = tmp_path / "data.csv"
    data.write_bytes(Path(CANCER).read_bytes())
    folder = str(tmp_path / "audit")
    run("scan", str(data), "--out-dir", folder)
    data.unlink()
    finished = run("report", folder, "--output-format", "html")
    assert finished.exit_code == 0
    assert "The items are not shown: " in finished.stdout
    assert "is not there any more" in finished.stdout


def test_a_plain_scan_loads_no_template_and_no_picture_library(tmp_path: Path) -> None:
    page_only = {"jinja2", "PIL", "markupsafe"}
    assert not loaded_by("scan", DIGITS, "-q", "--out-dir", str(tmp_path / "audit")) & page_only
    assert not loaded_by("report", str(tmp_path / "audit"), "--output-format", "json") & page_only


def test_views_hold_items_neighbours_and_decisions(audit: Path) -> None:
    loaded = load_audit(audit)
    worst = next(loaded.suspects())
    line = f'{{"fingerprint": "{worst.fingerprint}", "id": "x", "decision": "given", "reviewer": "ana"}}\n'
    (audit / "decisions.jsonl").write_text(line, encoding="utf-8")
    views = views_of([worst], loaded, audit)
    assert views.note == ""
    assert views.decided == (False,)
    assert [row.id for row in views.neighbors[worst.fingerprint]] == list(worst.neighbor_ids)
    assert all(views.previews[row.fingerprint].image for row in views.neighbors[worst.fingerprint])


def test_what_was_accepted_in_a_batch_is_no_precision(audit: Path) -> None:
    loaded = load_audit(audit)
    worst, second, *_ = loaded.suspects()
    decisions = [
        {"fingerprint": worst.fingerprint, "decision": "given"},
        {"fingerprint": second.fingerprint, "decision": "neither", "note": BATCH_NOTE},
    ]
    lines = [json.dumps({"id": "x", "reviewer": "ana", **decision}) for decision in decisions]
    (audit / "decisions.jsonl").write_text("\n".join([*lines, ""]), encoding="utf-8")
    views = views_of([worst], loaded, audit)
    assert views.decided == (False,)
    assert views.outcomes.keys() == {worst.fingerprint, second.fingerprint}


def test_a_picture_outside_of_the_dataset_is_named_and_not_read(run, tmp_path: Path) -> None:
    data, elsewhere = tmp_path / "data", tmp_path / "elsewhere"
    data.mkdir()
    elsewhere.mkdir()
    (elsewhere / "x.png").write_bytes(png())
    head, *lines = Path(CANCER).read_text(encoding="utf-8").splitlines()
    rows = [f"{head},image", *(f"{line},{elsewhere}/x.png" for line in lines)]
    (data / "labels.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")
    folder = str(tmp_path / "audit")
    assert run("scan", str(data), "--out-dir", folder, "-q").exit_code == 0
    html = run("report", folder, "--output-format", "html").stdout
    assert "<img" not in html
    assert "lies outside of the dataset" in html
    allowed = run("report", folder, "--output-format", "html", "--media-root", str(elsewhere)).stdout
    assert "<img" in allowed
