"""What a renderer is given: an audit, arranged for reading, and the screen it is written for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeAlias

if TYPE_CHECKING:
    from labelaudit.report.self_tested import SelfTested
    from labelaudit.report.views import Views
    from labelaudit.types import ClassRow, Histogram, JointCell, Reviewed, Summary, Suspect


FOLDER = "labelaudit-out"
"""Where `scan` saves an audit, unless told."""


class Audited(Protocol):
    """The part of an audit that reports are made of."""

    @property
    def summary(self) -> Summary:
        """Everything but the rows."""

    @property
    def classes(self) -> tuple[ClassRow, ...]:
        """A row a class."""

    @property
    def joint(self) -> tuple[JointCell, ...]:
        """The cells of the confident joint that are not zero."""

    @property
    def histogram(self) -> Histogram:
        """How label quality is distributed."""

    def suspects(self, top: int | None = None) -> Iterator[Suspect]:
        """The flagged rows, worst first."""

    def shown_suspects(self, top: int | None = None) -> Iterator[Suspect]:
        """Those that people are to look at: not hidden, and changed where there is an old version."""

    @property
    def n_shown(self) -> int:
        """How many of those there are."""

    @property
    def reviewed(self) -> Reviewed | None:
        """What a reviewed sample says of the whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """What the text is written for; files and pipes take the default."""

    width: int = 100
    color: bool = False
    pictures: bool = False  # whether they lie beside the page


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """An audit in the order in which it is told; suspects are read as often as they are wanted."""

    summary: Summary
    classes: tuple[ClassRow, ...]
    joint: tuple[JointCell, ...]
    confused: tuple[JointCell, ...]  # off the diagonal, most first
    read_histogram: Callable[[], Histogram]
    read_suspects: Callable[[int | None], Iterator[Suspect]]
    read_shown: Callable[[int | None], Iterator[Suspect]]
    n_shown: int
    reviewed: Reviewed | None = None
    self_test: SelfTested | None = None
    top: int | None = None
    root: str | None = None  # of the repository, absolute; CI systems name files from there
    folder: str = FOLDER  # of the saved audit, for commands to type
    texts: Mapping[str, str] = field(default_factory=dict)  # by fingerprint, where --show-text asked for them
    read_views: Callable[[Sequence[Suspect]], Views] | None = None  # for forms that show items

    def suspects(self, default_top: int | None = None) -> Iterator[Suspect]:
        """The worst `top` suspects, hidden ones too: for forms that programs read.

        Where nobody said how many, the form's own `default_top`.
        """
        return self.read_suspects(default_top if self.top is None else self.top)

    def shown(self, default_top: int | None = None) -> Iterator[Suspect]:
        """The worst `top` of those that people are to look at, as `suspects` otherwise."""
        return self.read_shown(default_top if self.top is None else self.top)


Renderer: TypeAlias = Callable[[Report, Screen], Iterator[str]]


def report_of(
    audit: Audited,
    *,
    top: int | None = None,
    texts: Mapping[str, str] | None = None,
    read_views: Callable[[Sequence[Suspect]], Views] | None = None,
    root: str | None = None,
    folder: str = FOLDER,
    self_test: SelfTested | None = None,
) -> Report:
    """Arrange an audit for a renderer.

    Args:
        audit: fresh or loaded.
        top: how many suspects to show; None leaves it to the form.
        texts: what some rows say, by fingerprint.
        read_views: reads the items, for forms that show them.
        root: absolute path of the repository's root; None outside of one.
        folder: of the saved audit.
        self_test: of the same inputs.

    Returns:
        The report; its pairs are those of different labels, most rows first.
    """
    confused = [cell for cell in audit.joint if cell.given_label != cell.true_label and cell.count]
    confused.sort(key=lambda cell: -cell.count)  # stable: equal counts stay in class order
    return Report(
        summary=audit.summary,
        classes=audit.classes,
        joint=audit.joint,
        confused=tuple(confused),
        read_histogram=lambda: audit.histogram,
        read_suspects=audit.suspects,
        read_shown=audit.shown_suspects,
        n_shown=audit.n_shown,
        reviewed=audit.reviewed,
        self_test=self_test,
        top=top,
        texts=texts or {},
        read_views=read_views,
        root=root,
        folder=folder,
    )
