"""Clients that hold connections, or speak no HTTP: they lose them, and the others are served."""

from __future__ import annotations

import itertools
import socket
import time
from collections.abc import Iterable

import pytest

from tests.serving.servers import PATIENCE_S, RunningServer, StartServer, a_photo
from tests.unit.fakes import FakeDetector

PATIENCE = 0.8
HEAD = b"POST /detect HTTP/1.1\r\nHost: localhost\r\nContent-Type: image/jpeg\r\n"


@pytest.fixture
def server(start_server: StartServer, monkeypatch: pytest.MonkeyPatch) -> RunningServer:
    """A server that is patient for less than a second."""
    monkeypatch.setattr("shelfaudit.serving.protocol.HEAD_SECONDS", PATIENCE)
    monkeypatch.setattr("shelfaudit.serving.protocol.LEAVE_SECONDS", PATIENCE)
    return start_server(FakeDetector(), max_bytes=100_000)


def read_to_end(connection: socket.socket) -> bytes:
    """What comes until the server closes the connection."""
    received = b""
    try:
        while data := connection.recv(65536):
            received += data
    except ConnectionError:
        pass
    return received


def is_cut_off(connection: socket.socket, pieces: Iterable[bytes], *, pause: float = 0) -> bool:
    """Whether the server ends the connection while these are sent."""
    try:
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(pause)
    except ConnectionError:
        return True
    return False


def read_health(connection: socket.socket) -> bytes:
    """One whole answer of `GET /health`."""
    connection.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")
    received = b""
    while not received.endswith(b"}"):
        received += connection.recv(65536)
    return received


def test_a_connection_that_never_asks(server: RunningServer) -> None:
    with server.connect() as connection:
        started = time.monotonic()
        assert read_to_end(connection) == b""
        assert PATIENCE / 2 < time.monotonic() - started < 10


def test_a_head_that_drips_in(server: RunningServer) -> None:
    with server.connect() as connection:
        started = time.monotonic()
        assert is_cut_off(connection, (bytes([byte]) for byte in HEAD + b"X: " + b"y" * 5000), pause=0.01)
        assert time.monotonic() - started < 10


def test_a_second_head_that_drips_in(server: RunningServer) -> None:
    with server.connect() as connection:
        assert read_health(connection).startswith(b"HTTP/1.1 200")
        connection.sendall(b"GET /hea")
        started = time.monotonic()
        assert read_to_end(connection) == b""
        assert time.monotonic() - started < 4  # not what uvicorn allows an idle connection


def test_a_decent_client_keeps_its_connection(server: RunningServer) -> None:
    with server.connect() as connection:
        for _ in range(3):
            assert read_health(connection).startswith(b"HTTP/1.1 200")
            time.sleep(PATIENCE * 1.5)


def test_a_body_that_goes_on_after_it_was_refused(server: RunningServer) -> None:
    with server.connect() as connection:
        connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        started = time.monotonic()
        assert is_cut_off(connection, itertools.repeat(b"10000\r\n" + bytes(0x10000) + b"\r\n"))
        assert time.monotonic() - started < 10


def test_a_body_in_crumbs(server: RunningServer) -> None:
    with server.connect() as connection:
        connection.sendall(HEAD + b"Transfer-Encoding: chunked\r\n\r\n")
        assert is_cut_off(connection, [b"1\r\n\xff\r\n" * 50_000] * 10)


def test_a_body_in_small_pieces_is_good(server: RunningServer) -> None:
    photo = a_photo() + bytes(50_000)
    pieces = (photo[start : start + 100] for start in range(0, len(photo), 100))
    assert server.client.post("/detect", content=pieces).status_code == 200


def test_an_answer_that_is_not_read(server: RunningServer) -> None:
    with server.connect() as connection:
        # So many answers that they fill the buffers of both sides.
        request = b"GET /openapi.json HTTP/1.1\r\nHost: localhost\r\n\r\n"
        assert is_cut_off(connection, itertools.repeat(request * 100))
    assert server.client.get("/health").status_code == 200


def test_early_refusal_where_the_client_asks_before_it_sends(server: RunningServer) -> None:
    with server.connect() as connection:
        connection.sendall(HEAD + b"Content-Length: 999999999\r\nExpect: 100-continue\r\n\r\n")
        assert connection.recv(65536).startswith(b"HTTP/1.1 413")
    with server.connect() as connection:
        photo = a_photo()
        connection.sendall(HEAD + b"Content-Length: %d\r\nExpect: 100-continue\r\n\r\n" % len(photo))
        assert connection.recv(65536).startswith(b"HTTP/1.1 100")
        connection.sendall(photo)
        assert connection.recv(65536).startswith(b"HTTP/1.1 200")


@pytest.mark.parametrize(
    "request_bytes",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03" + bytes(64),
        b"GET / HTTP/9.9\r\nConnection: close\r\n\r\n",
        b"GET /health HTTP/1.1\r\n\r\n",
        b"POST /detect HTTP/1.1\r\nHost: localhost\r\nContent-Length: -5\r\n\r\n",
        b"POST /detect HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        b"POST /detect HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        HEAD + b"Transfer-Encoding: chunked\r\n\r\nzz\r\n",
        b"GET /" + b"x" * 200_000 + b" HTTP/1.1\r\n\r\n",
    ],
)
def test_what_is_no_http(server: RunningServer, request_bytes: bytes, caplog: pytest.LogCaptureFixture) -> None:
    with server.connect() as connection:
        connection.sendall(request_bytes)
        answer = read_to_end(connection)
    assert answer.startswith(b"HTTP/1.1 4") or answer == b""
    assert b"Traceback" not in answer
    assert server.client.get("/health").status_code == 200
    assert not [record for record in caplog.records if record.exc_info]
    caplog.clear()


def test_too_many_connections_do_not_lock_it_up(
    start_server: StartServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("shelfaudit.serving.protocol.HEAD_SECONDS", 3.0)
    monkeypatch.setattr("shelfaudit.serving.server.MAX_CONNECTIONS", 5)
    server = start_server(FakeDetector())
    idle = [server.connect() for _ in range(8)]
    try:
        wait_for_status(server, 503)
        wait_for_status(server, 200)
    finally:
        for connection in idle:
            connection.close()
    assert "concurrency" in caplog.text
    caplog.clear()


def wait_for_status(server: RunningServer, status: int) -> None:
    """Until the server answers so."""
    deadline = time.monotonic() + PATIENCE_S
    while server.client.get("/health").status_code != status:
        assert time.monotonic() < deadline
        time.sleep(0.1)
