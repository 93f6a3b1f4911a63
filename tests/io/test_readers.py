"""Every format yields the rows that were written; every bad file is an error that says where."""

from __future__ import annotations

import contextlib
import csv
import gzip
import hashlib
import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyarrow import ipc

from labelaudit.errors import (
    ColumnNotFoundError,
    EmptyDatasetError,
    InputNotFoundError,
    LabelAuditError,
    OutputError,
    ShapeError,
    UnreadableFileError,
    UsageError,
)
from labelaudit.io.input_hashes import InputHashes
from labelaudit.io.readers import parquet_spill, streams
from labelaudit.io.readers.csv_lines import RecordLines
from labelaudit.io.spool import spooled_stdin
from labelaudit.io.tables import Kind, Table, is_table, open_table, sniff_format

TEXT, FLOAT, ANY = Kind.TEXT, Kind.FLOAT, Kind.ANY


def rows(table: Table, columns: Mapping[str, Kind], batch_rows: int = 1000) -> list[dict[str, Any]]:
    """All rows of a table, part after part."""
    batches = [batch for part in table.parts(columns) for batch in part.read(batch_rows)]
    assert all(0 < batch.num_rows <= batch_rows for batch in batches)
    assert all(batch.schema.names == list(columns) for batch in batches)
    return [row for batch in batches for row in batch.to_pylist()]


def column(table: Table, name: str, kind: Kind = TEXT) -> list[Any]:
    return [row[name] for row in rows(table, {name: kind})]


def written(folder: Path, name: str, content: bytes | str) -> Path:
    path = folder / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def same(left: Iterable[Any], right: Iterable[Any]) -> bool:
    """Equal, where nan equals nan."""
    return repr(list(left)) == repr(list(right))


# --- all formats -------------------------------------------------------------------------------

N = 150_000
SAMPLE = pa.table(
    {
        "id": pa.array([f"r{i}" for i in range(N)]),
        "label": pa.array(["cat", "dog", "Öl"] * (N // 3)).dictionary_encode(),
        "p": pa.array(np.linspace(0, 1, N)),
    }
)


def _csv(table: pa.Table, path: Path, delimiter: str = ",") -> None:
    options = pyarrow.csv.WriteOptions(delimiter=delimiter)
    plain = table.set_column(1, "label", table["label"].cast(pa.string()))
    pyarrow.csv.write_csv(plain, path, options)


def _jsonl(table: pa.Table, path: Path) -> None:
    path.write_text("".join(json.dumps(row) + "\n" for row in table.to_pylist()))


def _ipc(
    table: pa.Table, path: Path, opened: Callable[..., Any] = ipc.new_file, compression: str | None = None
) -> None:
    options = ipc.IpcWriteOptions(compression=compression)
    with opened(path, table.schema, options=options) as writer:
        writer.write_table(table, max_chunksize=20_000)


WRITERS: dict[str, Callable[[pa.Table, Path], None]] = {
    "one.parquet": pq.write_table,
    "many.parquet": partial(pq.write_table, row_group_size=7_000),
    "a.csv": _csv,
    "a.tsv": partial(_csv, delimiter="\t"),
    "semicolons.csv": partial(_csv, delimiter=";"),
    "a.jsonl": _jsonl,
    "a.arrow": _ipc,
    "a.feather": partial(_ipc, compression="lz4"),
    "stream.arrow": partial(_ipc, opened=ipc.new_stream),
    "zstd_stream.arrow": partial(_ipc, opened=ipc.new_stream, compression="zstd"),
}


@pytest.fixture(scope="module")
def samples(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("samples")
    for name, write in WRITERS.items():
        write(SAMPLE, folder / name)
    return folder


@pytest.mark.parametrize("name", WRITERS)
def test_every_format_gives_back_the_rows(samples: Path, name: str) -> None:
    table = open_table(samples / name)
    assert table.schema.names == ["id", "label", "p"]
    assert table.n_rows in {None, N}
    found = pa.Table.from_pylist(rows(table, {"p": FLOAT, "label": TEXT, "id": TEXT}, 40_000))
    for given_name in SAMPLE.schema.names:
        assert found[given_name].to_pylist() == SAMPLE[given_name].to_pylist()


@pytest.mark.parametrize("name", WRITERS)
def test_parts_read_side_by_side_are_the_whole(samples: Path, name: str) -> None:
    table = open_table(samples / name)
    parts = table.parts({"id": TEXT, "p": FLOAT})

    def ids(part: Any) -> list[str]:
        return [value for batch in part.read(9_999) for value in batch.column(0).to_pylist()]

    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(ids, reversed(parts)))[::-1]
    starts = np.cumsum([0, *map(len, found)])
    assert [part.start for part in parts] == starts[:-1].tolist()
    assert all(part.n_rows in {None, len(values)} for part, values in zip(parts, found, strict=True))
    assert [value for values in found for value in values] == SAMPLE["id"].to_pylist()


@pytest.mark.parametrize("name", WRITERS)
def test_rows_can_be_counted_without_any_column(samples: Path, name: str) -> None:
    batches = [b for part in open_table(samples / name).parts({}) for b in part.read(50_000)]
    assert sum(batch.num_rows for batch in batches) == N
    assert {batch.num_columns for batch in batches} == {0}


@pytest.mark.parametrize("name", WRITERS)
def test_a_missing_column_is_named(samples: Path, name: str) -> None:
    with pytest.raises(
        ColumnNotFoundError, match=r"column 'nope': is not in the file\nhint: .* id, label, p"
    ):
        open_table(samples / name).parts({"nope": TEXT})


@pytest.mark.parametrize("name", WRITERS)
def test_a_file_that_went_away_is_not_found(samples: Path, tmp_path: Path, name: str) -> None:
    path = written(tmp_path, name, (samples / name).read_bytes())
    parts = open_table(path, name="data").parts({"id": TEXT})
    path.unlink()
    with pytest.raises(InputNotFoundError) as caught:
        list(parts[0].read(10))
    assert caught.value.file == "data"


@pytest.mark.parametrize("name", [name for name in WRITERS if "csv" not in name and "tsv" not in name])
def test_a_file_cut_in_half_is_unreadable(samples: Path, tmp_path: Path, name: str) -> None:
    content = (samples / name).read_bytes()
    path = written(tmp_path, name, content[: len(content) // 2])
    with pytest.raises(UnreadableFileError) as caught:
        rows(open_table(path, name="data"), {"id": TEXT, "p": FLOAT})
    assert caught.value.file == "data"
    assert caught.value.hint


@pytest.mark.parametrize("name", [*WRITERS, "a.npy"])
def test_a_file_of_no_bytes_or_of_noise_is_unreadable(tmp_path: Path, name: str) -> None:
    noise = np.random.default_rng(0).bytes(5_000)
    for content in (b"", b"\n", noise, b"\x00" * 500):
        path = written(tmp_path, name, content)
        with pytest.raises(UnreadableFileError) as caught:
            rows(open_table(path), {"id": TEXT})
        assert caught.value.file == str(tmp_path / name)


@pytest.mark.parametrize("name", ["a.csv", "a.tsv", "a.jsonl"])
@pytest.mark.parametrize("suffix", [".gz", ".zst"])
def test_compressed_text_reads_like_plain_text(samples: Path, tmp_path: Path, name: str, suffix: str) -> None:
    codec = {".gz": "gzip", ".zst": "zstd"}[suffix]
    path = tmp_path / (name + suffix)
    with pa.CompressedOutputStream(pa.OSFile(str(path), "wb"), codec) as out:
        out.write((samples / name).read_bytes())
    table = open_table(path)
    assert column(table, "id") == SAMPLE["id"].to_pylist()
    assert (
        table.lines(np.array([0, N - 1])).tolist()
        == open_table(samples / name).lines(np.array([0, N - 1])).tolist()
    )
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) // 2])
    with pytest.raises(UnreadableFileError):
        column(open_table(path), "id")


def test_gzip_is_known_by_its_bytes_and_may_have_members(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", gzip.compress(b"id\n1\n") + gzip.compress(b"2\n"))
    assert column(open_table(path), "id") == ["1", "2"]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["a.CSV", "a.tsv.zst", "a.ndjson.gz", "a.parquet", "a.feather", "a.npy"], True),
        (["a.npz", "a.txt", "a.parquet.gz", "csv", "a.csv.bz2"], False),
    ],
)
def test_a_table_is_known_by_its_suffix(names: list[str], expected: bool) -> None:
    assert {is_table(Path(name)) for name in names} == {expected}


def test_what_cannot_be_opened_says_why(tmp_path: Path) -> None:
    with pytest.raises(InputNotFoundError, match="does not exist"):
        open_table(tmp_path / "none.csv")
    with pytest.raises(UnreadableFileError, match="is a folder"):
        open_table(tmp_path)
    with pytest.raises(UsageError, match="of no known format"):
        open_table(written(tmp_path, "a.txt", "x"))
    with pytest.raises(UsageError, match=r"save the one you mean with numpy.save as \.npy"):
        open_table(written(tmp_path, "a.npz", "x"))
    assert column(open_table(tmp_path / "a.txt", format="csv", name="n"), "x") == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_says_so(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", "a\n1\n")
    path.chmod(0)
    with pytest.raises(UnreadableFileError, match="permission denied"):
        open_table(path)


def test_sha256_is_that_of_the_bytes(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", b"id\n" * 100_000)
    np.save(tmp_path / "a.npy", np.zeros((5_000_000, 1)))
    tables = [open_table(path), open_table(tmp_path / "a.npy")]
    contents = [table.path.read_bytes() for table in tables]
    assert InputHashes(tables).digests() == [hashlib.sha256(content).hexdigest() for content in contents]


@pytest.mark.parametrize("name", WRITERS)
def test_damage_anywhere_is_our_error_or_goes_unseen(tmp_path: Path, name: str) -> None:
    draw = np.random.default_rng(0)
    WRITERS[name](SAMPLE.slice(0, 60), tmp_path / name)
    good = (tmp_path / name).read_bytes()
    for _ in range(60):
        content = bytearray(good)
        for place in draw.integers(0, len(good), 3):
            content[place : place + 4] = draw.bytes(4)
        with contextlib.suppress(LabelAuditError):
            rows(open_table(written(tmp_path, name, bytes(content))), {"id": TEXT, "label": TEXT, "p": FLOAT})


# --- csv ---------------------------------------------------------------------------------------


def test_csv_text_is_kept_to_the_letter_and_only_empty_is_missing(tmp_path: Path) -> None:
    texts = ["01", "NA", "null", "nan", "None", " x ", "1.50", "TRUE", "2020-01-01", "日本", "\x00", "", '""']
    path = written(tmp_path, "a.csv", "id,t\n" + "".join(f"{i},{text}\n" for i, text in enumerate(texts)))
    assert column(open_table(path), "t") == [*texts[:-2], None, None]
    assert column(open_table(path), "t", ANY) == [*texts[:-2], None, None]


def test_csv_numbers_may_be_nan_and_infinite_and_missing(tmp_path: Path) -> None:
    texts = ["0.5", "nan", "NaN", "inf", "-inf", "1e-3", " .5 ", "+1", "1e400", '"0.25"', "", '""']
    path = written(tmp_path, "a.csv", "p,i\n" + "".join(f"{text},1\n" for text in texts))
    nan, inf = float("nan"), float("inf")
    assert same(
        column(open_table(path), "p", FLOAT),
        [0.5, nan, nan, inf, -inf, 1e-3, 0.5, 1.0, inf, 0.25, None, None],
    )


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"\xef\xbb\xbfa,b\r\n1,2\r\n", [("1", "2")]),
        (b"a,b\r1,2\r\r3,4", [("1", "2"), ("3", "4")]),
        (b'a,b\n"1\n\n1",2\n"""x""","y,z"\n', [("1\n\n1", "2"), ('"x"', "y,z")]),
        (b'a,b\r\n"1\r\n1",2\r\n', [("1\r\n1", "2")]),
        (b'a,b\nit"s,5" x 3"\n"q"uote"d,"x"\n', [('it"s', '5" x 3"'), ('quote"d', "x")]),
        (b"\n\na,b\n\n\n1,2\n\n", [("1", "2")]),
        (b"a;b\n1;0,5\n", [("1", "0,5")]),
        (b"a\tb\n1,5\t2\n", [("1,5", "2")]),
        (b'"a";"x,y";b\n1;2;3\n', [("1", "3")]),
        (b"a,b", []),
        (b"a,b\n", []),
        (b"a,b\n\n\r\n", []),
        (b"a,,b,\n1,2,3,4\n", [("1", "3")]),
    ],
)
def test_csv_is_read_as_spreadsheets_write_it(
    tmp_path: Path, content: bytes, expected: list[tuple[str, ...]]
) -> None:
    table = open_table(written(tmp_path, "a.csv", content))
    assert [tuple(row.values()) for row in rows(table, {"a": TEXT, "b": TEXT})] == expected


def test_one_csv_column_needs_no_delimiter(tmp_path: Path) -> None:
    table = open_table(written(tmp_path, "a.csv", 'label\ncat\n\n""\n dog'))
    assert column(table, "label") == ["cat", None, " dog"]
    assert table.lines(np.array([0, 1, 2])).tolist() == [2, 4, 5]


def test_columns_that_were_not_asked_for_cannot_fail(tmp_path: Path) -> None:
    path = written(tmp_path, "a.csv", b"id,text,p\n1,\xff,x\n")
    assert column(open_table(path), "id") == ["1"]


BIG = 100_000  # rows of a file of several blocks
HEAD = b"id,label,p\n"
GOOD = b"".join(b"%d,cat,0.5\n" % i for i in range(BIG * 5))
Place = tuple[str | None, int | None, int | None]

BAD_CSV: dict[str, tuple[bytes, str, Place]] = {
    "word": (HEAD + b"1,cat,0.5\n2,cat,abc\n", "'abc' is not a number", ("p", 1, 3)),
    "decimal comma": (b"id;label;p\n1;cat;0,9\n", "'0,9' is not a number", ("p", 0, 2)),
    "blank": (HEAD + b"1,cat, \n", "' ' is not a number", ("p", 0, 2)),
    "NA": (HEAD + b"1,cat,NA\n", "'NA' is not a number", ("p", 0, 2)),
    "not UTF-8 among numbers": (HEAD + b"1,cat,\xff\n", "is not a number", ("p", 0, 2)),
    "after a quoted line end": (HEAD + b'1,"c\nat",1\n\n2,cat,x\n', "'x' is not a number", ("p", 1, 5)),
    "far down": (HEAD + GOOD + b"\n1,cat,abc\n", "'abc' is not a number", ("p", BIG * 5, BIG * 5 + 3)),
    "too few": (HEAD + b"1,cat,1\n\n2,cat\n", "has 2 fields, the header has 3", (None, 1, 4)),
    "too many": (HEAD + b"1,cat,1,9\n", "has 4 fields, the header has 3", (None, 0, 2)),
    "one field": (HEAD + b"1\n", "has 1 field, the header has 3", (None, 0, 2)),
    "ragged far down": (HEAD + GOOD + b"\n\n1,2\n", "has 2 fields", (None, BIG * 5, BIG * 5 + 4)),
    "unclosed": (HEAD + b'1,"cat,1\n2,cat,1\n', "never closed", (None, 0, 2)),
    "unclosed far up": (HEAD + b'1,"cat,1\n' + GOOD, "never closed", (None, 0, 2)),
    "unclosed last field": (HEAD + b'1,cat,1\n2,dog,"1\n3,cat,1\n', "never closed", (None, 1, 3)),
    "long row": (HEAD + b"1," + b"x" * (20 << 20) + b",1\n", "more than 4 MiB", (None, None, None)),
    "latin-1": (HEAD + b"1,cat,1\n2,caf\xe9,1\n", "not UTF-8: byte 0xe9 on line 3", (None, 1, 3)),
    "latin-1 header": (b"id,label,p,caf\xe9\n", "header that is not UTF-8", (None, None, None)),
    "UTF-16": ("id,label,p\n1,cat,1\n".encode("utf-16"), "is UTF-16", (None, None, None)),
    "double names": (b"id,p,label,p\n1,1,cat,1\n", "named more than once", ("p", None, None)),
    "no names": (b",,\n1,2,3\n", "without names", (None, None, None)),
    "blank lines only": (b"\n\r\n\n", "has no header line", (None, None, None)),
    "nothing": (b"", "is empty", (None, None, None)),
}


@pytest.mark.parametrize("fault", BAD_CSV)
def test_a_bad_csv_names_the_place(tmp_path: Path, fault: str) -> None:
    content, message, (name, row, line) = BAD_CSV[fault]
    with pytest.raises(UnreadableFileError) as caught:
        rows(open_table(written(tmp_path, "a.csv", content)), {"id": TEXT, "label": TEXT, "p": FLOAT})
    error = caught.value
    assert message in error.message
    assert (error.file, error.column, error.row, error.line) == (str(tmp_path / "a.csv"), name, row, line)
    assert error.hint


def python_records(content: bytes) -> list[tuple[int, list[str]]]:
    """The records and the lines on which they start, by the standard library."""
    reader = csv.reader(io.TextIOWrapper(io.BytesIO(content), "utf-8", "replace", newline=""))
    records, before = [], 0
    for record in reader:
        if record:
            records.append((before + 1, record))
        before = reader.line_num
    return records


PIECES = st.sampled_from(["a", "é", "日", "\u2028", "\x0b", " ", ",", '"', "\n", "\r\n", "\r"])
LETTERS = st.lists(PIECES, max_size=5).map("".join)
CELLS = st.one_of(
    LETTERS.map(lambda text: '"' + text.replace('"', '""') + '"'), st.sampled_from(["x", "", 'y"', "ü"])
)
ENDS = st.sampled_from(["\n", "\r\n", "\r", "\n\n", "\r\n\r\n", "\n\r"])


@given(st.lists(st.tuples(CELLS, CELLS, ENDS), max_size=12), st.integers(16, 64), st.booleans())
def test_csv_lines_are_those_of_the_standard_library(
    tmp_path_factory: pytest.TempPathFactory, records: list[tuple[str, str, str]], block: int, cut: bool
) -> None:
    content = ("h,i\n" + "".join(f"{left},{right}{end}" for left, right, end in records)).encode()
    content = content.rstrip(b"\r\n") if cut else content
    path = written(tmp_path_factory.mktemp("csv"), "a.csv", content)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(streams, "BLOCK_BYTES", block + 64)
        table = open_table(path)
        found = rows(table, {"h": TEXT, "i": TEXT})
        lines = table.lines(np.arange(len(found)))
        every_other = table.lines(np.arange(0, len(found), 2))
    assert lines is not None
    assert every_other is not None
    expected = python_records(content)[1:]
    assert lines.tolist() == [line for line, _ in expected]
    assert [row["h"] for row in found] == [record[0] or None for _, record in expected]
    assert every_other.tolist() == lines[::2].tolist()


@given(
    st.binary(max_size=60).map(lambda raw: bytes(b'a,"\n\r\xe9'[byte % 6] for byte in raw)),
    st.integers(1, 20),
)
def test_any_bytes_have_the_lines_of_the_standard_library(content: bytes, size: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(streams, "open_bytes", lambda path: pa.BufferReader(content))
        blocks = list(streams.line_blocks(Path("any"), "any", line_ends=b"\r\n", size=size))
    assert b"".join(blocks) == content
    scan = RecordLines(",")
    assert [line for block in blocks for line in scan.feed(block).tolist()] == [
        line for line, _ in python_records(content)
    ]


@given(st.lists(st.tuples(CELLS | LETTERS, CELLS | LETTERS), max_size=6), st.sampled_from(["\n", "\r\n"]))
def test_any_csv_is_read_like_the_standard_library_or_names_the_first_bad_record(
    tmp_path_factory: pytest.TempPathFactory, records: list[tuple[str, str]], end: str
) -> None:
    content = ("h,i" + end + "".join(f"{left},{right}{end}" for left, right in records)).encode()
    expected = python_records(content)[1:]
    bad = [row for row, (_, record) in enumerate(expected) if len(record) != 2]
    table = open_table(written(tmp_path_factory.mktemp("csv"), "a.csv", content))
    if not bad and not open_at_the_end(content):
        found = [tuple(row.values()) for row in rows(table, {"h": TEXT, "i": TEXT})]
        assert found == [(record[0] or None, record[1] or None) for _, record in expected]
        return
    with pytest.raises(UnreadableFileError) as caught:
        rows(table, {"h": TEXT, "i": TEXT})
    row = len(expected) - 1 if "never closed" in caught.value.message else bad[0]
    assert (caught.value.row, caught.value.line) == (row, expected[row][0])


def open_at_the_end(content: bytes) -> bool:
    """Whether a quoted field goes on behind the last byte: then one more record changes nothing."""
    return len(python_records(content + b"\nx,y")) == len(python_records(content))


def test_lines_beyond_the_end_are_our_own_fault(tmp_path: Path) -> None:
    with pytest.raises(IndexError):
        open_table(written(tmp_path, "a.csv", "a\n1\n")).lines(np.array([0, 1]))


# --- jsonl -------------------------------------------------------------------------------------


def jsonl(folder: Path, *lines: str, end: str = "\n") -> Table:
    return open_table(written(folder, "a.jsonl", end.join(lines) + end))


def test_jsonl_keeps_types_and_widens_lists_of_numbers(tmp_path: Path) -> None:
    table = jsonl(
        tmp_path,
        '{"id": 1, "probs": [1, 0], "when": "2020-01-01 00:00:00", "ok": true, "n": null}',
        '{"id": 2, "probs": [0.25, null], "when": "2020-01-02", "n": null, "extra": 1}',
        '{"id": 3, "probs": null}',
    )
    types = {field.name: str(field.type) for field in table.schema}
    assert types.pop("probs").startswith("list<")
    assert types == {"id": "int64", "when": "string", "ok": "bool", "n": "null", "extra": "int64"}
    assert column(table, "id") == [1, 2, 3]
    assert column(table, "id", FLOAT) == [1.0, 2.0, 3.0]
    assert column(table, "probs", ANY) == [[1.0, 0.0], [0.25, None], None]
    assert column(table, "when") == ["2020-01-01 00:00:00", "2020-01-02", None]


def test_jsonl_nan_and_infinity_reach_the_caller(tmp_path: Path) -> None:
    table = jsonl(tmp_path, '{"p": [NaN, 0.5]}', '{"p": [Infinity, -Infinity]}', '{"p": [1e400, -1e400]}')
    nan, inf = float("nan"), float("inf")
    assert same(column(table, "p", FLOAT), [[nan, 0.5], [inf, -inf], [inf, -inf]])


def test_jsonl_lines_skip_blank_lines(tmp_path: Path) -> None:
    table = jsonl(tmp_path, "", '{"a": 1}', "  ", "", '{"a": 2}', "\t", end="\r\n")
    assert column(table, "a") == [1, 2]
    assert table.lines(np.array([0, 1])).tolist() == [2, 5]


def test_jsonl_columns_of_nulls_take_the_type_of_later_blocks(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("labelaudit.io.readers.jsonl_lines.BLOCK_BYTES", 40)
    lines = ['{"a": null, "b": []}'] * 5 + ['{"a": "x", "b": [0.5]}'] * 5
    table = jsonl(tmp_path, *lines)
    assert column(table, "a") == [None] * 5 + ["x"] * 5
    assert column(table, "b", ANY) == [[]] * 5 + [[0.5]] * 5


def test_jsonl_mixed_types_matter_only_where_they_are_read(tmp_path: Path) -> None:
    table = jsonl(tmp_path, '{"id": 1, "x": 1}', '{"id": 2, "x": "a"}')
    assert column(table, "id") == [1, 2]
    with pytest.raises(UnreadableFileError):
        column(table, "x")


def many(good: str, bad: str) -> str:
    """A bad line below more than one block of good ones."""
    return (good + "\n") * 400_000 + bad + "\n"


BAD_JSONL: dict[str, tuple[str | bytes, str, Place]] = {
    "text among numbers": (
        '{"id": 1, "p": [0]}\n\n{"id": "a", "p": [0]}\n',
        '"a" is text; a whole number was expected',
        ("id", 1, 3),
    ),
    "number among text": ('{"id": "1", "p": [0]}\n{"id": 2}\n', "2 is a whole number; text", ("id", 1, 2)),
    "later block": (
        many('{"id": 1, "p": [0.5]}', '{"id": 1.5}'),
        "1.5 is a number",
        ("id", 400_000, 400_001),
    ),
    "text in a list": (
        '{"id": 1, "p": [0.5]}\n{"id": 1, "p": ["x"]}\n',
        '"x" is text; a number',
        ("p", 1, 2),
    ),
    "true in a list": (
        '{"id": 1, "p": [0.5]}\n{"id": 1, "p": [true]}\n',
        "true is a truth value; a number",
        ("p", 1, 2),
    ),
    "broken": ('{"id": 1, "p": [0]}\n{"id": 1\n', "is no JSON object: Expecting", (None, 1, 2)),
    "broken later": (many('{"id": 1, "p": [0.5]}', "{"), "is no JSON object", (None, 400_000, 400_001)),
    "single quotes": ("{'id': 1}\n", "is no JSON object", (None, 0, 1)),
    "two on a line": ('{"id": 1, "p": []} {"id": 2}\n', "Extra data", (None, 0, 1)),
    "pretty printed": ('{\n"id": 1,\n"p": [0]\n}\n', "is no JSON object", (None, 0, 1)),
    "an array": ('[{"id": 1}]\n', "is no JSON object", (None, 0, 1)),
    "a number": ('{"id": 1, "p": []}\n5\n', "is no JSON object", (None, 1, 2)),
    "deep": ('{"id": 1, "p": []}\n{"id":' + "[" * 100_000 + "\n", "is nested too deeply", (None, 1, 2)),
    "double name": ('{"id": 1, "id": 2, "p": []}\n', "is named twice in one object", ("id", 0, 1)),
    "latin-1": (b'{"id": 1, "p": [0]}\n{"id": 2, "t": "\xe9"}\n', "is not UTF-8: byte 0xe9", (None, 1, 2)),
    "blank lines only": ("\n  \n", "holds no rows", (None, None, None)),
    "empty objects": ("{}\n{}\n", "holds no rows", (None, None, None)),
}


@pytest.mark.parametrize("fault", BAD_JSONL)
def test_a_bad_jsonl_names_the_place(tmp_path: Path, fault: str) -> None:
    content, message, (name, row, line) = BAD_JSONL[fault]
    with pytest.raises(UnreadableFileError) as caught:
        rows(open_table(written(tmp_path, "a.jsonl", content)), {"id": TEXT, "p": ANY})
    error = caught.value
    assert message in error.message
    assert (error.column, error.row, error.line) == (name, row, line)
    assert error.hint


def test_half_a_character_in_jsonl_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="half a character"):
        column(jsonl(tmp_path, '{"id": "\\ud800"}'), "id")


# --- parquet -----------------------------------------------------------------------------------


def test_small_row_groups_share_a_part_and_large_ones_do_not(tmp_path: Path) -> None:
    table = pa.table({"a": np.arange(200_000)})
    pq.write_table(table, tmp_path / "a.parquet", row_group_size=70_000)
    pq.write_table(table, tmp_path / "b.parquet", row_group_size=1_000)
    large = open_table(tmp_path / "a.parquet").parts({"a": TEXT})
    assert [(part.start, part.n_rows) for part in large] == [(0, 70_000), (70_000, 70_000), (140_000, 60_000)]
    small = open_table(tmp_path / "b.parquet").parts({"a": TEXT})
    assert [(part.start, part.n_rows) for part in small][:2] == [(0, 65_000), (65_000, 65_000)]


def test_schema_metadata_and_dictionaries_are_kept(tmp_path: Path) -> None:
    schema = pa.schema([("label", pa.dictionary(pa.int32(), pa.string()))], {b"huggingface": b"{}"})
    pq.write_table(
        pa.table({"label": pa.array(["a", "b"]).dictionary_encode()}, schema=schema), tmp_path / "a.parquet"
    )
    table = open_table(tmp_path / "a.parquet")
    assert table.schema.metadata[b"huggingface"] == b"{}"
    (batch,) = table.parts({"label": TEXT})[0].read(10)
    assert pa.types.is_dictionary(batch.schema.field("label").type)


def test_names_with_dots_are_told_apart(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [1], "a.b": [2], "s": [{"x": 3}]}), tmp_path / "a.parquet")
    table = open_table(tmp_path / "a.parquet")
    assert rows(table, {"s": ANY, "a": TEXT}) == [{"s": {"x": 3}, "a": 1}]
    assert rows(table, {"a.b": TEXT}) == [{"a.b": 2}]


def test_columns_that_are_double_can_be_left_alone_but_not_read(tmp_path: Path) -> None:
    double = pa.Table.from_arrays([pa.array([1]), pa.array([2]), pa.array([3])], names=["a", "b", "b"])
    pq.write_table(double, tmp_path / "a.parquet")
    with ipc.new_file(tmp_path / "a.arrow", double.schema) as writer:
        writer.write_table(double)
    for name in ("a.parquet", "a.arrow"):
        table = open_table(tmp_path / name)
        assert column(table, "a") == [1]
        with pytest.raises(UnreadableFileError, match="is there 2 times"):
            table.parts({"b": TEXT})


def test_many_wide_columns_come_by_way_of_files_unchanged(tmp_path: Path, monkeypatch: Any) -> None:
    values = np.random.default_rng(0).random((3_000, 120))
    columns: dict[str, Any] = {f"p_{i}": values[:, i] for i in range(120)}
    columns["p_7"] = pa.array([0.5, None, 0.25] * 1_000)
    wide = pa.table(columns)
    pq.write_table(wide, tmp_path / "a.parquet", row_group_size=1_100)
    table = open_table(tmp_path / "a.parquet")
    asked = dict.fromkeys(reversed(wide.schema.names), FLOAT)
    direct = rows(table, asked, 700)
    monkeypatch.setattr(parquet_spill, "DIRECT_BYTES", 0)
    spilled = rows(table, asked, 700)
    assert all(
        np.isnan(row["p_7"]) == (row_direct["p_7"] is None)
        for row, row_direct in zip(spilled, direct, strict=True)
    )
    for row, row_direct in zip(spilled, direct, strict=True):
        assert {k: v for k, v in row.items() if k != "p_7"} == {
            k: v for k, v in row_direct.items() if k != "p_7"
        }
    assert direct == wide.select(list(asked)).to_pylist()


def test_a_full_temporary_folder_is_no_fault_of_the_file(tmp_path: Path, monkeypatch: Any) -> None:
    pq.write_table(pa.table({f"p_{i}": [0.5] for i in range(60)}), tmp_path / "a.parquet")
    monkeypatch.setattr(parquet_spill, "DIRECT_BYTES", 0)

    def full(*_: Any) -> None:
        raise OSError("No space left on device")

    monkeypatch.setattr(parquet_spill.os, "pwrite", full)
    table = open_table(tmp_path / "a.parquet")
    with pytest.raises(OutputError, match="No space left"):
        rows(table, dict.fromkeys(table.schema.names, FLOAT))


def test_a_damaged_page_is_unreadable(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [f"text {i}" for i in range(10_000)]}), tmp_path / "a.parquet")
    content = bytearray((tmp_path / "a.parquet").read_bytes())
    content[20:2000] = bytes(1980)
    table = open_table(written(tmp_path, "a.parquet", bytes(content)))
    with pytest.raises(UnreadableFileError, match="cannot be decoded") as caught:
        column(table, "a")
    assert caught.value.hint


def test_text_that_is_not_utf8_stops_at_the_door(tmp_path: Path) -> None:
    text = pa.StringArray.from_buffers(1, pa.py_buffer(np.array([0, 1], np.int32)), pa.py_buffer(b"\xff"))
    latin = pa.table({"a": text})
    pq.write_table(latin, tmp_path / "a.parquet")
    with ipc.new_file(tmp_path / "a.arrow", latin.schema) as writer:
        writer.write_table(latin)
    for name in ("a.parquet", "a.arrow"):
        with pytest.raises(UnreadableFileError, match="UTF8"):
            column(open_table(tmp_path / name), "a")


def test_an_encrypted_parquet_says_so(tmp_path: Path) -> None:
    with pytest.raises(UnreadableFileError, match="is encrypted"):
        open_table(written(tmp_path, "a.parquet", b"PARE" + bytes(100) + b"PARE"))


def peak_megabytes(path: Path) -> int:
    """Peak memory of a process that reads all columns of a file, above what its imports take."""
    code = """
import resource, sys
from pathlib import Path
from labelaudit.io.input_hashes import InputHashes
from labelaudit.io.tables import Kind, open_table
table = open_table(Path(sys.argv[1]))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for part in table.parts(dict.fromkeys(table.schema.names, Kind.FLOAT)):
    for batch in part.read(65_536):
        pass
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""
    root = Path(__file__).parents[2]
    run = subprocess.run(
        [sys.executable, "-c", code, str(path)], cwd=root, capture_output=True, text=True, check=True
    )
    return int(run.stdout)


@pytest.mark.skipif(sys.platform != "linux", reason="ru_maxrss is in KiB there")
@pytest.mark.parametrize("name", ["list.parquet", "wide.parquet", "one_batch.arrow", "c.npy", "fortran.npy"])
def test_one_giant_block_streams_in_bounded_memory(tmp_path: Path, name: str) -> None:
    n_rows, width = 400_000, 200  # 320 MB of float32
    values = np.random.default_rng(0).random((n_rows, width), dtype=np.float32)
    path = tmp_path / name
    if name.endswith(".npy"):
        np.save(path, values if name == "c.npy" else np.asfortranarray(values))
    elif name == "wide.parquet":
        wide = pa.table({f"p_{i}": np.ascontiguousarray(values[:, i]) for i in range(width)})
        pq.write_table(wide, path, row_group_size=n_rows)
    else:
        lists = pa.table({"p": pa.FixedSizeListArray.from_arrays(pa.array(values.reshape(-1)), width)})
        if name == "list.parquet":
            pq.write_table(lists, path, row_group_size=n_rows)
        else:
            with ipc.new_file(path, lists.schema) as writer:
                writer.write_table(lists)
    del values
    assert peak_megabytes(path) < 220


# --- arrow and npy -----------------------------------------------------------------------------


def test_arrow_parts_are_neighbouring_batches(samples: Path) -> None:
    parts = open_table(samples / "a.arrow").parts({"id": TEXT})
    assert [(part.start, part.n_rows) for part in parts] == [(0, 80_000), (80_000, 70_000)]


@pytest.mark.parametrize("dtype", ["<f4", ">f4", "<f8", ">f8", "<f2", "i1", "<u4", ">i8"])
@pytest.mark.parametrize("order", ["C", "F"])
def test_npy_is_one_column_of_lists(tmp_path: Path, dtype: str, order: Any) -> None:
    values = np.arange(60).reshape(20, 3).astype(dtype, order=order)
    np.save(tmp_path / "a.npy", values)
    table: Any = open_table(tmp_path / "a.npy")
    assert (table.array_shape, table.dtype, table.n_rows) == ((20, 3), np.dtype(dtype), 20)
    assert pa.types.is_fixed_size_list(table.schema.field("npy").type)
    assert column(table, "npy", FLOAT) == values.tolist()
    assert [row["npy"] for row in rows(table, {"npy": FLOAT}, 7)] == values.tolist()


def test_npy_of_one_dimension_has_lists_of_one(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.array([0.5, np.nan]))
    table: Any = open_table(tmp_path / "a.npy")
    assert table.array_shape == (2,)
    assert same(column(table, "npy"), [[0.5], [float("nan")]])


def test_npy_parts_are_stretches_of_the_array(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.arange(140_000).reshape(-1, 1))
    parts = open_table(tmp_path / "a.npy").parts({"npy": FLOAT})
    assert [(part.start, part.n_rows) for part in parts] == [(0, 65_536), (65_536, 65_536), (131_072, 8_928)]
    assert next(iter(parts[2].read(5))).column(0).to_pylist()[0] == [131_072]


def test_npy_without_rows_is_an_empty_table(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.empty((0, 3)))
    table = open_table(tmp_path / "a.npy")
    assert (table.n_rows, rows(table, {"npy": FLOAT})) == (0, [])


@pytest.mark.parametrize(
    ("array", "expected", "message"),
    [
        (np.array([{}, 1], object), UnreadableFileError, "pickled objects"),
        (np.array(["a"]), UnreadableFileError, "values of type <U1"),
        (np.zeros(2, bool), UnreadableFileError, "values of type bool"),
        (np.zeros(2, complex), UnreadableFileError, "values of type complex128"),
        (np.zeros(2, np.longdouble), UnreadableFileError, "values of type float"),
        (np.zeros(2, [("a", "f4")]), UnreadableFileError, "values of type"),
        (np.float64(1), ShapeError, r"has the shape \(\)"),
        (np.zeros((2, 2, 2)), ShapeError, r"has the shape \(2, 2, 2\)"),
        (np.zeros((2, 0)), ShapeError, r"has the shape \(2, 0\)"),
    ],
)
def test_npy_of_anything_but_rows_of_numbers_is_refused(
    tmp_path: Path, array: Any, expected: type[LabelAuditError], message: str
) -> None:
    np.save(tmp_path / "a.npy", array, allow_pickle=True)
    with pytest.raises(expected, match=message) as caught:
        open_table(tmp_path / "a.npy")
    assert caught.value.hint


def test_npy_cut_short_is_unreadable(tmp_path: Path) -> None:
    np.save(tmp_path / "a.npy", np.zeros((10, 3)))
    content = (tmp_path / "a.npy").read_bytes()
    with pytest.raises(UnreadableFileError, match="is cut short: 239 of 240 bytes"):
        open_table(written(tmp_path, "a.npy", content[:-1]))
    with pytest.raises(UnreadableFileError, match=r"is no \.npy file"):
        open_table(written(tmp_path, "a.npy", content[:50]))


# --- stdin -------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", WRITERS)
def test_stdin_is_told_by_its_first_bytes(samples: Path, name: str) -> None:
    plain = (samples / name).read_bytes()
    for content in (plain, gzip.compress(plain, 1)) if name.endswith(("sv", "jsonl")) else (plain,):
        with spooled_stdin(io.BytesIO(content)) as table:
            assert table.name == "<stdin>"
            assert column(table, "id") == SAMPLE["id"].to_pylist()


def test_stdin_may_be_told_its_format() -> None:
    with spooled_stdin(io.BytesIO(b"a,b\tc\n1\t2\n"), "tsv") as table:
        assert rows(table, {"a,b": TEXT, "c": TEXT}) == [{"a,b": "1", "c": "2"}]


def test_the_spooled_file_goes_on_every_way_out(tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))

    def interrupted(content: bytes, error: BaseException | None) -> None:
        with spooled_stdin(io.BytesIO(content)) as table:
            assert table.path.is_relative_to(tmp_path)
            assert table.path.exists()
            if error:
                raise error

    interrupted(b"a\n1\n", None)
    for error in (KeyboardInterrupt(), SystemExit(1), ValueError()):
        with pytest.raises(type(error)):
            interrupted(b"a\n1\n", error)
    with pytest.raises(UnreadableFileError):
        interrupted(b"PK\x03\x04", None)
    assert list(tmp_path.iterdir()) == []


def test_an_empty_stdin_is_an_empty_dataset() -> None:
    with pytest.raises(EmptyDatasetError, match="<stdin>: is empty\nhint: "), spooled_stdin(io.BytesIO()):
        pass


def test_no_room_for_stdin_is_told_as_that(monkeypatch: Any, tmp_path: Path) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "none"))
    with pytest.raises(OutputError, match="TMPDIR"), spooled_stdin(io.BytesIO(b"a")):
        pass


@pytest.mark.parametrize(
    ("start", "expected"),
    [
        (b"\xef\xbb\xbfid,label\n", "csv"),
        (b"id;label\n", "csv"),
        (b"label\n", "csv"),
        (b"\tlabel\n0\tcat\n", "tsv"),
        (b' \n\r\n {"a": 1}', "jsonl"),
        (b"\xff\xff\xff\xff\x10\x00", "arrow"),
        (b"ARROW1\x00\x00", "arrow"),
        (b"PAR1", "parquet"),
        (b"\x93NUMPY\x01\x00", "npy"),
    ],
)
def test_formats_are_sniffed(start: bytes, expected: str) -> None:
    assert sniff_format(start) == expected


@pytest.mark.parametrize(
    ("start", "what"), [(b"PK\x03\x04", "zip"), (b"[{}]", "JSON array"), (b"\x80\x04", "pickle")]
)
def test_foreign_formats_are_named(start: bytes, what: str) -> None:
    with pytest.raises(UnreadableFileError, match=what):
        sniff_format(start)
