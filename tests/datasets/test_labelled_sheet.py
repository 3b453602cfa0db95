"""The sheet of labelled photos: which photos are on it, and what is drawn."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from shelfaudit.datasets.contact_sheet import choose_photos, labelled_sheet
from shelfaudit.datasets.dataset import Dataset, PixelArray
from shelfaudit.domain.geometry import Box
from shelfaudit.domain.palette import brand_styles
from tests.datasets.makers import HEIGHT, WIDTH, a_photo, write_photo


def grey_photo(file: Path) -> Path:
    return write_photo(file, np.full((HEIGHT, WIDTH, 3), 90, dtype=np.uint8), quality=100)


def count(sheet: PixelArray, colour: tuple[int, int, int]) -> int:
    return int((np.abs(sheet.astype(int) - colour).max(axis=2) <= 3).sum())


def test_the_choice_is_seeded_and_shows_each_class() -> None:
    photos = [a_photo(f"{index}.jpg", [0] if index < 97 else [index - 96]) for index in range(100)]
    chosen = choose_photos(photos, 6, seed=4)
    assert chosen == choose_photos(photos, 6, seed=4)
    assert chosen != choose_photos(photos, 6, seed=5)
    assert len(chosen) == 6
    assert {label for photo in chosen for label in photo.labels.tolist()} == {0, 1, 2, 3}
    assert len(choose_photos(photos, 500, seed=0)) == 100


def test_boxes_have_the_colour_of_their_class(tmp_path: Path) -> None:
    photo = a_photo(grey_photo(tmp_path / "ä.jpg"), [0, 1, 1])
    with_both = labelled_sheet(Dataset(("cola", "tea"), (photo,)))
    styles = brand_styles(["tea", "cola"])
    assert count(with_both, styles["tea"].rgb) > count(with_both, styles["cola"].rgb) > 500
    without = labelled_sheet(Dataset(("cola", "tea"), (a_photo(photo.file),)))
    assert count(without, styles["tea"].rgb) == count(without, styles["cola"].rgb) == 0


def test_what_is_outside_the_region_is_dim_and_what_is_ignored_hatched(tmp_path: Path) -> None:
    file = grey_photo(tmp_path / "a.jpg")
    whole = labelled_sheet(Dataset(("cola",), (a_photo(file, region=Box(0, 0, WIDTH, HEIGHT)),)))
    part = labelled_sheet(Dataset(("cola",), (a_photo(file, region=Box(0, 0, WIDTH / 2, HEIGHT)),)))
    assert count(whole, (40, 40, 40)) == 0
    assert count(part, (40, 40, 40)) > 1000, "90 × .45"
    ignored = labelled_sheet(Dataset(("cola",), (a_photo(file, ignored=[Box(50, 50, 150, 150)]),)))
    assert count(ignored, (255, 255, 255)) > 3000 > count(whole, (255, 255, 255))


def test_photos_that_cannot_be_read_have_a_cell(tmp_path: Path) -> None:
    one = labelled_sheet(Dataset(("cola",), (a_photo(grey_photo(tmp_path / "a.jpg"), [0]),)))
    two = labelled_sheet(Dataset(("cola",), (a_photo(tmp_path / "a.jpg", [0]), a_photo(tmp_path / "gone.jpg", [0]))))
    assert two.shape[1] > one.shape[1]


@pytest.mark.parametrize("size", [(0, 0), (10, 1000)])
def test_labels_for_another_size_are_drawn_all_the_same(tmp_path: Path, size: tuple[int, int]) -> None:
    photo = replace(a_photo(grey_photo(tmp_path / "a.jpg"), [0]), width=size[0], height=size[1])
    assert labelled_sheet(Dataset(("cola",), (photo,))).ndim == 3


def test_many_classes_fit_into_the_legend(tmp_path: Path) -> None:
    labels = tuple(f"class № {index} with a long name" for index in range(120))
    photo = a_photo(grey_photo(tmp_path / "a.jpg"), range(120), boxes=[Box(0, 0, 50, 50)] * 120)
    assert labelled_sheet(Dataset(labels, (photo,))).shape[0] > 2000


def test_without_a_photo_there_is_no_sheet() -> None:
    with pytest.raises(ValueError, match="needs a photo"):
        labelled_sheet(Dataset(("cola",), ()))
