"""Files inside a TFLite file: a ZIP archive behind the flatbuffer, as the TFLite metadata tools append it."""

from __future__ import annotations

import io
import lzma
import zipfile
import zlib
from collections.abc import Mapping

MOST_FILES = 64
MOST_FILE_BYTES = 4 << 20
"""Labels and descriptions are smaller; an archive that unpacks to more is left alone."""

_BROKEN_ARCHIVE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    OSError,
    ValueError,
    RuntimeError,  # encrypted, or (NotImplementedError) packed in a way that Python does not know
)


def attach_files(flatbuffer: bytes, files: Mapping[str, bytes]) -> bytes:
    """A TFLite file with these files inside, by name. The same input gives the same bytes."""
    buffer = io.BytesIO()
    buffer.write(flatbuffer)
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_STORED) as archive:
        for name, data in files.items():
            archive.writestr(zipfile.ZipInfo(name), data)
    return buffer.getvalue()


def detach_files(content: bytes) -> tuple[bytes, dict[str, bytes]]:
    """The flatbuffer of a TFLite file and the files inside, by name.

    What is damaged, too large or too many is left out: a file is only as trustworthy as where it came from.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            entries = archive.infolist()
            if not entries:
                return content, {}
            start = min(entry.header_offset for entry in entries)
            files = {entry.filename: _read(archive, entry) for entry in entries[:MOST_FILES]}
    except _BROKEN_ARCHIVE:
        return content, {}
    return content[: max(start, 0)], {name: data for name, data in files.items() if data is not None}


def _read(archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> bytes | None:
    """The file's content; None where it cannot or should not be unpacked."""
    try:
        with archive.open(entry) as stream:
            data = stream.read(MOST_FILE_BYTES + 1)  # what the archive states as its size may be a lie
    except _BROKEN_ARCHIVE:
        return None
    return data if len(data) <= MOST_FILE_BYTES else None
