"""The starting files."""

import re
import tomllib
from pathlib import Path

import pytest

from labelaudit.cli.init import WORKFLOW_FILE
from labelaudit.cli.options import OPTIONS
from labelaudit.cli.run import settings_of


def test_init_writes_both_files_and_names_them(run):
    result = run("init", "here")
    assert result.stdout == f"here/labelaudit.toml\nhere/{WORKFLOW_FILE}\n"
    assert Path("here/labelaudit.toml").is_file()
    assert "labelaudit scan data --output-format concise" in Path("here", WORKFLOW_FILE).read_text()


def test_the_config_changes_nothing_until_a_line_is_taken_in(run):
    run("init")
    assert tomllib.loads(Path("labelaudit.toml").read_text()) == {}


def test_the_config_names_every_option_and_each_line_is_valid(run):
    run("init")
    text = Path("labelaudit.toml").read_text()
    taken_in = re.sub(r"^# (?=[a-z-]+ = )", "", text, flags=re.MULTILINE)
    assert set(tomllib.loads(taken_in)) == {o.dashed for o in OPTIONS.values() if o.pinned}
    Path("labelaudit.toml").write_text(taken_in)
    settings = settings_of({})
    for option in OPTIONS.values():
        if option.pinned and option.default is not None:
            assert settings[option.name] == option.default


@pytest.mark.parametrize("existing", ["labelaudit.toml", WORKFLOW_FILE])
def test_init_overwrites_nothing_but_by_force(run, existing):
    Path(existing).parent.mkdir(parents=True, exist_ok=True)
    Path(existing).write_text("mine")
    result = run("init")
    assert result.exit_code == 2
    assert f"error[output]: {existing}: exists already" in result.stderr
    assert Path(existing).read_text() == "mine"
    assert len([path for path in Path().rglob("*") if path.is_file()]) == 1
    assert run("init", "--force").exit_code == 0
    assert Path(existing).read_text() != "mine"


def test_init_cannot_write_below_a_file(run):
    Path("file").write_text("")
    result = run("init", "file/below")
    assert result.exit_code == 2
    assert "error[output]" in result.stderr


def test_the_workflow_is_as_agreed(run, golden):
    run("init")
    golden("labelaudit.yml", Path(WORKFLOW_FILE).read_text())
    golden("labelaudit.toml", Path("labelaudit.toml").read_text())
