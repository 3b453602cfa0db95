"""The photo in the body of a request, read no further than the limits allow."""

from __future__ import annotations

import logging
import sys
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass

from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from shelfaudit.photos.kinds import PhotoKind, sniff
from shelfaudit.serving.refusals import bad_request, too_large, unsupported

FILE_FIELD = "file"
"""The name of the field of a form that holds the photo."""

FORM_OVERHEAD = 64_000
"""Bytes of a form beside its photo."""

_MAX_FIELDS = 8
_MAX_FIELD_BYTES = 4096  # some of the encodings a form may name take quadratic time to decode
_HOW_TO_SEND = (
    f"Send the photo's bytes with a Content-Type like image/jpeg, or a multipart form with the field “{FILE_FIELD}”."
)

# It warns of each damaged form, with bytes of it; the client is told, and the log holds nothing that was sent.
logging.getLogger("python_multipart").setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True)
class Upload:
    """A photo file as it was sent; `name` where the form said one."""

    photo: bytes
    name: str | None = None


class _InMemory(MultiPartParser):
    """Never writes a photo to the disk; how much there may be is limited while it arrives."""

    spool_max_size = sys.maxsize


async def read_upload(request: Request, max_bytes: int, take_memory: Callable[[int], None]) -> Upload:
    """The photo of a request, as raw body or as a field of a form.

    take_memory: asked before some bytes more are kept; may raise.

    Raises:
        Refused: the body is too large, empty, no photo of a known kind, or a form without one.
        ClientDisconnect: the client went away.
    """
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise unsupported("The body is compressed.", "Send the photo as it is, without Content-Encoding.")
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type == "multipart/form-data":
        limit = max_bytes + FORM_OVERHEAD
        upload = await _from_form(request, _limited(request, limit, max_bytes, take_memory))
    elif media_type in ("", "application/octet-stream") or media_type.startswith("image/"):
        upload = Upload(await _collect(_limited(request, max_bytes, max_bytes, take_memory)))
    else:
        raise unsupported("A body of this Content-Type is not read.", _HOW_TO_SEND)
    if len(upload.photo) > max_bytes:
        raise too_large(max_bytes)
    _check_kind(upload.photo)
    return upload


def _check_kind(photo: bytes) -> None:
    if not photo:
        raise bad_request("The photo is empty.", _HOW_TO_SEND)
    if sniff(photo) is None:
        raise unsupported("This is not a photo of a known kind.", f"Known are {', '.join(PhotoKind)}.")


async def _limited(
    request: Request, limit: int, max_bytes: int, take_memory: Callable[[int], None]
) -> AsyncGenerator[bytes, None]:
    """The body in pieces; ends it as soon as it is, or says to be, longer than `limit`."""
    declared = request.headers.get("content-length", "0")
    if int(declared) > limit:  # h11 lets nothing but digits through
        raise too_large(max_bytes)
    received = 0
    async with aclosing(request.stream()) as stream:
        async for chunk in stream:
            received += len(chunk)
            if received > limit:
                raise too_large(max_bytes)
            take_memory(len(chunk))
            yield chunk


async def _collect(body: AsyncGenerator[bytes, None]) -> bytes:
    collected = bytearray()
    async with aclosing(body):
        async for chunk in body:
            collected += chunk
    return bytes(collected)


async def _from_form(request: Request, body: AsyncGenerator[bytes, None]) -> Upload:
    async with aclosing(body):
        try:
            parser = _InMemory(
                request.headers, body, max_files=1, max_fields=_MAX_FIELDS, max_part_size=_MAX_FIELD_BYTES
            )
            form = await parser.parse()
        except MultiPartException as error:
            raise bad_request("The form cannot be read.", f"{error.message} {_HOW_TO_SEND}") from error
        except UnicodeError as error:
            raise bad_request("The form names an encoding it is not in.", "Use UTF-8.") from error
    try:
        part = form.get(FILE_FIELD)
        if not isinstance(part, UploadFile):
            raise bad_request(f"The form has no file in a field “{FILE_FIELD}”.", _HOW_TO_SEND)
        return Upload(await part.read(), part.filename)
    finally:
        await form.close()
