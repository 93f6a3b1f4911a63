"""The baseline: a line an entry, sorted; only what is whole and known is read."""

from __future__ import annotations

import difflib
import json
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelaudit.baseline import STATUSES, Baseline, Entry, read_baseline, refuse_existing
from labelaudit.errors import ConfigError, InputNotFoundError, OutputError
from labelaudit.types import Suspect

TODAY = date(2026, 11, 21)
NOTE = Entry(id="", given_label="", status="accepted", reason="looked at", by="ana", until="2027-01-31")

TEXTS = st.text(st.characters(codec="utf-8"))
ENTRIES = st.builds(
    Entry,
    id=TEXTS,
    split=st.none() | TEXTS,
    given_label=TEXTS,
    status=st.sampled_from(STATUSES),
    reason=TEXTS,
    by=TEXTS,
    until=st.none() | st.dates().map(date.isoformat),
)
BASELINES = st.dictionaries(st.text("0123456789abcdef", min_size=1, max_size=16), ENTRIES, max_size=8)


def suspect(print_: str, label: str = "cat") -> Suspect:
    """A suspect of which only what a baseline keeps is of interest."""
    return Suspect(
        rank=1,
        id=f"id-{print_}",
        file="labels.csv",
        row=0,
        line=2,
        split="train",
        given_label=label,
        suggested_label="dog",
        label_quality=0.1,
        p_error=None,
        self_confidence=None,
        suggested_prob=None,
        runner_up_label=None,
        normalized_margin=None,
        neighbor_agreement=None,
        rules=("LA101",),
        fingerprint=print_,
    )


def of(**entries: Entry) -> Baseline:
    """A baseline of these entries."""
    return Baseline(entries=entries, path="b.json")


def read(folder: Path, text: str) -> Baseline:
    """Read a text as a baseline."""
    path = folder / "b.json"
    path.write_text(text, encoding="utf-8")
    return read_baseline(path)


def with_entry(**fields: Any) -> str:
    """The text of a baseline with one entry."""
    return json.dumps({"version": 1, "entries": {"f1": {"id": "1", "given_label": "cat"} | fields}})


# --- the file -------------------------------------------------------------------------------------------


@given(BASELINES)
def test_what_is_written_is_read_again(
    tmp_path_factory: pytest.TempPathFactory, entries: dict[str, Entry]
) -> None:
    written = Baseline(entries=entries, path="b.json")
    found = read(tmp_path_factory.getbasetemp(), written.text())
    assert found.entries == entries
    assert found.text() == written.text()


@given(BASELINES)
def test_the_text_does_not_depend_on_the_order_of_the_entries(entries: dict[str, Entry]) -> None:
    backwards = dict(reversed(entries.items()))
    assert of(**entries).text() == of(**backwards).text()


@given(BASELINES)
def test_an_entry_takes_a_line_and_lines_are_sorted(entries: dict[str, Entry]) -> None:
    lines = of(**entries).text().split("\n")[3:-3]
    if not entries:
        lines = lines[1:]
    assert len(lines) == len(entries)
    assert [line.split('"')[1] for line in lines] == sorted(entries)


@given(BASELINES, st.text("0123456789abcdef", min_size=1, max_size=16), ENTRIES)
def test_one_more_entry_adds_a_line_and_at_most_a_comma(
    entries: dict[str, Entry], print_: str, entry: Entry
) -> None:
    before = {name: old for name, old in entries.items() if name != print_}
    pair = (of(**some).text().split("\n") for some in (before, before | {print_: entry}))
    changed = [line for line in difflib.ndiff(*pair) if line[0] in "+-" and line.strip(" +-")]
    # The last line of a JSON object has no comma: an entry behind it adds one.
    assert len(changed) <= 3


def test_letters_beyond_ascii_stay_readable() -> None:
    assert '"given_label": "Käfer"' in of(f1=Entry(id="1", given_label="Käfer")).text()


def test_a_byte_order_mark_is_passed_over(tmp_path: Path) -> None:
    assert read(tmp_path, "\ufeff" + with_entry()).entries == {"f1": Entry(id="1", given_label="cat")}


CONFLICT = """{
  "version": 1,
  "entries": {
<<<<<<< HEAD
    "0a": {"id": "7", "given_label": "cat"}
=======
    "0b": {"id": "8", "given_label": "dog"}
>>>>>>> branch
  }
}
"""


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (CONFLICT, "was it merged by hand? restore it, or write it anew: labelaudit baseline create"),
        ("", "was it merged by hand?"),
        ("{", "was it merged by hand?"),
        ("[]", "is no baseline: it has no entries"),
        ("null", "is no baseline"),
        ('{"version": 1}', "is no baseline"),
        ('{"version": 1, "entries": []}', "is no baseline"),
        ('{"entries": {}}', "is a baseline of version None, known is 1\nhint: update labelaudit"),
        ('{"version": 2, "entries": {}}', "is a baseline of version 2"),
        ('{"version": "1", "entries": {}}', "is a baseline of version '1'"),
        ('{"version": 1, "version": 1, "entries": {}}', "a key stands twice"),
        (
            '{"version": 1, "entries": {"f1": {"id": "1", "given_label": "a", "id": "2"}}}',
            "a key stands twice",
        ),
        (
            '{"version": 1, "entries": {"f1": {"id": "1", "given_label": "a"},'
            ' "f1": {"id": "1", "given_label": "b"}}}',
            "a key stands twice",
        ),
        ('{"version": 1, "entries": {"f1": []}}', "entry f1: needs id and given_label"),
        ('{"version": 1, "entries": {"f1": {"id": "1"}}}', "entry f1: needs id and given_label"),
        (with_entry(label="dog"), "entry f1: needs id and given_label, and knows id, split, given_label"),
        (with_entry(id=1), "entry f1: holds something else than texts"),
        (with_entry(split=["a"]), "entry f1: holds something else than texts"),
        (with_entry(reason=None), "entry f1: holds something else than texts"),
        (with_entry(status="accept"), "entry f1: status is none of known, accepted"),
        (with_entry(status=None), "entry f1: "),
        (with_entry(until="tomorrow"), "entry f1: until: 'tomorrow' is no day\nhint: write it as 2027-01-31"),
        (with_entry(until="2027-02-30"), "'2027-02-30' is no day"),
        (with_entry(until=""), "'' is no day"),
        (with_entry(until=20270131), "entry f1: holds something else than texts"),
        ("[" * 100_000, "cannot be read"),
    ],
)
def test_a_broken_baseline_is_refused_by_name(tmp_path: Path, text: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        read(tmp_path, text)
    assert message in str(caught.value)
    assert str(tmp_path / "b.json") in str(caught.value)


def test_a_missing_baseline_is_refused_with_the_mend(tmp_path: Path) -> None:
    with pytest.raises(InputNotFoundError, match="labelaudit baseline create AUDIT writes one"):
        read_baseline(tmp_path / "b.json")


def test_what_is_no_text_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be read"):
        read_baseline(tmp_path)
    (tmp_path / "b.json").write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match="cannot be read"):
        read_baseline(tmp_path / "b.json")


def test_an_existing_file_is_not_written_anew(tmp_path: Path) -> None:
    refuse_existing(tmp_path / "b.json")
    (tmp_path / "b.json").touch()
    with pytest.raises(OutputError, match=r"exists already(.|\n)*--force"):
        refuse_existing(tmp_path / "b.json")


# --- what is done with it -------------------------------------------------------------------------------


def test_new_entries_have_the_note_and_what_names_their_row() -> None:
    found = of().with_suspects([suspect("f1")], NOTE)
    assert found.entries == {
        "f1": Entry(
            id="id-f1",
            split="train",
            given_label="cat",
            status="accepted",
            reason="looked at",
            by="ana",
            until="2027-01-31",
        )
    }


@given(BASELINES, st.sets(st.sampled_from("0123456789abcdef"), max_size=6))
def test_adding_keeps_every_old_entry_as_it_was(entries: dict[str, Entry], prints: set[str]) -> None:
    added = of(**entries).with_suspects([suspect(p) for p in sorted(prints)], NOTE)
    assert {p: added.entries[p] for p in entries} == entries
    assert set(added.entries) == set(entries) | prints
    assert added.with_suspects([suspect(p) for p in sorted(prints)], NOTE) == added


@given(BASELINES, st.sets(st.text("0123456789abcdef", min_size=1, max_size=2)))
def test_pruning_keeps_the_entries_of_suspects_and_no_others(
    entries: dict[str, Entry], prints: set[str]
) -> None:
    kept = of(**entries).pruned(prints)
    assert set(kept.entries) == set(entries) & prints
    assert kept.pruned(prints) == kept


@pytest.mark.parametrize(("until", "late"), [(None, False), ("2026-11-21", False), ("2026-11-20", True)])
def test_an_entry_expires_after_its_last_day(until: str | None, late: bool) -> None:
    assert Entry(id="1", given_label="cat", until=until).expired(TODAY) == late


def test_renewing_takes_expired_entries_of_suspects_only() -> None:
    late = Entry(id="1", given_label="cat", status="accepted", reason="seen", by="ana", until="2026-11-20")
    lasting = replace(late, until="2026-12-31")
    old = of(late=late, gone=late, lasting=lasting)
    suspects = [suspect("late"), suspect("lasting"), suspect("unknown")]
    new = old.renewed(suspects, {"by": "bo", "until": "2027-01-31"}, TODAY)
    assert new.entries["gone"] == late
    assert new.entries["lasting"] == lasting
    # What nobody said anew stays.
    assert new.entries["late"] == replace(late, by="bo", until="2027-01-31")
    assert set(new.entries) == set(old.entries)
