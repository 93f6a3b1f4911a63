"""`labelaudit review serve`: the review page in a browser on this machine."""

from __future__ import annotations

import os
import sys
import webbrowser
from typing import Annotated, Any

import typer

from labelaudit.cli.command import as_command
from labelaudit.cli.options import OUTPUT
from labelaudit.cli.reviewing_options import BESIDE, QUEUE_OPTIONS, session_of
from labelaudit.cli.run import messages_of, settings_of
from labelaudit.cli.streams import write_result
from labelaudit.errors import UsageError
from labelaudit.settings import Option

LARGEST_PORT = 65_535
_OWN = (
    Option(
        name="port",
        help="Port on 127.0.0.1; by default any free one.",
        kind="number",
        default=0,
        metavar="N",
        panel=OUTPUT,
        pinned=False,
    ),
    Option(
        name="no_open",
        help="Print the address only, open no browser.",
        kind="flag",
        default=False,
        panel=OUTPUT,
        pinned=False,
    ),
    *QUEUE_OPTIONS,
)


@as_command("serve", [*_OWN, *BESIDE])
def command(
    audit: Annotated[str, typer.Argument(metavar="AUDIT", help="Folder of a saved audit.")],
    **given: Any,
) -> int:
    """Decide on suspects in the browser, a key a decision.

    Every decision is on disk, in decisions.jsonl of the audit, before the page moves on; stop
    and go on whenever you like. Only this machine can open the page, and only with the whole
    address. On another machine: ssh -L 8765:127.0.0.1:8765 HOST, then --port 8765 --no-open
    there.

    --blind hides on the screen which label is given; ids and paths stand there as they are,
    and whoever looks into what the browser is sent finds it.

    Examples:
      labelaudit review serve labelaudit-out
      labelaudit review serve labelaudit-out --assign 1/2 --reviewer ana --controls 5%
      labelaudit review serve labelaudit-out --queue sample=100 --blind
    """
    from labelaudit.review_server import serve

    settings = settings_of(given, own=_OWN)
    if settings["port"] > LARGEST_PORT:
        raise UsageError(f"--port {settings['port']}", hint=f"at most {LARGEST_PORT:,}")
    messages = messages_of(settings)
    with session_of(audit, settings) as session:

        def ready(address: str) -> None:
            messages.say(
                f"{len(session.queue):,} items for {session.options.reviewer}; Ctrl-C stops, nothing is lost"
            )
            write_result([address, "\n"], None)
            if not settings["no_open"] and _has_screen():
                webbrowser.open(address)

        serve(session, name=audit, port=settings["port"], ready=ready)
        reached = session.progress()
    messages.say(f"{reached['decided']:,} of {reached['total']:,} decided, in {session.log.path}")
    return 0


def _has_screen() -> bool:
    """Whether a browser can show itself; one in the terminal would take it away from us."""
    unix = sys.platform not in ("win32", "darwin")
    return not unix or bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
