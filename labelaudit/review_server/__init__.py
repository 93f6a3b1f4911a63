"""The review page, served on this machine alone, to whoever has the address with its token."""

from __future__ import annotations

from typing import TYPE_CHECKING

from labelaudit.errors import MissingExtraError

if TYPE_CHECKING:
    from collections.abc import Callable

    from labelaudit.reviewing.session import Session

__all__ = ["serve"]


def serve(session: Session, *, name: str, port: int, ready: Callable[[str], None]) -> None:
    """Serve a review until it is interrupted.

    Args:
        session: the review.
        name: what the page calls the audit.
        port: on 127.0.0.1; 0 is any free one.
        ready: told the address once it answers.

    Raises:
        MissingExtraError: starlette or uvicorn is not installed.
        UsageError: the port is taken.
    """
    try:
        from labelaudit.review_server.running import run
    except ModuleNotFoundError as error:
        if error.name not in ("starlette", "uvicorn"):
            raise
        raise MissingExtraError(
            f"{error.name} is not installed",
            hint="pip install 'labelaudit[review]'; review page and review terminal do without",
        ) from error
    run(session, name=name, port=port, ready=ready)
