"""What the commands that put rows before a reviewer have in common."""

from __future__ import annotations

import getpass
from pathlib import Path
from typing import TYPE_CHECKING

from labelaudit.cli.options import OPTIONS, OUTPUT
from labelaudit.errors import UsageError
from labelaudit.settings import Option

if TYPE_CHECKING:
    from labelaudit.reviewing.queues import QueueOptions
    from labelaudit.reviewing.session import Session
    from labelaudit.settings import Settings

QUEUE = "Queue"
ORDERS = ("rank", "uncertain", "random", "class")

QUEUE_OPTIONS = (
    Option(
        name="queue",
        help="What is asked about: ranked, the suspects; or sample=N, rows of all kinds drawn so that review"
        " stats can tell how many labels are wrong.",
        default="ranked",
        metavar="ranked|sample=N",
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
        help="Mix in rows that nobody suspects, this share of the queue.",
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
        help="Do not tell which of the two labels is given.",
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


def session_of(audit: str, settings: Settings, unpacked: Path) -> Session:
    """The review that was asked for.

    Raises:
        UsageError: an option means nothing.
    """
    from labelaudit.reviewing.session import ReviewOptions, Session

    order = settings["order"]
    options = ReviewOptions(
        reviewer=_reviewer(settings["reviewer"]),
        queue=_queue(settings),
        order="ranked" if order == "rank" else order,
        blind=settings["blind"],
        url_template=settings["url_template"],
        media_roots=settings["media_root"],
    )
    return Session(audit, options, unpacked)


def _queue(settings: Settings) -> QueueOptions:
    from labelaudit.reviewing.queues import QueueOptions

    return QueueOptions(
        sample=_sample(settings["queue"]),
        controls=_share(settings["controls"]),
        part=_part(settings["assign"]),
        seed=settings["seed"],
    )


def _sample(text: str) -> int | None:
    kind, _, number = text.partition("=")
    if text == "ranked":
        return None
    if kind != "sample" or not (number.isascii() and number.isdigit() and len(number) < 10):
        raise UsageError(f"--queue '{text}' is no queue", hint="ranked, or sample=100")
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
