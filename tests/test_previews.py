"""Previews: what rows show, read again from whatever files hold them, if they are still the same rows."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import labelaudit
from labelaudit import Audit, InputOptions
from labelaudit.errors import (
    AmbiguousInputError,
    ColumnNotFoundError,
    DataError,
    IdError,
    LabelError,
    ShapeError,
    UnreadableFileError,
)
from labelaudit.previews import Media, Preview, media_type, previews_of
from tests.builders import Sample, audit_paths, honest_sample, write

PNG = b"\x89PNG\r\n\x1a\n"
DIGITS = Path("sample_data/digits")


def texts_of(n_rows: int) -> list[str]:
    return [f'"row" {i}, <b>\n☃' for i in range(n_rows)]


def table_of(sample: Sample) -> pa.Table:
    """Ids, labels, probabilities, texts and two more columns of the item."""
    n_rows = len(sample.ids)
    return (
        sample.table()
        .append_column("text", pa.array(texts_of(n_rows)))
        .append_column("colour", pa.array([f"c{i % 3}" for i in range(n_rows)]))
        .append_column("weight", pa.array([i / 2 for i in range(n_rows)]))
    )


def previews(audit: Audit, **how: object) -> dict[str, Preview]:
    """Those of all suspects, by id."""
    found = list(audit.suspects())
    by_print = previews_of(found, audit, **how)  # type: ignore[arg-type]
    assert list(by_print) == [suspect.fingerprint for suspect in found]
    return {suspect.id: by_print[suspect.fingerprint] for suspect in found}


def pictures(ids: list[str], **more: pa.Array) -> pa.Table:
    """A table of ids and pictures as Hugging Face keeps them."""
    cells = [{"bytes": PNG + name.encode(), "path": f"{name}.png"} for name in ids]
    kind = pa.struct({"bytes": pa.binary(), "path": pa.string()})
    return pa.table({"id": ids, **more, "image": pa.array(cells, kind)})


# --- what is read ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["d.parquet", "d.csv", "d.jsonl", "d.arrow"])
def test_every_format_shows_the_same(tmp_path: Path, name: str) -> None:
    audit = audit_paths(write(tmp_path / name, table_of(honest_sample())))
    found = previews(audit)
    assert len(found) > 5
    texts = texts_of(300)
    for row_id, preview in found.items():
        row = int(row_id[1:])
        assert preview.text == texts[row]
        assert preview.columns["colour"] == f"c{row % 3}"
        assert float(preview.columns["weight"] or "nan") == row / 2
        assert list(preview.columns) == ["colour", "weight"]


def test_probabilities_embeddings_and_notes_describe_no_item(tmp_path: Path) -> None:
    table = table_of(honest_sample())
    table = table.append_column("embedding", pa.array([[0.0, float(i)] for i in range(300)]))
    table = table.append_column("labelaudit_ignore", pa.array(["no"] * 300))
    table = table.append_column("thumbnail", pa.array([b"\xff"] * 300))
    audit = audit_paths(write(tmp_path / "d.parquet", table), rank_by="self-confidence")
    assert {tuple(preview.columns) for preview in previews(audit).values()} == {("colour", "weight")}


def test_a_row_group_in_the_middle_is_read(tmp_path: Path) -> None:
    pq.write_table(table_of(honest_sample()), tmp_path / "d.parquet", row_group_size=7)
    audit = audit_paths(tmp_path / "d.parquet")
    texts = texts_of(300)
    assert all(preview.text == texts[int(row_id[1:])] for row_id, preview in previews(audit).items())


def test_only_what_is_wanted_is_read(tmp_path: Path) -> None:
    audit = audit_paths(write(tmp_path / "d.parquet", table_of(honest_sample())))
    assert all(p.text is None and p.columns for p in previews(audit, wanted=["columns"]).values())
    assert all(p.text is not None and not p.columns for p in previews(audit, wanted=["text"]).values())


def test_a_loaded_audit_shows_what_the_fresh_one_does(tmp_path: Path) -> None:
    sample = honest_sample()
    table = sample.list_table().append_column("said", pa.array(texts_of(300)))
    options = InputOptions(classes=sample.classes, text_col="said")
    audit = audit_paths(write(tmp_path / "d.jsonl", table), options=options)
    labelaudit.save_audit(audit, tmp_path / "out")
    assert previews(labelaudit.load_audit(tmp_path / "out")) == previews(audit)
    assert next(iter(previews(audit).values())).text


def test_no_suspects_need_no_files(tmp_path: Path) -> None:
    audit = audit_paths(write(tmp_path / "d.parquet", table_of(honest_sample())))
    (tmp_path / "d.parquet").unlink()
    assert previews_of([], audit) == {}


def test_several_label_files_are_read_each_once(tmp_path: Path) -> None:
    table = table_of(honest_sample())
    for i in range(3):
        write(tmp_path / f"part-{i}.csv", table.slice(100 * i, 100))
    audit = audit_paths(tmp_path)
    texts = texts_of(300)
    assert len({suspect.file for suspect in audit.suspects()}) == 3
    assert all(preview.text == texts[int(row_id[1:])] for row_id, preview in previews(audit).items())


# --- labels as the audit takes them ----------------------------------------------------------------------

BY_POSITION = {"cat": 0, "dog": 1, "owl": 2}


def with_class_label(table: pa.Table) -> pa.Table:
    features = '{"info": {"features": {"label": {"names": ["cat", "dog", "owl"], "_type": "ClassLabel"}}}}'
    return table.replace_schema_metadata({"huggingface": features})


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".jsonl"])
@pytest.mark.parametrize("kind", [int, float])
def test_labels_by_position_are_the_same_labels(tmp_path: Path, suffix: str, kind: type) -> None:
    sample = honest_sample()
    numbered = sample.but(labels=tuple(kind(BY_POSITION[label]) for label in sample.labels))
    audit = audit_paths(write(tmp_path / f"d{suffix}", table_of(numbered)))
    assert {suspect.given_label for suspect in audit.suspects()} <= set(BY_POSITION)
    assert len(previews(audit)) == audit.summary.n_suspects > 5


def test_labels_named_by_the_schema_are_the_same_labels(tmp_path: Path) -> None:
    sample = honest_sample()
    numbered = sample.but(labels=tuple(BY_POSITION[label] for label in sample.labels))
    audit = audit_paths(write(tmp_path / "d.parquet", with_class_label(numbered.list_table())))
    assert {suspect.given_label for suspect in audit.suspects()} <= set(BY_POSITION)
    assert len(previews(audit)) > 5


@pytest.mark.parametrize("classes", [("false", "true"), ("False", "True"), ("0", "1")])
def test_truth_values_are_the_same_labels(tmp_path: Path, classes: tuple[str, str]) -> None:
    sample = honest_sample(classes=classes)
    labelled = sample.but(labels=tuple(label == classes[1] for label in sample.labels))
    audit = audit_paths(write(tmp_path / "d.parquet", labelled.table()))
    assert len(previews(audit)) > 5


def test_class_names_that_are_numbers_in_another_order_are_told_apart(tmp_path: Path) -> None:
    sample = honest_sample(classes=("1", "0"))
    path = write(tmp_path / "d.csv", sample.table())
    audit = audit_paths(path)
    assert previews(audit)
    flipped = sample.but(labels=tuple("10"[int(label)] for label in sample.labels))
    write(path, flipped.table())
    with pytest.raises(LabelError):
        previews(audit)


# --- rows that are not those of the audit ----------------------------------------------------------------


def audited(tmp_path: Path, suffix: str = ".csv") -> tuple[Audit, Path, Sample]:
    sample = honest_sample()
    path = write(tmp_path / f"d{suffix}", table_of(sample))
    return audit_paths(path), path, sample


def test_a_file_that_is_gone_is_named(tmp_path: Path) -> None:
    audit, path, _ = audited(tmp_path)
    path.unlink()
    with pytest.raises(UnreadableFileError, match="not there any more") as caught:
        previews(audit)
    assert caught.value.file == path.as_posix()
    assert "scan again" in (caught.value.hint or "")


@pytest.mark.parametrize("suffix", [".csv", ".parquet", ".jsonl"])
def test_a_row_beyond_the_end_is_named(tmp_path: Path, suffix: str) -> None:
    audit, path, sample = audited(tmp_path, suffix)
    write(path, table_of(sample).slice(0, 20))
    with pytest.raises(ShapeError, match="fewer rows") as caught:
        previews(audit)
    assert (caught.value.row or 0) >= 20
    assert "scan again" in (caught.value.hint or "")


def test_another_label_is_named_with_its_line(tmp_path: Path) -> None:
    audit, path, sample = audited(tmp_path)
    worst = next(audit.suspects())
    write(path, table_of(sample.with_labels({worst.row: worst.suggested_label})))
    said = f"the label is '{worst.suggested_label}' and was '{worst.given_label}'"
    with pytest.raises(LabelError, match=said) as caught:
        previews(audit)
    assert (caught.value.row, caught.value.line) == (worst.row, worst.line)
    assert "scan again" in (caught.value.hint or "")


def test_a_label_that_is_gone_is_told(tmp_path: Path) -> None:
    audit, path, sample = audited(tmp_path)
    write(path, table_of(sample.with_labels({next(audit.suspects()).row: None})))
    with pytest.raises(LabelError, match="the label is gone"):
        previews(audit)


def test_moved_rows_are_noticed_by_their_ids(tmp_path: Path) -> None:
    audit, path, sample = audited(tmp_path)
    write(path, table_of(sample.take(np.roll(np.arange(300), 3))))
    with pytest.raises(IdError, match=r"the id is '.*' and was '.*'"):
        previews(audit)


def test_without_ids_the_whole_file_must_be_the_same(tmp_path: Path) -> None:
    table = table_of(honest_sample()).drop_columns(["id"])
    path = write(tmp_path / "d.csv", table)
    audit = audit_paths(path)
    assert previews(audit)
    texts = pa.array([*texts_of(300)[1:], "moved"])
    write(path, table.set_column(table.schema.get_field_index("text"), "text", texts))
    with pytest.raises(DataError, match="has changed since the audit"):
        previews(audit)


def test_other_columns_are_told(tmp_path: Path) -> None:
    audit, path, sample = audited(tmp_path)
    write(path, table_of(sample).drop_columns(["label"]))
    with pytest.raises(UnreadableFileError, match="columns are not those"):
        previews(audit)


def test_standard_input_is_gone(tmp_path: Path) -> None:
    path = write(tmp_path / "d.csv", table_of(honest_sample()))
    with labelaudit.open_dataset(["-"], stdin=io.BytesIO(path.read_bytes())) as dataset:
        audit = labelaudit.audit(dataset)
        with pytest.raises(UnreadableFileError, match="standard input"):
            previews(audit)


# --- pictures and sounds ---------------------------------------------------------------------------------


def test_pictures_in_a_table_of_their_own_are_joined_by_id() -> None:
    audit = audit_paths(DIGITS)
    table = pq.read_table(DIGITS / "images.parquet").to_pylist()
    wanted = {row["id"]: row["image"] for row in table}
    found = previews(audit)
    assert len(found) > 90
    for row_id, preview in found.items():
        assert preview.image is not None
        assert preview.image.embedded
        assert (preview.image.read(), preview.image.name) == (
            wanted[row_id]["bytes"],
            wanted[row_id]["path"],
        )


def test_pictures_of_a_table_are_unpacked_to_files(tmp_path: Path) -> None:
    audit = audit_paths(DIGITS)
    suspects = list(audit.suspects(5))
    found = previews_of(suspects, audit, unpack=tmp_path)
    for suspect in suspects:
        image = found[suspect.fingerprint].image
        assert image is not None
        assert image.data is None
        assert Path(image.place or "") == tmp_path / "image" / f"{suspect.fingerprint}.png"
        assert image.read().startswith(PNG)


def beside(tmp_path: Path, sample: Sample, *tables: pa.Table) -> Audit:
    """Labels with tables of pictures in their folder."""
    labels = write(tmp_path / "labels.csv", sample.table())
    for i, table in enumerate(tables):
        write(tmp_path / f"images-{i}.parquet", table)
    return audit_paths(labels)


def test_shards_of_pictures_in_any_order_are_joined(tmp_path: Path) -> None:
    sample = honest_sample()
    ids = list(sample.ids)
    found = previews(beside(tmp_path, sample, pictures(ids[200:]), pictures(ids[:200][::-1])))
    assert all(p.image and p.image.read() == PNG + row_id.encode() for row_id, p in found.items())


def test_rows_without_a_picture_show_none(tmp_path: Path) -> None:
    sample = honest_sample()
    found = previews(beside(tmp_path, sample, pictures(["r0", "stranger"])))
    assert {row_id for row_id, p in found.items() if p.image} <= {"r0"}


def test_an_id_with_two_pictures_is_refused(tmp_path: Path) -> None:
    sample = honest_sample()
    ids = list(sample.ids)
    with pytest.raises(AmbiguousInputError, match="has two cells of 'image'"):
        previews(beside(tmp_path, sample, pictures(ids), pictures(ids)))


def test_the_same_id_in_two_splits_has_the_picture_of_its_split(tmp_path: Path) -> None:
    sample = honest_sample()
    half = sample.but(ids=tuple(f"r{i % 150}" for i in range(300)))
    split = pa.array(["train"] * 150 + ["test"] * 150)
    labels = write(tmp_path / "labels.csv", half.table().append_column("split", split))
    ids = [f"r{i % 150}" for i in range(300)]
    images = pictures(ids, split=split)
    cells = [{"bytes": PNG + f"{i}".encode(), "path": None} for i in range(300)]
    images = images.set_column(2, "image", pa.array(cells, images.schema.field("image").type))
    write(tmp_path / "images.parquet", images)
    audit = audit_paths(labels)
    suspects = list(audit.suspects())
    found = previews_of(suspects, audit)
    assert {suspect.split for suspect in suspects} == {"train", "test"}
    for suspect in suspects:
        image = found[suspect.fingerprint].image
        assert image is not None
        assert image.read() == PNG + f"{suspect.row}".encode()


def test_tables_that_are_none_of_ours_are_passed_over(tmp_path: Path) -> None:
    """A damaged file, another dataset with labels of its own, one without ids, an array."""
    sample = honest_sample()
    ids = list(sample.ids)
    (tmp_path / "broken.parquet").write_bytes(b"PAR1 and no more")
    write(tmp_path / "other.parquet", pictures(ids).append_column("label", pa.array(["x"] * 300)))
    write(tmp_path / "nameless.parquet", pictures(ids).drop_columns(["id"]))
    np.save(tmp_path / "image.npy", np.zeros((300, 2)))
    assert all(preview.image is None for preview in previews(beside(tmp_path, sample)).values())


def test_a_named_file_is_found_beside_the_table_or_from_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("data/pics").mkdir(parents=True)
    Path("data/pics/a.png").write_bytes(PNG)
    Path("b.png").write_bytes(PNG)
    cells = ["pics/a.png", "b.png", "https://example.org/c.png", "data:image/png;base64,AA==", "gone.png", ""]
    sample = honest_sample(noise_rate=0.3)
    table = sample.table().append_column("image", pa.array([cells[i % 6] for i in range(300)]))
    found = previews(audit_paths(write(Path("data/d.csv"), table)))
    places = {int(row_id[1:]) % 6: preview.image and preview.image.place for row_id, preview in found.items()}
    assert places == dict(enumerate(["data/pics/a.png", *cells[1:4], "data/gone.png", None]))
    addresses = {
        preview.image.place for preview in found.values() if preview.image and preview.image.is_address
    }
    assert addresses == set(cells[2:4])


@pytest.mark.parametrize("cell", ["x" * 5000, "nul\0nul", "../" * 40 + "etc/none"])
def test_a_cell_that_can_be_no_file_is_kept_as_it_is(tmp_path: Path, cell: str) -> None:
    table = honest_sample().table().append_column("image_path", pa.array([cell] * 300))
    found = previews(audit_paths(write(tmp_path / "d.parquet", table)))
    assert {preview.image and preview.image.name for preview in found.values()} == {cell}


def test_sounds_and_plain_bytes_are_media_too(tmp_path: Path) -> None:
    wav = b"RIFF\x00\x00\x00\x00WAVEfmt "
    table = honest_sample().table().append_column("audio", pa.array([wav] * 300))
    found = previews(audit_paths(write(tmp_path / "d.parquet", table)), unpack=tmp_path)
    assert all(p.audio and Path(p.audio.place or "").suffix == ".wav" for p in found.values())


def test_a_column_may_be_named_later(tmp_path: Path) -> None:
    table = honest_sample().table().append_column("photo", pa.array([f"{i}.png" for i in range(300)]))
    audit = audit_paths(write(tmp_path / "d.csv", table))
    assert all(preview.image is None for preview in previews(audit).values())
    named = previews(audit, named={"image_col": "photo"})
    assert all(p.image and p.image.name == f"{row_id[1:]}.png" for row_id, p in named.items())
    with pytest.raises(ColumnNotFoundError, match=r"no table has a column 'foto' \(--image-col\)"):
        previews(audit, named={"image_col": "foto"})


def test_the_id_may_be_the_picture(tmp_path: Path) -> None:
    sample = honest_sample()
    table = sample.table().rename_columns(["file_name", *sample.table().column_names[1:]])
    audit = audit_paths(write(tmp_path / "d.csv", table), options=InputOptions(image_col="file_name"))
    assert all(p.image and p.image.name == row_id for row_id, p in previews(audit).items())


def test_a_picture_that_is_gone_is_an_error_when_it_is_read() -> None:
    with pytest.raises(labelaudit.errors.LabelAuditError, match=r"nowhere\.png"):
        Media(name="nowhere.png", place="nowhere.png").read()


@pytest.mark.parametrize(
    ("data", "name", "kind"),
    [
        (b"\xff\xd8\xff\xe0", "a.png", ("image/jpeg", ".jpg")),
        (b"GIF89a", None, ("image/gif", ".gif")),
        (b"RIFF\0\0\0\0WEBPVP8 ", None, ("image/webp", ".webp")),
        (b"RIFF\0\0\0\0AVI ", None, ("application/octet-stream", ".bin")),
        (b"<svg xmlns=''>", None, ("image/svg+xml", ".svg")),
        (b"", "a.b/../../../x", ("application/octet-stream", ".bin")),
        (b"??", "x.<b>", ("application/octet-stream", ".bin")),
        (b"??", "x.tga", ("application/octet-stream", ".tga")),
    ],
)
def test_the_first_bytes_tell_what_it_is(data: bytes, name: str | None, kind: tuple[str, str]) -> None:
    assert media_type(data, name) == kind


def test_pictures_deep_in_the_scanned_folder_are_found(tmp_path: Path) -> None:
    sample = honest_sample()
    write(tmp_path / "data" / "labels.csv", sample.table())
    write(tmp_path / "data" / "media" / "images.parquet", pictures(list(sample.ids)))
    write(tmp_path / "data" / ".cache" / "images.parquet", pictures(list(sample.ids)))
    found = previews(audit_paths(tmp_path / "data"))
    assert all(p.image and p.image.read() == PNG + row_id.encode() for row_id, p in found.items())
    alone = previews(audit_paths(tmp_path / "data" / "labels.csv"))
    assert all(preview.image is None for preview in alone.values())
