"""Progress on stderr: a bar for work over a second, and how long each step took."""

from __future__ import annotations

import sys
from time import perf_counter
from types import TracebackType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from labelaudit.types import ProgressEvent

PATIENCE = 1.0  # seconds of work before a bar is worth its space
REDRAW = 0.1


class ProgressBar:
    """Takes the core's events; shows the bar where `shown`, and keeps the time of each step.

    rich is loaded only when the bar appears. The bar leaves no trace.
    """

    def __init__(self, *, shown: bool) -> None:
        self.shown = shown
        self.seconds: dict[str, float] = {}
        self._bar: Any = None
        self._task: Any = None
        self._step = ""
        self._started = self._last = self._drawn = perf_counter()

    def __enter__(self) -> ProgressBar:
        """Start the clock."""
        return self

    def __exit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        """Take the bar away, whatever happened."""
        self.stop()

    def stop(self) -> None:
        """Take the bar away, so that something can be printed; the next event brings it back."""
        if self._bar is not None:
            self._bar.stop()
            self._bar, self._step = None, ""

    def __call__(self, event: ProgressEvent) -> None:
        """Note how far the work is; cheap enough for every batch."""
        now = perf_counter()
        self.seconds[event.step] = self.seconds.get(event.step, 0.0) + now - self._last
        self._last = now
        if not self.shown or now - self._started < PATIENCE or now - self._drawn < REDRAW:
            return
        self._drawn = now
        if self._bar is None:
            self._bar = _bar()
        if event.step != self._step:
            self._step = event.step
            for task in self._bar.task_ids:
                self._bar.remove_task(task)
            self._task = self._bar.add_task(event.step, total=event.total)
        self._bar.update(self._task, completed=event.done, total=event.total)


def _bar() -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, Progress, ProgressColumn, TimeRemainingColumn
    from rich.text import Text

    class RowsColumn(ProgressColumn):
        """Rows done, and rows a second."""

        def render(self, task: Any) -> Text:
            """Write both, the rate as soon as it is known."""
            rate = f"  {task.speed:,.0f} rows/s" if task.speed else ""
            return Text(f"{task.completed:,.0f} rows{rate}")

    bar = Progress(
        "{task.description}",
        BarColumn(),
        RowsColumn(),
        TimeRemainingColumn(),
        console=Console(file=sys.stderr),
        transient=True,
    )
    bar.start()
    return bar
