"""The auditor's word that a facing is not a product, kept in the database."""

from __future__ import annotations

import pytest

from shelfaudit.domain import edits
from shelfaudit.errors import UserError
from shelfaudit.storage.repository import VisitRepository
from tests.storage_makers import BRIO, COLA, a_detected_photo


def test_refusals_belong_to_a_visit_and_are_kept_once(repository: VisitRepository) -> None:
    photo, other = a_detected_photo(repository), a_detected_photo(repository)
    first, second = photo.facings[0].id, photo.facings[1].id
    for facing_id, sku in ((first, COLA), (first, COLA), (first, BRIO), (second, COLA)):
        repository.refuse_name(facing_id, sku)
    repository.refuse_name(other.facings[0].id, COLA)
    assert repository.refusals(photo.visit_id) == {(first, COLA), (first, BRIO), (second, COLA)}
    repository.refuse_name(first, COLA, refused=False)
    assert repository.refusals(photo.visit_id) == {(first, BRIO), (second, COLA)}


def test_a_facing_that_comes_back_by_undo_is_still_refused(repository: VisitRepository) -> None:
    photo = a_detected_photo(repository)
    facing = photo.facings[0]
    repository.refuse_name(facing.id, COLA)
    gone = edits.remove([facing])
    repository.save_edit(photo.id, gone)
    repository.save_edit(photo.id, gone.reverted, undo=True)
    assert repository.refusals(photo.visit_id) == {(facing.id, COLA)}


def test_refusals_go_with_their_photo_and_those_of_no_facing_are_skipped(repository: VisitRepository) -> None:
    photo = a_detected_photo(repository)
    repository.refuse_name(photo.facings[0].id, COLA)
    repository.refuse_name("not there", COLA)
    repository.remove_photo(photo.id)
    assert repository.refusals(photo.visit_id) == set()
    with pytest.raises(UserError, match="no visit"):
        repository.refusals(999)
