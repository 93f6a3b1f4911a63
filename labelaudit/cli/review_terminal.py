"""`labelaudit review terminal`: the same decisions without a browser, over SSH."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from labelaudit.cli.command import as_command
from labelaudit.cli.item_lines import is_swapped, item_lines
from labelaudit.cli.keys import END, read_key, read_line
from labelaudit.cli.reviewing_options import BESIDE, QUEUE_OPTIONS, session_of
from labelaudit.cli.run import messages_of, settings_of
from labelaudit.cli.streams import write_result
from labelaudit.errors import OutputError, UsageError
from labelaudit.report.text import visible

if TYPE_CHECKING:
    from labelaudit.reviewing.session import Session

WORDS = {"1": "given", "2": "suggested", "3": "both", "4": "neither", " ": "skip"}
HELP = (
    "1 given   2 suggested   3 both   4 neither   5 other   space skip\n"
    "u undo   n note   r reason   ? help   q stop; nothing is lost\n"
)
PAGE = 20


@as_command("terminal", [*QUEUE_OPTIONS, *BESIDE])
def command(
    audit: Annotated[str, typer.Argument(metavar="AUDIT", help="Folder of a saved audit.")],
    **given: Any,
) -> int:
    """Decide on suspects in the terminal, a key a decision.

    The same decisions in the same file as on the page of review serve; pictures and sounds
    are told by path and size. Rows that the reviewer has decided are passed over.

    Examples:
      labelaudit review terminal labelaudit-out
      labelaudit review terminal labelaudit-out --queue sample=100
    """
    settings = settings_of(given, own=QUEUE_OPTIONS)
    with session_of(audit, settings) as session:
        messages_of(settings).say(HELP.rstrip("\n"))
        Desk(session).work()
        reached = session.progress()
    write_result(
        [f"{reached['decided']:,} of {reached['total']:,} decided, in {visible(str(session.log.path))}\n"],
        None,
    )
    return 0


class Desk:
    """One reviewer at a terminal: an item is shown, keys are read until it is decided."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._decided: list[dict[str, Any]] = []  # what undo goes back through
        self._reason: str | None = None
        self._note: str | None = None

    def work(self) -> None:
        """Until all is decided, or the reviewer stops."""
        while items := self._session.page(undecided=True, limit=PAGE)["items"]:
            waiting = items[::-1]
            while waiting:
                item = waiting.pop()
                back = self._settled(item)
                if back is END:
                    return
                if back is not None:
                    waiting += [item, self._decided.pop()]

    def _settled(self, item: dict[str, Any]) -> str | None:
        """Ask until the item is decided: None; "undo" where the one before is to come back; END to stop."""
        self._reason = self._note = None
        reached = self._session.progress()
        place = f"{reached['decided'] + reached['skipped'] + 1:,} of {reached['total']:,}"
        media = self._session.media(item["fingerprint"])
        lines = item_lines(item, place, media, blind=self._session.options.blind)
        write_result((f"{line}\n" for line in lines), None)
        while True:
            key = read_key().lower()
            if key in (END, "q", "\x04"):
                return END
            if key == "u":
                if self._undone():
                    return "undo"
            elif key == "n":
                self._note = read_line("note: ") or None
            elif key == "r":
                self._reason = _chosen_reason()
            elif key == "5" or key in WORDS:
                if self._decide(item, key):
                    return None
            else:
                write_result([HELP], None)

    def _decide(self, item: dict[str, Any], key: str) -> bool:
        label = None
        word = WORDS.get(key, "other")
        if self._session.options.blind and key in ("1", "2") and is_swapped(item):
            word = WORDS["2" if key == "1" else "1"]
        if word == "other":
            label = _named_class(read_line("class: "), self._session.queue.classes)
            if label is None:
                return False
        try:
            self._save(item, word, label=label, reason=self._reason, note=self._note)
        except UsageError as error:
            write_result([f"{visible(error.message)}\n"], None)
            return False
        self._decided.append(item)
        return True

    def _undone(self) -> bool:
        if not self._decided:
            write_result(["nothing to undo\n"], None)
            return False
        self._save(self._decided[-1], "undo")
        return True

    def _save(self, item: dict[str, Any], word: str, **more: str | None) -> None:
        try:
            self._session.decide(item["fingerprint"], word, **more)
        except OutputError as error:
            raise OutputError(
                f"this decision is not saved: {error.message}", file=error.file, hint=error.hint
            ) from error


def _chosen_reason() -> str | None:
    from labelaudit.review_page import REASONS

    told = "  ".join(f"{number} {reason}" for number, reason in enumerate(REASONS, start=1))
    write_result([f"{told}\n"], None)
    chosen = dict(zip("123456789", REASONS, strict=False))
    return chosen.get(read_key())


def _named_class(typed: str, classes: tuple[str, ...]) -> str | None:
    """The class that was typed, or the only one that begins so."""
    if not typed:
        return None
    exact = [name for name in classes if name == typed]
    near = exact or [name for name in classes if name.lower().startswith(typed.lower())]
    if len(near) == 1:
        return near[0]
    told = ", ".join(visible(name) for name in near[:10]) or "no class begins so"
    write_result([f"{told}\n"], None)
    return None
