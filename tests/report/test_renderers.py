"""Each form on hand-made audits: what it says, what it never says."""

import csv
import json
import re
from dataclasses import fields, replace
from io import StringIO
from xml.etree import ElementTree

import pytest

from labelaudit.report import PAGES, RENDERERS, renderer
from labelaudit.report.model import Screen, report_of
from labelaudit.report.pictures import PICTURES
from labelaudit.report.text import json_text
from labelaudit.types import Gate, Notice, Suspect
from tests.report.values import (
    CAT,
    HOSTILE,
    SUMMARY,
    SUSPECT,
    MadeAudit,
    audit_of,
    cell,
    gated_audit,
)

UNSAFE = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e]")
COLUMNS = [field.name for field in fields(Suspect)]


def text(form, audit=None, *, top=None, screen=None):
    return "".join(renderer(form)(report_of(audit or MadeAudit(), top=top), screen or Screen()))


def hostile_audit():
    row = replace(SUSPECT, id=HOSTILE, given_label=HOSTILE, suggested_label=HOSTILE, file=f"{HOSTILE}/x.csv")
    rows = [row, replace(row, rank=2, file="other.csv")]
    audit = audit_of(rows, command=f"labelaudit scan '{HOSTILE}'", tool=HOSTILE)
    return replace(audit, joint=(cell(HOSTILE, "dog", 3),))


@pytest.mark.parametrize("form", RENDERERS | PAGES)
def test_a_report_can_be_rendered_twice(form):
    report = report_of(MadeAudit())
    assert list(renderer(form)(report, Screen())) == list(renderer(form)(report, Screen()))


@pytest.mark.parametrize("form", RENDERERS | PAGES)
def test_an_audit_without_suspects_renders(form):
    assert "a17" not in text(form, audit_of([]))


@pytest.mark.parametrize("form", ["table", "concise", "page", "github"])
def test_control_characters_from_the_data_are_made_visible(form):
    shown = text(form, hostile_audit())
    assert not UNSAFE.search(shown)
    assert "x1b[31m" in shown.replace("\\", "").replace("\n", "")


@pytest.mark.parametrize("form", ["json", "jsonl"])
def test_json_shows_no_control_character_and_loses_none(form):
    shown = text(form, hostile_audit())
    assert not UNSAFE.search(shown.replace("\u202e", ""))
    suspects = json.loads(shown)["suspects"] if form == "json" else map(json.loads, shown.splitlines())
    assert next(iter(suspects))["given_label"] == HOSTILE


def test_concise_is_a_line_a_suspect_as_linters_write_them():
    assert text("concise").splitlines() == [
        "data/labels.csv:12: LA102,LA201 given 'cat', suggested 'dog' (quality 0.012, id a17)",
        "data/more.parquet row 17: LA102,LA201 given 'cat', no suggestion (quality 0.012, id b3)",
    ]


def test_csv_has_the_columns_of_suspects_csv():
    audit = audit_of([replace(SUSPECT, rules=("LA101", "LA301"), given_label='a,"b"\nc', p_error=None)])
    header, row = csv.reader(StringIO(text("csv", audit), newline=""))
    assert header == COLUMNS
    assert row[COLUMNS.index("rules")] == "LA101;LA301"
    assert row[COLUMNS.index("given_label")] == 'a,"b"\nc'
    assert row[COLUMNS.index("p_error")] == ""


def test_jsonl_has_the_fields_of_a_suspect():
    first = json.loads(text("jsonl").splitlines()[0])
    assert list(first) == COLUMNS
    assert first["rules"] == ["LA102", "LA201"]
    assert (first["neighbor_ids"], first["neighbor_labels"]) == (["b3", "c4"], ["cat", "dog"])
    assert first["p_error"] == 0.9877


def test_json_is_the_summary_with_classes_and_suspects():
    document = json.loads(text("json"))
    assert document["n_rows"] == SUMMARY.n_rows
    assert document["gate"] == {"declared": False, "passed": None, "rules": []}
    assert [row["name"] for row in document["classes"]] == ["cat", "dog"]
    assert [row["id"] for row in document["suspects"]] == ["a17", "b3"]


def test_json_refuses_nan():
    with pytest.raises(ValueError, match="not JSON compliant"):
        json_text(float("nan"))


def test_total_is_the_suspect_rate_alone():
    assert text("total", audit_of([], suspect_rate=0.0518)) == "0.051800\n"


def test_none_is_empty():
    assert text("none") == ""


@pytest.mark.parametrize(("form", "default"), [("table", 25), ("page", 25), ("concise", 60), ("csv", 60)])
def test_top_limits_suspects_and_has_a_default_for_people(form, default):
    audit = audit_of([replace(SUSPECT, rank=n + 1, id=f"id-{n}.") for n in range(60)])
    assert text(form, audit).count("id-") == default
    assert text(form, audit, top=3).count("id-") == 3
    assert text(form, audit, top=0).count("id-") == 0


def test_table_tells_a_common_folder_once():
    assert text("table", audit_of([SUSPECT, SUSPECT])).count("data") == 1
    assert "data/more.parquet" not in text("table")


def test_table_folds_and_never_crops():
    narrow = text("table", screen=Screen(width=40))
    assert max(map(len, narrow.splitlines())) <= 40
    assert "…" not in narrow


def test_table_has_colours_only_if_the_screen_has():
    assert "\x1b[" not in text("table")
    assert "\x1b[" in text("table", screen=Screen(color=True))


def test_pairs_are_listed_most_rows_first_and_never_the_diagonal():
    pairs = [(c.given_label, c.true_label) for c in report_of(MadeAudit()).confused]
    assert pairs == [("cat", "dog"), ("cat", "fox")]


@pytest.mark.parametrize("form", ["table", "page"])
def test_the_number_of_errors_is_told_as_a_range_of_a_model(form):
    told = " ".join(text(form).split())
    assert "odel estimate: 800 to 1,543 label errors (not a count" in told
    assert "1,234" not in told
    assert "may be clean" not in told


@pytest.mark.parametrize("form", ["table", "page"])
def test_a_doubt_that_there_are_errors_at_all_is_told(form):
    clean = {**SUMMARY.est_errors, "low": 0, "high": 18, "looks_clean": True}
    told = " ".join(text(form, audit_of([], est_errors=clean)).split())
    assert "odel estimate: 0 to 18 label errors; where the model is surest all agree" in told
    assert "may be clean" in told


def test_page_shows_pictures_where_they_lie_beside_it():
    page = text("page", screen=Screen(pictures=True))
    assert re.findall(r"!\[[^\]]+\]\((.*)\)", page) == list(PICTURES)
    assert "![" not in text("page")


@pytest.mark.parametrize("name", PICTURES)
def test_every_picture_is_drawn_of_a_report(name):
    _, draw = PICTURES[name]
    for audit in (MadeAudit(), hostile_audit()):
        names = dict.fromkeys(name for cell in audit.joint for name in (cell.given_label, cell.true_label))
        classes = tuple(replace(CAT, name=name) for name in names)
        root = ElementTree.fromstring(draw(report_of(replace(audit, classes=classes))))
        assert root.tag.endswith("svg")


@pytest.mark.parametrize(
    ("gate", "word"),
    [(Gate(), "none"), (Gate(declared=True, passed=True), "passed"), (Gate(declared=True), "failed")],
)
def test_gate_is_told(gate, word):
    audit = audit_of([], gate=gate)
    assert f"gate: {word}" in text("table", audit)
    assert f"Gate: {word}." in text("page", audit)


def test_page_does_not_tell_time_or_memory():
    other = audit_of(list(MadeAudit().rows), seconds=77.7, peak_memory_mb=88.8)
    assert text("page", other) == text("page")


def test_page_cells_hold_what_the_data_says():
    lines = text("page", hostile_audit()).splitlines()
    row = next(line for line in lines if line.startswith("| 1 |"))
    assert len(re.findall(r"(?<!\\)\|", row)) == 8
    assert "<b>" not in row


def test_page_code_block_outlasts_backticks():
    page = text("page", audit_of([], command="labelaudit scan '```'"))
    assert "\n````\nlabelaudit scan '```'\n````\n" in page


def test_page_lists_splits_where_there_are_several():
    splits = {name: {"rows": 10, "suspects": 1, "suspect_rate": 0.1} for name in ("train", "test")}
    assert "| train | 10 | 1 | 10.0 % |" in text("page", audit_of([], by_split=splits))
    assert "## Splits" not in text("page")


def test_page_shows_the_classes_with_most_suspects_where_there_are_many():
    many = tuple(replace(MadeAudit().classes[0], name=f"class {n}", suspects=n) for n in range(60))
    page = text("page", replace(MadeAudit(), classes=many))
    assert "The 50 of 60 with the most suspects" in page
    assert "| class 59 |" in page
    assert "| class 9 |" not in page


@pytest.mark.parametrize("form", ["table", "page", "concise"])
def test_forms_for_people_are_as_agreed(form, golden):
    golden(f"report-{form}.txt", text(form))


@pytest.mark.parametrize("form", ["table", "page", "markdown", "github", "gitlab", "junit"])
def test_forms_of_a_gated_audit_are_as_agreed(form, golden):
    golden(f"report-gated-{form}.txt", text(form, gated_audit()))


@pytest.mark.parametrize(
    "form", ["table", "page", "concise", "markdown", "github", "gitlab", "sarif", "junit"]
)
def test_hidden_suspects_are_not_listed(form):
    assert "hidden-" not in text(form, gated_audit())


@pytest.mark.parametrize("form", ["csv", "json", "jsonl"])
def test_forms_for_programs_list_hidden_suspects_with_their_status(form):
    shown = text(form, gated_audit())
    assert shown.count("hidden-") == 13
    assert shown.count("baseline") >= 13


@pytest.mark.parametrize("form", ["page", "markdown", "github", "sarif", "junit"])
def test_notices_are_told(form):
    said = text(form, audit_of([], notices=(Notice(code="LA901", message="7 rows skipped"),)))
    assert re.search("LA901.*7 rows skipped", said)


@pytest.mark.parametrize("form", ["table", "page", "markdown", "github", "sarif", "junit"])
def test_how_many_are_hidden_by_what_is_told(form):
    told = " ".join(text(form, gated_audit()).split())
    assert "13 suspects hidden: 12 by baseline labels.baseline.json, 1 by labelaudit.ignore.toml" in told


@pytest.mark.parametrize("form", ["table", "page", "markdown", "github", "sarif", "junit"])
def test_changes_and_the_verdict_are_told(form):
    told = " ".join(text(form, gated_audit()).replace("%25", "%").split())
    assert (
        "40 changed rows since main (merge base 1a2b3c4): 12 new, 28 relabelled, 0 edited; 3 removed" in told
    )
    assert "ate: failed (2 of 12 changed rows of class" in told
