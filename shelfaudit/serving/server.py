"""The server: one detector, one listener, uvicorn between them."""

from __future__ import annotations

import socket
from types import FrameType

import uvicorn

from shelfaudit.detection.model_file import ModelInfo
from shelfaudit.serving.address import is_loopback, url_of
from shelfaudit.serving.application import create_application
from shelfaudit.serving.guards import Guard, limit_rate, loopback_names_only, no_foreign_pages, require_token
from shelfaudit.serving.limits import Limits
from shelfaudit.serving.protocol import ImpatientProtocol
from shelfaudit.serving.rate import TokenBuckets
from shelfaudit.serving.worker import DetectionWorker
from shelfaudit.usecases.ports import PhotoDetector

MAX_CONNECTIONS = 256
KEEP_ALIVE_SECONDS = 5
STOP_SECONDS = 30
"""For accepted photos to be answered after the server was asked to stop."""


class PhotoServer:
    """Answers photos with their facings.

    url: where it is. is_private: whether only this machine can reach it.
    listener: closed at the end of `run`.
    token: what clients must send; None lets everyone in who reaches the listener.
    """

    def __init__(
        self,
        detector: PhotoDetector,
        listener: socket.socket,
        *,
        token: str | None = None,
        limits: Limits | None = None,
    ) -> None:
        limits = limits if limits is not None else Limits()
        self._listener = listener
        self.url = url_of(listener)
        self.is_private = is_loopback(listener.getsockname()[0])
        self._worker = DetectionWorker(detector, waiting=limits.waiting, max_megapixels=limits.max_megapixels)
        self._uvicorn = _Uvicorn(
            uvicorn.Config(
                create_application(self._worker, limits, _guards(token, limits, is_private=self.is_private)),
                http=ImpatientProtocol,
                ws="none",
                loop="asyncio",
                lifespan="off",
                interface="asgi3",
                log_config=None,
                access_log=False,  # the funnel writes it, without what was asked for
                proxy_headers=False,  # else every client could say that it is another one
                server_header=False,
                limit_concurrency=MAX_CONNECTIONS,
                timeout_keep_alive=KEEP_ALIVE_SECONDS,
                timeout_graceful_shutdown=STOP_SECONDS,
            )
        )

    @property
    def info(self) -> ModelInfo:
        """What is known about the model."""
        return self._worker.info

    def run(self) -> None:
        """Answer until `stop`, or, in the main thread, until Ctrl-C or SIGTERM; photos that were accepted are finished.

        A second Ctrl-C does not wait for them.
        """
        with self._listener, self._worker:
            self._uvicorn.run(sockets=[self._listener])

    def stop(self) -> None:
        """Have `run` end. May be called from any thread."""
        self._uvicorn.should_exit = True


class _Uvicorn(uvicorn.Server):
    """Ends by returning. uvicorn would raise the signal again, and the process would seem to have been killed."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:  # noqa: ARG002
        if self.should_exit:
            self.force_exit = True
        self.should_exit = True


def _guards(token: str | None, limits: Limits, *, is_private: bool) -> list[Guard]:
    """The cheapest first; the rate before the token, so that nobody can try many tokens."""
    guards: list[Guard] = []
    if limits.requests_per_minute:
        guards.append(limit_rate(TokenBuckets(limits.requests_per_minute)))
    if is_private:
        guards.append(loopback_names_only)
    guards.append(no_foreign_pages)
    if token is not None:
        guards.append(require_token(token))
    return guards
