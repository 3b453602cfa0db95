"""What the server refuses: too much, too often, too late, and what is no photo. Always in the same JSON."""

from __future__ import annotations

import io
import logging
import struct
import time
import tracemalloc
import zlib
from collections.abc import Iterator

import httpx
import numpy as np
import pytest
from PIL import Image

pytest.importorskip("fastapi", reason="needs the extra `serve`")

from shelfaudit.domain.detections import Detections
from shelfaudit.photos.encode import encode_jpeg
from shelfaudit.serving.limits import UPLOAD_MEMORY, MemoryBudget
from shelfaudit.serving.refusals import Refused
from shelfaudit.usecases.ports import CancelCheck, Pixels, never
from tests.serving.servers import GatedDetector, RunningServer, StartServer, a_photo, running_server
from tests.unit.fakes import FakeDetector

SMALL = 20_000


def error_of(answer: httpx.Response, status: int) -> str:
    """The error of an answer with this status, as one text."""
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/json"
    error = answer.json()["error"]
    assert set(error) - {"id"} == {"what", "advice"}
    assert "Traceback" not in answer.text
    return f"{error['what']} {error['advice']}"


def in_pieces(data: bytes, size: int = 1000) -> Iterator[bytes]:
    """A body whose length is not known beforehand: httpx sends it chunked."""
    for start in range(0, len(data), size):
        yield data[start : start + size]


def padded(size: int) -> bytes:
    """A good JPEG of this many bytes."""
    photo = a_photo()
    return photo + bytes(size - len(photo))


def bomb(width: int, height: int) -> bytes:
    """A PNG of some hundred bytes that says to have this many pixels."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(1000))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


@pytest.fixture(scope="module")
def small() -> Iterator[RunningServer]:
    """A server that takes 20 kilobytes and a tenth of a megapixel."""
    with running_server(FakeDetector(), max_bytes=SMALL, max_megapixels=0.1, requests_per_minute=0) as running:
        yield running


@pytest.mark.parametrize("chunked", [False, True])
def test_a_photo_may_be_as_large_as_the_limit_and_no_byte_larger(small: RunningServer, chunked: bool) -> None:
    fits, too_large = padded(SMALL), padded(SMALL + 1)
    body = in_pieces if chunked else bytes
    assert small.client.post("/detect", content=body(fits)).status_code == 200
    assert "0.02 megabytes" in error_of(small.client.post("/detect", content=body(too_large)), 413)
    # The connection is in order afterwards.
    assert small.client.get("/health").status_code == 200


def test_a_form_is_limited_by_its_photo(small: RunningServer) -> None:
    def post(size: int) -> httpx.Response:
        return small.client.post("/detect", files={"file": ("a.jpg", padded(size))})

    assert post(SMALL).status_code == 200
    error_of(post(SMALL + 1), 413)
    error_of(post(SMALL + 200_000), 413)


def test_no_more_than_the_limit_is_kept_in_memory(small: RunningServer) -> None:
    def endless() -> Iterator[bytes]:
        for _ in range(300):
            yield bytes(100_000)

    tracemalloc.start()
    try:
        answer = small.client.post("/detect", content=endless())
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    error_of(answer, 413)
    assert peak < 10_000_000


@pytest.mark.parametrize(
    ("photo", "status", "word"),
    [
        (b"", 400, "empty"),
        (b"no photo at all", 415, "known kind"),
        (b"GIF89a" + bytes(100), 415, "HEIC"),
        (a_photo()[:-400], 422, "cut off"),
        (b"\xff\xd8\xff" + bytes(500), 422, "cut off"),
        (b"\x89PNG\r\n\x1a\n" + bytes(500), 422, "cut off"),
        (b"II*\0" + b"\xff" * 500, 422, "damaged"),
        (b"\0\0\0\x18ftypheic" + bytes(500), 422, "damaged"),
        (b"RIFF\xff\xff\xff\xffWEBPVP8 " + bytes(500), 422, "cut off"),
        (bomb(400, 251), 422, "0.1 megapixels"),
        (bomb(2**31 - 1, 2**31 - 1), 422, "0.1 megapixels"),
        (bomb(100, 100), 422, "damaged"),
    ],
)
def test_what_is_no_good_photo(small: RunningServer, photo: bytes, status: int, word: str) -> None:
    assert word in error_of(small.detect(photo), status)


@pytest.mark.parametrize(
    "content_type", ["text/html", "application/json", "application/x-www-form-urlencoded", "video/mp4", "image", "*"]
)
def test_other_content_types_are_not_read(small: RunningServer, content_type: str) -> None:
    answer = small.detect(a_photo(), headers={"Content-Type": content_type})
    assert "image/jpeg" in error_of(answer, 415)


def test_compressed_bodies_are_not_unpacked(small: RunningServer) -> None:
    answer = small.detect(zlib.compress(a_photo()), headers={"Content-Encoding": "deflate"})
    assert "Content-Encoding" in error_of(answer, 415)


def form(*parts: bytes, boundary: bytes = b"XX") -> bytes:
    return b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts) + b"--" + boundary + b"--\r\n"


def file_part(name: str = "file", content: bytes = b"") -> bytes:
    head = f'Content-Disposition: form-data; name="{name}"; filename="a.jpg"\r\n\r\n'
    return head.encode() + (content or a_photo())


@pytest.mark.parametrize(
    ("body", "word"),
    [
        (b"", "no file"),
        (form(), "no file"),
        (form(file_part("photo")), "no file"),
        (form(b'Content-Disposition: form-data; name="file"\r\n\r\njust text'), "no file"),
        (form(file_part(), file_part()), "Too many files"),
        (form(*[b'Content-Disposition: form-data; name="x"\r\n\r\n1'] * 9), "Too many fields"),
        (form(file_part(), boundary=b"YY"), "cannot be read"),
        (form(b"Content-Disposition: form-data\r\n\r\n1"), "cannot be read"),
        (form(b'Content-Disposition: form-data; name="x"\r\n\r\n' + b"1" * 5000), "exceeded"),
        (form(b"X: " + b"1" * 60_000 + b"\r\n\r\n"), "cannot be read"),
        (b"\xff" * 1000, "cannot be read"),
    ],
)
def test_damaged_forms(small: RunningServer, body: bytes, word: str) -> None:
    answer = small.client.post("/detect", content=body, headers={"Content-Type": "multipart/form-data; boundary=XX"})
    assert word in error_of(answer, 400)


@pytest.mark.parametrize("boundary", ["", "; boundary=", "; boundary=" + "x" * 5000])
def test_forms_without_a_good_boundary(small: RunningServer, boundary: str) -> None:
    answer = small.client.post(
        "/detect", content=form(file_part()), headers={"Content-Type": f"multipart/form-data{boundary}"}
    )
    error_of(answer, 400)


@pytest.mark.parametrize("charset", ["undefined", "idna", "punycode", "zlib", "no-such", "utf-7", '"', "utf-16"])
def test_forms_in_odd_encodings(small: RunningServer, charset: str) -> None:
    odd = b'Content-Disposition: form-data; name="\xff\xfe.x"\r\n\r\n' + b"\xff.a" * 1000
    answer = small.client.post(
        "/detect",
        content=form(odd, file_part()),
        headers={"Content-Type": f"multipart/form-data; boundary=XX; charset={charset}"},
    )
    assert answer.status_code in (200, 400)
    if answer.status_code == 400:
        error_of(answer, 400)


def test_a_form_with_an_empty_or_a_wrong_file(small: RunningServer) -> None:
    error_of(small.client.post("/detect", files={"file": ("a.jpg", b"")}), 400)
    error_of(small.client.post("/detect", files={"file": ("a.jpg", b"text")}), 415)


@pytest.mark.parametrize("score", ["-0.1", "1.01", "nan", "inf", "much", "0.5x"])
def test_scores_outside_their_range(small: RunningServer, score: str) -> None:
    assert "min_score" in error_of(small.detect(a_photo(), params={"min_score": score}), 422)


def test_paths_and_methods_that_are_not_there(small: RunningServer) -> None:
    assert "POST /detect" in error_of(small.client.get("/photos/secret.jpg"), 404)
    answer = small.client.get("/detect")
    assert "POST /detect" in error_of(answer, 405)
    assert answer.headers["allow"] == "POST"
    error_of(small.client.post("/detect/", content=a_photo()), 404)


def test_asking_too_often_is_answered_with_when_to_come_back(start_server: StartServer) -> None:
    server = start_server(FakeDetector(), requests_per_minute=2)
    answers = [server.client.get("/health") for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert "Try again" in error_of(answers[-1], 429)
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 30


def test_a_photo_that_arrives_too_slowly(start_server: StartServer) -> None:
    server = start_server(FakeDetector(), seconds=1)

    def slow() -> Iterator[bytes]:
        yield a_photo()[:100]
        time.sleep(3)
        yield a_photo()[100:]

    assert "did not arrive" in error_of(server.client.post("/detect", content=slow()), 408)
    assert server.detect(a_photo()).status_code == 200


def test_a_photo_that_takes_too_long(start_server: StartServer) -> None:
    detector = GatedDetector()
    server = start_server(detector, seconds=1)
    answer = server.detect(a_photo())
    assert "not done" in error_of(answer, 503)
    assert "retry-after" in answer.headers
    assert detector.dropped.acquire(timeout=5)
    detector.gate.set()
    assert server.detect(a_photo()).status_code == 200


def test_photos_share_a_bounded_memory() -> None:
    budget = MemoryBudget(100)
    with budget.share() as first, budget.share() as second:
        first(60)
        second(40)
        with pytest.raises(Refused) as caught:
            second(1)
        assert caught.value.status == 503
        assert budget.used == 100
    assert budget.used == 0
    assert UPLOAD_MEMORY > 200_000_000  # the largest photo that the command line allows fits


def test_a_bug_has_an_id_in_answer_and_log_and_nothing_else_leaves(
    start_server: StartServer, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(FakeDetector):
        def detect(
            self, pixels: Pixels, *, min_score: float | None = None, cancelled: CancelCheck = never
        ) -> Detections:
            del pixels, min_score, cancelled
            raise ZeroDivisionError("inner secret")

    server = start_server(Broken())
    answer = server.detect(a_photo(), params={"file_name": "private.jpg"})
    assert "bug" in error_of(answer, 500)
    assert "secret" not in answer.text
    (record,) = caplog.records
    assert record.levelno == logging.ERROR
    assert answer.json()["error"]["id"] in record.getMessage()
    assert record.exc_info is not None
    assert "private" not in caplog.text
    caplog.clear()
    # The thread lives on.
    error_of(server.detect(a_photo()), 500)
    caplog.clear()


def test_the_log_has_a_line_for_each_request_without_what_was_sent(
    start_server: StartServer, caplog: pytest.LogCaptureFixture
) -> None:
    token = "not-for-the-log-0123"
    server = start_server(FakeDetector(), token=token)
    with caplog.at_level(logging.INFO, logger="shelfaudit.serving"):
        headers = {"Authorization": f"Bearer {token}"}
        server.client.post("/detect", files={"file": ("private.jpg", a_photo())}, headers=headers)
        server.client.get("/private.jpg?token=" + token, headers=headers)
        server.client.request("PRIVATE", "/health")
        server.client.get("/model", headers={"Authorization": "Bearer private-0123456789"})
    lines = [record.getMessage().rsplit(" in ", 1)[0] for record in caplog.records]
    assert lines == [
        "127.0.0.1 POST /detect 200",
        "127.0.0.1 GET (another path) 404",
        "127.0.0.1 (another method) /health 405",
        "127.0.0.1 GET /model 401",
    ]
    assert "private" not in caplog.text.lower()
    assert token not in caplog.text


def test_a_large_picture_in_a_small_file_is_decoded_within_bounds(start_server: StartServer) -> None:
    server = start_server(FakeDetector(), max_megapixels=20)
    buffer = io.BytesIO()
    Image.fromarray(np.zeros((4000, 4900, 3), dtype=np.uint8)).save(buffer, "PNG")
    assert server.detect(buffer.getvalue()).json()["images"][0]["width"] == 4900
    error_of(server.detect(encode_jpeg(np.zeros((4100, 4900, 3), dtype=np.uint8))), 422)
