"""The forms that CI systems read: well-formed whatever the data says, and complete."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from io import StringIO
from pathlib import Path, PurePosixPath
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from labelaudit.report import PAGES, RENDERERS
from labelaudit.report.findings import message_of, path_of
from labelaudit.report.sarif import uri_of
from labelaudit.report.text import visible
from labelaudit.types import Gate, Notice, Suspect
from tests.conftest import ROOT
from tests.report.hostile import HTML, LINKS, audit_saying, each_audit, files, suspects, text, texts
from tests.report.values import (
    CLASS_RULE,
    HOSTILE,
    SUSPECT,
    MadeAudit,
    audit_of,
    gate,
    gated_audit,
    rule,
)

SCHEMAS = ROOT.parent / "shared" / "schemas"
LISTED = {"github": 10, "gitlab": 100_000, "sarif": 1000, "junit": 100_000, "markdown": 3}
"""How many of 100,000 suspects a form names, where nobody said how many."""


# --- all of them ---------------------------------------------------------------------------------


def test_the_page_of_a_saved_audit_is_no_form_to_ask_for() -> None:
    assert set(PAGES) == {"page"}
    assert not set(PAGES) & set(RENDERERS)
    assert text("page", MadeAudit()).startswith("# Label audit")


@pytest.mark.parametrize("form", LISTED)
def test_100_000_suspects_are_rendered(form: str) -> None:
    audit = audit_of([SUSPECT] * 100_000)
    assert len(re.findall(r"\bid `?a17", text(form, audit))) == LISTED[form]


@pytest.mark.parametrize("form", ["gitlab", "sarif", "junit"])
def test_top_is_honoured(form: str) -> None:
    audit = audit_of([replace(SUSPECT, id=f"<{n}>") for n in range(60)])
    for top in (0, 3):
        shown = re.findall(r"id (?:<|&lt;)\d+", text(form, audit, top=top))
        assert len(shown) == top


# --- github --------------------------------------------------------------------------------------


def commands(output: str) -> list[tuple[str, dict[str, str], str]]:
    """Workflow commands as GitHub documents them: `::name key=value,key=value::message`."""
    assert output.endswith("\n")
    found = []
    for line in output[:-1].split("\n"):
        assert "\r" not in line
        match = re.fullmatch(r"::(\w+)(?: ([^:]*))?::(.*)", line, re.DOTALL)
        assert match, line
        name, properties, message = match.groups()
        pairs = dict(part.split("=", 1) for part in properties.split(",")) if properties else {}
        unescaped = {
            key: unescape(value, {"%3A": ":", "%2C": ",", "%0D": "\r", "%0A": "\n"})
            for key, value in pairs.items()
        }
        found.append((name, unescaped, unescape(message, {"%0D": "\r", "%0A": "\n"})))
    return found


def unescape(text: str, escapes: dict[str, str]) -> str:
    assert not re.search("%(?!25|" + "|".join(e[1:] for e in escapes) + ")", text)
    for escaped, plain in escapes.items():
        text = text.replace(escaped, plain)
    return text.replace("%25", "%")


@given(st.lists(suspects(), max_size=5))
@example([replace(SUSPECT, file=f"{string}/x.csv", given_label=string) for string in (HTML, LINKS, HOSTILE)])
def test_github_reads_back_what_was_rendered(rows: list[Suspect]) -> None:
    read = commands(text("github", audit_of(rows)))
    assert [name for name, _, _ in read] == ["warning"] * len(rows) + ["notice"] * 2
    for (_, properties, message), suspect in zip(read, rows, strict=False):
        assert properties["file"] == visible(path_of(suspect))
        assert properties["title"] == f"{suspect.rules[0]} label issue" if suspect.rules else "label issue"
        assert properties.get("line") == (None if suspect.line is None else str(suspect.line))
        assert message == message_of(suspect)


def test_a_percent_sign_of_the_data_is_no_escape() -> None:
    (_, properties, message), *_ = commands(
        text("github", audit_of([replace(SUSPECT, file="a%0Ab,c:d.csv", given_label="100 %0A")]))
    )
    assert properties["file"] == "a%0Ab,c:d.csv"
    assert "given '100 %0A'" in message


@pytest.mark.parametrize(("top", "n_told"), [(None, 10), (3, 3), (30, 30), (99, 60), (0, 0)])
def test_github_names_the_worst_10_unless_told_and_counts_the_rest(top: int | None, n_told: int) -> None:
    audit = audit_of([replace(SUSPECT, id=f"id-{n}") for n in range(60)])
    read = commands(text("github", audit, top=top))
    assert [name for name, _, _ in read].count("warning") == n_told
    rest = [message for _, _, message in read if message.startswith("and ")]
    plural = "and {} more suspects; labelaudit report AUDIT lists them"
    assert rest == ([plural.format(60 - n_told)] if n_told < 60 else [])


def test_github_shows_a_failed_gate_as_an_error_and_others_as_a_notice() -> None:
    names = {}
    for key, found in {"failed": gate(rule(9, 9)), "passed": gate(rule(9, 0)), "none": None}.items():
        audit = audit_of([], gate=found or Gate(), notices=())
        ((name, _, message),) = commands(text("github", audit))
        names[key] = name
        assert message.startswith(f"gate: {key}")
    assert names == {"failed": "error", "passed": "notice", "none": "notice"}


@each_audit
def test_github_prints_commands_only(audit: MadeAudit) -> None:
    assert all(name in ("warning", "error", "notice") for name, _, _ in commands(text("github", audit)))


def test_github_names_ten_notices_after_the_verdict_and_counts_the_rest() -> None:
    notices = tuple(Notice(code="LA901", message=f"notice, {n}: 5 %\n") for n in range(12))
    (_, _, verdict), *told, rest = commands(text("github", audit_of([], notices=notices)))
    assert verdict.startswith("gate: ")
    assert told == [("notice", {"title": "LA901"}, f"notice, {n}: 5 %\\n") for n in range(10)]
    assert rest == ("notice", {}, "and 2 more notices")


# --- gitlab --------------------------------------------------------------------------------------


@each_audit
def test_gitlab_lists_every_suspect(audit: MadeAudit) -> None:
    issues = json.loads(text("gitlab", audit))
    assert len(issues) == audit.n_shown
    for issue in issues:
        assert set(issue) == {"description", "check_name", "fingerprint", "severity", "location"}
        assert issue["description"]
        assert issue["check_name"]
        assert issue["location"]["lines"]["begin"] >= 1
        assert visible(issue["location"]["path"]) == issue["location"]["path"]


def test_gitlab_points_at_line_1_of_a_file_without_lines_and_names_the_row() -> None:
    first, second = json.loads(text("gitlab", MadeAudit()))
    assert first["location"] == {"path": "data/labels.csv", "lines": {"begin": 12}}
    assert second["location"] == {"path": "data/more.parquet", "lines": {"begin": 1}}
    assert second["description"].startswith("row 17: given 'cat'")
    assert (first["fingerprint"], second["fingerprint"]) == ("00ff", "01ff")


@pytest.mark.parametrize(
    ("p_error", "quality", "severity"),
    [
        (0.95, 0.5, "major"),
        (0.9, 0.5, "major"),
        (0.6, 0.5, "minor"),
        (0.1, 0.0, "info"),
        (None, 0.05, "major"),
        (None, 1.0, "info"),
    ],
)
def test_severity_follows_the_chance_of_an_error(p_error: float, quality: float, severity: str) -> None:
    audit = audit_of([replace(SUSPECT, p_error=p_error, label_quality=quality)])
    (issue,) = json.loads(text("gitlab", audit))
    assert issue["severity"] == severity


def test_paths_are_as_given_without_a_leading_dot() -> None:
    audit = audit_of([replace(SUSPECT, file="./data/x.csv")])
    assert json.loads(text("gitlab", audit))[0]["location"]["path"] == "data/x.csv"
    assert "file=data/x.csv," in text("github", audit)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A root with a labels file, in a folder below it."""
    root = tmp_path / "repository"
    for folder in (root / "data", root / "sub" / "deep"):
        folder.mkdir(parents=True)
    (root / "data" / "my labels.csv").touch()
    monkeypatch.chdir(root / "sub" / "deep")
    return root


def paths_in_forms(file: str, root: Path) -> set[str]:
    """The path of a suspect's file in every form that annotates lines."""
    audit = audit_of([replace(SUSPECT, file=file)])
    (_, properties, _), *_ = commands(text("github", audit, root=str(root)))
    (issue,) = json.loads(text("gitlab", audit, root=str(root)))
    (result,) = json.loads(text("sarif", audit, root=str(root)))["runs"][0]["results"]
    uri = result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
    return {properties["file"], issue["location"]["path"], unquote(uri).removeprefix("file://")}


@pytest.mark.parametrize("absolute", [False, True])
def test_annotations_name_files_from_the_root_of_the_repository(repository: Path, absolute: bool) -> None:
    labels = "data/my labels.csv"
    assert paths_in_forms(str(repository / labels) if absolute else f"../../{labels}", repository) == {labels}


def test_a_root_reached_by_a_link_is_the_same_root(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(repository)
    found = paths_in_forms(str(tmp_path / "link" / "data" / "my labels.csv"), repository)
    assert found == paths_in_forms("../../data/my labels.csv", tmp_path / "link") == {"data/my labels.csv"}


def test_a_linked_file_keeps_its_name(repository: Path) -> None:
    store = repository / ".git" / "annex"
    store.mkdir(parents=True)
    (store / "0ab1").touch()
    (repository / "data" / "linked.csv").symlink_to(store / "0ab1")
    assert paths_in_forms("../../data/linked.csv", repository) == {"data/linked.csv"}


def test_files_elsewhere_and_files_that_are_gone_are_named_as_given(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "outside.csv").touch()
    for file in ("../../../outside.csv", str(tmp_path / "outside.csv"), "data/my labels.csv", "<stdin>"):
        assert paths_in_forms(file, repository) == {file}


def test_messages_for_people_name_files_as_given(repository: Path) -> None:
    audit = audit_of([replace(SUSPECT, file="../../data/my labels.csv")])
    for form in ("concise", "markdown", "junit"):
        assert "../../data/my labels.csv:12" in text(form, audit, root=str(repository))


# --- sarif ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def sarif_schema() -> Any:
    """A validator of SARIF 2.1.0."""
    jsonschema = pytest.importorskip("jsonschema")
    path = SCHEMAS / "sarif-2.1.0.json"
    if not path.exists():
        pytest.skip("the shared schemas are not here")
    return jsonschema.Draft4Validator(json.loads(path.read_text(encoding="utf-8")))


@each_audit
def test_sarif_follows_its_schema(audit: MadeAudit, sarif_schema: Any) -> None:
    sarif_schema.validate(json.loads(text("sarif", audit)))


@given(rows=st.lists(suspects(), max_size=2))
@settings(max_examples=15)
def test_sarif_follows_its_schema_whatever_the_data(rows: list[Suspect], sarif_schema: Any) -> None:
    sarif_schema.validate(json.loads(text("sarif", audit_of(rows))))


def run_of(audit: MadeAudit, top: int | None = None) -> Any:
    return json.loads(text("sarif", audit, top=top))["runs"][0]


def test_sarif_points_at_lines_and_at_rows() -> None:
    first, second = (result["locations"][0] for result in run_of(MadeAudit())["results"])
    assert first == {
        "physicalLocation": {"artifactLocation": {"uri": "data/labels.csv"}, "region": {"startLine": 12}}
    }
    assert second["physicalLocation"] == {"artifactLocation": {"uri": "data/more.parquet"}}
    assert second["logicalLocations"][0]["name"] == "row 17"


def test_sarif_names_rules_that_it_explains() -> None:
    run = run_of(MadeAudit())
    known = {rule["id"] for rule in run["tool"]["driver"]["rules"]}
    assert {result["ruleId"] for result in run["results"]} <= known
    assert run["results"][0]["properties"]["rules"] == ["LA102", "LA201"]
    assert run["results"][0]["partialFingerprints"] == {"labelaudit/v1": "00ff"}
    assert run["tool"]["driver"]["version"] == "0.1.0"


@pytest.mark.parametrize(("top", "listed"), [(None, 1000), (5, 5), (1200, 1000)])
def test_sarif_has_the_worst_1000_and_tells_of_the_others(top: int | None, listed: int) -> None:
    run = run_of(audit_of([replace(SUSPECT, rank=n + 1) for n in range(1500)]), top)
    assert [result["properties"]["rank"] for result in run["results"]] == list(range(1, listed + 1))
    assert run["properties"]["left_out"] == 1500 - listed
    notes = [note["message"]["text"] for note in run["invocations"][0]["toolExecutionNotifications"]]
    assert f"{1500 - listed:,} suspects left out here: the worst come first" in notes


def test_sarif_carries_the_gate_and_what_is_hidden() -> None:
    run = run_of(gated_audit())
    assert run["properties"]["gate"]["passed"] is False
    assert [rule["name"] for rule in run["properties"]["gate"]["rules"]][-1] == "dataset"
    assert run["properties"]["hidden"] == {"baseline labels.baseline.json": 12, "labelaudit.ignore.toml": 1}
    assert run["properties"]["changes"]["relabelled"] == 28
    assert run["invocations"][0]["toolExecutionNotifications"][0]["level"] == "error"


def test_sarif_messages_are_plain_words() -> None:
    (result,) = run_of(audit_of([replace(SUSPECT, given_label="{0} [x](http://e.org)")]))["results"]
    assert "given '{{0}} [x] (http://e.org)'" in result["message"]["text"]
    assert result["properties"]["given_label"] == "{0} [x](http://e.org)"


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("data/labels.csv", "data/labels.csv"),
        ("my data/100 %#?.csv", "my%20data/100%20%25%23%3F.csv"),
        ("größe.csv", "gr%C3%B6%C3%9Fe.csv"),
        ("main:labels.csv", "main%3Alabels.csv"),
        ("bad\udcff.csv", "bad%FF.csv"),
        ("../up.csv", "../up.csv"),
        ("/abs/a b.csv", "file:///abs/a%20b.csv"),
    ],
)
def test_paths_become_uris(path: str, uri: str) -> None:
    assert uri_of(path) == uri


@given(files)
def test_uris_are_ascii_and_read_back(path: str) -> None:
    uri = uri_of(PurePosixPath(path).as_posix())
    assert re.fullmatch(r"[A-Za-z0-9._~/%:-]*", uri)
    assert unquote(uri).removeprefix("file://") == PurePosixPath(path).as_posix()


# --- junit ---------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def junit_schema() -> Any:
    """A validator of JUnit results."""
    xmlschema = pytest.importorskip("xmlschema")
    path = SCHEMAS / "junit.xsd"
    if not path.exists():
        pytest.skip("the shared schemas are not here")
    return xmlschema.XMLSchema(str(path))


@each_audit
def test_junit_follows_its_schema(audit: MadeAudit, junit_schema: Any) -> None:
    junit_schema.validate(StringIO(text("junit", audit)))


@given(rows=st.lists(suspects(), max_size=3), names=st.lists(texts, min_size=1, max_size=3))
@settings(max_examples=25)
def test_junit_follows_its_schema_whatever_the_data(
    rows: list[Suspect], names: list[str], junit_schema: Any
) -> None:
    audit = replace(audit_saying(*names), rows=tuple(rows))
    junit_schema.validate(StringIO(text("junit", audit)))


def suites(audit: MadeAudit) -> list[ElementTree.Element]:
    root = ElementTree.fromstring(text("junit", audit))
    assert [suite.get("name") for suite in root] == ["labelaudit gate", "labelaudit classes"]
    return list(root)


def outcomes(suite: ElementTree.Element) -> dict[str, str]:
    return {case.get("name", ""): case[0].tag if len(case) else "" for case in suite.iter("testcase")}


def test_junit_has_a_case_a_limit_and_a_case_a_class() -> None:
    of_gate, of_classes = suites(gated_audit())
    assert outcomes(of_gate) == {
        "changed rows": "",
        "changed rows, class 'cat'": "failure",
        "dataset": "skipped",
    }
    assert outcomes(of_classes) == {"cat": "failure", "dog": ""}
    for suite in (of_gate, of_classes):
        told = list(outcomes(suite).values())
        counts = [int(suite.get(name, "")) for name in ("tests", "failures", "skipped")]
        assert counts == [len(told), told.count("failure"), told.count("skipped")]


def test_junit_without_a_gate_passes() -> None:
    of_gate, of_classes = suites(MadeAudit())
    assert outcomes(of_gate) == {"gate: none": ""}
    assert outcomes(of_classes) == {"cat": "", "dog": ""}


@pytest.mark.parametrize("change", [{"informational": True}, {"passed": True}, {"about": "split"}])
def test_a_class_passes_unless_a_limit_of_its_own_failed(change: dict[str, Any]) -> None:
    _, of_classes = suites(audit_of([SUSPECT], gate=gate(replace(CLASS_RULE, **change))))
    assert outcomes(of_classes) == {"cat": "", "dog": ""}


def test_junit_tells_the_suspects_of_classes() -> None:
    of_gate, of_classes = suites(gated_audit())
    properties = {one.get("name"): one.get("value") for one in of_classes.iter("property")}
    assert properties == {"suspects of cat": "2 of 600 rows (0.3 %)"}
    said = of_classes.findtext("system-out", "")
    assert said.splitlines()[0].startswith("data/labels.csv:12: LA102,LA201 given 'cat'")
    assert "13 suspects hidden" in of_gate.findtext("system-out", "")
