"""The building blocks of a picture: elements, and the sheet they are drawn on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from labelaudit.report.pictures.lettering import TEXT_SIZE, cut_for_telling, safe
from labelaudit.report.pictures.theme import STYLE

WIDTH = 720
MARGIN = 20


def at(pixels: float) -> str:
    """A coordinate, to a tenth of a pixel."""
    return f"{round(pixels, 1) + 0.0:g}"  # + 0.0 makes -0.0 a plain 0


def rect(look: str, x: float, y: float, width: float, height: float, *, tip: Sequence[str] = ()) -> str:
    """A rectangle of the fill `look`; `tip` is told, line by line, under the pointer."""
    shape = f'<rect class="lap-{look}" x="{at(x)}" y="{at(y)}" width="{at(width)}" height="{at(height)}"'
    if not tip:
        return f"{shape}/>"
    lines = "\n".join(safe(cut_for_telling(line)) for line in tip)
    return f"{shape}><title>{lines}</title></rect>"


def path(look: str, points: Iterable[tuple[float, float]], *, width: float = 1, dash: str = "") -> str:
    """A line through points, with the stroke `look`."""
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    line = "M" + "L".join(f"{at(x)} {at(y)}" for x, y in points)
    return f'<path class="lap-{look}" d="{line}" fill="none" stroke-width="{at(width)}"{dashed}/>'


def area(look: str, points: Iterable[tuple[float, float]]) -> str:
    """A pale area with a border of points."""
    border = "M" + "L".join(f"{at(x)} {at(y)}" for x, y in points) + "Z"
    return f'<path class="lap-{look}" d="{border}" fill-opacity="0.16"/>'


def dot(look: str, x: float, y: float) -> str:
    """A small disc of the fill `look`."""
    return f'<circle class="lap-{look}" cx="{at(x)}" cy="{at(y)}" r="3.5"/>'


def label(
    content: str,
    x: float,
    y: float,
    *,
    look: str = "ink",
    size: float = TEXT_SIZE,
    anchor: str = "start",
    turn: int = 0,
    bold: bool = False,
) -> str:
    """A line of text; `anchor` is start, middle or end, `turn` in degrees, clockwise."""
    turned = f' transform="rotate({turn} {at(x)} {at(y)})"' if turn else ""
    placed = f' text-anchor="{anchor}"' if anchor != "start" else ""
    weight = ' font-weight="600"' if bold else ""
    place = f'x="{at(x)}" y="{at(y)}" font-size="{at(size)}"{placed}{weight}{turned}'
    return f'<text class="lap-{look}" {place}>{safe(content)}</text>'


def sheet(title: str, notes: Sequence[str], description: str, height: float, parts: Iterable[str]) -> str:
    """The whole picture: its paper, its title, notes under the title, and the parts.

    Args:
        title: what is shown; also its name for those who do not see it.
        notes: lines under the title, in small letters.
        description: what the picture tells, in words.
        height: of the sheet, in pixels; its width is `WIDTH`.
        parts: elements, drawn in this order; they start below `top_of(notes)`.
    """
    # direction: a page that reads right to left must not turn the anchors around.
    root = (
        f'<svg xmlns="http://www.w3.org/2000/svg" class="lap" role="img" width="{WIDTH}" '
        f'height="{at(height)}" viewBox="0 0 {WIDTH} {at(height)}" direction="ltr" '
        'font-family="system-ui, sans-serif">'
    )
    words = [f"<title>{safe(title)}</title>", f"<desc>{safe(description)}</desc>", f"<style>{STYLE}</style>"]
    paper = (
        f'<rect class="lap-paper lap-edge" x="0.5" y="0.5" width="{WIDTH - 1}" '
        f'height="{at(height - 1)}" rx="6"/>'
    )
    head = [label(title, MARGIN, 31, size=15, bold=True)]
    head += [label(note, MARGIN, 52 + 16 * i, look="muted", size=12) for i, note in enumerate(notes)]
    return "\n".join([root, *words, paper, *head, *parts, "</svg>\n"])


def top_of(notes: Sequence[str]) -> float:
    """Where the parts of a sheet with these notes begin."""
    return 48 + 16 * len(notes)


def sentence(title: str, words: str) -> str:
    """A picture of nothing: says so."""
    return sheet(title, (), words, 84, [label(words, MARGIN, 60, size=13)])
