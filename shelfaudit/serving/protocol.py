"""HTTP/1.1 with less patience than uvicorn has: a client that only holds its connection loses it."""

from __future__ import annotations

import asyncio
from typing import Any

import h11
from uvicorn.protocols.http.h11_impl import H11Protocol

HEAD_SECONDS = 10.0
"""For a request's head to arrive, counted from the connection or from the head's first byte."""

LEAVE_SECONDS = 10.0
"""For a client to read its answer, and to stop sending a body that was refused."""


HEAD_LINES = 1024
LEAST_CHUNK = 64
"""Of a body in chunks, in bytes on average. The parser takes seconds for a piece of the stream in crumbs of a byte
each, and nobody else is served meanwhile."""


class ImpatientProtocol(H11Protocol):
    """Closes connections that never ask, never finish asking, never read the answer, send on after it, or in crumbs.

    uvicorn limits only how long a connection may be idle between two requests.
    """

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._head_timer: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # as in uvicorn
        super().connection_made(transport)
        self._watch_head()

    def data_received(self, data: bytes) -> None:
        if data.count(b"\r\n") > HEAD_LINES + len(data) // LEAST_CHUNK:
            self.transport.abort()
            return
        super().data_received(data)
        self._watch_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._unwatch_head()
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        super().on_response_complete()
        if self._unread() or self._still_sending():
            self.loop.call_later(LEAVE_SECONDS, self._let_go)

    def _watch_head(self) -> None:
        """The timer runs while a head is expected; more of the same head does not start it anew."""
        if self.conn.their_state is not h11.IDLE:
            self._unwatch_head()
        elif self._head_timer is None:
            self._head_timer = self.loop.call_later(HEAD_SECONDS, self.transport.abort)

    def _unwatch_head(self) -> None:
        if self._head_timer is not None:
            self._head_timer.cancel()
            self._head_timer = None

    def _let_go(self) -> None:
        if self._unread() or self._still_sending():
            self.transport.abort()

    def _unread(self) -> bool:
        return self.transport.get_write_buffer_size() > 0

    def _still_sending(self) -> bool:
        return self.conn.our_state is h11.DONE and self.conn.their_state is h11.SEND_BODY
