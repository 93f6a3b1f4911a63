"""Pictures made small enough to be part of a page: drawn anew, so that nothing else comes along."""

from __future__ import annotations

import base64
import warnings
from io import BytesIO

from PIL import Image, ImageOps

FORMATS = ("PNG", "JPEG", "WEBP", "GIF", "BMP", "TIFF")  # of those Pillow knows, no one calls a program
QUALITIES = (72, 50, 30)
TINY = 48
"""Pictures up to this many pixels wide and high lose nothing: each of their pixels counts."""


def thumbnail(data: bytes, side: int, most: int) -> tuple[str, int, int] | None:
    """Make a picture small.

    Args:
        data: a picture in one of `FORMATS`.
        side: pixels that it may be wide and high at most; smaller ones are not made larger.
        most: bytes that it may take, before they are written as text.

    Returns:
        A `data:` address, and the width and height in pixels; None where `data` is no such picture.

    Example:
        >>> picture = BytesIO()
        >>> Image.new("RGB", (400, 300), "teal").save(picture, "PNG")
        >>> address, width, height = thumbnail(picture.getvalue(), side=100, most=2000)
        >>> address[:23], width, height
        ('data:image/webp;base64,', 100, 75)
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            warnings.simplefilter("ignore", UserWarning)  # broken notes of a camera do not hurt
            with Image.open(BytesIO(data), formats=FORMATS) as image:
                image.draft("RGB", (2 * side, 2 * side))  # a large JPEG is decoded at a fraction of its size
                small = _plain(ImageOps.exif_transpose(image))
            small.thumbnail((side, side), Image.Resampling.LANCZOS)
            return _address(small, most)
    except Exception:  # a damaged picture may raise anything within Pillow
        return None


def _plain(image: Image.Image) -> Image.Image:
    """In colours that every browser shows; of numbers beyond 8 bits, from the least to the largest."""
    if image.mode in ("I", "F") or image.mode.startswith("I;16"):
        numbers = image.convert("F")
        low, high = numbers.getextrema()
        assert isinstance(low, float)
        assert isinstance(high, float)
        scale = 255 / (high - low or 1.0)
        return numbers.point(lambda value: value * scale - low * scale).convert("L")
    see_through = image.mode in ("LA", "PA", "RGBA", "RGBa", "La") or "transparency" in image.info
    return image.convert("RGBA" if see_through else "RGB")


def _address(image: Image.Image, most: int) -> tuple[str, int, int]:
    if max(image.size) <= TINY:
        png = _saved(image, "PNG", optimize=True)
        if len(png) <= most:
            return _as_text("png", png), *image.size
    for quality in QUALITIES:
        webp = _saved(image, "WEBP", quality=quality, method=3)
        if len(webp) <= most:
            return _as_text("webp", webp), *image.size
    image.thumbnail((max(image.width // 2, 1), max(image.height // 2, 1)))
    return (_as_text("webp", webp), *image.size) if max(image.size) <= 8 else _address(image, most)


def _saved(image: Image.Image, form: str, **how: object) -> bytes:
    written = BytesIO()
    image.save(written, form, **how)
    return written.getvalue()


def _as_text(kind: str, data: bytes) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(data).decode('ascii')}"
