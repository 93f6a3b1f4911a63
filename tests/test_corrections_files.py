"""Corrected text files: only label cells change, the diff is git's, and all of it can be taken back."""

from __future__ import annotations

import csv
import io
import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from labelaudit.auditing import Audit
from labelaudit.corrections.differences import difference_of
from labelaudit.corrections.reverting import reversion_of, write_reversion
from labelaudit.corrections.writing import targets_in_place
from labelaudit.report.corrections import diff_text
from tests.made_audits import applied, apply, diff_of, made_audit

CLASSES = ("cat", "dog", "a,b", 'say "x"', "Öl 日", " sp ace ")
TEXTS = st.text(st.sampled_from('ab,;\t"\r\n .01Öé日😀'), max_size=8)
BOM = b"\xef\xbb\xbf"
ORDERS = (("id", "label", "text"), ("label", "id", "text"), ("text", "id", "label"))


def git(*arguments: str, folder: Path, text: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    command = ["git", "-c", "core.autocrlf=false", "-c", "core.safecrlf=false", *arguments]
    return subprocess.run(command, cwd=folder, input=text, capture_output=True, check=False)


def changed_lines(old: bytes, new: bytes, folder: Path) -> tuple[int, int]:
    """What `git diff --numstat` counts: added and removed lines."""
    (folder / "old").write_bytes(old)
    (folder / "new").write_bytes(new)
    found = git("diff", "--no-index", "--numstat", "--text", "old", "new", folder=folder).stdout.split()
    return (int(found[0]), int(found[1])) if found else (0, 0)


def patched(content: bytes, diff: bytes, folder: Path, name: str) -> bytes:
    """The file as git makes it from the old one and a diff."""
    path = folder / name
    now = path.read_bytes()
    path.write_bytes(content)
    result = git("apply", "--unidiff-zero", "-p0", "-", folder=folder, text=diff)
    assert result.returncode == 0, result.stderr
    made = path.read_bytes()
    path.write_bytes(now)
    return made


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A text file, its labels, and what people say of some rows."""

    name: str
    content: bytes
    labels: dict[str, str]
    decided: dict[str, str]


def quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


@st.composite
def csv_cases(draw: st.DrawFn, line_ends: tuple[str, ...] = ("\n", "\r\n")) -> Case:
    """A CSV file; ids and labels are on one line, so that no two lines are the same."""
    order = draw(st.sampled_from(ORDERS))
    ids = [f"r{i}" for i in range(draw(st.integers(2, 8)))]
    labels = {id: draw(st.sampled_from(CLASSES)) for id in ids}
    start = draw(st.sampled_from([b"", BOM]))
    end = st.sampled_from(line_ends)
    pieces = [",".join(order), draw(end)]
    for id in ids:
        cells = {"id": id, "label": labels[id], "text": draw(TEXTS)}
        for name in order:
            text = cells[name]
            must = any(letter in text for letter in ',"\r\n')
            pieces += [quoted(text) if must or draw(st.booleans()) else text, ","]
        pieces[-1] = draw(end) * draw(st.sampled_from([1, 1, 1, 2]))
    if draw(st.booleans()):
        pieces[-1] = ""
    decided = draw(decisions(ids, (*CLASSES, "given", "both")))
    return Case(
        name=draw(st.sampled_from(["labels.csv", "our labels.csv"])),
        content=start + "".join(pieces).encode(),
        labels=labels,
        decided=decided,
    )


@st.composite
def jsonl_cases(draw: st.DrawFn) -> Case:
    """A JSONL file, its objects spaced and escaped in any way."""
    ids = [f"r{i}" for i in range(draw(st.integers(2, 8)))]
    labels = {id: draw(st.sampled_from(CLASSES)) for id in ids}
    lines = []
    for id in ids:
        record: dict[str, Any] = {"id": id, "label": labels[id], "text": draw(TEXTS), "more": {"label": [1]}}
        names = draw(st.permutations(list(record)))
        separators = draw(st.sampled_from([(", ", ": "), (",", ":"), (" , ", " : ")]))
        line = json.dumps(
            {name: record[name] for name in names},
            ensure_ascii=draw(st.booleans()),
            separators=separators,
        )
        lines.append(line + draw(st.sampled_from(["\n", "\r\n", "\n\n"])))
    if draw(st.booleans()):
        lines[-1] = lines[-1].rstrip()
    content = draw(st.sampled_from([b"", BOM])) + "".join(lines).encode()
    return Case(
        name="labels.jsonl",
        content=content,
        labels=labels,
        decided=draw(decisions(ids, (*CLASSES, "given", "both"))),
    )


def decisions(ids: list[str], words: tuple[str, ...]) -> st.SearchStrategy[dict[str, str]]:
    return st.dictionaries(st.sampled_from(ids), st.sampled_from(words), min_size=1)


def changed_ids(case: Case) -> set[str]:
    return {id for id, word in case.decided.items() if word in CLASSES and word != case.labels[id]}


@dataclass(frozen=True, slots=True)
class World:
    """A folder of its own for one example."""

    folder: Path

    @property
    def audit_folder(self) -> Path:
        return self.folder / "audit"

    def file(self, case: Case) -> Path:
        return self.folder / case.name

    def audit(self, case: Case) -> Audit:
        """The file on disk, audited; nothing else is there."""
        self.audit_folder.mkdir(exist_ok=True)
        for path in (*self.folder.glob("*.*"), *self.audit_folder.iterdir()):
            path.unlink()
        self.file(case).write_bytes(case.content)
        return made_audit([Path(case.name)], CLASSES)

    def revert(self, audit: Audit, *, write: bool = True) -> bytes:
        """Take the last changes back, and what the diff of that is."""
        reversion = reversion_of(self.audit_folder / "changes.csv", audit)
        text = []
        for file in reversion.files:
            with difference_of(file, reversion.rows(file)) as difference:
                text += diff_text(difference)
        if write:
            write_reversion(reversion, targets_in_place(reversion.files))
        return "".join(text).encode("utf-8", "surrogateescape")


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    """Paths count from the current folder."""
    monkeypatch.chdir(tmp_path)
    return World(tmp_path)


many = settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
some = settings(many, max_examples=40)


@many
@given(case=csv_cases())
def test_only_label_cells_of_a_csv_file_change_and_come_back(world: World, case: Case) -> None:
    audit = world.audit(case)
    corrections = applied(audit, world.audit_folder, case.decided)
    new = world.file(case).read_bytes()
    old_rows, new_rows = (
        list(csv.DictReader(io.StringIO(text.removeprefix(BOM).decode(), newline="")))
        for text in (case.content, new)
    )
    changed = changed_ids(case)
    expected = [
        {**row, "label": case.decided[row["id"]]} if row["id"] in changed else row for row in old_rows
    ]
    assert new_rows == expected
    assert {correction.id for correction in corrections.rows} == changed
    assert changed_lines(case.content, new, world.folder) == (len(changed), len(changed))
    assert applied(audit, world.audit_folder, case.decided).rows == ()
    assert world.file(case).read_bytes() == new
    if changed:
        world.revert(audit)
        assert world.file(case).read_bytes() == case.content


@some
@given(case=jsonl_cases())
def test_only_label_values_of_a_jsonl_file_change_and_come_back(world: World, case: Case) -> None:
    audit = world.audit(case)
    applied(audit, world.audit_folder, case.decided)
    new = world.file(case).read_bytes()
    old_rows, new_rows = (
        [json.loads(line) for line in text.removeprefix(BOM).split(b"\n") if line.strip()]
        for text in (case.content, new)
    )
    changed = changed_ids(case)
    assert new_rows == [
        {**row, "label": case.decided[row["id"]]} if row["id"] in changed else row for row in old_rows
    ]
    assert changed_lines(case.content, new, world.folder) == (len(changed), len(changed))
    assert applied(audit, world.audit_folder, case.decided).rows == ()
    if changed:
        world.revert(audit)
        assert world.file(case).read_bytes() == case.content


@many
@given(case=st.one_of(csv_cases(("\n", "\r\n", "\r")), csv_cases(), jsonl_cases()), data=st.data())
def test_the_diff_is_what_git_makes_of_both_files(world: World, case: Case, data: st.DataObject) -> None:
    audit = world.audit(case)
    how = data.draw(st.sampled_from([{}, {"drop": True}, {"flag": True}]))
    ids = list(case.labels)
    neither = st.dictionaries(st.sampled_from(ids), st.just("neither"), max_size=len(ids) - 1)
    decided = case.decided | data.draw(neither)
    corrections = apply(audit, world.audit_folder, decided, **how)
    diff = diff_of(corrections)
    assert world.file(case).read_bytes() == case.content
    if not corrections.rows:
        assert diff == b""
        return
    applied(audit, world.audit_folder, decided, **how)
    new = world.file(case).read_bytes()
    assert patched(case.content, diff, world.folder, case.name) == new
    back = world.revert(audit)
    assert world.file(case).read_bytes() == case.content
    if back:
        assert patched(new, back, world.folder, case.name) == case.content


@pytest.mark.parametrize("words", ["nn.", ".nn", "n.n", "cnn", "nnc", "ncn", "ccc", "cnc"])
def test_the_diff_of_neighbouring_rows_is_git_s(world: World, words: str) -> None:
    said = {"n": "neither", "c": "dog", ".": "given"}
    rows = [f"r{i},cat\n" for i in range(3)]
    case = Case(
        name="labels.csv",
        content="".join(["id,label\n", *rows, "last,cat\n"]).encode(),
        labels=dict.fromkeys(("r0", "r1", "r2", "last"), "cat"),
        decided={f"r{i}": said[word] for i, word in enumerate(words)},
    )
    audit = world.audit(case)
    diff = diff_of(apply(audit, world.audit_folder, case.decided, drop=True))
    applied(audit, world.audit_folder, case.decided, drop=True)
    new = world.file(case).read_bytes()
    assert patched(case.content, diff, world.folder, case.name) == new
    assert patched(new, world.revert(audit), world.folder, case.name) == case.content
