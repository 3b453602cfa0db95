"""Names of photos in foreign label files lead into the photo folders or nowhere."""

from __future__ import annotations

from pathlib import Path

import pytest

from shelfaudit.datasets.dataset import DatasetError
from shelfaudit.datasets.photo_finder import OutsidePhotoFolder, PhotoFinder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A label folder `set/labels` with photos in `set/images`, and a secret beside the set."""
    for name in ("set/images/monday/1.jpg", "set/images/ä 2.jpg", "set/labels/3.jpg", "secret.jpg"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    return tmp_path / "set" / "labels"


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("3.jpg", "labels/3.jpg"),
        ("ä 2.jpg", "images/ä 2.jpg"),
        ("monday/1.jpg", "images/monday/1.jpg"),
        ("./monday/1.jpg", "images/monday/1.jpg"),
        ("monday\\1.jpg", "images/monday/1.jpg"),
        ("../images/monday/1.jpg", "images/monday/1.jpg"),
        ("/home/somebody/photos/monday/1.jpg", "images/monday/1.jpg"),
        ("C:\\photos\\monday\\1.jpg", "images/monday/1.jpg"),
        ("C:/photos/ä 2.jpg", "images/ä 2.jpg"),
        ("s3://bucket/audit/monday/1.jpg", "images/monday/1.jpg"),
        ("https://example.com/upload/%C3%A4%202.jpg?key=1", "images/ä 2.jpg"),
        ("file:///photos/3.jpg", "labels/3.jpg"),
    ],
)
def test_photos_are_found_by_the_names_that_tools_write(folder: Path, name: str, found: str) -> None:
    assert PhotoFinder(folder).find(name) == folder.parent / found


@pytest.mark.parametrize(
    "name",
    [
        "../../secret.jpg",
        "monday/../../../secret.jpg",
        "..\\..\\secret.jpg",
        "/etc/passwd",
        "C:/windows/win.ini",
        "C:\\windows\\..\\win.ini",
        "\\\\server\\share\\secret.jpg",
        "../labels-of-others/1.jpg",
    ],
)
def test_nothing_leads_out_of_the_folders(folder: Path, name: str) -> None:
    with pytest.raises(OutsidePhotoFolder):
        PhotoFinder(folder).find(name)


@pytest.mark.parametrize("name", ["s3://bucket/../../secret.jpg", "https://example.com/..%2f..%2fsecret.jpg"])
def test_an_address_leads_into_the_folder_too(folder: Path, name: str) -> None:
    assert PhotoFinder(folder).find(name).parent == folder


def test_an_absolute_name_in_the_folder_is_taken(folder: Path) -> None:
    photo = folder.parent / "images" / "monday" / "1.jpg"
    assert PhotoFinder(folder, photo.parent).find(str(photo)) == photo
    with pytest.raises(OutsidePhotoFolder):
        PhotoFinder(folder, photo.parent).find(str(folder.parent.parent / "secret.jpg"))


def test_the_named_folder_is_the_only_one(folder: Path) -> None:
    finder = PhotoFinder(folder, folder.parent / "images")
    assert finder.find("monday/1.jpg").exists()
    assert finder.find("3.jpg") == folder.parent / "images" / "3.jpg"


def test_a_missing_photo_has_its_place_in_the_first_folder(folder: Path) -> None:
    assert PhotoFinder(folder).find("none/9.jpg") == folder / "none" / "9.jpg"
    assert PhotoFinder(folder).find("s3://bucket/none/9.jpg") == folder / "9.jpg"


@pytest.mark.parametrize("name", ["", ".", "..", "/", "a\0b.jpg"])
def test_impossible_names_are_refused(folder: Path, name: str) -> None:
    with pytest.raises(ValueError, match="no file"):
        PhotoFinder(folder).find(name)


def test_a_folder_of_photos_that_is_not_there_is_named(folder: Path) -> None:
    with pytest.raises(DatasetError) as caught:
        PhotoFinder(folder, folder / "none")
    assert caught.value.file == folder / "none"
