"""A JSONL file is written anew byte for byte but for the values that change, and back again."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from labelaudit.errors import CorrectionError, UnreadableFileError
from labelaudit.io.readers import streams
from labelaudit.io.rewriters import CellEdit, Change, Edits, Rewritten, preview, rewrite
from labelaudit.io.tables import Kind, open_table
from labelaudit.io.text import as_text

BOM = b"\xef\xbb\xbf"
TEXTS = st.text(st.sampled_from('ab{}[]:,"\\/\n\u2028 Öé日😀'), max_size=6)
SPACES = st.text(st.sampled_from(" \t"), max_size=2)
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 9) | st.floats(-1, 1) | TEXTS,
    lambda values: st.lists(values, max_size=3) | st.dictionaries(TEXTS, values, max_size=3),
    max_leaves=5,
)
LINE_ENDS = st.sampled_from(["\n", "\r\n", "\n\n", "\n \r\n\t\n"])


def rewritten(folder: Path, content: bytes, edits: Edits, name: str = "a.jsonl") -> tuple[bytes, Rewritten]:
    """The new content of a file, and what it was."""
    source, target = folder / name, folder / f"new-{name}"
    source.write_bytes(content)
    former = rewrite(source, target, edits)
    return target.read_bytes(), former


def relabelled(*cells: tuple[int, str, str], **more: Any) -> Edits:
    edits = tuple(CellEdit(row=row, old=old, new=new) for row, old, new in cells)
    return Edits(column="label", cells=edits, **more)


def column(path: Path, name: str = "label") -> list[str | None]:
    parts = open_table(path).parts({name: Kind.TEXT})
    return [
        value for part in parts for batch in part.read(1000) for value in as_text(batch.column(0)).to_pylist()
    ]


@contextmanager
def blocks_of(n_bytes: int) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(streams, "BLOCK_BYTES", n_bytes)
        yield


@pytest.fixture
def short_inference(monkeypatch: pytest.MonkeyPatch) -> None:
    """The types of a file come from its first lines, and what is wrong behind them is met later."""
    monkeypatch.setattr("labelaudit.io.readers.jsonl_lines.BLOCK_BYTES", 64)


# --- any file ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class AnyJsonl:
    """A JSONL file in pieces: what stands before and behind each label."""

    start: bytes
    before: list[str]
    labels: list[str]
    behind: list[str]

    @property
    def content(self) -> bytes:
        lines = [
            before + json.dumps(label, ensure_ascii="\\u" in before) + behind
            for before, label, behind in zip(self.before, self.labels, self.behind, strict=True)
        ]
        return self.start + "".join(lines).encode()


@st.composite
def any_jsonl(draw: st.DrawFn) -> AnyJsonl:
    """Lines with the label first, last or between others, spaced anyhow, escaped or not."""
    n_rows = draw(st.integers(1, 6))
    pieces: list[tuple[str, str]] = []
    for _ in range(n_rows):
        escaped = draw(st.booleans())
        names = draw(st.lists(TEXTS.filter(bool), max_size=3, unique=True))
        members = [
            json.dumps(name, ensure_ascii=escaped)
            + draw(SPACES)
            + ":"
            + draw(SPACES)
            + json.dumps(draw(VALUES), ensure_ascii=escaped)
            for name in names
        ]
        if escaped:  # tells those who write the new label
            members.insert(0, '"\\u0061bc": "\\u00d6"')
        cut = draw(st.integers(1 if escaped else 0, len(members)))
        gap = draw(SPACES)
        before = draw(SPACES) + "{" + draw(SPACES) + "".join(f"{one}{gap},{gap}" for one in members[:cut])
        before += '"label"' + draw(SPACES) + ":" + draw(SPACES)
        behind = "".join(f"{gap},{gap}{one}" for one in members[cut:]) + draw(SPACES) + "}" + draw(SPACES)
        if not escaped and "\\u" in before + behind:  # a control character: no sign either way
            before, behind = '{"label": ', "}"
        elif escaped and not (before + behind).isascii():
            before, behind = '{"\\u0061": 1, "label": ', "}"
        pieces.append((before, behind + draw(LINE_ENDS)))
    if draw(st.booleans()):
        pieces[-1] = pieces[-1][0], pieces[-1][1].rstrip()
    start = draw(st.sampled_from([b"", BOM])) + draw(st.sampled_from([b"", b" \n"]))
    return AnyJsonl(
        start=start,
        before=[before for before, _ in pieces],
        labels=[draw(TEXTS) for _ in pieces],
        behind=[behind for _, behind in pieces],
    )


@given(any_jsonl(), st.data(), st.integers(4, 64))
def test_only_the_labels_differ_and_the_former_ones_go_back(
    tmp_path_factory: pytest.TempPathFactory, file: AnyJsonl, data: st.DataObject, block_bytes: int
) -> None:
    folder = tmp_path_factory.mktemp("jsonl")
    new = data.draw(st.dictionaries(st.sampled_from(range(len(file.labels))), TEXTS))
    edits = tuple(CellEdit(row=row, old=file.labels[row], new=new[row]) for row in sorted(new))
    labels = [new.get(row, label) for row, label in enumerate(file.labels)]
    with blocks_of(block_bytes):
        content, former = rewritten(folder, file.content, Edits(column="label", cells=edits))
    assert content == replace(file, labels=labels).content
    assert column(folder / "new-a.jsonl") == [label or None for label in labels]
    back = tuple(
        CellEdit(row=edit.row, old=edit.new, new="", new_cell=cell)
        for edit, cell in zip(edits, former.cells, strict=True)
    )
    assert rewritten(folder, content, Edits(column="label", cells=back))[0] == file.content


@given(any_jsonl(), st.data(), st.integers(4, 64))
def test_dropped_lines_go_back_to_where_they_were(
    tmp_path_factory: pytest.TempPathFactory, file: AnyJsonl, data: st.DataObject, block_bytes: int
) -> None:
    folder = tmp_path_factory.mktemp("jsonl")
    rows = range(len(file.labels))
    dropped = tuple(sorted(data.draw(st.sets(st.sampled_from(rows), max_size=len(rows) - 1))))
    with blocks_of(block_bytes):
        content, former = rewritten(folder, file.content, Edits(column="label", dropped=dropped))
        restored = tuple(zip(dropped, former.dropped, strict=True))
        assert rewritten(folder, content, Edits(column="label", restored=restored))[0] == file.content
    assert column(folder / "a.jsonl") == [file.labels[row] or None for row in rows if row not in dropped]


@given(any_jsonl(), st.data(), st.integers(4, 64))
def test_a_column_that_is_added_is_on_every_line_and_can_be_taken_away(
    tmp_path_factory: pytest.TempPathFactory, file: AnyJsonl, data: st.DataObject, block_bytes: int
) -> None:
    folder = tmp_path_factory.mktemp("jsonl")
    rows = range(len(file.labels))
    name = data.draw(TEXTS.filter(bool).map("was ".__add__))
    added = data.draw(st.dictionaries(st.sampled_from(rows), TEXTS))
    with blocks_of(block_bytes):
        edits = Edits(column="label", added_column=name, added=added)
        content, _ = rewritten(folder, file.content, edits)
        back = Edits(column="label", removed_column=name)
        assert rewritten(folder, content, back)[0] == file.content
    lines = [line for line in content.removeprefix(BOM).decode().split("\n") if line.strip()]
    assert [list(json.loads(line).items())[-1] for line in lines] == [(name, added.get(row)) for row in rows]


# --- the form of a line ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "old", "new", "expected"),
    [
        ('{"label": "cat"}', "cat", "Öl", '{"label": "Öl"}'),
        ('{"t": "\\u00e9", "label": "cat"}', "cat", "Öl", '{"t": "\\u00e9", "label": "\\u00d6l"}'),
        ('{"t": "é\\u00e9", "label": "cat"}', "cat", "Öl", '{"t": "é\\u00e9", "label": "Öl"}'),
        ('{"l\\u0061bel":"c\\u0061t"}', "cat", "dog", '{"l\\u0061bel":"dog"}'),
        ('{"label": 1, "id": 1}', "1", "2", '{"label": 2, "id": 1}'),
        ('{"label": 1.0}', "1", "2", '{"label": 2.0}'),
        ('{"label": 1e0}', "1", "2.5", '{"label": 2.5}'),
        ('{"label": 9007199254740993}', "9007199254740993", "1", '{"label": 1}'),
        ('{"label": true}', "true", "false", '{"label": false}'),
        ('{"label": "1.0"}', "1", "2", '{"label": "2.0"}'),
        ('{"a": {"label": "cat"}, "label": "cat"}', "cat", "x", '{"a": {"label": "cat"}, "label": "x"}'),
    ],
)
def test_the_new_label_is_written_as_the_old_one(
    tmp_path: Path, line: str, old: str, new: str, expected: str
) -> None:
    content, _ = rewritten(tmp_path, f"{line}\r\n".encode(), relabelled((0, old, new)))
    assert content.decode() == f"{expected}\r\n"
    assert json.loads(content)["label"] == json.loads(expected)["label"]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ('{"a": 1, "label": "x"}', '{"a": 1, "label": "x", "was": null}'),
        ('{"a":1,"label":"x"}', '{"a":1,"label":"x","was":null}'),
        ('{"a":1, "label":"x" }', '{"a":1, "label":"x", "was":null }'),
        ('{"label":"x"}', '{"label":"x","was":null}'),
        ('{"label": "x"}', '{"label": "x", "was": null}'),
    ],
)
def test_an_added_value_is_spaced_as_its_line(tmp_path: Path, line: str, expected: str) -> None:
    content, _ = rewritten(tmp_path, f"{line}\n".encode(), Edits(column="label", added_column="was"))
    assert content.decode() == f"{expected}\n"


def test_an_empty_object_gets_a_first_value_and_loses_it(tmp_path: Path) -> None:
    content = b'{"label": "x"}\n{ }\n'
    new, _ = rewritten(tmp_path, content, Edits(column="label", added_column="was"))
    assert new == b'{"label": "x", "was": null}\n{"was": null }\n'
    assert rewritten(tmp_path, new, Edits(column="label", removed_column="was"))[0] == content


def test_a_line_longer_than_many_blocks_is_edited(tmp_path: Path) -> None:
    long = "x" * 100_000
    content = f'{{"text": "{long}", "label": "cat"}}\n{{"label": "dog", "text": "{long}"}}'.encode()
    with blocks_of(1 << 10):
        new, _ = rewritten(tmp_path, content, relabelled((0, "cat", "dog"), (1, "dog", "cat")))
    assert new == content.replace(b"cat", b"?").replace(b"dog", b"cat").replace(b"?", b"dog")


def test_a_preview_shows_lines_as_they_are_and_will_be(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes(b'\n{"label": "cat"}\r\n\n{"label":"dog"}')
    edits = relabelled((0, "cat", "dog"), dropped=(1,), restored=((1, '{"label": "x"}\n'),))
    assert list(preview(path, edits)) == [
        Change(row=0, line=2, before='{"label": "cat"}', after='{"label": "dog"}'),
        Change(row=1, line=4, before='{"label":"dog"}', after=None),
        Change(row=1, line=None, before="", after='{"label": "x"}'),
    ]


# --- what does not fit -------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "old", "new", "says"),
    [
        (b'{"label": "dog"}', "cat", "x", "is 'dog'; 'cat' was expected"),
        (b'{"label": 2}', "1", "x", "is '2'; '1' was expected"),
        (b'{"label": null}', "cat", "x", "the label is missing; 'cat'"),
        (b'{"id": 1}', "cat", "x", "the label is missing"),
        (b'{"label": 1}', "1", "cat", "'cat' is no number, as the label there is"),
        (b'{"label": true}', "true", "cat", "'cat' is not true or false"),
        (b'{"label": [1]}', "[1]", "cat", "a list or an object"),
        (b'{"label": "cat"}', "cat", "\udc80", "half a character"),
    ],
)
def test_a_label_that_does_not_fit_is_an_error_that_says_where(
    tmp_path: Path, line: bytes, old: str, new: str, says: str
) -> None:
    with pytest.raises(CorrectionError, match=says.replace("[", r"\[")) as caught:
        rewritten(tmp_path, b'{"label": null}\n\n' + line + b"\n", relabelled((1, old, new)))
    assert (caught.value.column, caught.value.row, caught.value.line) == ("label", 1, 3)


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (b'{"label": "cat"', "is no JSON object"),
        (b'["label"]', "is no JSON object"),
        (b'{1: "cat"}', "is no JSON object"),
        (b'{"label": "cat",}', "is no JSON object"),
        (b'{"label": "cat"} {}', "more than one value"),
        (b'{"label": "cat", "label": "dog"}', "a name twice"),
        (b'{"label": "\xff"}', "is not UTF-8"),
        (b'{"a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}", "nested too deeply"),
    ],
)
def test_a_broken_line_is_an_error_that_says_where(
    tmp_path: Path, short_inference: None, line: bytes, says: str
) -> None:
    content = b'{"label": "cat"}\n' * 9 + line
    with pytest.raises(UnreadableFileError, match=says) as caught:
        rewritten(tmp_path, content, relabelled((9, "cat", "dog")))
    assert (caught.value.row, caught.value.line) == (9, 10)


def test_a_column_that_some_line_has_or_lacks_is_an_error(tmp_path: Path, short_inference: None) -> None:
    (tmp_path / "a.jsonl").write_bytes(b'{"label": "cat"}\n' * 9 + b'{"was": 1, "label": "cat"}\n')
    with pytest.raises(CorrectionError, match="named 'was' already"):
        list(preview(tmp_path / "a.jsonl", Edits(column="label", added_column="was")))
    (tmp_path / "b.jsonl").write_bytes(b'{"label": "cat", "was": 1}\n{"was": 1, "label": "cat"}\n')
    with pytest.raises(CorrectionError, match="last value is not that of 'was'") as caught:
        list(preview(tmp_path / "b.jsonl", Edits(column="label", removed_column="was")))
    assert caught.value.row == 1


def test_a_former_value_that_is_none_is_refused(tmp_path: Path) -> None:
    edits = Edits(column="label", cells=(CellEdit(row=0, old="cat", new="", new_cell='"a", "b"'),))
    with pytest.raises(CorrectionError, match="no JSON"):
        rewritten(tmp_path, b'{"label": "cat"}\n', edits)
