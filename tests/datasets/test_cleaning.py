"""A cleaned copy: what is left out, what is kept, and that each change is told."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from shelfaudit.datasets.cleaning import CleanedDataset, CleaningRules, clean
from shelfaudit.datasets.dataset import Dataset, DatasetError, LabelledPhoto
from shelfaudit.datasets.near_duplicates import Duplicates
from shelfaudit.datasets.photo_check import PhotoCheck
from shelfaudit.datasets.problems import Problem, ProblemKind
from shelfaudit.domain.geometry import Box
from tests.datasets.makers import HEIGHT, WIDTH, a_photo

LABELS = ("cola", "Cola", "tag")


def sound(count: int) -> PhotoCheck:
    return PhotoCheck((None,) * count, Duplicates(tuple(range(count)), ()))


def cleaned(*photos: LabelledPhoto, check: PhotoCheck | None = None, **rules: object) -> CleanedDataset:
    return clean(Dataset(LABELS, photos), check or sound(len(photos)), CleaningRules(**rules))  # type: ignore[arg-type]


def names(result: CleanedDataset) -> list[str]:
    return [photo.file.name for photo in result.dataset.photos]


def kinds(result: CleanedDataset) -> list[ProblemKind]:
    return [change.kind for change in result.changes]


def test_a_good_data_set_stays_as_it_is() -> None:
    photos = (a_photo("1.jpg", [0, 1, 2], products=["a", None, "b"]), a_photo("2.jpg"))
    result = cleaned(*photos)
    assert result.changes == ()
    assert result.dataset.labels == LABELS
    for before, after in zip(photos, result.dataset.photos, strict=True):
        assert after.file == before.file
        assert after.products == before.products
        np.testing.assert_array_equal(after.boxes, before.boxes)
        np.testing.assert_array_equal(after.labels, before.labels)


def test_photos_that_cannot_be_used_are_left_out() -> None:
    missing = Problem(ProblemKind.PHOTO_MISSING, Path("1.jpg"), "", "The file is missing.")
    check = PhotoCheck((missing, None), Duplicates((0, 1), ()))
    result = cleaned(a_photo("1.jpg", [0]), a_photo("2.jpg", [0]), check=check)
    assert names(result) == ["2.jpg"]
    assert [(change.kind, change.file) for change in result.changes] == [(missing.kind, missing.file)]
    assert "left out" in result.changes[0].message


def test_of_doubles_the_one_with_most_boxes_is_kept() -> None:
    # 1 and 2 have the bytes of 0; 4 looks like 0, 5 like 4 but not like 0.
    check = PhotoCheck((None,) * 6, Duplicates((0, 0, 0, 3, 4, 5), ((0, 4), (4, 5))))
    photos = [a_photo(f"{index}.jpg", [0] * boxes) for index, boxes in enumerate((1, 3, 3, 1, 2, 1))]
    result = cleaned(*photos, check=check)
    assert names(result) == ["1.jpg", "3.jpg", "5.jpg"]
    assert [change.file.name for change in result.changes] == ["0.jpg", "2.jpg", "4.jpg"]
    assert set(kinds(result)) == {ProblemKind.PHOTO_DUPLICATE}
    assert "1.jpg has the same bytes and has 3 boxes" in result.changes[0].message
    exact = cleaned(*photos, check=check, near_duplicates=False)
    assert names(exact) == ["1.jpg", "3.jpg", "4.jpg", "5.jpg"]


def test_classes_are_joined_and_what_became_the_same_box_is_one() -> None:
    box = Box(10, 10, 60, 90)
    photo = a_photo("1.jpg", [0, 1, 2], boxes=[box, box, Box(100, 10, 140, 90)], products=["x", "y", "z"])
    result = cleaned(photo, rename={"Cola": "cola"})
    assert result.dataset.labels == ("cola", "tag")
    assert result.dataset.photos[0].labels.tolist() == [0, 1]
    assert result.dataset.photos[0].products == ("x", "z")
    assert kinds(result) == [ProblemKind.LABEL_RENAMED, ProblemKind.BOX_DUPLICATE]


def test_unwanted_classes_become_background_or_areas_to_ignore() -> None:
    photo = a_photo("1.jpg", [2, 0, 2])
    dropped = cleaned(photo, drop=frozenset({"tag"}))
    assert dropped.dataset.labels == ("cola", "Cola")
    assert dropped.dataset.photos[0].labels.tolist() == [0]
    assert dropped.dataset.photos[0].ignored.shape == (0, 4)
    assert [(change.kind, change.place) for change in dropped.changes] == [(ProblemKind.LABEL_UNWANTED, "tag")]
    assert "2 boxes" in dropped.changes[0].message
    ignored = cleaned(photo, ignore=frozenset({"tag"}))
    np.testing.assert_array_equal(ignored.dataset.photos[0].ignored, photo.boxes[[0, 2]])
    np.testing.assert_array_equal(ignored.dataset.photos[0].boxes, photo.boxes[[1]])


def test_only_photos_that_show_what_is_asked_for() -> None:
    photos = (a_photo("1.jpg", [0, 2]), a_photo("2.jpg", [2]), a_photo("3.jpg"))
    result = cleaned(*photos, only_with=frozenset({"cola"}))
    assert names(result) == ["1.jpg"]
    assert kinds(result) == [ProblemKind.PHOTO_UNWANTED] * 2
    result = cleaned(*photos, drop=frozenset({"tag"}), drop_unlabelled=True)
    assert names(result) == ["1.jpg"]
    assert kinds(result)[-2:] == [ProblemKind.PHOTO_UNLABELLED] * 2


def test_boxes_over_the_edge_are_cut_off_and_those_outside_left_out() -> None:
    boxes = [Box(300, 200, WIDTH + 30, HEIGHT + 30), Box(WIDTH + 0.2, 0, WIDTH + 0.8, 50), Box(-0.5, 0, 40, 40)]
    result = cleaned(a_photo("1.jpg", [0, 0, 0], boxes=boxes))
    assert result.dataset.photos[0].boxes.tolist() == [[300, 200, WIDTH, HEIGHT], [-0.5, 0, 40, 40]]
    assert kinds(result) == [ProblemKind.BOX_OVERHANG, ProblemKind.BOX_OUTSIDE]


@pytest.mark.parametrize(
    "rules",
    [
        CleaningRules(rename={"tea": "cola"}),
        CleaningRules(drop=frozenset({"tea"})),
        CleaningRules(ignore=frozenset({"tea"})),
        CleaningRules(only_with=frozenset({"tea"})),
    ],
)
def test_a_class_that_is_not_there_is_refused_with_those_that_are(rules: CleaningRules) -> None:
    with pytest.raises(DatasetError, match="tea") as caught:
        clean(Dataset(LABELS, (a_photo("1.jpg", [0]),)), sound(1), rules)
    assert "“tag”" in caught.value.message
