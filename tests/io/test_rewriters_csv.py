"""A CSV file is written anew byte for byte but for the cells that change, and back again."""

from __future__ import annotations

import csv
import gzip
import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import labelaudit.io.readers.csv  # noqa: F401  # before a block is made small: it keeps the size it finds
from labelaudit.errors import (
    ColumnNotFoundError,
    CorrectionError,
    InputNotFoundError,
    LabelAuditError,
    UnreadableFileError,
    UsageError,
)
from labelaudit.io.readers import streams
from labelaudit.io.readers.csv_lines import RecordLines
from labelaudit.io.rewriters import CellEdit, Change, Edits, Rewritten, preview, rewrite
from labelaudit.io.tables import Kind, open_table

BOM = b"\xef\xbb\xbf"
LETTERS = st.text(st.sampled_from('ab,;\t"\r\n .01Öé日😀'), max_size=6)
LINE_ENDS = st.sampled_from(["\n", "\r\n", "\r"])


def rewritten(folder: Path, content: bytes, edits: Edits, name: str = "a.csv") -> tuple[bytes, Rewritten]:
    """The new content of a file, and what it was."""
    source, target = folder / name, folder / f"new-{name}"
    source.write_bytes(content)
    former = rewrite(source, target, edits)
    assert source.read_bytes() == content
    return target.read_bytes(), former


def relabelled(*cells: tuple[int, str, str], **more: Any) -> Edits:
    edits = tuple(CellEdit(row=row, old=old, new=new) for row, old, new in cells)
    return Edits(column="label", cells=edits, **more)


def column(path: Path, name: str = "label") -> list[str | None]:
    parts = open_table(path).parts({name: Kind.TEXT})
    return [value for part in parts for batch in part.read(1000) for value in batch.column(0).to_pylist()]


@contextmanager
def blocks_of(n_bytes: int) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(streams, "BLOCK_BYTES", n_bytes)
        yield


# --- any file ----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """A cell's text and how it is written."""

    text: str
    raw: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AnyCsv:
    """A CSV file in pieces: what stands before the header, and records with what ends them."""

    start: bytes
    delimiter: str
    label: int
    records: list[list[Cell]]  # the first one is the header
    ends: list[str]

    @property
    def content(self) -> bytes:
        lines = [self.delimiter.join(cell.raw for cell in record) for record in self.records]
        return self.start + "".join(map(str.__add__, lines, self.ends)).encode()

    @property
    def labels(self) -> list[str]:
        return [record[self.label].text for record in self.records[1:]]

    def with_labels(self, labels: dict[int, Cell]) -> AnyCsv:
        records = [list(record) for record in self.records]
        for row, cell in labels.items():
            records[row + 1][self.label] = cell
        return replace(self, records=records)


def quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def must_be_quoted(text: str, delimiter: str) -> bool:
    return not text or any(letter in text for letter in (delimiter, '"', "\r", "\n"))


@st.composite
def cells(draw: st.DrawFn, delimiter: str) -> Cell:
    """A cell as somebody may have written it: quoted or not, with a stray quote or letters behind one."""
    text = draw(LETTERS)
    kind = draw(st.sampled_from(["plain", "quoted", "stray"]))
    if kind == "plain" and (not text or not must_be_quoted(text, delimiter)):
        return Cell(text=text, raw=text)
    behind = draw(st.sampled_from(["", "", "b", 'b"c']))
    if kind == "stray" and text and not must_be_quoted(text, delimiter):
        return Cell(text=text + '"' + behind, raw=text + '"' + behind)
    return Cell(text=text + behind, raw=quoted(text) + behind)


@st.composite
def any_csv(draw: st.DrawFn) -> AnyCsv:
    delimiter = draw(st.sampled_from(",;\t"))
    names = draw(st.permutations(["id", "label", "text"][: draw(st.integers(2, 3))]))
    header = [Cell(text=name, raw=draw(st.sampled_from([name, quoted(name)]))) for name in names]
    n_rows = draw(st.integers(0, 8))
    rows = [[draw(cells(delimiter)) for _ in names] for _ in range(n_rows)]
    ends = [draw(LINE_ENDS) + "".join(draw(st.lists(LINE_ENDS, max_size=2))) for _ in range(n_rows + 1)]
    if draw(st.booleans()):
        ends[-1] = ""
    start = draw(st.sampled_from([b"", BOM])) + draw(st.sampled_from([b"", b"", b"\n", b"\r\n\r\n"]))
    return AnyCsv(
        start=start, delimiter=delimiter, label=names.index("label"), records=[header, *rows], ends=ends
    )


@st.composite
def files_and_edits(draw: st.DrawFn) -> tuple[AnyCsv, Edits, AnyCsv]:
    """A file, new labels for some of its rows, and the file as it should be then."""
    file = draw(any_csv())
    rows = sorted(draw(st.sets(st.sampled_from(range(len(file.labels)))))) if file.labels else []
    edits, new = [], {}
    for row in rows:
        old, text = file.records[row + 1][file.label], draw(LETTERS)
        force = old.raw.startswith('"') or must_be_quoted(text, file.delimiter)
        new[row] = Cell(text=text, raw=quoted(text) if force else text)
        edits.append(CellEdit(row=row, old=old.text, new=text))
    return file, Edits(column="label", cells=tuple(edits)), file.with_labels(new)


SIZES = st.integers(4, 64)


@given(files_and_edits(), SIZES)
def test_only_the_edited_cells_differ_and_the_former_ones_go_back(
    tmp_path_factory: pytest.TempPathFactory, case: tuple[AnyCsv, Edits, AnyCsv], block_bytes: int
) -> None:
    file, edits, expected = case
    folder = tmp_path_factory.mktemp("csv")
    with blocks_of(block_bytes):
        content, former = rewritten(folder, file.content, edits)
    assert content == expected.content
    back = tuple(
        CellEdit(row=edit.row, old=edit.new, new="", new_cell=cell)
        for edit, cell in zip(edits.cells, former.cells, strict=True)
    )
    assert rewritten(folder, content, Edits(column="label", cells=back))[0] == file.content


@given(files_and_edits())
def test_the_new_file_reads_as_the_old_one_with_the_new_labels(
    tmp_path_factory: pytest.TempPathFactory, case: tuple[AnyCsv, Edits, AnyCsv]
) -> None:
    file, edits, expected = case
    folder = tmp_path_factory.mktemp("csv")
    content, _ = rewritten(folder, file.content, edits)
    text = content.removeprefix(BOM).decode()
    parsed = list(csv.reader(io.StringIO(text, newline=""), delimiter=file.delimiter))
    assert [record for record in parsed if record] == [
        [cell.text for cell in record] for record in expected.records
    ]
    assert column(folder / "new-a.csv") == [label or None for label in expected.labels]


@given(any_csv(), st.data(), SIZES)
def test_dropped_rows_go_back_to_where_they_were(
    tmp_path_factory: pytest.TempPathFactory, file: AnyCsv, data: st.DataObject, block_bytes: int
) -> None:
    folder = tmp_path_factory.mktemp("csv")
    rows = range(len(file.labels))
    dropped = tuple(sorted(data.draw(st.sets(st.sampled_from(rows))))) if rows else ()
    with blocks_of(block_bytes):
        content, former = rewritten(folder, file.content, Edits(column="label", dropped=dropped))
    assert column(folder / "new-a.csv") == [file.labels[row] or None for row in rows if row not in dropped]
    restored = tuple(zip(dropped, former.dropped, strict=True))
    with blocks_of(block_bytes):
        assert rewritten(folder, content, Edits(column="label", restored=restored))[0] == file.content


@given(any_csv(), st.data(), LETTERS.filter(bool), SIZES)
def test_a_column_that_is_added_holds_its_values_and_can_be_taken_away(
    tmp_path_factory: pytest.TempPathFactory,
    file: AnyCsv,
    data: st.DataObject,
    name: str,
    block_bytes: int,
) -> None:
    folder = tmp_path_factory.mktemp("csv")
    rows = range(len(file.labels))
    added = data.draw(st.dictionaries(st.sampled_from(rows), LETTERS)) if rows else {}
    edits = Edits(column="label", added_column=name, added=added)
    with blocks_of(block_bytes):
        content, _ = rewritten(folder, file.content, edits)
    assert open_table(folder / "new-a.csv").schema.names[-1] == name
    assert column(folder / "new-a.csv", name) == [added.get(row) or None for row in rows]
    assert column(folder / "new-a.csv") == [label or None for label in file.labels]
    back = Edits(column="label", removed_column=name)
    with blocks_of(block_bytes):
        assert rewritten(folder, content, back)[0] == file.content


@given(files_and_edits(), st.data())
def test_all_at_once_is_undone_at_once(
    tmp_path_factory: pytest.TempPathFactory, case: tuple[AnyCsv, Edits, AnyCsv], data: st.DataObject
) -> None:
    file, edits, _ = case
    folder = tmp_path_factory.mktemp("csv")
    edited = {cell.row for cell in edits.cells}
    others = [row for row in range(len(file.labels)) if row not in edited]
    dropped = tuple(sorted(data.draw(st.sets(st.sampled_from(others))))) if others else ()
    edits = replace(edits, dropped=dropped, added_column="was", added=dict.fromkeys(edited, "x"))
    content, former = rewritten(folder, file.content, edits)
    back = Edits(
        column="label",
        cells=tuple(
            CellEdit(row=edit.row - sum(d < edit.row for d in dropped), old=edit.new, new="", new_cell=cell)
            for edit, cell in zip(edits.cells, former.cells, strict=True)
        ),
        restored=tuple(zip(dropped, former.dropped, strict=True)),
        removed_column="was",
    )
    assert rewritten(folder, content, back)[0] == file.content


@given(files_and_edits(), st.data(), SIZES)
def test_a_preview_tells_the_records_that_differ(
    tmp_path_factory: pytest.TempPathFactory,
    case: tuple[AnyCsv, Edits, AnyCsv],
    data: st.DataObject,
    block_bytes: int,
) -> None:
    file, edits, expected = case
    path = tmp_path_factory.mktemp("csv") / "a.csv"
    path.write_bytes(file.content)
    old, new = (
        [file.delimiter.join(cell.raw for cell in record) for record in one.records[1:]]
        for one in (file, expected)
    )
    rows = [row for row in range(len(old)) if old[row] != new[row]]
    lines = open_table(path).lines(np.array(rows, np.int64))
    assert lines is not None
    with blocks_of(block_bytes):
        found = list(preview(path, edits))
    assert found == [
        Change(row=row, line=int(line), before=old[row], after=new[row])
        for row, line in zip(rows, lines, strict=True)
    ]


@given(any_csv())
def test_a_record_starts_where_the_one_before_it_ends(file: AnyCsv) -> None:
    _, starts = RecordLines(file.delimiter).places(file.content.removeprefix(BOM))
    lines = (file.delimiter.join(cell.raw for cell in record) for record in file.records)
    sizes = [len(f"{line}{end}".encode()) for line, end in zip(lines, file.ends, strict=True)]
    assert np.diff(starts).tolist() == sizes[:-1]
    assert starts[0] == len(file.start.removeprefix(BOM))


# --- special files -----------------------------------------------------------------------------

PLAIN = b"id,label\n1,cat\n2,dog\n3,cat\n"


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz", "a.csv.zst", "a.CSV", "a.tsv"])
def test_a_file_stays_compressed_as_it_was(tmp_path: Path, name: str) -> None:
    plain = PLAIN.replace(b",", b"\t") if name.endswith("tsv") else PLAIN
    packings = {".gz": gzip.compress, ".zst": lambda b: pa.compress(b, "zstd", asbytes=True)}
    pack = packings.get(Path(name).suffix, bytes)
    content, former = rewritten(tmp_path, pack(plain), relabelled((1, "dog", "cat")), name)
    assert former == Rewritten(cells=("dog",), dropped=())
    assert content[:4] == pack(plain)[:4]
    with streams.open_bytes(tmp_path / f"new-{name}") as stream:
        assert stream.read() == plain.replace(b"dog", b"cat")
    rewrite(tmp_path / name, tmp_path / "again", relabelled((1, "dog", "cat")))
    assert (tmp_path / "again").read_bytes() == content


def test_bytes_of_other_columns_that_are_no_text_stay_and_go_back(tmp_path: Path) -> None:
    content = b"text,label\n\xff\xfe,cat\n\xe9,dog\nx,cat\n"
    edits = relabelled((0, "cat", "dog"), dropped=(1,))
    new, former = rewritten(tmp_path, content, edits)
    assert new == b"text,label\n\xff\xfe,dog\nx,cat\n"
    back = Edits(column="label", restored=((1, former.dropped[0]),))
    assert rewritten(tmp_path, new, back)[0] == content.replace(b"cat", b"dog", 1)


def test_a_field_longer_than_many_blocks_is_stepped_over(tmp_path: Path) -> None:
    long = '"' + 'x""y\r\n,' * 20_000 + '"'
    content = f"text,label\n{long},cat\n{long},dog\nx,{long}\n".encode()
    old = long[1:-1].replace('""', '"')
    with blocks_of(1 << 10):
        edits = relabelled((0, "cat", "Öl"), (1, "dog", "a,b"), (2, old, "cat"))
        new, former = rewritten(tmp_path, content, edits)
    assert new == f'text,label\n{long},Öl\n{long},"a,b"\nx,"cat"\n'.encode()
    assert former.cells == ("cat", "dog", long)


def test_a_record_that_never_ends_is_an_error_before_the_memory_is_full(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("labelaudit.io.rewriters.records.LONGEST_LINE", 1000)
    with blocks_of(64), pytest.raises(UnreadableFileError, match="row of more than"):
        rewritten(tmp_path, PLAIN + b'4,"' + b"x\n" * 1000, relabelled((0, "cat", "dog")))


def test_labels_that_are_all_decimals_stay_decimals(tmp_path: Path) -> None:
    content = b"id,label\n1,1.0\n2,0.0\n3,1.0\n"
    edits = relabelled((0, "1", "2"), (1, "0", "cat"), (2, "1.0", "3"))
    assert rewritten(tmp_path, content, edits)[0] == b"id,label\n1,2.0\n2,cat\n3,3\n"


def test_a_header_keeps_its_delimiter_whatever_column_is_added(tmp_path: Path) -> None:
    content, _ = rewritten(tmp_path, b"id;label\n1;cat\n", Edits(column="label", added_column="a,b"))
    assert content == b'id;label;"a,b"\n1;cat;\n'
    assert open_table(tmp_path / "new-a.csv").schema.names == ["id", "label", "a,b"]


@pytest.mark.parametrize(
    ("content", "row", "expected"),
    [
        (b"id,label\n1,cat", 1, b"id,label\n1,cat\n2,dog"),
        (b"id,label\r\n1,cat\r\n3,cat", 1, b"id,label\r\n1,cat\r\n2,dog\r\n3,cat"),
        (b"id,label", 0, b"id,label\n2,dog"),
    ],
)
def test_a_row_without_a_line_end_gets_one_where_more_follows(
    tmp_path: Path, content: bytes, row: int, expected: bytes
) -> None:
    assert rewritten(tmp_path, content, Edits(column="label", restored=((row, "2,dog"),)))[0] == expected


def test_a_preview_shows_rows_that_go_and_come_and_the_header(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_bytes(PLAIN)
    edits = relabelled((0, "cat", "a"), dropped=(1,), restored=((0, "0,dog\n"), (3, "4,cat\n")))
    assert list(preview(path, edits)) == [
        Change(row=0, line=None, before="", after="0,dog"),
        Change(row=0, line=2, before="1,cat", after="1,a"),
        Change(row=1, line=3, before="2,dog", after=None),
        Change(row=3, line=None, before="", after="4,cat"),
    ]
    added = list(preview(path, Edits(column="label", dropped=(1,), added_column="was", added={2: "x"})))
    assert [change.row for change in added] == [-1, 0, 1, 2]
    assert [change.after for change in added] == ["id,label,was", "1,cat,", None, "3,cat,x"]


# --- what does not fit -------------------------------------------------------------------------


def test_another_label_than_was_scanned_is_an_error_that_says_where(tmp_path: Path) -> None:
    content = b'\nid,label\n1,"two\nlines"\n\n2,dog\n'
    for act in (rewritten, lambda folder, _, edits: list(preview(folder / "a.csv", edits))):
        with pytest.raises(CorrectionError) as caught:
            act(tmp_path, content, relabelled((1, "cat", "bird")))
        error = caught.value
        assert (error.file, error.column, error.row) == (str(tmp_path / "a.csv"), "label", 1)
        assert error.line == 6
        assert "'dog'" in error.message
        assert "'cat' was expected" in error.message
        assert "scan again" in str(error.hint)


BAD: list[tuple[bytes, Edits, type[LabelAuditError], str]] = [
    (PLAIN, relabelled((3, "cat", "dog")), CorrectionError, "row 3: is not there: the file has 3 rows"),
    (PLAIN, Edits(column="label", dropped=(7,)), CorrectionError, "row 7: is not there"),
    (PLAIN, Edits(column="label", restored=((5, "x,y\n"),)), CorrectionError, "row 5: is not there"),
    (PLAIN, Edits(column="label", added_column="w", added={9: "x"}), CorrectionError, "row 9: is not"),
    (PLAIN, Edits(column="label", added_column="id"), CorrectionError, "column 'id': is there already"),
    (PLAIN, Edits(column="label", removed_column="id"), CorrectionError, "'id': is not an added column"),
    (PLAIN, Edits(column="label", removed_column="label"), CorrectionError, "is not an added column"),
    (PLAIN, Edits(column="label", removed_column="was"), CorrectionError, "is not an added column"),
    (PLAIN, Edits(column="class"), ColumnNotFoundError, "has the columns id, label"),
    (PLAIN, relabelled((0, "cat", "\udc80")), CorrectionError, "half a character"),
    (PLAIN[:-1] + b',"', relabelled((0, "cat", "dog")), UnreadableFileError, "never closed"),
    (b"id,label\n1\n2,cat\n", relabelled((0, "cat", "dog")), UnreadableFileError, "too few fields"),
    (b'id,label\n1,"cat\n', relabelled((0, "cat", "dog")), UnreadableFileError, "never closed"),
    (b"id,label\n1,cat,x\n", Edits(column="id", removed_column="label"), UnreadableFileError, "fields"),
]


@pytest.mark.parametrize(("content", "edits", "error", "says"), BAD)
def test_a_file_that_does_not_fit_is_an_error(
    tmp_path: Path, content: bytes, edits: Edits, error: type[LabelAuditError], says: str
) -> None:
    with pytest.raises(error) as caught:
        rewritten(tmp_path, content, edits)
    assert says in str(caught.value)


@pytest.mark.parametrize("cell", ["cat,dog", '"cat', "cat\n"])
def test_a_former_cell_that_is_none_is_refused(tmp_path: Path, cell: str) -> None:
    edits = Edits(column="label", cells=(CellEdit(row=0, old="cat", new="", new_cell=cell),))
    with pytest.raises(CorrectionError, match="no CSV field"):
        rewritten(tmp_path, PLAIN, edits)


@pytest.mark.parametrize(
    "edits",
    [
        {"dropped": (2, 1)},
        {"dropped": (-1,)},
        {"restored": ((0, "a"), (0, "b"))},
        {"cells": (CellEdit(row=1, old="a", new="b"),), "dropped": (1,)},
    ],
)
def test_edits_have_each_row_once_in_order(edits: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="row"):
        Edits(column="label", **edits)


def test_what_holds_no_labels_is_refused(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.zeros((2, 2)))
    with pytest.raises(UsageError, match="npy holds no labels"):
        rewrite(tmp_path / "a.npy", tmp_path / "b.npy", Edits(column="label"))
    with pytest.raises(InputNotFoundError, match=r"here\.csv: does not exist"):
        rewrite(tmp_path / "no.csv", tmp_path / "b.csv", Edits(column="label"), name="here.csv")


@pytest.mark.parametrize("name", ["a.csv", "a.csv.gz"])
def test_a_full_disk_stays_an_error_of_the_system(tmp_path: Path, name: str) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("there is no /dev/full here")
    content = PLAIN if name == "a.csv" else gzip.compress(PLAIN)
    (tmp_path / name).write_bytes(content)
    with pytest.raises(OSError, match="space") as caught:
        rewrite(tmp_path / name, full, relabelled((0, "cat", "dog")))
    assert not isinstance(caught.value, LabelAuditError)
