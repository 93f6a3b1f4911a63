"""Help pages, against golden files."""

import pytest

from labelaudit.cli.app import COMMANDS


@pytest.mark.parametrize("command", ["", *COMMANDS])
def test_help_is_as_agreed(process, golden, command):
    words = [command] if command else []
    page = process(*words, "--help").stdout
    golden(f"help{'-' if command else ''}{command}.txt", page)
    assert process(*words, "-h").stdout == page


@pytest.mark.parametrize("command", COMMANDS)
def test_help_leads_with_three_examples(process, command):
    page = process(command, "--help").stdout
    examples = page[page.index("Examples:") : page.index("╭")]
    assert examples.count(f"labelaudit {command}") == 3


def test_a_run_without_a_command_shows_the_help(run):
    result = run()
    assert "Usage: labelaudit" in result.stdout
    assert result.exit_code == 2


@pytest.mark.parametrize("arguments", [["--version"], ["--version", "rule"]])
def test_version_is_printed(run, process, arguments):
    assert run(*arguments).stdout.startswith("labelaudit ")
    assert process(*arguments).stdout == run(*arguments).stdout


def test_completion_knows_commands_options_and_values(process):
    def completed(words, at):
        env = {"_LABELAUDIT_COMPLETE": "complete_bash", "COMP_WORDS": words, "COMP_CWORD": str(at)}
        return process(env=env).stdout.split()

    assert completed("labelaudit sc", 1) == ["scan"]
    assert "--filter" in completed("labelaudit scan --fi", 2)
    assert completed("labelaudit scan --filter prune-by-c", 3) == ["prune-by-class"]
    assert completed("labelaudit rule LA90", 2)[0] == "LA901"


def test_show_completion_prints_a_script(process):
    script = process(env={"_LABELAUDIT_COMPLETE": "source_bash"}).stdout
    assert "complete -o default" in script
