"""Many clients and one detector: order, bounds, clients that leave, and the end."""

from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import httpx
import numpy as np
import pytest

from shelfaudit.domain.detections import Detections
from shelfaudit.photos.encode import encode_jpeg
from shelfaudit.usecases.ports import CancelCheck, Pixels, never
from tests.serving.servers import PATIENCE_S, GatedDetector, RunningServer, StartServer, a_photo
from tests.serving.test_limits import error_of
from tests.unit.fakes import FakeDetector


def wait_until(server: RunningServer, waiting: int) -> None:
    """Until so many photos wait or are looked at."""
    deadline = time.monotonic() + PATIENCE_S
    while server.client.get("/health").json()["waiting"] != waiting:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def wait_until_closed(server: RunningServer) -> None:
    """Until no new connection is taken."""
    deadline = time.monotonic() + PATIENCE_S
    while time.monotonic() < deadline:
        try:
            server.connect().close()
        except ConnectionError:
            return
        time.sleep(0.05)
    pytest.fail("connections are still taken")


def numbered_photo(number: int) -> bytes:
    """A photo with `number` bright products, each of which the tiny model finds."""
    pixels = np.full((60, 60 * 21, 3), 20, dtype=np.uint8)
    for index in range(number):
        pixels[10:50, 60 * index + 10 : 60 * index + 50] = 255
    return encode_jpeg(pixels)


def test_twenty_at_once_get_their_own_answers(start_server: StartServer) -> None:
    server = start_server(waiting=20)
    start = threading.Barrier(20)

    def ask(number: int) -> int:
        start.wait()
        return len(server.detect(numbered_photo(number)).json()["annotations"])

    with ThreadPoolExecutor(20) as pool:
        assert list(pool.map(ask, range(1, 21))) == list(range(1, 21))
    assert server.client.get("/health").json()["waiting"] == 0


def test_a_full_queue_says_when_to_come_back(start_server: StartServer) -> None:
    detector = GatedDetector()
    server = start_server(detector, waiting=2)
    with ThreadPoolExecutor(20) as pool:
        first = [pool.submit(server.detect, a_photo()) for _ in range(3)]
        wait_until(server, 3)
        refused = list(pool.map(lambda _: server.detect(a_photo()), range(17)))
        detector.gate.set()
        assert [future.result().status_code for future in first] == [200] * 3
    for answer in refused:
        assert "waiting" in error_of(answer, 503)
        assert int(answer.headers["retry-after"]) >= 1
    assert server.detect(a_photo()).status_code == 200


def test_no_photo_waits_where_none_may(start_server: StartServer) -> None:
    detector = GatedDetector()
    server = start_server(detector, waiting=0)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(server.detect, a_photo())
        wait_until(server, 1)
        error_of(server.detect(a_photo()), 503)
        detector.gate.set()
        assert first.result().status_code == 200


def leave_early(server: RunningServer) -> None:
    """Send a photo and go away before it is answered."""
    patience = httpx.Timeout(PATIENCE_S, read=0.3)
    with (
        httpx.Client(base_url=server.url, timeout=patience, trust_env=False) as client,
        pytest.raises(httpx.ReadTimeout),
    ):
        client.post("/detect", content=a_photo())


def test_clients_that_leave_while_they_wait_free_their_places(start_server: StartServer) -> None:
    detector = GatedDetector()
    server = start_server(detector, waiting=3)
    with ThreadPoolExecutor(4) as pool:
        first = pool.submit(server.detect, a_photo())
        wait_until(server, 1)
        list(pool.map(leave_early, [server] * 3))
        wait_until(server, 1)
        detector.gate.set()
        assert first.result().status_code == 200
    assert server.detect(a_photo()).status_code == 200
    assert [detector.entered.acquire(blocking=False) for _ in range(3)] == [True, True, False]


def test_a_detection_ends_where_its_client_left(start_server: StartServer) -> None:
    detector = GatedDetector()
    server = start_server(detector)
    leave_early(server)
    assert detector.dropped.acquire(timeout=PATIENCE_S)
    wait_until(server, 0)
    detector.gate.set()
    assert server.detect(a_photo()).status_code == 200


def test_damaged_photos_hold_nobody_up(start_server: StartServer) -> None:
    server = start_server(waiting=40)
    good, bad = numbered_photo(4), numbered_photo(4)[:-200]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(server.detect, [good, bad] * 10))
    assert [answer.status_code for answer in answers] == [200, 422] * 10
    assert {len(answer.json()["annotations"]) for answer in answers[::2]} == {4}


def test_the_detector_runs_in_one_thread(start_server: StartServer) -> None:
    threads: set[str] = set()

    class Watched(FakeDetector):
        def detect(
            self, pixels: Pixels, *, min_score: float | None = None, cancelled: CancelCheck = never
        ) -> Detections:
            threads.add(threading.current_thread().name)
            return super().detect(pixels, min_score=min_score, cancelled=cancelled)

    server = start_server(Watched())
    with ThreadPoolExecutor(8) as pool:
        assert {answer.status_code for answer in pool.map(server.detect, [a_photo()] * 16)} == {200}
    assert threads == {"shelfaudit-detector"}


def test_stopping_finishes_what_was_accepted(start_server: StartServer) -> None:
    detector = GatedDetector()
    server = start_server(detector, waiting=1)
    with ThreadPoolExecutor(2) as pool:
        accepted = [pool.submit(server.detect, a_photo()) for _ in range(2)]
        wait_until(server, 2)
        server.server.stop()
        wait_until_closed(server)
        assert not any(future.done() for future in accepted)
        detector.gate.set()
        assert [future.result().status_code for future in accepted] == [200, 200]


def test_stopping_does_not_wait_for_ever(
    start_server: StartServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("shelfaudit.serving.server.STOP_SECONDS", 1)
    detector = GatedDetector()
    server = start_server(detector)
    with ThreadPoolExecutor(1) as pool:
        stuck = pool.submit(server.detect, a_photo())
        wait_until(server, 1)
        server.server.stop()
        assert "stopping" in error_of(stuck.result(), 503)
    assert detector.dropped.acquire(timeout=PATIENCE_S)
    assert "graceful shutdown exceeded" in caplog.text
    caplog.clear()
