"""Who wins, what a value may be, and what an error names."""

from dataclasses import fields
from pathlib import Path

import pytest

from labelaudit.cli.options import OPTIONS
from labelaudit.cli.run import settings_of
from labelaudit.config import AuditOptions, InputOptions
from labelaudit.errors import ConfigError, UsageError

CORE = [(cls, field) for cls in (InputOptions, AuditOptions) for field in fields(cls)]


def write(file, text):
    path = Path(file)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(("cls", "field"), CORE, ids=lambda value: getattr(value, "name", ""))
def test_every_option_of_the_core_can_be_set_and_has_its_default(cls, field):
    assert OPTIONS[field.name].default == field.default
    assert settings_of({}).into(cls) == cls()


def test_precedence_is_command_line_environment_config_toml_pyproject_default(monkeypatch):
    assert settings_of({}, ["data"]).origin("seed") == "default"
    sources = [
        ("pyproject.toml [tool.labelaudit]", lambda: write("pyproject.toml", "[tool.labelaudit]\nseed = 1")),
        (
            "data/pyproject.toml [tool.labelaudit]",
            lambda: write("data/pyproject.toml", "[tool.labelaudit]\nseed = 2"),
        ),
        ("labelaudit.toml", lambda: write("labelaudit.toml", "seed = 3")),
        ("data/labelaudit.toml", lambda: write("data/labelaudit.toml", "seed = 4")),
    ]
    for seed, (origin, pin) in enumerate(sources, 1):
        pin()
        settings = settings_of({}, ["data"])
        assert (settings.origin("seed"), settings["seed"]) == (origin, seed)
    given = {"config": write("mine.toml", "seed = 5")}
    assert (settings_of(given, ["data"]).origin("seed"), settings_of(given, ["data"])["seed"]) == (
        "mine.toml",
        5,
    )
    monkeypatch.setenv("LABELAUDIT_SEED", "6")
    assert (settings_of(given).origin("seed"), settings_of(given)["seed"]) == ("LABELAUDIT_SEED", 6)
    given["seed"] = "7"
    assert (settings_of(given).origin("seed"), settings_of(given)["seed"]) == ("command line", 7)


def test_each_setting_falls_through_on_its_own():
    write("data/labelaudit.toml", "seed = 4")
    write("pyproject.toml", "[tool.labelaudit]\nseed = 1\nfilter = 'both'")
    settings = settings_of({"rank_by": "entropy"}, ["data"])
    assert (settings["seed"], settings["filter"], settings["rank_by"]) == (4, "both", "entropy")


def test_settings_lie_beside_a_file_that_is_scanned():
    write("data/labelaudit.toml", "seed = 4")
    write("data/labels.csv", "id,label\n")
    assert settings_of({}, ["data/labels.csv"])["seed"] == 4
    assert settings_of({}, ["-"])["seed"] == 0


@pytest.mark.parametrize("key", ["rank-by", "rank_by"])
def test_keys_have_dashes_or_underscores(key):
    write("labelaudit.toml", f"{key} = 'entropy'")
    assert settings_of({})["rank_by"] == "entropy"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("fliter = 'both'", ["labelaudit.toml", "'fliter'", "did you mean 'filter'?"]),
        ("no-save = true", ["unknown key 'no-save'", "did you mean 'save'?"]),
        ("zzz = 1", ["unknown key 'zzz'", "--show-settings"]),
        ("config = 'x.toml'", ["unknown key 'config'"]),
        (
            "filter = 'bth'",
            ["filter: 'bth'", "prune-by-noise-rate, prune-by-class, both", "did you mean 'both'?"],
        ),
        ("filter = 3", ["filter: 3 is not a text"]),
        ("row-order = 'yes'", ["row-order: 'yes' is not true or false"]),
        ("seed = '3'", ["seed: '3' is not a whole number"]),
        ("seed = -3", ["seed: -3 is not a whole number"]),
        ("seed = true", ["seed: True is not a whole number"]),
        ("top = 2.5", ["top: 2.5 is not a whole number"]),
        ("workers = 9223372036854775808", ["workers", "not a whole number"]),
        ("allow = 3", ["allow: 3 is not a list of texts"]),
        ("allow = ['LA903', 4]", ["is not a list of texts"]),
        ("allow = ['la903']", ["allow: 'la903' is not one of LA903, LA904, LA909", "did you mean 'LA903'?"]),
        ("select = ['LB1']", ["select: 'LB1' is not one, or the beginning of one, of LA101"]),
        ("seed = ", ["not TOML"]),
    ],
)
def test_a_wrong_file_is_an_error_that_names_file_key_value_and_mend(text, expected):
    write("labelaudit.toml", text)
    with pytest.raises(ConfigError) as caught:
        settings_of({})
    assert str(caught.value).startswith("error[config]: labelaudit.toml: ")
    for part in expected:
        assert part in str(caught.value)


@pytest.mark.parametrize(
    ("variable", "value", "expected"),
    [
        ("LABELAUDIT_FLITER", "both", ["'LABELAUDIT_FLITER'", "'LABELAUDIT_FILTER'"]),
        ("LABELAUDIT_FILTER", "bth", ["LABELAUDIT_FILTER: 'bth'", "both"]),
        ("LABELAUDIT_SEED", "x", ["LABELAUDIT_SEED: 'x' is not a whole number"]),
        ("LABELAUDIT_QUIET", "maybe", ["LABELAUDIT_QUIET: 'maybe' is not true or false"]),
    ],
)
def test_a_wrong_variable_is_an_error_that_names_it(monkeypatch, variable, value, expected):
    monkeypatch.setenv(variable, value)
    with pytest.raises(ConfigError) as caught:
        settings_of({})
    for part in expected:
        assert part in str(caught.value)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"filter": "bth"}, "error[usage]: --filter: 'bth' is not one of"),
        ({"batch_rows": "-1"}, "error[usage]: --batch-rows: '-1' is not a whole number"),
        ({"classes": ["@none.txt"]}, "error[usage]: @none.txt: No such file"),
    ],
)
def test_a_wrong_option_is_a_usage_error(given, expected):
    with pytest.raises(UsageError) as caught:
        settings_of(given)
    assert str(caught.value).startswith(expected)


@pytest.mark.parametrize("word", ["1", "true", "YES", "on"])
def test_environment_says_yes_in_several_ways(monkeypatch, word):
    monkeypatch.setenv("LABELAUDIT_ROW_ORDER", word)
    assert settings_of({})["row_order"] is True


def test_an_empty_variable_is_not_set(monkeypatch):
    monkeypatch.setenv("LABELAUDIT_ID_COL", "")
    assert settings_of({})["id_col"] is None


def test_lists_are_repeated_or_have_commas(monkeypatch):
    assert settings_of({"allow": ["LA903", "LA904,LA909"]})["allow"] == ("LA903", "LA904", "LA909")
    monkeypatch.setenv("LABELAUDIT_ALLOW", "LA903, LA904")
    assert settings_of({})["allow"] == ("LA903", "LA904")
    write("labelaudit.toml", 'classes = ["a", "b, c"]')
    assert settings_of({})["classes"] == ("a", "b, c")
    assert settings_of({"classes": ['a,"b, c"']})["classes"] == ("a", "b, c")


def test_classes_are_read_from_a_file_one_a_line():
    write("names.txt", "\ufeffa\r\nb c\r\n,d\r\n")
    assert settings_of({"classes": ["@names.txt"]})["classes"] == ("a", "b c", ",d")


def test_a_file_of_classes_must_be_utf8():
    Path("names.txt").write_bytes(b"caf\xe9\n")
    with pytest.raises(UsageError, match="not UTF-8"):
        settings_of({"classes": ["@names.txt"]})


def test_paths_in_a_file_count_from_its_folder():
    write("data/names.txt", "a\nb\n")
    write(
        "data/labelaudit.toml",
        "classes = '@names.txt'\nout-dir = 'audit'\noutput = '-'\nreport = ['md=r.md', '/tmp/x.csv']",
    )
    settings = settings_of({}, ["data"])
    assert settings["classes"] == ("a", "b")
    assert settings["out_dir"] == "data/audit"
    assert settings["output"] == "-"
    assert settings["report"] == ("md=data/r.md", "/tmp/x.csv")


def test_a_missing_config_is_an_error():
    with pytest.raises(ConfigError, match=r"No such file"):
        settings_of({"config": "none.toml"})


def test_config_may_be_a_pyproject():
    config = write("other/pyproject.toml", "[tool.labelaudit]\nseed = 9")
    assert settings_of({"config": config})["seed"] == 9


def test_lines_name_each_value_and_its_origin(monkeypatch):
    write("labelaudit.toml", "filter = 'both'")
    monkeypatch.setenv("LABELAUDIT_ALLOW", "LA903")
    lines = list(settings_of({"row_order": True}).lines())
    assert 'filter = "both"  (labelaudit.toml)' in lines
    assert 'allow = ["LA903"]  (LABELAUDIT_ALLOW)' in lines
    assert "row-order = true  (command line)" in lines
    assert "id-col = none  (default)" in lines
    assert len(lines) == sum(option.pinned for option in OPTIONS.values())
