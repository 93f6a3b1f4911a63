"""Pictures as SVG text: values in, one `<svg>` out, for a file, an `<img>` or the middle of an HTML page.

A picture carries its own paper and its own colours for light and dark screens. It has no script,
no outside reference and no id, so that many of them share a page; strings of the data are
shortened and escaped. The same values give the same bytes.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from labelaudit.report.pictures.heat_map import confusion_heat_map
from labelaudit.report.pictures.histogram import score_distribution

if TYPE_CHECKING:
    from labelaudit.report.model import Report


def _confusion(report: Report) -> str:
    return confusion_heat_map([row.name for row in report.classes], report.joint)


def _scores(report: Report) -> str:
    found = report.read_histogram()
    return score_distribution(found.rows, found.suspects)


PICTURES: dict[str, tuple[str, Callable[[Report], str]]] = {
    "confusion.svg": ("Given labels against estimated true labels", _confusion),
    "scores.svg": ("Rows and suspects by label quality", _scores),
}
"""The pictures of an audit by file name, with the words that stand for them."""
