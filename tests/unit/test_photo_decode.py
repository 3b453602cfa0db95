from __future__ import annotations

import hashlib
import os
import struct
import sys
import zlib
from pathlib import Path

import numpy as np
import pillow_heif
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from shelfaudit.errors import PhotoError
from shelfaudit.photos.decode import decode_photo, read_photo
from shelfaudit.photos.kinds import PhotoKind, jpeg_is_complete, sniff
from tests.unit.photo_makers import INVERSE_OF_ORIENTATION, rotated_file, save, upright_scene

FORMATS: dict[str, tuple[dict[str, object], int]] = {
    "JPEG": ({"quality": 95, "subsampling": 0}, 24),
    "PNG": ({}, 0),
    "WEBP": ({"lossless": True}, 0),
    "TIFF": ({"compression": "tiff_lzw"}, 0),
}


def worst_difference(first: NDArray[np.uint8], second: NDArray[np.uint8]) -> int:
    assert first.shape == second.shape
    return int(np.abs(first.astype(int) - second.astype(int)).max())


@pytest.mark.parametrize("orientation", INVERSE_OF_ORIENTATION)
@pytest.mark.parametrize("file_format", FORMATS)
def test_every_orientation_gives_the_same_upright_pixels(file_format: str, orientation: int) -> None:
    options, tolerance = FORMATS[file_format]
    scene = upright_scene()
    photo = decode_photo(rotated_file(scene, file_format, orientation, **options))
    assert (photo.width, photo.height, photo.scale) == (160, 96, 1.0)
    assert worst_difference(photo.pixels, scene) <= tolerance
    assert photo.pixels.dtype == np.uint8


@pytest.mark.parametrize("orientation", INVERSE_OF_ORIENTATION)
def test_a_reduced_photo_is_upright_too(orientation: int) -> None:
    scene = upright_scene(800, 480)
    photo = decode_photo(rotated_file(scene, "JPEG", orientation, quality=95), at_most=200)
    assert (photo.width, photo.height, photo.scale) == (800, 480, 0.25)
    assert worst_difference(photo.pixels[4:-4, 4:-4], np.asarray(Image.fromarray(scene).reduce(4))[4:-4, 4:-4]) < 40
    assert np.abs(photo.pixels.astype(int) - np.asarray(Image.fromarray(scene).reduce(4))).mean() < 2


@pytest.mark.parametrize("orientation", INVERSE_OF_ORIENTATION)
def test_heic_is_turned_once(orientation: int) -> None:
    pillow_heif.register_heif_opener()
    scene = upright_scene()
    photo = decode_photo(rotated_file(scene, "HEIF", orientation, quality=95))
    assert (photo.width, photo.height) == (160, 96)
    assert np.abs(photo.pixels.astype(int) - scene).mean() < 4


@pytest.mark.parametrize("file_format", ["JPEG", "PNG", "WEBP", "TIFF", "BMP"])
@settings(deadline=None)
@given(width=st.integers(1, 900), height=st.integers(1, 120), at_most=st.integers(1, 1000))
def test_at_most_leaves_a_long_side_between_once_and_twice(
    file_format: str, width: int, height: int, at_most: int
) -> None:
    photo = decode_photo(save(Image.new("RGB", (width, height), "teal"), file_format), at_most=at_most)
    full_long, long = max(width, height), max(photo.pixels.shape[:2])
    assert min(at_most, full_long) <= long
    assert long <= 2 * at_most or long == full_long
    assert (photo.width, photo.height) == (width, height)
    for side, full in zip(photo.pixels.shape[1::-1], (width, height), strict=True):
        assert side == int(np.ceil(full * photo.scale - 1e-9))


def test_a_photo_without_limit_is_whole_and_hashed() -> None:
    data = save(Image.fromarray(upright_scene(3000, 50)), "PNG")
    photo = decode_photo(data)
    assert photo.pixels.shape == (50, 3000, 3)
    assert photo.sha256 == hashlib.sha256(data).hexdigest()


def test_grey_palette_and_cmyk_become_rgb() -> None:
    for image, expected in [
        (Image.new("L", (8, 8), 90), (90, 90, 90)),
        (Image.new("1", (8, 8), 1), (255, 255, 255)),
        (Image.new("P", (8, 8), 0), (0, 0, 0)),
    ]:
        assert tuple(decode_photo(save(image, "PNG")).pixels[4, 4]) == expected
    cmyk = decode_photo(save(Image.new("CMYK", (8, 8), (0, 255, 255, 0)), "JPEG", quality=95)).pixels
    assert worst_difference(cmyk, np.full((8, 8, 3), (255, 0, 0), np.uint8)) < 8


@pytest.mark.parametrize("file_format", ["PNG", "TIFF"])
def test_sixteen_bits_keep_the_upper_eight(file_format: str) -> None:
    grey = np.array([[0, 256, 40_000, 65_535]], dtype=np.uint16)
    pixels = decode_photo(save(Image.fromarray(grey), file_format)).pixels
    assert pixels[0].tolist() == [[0] * 3, [1] * 3, [40_000 // 256] * 3, [255] * 3]


def test_transparent_parts_become_white() -> None:
    image = Image.new("RGBA", (4, 1), (200, 0, 0, 255))
    image.putpixel((1, 0), (0, 0, 0, 0))
    image.putpixel((2, 0), (0, 0, 0, 127))
    for file_format, options in (("PNG", {}), ("WEBP", {"lossless": True}), ("TIFF", {})):
        pixels = decode_photo(save(image, file_format, **options)).pixels
        assert pixels[0, 0].tolist() == [200, 0, 0]
        assert pixels[0, 1].tolist() == [255, 255, 255]
        assert abs(int(pixels[0, 2, 0]) - 128) <= 1
    palette = Image.new("P", (2, 1), 0)
    palette.putpalette([10, 20, 30, 40, 50, 60])
    palette.putpixel((1, 0), 1)
    pixels = decode_photo(save(palette, "PNG", transparency=1)).pixels
    assert pixels[0].tolist() == [[10, 20, 30], [255, 255, 255]]


def test_a_name_in_any_script_and_any_suffix(tmp_path: Path) -> None:
    file = tmp_path / "Überprüfung №1 商店.jpg"
    file.write_bytes(save(Image.fromarray(upright_scene()), "PNG"))
    assert read_photo(file).width == 160


@pytest.mark.filterwarnings("ignore:Corrupt EXIF:UserWarning")
def test_a_damaged_exif_block_does_not_spoil_the_picture() -> None:
    data = save(Image.fromarray(upright_scene()), "JPEG", exif=b"Exif\0\0II*\0\xff\xff\xff\xff garbage")
    assert decode_photo(data).pixels.shape == (96, 160, 3)
    assert decode_photo(save(Image.fromarray(upright_scene()), "JPEG", orientation=9)).pixels.shape == (96, 160, 3)


def jpeg() -> bytes:
    return save(Image.fromarray(upright_scene(640, 400)), "JPEG", quality=90)


def first_half(file_format: str) -> bytes:
    data = save(Image.fromarray(upright_scene()), file_format)
    return data[: len(data) // 2]


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"", "empty"),
        (b"Not a picture at all\n", "not a photo"),
        (b"\0" * 4096, "not a photo"),
        (jpeg()[:-2000], "cut off"),
        (jpeg()[:200], "cut off"),
        (b"\xff\xd8\xff\xe0", "cut off"),
        (first_half("PNG"), "cut off"),
        (first_half("WEBP"), "cut off"),
        (first_half("TIFF"), "damaged"),
        (first_half("BMP"), "cut off"),
        (b"\0\0\0\x18ftypheic" + b"\0" * 600, "damaged"),
        (b"II*\0" + b"\xff" * 64, "damaged"),
    ],
)
def test_bad_bytes_are_a_photo_error_that_names_the_file(
    data: bytes, words: str, capfd: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(PhotoError, match=words) as caught:
        decode_photo(data, name="shelf.jpg")
    assert caught.value.file == Path("shelf.jpg")
    assert caught.value.advice
    assert capfd.readouterr().err == ""


@pytest.mark.filterwarnings("ignore::UserWarning")
@settings(deadline=None)
@given(st.data())
def test_no_damage_escapes_as_another_error(data: st.DataObject) -> None:
    file_format = data.draw(st.sampled_from(["JPEG", "PNG", "WEBP", "TIFF", "BMP", "GIF"]))
    good = bytearray(save(Image.fromarray(upright_scene(48, 32)), file_format, orientation=None))
    for _ in range(data.draw(st.integers(1, 6))):
        good[data.draw(st.integers(0, len(good) - 1))] = data.draw(st.integers(0, 255))
    try:
        pixels = decode_photo(bytes(good)).pixels
    except PhotoError:
        return
    assert pixels.ndim == 3
    assert pixels.shape[2] == 3


def test_a_decompression_bomb_is_refused_by_its_header() -> None:
    header = struct.pack(">IIBBBBB", 30_000, 30_000, 8, 2, 0, 0, 0)

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    bomb = (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\0" * 1000))
        + chunk(b"IEND", b"")
    )
    with pytest.raises(PhotoError, match="too large: 30000 × 30000"):
        decode_photo(bomb)


def test_a_caller_may_allow_less() -> None:
    scene = upright_scene()
    file = save(Image.fromarray(scene), "PNG")
    megapixels = scene.shape[0] * scene.shape[1] / 1e6
    assert decode_photo(file, max_megapixels=megapixels).pixels.shape == scene.shape
    with pytest.raises(PhotoError, match="too large"):
        decode_photo(file, max_megapixels=megapixels * 0.99)


def test_a_folder_a_missing_file_and_a_locked_one(tmp_path: Path) -> None:
    with pytest.raises(PhotoError, match="folder"):
        read_photo(tmp_path)
    with pytest.raises(PhotoError, match="missing"):
        read_photo(tmp_path / "gone.jpg")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no named pipes")
def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.jpg"
    os.mkfifo(pipe)
    with pytest.raises(PhotoError, match="device"):
        read_photo(pipe)


def test_a_file_that_may_not_be_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "locked.jpg"
    file.write_bytes(jpeg())
    if sys.platform != "win32" and os.geteuid() != 0:
        file.chmod(0)
    else:

        def refuse(_: Path) -> bytes:
            raise PermissionError(13, "Permission denied")

        monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(PhotoError, match="may not be read"):
        read_photo(file)


def test_kinds_are_told_by_content() -> None:
    for file_format, kind in [
        ("JPEG", PhotoKind.JPEG),
        ("PNG", PhotoKind.PNG),
        ("WEBP", PhotoKind.WEBP),
        ("BMP", PhotoKind.BMP),
    ]:
        assert sniff(save(Image.new("RGB", (4, 4)), file_format)) is kind
    assert sniff(save(Image.new("RGB", (4, 4)), "GIF")) is None


def test_an_end_marker_in_a_thumbnail_is_not_the_end() -> None:
    whole = jpeg()
    thumbnail = b"\xff\xe1" + struct.pack(">H", 2 + 20) + b"Exif\0\0" + b"\xff\xda\xff\xd9" + b"\0" * 10
    with_thumbnail = whole[:2] + thumbnail + whole[2:]
    assert jpeg_is_complete(with_thumbnail)
    assert jpeg_is_complete(with_thumbnail + b"\0" * 500)
    assert not jpeg_is_complete(with_thumbnail[:-2])
    assert jpeg_is_complete(save(Image.fromarray(upright_scene()), "JPEG", progressive=True))
