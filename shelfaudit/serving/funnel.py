"""Around everything: one line in the log for each request, and an answer in the same JSON whatever went wrong."""

from __future__ import annotations

import asyncio
import logging
import time
import uuid
from collections.abc import Collection
from http import HTTPMethod

from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from shelfaudit.errors import PhotoError
from shelfaudit.serving.refusals import Refused, busy, error_response

_log = logging.getLogger("shelfaudit.serving")

_HEADERS = [(b"cache-control", b"no-store"), (b"x-content-type-options", b"nosniff")]


class Funnel:
    """ASGI middleware: logs each request and turns what is raised into an answer. No traceback leaves.

    known_paths: paths that may be in the log. Others come from outside, and may hold the name of a photo.
    """

    def __init__(self, app: ASGIApp, known_paths: Collection[str]) -> None:
        self._app = app
        self._known_paths = known_paths

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status: int | None = None

        async def observed(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                message["headers"] = [*message.get("headers", []), *_HEADERS]
            await send(message)

        try:
            await self._app(scope, receive, observed)
        except ClientDisconnect:
            pass
        except (Exception, asyncio.CancelledError) as error:
            answer = self._answer(error, scope)
            if status is None:
                await answer(scope, receive, observed)
        finally:
            milliseconds = (time.perf_counter() - started) * 1000
            outcome = "client left" if status is None else status
            _log.info("%s %s %s in %.0f ms", _address(scope), self._request_line(scope), outcome, milliseconds)

    def _answer(self, error: Exception | asyncio.CancelledError, scope: Scope) -> Response:
        if isinstance(error, Refused):
            return error.response()
        if isinstance(error, PhotoError):
            return error_response(422, error.what, error.advice)
        if isinstance(error, asyncio.CancelledError):
            return busy("The server is stopping.", seconds=1).response()
        bug_id = uuid.uuid4().hex[:12]
        _log.error("bug %s in %s", bug_id, self._request_line(scope), exc_info=error)
        return error_response(
            500,
            "This is a bug in shelfaudit.",
            f"The server's log has the details under {bug_id}; please report it.",
            bug_id=bug_id,
        )

    def _request_line(self, scope: Scope) -> str:
        method = scope["method"] if scope["method"] in HTTPMethod.__members__ else "(another method)"
        path = scope["path"] if scope["path"] in self._known_paths else "(another path)"
        return f"{method} {path}"


def _address(scope: Scope) -> str:
    return scope["client"][0] if scope.get("client") else "?"
