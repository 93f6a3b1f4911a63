"""What the commands that put rows before a reviewer have in common."""

from __future__ import annotations

import getpass
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from labelaudit.cli.options import OPTIONS, OUTPUT
from labelaudit.cli.run import messages_of
from labelaudit.errors import UsageError
from labelaudit.settings import Option

if TYPE_CHECKING:
    from labelaudit.reviewing.queues import QueueOptions
    from labelaudit.reviewing.session import Session
    from labelaudit.settings import Settings

QUEUE = "Queue"
NAMED = 10
"""Rows that are gone, by name."""
ORDERS = ("rank", "uncertain", "random", "class")

QUEUE_OPTIONS = (
    Option(
        name="queue",
        help="What is asked about: ranked, the suspects; sample=N, rows of all kinds drawn so that review"
        " stats can tell how many labels are wrong; or the rows of a FILE of review merge --conflicts.",
        default="ranked",
        metavar="ranked|sample=N|FILE",
        panel=QUEUE,
        pinned=False,
    ),
    Option(
        name="order",
        help="Of the suspects: worst first, doubtful first, at random, or class by class.",
        kind="choice",
        choices=ORDERS,
        default="rank",
        metavar="|".join(ORDERS),
        panel=QUEUE,
        pinned=False,
    ),
    Option(
        name="controls",
        help="Mix in rows that nobody suspects, this share of the queue; only --blind hides which.",
        metavar="P%",
        panel=QUEUE,
        pinned=False,
    ),
    Option(
        name="assign",
        help="Only the I-th of N parts, one for each reviewer.",
        metavar="I/N",
        panel=QUEUE,
        pinned=False,
    ),
    Option(
        name="blind",
        help="Do not tell on the screen which of the two labels is given.",
        kind="flag",
        default=False,
        panel=QUEUE,
        pinned=False,
    ),
    Option(
        name="reviewer",
        help="Who decides; by default the name of the user.",
        metavar="NAME",
        panel=QUEUE,
        pinned=False,
    ),
    Option(
        name="url_template",
        help="Where an item can be seen, as https://photos.example/{id}; fields are id, file, row, split.",
        metavar="URL",
        panel=OUTPUT,
        pinned=False,
    ),
    Option(
        name="media_root",
        help="A folder outside of the dataset in which its pictures may lie; repeat.",
        kind="list",
        default=(),
        metavar="FOLDER",
        panel=OUTPUT,
        pinned=False,
    ),
)
BESIDE = tuple(OPTIONS[name] for name in ("seed", "quiet", "color"))


@contextmanager
def session_of(audit: str, settings: Settings, *, reads_only: bool = False) -> Iterator[Session]:
    """The review that was asked for; what it unpacks is gone in the end.

    Args:
        audit: folder of a saved audit.
        settings: values of `QUEUE_OPTIONS` and `BESIDE`.
        reads_only: whether nothing will be decided.

    Raises:
        UsageError: an option means nothing.
    """
    from labelaudit.reviewing.session import ReviewOptions, Session
    from labelaudit.reviewing.unpacking import unpacking_folder

    order = settings["order"]
    options = ReviewOptions(
        reviewer=_reviewer(settings["reviewer"]),
        queue=_queue(settings),
        order="ranked" if order == "rank" else order,
        blind=settings["blind"],
        url_template=settings["url_template"],
        media_roots=settings["media_root"],
    )
    with unpacking_folder() as unpacked:
        session = Session(audit, options, unpacked, reads_only=reads_only)
        messages = messages_of(settings)
        for name in session.queue.gone[:NAMED]:
            messages.say(f"set aside, the label has changed or the row is gone: {name}")
        if len(session.queue.gone) > NAMED:
            messages.say(f"and {len(session.queue.gone) - NAMED:,} more set aside")
        yield session


def _queue(settings: Settings) -> QueueOptions:
    from labelaudit.reviewing.asked_rows import read_asked_rows
    from labelaudit.reviewing.queues import QueueOptions

    named = settings["queue"]
    is_file = not named.startswith("sample=") and named != "ranked" and Path(named).exists()
    return QueueOptions(
        sample=None if is_file else _sample(named),
        asked=read_asked_rows(Path(named)) if is_file else None,
        controls=_share(settings["controls"]),
        part=_part(settings["assign"]),
        seed=settings["seed"],
    )


def _sample(text: str) -> int | None:
    kind, _, number = text.partition("=")
    if text == "ranked":
        return None
    if kind != "sample" or not (number.isascii() and number.isdigit() and len(number) < 10):
        raise UsageError(
            f"--queue '{text}' is no queue, and no such file is there",
            hint="ranked, sample=100, or a file that review merge --conflicts wrote",
        )
    return int(number)


def _share(text: str | None) -> float:
    try:
        found = 0.0 if text is None else float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    except ValueError:
        found = -1.0
    if not 0 <= found < 1:
        raise UsageError(f"--controls '{text}' is no share", hint="from 0% to less than 100%: 5%")
    return found


def _part(text: str | None) -> tuple[int, int]:
    if text is None:
        return 1, 1
    number, _, parts = text.partition("/")
    if not all(word.isascii() and word.isdigit() and len(word) < 6 for word in (number, parts)):
        raise UsageError(f"--assign '{text}' is no part", hint="I/N: 2/3 is the second of three")
    return int(number), int(parts)


def _reviewer(named: str | None) -> str:
    if named is not None:
        if not named.strip():
            raise UsageError("--reviewer is empty", hint="a name that tells decisions apart")
        return named.strip()
    try:
        return getpass.getuser()
    except (OSError, KeyError):  # a container whose user has no name
        return "reviewer"
