"""The ZIP archive behind a flatbuffer, as it may come from anywhere."""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelfaudit.tflite.associated_files import MOST_FILE_BYTES, MOST_FILES, attach_files, detach_files

FLATBUFFER = b"\x1c\x00\x00\x00TFL3" + bytes(64)


@given(
    st.binary(min_size=1, max_size=300), st.dictionaries(st.from_regex(r"[a-z]{1,9}\.txt", fullmatch=True), st.binary())
)
def test_what_is_attached_is_detached(flatbuffer: bytes, files: dict[str, bytes]) -> None:
    content = attach_files(flatbuffer, files)
    assert content.startswith(flatbuffer)
    assert attach_files(flatbuffer, files) == content
    if files:
        assert detach_files(content) == (flatbuffer, files)


@given(st.binary(max_size=400))
def test_any_bytes_are_a_flatbuffer_without_files(content: bytes) -> None:
    assert detach_files(content) == (content, {})


@given(st.integers(0, 400), st.integers(1, 255))
def test_a_damaged_archive_raises_nothing(place: int, change: int) -> None:
    content = bytearray(attach_files(FLATBUFFER, {"labels.txt": b"a\nb\n", "metadata.json": b"{}"}))
    content[place % len(content)] ^= change
    flatbuffer, files = detach_files(bytes(content))
    assert len(flatbuffer) <= len(content)
    assert set(files) <= {name for name in files if isinstance(name, str)}


def archive(*entries: tuple[str, bytes], kind: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    buffer.write(FLATBUFFER)
    with zipfile.ZipFile(buffer, "a", kind) as made:
        for name, data in entries:
            made.writestr(name, data)
    return buffer.getvalue()


@pytest.mark.parametrize("kind", [zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_bomb_is_left_out(kind: int) -> None:
    content = archive(("bomb.txt", bytes(MOST_FILE_BYTES + 1)), ("labels.txt", b"a\n"), kind=kind)
    assert len(content) < 100_000
    assert detach_files(content) == (FLATBUFFER, {"labels.txt": b"a\n"})


def test_a_bomb_that_lies_about_its_size_is_left_out() -> None:
    size = MOST_FILE_BYTES + 12345
    content = archive(("bomb.txt", bytes(size))).replace(size.to_bytes(4, "little"), (10).to_bytes(4, "little"))
    flatbuffer, files = detach_files(content)
    assert flatbuffer == FLATBUFFER
    assert all(len(data) <= MOST_FILE_BYTES for data in files.values())


def test_a_crowd_of_files_is_cut() -> None:
    content = archive(*((f"{number}.txt", b"x") for number in range(MOST_FILES + 20)))
    assert len(detach_files(content)[1]) == MOST_FILES


def test_an_encrypted_file_is_left_out() -> None:
    content = bytearray(archive(("secret.txt", b"s" * 40), ("labels.txt", b"a\n"), kind=zipfile.ZIP_STORED))
    for marker, offset in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        content[content.index(marker) + offset] |= 1
    assert detach_files(bytes(content))[1] == {"labels.txt": b"a\n"}
