"""Not this product: what the auditor says in the strip of look-alikes is remembered, saved and undone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from shelfaudit.errors import StorageError
from shelfaudit.gui.actions import Act
from shelfaudit.gui.look_alikes.marking import Mark
from shelfaudit.storage.repository import VisitRepository

from .look_alikes_driver import ALBA, COLA, FIRST, SECOND, ZERO, LookingAlike, looking_alike, name_cola
from .shell_driver import write_shelf


@pytest.fixture
def auditor(qtbot: QtBot, tmp_path: Path) -> Iterator[LookingAlike]:
    with looking_alike(qtbot, tmp_path) as driver:
        yield driver


@pytest.fixture
def named(auditor: LookingAlike, tmp_path: Path) -> LookingAlike:
    return name_cola(auditor, tmp_path)


def test_not_this_product_is_remembered(named: LookingAlike) -> None:
    named.crops.setFocus()
    named.key(Qt.Key.Key_End)
    refused = named.rows[4].look_alike.facing.id
    named.key(Qt.Key.Key_Delete)
    assert named.marks()[4] is Mark.REFUSED

    def product() -> str | None:
        found = named.session.facing(refused)
        assert found is not None
        return found[1].product

    named.wait_until(lambda: product() is None)
    assert named.strip.accept_button.text() == "Accept 4 (A)"
    named.key(Qt.Key.Key_Return)
    named.wait_until_saved()
    assert product() is None, "neither the auditor nor the machine names it so"
    assert named.window.workers.repository().refusals(named.session.visit_id) == {(refused, COLA.sku)}

    # Shown again it is still refused; the same key takes it back.
    named.select([named.pack(0)])
    named.press(Act.LOOK_ALIKES)
    named.wait_until(lambda: named.flow.is_open)
    assert [(row.look_alike.facing.id, row.mark) for row in named.rows] == [(refused, Mark.REFUSED)]
    named.key(Qt.Key.Key_X)
    named.wait_until(lambda: product() == COLA.sku)
    assert named.window.workers.repository().refusals(named.session.visit_id) == set()


def test_a_refusal_is_undone_and_redone_like_every_other_change(named: LookingAlike) -> None:
    undo = named.window.actions_[Act.UNDO]
    refused = named.rows[named.row_in(2)].look_alike.facing.id
    named.go_to(named.row_in(2))
    named.key(Qt.Key.Key_Delete)
    assert undo.text() == "Undo: Not Cola"

    def stored() -> set[tuple[str, str]]:
        named.wait_until_saved()
        return named.window.workers.repository().refusals(named.session.visit_id)

    def product() -> str | None:
        found = named.session.facing(refused)
        assert found is not None
        return found[1].product

    named.wait_until(lambda: product() is None)
    assert stored() == {(refused, COLA.sku)}
    named.go_to(0)
    named.press(Act.UNDO)
    row = named.strip.model.place_of(refused)
    assert (named.crops.row, named.rows[named.crops.row].look_alike.facing.id) == (row, refused)
    assert Mark.REFUSED not in named.marks()
    named.wait_until(lambda: named.photo.id == named.photos[1].id and named.window.visit_page.has_boxes)
    assert stored() == set()
    named.wait_until(lambda: product() == COLA.sku)

    named.press(Act.REDO)
    assert named.marks()[named.crops.row] is Mark.REFUSED
    assert stored() == {(refused, COLA.sku)}
    named.key(Qt.Key.Key_Delete)
    assert undo.text() == "Undo: May be Cola again"
    named.press(Act.UNDO)
    assert stored() == {(refused, COLA.sku)}
    named.press(Act.UNDO)
    named.press(Act.UNDO)
    assert named.counts() == [0, 0], "then the name that was given before it"


def test_a_refusal_that_was_not_saved_is_not_shown(named: LookingAlike, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise StorageError("The disk is full.", advice="Make room.")

    with monkeypatch.context() as patch:
        patch.setattr(VisitRepository, "refuse_name", full)
        named.go_to(0)
        named.key(Qt.Key.Key_Delete)
        named.wait_until(lambda: "disk is full" in named.window.notices.text)
    assert Mark.REFUSED not in named.marks()
    assert named.window.actions_[Act.REDO].text() == "Redo: Not Cola"
    named.press(Act.REDO)
    named.wait_until_saved()
    assert len(named.window.workers.repository().refusals(named.session.visit_id)) == 1


def test_what_was_refused_before_there_is_a_name_is_refused_as_that_product(
    auditor: LookingAlike, tmp_path: Path
) -> None:
    auditor.begin(write_shelf(tmp_path / "1.jpg", FIRST), write_shelf(tmp_path / "2.jpg", SECOND))
    auditor.select([auditor.pack(4)])
    auditor.press(Act.LOOK_ALIKES)
    auditor.wait_until(lambda: auditor.flow.is_open)
    auditor.go_to(2)
    stranger = auditor.rows[2].look_alike.facing.id
    auditor.key(Qt.Key.Key_Delete)
    assert auditor.strip.accept_button.text() == "Name 7 (A)"
    auditor.name_new(ALBA, ZERO)
    assert sum(auditor.counts(ZERO.sku)) == 7

    def refusals() -> set[tuple[str, str]]:
        auditor.wait_until_saved()
        return auditor.window.workers.repository().refusals(auditor.session.visit_id)

    assert refusals() == {(stranger, ZERO.sku)}
    auditor.wait_for_answers()
    found = auditor.session.facing(stranger)
    assert found is not None
    assert found[1].product is None, "the machine does not name it so either"
    auditor.press(Act.UNDO)
    assert sum(auditor.counts(ZERO.sku)) == 0
    assert refusals() == set(), "one undo for both"
    auditor.press(Act.REDO)
    assert refusals() == {(stranger, ZERO.sku)}
