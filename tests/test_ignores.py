"""`labelaudit.ignore.toml`: what an entry matches, and which entries are refused."""

from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelaudit.errors import ConfigError, InputNotFoundError
from labelaudit.ignores import Traits, read_ignores

SUSPECT = Traits(
    id="img-17",
    fingerprint="00ff",
    split="test",
    file="data/part-1.csv",
    given_label="cat",
    suggested_label=None,
)


def matches(folder: Path, text: str, suspect: Traits = SUSPECT) -> list[int]:
    """The numbers of the entries that match."""
    path = folder / "ignore.toml"
    path.write_text(text, encoding="utf-8")
    return [rule.number for rule in read_ignores(path).matching(suspect)]


@pytest.mark.parametrize(
    ("entry", "found"),
    [
        ('id = "img-17"', True),
        ('id = "img-1"', False),
        ('id = "img-*"', False),  # only a file may be a pattern
        ('id = "IMG-17"', False),
        ('fingerprint = "00ff"', True),
        ('split = "test"', True),
        ('split = "train"', False),
        ('given_label = "cat"', True),
        ('given_label = "cat"\nsuggested_label = "dog"', False),
        ('id = "img-17"\ngiven_label = "dog"', False),
        ('id = "img-17"\ngiven_label = "cat"\nsplit = "test"', True),
        ('file = "data/part-1.csv"', True),
        ('file = "data/*.csv"', True),
        ('file = "*"', True),
        ('file = "part-1.csv"', False),
        ('file = "DATA/*"', False),
        ('id = "img-17"\nreason = "two animals"\nby = "ana"\nuntil = "2027-01-31"', True),
    ],
)
def test_an_entry_matches_what_has_all_that_it_names(tmp_path: Path, entry: str, found: bool) -> None:
    assert matches(tmp_path, f"[[ignore]]\n{entry}\n") == ([1] if found else [])


def test_several_entries_may_match(tmp_path: Path) -> None:
    text = '[[ignore]]\nid = "img-17"\n[[ignore]]\nid = "x"\n[[ignore]]\nsplit = "test"\n'
    assert matches(tmp_path, text) == [1, 3]


def test_a_missing_value_equals_no_text(tmp_path: Path) -> None:
    for name in ("split", "suggested_label"):
        suspect = SUSPECT._replace(split=None, suggested_label=None)
        assert matches(tmp_path, f'[[ignore]]\n{name} = ""\n', suspect) == []
        assert matches(tmp_path, f'[[ignore]]\n{name} = "None"\n', suspect) == []


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "ignore = []\n", "\ufeff[[ignore]]\nid = 'x'\n"])
def test_files_that_match_nothing_are_read(tmp_path: Path, text: str) -> None:
    assert matches(tmp_path, text) == []


@pytest.mark.parametrize("until", ['"2027-01-31"', "2027-01-31"])
def test_a_day_may_be_a_text_or_a_date(tmp_path: Path, until: str) -> None:
    path = tmp_path / "ignore.toml"
    path.write_text(f'[[ignore]]\nid = "x"\nuntil = {until}\n', encoding="utf-8")
    (rule,) = read_ignores(path).rules
    assert rule.until == "2027-01-31"
    assert [rule.expired(date(2027, 1, 31)), rule.expired(date(2027, 2, 1))] == [False, True]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[[ignore]]\n", "entry 1: names no row"),
        ('[[ignore]]\nreason = "x"\n', "entry 1: names no row"),
        ('[[ignore]]\nid = "1"\n[[ignore]]\nby = "x"\n', "entry 2: names no row"),
        ('[[ignore]]\nids = "1"\n', "unknown key 'ids'"),
        ("[[ignore]]\nid = 17\n", "id is no text"),
        ('[[ignore]]\nid = ["1"]\n', "id is no text"),
        ('[[ignore]]\nid = "1"\nuntil = "soon"\n', "'soon' is no day"),
        ('[[ignore]]\nid = "1"\nuntil = "2027-02-30"\n', "'2027-02-30' is no day"),
        ('[[ignore]]\nid = "1"\nuntil = 2027\n', "until is no text"),
        ('[[ignore]]\nid = "1"\nuntil = 2027-01-31T00:00:00\n', "is no day"),
        ('[[ignore]]\nid = "1"\nid = "2"\n', "cannot be read"),
        ('[ignore]\nid = "1"\n', "an entry begins with [[ignore]]"),
        ('ignore = ["img-17"]\n', "an entry begins with [[ignore]]"),
        ('ignore = "img-17"\n', "an entry begins with [[ignore]]"),
        ('[[ignores]]\nid = "1"\n', "unknown key 'ignores'"),
        ('id = "1"\n', "unknown key 'id'"),
        ("<<<<<<< HEAD\n", "cannot be read"),
        ("img-17\n", "cannot be read"),
        ("\x00", "cannot be read"),
    ],
)
def test_a_broken_file_is_refused_by_name(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        matches(tmp_path, text)
    assert message in str(caught.value)
    assert str(tmp_path / "ignore.toml") in str(caught.value)


def test_what_is_no_text_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "ignore.toml"
    with pytest.raises(InputNotFoundError):
        read_ignores(path)
    path.write_bytes(b"\xff\xfe\x00")
    with pytest.raises(ConfigError, match="cannot be read"):
        read_ignores(path)
    with pytest.raises(ConfigError, match="cannot be read"):
        read_ignores(tmp_path)


# Neither what TOML forbids in a file nor what it may read as the end of a line.
TEXTS = st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1)


@given(wanted=st.fixed_dictionaries({"id": TEXTS, "given_label": TEXTS}))
def test_any_id_and_label_can_be_ignored(
    tmp_path_factory: pytest.TempPathFactory, wanted: dict[str, str]
) -> None:
    lines = [f"{key} = {json.dumps(text, ensure_ascii=False)}\n" for key, text in wanted.items()]
    text = "[[ignore]]\n" + "".join(lines)
    assert matches(tmp_path_factory.getbasetemp(), text, SUSPECT._replace(**wanted)) == [1]
