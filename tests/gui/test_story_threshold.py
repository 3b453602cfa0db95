"""The live threshold: seen while it is tried, one edit when it is set, and what the auditor touched stays."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QSlider
from pytestqt.qtbot import QtBot

from shelfaudit.domain import edits
from shelfaudit.domain.edits import EditKind
from shelfaudit.domain.geometry import Box
from shelfaudit.domain.visit import Facing, Photo
from shelfaudit.gui.actions import Act
from shelfaudit.gui.photo_view.threshold_preview import ThresholdPreview
from shelfaudit.gui.threshold_bar import ThresholdBar
from tests.gui.shell_driver import BLUE, RED, Auditor, running_window, write_shelf

MODEL = 0.5
SCORES = (0.9, 0.8, 0.7, 0.45, 0.4, 0.3)


class Worker:
    """An auditor at a visit of photos whose boxes have known scores."""

    def __init__(self, auditor: Auditor) -> None:
        self.auditor = auditor
        self.window = auditor.window
        bar = auditor.window.findChild(ThresholdBar)
        assert bar is not None
        self.bar: ThresholdBar = bar
        self.slider: QSlider = bar.slider

    @property
    def ids(self) -> list[str]:
        return [facing.id.split("-")[1] for facing in self.auditor.facings]

    @property
    def preview(self) -> tuple[int, int]:
        """How many boxes are shown that would come and go."""
        items = self.window.visit_page.view.scene().items()
        (item,) = [item for item in items if isinstance(item, ThresholdPreview)]
        return len(item._coming), len(item._going)

    @property
    def effect(self) -> str:
        return self.bar.effect.text()

    def drag_to(self, score: float) -> None:
        """Take the slider and move it, without letting go."""
        assert self.slider.isEnabled()
        self.slider.setSliderDown(True)
        self.slider.setSliderPosition(round(100 * score))

    def let_go(self) -> None:
        self.slider.setSliderDown(False)

    def detect(self, photo: Photo, scores: tuple[float, ...] = SCORES) -> Photo:
        """Save a detection of boxes with these scores, side by side."""
        found = [
            Facing(f"{photo.id}-{place}", Box(10 + 70 * place, 20, 70 + 70 * place, 200), score)
            for place, score in enumerate(scores)
        ]
        counted = [facing for facing in found if (facing.score or 0) >= MODEL]
        stored = self.window.workers.repository().save_detection(
            photo.id,
            width=512,
            height=512,
            sha256=photo.sha256,
            facings=counted,
            appearances=None,
            model="test",
            threshold=MODEL,
            below=found[len(counted) :],
        )
        self.auditor.session.replace_photo(stored)
        return stored

    def wait_for_slider(self) -> None:
        self.auditor.wait_until(self.bar.isEnabled)

    def stored(self) -> list[Photo]:
        self.auditor.wait_until_saved()
        return list(self.window.workers.repository().visit(self.auditor.session.visit_id).photos)


@pytest.fixture
def worker(qtbot: QtBot, tmp_path: Path) -> Iterator[Worker]:
    """Two photos, the first one on screen; three boxes count in each, three are candidates."""
    with running_window(qtbot, tmp_path / "visits.sqlite") as person:
        person.begin_visit()
        person.import_photos(write_shelf(tmp_path / "a.jpg", [RED, BLUE]), write_shelf(tmp_path / "b.jpg", [BLUE] * 3))
        person.wait_for_detection()
        person.wait_for_photo()
        working = Worker(person)
        for photo in person.photos:
            working.detect(photo)
        working.wait_for_slider()
        yield working


def test_a_drag_shows_what_comes_and_is_one_edit_when_it_ends(worker: Worker) -> None:
    start = worker.auditor.photo
    worker.drag_to(0.42)
    assert (worker.preview, worker.effect) == ((1, 0), "+1")
    worker.drag_to(0.25)
    assert (worker.preview, worker.effect) == ((3, 0), "+3")
    assert worker.auditor.photo is start, "nothing is changed while it is tried"
    assert worker.bar.value.text() == "0.25"
    worker.let_go()
    assert (worker.preview, worker.effect) == ((0, 0), "")
    assert worker.ids == ["0", "1", "2", "3", "4", "5"]
    assert worker.auditor.session.undo_text == "Threshold 0.25"
    assert worker.stored()[0] == worker.auditor.photo
    worker.auditor.press(Act.UNDO)
    assert worker.auditor.photo == start
    assert worker.bar.value.text() == "0.50"
    assert worker.stored()[0] == start
    worker.auditor.press(Act.REDO)
    assert len(worker.stored()[0].facings) == 6


def test_raising_takes_away_what_the_auditor_has_not_touched(worker: Worker) -> None:
    first, second, third = worker.auditor.facings
    worker.auditor.session.edit(worker.auditor.photo.id, edits.move(third, third.box.translated(0, 5)))
    worker.auditor.session.edit(worker.auditor.photo.id, edits.remove([first]))
    worker.drag_to(0.95)
    assert (worker.preview, worker.effect) == ((0, 1), "−1")
    worker.let_go()
    assert worker.ids == ["2"]
    worker.drag_to(0.2)
    worker.let_go()
    assert set(worker.ids) == {"1", "2", "3", "4", "5"}, "the removed one stays away"
    worker.stored()
    counts = worker.window.workers.repository().edit_counts(worker.auditor.session.visit_id)
    assert counts[EditKind.THRESHOLD] == 2
    for _ in range(4):
        worker.auditor.press(Act.UNDO)
    assert set(worker.auditor.facings) == {first, second, third}


def test_coming_back_to_where_it_stood_is_no_edit(worker: Worker) -> None:
    worker.drag_to(0.3)
    worker.drag_to(MODEL)
    assert worker.effect == ""
    worker.let_go()
    assert worker.auditor.session.undo_text is None


def test_escape_leaves_everything_as_it_was(worker: Worker) -> None:
    worker.slider.setFocus()
    worker.drag_to(0.3)
    QTest.keyClick(worker.slider, Qt.Key.Key_Escape)
    assert (worker.preview, worker.effect, worker.bar.value.text()) == ((0, 0), "", "0.50")
    worker.let_go()
    assert worker.auditor.session.undo_text is None
    assert worker.slider.value() == 50


def test_a_series_of_keys_is_one_edit(worker: Worker) -> None:
    for _ in range(3):
        worker.auditor.press(Act.THRESHOLD_LOWER)
    assert (worker.bar.value.text(), worker.effect) == ("0.44", "+1")
    assert worker.auditor.session.undo_text is None
    worker.auditor.wait_until(lambda: worker.auditor.session.undo_text == "Threshold 0.44")
    assert worker.ids == ["0", "1", "2", "3"]
    worker.auditor.press(Act.THRESHOLD_RAISE)
    worker.auditor.press(Act.UNDO)
    assert worker.auditor.photo.threshold == 0.44, "undo ends the series and takes it back"
    worker.auditor.press(Act.UNDO)
    assert worker.auditor.photo.threshold == MODEL


def test_arrow_keys_move_the_slider_in_focus(worker: Worker) -> None:
    worker.slider.setFocus()
    for _ in range(6):
        QTest.keyClick(worker.slider, Qt.Key.Key_Left)
    assert (worker.bar.value.text(), worker.effect) == ("0.44", "+1")
    worker.auditor.wait_until(lambda: worker.auditor.session.undo_text == "Threshold 0.44")


def test_the_next_photo_ends_a_series_in_the_photo_where_it_began(worker: Worker) -> None:
    first, second = worker.auditor.photos
    worker.auditor.press(Act.THRESHOLD_LOWER)
    worker.auditor.press(Act.NEXT_PHOTO)
    worker.auditor.wait_for_photo()
    assert [photo.threshold for photo in worker.auditor.photos] == [0.48, MODEL]
    worker.wait_for_slider()
    assert worker.bar.value.text() == "0.50"
    worker.auditor.press(Act.UNDO)
    assert worker.auditor.photos == [first, second]


def test_the_whole_visit_is_one_edit_and_leaves_reviewed_photos(worker: Worker) -> None:
    first, second = worker.auditor.photos
    worker.auditor.press(Act.THRESHOLD_VISIT)
    worker.drag_to(0.35)
    worker.auditor.wait_until(lambda: worker.effect == "+4 in 2 photos")
    assert worker.preview == (2, 0)
    worker.let_go()
    worker.auditor.wait_until(lambda: worker.auditor.session.undo_text == "Threshold 0.35 in 2 photos")
    assert [len(photo.facings) for photo in worker.auditor.photos] == [5, 5]
    assert worker.stored() == worker.auditor.photos
    worker.auditor.press(Act.UNDO)
    assert worker.auditor.photos == worker.stored() == [first, second]

    worker.auditor.session.mark_reviewed(second.id)
    worker.drag_to(0.35)
    worker.let_go()
    worker.auditor.wait_until(lambda: worker.auditor.session.undo_text == "Threshold 0.35")
    assert [photo.threshold for photo in worker.auditor.photos] == [0.35, MODEL]
    worker.auditor.press(Act.THRESHOLD_VISIT)


def test_one_key_goes_back_to_the_models_threshold(worker: Worker) -> None:
    start = worker.auditor.photo
    worker.drag_to(0.2)
    worker.let_go()
    worker.auditor.press(Act.THRESHOLD_RESET)
    assert replace(worker.auditor.photo, facings=()) == replace(start, facings=())
    assert set(worker.auditor.facings) == set(start.facings)
    worker.auditor.press(Act.UNDO)
    assert len(worker.auditor.facings) == 6


def test_boxes_of_the_detection_are_told_whatever_became_of_them(worker: Worker) -> None:
    session, photo = worker.auditor.session, worker.auditor.photo
    expected = tuple((facing.id, facing.box) for facing in photo.facings)
    session.edit(photo.id, edits.remove(photo.facings))
    worker.drag_to(0.2)
    worker.let_go()
    assert session.detected_boxes(photo.id) == expected


def test_a_photo_of_an_earlier_version_has_no_slider_and_says_why(worker: Worker) -> None:
    session, photo = worker.auditor.session, worker.auditor.photo
    with worker.window.workers._opened.writing() as connection:  # type: ignore[union-attr]
        connection.connection().exec_driver_sql("DELETE FROM detection_run")
    session.replace_photo(photo)
    worker.auditor.wait_until(lambda: "earlier version" in worker.slider.toolTip())
    assert not worker.bar.isEnabled()
    assert session.detected_boxes(photo.id) is None
    worker.auditor.press(Act.THRESHOLD_LOWER)
    assert worker.preview == (0, 0)
