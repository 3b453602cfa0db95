from __future__ import annotations

import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelfaudit.errors import PhotoError
from shelfaudit.photos.decode import read_photo
from shelfaudit.photos.files import find_photos, natural_key


def touch(folder: Path, *names: str) -> None:
    for name in names:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x")


def test_folders_give_their_photos_in_natural_order(tmp_path: Path) -> None:
    touch(
        tmp_path,
        "bay 10.jpg",
        "Bay 2.JPG",
        "notes.txt",
        ".hidden.jpg",
        ".trash/old.jpg",
        "$RECYCLE.BIN/deleted.jpg",
        "aisle/1.heic",
        "aisle/2.webp",
    )
    names = [path.relative_to(tmp_path).as_posix() for path in find_photos([tmp_path])]
    assert names == ["Bay 2.JPG", "bay 10.jpg", "aisle/1.heic", "aisle/2.webp"]


def test_a_named_file_is_taken_whatever_it_is_called_and_only_once(tmp_path: Path) -> None:
    touch(tmp_path, "scan.dat", "ä.png")
    odd = tmp_path / "scan.dat"
    assert find_photos([odd, tmp_path, odd, tmp_path / "ä.png"]) == [odd, tmp_path / "ä.png"]


def test_a_missing_path_is_named(tmp_path: Path) -> None:
    with pytest.raises(PhotoError, match="no such file") as caught:
        find_photos([tmp_path, tmp_path / "nowhere"])
    assert caught.value.file == tmp_path / "nowhere"


@pytest.mark.skipif(sys.platform == "win32", reason="making links needs special rights there")
def test_a_link_that_leads_to_itself_is_a_photo_that_cannot_be_read(tmp_path: Path) -> None:
    touch(tmp_path, "1.jpg")
    (tmp_path / "2.jpg").symlink_to("2.jpg")
    (tmp_path / "again").symlink_to(".")
    assert find_photos([tmp_path]) == [tmp_path / "1.jpg", tmp_path / "2.jpg"]
    with pytest.raises(PhotoError, match="cannot be"):
        read_photo(tmp_path / "2.jpg")


@pytest.mark.skipif(sys.platform == "win32", reason="longer names are allowed there")
def test_a_name_that_the_disk_does_not_allow_is_named(tmp_path: Path) -> None:
    with pytest.raises(PhotoError, match="cannot be opened") as caught:
        find_photos([tmp_path / ("n" * 5000)])
    assert caught.value.file == tmp_path / ("n" * 5000)


@given(st.lists(st.text(max_size=12), max_size=12))
def test_any_names_can_be_ordered(names: list[str]) -> None:
    ordered = sorted(names, key=natural_key)
    assert sorted(ordered) == sorted(names)


@given(st.integers(0, 10**6), st.integers(0, 10**6))
def test_numbers_order_as_numbers(first: int, second: int) -> None:
    assert (natural_key(f"IMG_{first}.jpg") < natural_key(f"img_{second}.jpg")) == (first < second)
