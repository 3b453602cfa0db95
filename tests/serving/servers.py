"""Servers for tests, each on a free port in a thread, and photos for them."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import numpy as np
import pytest

pytest.importorskip("fastapi", reason="needs the extra `serve`")

from shelfaudit.domain.detections import Detections
from shelfaudit.errors import Cancelled
from shelfaudit.photos.encode import encode_jpeg
from shelfaudit.serving.address import open_listener
from shelfaudit.serving.limits import Limits
from shelfaudit.serving.server import PhotoServer
from shelfaudit.usecases.ports import CancelCheck, PhotoDetector, Pixels, never
from tests.unit.fakes import FakeDetector

PATIENCE_S = 30.0


class GatedDetector(FakeDetector):
    """Holds each photo until `gate` is set or the photo is dropped; `entered` counts those it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = threading.Event()
        self.entered = threading.Semaphore(0)
        self.dropped = threading.Semaphore(0)

    def detect(self, pixels: Pixels, *, min_score: float | None = None, cancelled: CancelCheck = never) -> Detections:
        self.entered.release()
        while not self.gate.wait(0.01):
            if cancelled():
                self.dropped.release()
                raise Cancelled
        return super().detect(pixels, min_score=min_score, cancelled=cancelled)


class RunningServer:
    """A server that answers, and a client for it."""

    def __init__(self, server: PhotoServer, client: httpx.Client) -> None:
        self.server = server
        self.client = client
        self.url = server.url
        host, port = server.url.removeprefix("http://").rsplit(":", 1)
        self.host, self.port = host.strip("[]"), int(port)

    def detect(self, photo: bytes, **options: object) -> httpx.Response:
        """Post a photo as a raw body."""
        return self.client.post("/detect", content=photo, **options)  # type: ignore[arg-type]  # httpx's own options

    def connect(self) -> socket.socket:
        """A bare connection, for what no decent client would send."""
        connection = socket.create_connection((self.host, self.port), timeout=PATIENCE_S)
        connection.settimeout(PATIENCE_S)
        return connection


StartServer = Callable[..., RunningServer]
"""Starts a server with this detector (without one: the tiny model's) and the options of `running_server`."""


@contextmanager
def running_server(
    detector: PhotoDetector, *, host: str = "127.0.0.1", token: str | None = None, **limits: float
) -> Iterator[RunningServer]:
    """A server in a thread, with these limits in place of the default ones."""
    listener = open_listener(host, 0, beyond_loopback=token is not None)
    server = PhotoServer(detector, listener, token=token, limits=Limits(**limits))  # type: ignore[arg-type]  # by name
    thread = threading.Thread(target=server.run, name="test-server")
    thread.start()
    try:
        with httpx.Client(base_url=server.url, timeout=PATIENCE_S, trust_env=False) as client:
            yield RunningServer(server, client)
    finally:
        server.stop()
        thread.join(PATIENCE_S)
    assert not thread.is_alive()


def rectangles(width: int = 320, height: int = 200) -> Pixels:
    """A dark photo with three bright products of different shapes, as the tiny model finds them."""
    pixels = np.full((height, width, 3), 20, dtype=np.uint8)
    for x, y, w, h in ((30, 20, 60, 40), (140, 30, 40, 90), (230, 110, 70, 60)):
        pixels[y : y + h, x : x + w] = 255
    return pixels


def a_photo(shade: int = 120) -> bytes:
    """A small grey JPEG."""
    return encode_jpeg(np.full((48, 64, 3), shade, dtype=np.uint8))


def a_file(folder: Path, data: bytes, name: str) -> Path:
    """These bytes as a file."""
    file = folder / name
    file.write_bytes(data)
    return file
