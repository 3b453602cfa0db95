"""Answers that say no: what is wrong, and what the client can do about it, always in the same JSON."""

from __future__ import annotations

import math
from collections.abc import Mapping
from http import HTTPStatus

from starlette.responses import JSONResponse


class Refused(Exception):
    """A request that is not answered as the client hoped. `what` and `advice` as in `errors.UserError`."""

    def __init__(self, status: HTTPStatus, what: str, advice: str, headers: Mapping[str, str] | None = None) -> None:
        self.status = status
        self.what = what
        self.advice = advice
        self.headers = dict(headers or {})
        super().__init__(f"{status.value} {what} {advice}")

    def response(self) -> JSONResponse:
        """This refusal as an answer."""
        return error_response(self.status, self.what, self.advice, headers=self.headers)


def error_response(
    status: int, what: str, advice: str, *, headers: Mapping[str, str] | None = None, bug_id: str | None = None
) -> JSONResponse:
    """`{"error": {"what": …, "advice": …}}`, with the `id` under which a bug is in the log."""
    error = {"what": what, "advice": advice}
    if bug_id is not None:
        error["id"] = bug_id
    return JSONResponse({"error": error}, status, headers=dict(headers or {}))


def busy(what: str, *, seconds: float) -> Refused:
    """503: try again in so many seconds."""
    return _later(HTTPStatus.SERVICE_UNAVAILABLE, what, seconds)


def too_fast(seconds: float) -> Refused:
    """429: this client asked too often."""
    return _later(HTTPStatus.TOO_MANY_REQUESTS, "You ask more often than this server allows.", seconds)


def too_large(limit: int) -> Refused:
    """413: the photo has more bytes than this."""
    return Refused(
        HTTPStatus(413),  # its name changed in Python 3.13
        f"The photo is larger than {limit / 1e6:g} megabytes.",
        "Send it smaller, or as JPEG; --max-megabytes of the server raises the limit.",
    )


def took_too_long(seconds: float) -> Refused:
    """408: the photo did not arrive in this time."""
    return Refused(
        HTTPStatus.REQUEST_TIMEOUT, f"The photo did not arrive within {seconds:g} s.", "Send it faster, or smaller."
    )


def unsupported(what: str, advice: str) -> Refused:
    """415: this is no photo."""
    return Refused(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, what, advice)


def bad_request(what: str, advice: str) -> Refused:
    """400: the request itself is wrong."""
    return Refused(HTTPStatus.BAD_REQUEST, what, advice)


def _later(status: HTTPStatus, what: str, seconds: float) -> Refused:
    wait = max(1, math.ceil(seconds))
    return Refused(status, what, f"Try again in {wait} s.", {"Retry-After": str(wait)})
