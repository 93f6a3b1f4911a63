"""The app: the page, its items, its pictures, and the decisions that come back."""

from __future__ import annotations

from importlib.metadata import version
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from labelaudit.errors import LabelAuditError, OutputError, RowNotFoundError
from labelaudit.review_page import REASONS, content_security_policy, review_page
from labelaudit.review_server.asked import decision_asked, page_asked
from labelaudit.review_server.doorkeeper import Doorkeeper
from labelaudit.reviewing.session import Session
from labelaudit.rules import RULES

MEDIA_HEADERS = {
    "Cache-Control": "private, max-age=3600",  # pictures of the next items are fetched ahead
    # An SVG that is opened alone runs nothing.
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox",
}


def review_app(session: Session, *, name: str, token: str, cookie: str = "labelaudit") -> Starlette:
    """The review page of a session as an ASGI app.

    Args:
        session: the review.
        name: what the page calls the audit.
        token: what visitors must show.
        cookie: the name of the cookie that keeps it; cookies are shared by all ports of a machine.
    """

    def page(request: Request) -> Response:
        policy = f"{content_security_policy(served=True)}; frame-ancestors 'none'"
        html = review_page(page_data(session, name))
        answer = HTMLResponse(html, headers={"Content-Security-Policy": policy})
        answer.set_cookie(cookie, token, httponly=True, samesite="strict")
        return answer

    def items(request: Request) -> Response:
        return JSONResponse(session.page(**page_asked(request.query_params)))

    def progress(request: Request) -> Response:
        return JSONResponse(session.progress())

    def media(request: Request) -> Response:
        found = session.media(request.path_params["fingerprint"])
        if found is None:
            raise HTTPException(404, "no picture or sound")
        return FileResponse(found.path, media_type=found.kind, headers=MEDIA_HEADERS)

    async def decisions(request: Request) -> Response:
        asked = await decision_asked(request)
        if asked["reason"] and asked["reason"] not in REASONS:
            raise HTTPException(400, f"reason is one of {', '.join(REASONS)}")
        said = await run_in_threadpool(session.said, str(asked["fingerprint"]))
        if asked["known"] not in (None, "nothing" if said is None else said["decision"]):
            return JSONResponse({"error": "it was decided in another window", "said": said}, 409)
        line, reached = await run_in_threadpool(
            session.decide,
            str(asked["fingerprint"]),
            str(asked["decision"]),
            label=asked["label"],
            reason=asked["reason"],
            note=asked["note"],
        )
        return JSONResponse({"line": line, "progress": reached}, 201)

    return Starlette(
        routes=[
            Route("/", page),
            Route("/api/items", items),
            Route("/api/progress", progress),
            Route("/api/decisions", decisions, methods=["POST"]),
            Route("/media/{fingerprint}", media),
        ],
        middleware=[Middleware(Doorkeeper, token=token, cookie=cookie)],
        exception_handlers={HTTPException: _refused, LabelAuditError: _refused, Exception: _failed},
    )


def page_data(session: Session, name: str) -> dict[str, Any]:
    """What the page is told before it asks for items."""
    return {
        "mode": "served",
        "classes": list(session.queue.classes),
        "reasons": list(REASONS),
        "is_sample": session.queue.is_sample,
        "blind": session.options.blind,
        "reviewer": session.options.reviewer,
        "audit": name,
        "tool_version": version("labelaudit"),
        "rules": {code: rule.summary for code, rule in RULES.items()},
        "facets": session.facets(),
    }


def _refused(request: Request, error: Exception) -> Response:
    """A wrong request in words; 507 where it was right and could not be kept."""
    match error:
        case HTTPException():
            return JSONResponse({"error": error.detail}, error.status_code, error.headers)
        case OutputError():
            return JSONResponse({"error": f"{error.file}: {error.message}"}, 507)
        case RowNotFoundError():
            return JSONResponse({"error": error.message}, 404)
        case LabelAuditError():
            return JSONResponse({"error": error.message}, 400)
        case _:
            raise error


def _failed(request: Request, error: Exception) -> Response:
    """A bug of ours; what it was is told in the terminal only."""
    return JSONResponse({"error": "labelaudit failed; the terminal tells more"}, 500)
