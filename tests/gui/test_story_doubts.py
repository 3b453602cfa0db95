"""What the machine is not sure of is asked: a name with a close runner-up, and a box that scored too low."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from shelfaudit.domain import edits
from shelfaudit.domain.catalogue import Brand, Catalogue, Ownership, Product
from shelfaudit.domain.geometry import Box, FloatArray
from shelfaudit.domain.review import Ask, Decision
from shelfaudit.domain.threshold import threshold_scale
from shelfaudit.domain.visit import Author, Facing
from tests.gui.shell_driver import RED, Auditor, running_window, write_shelf

COLA = Product("alba/cola", "Alba Cola", "Alba", must_stock=True)
ZERO = Product("alba/zero", "Alba Zero", "Alba", must_stock=True)
CATALOGUE = Catalogue.of([Brand("Alba", Ownership.OWN)], [COLA, ZERO])
MODEL = 0.5


def unit(*values: float) -> FloatArray:
    vector: FloatArray = np.array(values, dtype=np.float32) / np.float32(np.linalg.norm(values))
    return vector


def pack(name: str, place: int, score: float) -> Facing:
    return Facing(name, Box(20 + 90 * place, 20, 110 + 90 * place, 200), score)


class Doubter(Auditor):
    """The auditor in front of the review queue."""

    def decisions(self) -> tuple[Decision, ...]:
        queue = self.window.review.queue
        assert queue is not None
        return queue.decisions(self.photo.id)

    def asked_of(self, facing_id: str | None) -> list[tuple[Ask, tuple[str, ...]]]:
        return [(one.ask, one.reasons) for one in self.decisions() if one.facing_id == facing_id]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "visits.sqlite"


@pytest.fixture
def doubter(qtbot: QtBot, file: Path, tmp_path: Path) -> Iterator[Doubter]:
    """One photo: a stranger, a Cola that is nearly a Zero, and a box that scored just too low to count."""
    with running_window(qtbot, file) as driver:
        auditor = Doubter(qtbot, driver.window)
        auditor.begin_visit()
        auditor.import_photos(write_shelf(tmp_path / "1.jpg", [RED, RED, RED]))
        auditor.wait_for_detection()
        repository = driver.window.workers.repository()
        repository.save_catalogue(CATALOGUE)
        repository.save_references(COLA.sku, unit(1, 0, 0)[None])
        repository.save_references(ZERO.sku, unit(0, 1, 0)[None])
        (photo,) = auditor.photos
        stored = repository.save_detection(
            photo.id,
            width=512,
            height=512,
            sha256=photo.sha256,
            facings=[pack("stranger", 0, 0.95), pack("close", 1, 0.95)],
            appearances=np.stack([unit(0, 0, 1), unit(1, 0.84, 0)]),
            model="test",
            threshold=MODEL,
            below=[pack("low", 2, 0.47)],
        )
        auditor.session.replace_catalogue(CATALOGUE)
        auditor.session.replace_photo(stored)
        yield auditor


def test_a_name_with_a_close_runner_up_is_asked_again_after_a_restart(
    qtbot: QtBot, doubter: Doubter, file: Path
) -> None:
    doubter.session.name_look_alikes()
    question = [(Ask.PRODUCT, ("Alba Cola or Alba Zero?", "the only Alba Cola, must-stock"))]
    doubter.wait_until(lambda: doubter.asked_of("close") == question)
    assert doubter.asked_of("stranger") == [(Ask.NAME, ("not named",))]
    assert [(f.product, f.product_by) for f in doubter.facings] == [(None, None), (COLA.sku, Author.DETECTOR)]
    before = doubter.facings
    doubter.window.close()
    with running_window(qtbot, file) as driver:
        again = Doubter(qtbot, driver.window)
        again.wait_until(lambda: again.asked_of("close") == question)
        assert again.facings == before
        again.session.edit(again.photo.id, edits.relabel([again.facings[1]], ZERO.sku))
        again.wait_until(lambda: again.asked_of("close") == [])


def test_a_box_just_below_the_threshold_is_asked_until_it_counts_or_is_removed(doubter: Doubter) -> None:
    question = [(Ask.MISSING, ("left out with score 0.47",))]
    doubter.wait_until(lambda: doubter.asked_of(None) == question)
    raw = doubter.session.detections.of(doubter.photo.id)
    assert raw is not None
    scale = threshold_scale(doubter.photo, raw)
    lowered = scale.edit(0.3)
    assert lowered is not None
    doubter.session.edit(doubter.photo.id, lowered)
    assert doubter.asked_of(None) == []
    (low,) = [facing for facing in doubter.facings if facing.id == "low"]
    (decision,) = [one for one in doubter.decisions() if one.facing_id == "low"]
    assert "low score 0.47" in decision.reasons, "judged at the model's threshold, not at the one that was set"
    assert decision.doubt > 0.5

    doubter.session.edit(doubter.photo.id, edits.remove([low]))
    back = threshold_scale(doubter.photo, raw).edit(MODEL)
    assert back is not None
    doubter.session.edit(doubter.photo.id, back)
    assert doubter.asked_of(None) == []
    assert doubter.photo.threshold == MODEL
