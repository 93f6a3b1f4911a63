"""`labelaudit review page`: from a saved audit to one file."""

import json
import re
from pathlib import Path

import pytest
from typer.testing import CliRunner

from labelaudit.cli.app import app
from tests.cli.conftest import DIGITS


@pytest.fixture(scope="module")
def scanned(tmp_path_factory):
    folder = tmp_path_factory.mktemp("scanned") / "labelaudit-out"
    finished = CliRunner().invoke(app, ["scan", DIGITS, "-q", "--out-dir", str(folder)])
    assert finished.exit_code == 0
    return folder


def page(scanned, *options):
    return CliRunner().invoke(app, ["review", "page", str(scanned), *options])


def data_of(html):
    (found,) = re.findall(r'id="labelaudit-data">(.*?)</script>', html, flags=re.DOTALL)
    return json.loads(found)


def test_the_page_holds_all_suspects_and_their_pictures(scanned, tmp_path):
    finished = page(scanned, "-o", str(tmp_path / "review.html"))
    assert (finished.exit_code, finished.stdout, finished.stderr) == (0, "", "104 items\n")
    data = data_of((tmp_path / "review.html").read_text("utf-8"))
    assert [item["rank"] for item in data["items"]] == list(range(1, 105))
    assert all(data["media"][item["preview"]["src"]].startswith("data:image/") for item in data["items"])
    assert (data["mode"], data["reviewer"], data["audit"]) == ("static", "", "labelaudit-out")


def test_the_same_audit_gives_the_same_page(scanned, tmp_path):
    for name in ("a.html", "b.html"):
        page(scanned, "-o", str(tmp_path / name), "--top", "20")
    assert (tmp_path / "a.html").read_bytes() == (tmp_path / "b.html").read_bytes()


def test_options_of_the_queue_reach_the_page(scanned):
    how = ["--queue", "sample=30", "--blind", "--reviewer", "ana"]
    data = data_of(page(scanned, "-o", "-", *how).stdout)
    assert {item["queue"] for item in data["items"]} == {"sample"}
    assert all(0 < item["draw_prob"] <= 1 for item in data["items"])
    assert (len(data["items"]), data["blind"], data["reviewer"]) == (30, True, "ana")


def test_top_takes_the_worst(scanned):
    assert [item["rank"] for item in data_of(page(scanned, "-o", "-", "--top", "3").stdout)["items"]] == [
        1,
        2,
        3,
    ]


def test_what_does_not_fit_is_told(scanned, tmp_path, monkeypatch):
    monkeypatch.setattr("labelaudit.cli.review_page.MEGABYTE", 100_000)
    finished = page(scanned, "-o", str(tmp_path / "review.html"), "--max-mb", "1")
    assert re.fullmatch(r"\d+ items; left out for its size: \d+ items.*\n", finished.stderr)


def test_without_a_file_it_says_what_to_type(scanned):
    finished = page(scanned)
    assert finished.exit_code != 0
    assert "no file is named" in str(finished.stderr) + str(finished.exception)


def test_no_file_of_the_dataset_is_overwritten(scanned):
    labels = Path(DIGITS, "labels.csv")
    before = labels.read_bytes()
    assert page(scanned, "-o", str(labels)).exit_code != 0
    assert labels.read_bytes() == before
