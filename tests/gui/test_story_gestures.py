"""Every gesture in the window: done, undone, redone, and each time the same on the disk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from shelfaudit.domain import edits
from shelfaudit.domain.catalogue import Brand, Catalogue, Product
from shelfaudit.domain.geometry import Box
from shelfaudit.domain.visit import Facing
from shelfaudit.gui.actions import Act
from shelfaudit.gui.photo_view.view import PhotoView
from shelfaudit.storage.database import open_database
from shelfaudit.storage.repository import VisitRepository

from .shell_driver import BLUE, RED, Auditor, running_window, write_shelf

COLA = Product("Alba/Cola", "Cola", "Alba")


@pytest.fixture
def database_file(tmp_path: Path) -> Path:
    return tmp_path / "visits.sqlite"


@pytest.fixture
def auditor(qtbot: QtBot, database_file: Path, tmp_path: Path) -> Iterator[Auditor]:
    """At a visit of two detected photos, the first on screen."""
    with running_window(qtbot, database_file) as driver:
        driver.begin_visit()
        photos = [write_shelf(tmp_path / f"{n}.jpg", [RED] * 4 + [BLUE] * (4 - n)) for n in range(2)]
        driver.import_photos(*photos)
        driver.wait_for_detection()
        driver.wait_for_photo()
        yield driver


def on_screen(view: PhotoView, x: float, y: float) -> QPoint:
    return view.viewportTransform().map(QPointF(x, y)).toPoint()


def drag(view: PhotoView, start: tuple[float, float], end: tuple[float, float]) -> None:
    """With the left button from one photo point to another."""
    first, last = on_screen(view, *start), on_screen(view, *end)
    QTest.mousePress(view.viewport(), Qt.MouseButton.LeftButton, pos=first)
    for part in (0.4, 0.8, 1.0):
        QTest.mouseMove(view.viewport(), first + (last - first) * part)
    QTest.mouseRelease(view.viewport(), Qt.MouseButton.LeftButton, pos=last)


def move(auditor: Auditor) -> None:
    box = auditor.facings[-1].box
    auditor.select(auditor.facings[-1:])
    drag(auditor.window.visit_page.view, box.center, (box.center[0] + 60, box.center[1] + 110))


def resize(auditor: Auditor) -> None:
    box = auditor.facings[-1].box
    auditor.select(auditor.facings[-1:])
    drag(auditor.window.visit_page.view, (box.x2, box.y2), (box.x2 + 30, box.y2 + 40))


def resize_with_snapping(auditor: Auditor) -> None:
    """To within a few pixels of a neighbour's edge, which it then has exactly."""
    auditor.select(auditor.facings[:1])
    chosen, box = auditor.facings[0].id, auditor.facings[0].box
    neighbour = next(f.box for f in auditor.facings[1:] if f.box.x1 > box.x2 and abs(f.box.y1 - box.y1) < 20)
    drag(auditor.window.visit_page.view, (box.x2, box.center[1]), (neighbour.x1 - 3, box.center[1]))
    edges = {facing.box.x1 for facing in auditor.facings if facing.id != chosen}
    assert edges & {facing.box.x2 for facing in auditor.facings if facing.id == chosen}


def resize_by_keys(auditor: Auditor) -> None:
    auditor.select(auditor.facings[:1])
    view = auditor.window.visit_page.view
    view.setFocus()
    for _ in range(3):
        QTest.keyClick(view, Qt.Key.Key_Up, Qt.KeyboardModifier.ControlModifier)
    view.commit_pending()


def nudge(auditor: Auditor) -> None:
    auditor.select(auditor.facings[:1])
    view = auditor.window.visit_page.view
    view.setFocus()
    for _ in range(3):
        QTest.keyClick(view, Qt.Key.Key_Right)
    view.commit_pending()


def draw(auditor: Auditor) -> None:
    auditor.press(Act.DRAW)
    drag(auditor.window.visit_page.view, (20, 300), (120, 460))
    auditor.press(Act.DRAW)


def key(act: Act, *, count: int = 1) -> Callable[[Auditor], None]:
    """Select some facings and press the key of an action."""

    def press(auditor: Auditor) -> None:
        auditor.select(auditor.facings[:count])
        auditor.press(act)

    return press


def name(auditor: Auditor) -> None:
    auditor.select(auditor.facings[:3])
    auditor.window.naming.name_selected(COLA.sku)


def paste(auditor: Auditor) -> None:
    auditor.select(auditor.facings[:2])
    auditor.press(Act.COPY)
    auditor.press(Act.PASTE)


GESTURES: dict[str, Callable[[Auditor], None]] = {
    "Move facing": move,
    "Resize facing": resize,
    "Resize facing ": resize_with_snapping,
    "Resize facing  ": resize_by_keys,
    "Move facing ": nudge,
    "Add facing": draw,
    "Remove 4 facings": key(Act.REMOVE, count=4),
    "Merge 2 facings": key(Act.MERGE, count=2),
    "Split facing": key(Act.SPLIT),
    "Duplicate facing": key(Act.DUPLICATE),
    "Paste 2 facings": paste,
    "Name 3 facings": name,
    "Name facing": key(Act.UNKNOWN),
}
"""What the undo list says of each, and how it is done."""


def test_every_gesture_is_undone_and_redone_on_screen_and_on_the_disk(auditor: Auditor, database_file: Path) -> None:
    auditor.select(auditor.facings[:1])
    auditor.name_new(Brand("Alba"), COLA)
    auditor.wait_until_saved()
    auditor.qtbot.wait(400)  # look-alikes are named a moment later
    auditor.wait_until_saved()

    def stored() -> set[Facing]:
        auditor.wait_until_saved()
        with open_database(database_file) as database:
            return set(VisitRepository(database).photo(auditor.photo.id).facings)

    for text, do in GESTURES.items():
        before = set(auditor.facings)
        do(auditor)
        after = set(auditor.facings)
        assert after != before, text
        assert auditor.session.undo_text == text.strip()
        auditor.wait_until(lambda: stored() == set(auditor.facings))  # the machine names look-alikes meanwhile
        auditor.press(Act.UNDO)
        assert {(f.id, f.box) for f in auditor.facings} == {(f.id, f.box) for f in before}, text
        auditor.wait_until(lambda: stored() == set(auditor.facings))
        auditor.press(Act.REDO)
        assert {(f.id, f.box) for f in auditor.facings} == {(f.id, f.box) for f in after}, text
        auditor.wait_until(lambda: stored() == set(auditor.facings))


def test_facings_go_from_photo_to_photo(auditor: Auditor) -> None:
    first = auditor.facings
    auditor.select(first[:2])
    auditor.press(Act.COPY)
    auditor.press(Act.NEXT_PHOTO)
    auditor.wait_until(lambda: auditor.photo.id == auditor.photos[1].id)
    auditor.wait_for_photo()
    second = auditor.facings
    auditor.press(Act.PASTE)
    assert len(auditor.facings) == len(second) + 2
    auditor.press(Act.UNDO)
    assert set(auditor.facings) == set(second)
    auditor.press(Act.PASTE_PREVIOUS)
    assert len(auditor.facings) == len(second) + len(first)
    auditor.press(Act.UNDO)
    assert set(auditor.facings) == set(second)


def test_many_are_selected_at_once(auditor: Auditor) -> None:
    view = auditor.window.visit_page.view
    auditor.select(auditor.facings[:1])
    top = auditor.facings[0].box.center[1]
    auditor.press(Act.SELECT_ROW)
    assert {f.id for f in view.selected_facings()} == {f.id for f in auditor.facings if abs(f.box.center[1] - top) < 40}
    assert len(view.selected_facings()) == 4
    auditor.name_new(Brand("Alba"), COLA)
    auditor.select(auditor.facings[:1])
    auditor.press(Act.SELECT_BRAND)
    assert {f.product for f in view.selected_facings()} == {COLA.sku}
    assert len(view.selected_facings()) >= 4
    untouched = sorted(
        (f for f in auditor.facings if not f.touched and f.score is not None), key=lambda f: f.score or 0
    )
    auditor.select(untouched[1:2])
    auditor.press(Act.SELECT_UNCERTAIN)
    limit = untouched[1].score
    assert limit is not None
    assert {f.id for f in view.selected_facings()} == {f.id for f in untouched if (f.score or 0) <= limit}


def click(auditor: Auditor) -> None:
    """A small box that lies in a large one, and by the next click the large one."""
    view, box = auditor.window.visit_page.view, auditor.facings[0].box
    small = edits.add(Facing("small", Box(box.x1 + 20, box.y1 + 20, box.x1 + 50, box.y1 + 50)))
    auditor.session.edit(auditor.photo.id, small)
    at = on_screen(view, box.x1 + 35, box.y1 + 35)
    for expected in ("small", auditor.facings[0].id, "small"):
        QTest.mouseClick(view.viewport(), Qt.MouseButton.LeftButton, pos=at)
        assert [facing.id for facing in view.selected_facings()] == [expected]


def band(auditor: Auditor) -> None:
    drag(auditor.window.visit_page.view, (5, 5), (500, 130))
    assert len(auditor.window.visit_page.view.selected_facings()) == 4


def by(act: Act) -> Callable[[Auditor], None]:
    def press(auditor: Auditor) -> None:
        auditor.select(auditor.facings[:1])
        auditor.press(act)
        assert len(auditor.window.visit_page.view.selected_facings()) > 1

    return press


def by_product(auditor: Auditor) -> None:
    auditor.select(auditor.facings[:2])
    auditor.name_new(Brand("Brio"), Product("Brio/Lime", "Lime", "Brio"))
    by(Act.SELECT_BRAND)(auditor)


@pytest.mark.parametrize(
    "select",
    [click, band, by(Act.SELECT_ROW), by_product, by(Act.SELECT_UNCERTAIN), by(Act.SELECT_ALL)],
    ids=["click", "band", "row", "product", "score", "all"],
)
def test_what_is_selected_is_named_or_removed_together_and_comes_back_together(
    auditor: Auditor, database_file: Path, select: Callable[[Auditor], None]
) -> None:
    auditor.session.replace_catalogue(Catalogue.of([Brand("Alba")], [COLA]))
    select(auditor)
    chosen = {facing.id for facing in auditor.window.visit_page.view.selected_facings()}
    before = {facing.id: facing for facing in auditor.facings}
    auditor.window.naming.name_selected(COLA.sku)
    assert {facing.id for facing in auditor.facings if facing.product == COLA.sku} >= chosen
    auditor.press(Act.UNDO)
    assert {facing.id for facing in auditor.window.visit_page.view.selected_facings()} == chosen
    assert all(facing.product == before[facing.id].product for facing in auditor.facings if facing.id in chosen)
    auditor.press(Act.REMOVE)
    assert not chosen & {facing.id for facing in auditor.facings}
    auditor.press(Act.UNDO)
    assert chosen <= {facing.id for facing in auditor.facings}
    auditor.wait_until_saved()
    with open_database(database_file) as database:
        stored = VisitRepository(database).photo(auditor.photo.id).facings
    assert {(facing.id, facing.box) for facing in stored} == {(f.id, f.box) for f in before.values()}


def test_looking_closer_and_back_at_the_detection(auditor: Auditor) -> None:
    view, actions = auditor.window.visit_page.view, auditor.window.actions_
    shown = []
    for _ in range(2):
        auditor.press(Act.LOUPE)
        shown.append((view.loupe.on, actions[Act.LOUPE].isChecked()))
    assert shown == [(True, True), (False, False)]
    auditor.press(Act.COMPARE)
    compared = [view.comparing]
    auditor.press(Act.NEXT_PHOTO)
    auditor.wait_until(lambda: auditor.photo.id == auditor.photos[1].id)
    auditor.wait_for_photo()
    compared.append(view.comparing)
    auditor.press(Act.COMPARE)
    compared.append(view.comparing)
    assert compared == [True, True, False], "it stays on from photo to photo"
    auditor.press(Act.LABELS)
    assert not view.labels_shown
