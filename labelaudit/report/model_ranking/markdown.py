"""A ranking as a page for people."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from labelaudit.model_ranking.model import ModelRanking
from labelaudit.report.markdown import escaped
from labelaudit.report.model_ranking.cells import (
    ERROR_HEAD,
    MODEL_HEAD,
    MOST_PAIRS,
    PAIR_HEAD,
    error_lines,
    model_lines,
    pair_lines,
)
from labelaudit.report.model_ranking.sentences import review_line, summary_line, verdict_line
from labelaudit.report.text import counted, percent, visible

_COLUMNS = """\
- **given labels**, **reviewed labels**: in percent, with the range of {level} % of {draws:,} sets of rows
  drawn again, the same rows for all models. Rows of no class and rows in conflict are left out of both.
- **errors right**: share of the {errors} for which the model says the reviewed label.
  **errors repeated**: share for which it says the wrong given one, as a model does that has learned the
  errors of its training data.
- **lead**: first minus second model, in points. A range without 0 tells them apart.
- **level at**: the noise prevalence, the share of originally wrong rows, at which both are expected to be
  equally accurate on reviewed labels; it is {present} now. Beyond it the other one leads.
"""


def markdown(found: ModelRanking, command: str, picture: str | None = None) -> Iterator[str]:
    """Yield a page for people.

    Args:
        found: the ranking.
        command: what gives it again.
        picture: the file of the picture as seen from the page, if there is one.
    """
    yield f"# Models on given and reviewed labels\n\n**{_sentence(verdict_line(found))}**\n\n"
    yield f"{_sentence(summary_line(found))} {_sentence(review_line(found))}\n\n"
    yield from _table(MODEL_HEAD, list(model_lines(found)), numbers={2, 3, 4, 5})
    yield from _table(ERROR_HEAD, list(error_lines(found)), numbers={1, 2})
    pairs = list(pair_lines(found))
    yield from _table(PAIR_HEAD, pairs[:MOST_PAIRS], numbers={2, 3, 4})
    if len(pairs) > MOST_PAIRS:
        yield f"and {counted(len(pairs) - MOST_PAIRS, 'more pair')}\n\n"
    if picture is not None:
        address = visible(picture).replace("\\", "/").replace(" ", "%20").replace(")", "%29")
        yield f"![Accuracy on reviewed labels by noise prevalence]({address})\n\n"
    told = _COLUMNS.format(
        level=f"{100 * found.options.confidence:g}",
        draws=found.options.draws,
        errors=counted(found.review.errors, "label error"),
        present=percent(found.review.prevalence),
    )
    yield f"## How to read it\n\n{told}"
    if found.notices:
        yield "\n## What it does not say\n\n"
    for notice in found.notices:
        yield f"- **{escaped(notice.code)}** {escaped(notice.message)}\n"
    yield f"\n## Reproduce\n\n    {visible(command)}\n"


def _sentence(told: str) -> str:
    return escaped(told[0].upper() + told[1:]) + "."


def _table(head: Sequence[str], lines: Sequence[Sequence[str]], numbers: set[int]) -> Iterator[str]:
    if not lines:
        return
    yield f"| {' | '.join(head)} |\n"
    yield f"|{'|'.join('--:' if i in numbers else '---' for i in range(len(head)))}|\n"
    for cells in lines:
        yield f"| {' | '.join(map(escaped, cells))} |\n"
    yield "\n"
