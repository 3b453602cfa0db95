"""Detecting photos of a visit, and files without one."""

from __future__ import annotations

import datetime as dt
import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelfaudit import settings
from shelfaudit.domain.geometry import Box
from shelfaudit.domain.threshold import LEAST_SCORE
from shelfaudit.domain.visit import Author, PhotoState
from shelfaudit.errors import Cancelled, PhotoError, StorageError
from shelfaudit.usecases.detect import detect_files, short_names
from shelfaudit.usecases.detect_photo import detect_photo, model_name
from shelfaudit.usecases.detect_photos import detect_photos
from shelfaudit.usecases.import_photos import find_some_photos, note_photos
from tests.unit.fakes import INFO, FakeDetector, FakeRepository, write_photo

DAY = dt.date(2026, 11, 20)


@pytest.fixture
def repository_fake() -> FakeRepository:
    """With one visit, number 1."""
    repository = FakeRepository()
    repository.create_visit("Store", "", DAY, "")
    return repository


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three good photos and a damaged one, in this order: 1, 2 (damaged), 3, 10."""
    folder = tmp_path / "Prüf-Markt №1"
    for number in (1, 3, 10):
        write_photo(folder / f"{number}.jpg")
    (folder / "2.jpg").write_bytes(b"\xff\xd8\xffnot a photo")
    return folder


def test_import_notes_absolute_paths_once_in_natural_order(
    folder: Path, repository_fake: FakeRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder.parent)
    photos = note_photos(repository_fake, 1, find_some_photos([Path(folder.name)]))
    assert [photo.path for photo in photos] == [folder / name for name in ("1.jpg", "2.jpg", "3.jpg", "10.jpg")]
    assert note_photos(repository_fake, 1, find_some_photos([folder])) == []


def test_import_of_a_folder_without_photos_names_it(tmp_path: Path, repository_fake: FakeRepository) -> None:
    (tmp_path / "notes.txt").write_text("no photo")
    with pytest.raises(PhotoError, match="no photo") as caught:
        note_photos(repository_fake, 1, find_some_photos([tmp_path]))
    assert caught.value.file == tmp_path


def test_a_photo_becomes_facings(tmp_path: Path, repository_fake: FakeRepository) -> None:
    file = write_photo(tmp_path / "a.jpg", width=100, height=50)
    (photo,) = repository_fake.add_photos(1, [file])
    stored = detect_photo(repository_fake, FakeDetector(), photo)
    assert stored == repository_fake.all_photos[photo.id]
    assert (stored.state, stored.width, stored.height) == (PhotoState.DETECTED, 100, 50)
    assert stored.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()
    assert (stored.model, stored.threshold) == (model_name(INFO), INFO.counting_threshold)
    assert [each.box_by for each in stored.facings] == [Author.DETECTOR] * 2
    assert stored.facings[0].box.as_tuple() == pytest.approx((10, 5, 40, 45), abs=1e-3)
    assert stored.facings[0].score == pytest.approx(0.9)
    assert set(repository_fake.looks) == {facing.id for facing in stored.facings}


def test_candidates_below_the_threshold_are_kept_but_do_not_count(
    tmp_path: Path, repository_fake: FakeRepository
) -> None:
    (photo,) = repository_fake.add_photos(1, [write_photo(tmp_path / "a.jpg")])
    detector = FakeDetector([(0.0, 0, 0.2, 1), (0.3, 0, 0.5, 1), (0.6, 0, 0.8, 1)], lowest=0.3)
    stored = detect_photo(repository_fake, detector, photo)
    assert detector.min_scores == [LEAST_SCORE]
    assert [round(each.score or 0, 2) for each in stored.facings] == [0.9, 0.6]
    assert [round(each.score or 0, 2) for each in repository_fake.below[photo.id]] == [0.3]
    assert set(repository_fake.looks) == {facing.id for facing in stored.facings}


def test_boxes_of_a_reduced_photo_are_in_the_pixels_of_the_whole(
    tmp_path: Path, repository_fake: FakeRepository
) -> None:
    long_side = settings.current().decode_long_side
    file = write_photo(tmp_path / "large.jpg", width=2 * long_side, height=400)
    (photo,) = repository_fake.add_photos(1, [file])
    detector = FakeDetector([(0.5, 0.25, 1.0, 1.0)])
    stored = detect_photo(repository_fake, detector, photo)
    assert detector.sizes == [(long_side, 200)]
    assert stored.width == 2 * long_side
    assert stored.facings[0].box.as_tuple() == pytest.approx((long_side, 100, 2 * long_side, 400), abs=1e-2)


@given(
    st.lists(
        st.tuples(*[st.floats(-0.5, 1.5, allow_nan=False, width=32)] * 4),
        max_size=6,
    )
)
def test_every_facing_lies_inside_its_photo(
    tmp_path_factory: pytest.TempPathFactory, shares: list[tuple[float, float, float, float]]
) -> None:
    repository = FakeRepository()
    file = write_photo(tmp_path_factory.mktemp("photos") / "a.jpg", width=37, height=23)
    (photo,) = repository.add_photos(repository.create_visit("S", "", DAY, "").id, [file])
    for facing in detect_photo(repository, FakeDetector(shares), photo).facings:
        assert facing.box.intersection(Box(0, 0, 37, 23)) == facing.box


def test_an_unreadable_photo_is_saved_as_failed_with_its_reason(folder: Path, repository_fake: FakeRepository) -> None:
    photos = note_photos(repository_fake, 1, find_some_photos([folder]))
    stored = detect_photo(repository_fake, FakeDetector(), photos[1])
    assert stored.state is PhotoState.FAILED
    assert "cut off" in stored.error
    assert str(folder) not in stored.error


def test_many_photos_go_on_after_a_bad_one_and_report_progress(folder: Path, repository_fake: FakeRepository) -> None:
    photos = note_photos(repository_fake, 1, find_some_photos([folder]))
    steps: list[tuple[int, int]] = []
    stored = detect_photos(
        repository_fake, FakeDetector(), photos, progress=lambda done, total: steps.append((done, total))
    )
    assert [photo.state.value for photo in stored] == ["detected", "failed", "detected", "detected"]
    assert [photo.id for photo in stored] == [photo.id for photo in photos]
    assert steps == [(done, 4) for done in range(5)]


def test_cancelling_keeps_what_was_finished(folder: Path, repository_fake: FakeRepository) -> None:
    photos = note_photos(repository_fake, 1, find_some_photos([folder]))
    detector = FakeDetector()
    with pytest.raises(Cancelled):
        detect_photos(repository_fake, detector, photos, cancelled=lambda: len(detector.sizes) == 2)
    states = [repository_fake.all_photos[photo.id].state.value for photo in photos]
    assert states == ["detected", "failed", "detected", "waiting"]


def test_a_full_disk_stops_the_run_and_keeps_what_was_saved(folder: Path) -> None:
    repository = FakeRepository(full_after=1)
    repository.create_visit("Store", "", DAY, "")
    photos = note_photos(repository, 1, find_some_photos([folder]))
    with pytest.raises(StorageError):
        detect_photos(repository, FakeDetector(), photos)
    assert repository.all_photos[photos[0].id].state is PhotoState.DETECTED


def test_files_give_boxes_names_and_failures(folder: Path) -> None:
    run = detect_files(FakeDetector(), [folder])
    assert [photo.name for photo in run.photos] == ["1.jpg", "3.jpg", "10.jpg"]
    assert [(photo.width, photo.height, len(photo.boxes)) for photo in run.photos] == [(64, 48, 2)] * 3
    assert [failure.file for failure in run.failures] == [folder / "2.jpg"]
    assert not run.stopped


def test_the_lowest_score_reaches_the_detector(folder: Path) -> None:
    detector = FakeDetector()
    detect_files(detector, [folder / "1.jpg"], min_score=0.25)
    detect_files(detector, [folder / "1.jpg"])
    assert detector.min_scores == [0.25, None]


def test_stopping_keeps_the_photos_found_so_far(folder: Path) -> None:
    detector = FakeDetector()
    run = detect_files(detector, [folder], cancelled=lambda: len(detector.sizes) == 1)
    assert run.stopped
    assert [photo.name for photo in run.photos] == ["1.jpg"]


def test_names_are_relative_to_the_folder_given_and_never_shared(tmp_path: Path) -> None:
    first, second = tmp_path / "a", tmp_path / "b"
    files = [first / "x" / "1.jpg", first / "2.jpg", second / "2.jpg", tmp_path / "3.jpg"]
    names = short_names(files, [first, second, tmp_path / "3.jpg"])
    assert [names[file] for file in files] == [
        "x/1.jpg",
        (first / "2.jpg").as_posix(),
        (second / "2.jpg").as_posix(),
        "3.jpg",
    ]


def test_names_in_the_current_folder() -> None:
    assert short_names([Path("x/1.jpg")], [Path()]) == {Path("x/1.jpg"): "x/1.jpg"}
