"""Downloads from a real HTTP server that breaks off, lies and refuses."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from shelfaudit.errors import Cancelled
from shelfaudit.usecases.download import DownloadError, download, file_in_url, is_url, name_in_url

CONTENT = bytes(range(256)) * 2000
LIMIT = 10_000_000


@dataclass
class Behaviour:
    """What the server does, and what it was asked.

    break_after: bytes after which each of the next answers breaks off. status: of the next answers, before 200.
    """

    content: bytes = CONTENT
    etag: str = '"one"'
    ranges: bool = True
    length: bool = True
    break_after: list[int] = field(default_factory=list)
    status: list[int] = field(default_factory=list)
    location: str = ""
    asked: list[tuple[str | None, str | None]] = field(default_factory=list)


@pytest.fixture
def behaviour() -> Behaviour:
    return Behaviour()


@pytest.fixture
def url(behaviour: Behaviour, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of a file on a server of this computer."""
    monkeypatch.setattr("shelfaudit.usecases.download.PAUSE_SECONDS", 0.01)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            wanted = self.headers.get("Range")
            behaviour.asked.append((wanted, self.headers.get("If-Range")))
            if behaviour.status:
                self._refuse(behaviour.status.pop(0))
                return
            start = 0
            if wanted and behaviour.ranges and self.headers.get("If-Range") == behaviour.etag:
                start = int(wanted.removeprefix("bytes=").removesuffix("-"))
                if start >= len(behaviour.content):
                    self._refuse(416)
                    return
            body = behaviour.content[start:]
            self.send_response(206 if start else 200)
            if start:
                size = len(behaviour.content)
                self.send_header("Content-Range", f"bytes {start}-{size - 1}/{size}")
            if behaviour.etag:
                self.send_header("ETag", behaviour.etag)
            if behaviour.length:
                self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if behaviour.break_after:
                body = body[: behaviour.break_after.pop(0)]
            self.wfile.write(body)
            self.close_connection = True

        def _refuse(self, status: int) -> None:
            self.send_response(status)
            if behaviour.location:
                self.send_header("Location", behaviour.location)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002  # the base class names it so
            del format, args

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/m%C3%BC%20model.tflite?v=1"
    server.shutdown()
    server.server_close()
    thread.join()


def test_a_file_is_fetched(url: str, tmp_path: Path) -> None:
    steps: list[tuple[int, int]] = []
    file = download(url, tmp_path, most_bytes=LIMIT, progress=lambda *step: steps.append(step))
    assert file.read_bytes() == CONTENT
    assert steps[0] == (0, len(CONTENT))
    assert steps[-1] == (len(CONTENT), len(CONTENT))
    assert list(tmp_path.iterdir()) == [file]


def test_it_goes_on_where_it_broke_off(url: str, tmp_path: Path, behaviour: Behaviour) -> None:
    behaviour.break_after = [100_000, 50_000]
    assert download(url, tmp_path, most_bytes=LIMIT).read_bytes() == CONTENT
    (first, *_), *others = behaviour.asked
    assert first is None
    starts = [int(str(wanted).removeprefix("bytes=").removesuffix("-")) for wanted, _ in others]
    assert len(starts) == 2
    assert 0 < starts[0] <= 100_000
    assert starts[0] < starts[1] <= 150_000
    assert {validator for _, validator in others} == {'"one"'}


def test_a_later_attempt_goes_on_too(url: str, tmp_path: Path, behaviour: Behaviour) -> None:
    behaviour.break_after = [60_000, 0, 0, 0]
    with pytest.raises(DownloadError, match="breaks off") as caught:
        download(url, tmp_path, most_bytes=LIMIT)
    assert "kept" in caught.value.advice
    behaviour.asked.clear()
    assert download(url, tmp_path, most_bytes=LIMIT).read_bytes() == CONTENT
    assert behaviour.asked[0][0] is not None


def test_a_file_that_changed_meanwhile_is_fetched_anew(url: str, tmp_path: Path, behaviour: Behaviour) -> None:
    behaviour.break_after = [60_000, 0, 0, 0]
    with pytest.raises(DownloadError):
        download(url, tmp_path, most_bytes=LIMIT)
    behaviour.content, behaviour.etag = CONTENT[::-1], '"two"'
    assert download(url, tmp_path, most_bytes=LIMIT).read_bytes() == CONTENT[::-1]


@pytest.mark.parametrize("etag", ["", 'W/"weak"'])
def test_without_a_promise_nothing_is_gone_on_from(url: str, tmp_path: Path, behaviour: Behaviour, etag: str) -> None:
    behaviour.etag = etag
    behaviour.break_after = [60_000]
    assert download(url, tmp_path, most_bytes=LIMIT).read_bytes() == CONTENT
    assert [wanted for wanted, _ in behaviour.asked] == [None, None]


def test_a_server_without_ranges_sends_all_of_it_again(url: str, tmp_path: Path, behaviour: Behaviour) -> None:
    behaviour.ranges = False
    behaviour.break_after = [60_000]
    assert download(url, tmp_path, most_bytes=LIMIT).read_bytes() == CONTENT


def test_a_rest_that_is_none_is_fetched_anew(url: str, tmp_path: Path, behaviour: Behaviour) -> None:
    behaviour.break_after = [60_000, 0, 0, 0]
    with pytest.raises(DownloadError):
        download(url, tmp_path, most_bytes=LIMIT)
    behaviour.content = b"short"  # the same ETag: a server that lies
    assert download(url, tmp_path, most_bytes=LIMIT).read_bytes() == b"short"


def test_without_a_length_the_end_is_the_end(url: str, tmp_path: Path, behaviour: Behaviour) -> None:
    behaviour.length = False
    assert download(url, tmp_path, most_bytes=LIMIT).read_bytes() == CONTENT


@pytest.mark.parametrize("length", [True, False])
def test_a_file_that_is_too_large_is_not_kept(url: str, tmp_path: Path, behaviour: Behaviour, length: bool) -> None:
    behaviour.length = length
    with pytest.raises(DownloadError, match="larger than"):
        download(url, tmp_path, most_bytes=100_000)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("status", "words"), [(404, "nothing at"), (410, "nothing at"), (403, "who you are"), (418, "says 418")]
)
def test_refusals_are_said_once(url: str, tmp_path: Path, behaviour: Behaviour, status: int, words: str) -> None:
    behaviour.status = [status]
    with pytest.raises(DownloadError, match=words):
        download(url, tmp_path, most_bytes=LIMIT)
    assert len(behaviour.asked) == 1


def test_a_busy_server_is_asked_again(url: str, tmp_path: Path, behaviour: Behaviour) -> None:
    behaviour.status = [503]
    assert download(url, tmp_path, most_bytes=LIMIT).read_bytes() == CONTENT


def test_a_circle_of_redirections_ends(url: str, tmp_path: Path, behaviour: Behaviour) -> None:
    behaviour.status, behaviour.location = [302] * 20, url
    with pytest.raises(DownloadError, match="TooManyRedirects"):
        download(url, tmp_path, most_bytes=LIMIT)
    assert len(behaviour.asked) < 10


def test_cancelling_keeps_what_has_come(url: str, tmp_path: Path, behaviour: Behaviour) -> None:
    answers = iter([False, False, True])
    with pytest.raises(Cancelled):
        download(url, tmp_path, most_bytes=LIMIT, cancelled=lambda: next(answers))
    assert download(url, tmp_path, most_bytes=LIMIT).read_bytes() == CONTENT
    assert behaviour.asked[-1][0] is not None


def test_no_network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shelfaudit.usecases.download.PAUSE_SECONDS", 0.01)
    for address in ("http://127.0.0.1:9/x.tflite", "http://nowhere.invalid/x.tflite"):
        with pytest.raises(DownloadError, match="cannot be reached"):
            download(address, tmp_path, most_bytes=LIMIT)


@pytest.mark.parametrize("address", ["ftp://example.org/x", "http:///x", "https://", "javascript://x"])
def test_addresses_that_are_none(address: str, tmp_path: Path) -> None:
    with pytest.raises(DownloadError, match="no address"):
        download(address, tmp_path, most_bytes=LIMIT)


def test_a_full_disk(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_self: Path, _data: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(DownloadError, match="disk is full"):
        download(url, tmp_path, most_bytes=LIMIT)


def test_a_folder_that_is_a_file(url: str, tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("")
    with pytest.raises(DownloadError, match="cannot be saved"):
        download(url, tmp_path / "taken", most_bytes=LIMIT)


def test_addresses_and_paths_are_told_apart(tmp_path: Path) -> None:
    assert is_url("https://example.org/x.tflite")
    assert not is_url("C:\\models\\x.tflite")
    assert not is_url("models/x.tflite")
    assert name_in_url("https://example.org/a/m%C3%BC%20x.tflite?v=1#top") == "mü x.tflite"
    assert name_in_url("https://example.org") == ""
    file = tmp_path / "mü x.tflite"
    assert file_in_url(file.as_uri()) == file
    assert file_in_url("https://example.org/x") is None
    with pytest.raises(DownloadError, match="another machine"):
        file_in_url("file://server/x.tflite")
