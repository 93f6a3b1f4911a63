"""The starting files."""

import re
import tomllib
from pathlib import Path

import pytest
import yaml

from labelaudit.cli.ci_jobs import GITHUB_FILE, GITLAB_FILE, GITLAB_PIPELINE
from labelaudit.cli.gating import gate_options_of
from labelaudit.cli.options import GATE, OPTIONS
from labelaudit.cli.run import settings_of
from labelaudit.settings import GATE_TABLES

TAKEN_OUT = re.compile(r"^# (?=[a-z.-]+ = )", flags=re.MULTILINE)
ACTION = Path(__file__).parents[2] / "action.yml"


def files_here():
    return {str(path) for path in Path().rglob("*") if path.is_file()}


def test_init_writes_both_files_and_names_them(run):
    result = run("init", "here")
    assert result.stdout == f"here/labelaudit.toml\nhere/{GITHUB_FILE}\n"
    assert files_here() == {"here/labelaudit.toml", f"here/{GITHUB_FILE}"}
    assert f"hint: adapt the marked lines of {GITHUB_FILE}" in result.stderr


def test_init_for_github_is_what_init_does(run):
    run("init", "one")
    run("init", "two", "--ci", "github")
    assert Path("one", GITHUB_FILE).read_text() == Path("two", GITHUB_FILE).read_text()


def test_init_for_gitlab_writes_a_job_and_a_pipeline_that_includes_it(run):
    result = run("init", "--ci", "gitlab")
    assert result.stdout == f"labelaudit.toml\n{GITLAB_FILE}\n{GITLAB_PIPELINE}\n"
    included = yaml.safe_load(Path(GITLAB_PIPELINE).read_text())["include"]
    assert included == [{"local": GITLAB_FILE}]


def test_a_pipeline_of_gitlab_is_never_overwritten(run):
    Path(GITLAB_PIPELINE).write_text("mine")
    for words in (["init", "--ci", "gitlab"], ["init", "--ci", "gitlab", "--force"]):
        result = run(*words)
        assert result.exit_code == 0
        assert f"include: [local: {GITLAB_FILE}]" in result.stderr
        assert Path(GITLAB_PIPELINE).read_text() == "mine"
    hinted = yaml.safe_load(f"include: [local: {GITLAB_FILE}]")
    assert hinted == {"include": [{"local": GITLAB_FILE}]}


def test_another_ci_is_refused(run):
    result = run("init", "--ci", "gitea")
    assert result.exit_code == 2
    assert "github, gitlab" in result.stderr
    assert not files_here()


def test_the_config_changes_nothing_until_a_line_is_taken_in(run):
    run("init")
    assert tomllib.loads(Path("labelaudit.toml").read_text()) == {"gate": {}}
    settings = settings_of({})
    assert {settings.origin(option.name) for option in OPTIONS.values()} == {"default"}


def test_the_config_names_every_option_and_each_line_is_valid(run):
    run("init")
    taken_in = TAKEN_OUT.sub("", Path("labelaudit.toml").read_text())
    values = tomllib.loads(taken_in)
    in_gate = {o.dashed for o in OPTIONS.values() if o.panel == GATE and o.kind != "table"} | set(GATE_TABLES)
    assert set(values.pop("gate")) == in_gate
    assert set(values) == {o.dashed for o in OPTIONS.values() if o.pinned and o.panel != GATE}
    Path("labelaudit.toml").write_text(taken_in)
    settings = settings_of({})
    for option in OPTIONS.values():
        if option.pinned and option.default not in (None, {}):
            assert settings[option.name] == option.default


def test_all_limits_of_the_config_together_are_a_gate(run):
    run("init")
    Path("labelaudit.toml").write_text(TAKEN_OUT.sub("", Path("labelaudit.toml").read_text()))
    options = gate_options_of(settings_of({}))
    assert {limit.scope for limit in options.limits} == {"dataset", "changes"}
    assert not any(limit.informational for limit in options.limits)
    assert options.confidence == 0.95


def test_each_line_of_the_config_may_be_taken_in_alone(run):
    run("init")
    lines = Path("labelaudit.toml").read_text().splitlines()
    commented = [number for number, line in enumerate(lines) if TAKEN_OUT.match(line)]
    assert len(commented) == sum(option.pinned for option in OPTIONS.values()) + 4  # 3 keys a table
    for number in commented:
        taken_in = [*lines[:number], TAKEN_OUT.sub("", lines[number]), *lines[number + 1 :]]
        Path("labelaudit.toml").write_text("\n".join(taken_in))
        gate_options_of(settings_of({"against": "main"}))


@pytest.mark.parametrize(
    ("ci", "existing"),
    [
        ("github", "labelaudit.toml"),
        ("github", GITHUB_FILE),
        ("gitlab", "labelaudit.toml"),
        ("gitlab", GITLAB_FILE),
    ],
)
def test_init_leaves_alone_what_exists_and_writes_the_rest(run, ci, existing):
    Path(existing).parent.mkdir(parents=True, exist_ok=True)
    Path(existing).write_text("mine")
    result = run("init", "--ci", ci)
    assert result.exit_code == 0
    assert f"{existing}: exists, left alone\n" in result.stderr
    assert existing not in result.stdout.splitlines()
    assert Path(existing).read_text() == "mine"
    assert files_here() == {existing, *result.stdout.splitlines()}
    assert run("init", "--ci", ci, "--force").exit_code == 0
    assert Path(existing).read_text() != "mine"


def test_the_job_of_another_ci_spares_the_settings(run):
    run("init")
    Path("labelaudit.toml").write_text("top = 7\n")
    result = run("init", "--ci", "gitlab")
    assert result.stdout == f"{GITLAB_FILE}\n{GITLAB_PIPELINE}\n"
    assert "labelaudit.toml: exists, left alone\n" in result.stderr
    assert Path("labelaudit.toml").read_text() == "top = 7\n"


@pytest.mark.parametrize(("ci", "job"), [("github", GITHUB_FILE), ("gitlab", GITLAB_FILE)])
def test_init_twice_is_an_error_and_writes_nothing(run, ci, job):
    run("init", "--ci", ci)
    before = {name: Path(name).read_bytes() for name in files_here()}
    result = run("init", "--ci", ci)
    assert (result.exit_code, result.stdout) == (2, "")
    assert f"error[output]: labelaudit.toml and {job}: exist already" in result.stderr
    assert {name: Path(name).read_bytes() for name in files_here()} == before


def test_a_pipeline_alone_is_written_too(run):
    run("init", "--ci", "gitlab")
    Path(GITLAB_PIPELINE).unlink()
    assert run("init", "--ci", "gitlab").stdout == f"{GITLAB_PIPELINE}\n"


def test_init_cannot_write_below_a_file(run):
    Path("file").write_text("")
    result = run("init", "file/below")
    assert result.exit_code == 2
    assert "error[output]" in result.stderr


def test_the_files_are_as_agreed(run, golden):
    run("init")
    golden("labelaudit.yml", Path(GITHUB_FILE).read_text())
    golden("labelaudit.toml", Path("labelaudit.toml").read_text())
    run("init", "gitlab", "--ci", "gitlab")
    golden("labelaudit-gitlab.yml", Path("gitlab", GITLAB_FILE).read_text())


@pytest.mark.parametrize(("ci", "file"), [("github", GITHUB_FILE), ("gitlab", GITLAB_FILE)])
def test_two_lines_of_a_job_are_marked(run, ci, file):
    run("init", "--ci", ci)
    marked = [line for line in Path(file).read_text().splitlines() if "# adapt: " in line]
    assert len(marked) == 2
    assert any("OWNER/labelaudit" in line for line in marked)
    assert any("data" in line for line in marked)


def test_the_workflow_of_github_may_read_and_sees_the_history(run):
    run("init")
    workflow = yaml.safe_load(Path(GITHUB_FILE).read_text())
    assert workflow["permissions"] == {"contents": "read"}
    assert set(workflow[True]) == {"pull_request", "workflow_dispatch"}  # `on` is a yes in YAML 1.1
    checkout, scan, upload = workflow["jobs"]["labels"]["steps"]
    assert checkout["with"] == {"fetch-depth": 0}
    assert set(scan["with"]) <= set(yaml.safe_load(ACTION.read_text())["inputs"])
    assert upload["with"]["path"] == "labelaudit-out"


def test_the_workflow_of_github_with_its_comments_taken_in_is_one_too(run):
    run("init")
    text = re.sub(r"^( +)# (?=[a-z-]+: |- |  )", r"\1", Path(GITHUB_FILE).read_text(), flags=re.MULTILINE)
    workflow = yaml.safe_load(text)
    assert workflow["permissions"]["security-events"] == "write"
    checkout, fetch, scan, sarif, _ = workflow["jobs"]["labels"]["steps"]
    assert checkout["with"]["lfs"] is True
    assert fetch["run"].startswith("git lfs fetch origin")
    assert scan["with"]["sarif"] == sarif["with"]["sarif_file"] in sarif["if"]


def test_the_job_of_gitlab_judges_merge_requests_and_keeps_its_reports(run):
    run("init", "--ci", "gitlab")
    job = yaml.safe_load(Path(GITLAB_FILE).read_text())["labelaudit"]
    assert job["variables"]["GIT_DEPTH"] == "0"
    assert [rule["if"] for rule in job["rules"]] == ['$CI_PIPELINE_SOURCE == "merge_request_event"']
    scan = job["script"][-1]
    assert '--against "origin/$CI_MERGE_REQUEST_TARGET_BRANCH_NAME"' in scan
    assert job["artifacts"]["when"] == "always"
    for form, kind in (("gitlab", "codequality"), ("junit", "junit")):
        assert f"--report {form}={job['artifacts']['reports'][kind]}" in scan


def test_the_gate_of_the_manual_is_one():
    page = (ACTION.parent / "docs" / "ci.md").read_text(encoding="utf-8")
    text, reviewed = re.findall(r"^```toml\n(.*?)^```$", page, re.DOTALL | re.MULTILINE)
    Path("labelaudit.toml").write_text(text)
    options = gate_options_of(settings_of({}))
    assert [(limit.scope, limit.max_rate) for limit in options.limits] == [
        ("changes", 0.05),
        ("dataset", 0.08),
    ]
    assert options.confidence == 0.95
    Path("labelaudit.toml").write_text(reviewed)
    settings = settings_of({})
    assert (settings["fail_over_reviewed"], gate_options_of(settings).declared) == ("3%", False)
