"""The colours of all pictures, on light and on dark screens.

Every picture brings the same style sheet, so several in one page do not disagree. Its classes start
with `lap-`, so they leave the rest of the page alone.
"""

from __future__ import annotations

N_LINES = 5
N_STEPS = 6

# Five hues that stay at least 11 apart (OKLab, times 100) on both papers, also as people with
# protanopia, deuteranopia and tritanopia see them (simulated after Machado, Oliveira, Fernandes 2009,
# section 4), and that have a contrast of 3.5 or more to the paper.
_LINES = (
    ("#185bc0", "#0b84dd"),
    ("#bc6109", "#ef5d13"),
    ("#389980", "#54d1a1"),
    ("#82507c", "#9d5983"),
    ("#33383e", "#e8ebee"),
)

# One hue that only grows away from the paper, so that lightness alone tells the order.
_STEPS = (
    ("#fdeedd", "#36230f"),
    ("#fdd3a5", "#5a3310"),
    ("#fdae6b", "#8a4710"),
    ("#f58634", "#be5f12"),
    ("#d9590b", "#f0852d"),
    ("#9c3203", "#ffc58a"),
)

# What is read on each step: the better of black and white.
_ON_STEPS = (
    ("#1f2328", "#ffffff"),
    ("#1f2328", "#ffffff"),
    ("#1f2328", "#ffffff"),
    ("#1f2328", "#ffffff"),
    ("#1f2328", "#15181d"),
    ("#ffffff", "#15181d"),
)

_FILLS = {
    "paper": ("#ffffff", "#15181d"),
    "ink": ("#1f2328", "#e6e8eb"),
    "muted": ("#59636e", "#9aa4af"),
    "kept": ("#e6e9ed", "#2e353d"),
    "rows": ("#b4bdc7", "#56616d"),
    "suspects": ("#c2500a", "#f0852d"),
    **{f"step{i}": colors for i, colors in enumerate(_STEPS)},
    **{f"on{i}": colors for i, colors in enumerate(_ON_STEPS)},
    **{f"area{i}": colors for i, colors in enumerate(_LINES)},
}

_STROKES = {
    "edge": ("#d5dae0", "#363d45"),
    "grid": ("#e6e9ed", "#2a3037"),
    "axis": ("#8b949e", "#727c87"),
    "best": ("#59636e", "#9aa4af"),
    **{f"line{i}": colors for i, colors in enumerate(_LINES)},
}


def _rules(screen: int) -> str:
    fills = (f".lap-{name}{{fill:{colors[screen]}}}" for name, colors in _FILLS.items())
    strokes = (f".lap-{name}{{stroke:{colors[screen]}}}" for name, colors in _STROKES.items())
    return "".join([*fills, *strokes])


STYLE = f".lap{{max-width:100%;height:auto}}{_rules(0)}@media (prefers-color-scheme:dark){{{_rules(1)}}}"
"""The style sheet; a line, since an empty line would end the HTML block of a Markdown page."""
