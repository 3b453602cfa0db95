"""Who may ask: checks that a request must pass before anything of its body is read."""

from __future__ import annotations

import ipaddress
import re
import secrets
from collections.abc import Callable, Sequence
from http import HTTPStatus

from starlette.requests import HTTPConnection
from starlette.types import ASGIApp, Receive, Scope, Send

from shelfaudit.serving.rate import TokenBuckets, client_of
from shelfaudit.serving.refusals import Refused, too_fast

Guard = Callable[[HTTPConnection], None]
"""Lets a request pass, or raises `Refused`."""

OPEN_PATH = "/health"
"""What may be asked without a token: it tells nothing but that the server lives."""

_AUTHORITY = re.compile(r"(?P<host>\[[0-9A-Fa-f:.]+\]|[^:\[\]]+)(:\d{1,5})?")


class Guarded:
    """ASGI middleware: an application behind some guards."""

    def __init__(self, app: ASGIApp, guards: Sequence[Guard]) -> None:
        self._app = app
        self._guards = guards

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            request = HTTPConnection(scope)
            for guard in self._guards:
                guard(request)
        await self._app(scope, receive, send)


def limit_rate(buckets: TokenBuckets) -> Guard:
    """Each client as often as its bucket allows."""

    def guard(request: HTTPConnection) -> None:
        wait = buckets.take(client_of(request.client.host if request.client is not None else ""))
        if wait:
            raise too_fast(wait)

    return guard


def loopback_names_only(request: HTTPConnection) -> None:
    """Only requests that name this machine as their host.

    A web page can have its own name resolve to 127.0.0.1 (DNS rebinding) and would then be let in by the browser;
    but the browser still says that name.
    """
    match = _AUTHORITY.fullmatch(request.headers.get("host", ""))
    if match is None or not _is_this_machine(match["host"]):
        raise Refused(
            HTTPStatus.MISDIRECTED_REQUEST,
            "This server answers only to localhost and 127.0.0.1.",
            "Use the address that it printed at its start.",
        )


def no_foreign_pages(request: HTTPConnection) -> None:
    """No requests that a browser sends on behalf of another site's page: it may post without asking first."""
    origin = request.headers.get("origin")
    if origin is None:
        return
    if origin.partition("://")[2].lower() != request.headers.get("host", "").lower():
        raise Refused(
            HTTPStatus.FORBIDDEN,
            "Web pages of other sites may not use this server.",
            "Ask from a program, or through a server of the page's own site.",
        )


def require_token(token: str) -> Guard:
    """Only requests with `Authorization: Bearer TOKEN` (RFC 6750)."""
    expected = token.encode()

    def guard(request: HTTPConnection) -> None:
        if request.scope["path"] == OPEN_PATH:
            return
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        # In constant time, so that nothing is learned from how long a wrong one takes.
        right = secrets.compare_digest(given.strip().encode(), expected)
        if scheme.lower() != "bearer" or not right:
            raise Refused(
                HTTPStatus.UNAUTHORIZED,
                "This server asks for a token, and this request has none or a wrong one.",
                "Send the header “Authorization: Bearer TOKEN”.",
                {"WWW-Authenticate": 'Bearer realm="shelfaudit"'},
            )

    return guard


def _is_this_machine(host: str) -> bool:
    if host.lower() == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
