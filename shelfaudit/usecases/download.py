"""Downloads that go on where they broke off. The only use of the network in shelfaudit, and only when asked for.

What has come so far is kept in a `.partial` file with a note of what it is a part of: the next attempt asks the server
for the rest (HTTP range requests, RFC 9110 section 14), and the server says whether that still is the same file.
"""

from __future__ import annotations

import errno
import hashlib
import json
import re
import time
from contextlib import suppress
from http import HTTPStatus
from pathlib import Path
from urllib.parse import unquote, urlsplit
from urllib.request import url2pathname

import requests

from shelfaudit import __version__
from shelfaudit.errors import Cancelled, UserError
from shelfaudit.usecases.ports import CancelCheck, Progress, never, silent

ATTEMPTS = 4
PAUSE_SECONDS = 1.0
"""Before the second attempt; doubled before each further one."""

TIMEOUT_SECONDS = (10.0, 30.0)
"""To connect, and between two pieces."""

PIECE_BYTES = 1 << 14
"""A piece that breaks off is lost."""
MOST_REDIRECTIONS = 5

_TRY_AGAIN = "Try again: what has come so far is kept."


class DownloadError(UserError):
    """A file cannot be fetched."""


def is_url(source: str) -> bool:
    """Whether this is an address rather than a path (`C:\\model.tflite` is a path)."""
    return re.match(r"[A-Za-z][A-Za-z0-9+.-]+://", source) is not None


def name_in_url(url: str) -> str:
    """The file's name in an address; "" where it has none."""
    return unquote(urlsplit(url).path).rstrip("/").rpartition("/")[2]


def file_in_url(url: str) -> Path | None:
    """The file of a `file:` address; None for other addresses.

    Raises:
        DownloadError: it is on another machine.
    """
    parts = urlsplit(url)
    if parts.scheme.lower() != "file":
        return None
    if parts.netloc not in {"", "localhost"}:
        raise DownloadError(f"{url} is on another machine.", advice="Copy the file here and name its path.")
    return Path(url2pathname(parts.path))


def download(
    url: str,
    folder: Path,
    *,
    most_bytes: int,
    progress: Progress = silent,
    cancelled: CancelCheck = never,
) -> Path:
    """Fetch a file over HTTP into `folder`; gives the complete file there, which the caller moves away or deletes.

    progress: told bytes, and 0 of 0 while the size is not known.

    Raises:
        DownloadError: the address is none, there is no network or no such file, the server breaks off again and again,
            the file is larger than `most_bytes`, or it cannot be written.
        Cancelled: `cancelled` became true; what has come so far is kept.
    """
    if urlsplit(url).scheme.lower() not in {"http", "https"} or not urlsplit(url).netloc:
        raise DownloadError(f"{url} is no address of http or https.", advice="Name a file, or such an address.")
    partial = _Partial(folder, url)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with requests.Session() as session:
            session.max_redirects = MOST_REDIRECTIONS
            session.headers["User-Agent"] = f"shelfaudit/{__version__}"
            # Compressed on the way, the server's ranges would not be those of the file.
            session.headers["Accept-Encoding"] = "identity"
            for attempt in range(ATTEMPTS):
                try:
                    _fetch(session, url, partial, most_bytes, progress, cancelled)
                    return partial.complete()
                except (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError) as error:
                    if attempt == ATTEMPTS - 1 or (attempt > 0 and not partial.size):
                        raise DownloadError(f"{url} cannot be reached, or breaks off.", advice=_TRY_AGAIN) from error
                    _wait(PAUSE_SECONDS * 2**attempt, cancelled)
    except requests.RequestException as error:
        raise DownloadError(
            f"{url} cannot be fetched ({type(error).__name__}).", advice="See that it is right."
        ) from error
    except OSError as error:
        raise _not_written(error, folder) from error
    raise AssertionError("the last attempt returns or raises")


class _Partial:
    """What has come of a file, and which file that is a part of."""

    def __init__(self, folder: Path, url: str) -> None:
        stem = hashlib.sha256(url.encode("utf-8", "surrogatepass")).hexdigest()[:16]
        self.file = folder / f"{stem}.partial"
        self._note = folder / f"{stem}.partial.json"
        self._done = folder / f"{stem}.complete"

    @property
    def size(self) -> int:
        """Bytes that have come and may be gone on from."""
        try:
            return self.file.stat().st_size if self.validator else 0
        except OSError:
            return 0

    @property
    def validator(self) -> str:
        """What tells the server which state of the file this is a part of: its ETag or its date; "" for none."""
        try:
            document = json.loads(self._note.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return ""
        value = document.get("validator") if isinstance(document, dict) else None
        return value if isinstance(value, str) and value.isprintable() else ""

    def begin(self, response: requests.Response) -> None:
        """Start anew with the file that this response brings."""
        etag = response.headers.get("ETag", "")
        # A weak ETag does not promise the same bytes.
        validator = etag if etag and not etag.startswith("W/") else response.headers.get("Last-Modified", "")
        self._note.unlink(missing_ok=True)
        self.file.write_bytes(b"")
        self._note.write_text(json.dumps({"validator": validator}), encoding="utf-8")

    def complete(self) -> Path:
        """Everything has come."""
        self._note.unlink(missing_ok=True)
        self.file.replace(self._done)
        return self._done

    def drop(self) -> None:
        """Forget what has come."""
        for file in (self._note, self.file):
            with suppress(OSError):
                file.unlink(missing_ok=True)


def _fetch(
    session: requests.Session,
    url: str,
    partial: _Partial,
    most_bytes: int,
    progress: Progress,
    cancelled: CancelCheck,
) -> None:
    """One attempt: ask for the file, or for the rest of it."""
    size = partial.size
    headers = {"Range": f"bytes={size}-", "If-Range": partial.validator} if size else {}
    with session.get(url, headers=headers, stream=True, timeout=TIMEOUT_SECONDS) as response:
        if response.status_code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and size:
            # It became shorter, or all of it is here but was never put in its place: cheaper to fetch than to find out.
            partial.drop()
            _fetch(session, url, partial, most_bytes, progress, cancelled)
            return
        _refuse_errors(response, url)
        if not _continues(response, size):
            partial.begin(response)
            size = 0
        length = response.headers.get("Content-Length", "")
        total = size + int(length) if length.isdecimal() else 0
        if total > most_bytes:
            partial.drop()
            raise _too_large(url, most_bytes)
        with partial.file.open("ab") as stream:
            progress(size, total)
            for piece in response.iter_content(PIECE_BYTES):
                if cancelled():
                    raise Cancelled
                size += len(piece)
                if size > most_bytes:
                    stream.close()
                    partial.drop()
                    raise _too_large(url, most_bytes)
                stream.write(piece)
                progress(size, total)
    if total and size != total:
        raise requests.exceptions.ChunkedEncodingError(f"{size} of {total} bytes")


def _continues(response: requests.Response, size: int) -> bool:
    """Whether the response is the rest of a file of which `size` bytes are here, and not all of it."""
    if response.status_code != HTTPStatus.PARTIAL_CONTENT:
        return False
    found = re.match(r"bytes (\d+)-", response.headers.get("Content-Range", ""))
    if size and found is not None and int(found[1]) == size:
        return True
    raise requests.exceptions.ChunkedEncodingError("another range than the one asked for")


def _refuse_errors(response: requests.Response, url: str) -> None:
    """Raises DownloadError where the server refuses; ConnectionError where it may think otherwise soon."""
    if response.ok:
        return
    status = response.status_code
    if status in {HTTPStatus.NOT_FOUND, HTTPStatus.GONE}:
        raise DownloadError(f"There is nothing at {url}.", advice="See that the address is right.")
    if status in {HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN}:
        raise DownloadError(f"{url} asks who you are.", advice="Fetch it with your browser, then name the file.")
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == HTTPStatus.TOO_MANY_REQUESTS:
        raise requests.ConnectionError(f"the server says {status}")
    raise DownloadError(
        f"The server of {url} says {status} {response.reason}.", advice="See that the address is right."
    )


def _wait(seconds: float, cancelled: CancelCheck) -> None:
    end = time.monotonic() + seconds
    while (left := end - time.monotonic()) > 0:
        if cancelled():
            raise Cancelled
        time.sleep(min(left, 0.1))


def _too_large(url: str, most_bytes: int) -> DownloadError:
    return DownloadError(
        f"{url} is larger than {most_bytes / 1e6:,.0f} MB.", advice="That is no detector: see the address."
    )


def _not_written(error: OSError, folder: Path) -> DownloadError:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return DownloadError("The disk is full.", advice=f"Make room. {_TRY_AGAIN}", file=folder)
    reason = error.strerror or type(error).__name__
    return DownloadError(f"The download cannot be saved ({reason}).", advice="See who may write there.", file=folder)
