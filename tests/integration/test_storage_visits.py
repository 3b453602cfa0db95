"""Visits and photos go into the database and come back as they were."""

from __future__ import annotations

import datetime as dt
import os
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shelfaudit.domain import edits
from shelfaudit.domain.catalogue import Brand, Catalogue, Ownership
from shelfaudit.domain.geometry import Box
from shelfaudit.domain.measures import count_by_product, own_share
from shelfaudit.domain.review import ReviewContext, open_decisions
from shelfaudit.domain.visit import Facing, PhotoState, VisitState
from shelfaudit.errors import UserError
from shelfaudit.storage.database import Database, open_database
from shelfaudit.storage.repository import VisitRepository
from tests.storage_makers import (
    BRIO,
    CATALOGUE,
    COLA,
    DAY,
    ZERO,
    a_detected_photo,
    a_visit,
    detect,
    some_facings,
    unit_vectors,
)

PHOTOS = [Path(name).absolute() for name in ("/photos/b.jpg", "/photos/Käse №2.heic", "/photos/日本.png")]


def test_a_visit_comes_back_as_it_was_from_the_file(tmp_path: Path) -> None:
    database_file = tmp_path / "visits.sqlite"
    with open_database(database_file) as database:
        repository = VisitRepository(database)
        visit = a_visit(repository)
        photos = repository.add_photos(visit.id, PHOTOS)
        detected = detect(repository, photos[1].id, some_facings(5))
        failed = repository.save_failure(photos[2].id, "The file is damaged.")
    with open_database(database_file) as database:
        stored = VisitRepository(database).visit(visit.id)
    assert (stored.store.name, stored.category, stored.date, stored.auditor) == (
        "Prüf-Markt №1",
        "Soft drinks",
        DAY,
        "Zoë",
    )
    assert stored.photos == (photos[0], detected, failed)
    assert [photo.path for photo in stored.photos] == PHOTOS
    assert failed.state is PhotoState.FAILED
    assert failed.error == "The file is damaged."


def test_a_detection_is_stored_to_the_last_digit(repository: VisitRepository) -> None:
    [photo] = repository.add_photos(a_visit(repository).id, PHOTOS[:1])
    facings = some_facings(3, x=0.1)
    saved = detect(repository, photo.id, facings)
    assert saved.facings == tuple(facings)
    assert (saved.width, saved.height, saved.sha256) == (640, 480, "ab" * 32)
    assert (saved.model, saved.threshold, saved.state) == ("shelf-photo 1", 0.48, PhotoState.DETECTED)
    assert repository.photo(photo.id) == saved


def test_a_path_is_in_a_visit_once(repository: VisitRepository) -> None:
    visit = a_visit(repository)
    first = repository.add_photos(visit.id, [PHOTOS[0], PHOTOS[1], PHOTOS[0]])
    second = repository.add_photos(visit.id, [PHOTOS[1], PHOTOS[2]])
    assert [photo.path for photo in first] == PHOTOS[:2]
    assert [photo.path for photo in second] == PHOTOS[2:]
    assert [photo.path for photo in repository.visit(visit.id).photos] == PHOTOS
    assert len(repository.add_photos(a_visit(repository).id, PHOTOS)) == 3


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="file names there are always Unicode")
def test_a_file_name_that_is_not_unicode_is_kept(repository: VisitRepository) -> None:
    visit = a_visit(repository)
    path = Path(os.fsdecode(b"/photos/K\xe4se.jpg"))
    repository.add_photos(visit.id, [path])
    assert repository.add_photos(visit.id, [path]) == []
    assert repository.visit(visit.id).photos[0].path == path


def test_a_visit_is_changed(repository: VisitRepository) -> None:
    visit = a_visit(repository)
    changed = repository.update_visit(visit.id, store="Other", date=dt.date(2026, 1, 2))
    assert (changed.store.name, changed.category, changed.date) == ("Other", "Soft drinks", dt.date(2026, 1, 2))
    assert repository.update_visit(visit.id, category="Water", auditor="Ann") == repository.visit(visit.id)
    assert repository.store_names() == ["Other", "Prüf-Markt №1"]


def test_a_store_needs_a_name(repository: VisitRepository) -> None:
    with pytest.raises(ValueError, match="a store needs a name"):
        a_visit(repository, "  ")
    assert repository.store_names() == []


def test_what_is_missing_is_said(repository: VisitRepository) -> None:
    with pytest.raises(UserError, match=r"There is no visit 7\."):
        repository.visit(7)
    for call in (repository.delete_visit, repository.mark_reported, repository.appearances, repository.edit_counts):
        with pytest.raises(UserError, match=r"There is no visit 7\."):
            call(7)
    with pytest.raises(UserError, match=r"There is no photo 8"):
        repository.photo(8)
    with pytest.raises(UserError, match=r"There is no photo 8"):
        repository.set_photo_state(8, PhotoState.REVIEWED)


def test_deleting_a_visit_takes_all_that_belongs_to_it(database: Database, repository: VisitRepository) -> None:
    photo = a_detected_photo(repository, described=True)
    repository.save_edit(photo.id, edits.remove(photo.facings[:1]))
    repository.delete_visit(photo.visit_id)
    assert repository.visits() == []
    with database.reading() as session:
        connection = session.connection()
        for table in ("visit", "photo", "facing", "appearance", "edit"):
            assert connection.exec_driver_sql(f"SELECT count(*) FROM {table}").scalar_one() == 0, table


def test_a_number_is_never_given_twice(repository: VisitRepository) -> None:
    first = a_detected_photo(repository)
    repository.delete_visit(first.visit_id)
    second = a_detected_photo(repository)
    assert second.visit_id > first.visit_id
    assert second.id > first.id


def test_a_removed_photo_leaves_the_others(repository: VisitRepository) -> None:
    visit = a_visit(repository)
    photos = repository.add_photos(visit.id, PHOTOS)
    repository.remove_photo(photos[1].id)
    assert [photo.path for photo in repository.visit(visit.id).photos] == [PHOTOS[0], PHOTOS[2]]


def test_the_list_of_visits_says_what_is_left_to_do(repository: VisitRepository) -> None:
    visit = a_visit(repository)
    assert [summary.state for summary in repository.visits()] == [VisitState.EMPTY]
    photos = repository.add_photos(visit.id, PHOTOS)
    repository.save_failure(photos[2].id, "The file is empty.")
    detect(repository, photos[0].id, some_facings(2))
    assert repository.visits()[0].state is VisitState.IMPORTING
    detect(repository, photos[1].id, some_facings(3))
    [summary] = repository.visits()
    assert (summary.photos, summary.failed, summary.facings, summary.own_share) == (3, 1, 5, None)
    assert summary.state is VisitState.TO_REVIEW
    for photo in photos[:2]:
        repository.set_photo_state(photo.id, PhotoState.REVIEWED)
    assert repository.visits()[0].state is VisitState.REVIEWED
    repository.mark_reported(visit.id)
    assert repository.visits()[0].state is VisitState.REPORTED


def test_a_change_after_the_report_takes_reported_back(repository: VisitRepository) -> None:
    photo = a_detected_photo(repository)
    repository.mark_reported(photo.visit_id)
    assert repository.visit(photo.visit_id).reported
    repository.save_edit(photo.id, edits.remove(photo.facings[:1]))
    assert not repository.visit(photo.visit_id).reported


def test_a_photo_that_is_tried_again_loses_its_error(repository: VisitRepository) -> None:
    photo = a_detected_photo(repository)
    assert repository.save_failure(photo.id, "Gone.").facings == photo.facings
    repository.set_photo_state(photo.id, PhotoState.WAITING)
    assert repository.photo(photo.id).error == ""


def test_the_newest_visit_comes_first(repository: VisitRepository) -> None:
    ids = [
        a_visit(repository, name, date=date).id for name, date in (("A", DAY), ("B", dt.date(2025, 1, 1)), ("C", DAY))
    ]
    assert [summary.id for summary in repository.visits()] == [ids[2], ids[0], ids[1]]


def test_words_used_last_are_offered_first(repository: VisitRepository) -> None:
    for store, category, auditor in (
        ("A", "Water", "Zoë"),
        ("B", "Soft drinks", ""),
        ("A", "Beer", "Ann"),
        ("C", "Water", "Zoë"),
    ):
        repository.create_visit(store, category, DAY, auditor)
    repository.delete_visit(2)
    assert repository.store_names() == ["C", "A", "B"]
    assert repository.categories() == ["Water", "Beer"]
    assert repository.auditors() == ["Zoë", "Ann"]


@given(st.lists(st.lists(st.sampled_from([COLA, ZERO, BRIO, "not/in-catalogue", None]), max_size=8), max_size=4))
@settings(max_examples=20, deadline=None)
def test_the_own_share_counted_by_sql_is_the_domains(
    tmp_path_factory: pytest.TempPathFactory, products: list[list[str | None]]
) -> None:
    with open_database(tmp_path_factory.mktemp("share") / "visits.sqlite") as database:
        repository = VisitRepository(database)
        repository.save_catalogue(CATALOGUE)
        visit = a_visit(repository)
        photos = repository.add_photos(visit.id, [Path(f"{number}.jpg") for number in range(len(products))])
        names: dict[str, str | None] = {}
        for photo, skus in zip(photos, products, strict=True):
            facings = some_facings(len(skus))
            detect(repository, photo.id, facings)
            names |= {facing.id: sku for facing, sku in zip(facings, skus, strict=True)}
        repository.save_names(visit.id, names)
        [summary] = repository.visits()
        stored = repository.visit(visit.id)
    facings_stored = [facing for photo in stored.photos for facing in photo.facings]
    assert summary.facings == len(facings_stored) == sum(map(len, products))
    assert summary.own_share == own_share(count_by_product(facings_stored), CATALOGUE)
    assert summary.state is stored.state


def test_the_list_says_how_far_detection_is_and_how_much_is_to_review(repository: VisitRepository) -> None:
    repository.save_catalogue(CATALOGUE)
    visit = a_visit(repository)
    photos = repository.add_photos(visit.id, PHOTOS)
    low, high, named, drawn, unknown = (
        Facing(name, Box(12 * place, 5, 12 * place + 10, 45), score)
        for place, (name, score) in enumerate({"low": 0.5, "high": 0.9, "named": 0.5, "drawn": 0.5, "?": 0.9}.items())
    )
    detect(repository, photos[0].id, [low, high, named, drawn, unknown])
    repository.save_names(visit.id, {facing.id: COLA for facing in (low, high, drawn)})
    repository.save_edit(photos[0].id, edits.relabel([named], ZERO))
    drawn = next(facing for facing in repository.photo(photos[0].id).facings if facing.id == "drawn")
    repository.save_edit(photos[0].id, edits.move(drawn, drawn.box.translated(1, 0)))
    [summary] = repository.visits()
    assert (summary.photos, summary.waiting) == (3, 2)
    assert summary.to_review == 2, "a low score, and one without a name"
    decisions = open_decisions(
        repository.photo(photos[0].id).facings, threshold=0.48, context=ReviewContext(CATALOGUE, {COLA: 9}), left_out=()
    )
    assert {decision.id for decision in decisions} == {"low", "?"}, "as the queue has it"
    repository.set_photo_state(photos[0].id, PhotoState.REVIEWED)
    assert repository.visits()[0].to_review == 0


def test_the_list_of_visits_counts_by_index(database: Database, repository: VisitRepository) -> None:
    """Half a million facings are counted without reading their rows: the index holds all that is counted."""
    a_detected_photo(repository)
    statements: list[str] = []
    with database.reading() as session:
        raw = session.connection().connection.driver_connection
        assert raw is not None
        raw.set_trace_callback(statements.append)
    repository.visits()
    raw.set_trace_callback(None)
    [query] = [statement for statement in statements if "facing" in statement and "threshold" not in statement]
    with database.reading() as session:
        plan = [
            row[3] for row in session.connection().exec_driver_sql(f"EXPLAIN QUERY PLAN {query.replace('%', '%%')}")
        ]
    assert any("facing" in step and "COVERING INDEX ix_facing_photo_id_product" in step for step in plan), plan


def test_the_window_finds_what_it_noted(repository: VisitRepository) -> None:
    assert repository.ui_state("last visit") is None
    for value in ("7", "8 № ü"):
        repository.save_ui_state("last visit", value)
        assert repository.ui_state("last visit") == value


def test_a_catalogue_is_merged_into_the_stored_one(repository: VisitRepository) -> None:
    assert repository.catalogue() == Catalogue()
    repository.save_catalogue(CATALOGUE)
    assert repository.catalogue() == CATALOGUE
    newer = Catalogue.of(
        [Brand("Brio", Ownership.OWN)], [replace(CATALOGUE.products[BRIO], name="Brio Fresh", width_cm=7)]
    )
    repository.save_catalogue(newer)
    assert repository.catalogue() == CATALOGUE.merged(newer)
    repository.save_references(COLA, unit_vectors(2))
    repository.save_catalogue(CATALOGUE)
    assert repository.reference_appearances()[0] == [COLA, COLA]
