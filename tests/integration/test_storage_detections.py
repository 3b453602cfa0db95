"""What the detector found stays as it was found, whatever the auditor does."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from shelfaudit.domain import edits
from shelfaudit.domain.threshold import RawDetection, threshold_scale
from shelfaudit.domain.visit import Facing, Photo
from shelfaudit.errors import EditConflict, UserError
from shelfaudit.storage.database import open_database
from shelfaudit.storage.repository import VisitRepository
from shelfaudit.storage.schema import MIGRATIONS
from tests.storage_makers import a_visit, some_facings, unit_vectors


def faint(count: int, *, y: float = 100) -> list[Facing]:
    """Candidates below the threshold, in a row of their own."""
    return [
        replace(each, box=each.box.translated(0, y), score=0.45 - place / 20)
        for place, each in enumerate(some_facings(count))
    ]


def detect(repository: VisitRepository, photo_id: int, counted: list[Facing], below: list[Facing]) -> Photo:
    return repository.save_detection(
        photo_id,
        width=640,
        height=480,
        sha256="ab" * 32,
        facings=counted,
        appearances=unit_vectors(len(counted)),
        model="shelf-photo 1",
        threshold=0.48,
        below=below,
    )


@pytest.fixture
def photo(repository: VisitRepository) -> Photo:
    """Four facings that count and three candidates."""
    [added] = repository.add_photos(a_visit(repository).id, [Path("/photos/1.jpg").absolute()])
    return detect(repository, added.id, some_facings(4), faint(3))


def raw_of(repository: VisitRepository, photo: Photo) -> RawDetection:
    raw = repository.raw_detection(photo.id)
    assert raw is not None
    return raw


def test_everything_that_was_found_is_kept_the_best_first(repository: VisitRepository, photo: Photo) -> None:
    raw = raw_of(repository, photo)
    assert raw.threshold == 0.48
    assert raw.counted == photo.facings
    assert len(raw.found) == 7
    assert [each.score for each in raw.found] == sorted((each.score or 0 for each in raw.found), reverse=True)
    assert repository.raw_detections(photo.visit_id) == {photo.id: raw}


def test_edits_do_not_change_it(repository: VisitRepository, photo: Photo) -> None:
    before = raw_of(repository, photo)
    repository.save_edit(photo.id, edits.move(photo.facings[0], photo.facings[0].box.translated(3, 0)))
    repository.save_edit(photo.id, edits.remove(photo.facings[1:3]))
    repository.save_names(photo.visit_id, {photo.facings[3].id: "a"})
    assert raw_of(repository, photo) == before


def test_a_new_detection_replaces_it(repository: VisitRepository, photo: Photo) -> None:
    again, below = some_facings(2), faint(1)
    detect(repository, photo.id, again, below)
    assert raw_of(repository, photo).found == (*again, *below)


def test_an_empty_shelf_was_detected_too(repository: VisitRepository, photo: Photo) -> None:
    detect(repository, photo.id, [], [])
    assert raw_of(repository, photo) == RawDetection(0.48, ())


def test_a_waiting_photo_has_none_and_a_removed_one_leaves_none(repository: VisitRepository, photo: Photo) -> None:
    [waiting] = repository.add_photos(photo.visit_id, [Path("/photos/2.jpg").absolute()])
    assert repository.raw_detection(waiting.id) is None
    repository.remove_photo(photo.id)
    assert repository.raw_detections(photo.visit_id) == {}
    with pytest.raises(UserError, match="There is no photo"):
        repository.raw_detection(photo.id)


def test_a_photo_detected_by_an_earlier_version_has_none(tmp_path: Path) -> None:
    file = tmp_path / "visits.sqlite"
    first = shutil.copytree(MIGRATIONS, tmp_path / "first", ignore=shutil.ignore_patterns("__pycache__", "000[2-9]*"))
    with open_database(file, migrations=first) as database:
        repository = VisitRepository(database)
        [photo] = repository.add_photos(a_visit(repository).id, [Path("/photos/1.jpg").absolute()])
    with closing(sqlite3.connect(file)) as connection:
        connection.execute("UPDATE photo SET state = 'detected', threshold = 0.48")
        connection.commit()
    with open_database(file) as database:
        repository = VisitRepository(database)
        assert repository.photo(photo.id).threshold == 0.48
        assert repository.raw_detection(photo.id) is None


def test_another_threshold_is_one_edit_and_undone_with_its_facings(repository: VisitRepository, photo: Photo) -> None:
    scale = threshold_scale(photo, raw_of(repository, photo))
    lower, higher = scale.edit(0.4), scale.edit(0.88)
    assert lower is not None
    assert higher is not None
    repository.save_edit(photo.id, lower)
    lowered = repository.photo(photo.id)
    assert (lowered.threshold, len(lowered.facings)) == (0.4, 6)
    assert lowered == edits.edited(photo, lower)
    with pytest.raises(EditConflict, match="threshold"):
        repository.save_edit(photo.id, replace(higher, before=(), after=()))
    repository.save_edit(photo.id, lower.reverted, undo=True)
    assert repository.photo(photo.id) == photo
    repository.save_edit(photo.id, higher)
    raised = repository.photo(photo.id)
    assert (raised.threshold, len(raised.facings), raised.rejected) == (0.88, 3, {})
    repository.save_edit(photo.id, higher.reverted, undo=True)
    assert {each.id for each in repository.photo(photo.id).facings} == {each.id for each in photo.facings}


def test_what_the_threshold_takes_away_comes_back_with_its_looks(repository: VisitRepository, photo: Photo) -> None:
    scale = threshold_scale(photo, raw_of(repository, photo))
    edit = scale.edit(0.95)
    assert edit is not None
    repository.save_edit(photo.id, edit)
    assert repository.appearances(photo.visit_id)[0] == []
    raised = repository.photo(photo.id)
    back = threshold_scale(raised, raw_of(repository, photo)).edit(0.48)
    assert back is not None
    repository.save_edit(photo.id, back)
    assert set(repository.photo(photo.id).facings) == set(photo.facings)
    assert set(repository.appearances(photo.visit_id)[0]) == {each.id for each in photo.facings}


def test_boxes_that_the_auditor_removed_are_read_with_the_photo(repository: VisitRepository, photo: Photo) -> None:
    removal = edits.remove(photo.facings[:2])
    repository.save_edit(photo.id, removal)
    assert repository.photo(photo.id) == edits.edited(photo, removal)
    assert repository.visit(photo.visit_id).photo(photo.id).rejected == {f.id: f.box for f in photo.facings[:2]}
    repository.save_edit(photo.id, removal.reverted, undo=True)
    assert repository.photo(photo.id).rejected == {}


def test_looks_are_known_for_the_box_they_were_described_in(repository: VisitRepository, photo: Photo) -> None:
    first = photo.facings[0]
    repository.save_edit(photo.id, edits.move(first, first.box.translated(9, 0)))
    assert repository.described_boxes(photo.id) == {facing.id: facing.box for facing in photo.facings}
