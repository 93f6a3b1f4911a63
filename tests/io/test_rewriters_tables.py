"""Parquet and Arrow files are written anew with other labels; types, metadata and form stay."""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pyarrow import ipc

from labelaudit.errors import CorrectionError, LabelAuditError, UnreadableFileError
from labelaudit.io.rewriters import CellEdit, Change, Edits, Rewritten, preview, rewrite
from labelaudit.io.rewriters.arrow_form import compression

N = 20
FEATURES = {"info": {"features": {"label": {"names": ["cat", "dog", "bird"], "_type": "ClassLabel"}}}}
METADATA = {"huggingface": json.dumps(FEATURES), "pandas": '{"columns": []}', "other": "kept"}


def coded(index: pa.DataType, *, ordered: bool = False) -> pa.Array:
    """Labels as a dictionary that has an entry nobody uses, and is in no order."""
    codes = pa.array([0, 2] * (N // 2), index)
    return pa.DictionaryArray.from_arrays(codes, pa.array(["dog", "unused", "cat"]), ordered=ordered)


LABELS: dict[str, tuple[pa.Array, str, str]] = {  # the column, the label of row 3, another one
    "string": (pa.array(["dog", "cat"] * 10), "cat", "Öl"),
    "large_string": (pa.array(["dog", "cat"] * 10, pa.large_string()), "cat", "bird"),
    "binary": (pa.array([b"dog", b"cat"] * 10), "cat", "Öl"),
    "decimal texts": (pa.array(["0.0", "1.0"] * 10), "1", "2"),
    "int8": (pa.array([0, 1] * 10, pa.int8()), "1", "2"),
    "int64": (pa.array([0, 1] * 10), "1", "2"),
    "uint16": (pa.array([0, 1] * 10, pa.uint16()), "1", "65535"),
    "bool": (pa.array([False, True] * 10), "true", "false"),
    "float64": (pa.array([0.0, 1.0] * 10), "1", "2"),
    "float32": (pa.array([0.5, 0.1] * 10, pa.float32()), repr(float(np.float32(0.1))), "0.25"),
    "half": (pa.array(np.array([0.5, 1.5] * 10, np.float16)), "1.5", "2"),
    "decimal": (pa.array([1, 2] * 10).cast(pa.decimal128(21, 2)), "2.00", "3.50"),
    "date": (pa.array([0, 1] * 10, pa.int32()).cast(pa.date32()), "1970-01-02", "2020-02-29"),
    "dictionary": (coded(pa.int32()), "cat", "dog"),
    "dictionary, new entry": (coded(pa.int8()), "cat", "bird"),
    "dictionary, unused entry": (coded(pa.int16(), ordered=True), "cat", "unused"),
    "dictionary of numbers": (pa.array([3, 5] * 10).dictionary_encode(), "5", "7"),
    "string with nulls": (pa.array(["dog", "cat", None, "cat"] * 5), "cat", "dog"),
    "int with nulls": (pa.array([0, 1, None, 1] * 5), "1", "0"),
    "dictionary with nulls": (pa.array(["dog", "cat", None, "cat"] * 5).dictionary_encode(), "cat", "x"),
}


def sample(label: pa.Array) -> pa.Table:
    """A table with nested and other columns around the label."""
    table = pa.table(
        {
            "id": pa.array([f"r{i}" for i in range(N)]),
            "label": label,
            "lists": pa.array([[i, None] if i % 3 else None for i in range(N)], pa.list_(pa.float32())),
            "struct": pa.array([{"x": i, "y": {"z": str(i)}} for i in range(N)]),
            "words": pa.array(["a", "b", None, "a"] * 5).dictionary_encode(),
            "large": pa.array(["x" * i for i in range(N)], pa.large_string()),
            "time": pa.array(range(N), pa.timestamp("us", tz="UTC")),
        }
    )
    return table.replace_schema_metadata(METADATA)


def write_parquet(table: pa.Table, path: Path, **options: Any) -> None:
    pq.write_table(table, path, row_group_size=7, **options)


def write_arrow(table: pa.Table, path: Path, opened: Any = ipc.new_file, codec: str | None = None) -> None:
    options = ipc.IpcWriteOptions(compression=codec)
    with opened(path, table.schema, options=options) as writer:
        writer.write_table(table, max_chunksize=7)


def read(path: Path) -> pa.Table:
    if path.suffix == ".parquet":
        return pq.read_table(path)
    with path.open("rb") as stream:
        is_file = stream.read(6) == b"ARROW1"
    with pa.memory_map(str(path)) as content:
        return (ipc.open_file if is_file else ipc.open_stream)(content).read_all()


WRITERS: dict[str, Callable[[pa.Table, Path], None]] = {
    "a.parquet": write_parquet,
    "file.arrow": write_arrow,
    "stream.arrow": partial(write_arrow, opened=ipc.new_stream),
    "lz4.feather": partial(write_arrow, codec="lz4"),
    "zstd.arrow": partial(write_arrow, opened=ipc.new_stream, codec="zstd"),
}


def rewritten(folder: Path, name: str, table: pa.Table, edits: Edits) -> tuple[pa.Table, Rewritten]:
    """The new rows of a file, and what it was."""
    WRITERS[name](table, folder / name)
    former = rewrite(folder / name, folder / f"new-{name}", edits)
    return read(folder / f"new-{name}"), former


def again(folder: Path, name: str, edits: Edits) -> pa.Table:
    """The rows after edits of the new file."""
    rewrite(folder / f"new-{name}", folder / f"back-{name}", edits)
    return read(folder / f"back-{name}")


def assert_same(found: pa.Table, expected: pa.Table) -> None:
    """The same rows in the same types, with the same metadata; nan equals nan."""
    assert found.schema.equals(expected.schema, check_metadata=True)
    assert repr(found.to_pylist()) == repr(expected.to_pylist())


def relabelled(*cells: tuple[int, str, str], **more: Any) -> Edits:
    edits = tuple(CellEdit(row=row, old=old, new=new) for row, old, new in cells)
    return Edits(column="label", cells=edits, **more)


# --- labels of any type ------------------------------------------------------------------------


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("kind", LABELS)
def test_only_the_edited_labels_differ_and_the_former_ones_go_back(
    tmp_path: Path, name: str, kind: str
) -> None:
    label, old, new = LABELS[kind]
    table = sample(label)
    WRITERS[name](table, tmp_path / f"as-read-{name}")
    as_read = read(tmp_path / f"as-read-{name}")
    rows = (3, 7, 13, 19)
    found, former = rewritten(tmp_path, name, table, relabelled(*((row, old, new) for row in rows)))
    assert found.schema.equals(as_read.schema, check_metadata=True)
    assert found.drop_columns("label").equals(as_read.drop_columns("label"))
    expected = as_read["label"].to_pylist()
    values = {row: value for row, value in enumerate(found["label"].to_pylist()) if value != expected[row]}
    assert tuple(values) == rows
    assert len(set(values.values())) == 1
    back = tuple(
        CellEdit(row=row, old=new, new="", new_cell=cell)
        for row, cell in zip(rows, former.cells, strict=True)
    )
    assert_same(again(tmp_path, name, Edits(column="label", cells=back)), as_read)


@pytest.mark.parametrize("name", WRITERS)
def test_a_new_label_is_what_it_says(tmp_path: Path, name: str) -> None:
    for kind, value in {
        "binary": "Öl".encode(),
        "decimal texts": "2.0",
        "bool": False,
        "float32": 0.25,
        "float64": 2.0,
        "dictionary, new entry": "bird",
        "uint16": 65535,
    }.items():
        label, old, new = LABELS[kind]
        found, _ = rewritten(tmp_path, name, sample(label), relabelled((3, old, new)))
        assert found["label"][3].as_py() == value


@pytest.mark.parametrize("name", ["file.arrow", "stream.arrow", "lz4.feather"])
def test_a_dictionary_keeps_its_entries_and_gets_the_new_ones_behind(tmp_path: Path, name: str) -> None:
    found, _ = rewritten(
        tmp_path, name, sample(coded(pa.int8())), relabelled((1, "cat", "bird"), (15, "cat", "Öl"))
    )
    assert {tuple(chunk.dictionary.to_pylist()) for chunk in found["label"].chunks} == {
        ("dog", "unused", "cat", "bird", "Öl")
    }


@pytest.mark.parametrize("name", WRITERS)
def test_a_full_dictionary_is_an_error(tmp_path: Path, name: str) -> None:
    entries = pa.array([f"c{i}" for i in range(128)])
    label = pa.DictionaryArray.from_arrays(pa.array(range(N), pa.int8()), entries)
    found, _ = rewritten(tmp_path, name, sample(label), relabelled((3, "c3", "c127")))
    assert found["label"][3].as_py() == "c127"
    with pytest.raises(CorrectionError, match="no room for 'new': its index is int8"):
        rewritten(tmp_path, name, sample(label), relabelled((3, "c3", "new")))


# --- rows and columns --------------------------------------------------------------------------

MANY_ROWS = [(0,), (19,), (6, 7), tuple(range(7)), (2, 3, 8, 13, 14), tuple(range(20))]


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize("dropped", MANY_ROWS)
@pytest.mark.parametrize("kind", ["string", "dictionary, new entry", "dictionary with nulls", "int8"])
def test_dropped_rows_go_back_to_where_they_were(
    tmp_path: Path, name: str, dropped: tuple[int, ...], kind: str
) -> None:
    table = sample(LABELS[kind][0])
    found, former = rewritten(tmp_path, name, table, Edits(column="label", dropped=dropped))
    kept = [row for row in range(N) if row not in dropped]
    WRITERS[name](table, tmp_path / name)
    as_read = read(tmp_path / name)
    assert_same(found, as_read.take(pa.array(kept, pa.int64())))
    restored = Edits(column="label", restored=tuple(zip(dropped, former.dropped, strict=True)))
    assert_same(again(tmp_path, name, restored), as_read)


@pytest.mark.parametrize("name", WRITERS)
def test_a_column_that_is_added_holds_its_values_and_can_be_taken_away(tmp_path: Path, name: str) -> None:
    table = sample(LABELS["string"][0])
    edits = Edits(column="label", added_column="was", added={0: "cat", 19: "Öl"})
    found, _ = rewritten(tmp_path, name, table, edits)
    assert found["was"].to_pylist() == ["cat", *[None] * 18, "Öl"]
    assert found.schema.metadata == read(tmp_path / name).schema.metadata
    assert_same(again(tmp_path, name, Edits(column="label", removed_column="was")), read(tmp_path / name))


@pytest.mark.parametrize("name", WRITERS)
def test_all_at_once_is_undone_at_once(tmp_path: Path, name: str) -> None:
    label, old, new = LABELS["dictionary, new entry"]
    edits = relabelled((3, old, new), (9, old, new), dropped=(1, 6, 19), added_column="was", added={3: old})
    found, former = rewritten(tmp_path, name, sample(label), edits)
    assert found["was"].to_pylist() == [None, None, old, *[None] * 14]
    back = Edits(
        column="label",
        cells=tuple(
            CellEdit(row=row, old=new, new="", new_cell=cell)
            for row, cell in zip((2, 7), former.cells, strict=True)
        ),
        restored=tuple(zip((1, 6, 19), former.dropped, strict=True)),
        removed_column="was",
    )
    assert_same(again(tmp_path, name, back), read(tmp_path / name))


@pytest.mark.parametrize("name", WRITERS)
def test_a_preview_tells_the_labels(tmp_path: Path, name: str) -> None:
    WRITERS[name](sample(LABELS["string"][0]), tmp_path / name)
    everything = rewrite(tmp_path / name, tmp_path / "no", Edits(column="label", dropped=(0, 19)))
    edits = relabelled((3, "cat", "bird"), dropped=(8,), added_column="was", added={1: "x"})
    assert list(preview(tmp_path / name, edits)) == [
        Change(row=3, line=None, before="cat", after="bird"),
        Change(row=8, line=None, before="dog", after=None),
    ]
    edits = Edits(column="label", restored=((0, everything.dropped[0]), (21, everything.dropped[1])))
    assert list(preview(tmp_path / name, edits)) == [
        Change(row=0, line=None, before="", after="dog"),
        Change(row=21, line=None, before="", after="cat"),
    ]


# --- the form of a Parquet file ----------------------------------------------------------------

LISTS = "lists.list.element"
FORMS: dict[str, dict[str, Any]] = {
    "defaults": {},
    "codecs": {"compression": {"id": "zstd", "label": "snappy", LISTS: "gzip", "large": "none"}},
    "plain": {"compression": "none", "use_dictionary": False, "write_statistics": False},
    "some": {"use_dictionary": ["label", "struct.x"], "write_statistics": ["id", LISTS]},
    "pages": {"data_page_version": "2.0", "write_page_index": True, "compression": "lz4"},
    "version 1.0": {"version": "1.0"},
    "version 2.4": {"version": "2.4"},
    "old lists": {"use_compliant_nested_type": False},
    "no schema": {"store_schema": False},
    "int96": {"use_deprecated_int96_timestamps": True},
    "encodings": {
        "use_dictionary": False,
        "column_encoding": {
            "id": "DELTA_BYTE_ARRAY",
            LISTS: "BYTE_STREAM_SPLIT",
            "time": "DELTA_BINARY_PACKED",
        },
    },
}


def form(path: Path) -> list[Any]:
    """What footer and pages tell, but for sizes."""
    metadata = pq.read_metadata(path)
    found: list[Any] = [
        metadata.format_version,
        sorted(metadata.metadata or {}),
        str(metadata.schema).splitlines()[1:],
    ]
    content = path.read_bytes()
    for number in range(metadata.num_row_groups):
        group = metadata.row_group(number)
        found.append(group.num_rows)
        for place in range(group.num_columns):
            column = group.column(place)
            facts = ("path_in_schema", "physical_type", "compression", "encodings", "has_dictionary_page")
            indexes = ("is_stats_set", "has_offset_index", "has_column_index")
            found += [getattr(column, fact) for fact in (*facts, *indexes)]
            found.append(content[column.data_page_offset :][:2])
    return found


@pytest.mark.parametrize("name", FORMS)
def test_a_parquet_file_keeps_its_form(tmp_path: Path, name: str) -> None:
    path, target = tmp_path / "a.parquet", tmp_path / "b.parquet"
    write_parquet(sample(LABELS["string"][0]), path, **FORMS[name])
    rewrite(path, target, relabelled((3, "cat", "dog")))
    assert form(target) == form(path)
    assert read(target).schema.equals(read(path).schema, check_metadata=True)


def test_a_parquet_file_without_rows_stays_one(tmp_path: Path) -> None:
    path, target = tmp_path / "a.parquet", tmp_path / "b.parquet"
    pq.write_table(sample(LABELS["string"][0]).slice(0, 0), path)
    rewrite(path, target, Edits(column="label"))
    assert_same(read(target), read(path))


def test_required_columns_and_field_ids_stay(tmp_path: Path) -> None:
    ids = pa.field("id", pa.int64(), nullable=False, metadata={"PARQUET:field_id": "7", "note": "x"})
    schema = pa.schema([ids, pa.field("label", pa.string(), nullable=False)])
    path, target = tmp_path / "a.parquet", tmp_path / "b.parquet"
    pq.write_table(pa.table([[1, 2], ["cat", "dog"]], schema=schema), path)
    rewrite(path, target, relabelled((0, "cat", "dog")))
    assert form(target) == form(path)
    assert read(target).schema.equals(read(path).schema, check_metadata=True)


def test_names_with_points_and_doubled_ones_are_no_matter(tmp_path: Path) -> None:
    table = pa.table([["x"], ["cat"], [1], [2]], names=["a.b", "the.label", "c", "c"])
    path, target = tmp_path / "a.parquet", tmp_path / "b.parquet"
    pq.write_table(table, path, compression={"a.b": "zstd", "the.label": "gzip"})
    edits = Edits(column="the.label", cells=(CellEdit(row=0, old="cat", new="dog"),))
    assert list(preview(path, edits)) == [Change(row=0, line=None, before="cat", after="dog")]
    rewrite(path, target, edits)
    assert form(target) == form(path)
    assert pq.ParquetFile(target).read().column(1).to_pylist() == ["dog"]


# --- the form of an Arrow file -----------------------------------------------------------------


@pytest.mark.parametrize("opened", [ipc.new_file, ipc.new_stream])
@pytest.mark.parametrize("codec", [None, "lz4", "zstd"])
def test_an_arrow_file_keeps_its_form(tmp_path: Path, opened: Any, codec: str | None) -> None:
    table = sample(LABELS["dictionary"][0])
    path, target = tmp_path / "a.arrow", tmp_path / "b.arrow"
    write_arrow(table, path, opened, codec)
    rewrite(path, target, relabelled((3, "cat", "dog")))
    found = target.read_bytes()
    assert (found[:6] == b"ARROW1") == (opened is ipc.new_file)
    assert compression(pa.py_buffer(found[8:] if opened is ipc.new_file else found)) == codec
    assert [len(chunk) for chunk in read(target)["id"].chunks] == [7, 7, 6]
    write_arrow(read(target), path, opened, codec)
    assert target.read_bytes() == path.read_bytes()


def test_metadata_of_batches_and_of_the_file_stay(tmp_path: Path) -> None:
    table = sample(LABELS["string"][0])
    path, target = tmp_path / "a.arrow", tmp_path / "b.arrow"
    with ipc.new_file(path, table.schema, metadata={"made": "by hand"}) as writer:
        for number, batch in enumerate(table.to_batches(max_chunksize=7)):
            writer.write_batch(batch, custom_metadata={"number": str(number)})
    rewrite(path, target, relabelled((3, "cat", "dog")))
    reader = ipc.open_file(target)
    assert dict(reader.metadata) == {b"made": b"by hand"}
    found = [reader.get_batch_with_custom_metadata(number)[1] for number in range(3)]
    assert [dict(metadata) for metadata in found] == [{b"number": b"0"}, {b"number": b"1"}, {b"number": b"2"}]


def test_a_stream_whose_dictionary_changes_stays_one(tmp_path: Path) -> None:
    path, target = tmp_path / "a.arrow", tmp_path / "b.arrow"
    batches = [
        pa.record_batch([pa.array(labels).dictionary_encode()], ["label"])
        for labels in (["cat", "dog"], ["dog", "bird"], ["Öl"])
    ]
    with ipc.new_stream(path, batches[0].schema) as writer:
        for batch in batches:
            writer.write_batch(batch)
    rewrite(path, target, relabelled((0, "cat", "bird"), (3, "bird", "fish")))
    assert read(target)["label"].to_pylist() == ["bird", "dog", "dog", "fish", "Öl"]


@pytest.mark.parametrize("opened", [ipc.new_file, ipc.new_stream])
def test_rows_go_back_into_an_arrow_file_without_batches(tmp_path: Path, opened: Any) -> None:
    table = sample(LABELS["dictionary"][0])
    path, empty, target = tmp_path / "a.arrow", tmp_path / "b.arrow", tmp_path / "c.arrow"
    write_arrow(table, path, opened)
    text = rewrite(path, target, Edits(column="label", dropped=(3,))).dropped[0]
    with opened(empty, table.schema):
        pass
    rewrite(empty, target, Edits(column="label", restored=((0, text),)))
    assert_same(read(target), read(path).slice(3, 1))


# --- what does not fit -------------------------------------------------------------------------


@pytest.mark.parametrize("name", WRITERS)
@pytest.mark.parametrize(
    ("kind", "row", "old", "new", "says"),
    [
        ("string", 3, "dog", "x", "is 'cat'; 'dog' was expected"),
        ("string with nulls", 2, "dog", "x", "the label is missing; 'dog'"),
        ("int8", 3, "1", "128", "'128' is no value of type int8"),
        ("int8", 3, "1", "cat", "'cat' is no value of type int8"),
        ("bool", 3, "true", "cat", "'cat' is no value of type bool"),
        ("float64", 3, "1", "cat", "'cat' is no value of type double"),
        ("dictionary of numbers", 3, "5", "cat", "'cat' is no value of type int64"),
        ("string", 20, "cat", "x", "row 20: is not there: the file has 20 rows"),
    ],
)
def test_a_label_that_does_not_fit_is_an_error_that_says_where(
    tmp_path: Path, name: str, kind: str, row: int, old: str, new: str, says: str
) -> None:
    edits = relabelled((row, old, new))
    with pytest.raises(CorrectionError) as caught:
        rewritten(tmp_path, name, sample(LABELS[kind][0]), edits)
    assert says in str(caught.value)
    assert caught.value.row == row
    with pytest.raises(CorrectionError) as caught:
        list(preview(tmp_path / name, edits))
    assert says in str(caught.value)


@pytest.mark.parametrize("name", WRITERS)
def test_a_row_of_another_table_is_not_put_back(tmp_path: Path, name: str) -> None:
    _, former = rewritten(tmp_path, name, sample(LABELS["int8"][0]), Edits(column="label", dropped=(0,)))
    for text, says in {
        former.dropped[0]: "other columns than the file",
        "?": "is damaged",
        "": "is damaged",
    }.items():
        with pytest.raises(CorrectionError, match=says):
            rewritten(
                tmp_path, name, sample(LABELS["string"][0]), Edits(column="label", restored=((0, text),))
            )


@pytest.mark.parametrize("name", WRITERS)
def test_a_damaged_file_is_an_error_that_names_it(tmp_path: Path, name: str) -> None:
    WRITERS[name](sample(LABELS["string"][0]), tmp_path / name)
    content = bytearray((tmp_path / name).read_bytes())
    content[len(content) // 4 : len(content) // 2] = bytes(len(content) // 2 - len(content) // 4)
    (tmp_path / name).write_bytes(content)
    with pytest.raises(UnreadableFileError) as caught:
        rewrite(tmp_path / name, tmp_path / "new", relabelled((3, "cat", "dog")))
    assert caught.value.file == str(tmp_path / name)


@pytest.mark.parametrize("name", WRITERS)
def test_a_full_disk_stays_an_error_of_the_system(tmp_path: Path, name: str) -> None:
    full = Path("/dev/full")
    if not full.exists():
        pytest.skip("there is no /dev/full here")
    WRITERS[name](sample(LABELS["string"][0]), tmp_path / name)
    with pytest.raises(OSError, match="space") as caught:
        rewrite(tmp_path / name, full, relabelled((3, "cat", "dog")))
    assert not isinstance(caught.value, LabelAuditError)
