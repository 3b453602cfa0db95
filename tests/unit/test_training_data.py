"""Corrected visits become training data; what cannot is named."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from shelfaudit.datasets.kinds import FacingClasses
from shelfaudit.datasets.problems import ProblemKind
from shelfaudit.domain.catalogue import Catalogue
from shelfaudit.domain.edits import EditKind
from shelfaudit.domain.geometry import Box
from shelfaudit.domain.visit import Photo, PhotoState, Visit
from shelfaudit.errors import UserError
from shelfaudit.usecases.training_data import visits_dataset
from tests.datasets.format_makers import label_names, write_photo
from tests.report_makers import CATALOGUE, facings, photo, visit


class Visits:
    """A repository of some visits, by id."""

    def __init__(self, *visits: Visit) -> None:
        self._visits = {entry.id: entry for entry in visits}

    def visit(self, visit_id: int) -> Visit:
        if visit_id not in self._visits:
            raise UserError(f"There is no visit {visit_id}.")
        return self._visits[visit_id]

    def catalogue(self) -> Catalogue:
        return CATALOGUE

    def edit_counts(self, visit_id: int) -> dict[EditKind, int]:
        del visit_id
        return {}


def on_disk(entry: Photo, folder: Path) -> Photo:
    """The photo with a file of its own, as it was when it was counted."""
    file = write_photo(folder / f"ä {entry.id}.png", (800, 600 + entry.id))
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    return replace(entry, path=file, sha256=digest, width=800 if entry.width else 0)


@pytest.fixture
def visits(tmp_path: Path) -> Visits:
    first = [
        photo(1, [*facings("alba/cola", 2), *facings(None, 1, row=1)]),
        photo(2, facings("brio/lime", 2), state=PhotoState.DETECTED),
        photo(3, []),
        photo(4, state=PhotoState.FAILED, error="The file is damaged."),
        photo(5, state=PhotoState.WAITING),
    ]
    first = [on_disk(entry, tmp_path) for entry in first]
    second = [replace(first[0], id=6, visit_id=8), on_disk(photo(7, facings("celeste", 1)), tmp_path)]
    return Visits(visit(first), replace(visit(second, store="Corner shop"), id=8))


DATABASE = Path("visits.sqlite")


def test_reviewed_photos_are_labelled_all_over(visits: Visits) -> None:
    dataset, problems = visits_dataset(visits, [7], DATABASE)
    assert dataset.labels == ("product",)
    first, empty = dataset.photos
    assert first.boxes.tolist() == [[0, 0, 40, 90], [50, 0, 90, 90], [0, 100, 40, 190]]
    assert first.products == ("alba/cola", "alba/cola", None)
    assert first.region == Box(0, 0, 800, 600)
    assert first.source == "Prüf-Markt №1"
    assert len(empty.boxes) == 0
    assert [(problem.kind, problem.file.name) for problem in problems] == [
        (ProblemKind.PHOTO_UNFINISHED, "ä 2.png"),
        (ProblemKind.PHOTO_DAMAGED, "ä 4.png"),
        (ProblemKind.PHOTO_UNFINISHED, "ä 5.png"),
    ]


def test_nothing_is_known_outside_the_boxes_of_a_photo_nobody_reviewed(visits: Visits) -> None:
    dataset, _ = visits_dataset(visits, [7], DATABASE, unreviewed=True)
    assert [photo.region is None for photo in dataset.photos] == [False, True, False]


def test_a_photo_in_two_visits_is_taken_once(visits: Visits) -> None:
    dataset, problems = visits_dataset(visits, [7, 8], DATABASE)
    assert [photo.source for photo in dataset.photos] == ["Prüf-Markt №1"] * 2 + ["Corner shop"]
    assert ProblemKind.PHOTO_DUPLICATE in [problem.kind for problem in problems]


@pytest.mark.parametrize(
    ("classes", "names"),
    [
        (FacingClasses.ONE, [["product"] * 3, []]),
        (FacingClasses.PRODUCTS, [["alba/cola", "alba/cola", "product"], []]),
        (FacingClasses.BRANDS, [["Alba", "Alba", "product"], []]),
    ],
)
def test_classes(visits: Visits, classes: FacingClasses, names: list[list[str]]) -> None:
    assert label_names(visits_dataset(visits, [7], DATABASE, classes=classes).dataset) == names


def test_a_photo_that_is_not_what_was_counted_is_left_out(visits: Visits) -> None:
    changed, missing = visits.visit(8).photos[1], visits.visit(7).photos[2]
    write_photo(changed.path, (10, 10))
    missing.path.unlink()
    dataset, problems = visits_dataset(visits, [7, 8], DATABASE)
    assert [photo.file.name for photo in dataset.photos] == ["ä 1.png"]
    kinds = {problem.file: problem.kind for problem in problems}
    assert kinds[changed.path] is ProblemKind.PHOTO_DAMAGED
    assert kinds[missing.path] is ProblemKind.PHOTO_MISSING


def test_a_facing_over_the_edge_is_clipped_and_told(tmp_path: Path) -> None:
    (facing,) = facings("celeste", 1)
    entry = on_disk(photo(1, [replace(facing, box=Box(-5, 10, 30, 40))]), tmp_path)
    dataset, (problem,) = visits_dataset(Visits(visit([entry])), [7], DATABASE)
    assert dataset.photos[0].boxes.tolist() == [[0, 10, 30, 40]]
    assert (problem.kind, problem.place) == (ProblemKind.BOX_OVERHANG, "visit 1, ä 1.png, facing 1")


def test_visits_without_a_photo_that_can_be_used(visits: Visits) -> None:
    with pytest.raises(UserError, match="No photo of these visits"):
        visits_dataset(Visits(visit([])), [7], DATABASE)
    with pytest.raises(UserError, match="no visit 99"):
        visits_dataset(visits, [99], DATABASE)
