"""Pictures and sounds of a page: small, drawn anew, and nothing else."""

from __future__ import annotations

import base64
import io
import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from labelaudit.previews import Media, Preview
from labelaudit.report.html.looks import Look, Looks
from labelaudit.report.html.thumbnails import thumbnail
from tests.report.values import SUSPECT, png


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF"])
def test_a_thumbnail_is_small_and_the_same_each_time(form: str) -> None:
    data = png((500, 100), form=form)
    address, width, height = thumbnail(data, side=100, most=3000) or ("", 0, 0)
    assert (width, height) == (100, 20)
    assert len(base64.b64decode(address.partition(",")[2])) <= 3000
    assert thumbnail(data, side=100, most=3000) == (address, width, height)


def test_a_tiny_picture_keeps_its_pixels() -> None:
    address, *size = thumbnail(png((8, 8)), side=100, most=3000) or ("", 0, 0)
    kept = Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2])))
    assert size == [8, 8]
    assert kept.tobytes() == Image.open(io.BytesIO(png((8, 8)))).convert("RGB").tobytes()


def test_numbers_beyond_8_bits_are_shown_from_the_least_to_the_largest() -> None:
    written = io.BytesIO()
    Image.fromarray(np.array([[1000, 2000], [3000, 5000]], dtype=np.uint16)).save(written, "PNG")
    address, *_ = thumbnail(written.getvalue(), side=10, most=1000) or ("", 0, 0)
    shown = np.asarray(Image.open(io.BytesIO(base64.b64decode(address.partition(",")[2]))))
    assert shown.tolist() == [[0, 63], [127, 255]]


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"no picture",
        png()[:60],
        b"%!PS-Adobe-3.0 EPSF-3.0\n",
        b"<svg xmlns='http://www.w3.org/2000/svg'/>",
    ],
    ids=["nothing", "text", "cut off", "a program", "mark-up"],
)
def test_what_is_no_picture_has_no_thumbnail(data: bytes) -> None:
    assert thumbnail(data, side=10, most=1000) is None


def test_a_picture_of_too_many_pixels_is_not_decoded(monkeypatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    assert thumbnail(png((11, 11)), side=10, most=1000) is None


@pytest.mark.parametrize("name", ["/dev/zero", "missing.png", "note.txt", "\0", "loop", "pipe", "x" * 5000])
def test_a_cell_that_names_no_picture_is_not_read(tmp_path: Path, name: str) -> None:
    (tmp_path / "note.txt").write_text("no picture")
    (tmp_path / "loop").symlink_to("loop")
    os.mkfifo(tmp_path / "pipe")
    preview = Preview(image=Media(name=name, place=f"{tmp_path}/{name}" if name[0] != "/" else name))
    look = Looks({SUSPECT.fingerprint: preview}, [tmp_path, Path("/dev")]).of(SUSPECT)
    assert look.picture is None
    assert len(look.notes) == 1
    assert len(look.notes[0]) < 200


def test_only_files_in_the_folders_of_the_dataset_are_read(tmp_path: Path) -> None:
    inside, outside = tmp_path / "data", tmp_path / "secret"
    inside.mkdir()
    outside.mkdir()
    (inside / "in.png").write_bytes(png())
    (outside / "out.png").write_bytes(png())
    (inside / "link.png").symlink_to(outside / "out.png")
    (inside / "folder").symlink_to(outside)

    def looked(name: str, *roots: Path) -> Look:
        preview = Preview(image=Media(name=name, place=os.path.join(inside, name)))
        return Looks({SUSPECT.fingerprint: preview}, roots).of(SUSPECT)

    assert looked("in.png", inside).picture is not None
    for name in ("../secret/out.png", "link.png", "folder/out.png", str(outside / "out.png")):
        look = looked(name, inside)
        assert look.picture is None
        assert "lies outside of the dataset's folders" in look.notes[0]
        assert looked(name, inside, outside).picture is not None


def test_a_sound_is_in_the_page_unless_it_is_large() -> None:
    wav = b"RIFF\x00\x00\x00\x00WAVEfmt "
    for size, expected in ((1_000, "data:audio/wav;base64,"), (300_000, "")):
        preview = Preview(audio=Media(name="a.wav", place=None, data=wav.ljust(size, b"\x00")))
        look = Looks({SUSPECT.fingerprint: preview}).of(SUSPECT)
        assert look.sound[:22] == expected
        assert bool(look.notes) == (not expected)
