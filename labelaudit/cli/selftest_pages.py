"""A self-test as a table, JSON, Markdown and a picture."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from labelaudit.report.markdown import escaped
from labelaudit.report.self_tested import ERROR, TITLE, drawn_scorers
from labelaudit.report.text import counted, json_text, number, percent, visible

if TYPE_CHECKING:
    from rich.console import Console

    from labelaudit.report.model import Screen
    from labelaudit.self_testing import Finding, SelfTest

PRECISION_AT = 100
GAP = 2  # between columns
HARDLY_SAVED = 0.25

_COLUMNS = """\
- **AP**: average precision, the mean precision at each injected error found; 1 is perfect. Rows that are
  doubted before anything is injected are set aside, for many of them are wrong. Scorers are compared by it.
  Then its range over the repeats, and the same for each kind of noise.
- **all rows**: the same with these rows, each of which counts as a false find. The truth lies in between.
- **P@100**: injected errors among the first 100 rows reviewed.
- **in N**: the share of the injected errors that is among the first N rows, N being how many there are.
- **for 80 %**: reviews until 80 % of the injected errors are found.

The recommended ranking has the best AP; the default stays unless another is better by more than
{tolerance:.3f}: less may be the draw of the errors.
"""


def verdict(found: SelfTest) -> str:
    """The test in a sentence."""
    reviews = round(found.best.reviews_needed.mean)
    if saved_share(found) < HARDLY_SAVED:
        advice = "that is hardly better than chance, so give embeddings or probabilities of a better model"
    elif found.recommended == found.default:
        advice = "use the default ranking"
    elif found.default not in found.scorers:
        advice = "it is the best of those tested"
    else:
        advice = f"rank by it with --rank-by {found.recommended}"
    return (
        f"On this data, reviewing the {reviews:,} worst of {counted(found.n_tested, 'row')} finds 80 % "
        f"of the injected errors ({found.recommended}); {advice}."
    )


def saved_share(found: SelfTest) -> float:
    """Of the reviews that a perfect order saves against chance, the share saved: 1 is perfect."""
    from labelaudit.self_testing.findings import FOUND_SHARE

    by_chance = FOUND_SHARE * found.n_tested
    perfect = FOUND_SHARE * found.n_injected
    return (by_chance - found.best.reviews_needed.mean) / (by_chance - perfect)


def table_page(found: SelfTest, screen: Screen) -> Iterator[str]:
    """Yield the table for a screen."""
    from rich.text import Text

    from labelaudit.report.screen_text import drawn, empty_grid

    def draw(console: Console) -> None:
        lines = _lines(found, screen.width)
        grid = empty_grid()
        for i, title in enumerate(lines[0]):
            grid.add_column(title, justify="right" if i else "left", no_wrap=not i, overflow="fold")
        for finding, cells in zip(found.overall, lines[1:], strict=True):
            style = "green" if finding.scorer == found.recommended else ""
            grid.add_row(*(Text(cell, style=style) for cell in cells))
        doubted = f"doubted before: {found.n_doubted:,}, set aside in AP and counted as false finds elsewhere"
        console.print(Text(_what(found), style="bold"), Text(doubted, style="dim"), sep="\n", soft_wrap=True)
        console.print(grid)

    yield from drawn(draw, screen)
    yield verdict(found) + "\n"


def json_page(found: SelfTest, **more: Any) -> Iterator[str]:
    """Yield one document with everything; `more` comes first."""
    curves = [
        {"scorer": c.scorer}
        | {name: getattr(c, name).tolist() for name in ("depths", "precision", "low", "high")}
        for c in found.curves
    ]
    document = more | {
        name: getattr(found, name)
        for name in found.__dataclass_fields__
        if name not in ("findings", "overall", "curves", "notices")
    }
    document |= {
        "verdict": verdict(found),
        "overall": [asdict(finding) for finding in found.overall],
        "findings": [asdict(finding) for finding in found.findings],
        "curves": curves,
        "notices": [asdict(notice) for notice in found.notices],
    }
    yield json_text(document, indent=2) + "\n"


def markdown_page(found: SelfTest, command: str, picture: str | None) -> Iterator[str]:
    """Yield the page section by section.

    Args:
        found: the test.
        command: what gives it again.
        picture: the file of the picture as seen from the page, if there is one.
    """
    yield f"# Self-test\n\n**{verdict(found)}**\n\n{_what(found)}. "
    yield f"Probabilities: {escaped(_origin(found))}.\n\n"
    head, *lines = _lines(found)
    yield f"| {' | '.join(head)} |\n|---|{'--:|' * (len(head) - 1)}\n"
    for cells in lines:
        yield f"| {' | '.join(cells)} |\n"
    if picture is not None:
        address = visible(picture).replace("\\", "/").replace(" ", "%20").replace(")", "%29")
        yield f"\n![Precision by number of reviews, doubted rows set aside, mean of the noises]({address})\n"
    yield f"\n## How to read it\n\n{_COLUMNS.format(tolerance=found.tolerance)}"
    yield "\n## What it does not say\n\n"
    for notice in found.notices:
        yield f"- **{escaped(notice.code)}** {escaped(notice.message)}\n"
    yield f"\n## Reproduce\n\n    {visible(command)}\n"


def picture_of(found: SelfTest) -> str:
    """Precision by number of reviews as SVG: the recommended scorer, three others and the plainest."""
    from labelaudit.report.pictures.depth_curve import Curve, precision_by_depth

    curves = {
        c.scorer: Curve(name=c.scorer, depths=c.depths, precision=c.precision, low=c.low, high=c.high)
        for c in found.curves
    }
    shown = [curves[name] for name in drawn_scorers(found.recommended, list(curves))]
    return precision_by_depth(shown, found.n_injected, title=TITLE, error=ERROR)


def _what(found: SelfTest) -> str:
    """What was done."""
    sampled = f" drawn from {found.n_rows:,}" if found.n_tested < found.n_rows else ""
    return (
        f"{counted(found.n_tested, 'row')}{sampled}, {counted(found.n_classes, 'class', 'classes')}: "
        f"{counted(found.n_injected, 'label')} ({percent(found.n_injected / found.n_tested)}) made wrong, "
        f"{counted(len(found.noises), 'kind')} of noise, {counted(found.repeats, 'repeat')}"
    )


def _origin(found: SelfTest) -> str:
    if found.refitted:
        return f"a model trained on the wrong labels, from {found.trained_on}"
    return f"as they are in {os.path.basename(found.trained_on)}"


def _lines(found: SelfTest, width: int | None = None) -> list[list[str]]:
    """The table: its head, and a line a scorer; the kinds of noise where there are several, and room."""
    for noises in (found.noises if len(found.noises) > 1 else (), ()):
        lines = [_head(found, noises), *(_cells(found, finding, noises) for finding in found.overall)]
        needed = sum(max(map(len, column)) + GAP for column in zip(*lines, strict=True))
        if width is None or needed <= width:
            break
    return lines


def _head(found: SelfTest, noises: Sequence[str]) -> list[str]:
    ranged = ["range"] if found.repeats > 1 else []
    kinds = [noise.removesuffix("-dependent") for noise in noises]
    at = [f"P@{PRECISION_AT}"] if PRECISION_AT in found.best.precision else []
    return ["scorer", "AP", *ranged, *kinds, "all rows", *at, f"in {found.n_injected:,}", "for 80 %"]


def _cells(found: SelfTest, finding: Finding, noises: Sequence[str]) -> list[str]:
    """A line of the table; arguments as for `_head`."""
    settled = finding.settled_average_precision
    own = {f.noise: f for f in found.findings if f.scorer == finding.scorer}
    at = finding.precision.get(PRECISION_AT)
    return [
        finding.scorer,
        number(settled.mean),
        *([f"{number(settled.low)}–{number(settled.high)}"] if found.repeats > 1 else []),
        *(number(own[noise].settled_average_precision.mean) for noise in noises),
        number(finding.average_precision.mean),
        *([] if at is None else [f"{100 * at.mean:.0f} %"]),
        f"{100 * finding.recall_at_injected.mean:.0f} %",
        f"{round(finding.reviews_needed.mean):,}",
    ]
