"""The size of a photo from its header agrees with the decoded photo, whichever way it was held."""

from __future__ import annotations

from pathlib import Path

import pillow_heif
import pytest
from PIL import Image

from shelfaudit.errors import PhotoError
from shelfaudit.photos.decode import decode_photo, read_photo_size
from tests.unit.photo_makers import INVERSE_OF_ORIENTATION, rotated_file, save, upright_scene


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "TIFF", "HEIF"])
@pytest.mark.parametrize("orientation", INVERSE_OF_ORIENTATION)
def test_it_is_that_of_the_upright_photo(file_format: str, orientation: int, tmp_path: Path) -> None:
    pillow_heif.register_heif_opener()
    file = tmp_path / "Käse №1"
    file.write_bytes(rotated_file(upright_scene(), file_format, orientation))
    assert read_photo_size(file) == (160, 96)
    decoded = decode_photo(file.read_bytes())
    assert (decoded.width, decoded.height) == (160, 96)


def test_a_bitmap_has_no_orientation(tmp_path: Path) -> None:
    (tmp_path / "a.bmp").write_bytes(save(Image.fromarray(upright_scene()), "BMP"))
    assert read_photo_size(tmp_path / "a.bmp") == (160, 96)


def test_pixels_may_be_missing(tmp_path: Path) -> None:
    data = save(Image.fromarray(upright_scene()), "JPEG")
    (tmp_path / "cut.jpg").write_bytes(data[: len(data) * 3 // 4])
    assert read_photo_size(tmp_path / "cut.jpg") == (160, 96)


@pytest.mark.parametrize("content", [None, b"", b"no picture", b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n1234"])
def test_what_is_no_photo_is_named(content: bytes | None, tmp_path: Path) -> None:
    file = tmp_path / "x.jpg"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(PhotoError) as caught:
        read_photo_size(file)
    assert caught.value.file == file


def test_a_folder_is_no_photo(tmp_path: Path) -> None:
    with pytest.raises(PhotoError):
        read_photo_size(tmp_path)
