"""The server's life: from a free port to Ctrl-C."""

from __future__ import annotations

import secrets
import signal
import socket
from collections.abc import Callable
from contextlib import suppress

import uvicorn

from labelaudit.errors import UsageError
from labelaudit.review_server.app import review_app
from labelaudit.reviewing.session import Session

LOOPBACK = "127.0.0.1"
WAITING = 2048
"""Connections that may wait to be taken."""
PATIENCE = 3
"""Seconds that requests under way are given when the server is stopped."""


def run(session: Session, *, name: str, port: int, ready: Callable[[str], None]) -> None:
    """Serve until SIGINT or SIGTERM; see `labelaudit.review_server.serve`."""
    with _listening(port) as listener, suppress(KeyboardInterrupt):
        signal.signal(signal.SIGTERM, signal.default_int_handler)  # whoever called cleans up either way
        port = listener.getsockname()[1]
        token = secrets.token_urlsafe(24)
        app = review_app(session, name=name, token=token, cookie=f"labelaudit-{port}")
        config = uvicorn.Config(
            app,
            access_log=False,
            http="h11",
            lifespan="off",
            log_level="error",
            proxy_headers=False,
            server_header=False,
            timeout_graceful_shutdown=PATIENCE,
            ws="none",
        )
        _allow_open_files(2 * WAITING)
        ready(f"http://{LOOPBACK}:{port}/?token={token}")
        uvicorn.Server(config).run(sockets=[listener])


def _allow_open_files(wanted: int) -> None:
    """Raise this process's limit, where the system lets us: 256 on some, and each connection is one."""
    try:
        import resource
    except ImportError:  # Windows has no such limit
        return
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = resource.RLIM_INFINITY
    most = wanted if hard == unlimited else min(wanted, hard)
    if soft != unlimited and soft < most:
        with suppress(OSError, ValueError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _listening(port: int) -> socket.socket:
    listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        if hasattr(socket, "SO_EXCLUSIVEADDRUSE"):  # Windows, where another process could share the port
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_EXCLUSIVEADDRUSE, 1)
        else:
            listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind((LOOPBACK, port))
        listener.listen(WAITING)
    except (OSError, OverflowError) as error:
        listener.close()
        why = getattr(error, "strerror", None) or str(error)
        raise UsageError(
            f"port {port} cannot be had: {why}", hint="leave out --port, and any free one is taken"
        ) from error
    return listener
