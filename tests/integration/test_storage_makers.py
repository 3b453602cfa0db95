"""Vectors are kept with what made them, and never compared with those of another maker."""

from __future__ import annotations

import numpy as np

from shelfaudit.domain import edits
from shelfaudit.domain.learning import Purpose
from shelfaudit.domain.visit import PhotoState
from shelfaudit.recognition.gallery import Gallery
from shelfaudit.storage.repository import VisitRepository
from shelfaudit.usecases.known_products import Shelves, known_products
from shelfaudit.usecases.name_facings import name_facings
from tests.storage_makers import CATALOGUE, COLA, ZERO, a_detected_photo, detect, some_facings, unit_vectors

OLD, NEW = "1.aaa.bbb", "2.aaa.bbb"


def described(repository: VisitRepository, count: int, maker: str) -> tuple[int, list[str]]:
    """A visit with a photo whose facings this maker described; its id and theirs."""
    photo = a_detected_photo(repository, count)
    ids = [facing.id for facing in photo.facings]
    repository.save_appearances(photo.id, dict(zip(ids, unit_vectors(count), strict=True)), maker)
    return photo.visit_id, ids


def known(repository: VisitRepository, maker: str) -> Gallery:
    return known_products(repository, 8, Shelves([], np.zeros((0, 8), dtype=np.float32), {}), maker).gallery


def test_only_vectors_of_one_maker_are_read_together(repository: VisitRepository) -> None:
    visit_id, ids = described(repository, 4, OLD)
    [photo] = repository.visit(visit_id).photos
    repository.save_appearances(photo.id, {ids[0]: unit_vectors(1)[0]}, NEW)
    assert repository.commonest_maker(visit_id) == OLD
    assert repository.appearances(visit_id, OLD)[0] == ids[1:]
    assert repository.appearances(visit_id, NEW)[0] == ids[:1]
    assert set(repository.described_boxes(photo.id, NEW)) == {ids[0]}
    assert repository.appearances(visit_id)[0] == []


def test_a_visit_without_vectors_has_no_maker(repository: VisitRepository) -> None:
    photo = a_detected_photo(repository)
    assert repository.commonest_maker(photo.visit_id) == ""


def test_another_maker_names_nothing(repository: VisitRepository) -> None:
    earlier, ids = described(repository, 3, OLD)
    [photo] = repository.visit(earlier).photos
    repository.save_catalogue(CATALOGUE)
    repository.save_edit(photo.id, edits.relabel(photo.facings[:1], COLA))
    repository.save_references(ZERO, unit_vectors(3)[1:2], [b"jpeg"], OLD)
    visit_id, _ = described(repository, 3, NEW)
    assert {naming.sku for naming in name_facings(repository, visit_id).values()} == {None}
    assert len(known(repository, NEW)) == 0
    assert known(repository, OLD).skus == (COLA, ZERO)

    repository.save_appearances(photo.id, dict(zip(ids, unit_vectors(3), strict=True)), NEW)
    repository.save_reference_looks({repository.stale_references(NEW)[0].id: unit_vectors(3)[1]}, NEW)
    assert known(repository, NEW).skus == (COLA, ZERO)
    assert {naming.sku for naming in name_facings(repository, visit_id).values()} > {COLA}


def test_what_is_to_be_described_anew(repository: VisitRepository) -> None:
    visit_id, ids = described(repository, 3, OLD)
    [photo] = repository.visit(visit_id).photos
    assert repository.stale_photos(OLD) == {}
    assert repository.stale_photos(NEW) == {photo.id: 3}
    moved = photo.facings[0]
    repository.save_edit(photo.id, edits.move(moved, moved.box.translated(5, 0)))
    assert repository.stale_photos(OLD) == {photo.id: 1}
    repository.save_appearances(photo.id, {ids[0]: unit_vectors(1)[0]}, OLD)
    assert repository.stale_photos(OLD) == {}
    repository.set_photo_state(photo.id, PhotoState.REVIEWED)
    assert repository.stale_photos(NEW) == {photo.id: 3}
    repository.save_failure(photo.id, "It is gone.")
    assert repository.stale_photos(NEW) == {}


def test_a_detection_says_what_described_it(repository: VisitRepository) -> None:
    photo = a_detected_photo(repository)
    facings = some_facings(2)
    detect(repository, photo.id, facings, unit_vectors(2))
    assert repository.stale_photos("") == {}
    assert repository.stale_photos(NEW) == {photo.id: 2}


def test_reference_pictures_are_described_anew_by_their_number(repository: VisitRepository) -> None:
    repository.save_catalogue(CATALOGUE)
    repository.save_references(ZERO, unit_vectors(2), [b"one", b"two"], OLD)
    repository.save_references(COLA, unit_vectors(1), maker=OLD)
    stale = repository.stale_references(NEW)
    assert [(each.sku, each.jpeg) for each in stale] == [(ZERO, b"one"), (ZERO, b"two"), (COLA, None)]
    repository.save_reference_looks({stale[1].id: unit_vectors(5)[4], 999: unit_vectors(1)[0]}, NEW)
    skus, vectors = repository.reference_appearances(maker=NEW)
    assert skus == [ZERO]
    np.testing.assert_allclose(vectors[0], unit_vectors(5)[4], atol=5e-4)


def test_purposes_are_kept_and_outlive_the_visit(repository: VisitRepository) -> None:
    photo = a_detected_photo(repository)
    repository.save_learning_purposes({})
    repository.save_learning_purposes({"a": Purpose.LOCKED, "b": Purpose.TRAINING})
    repository.save_learning_purposes({"b": Purpose.TRAINING, "c": Purpose.LOCKED})
    repository.delete_visit(photo.visit_id)
    assert repository.learning_purposes() == {"a": Purpose.LOCKED, "b": Purpose.TRAINING, "c": Purpose.LOCKED}
