"""The threshold of a photo: what the auditor touched stays, and lowering is the reverse of raising."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelfaudit.domain import edits
from shelfaudit.domain.edits import Edit, EditKind, edited
from shelfaudit.domain.geometry import Box
from shelfaudit.domain.threshold import SAME_FACING_IOU, RawDetection, ThresholdScale, threshold_scale
from shelfaudit.domain.visit import Facing, Photo, PhotoState
from shelfaudit.errors import EditConflict
from tests.edit_makers import draw_edit

MODEL = 0.5
THRESHOLDS = st.integers(20, 95).map(lambda percent: percent / 100)


def detected(scores: list[float]) -> tuple[Photo, RawDetection]:
    """A photo as it was detected, with a box for each score, side by side."""
    found = tuple(
        Facing(f"f{place}", Box(12 * place, 0, 12 * place + 10, 40), score)
        for place, score in enumerate(sorted(scores, reverse=True))
    )
    raw = RawDetection(MODEL, found)
    photo = Photo(
        1, 1, Path("a.jpg"), 800, 600, state=PhotoState.DETECTED, model="m", threshold=MODEL, facings=raw.counted
    )
    return photo, raw


def at(photo: Photo, raw: RawDetection, threshold: float) -> Photo:
    edit = threshold_scale(photo, raw).edit(threshold)
    return edited(photo, edit) if edit is not None else photo


def draw_worked_on(data: st.DataObject) -> tuple[Photo, RawDetection]:
    """A photo that was detected, and that an auditor has worked on."""
    photo, raw = detected(data.draw(st.lists(THRESHOLDS, max_size=12)))
    for _ in range(data.draw(st.integers(0, 4))):
        photo = edited(photo, draw_edit(data, photo.facings))
    return photo, raw


def settled_boxes(photo: Photo) -> list[Box]:
    return [facing.box for facing in photo.facings if facing.touched] + list(photo.rejected.values())


def free(photo: Photo) -> set[Facing]:
    """The facings that no box of the auditor lies over."""
    return {
        facing
        for facing in photo.facings
        if facing.touched or all(facing.box.iou(box) <= SAME_FACING_IOU for box in settled_boxes(photo))
    }


@given(st.data(), THRESHOLDS)
def test_raising_and_lowering_back_gives_the_start(data: st.DataObject, threshold: float) -> None:
    photo, raw = draw_worked_on(data)
    back = at(at(photo, raw, threshold), raw, MODEL)
    assert free(photo) <= set(back.facings)
    assert back.threshold == photo.threshold
    assert back.rejected == photo.rejected


@given(st.lists(THRESHOLDS, max_size=12), st.lists(THRESHOLDS, min_size=1, max_size=5))
def test_an_untouched_photo_has_what_the_detector_found_at_the_threshold(
    scores: list[float], thresholds: list[float]
) -> None:
    photo, raw = detected(scores)
    for threshold in thresholds:
        photo = at(photo, raw, threshold)
        assert set(photo.facings) == {facing for facing in raw.found if (facing.score or 0) >= threshold}


@given(st.data(), THRESHOLDS, THRESHOLDS)
def test_a_lower_threshold_leaves_what_a_higher_one_leaves(data: st.DataObject, one: float, other: float) -> None:
    photo, raw = draw_worked_on(data)
    scale = threshold_scale(photo, raw)
    low, high = sorted((one, other))
    if MODEL in (low, high):
        return
    assert set(scale.added(low)) >= set(scale.added(high))
    assert set(scale.removed(low)) <= set(scale.removed(high))


@given(st.data(), THRESHOLDS)
def test_what_the_auditor_touched_or_removed_never_changes(data: st.DataObject, threshold: float) -> None:
    photo, raw = draw_worked_on(data)
    after = at(photo, raw, threshold)
    touched = [facing for facing in photo.facings if facing.touched]
    assert [facing for facing in after.facings if facing.touched] == touched
    assert after.rejected == photo.rejected
    came = set(after.facings) - set(photo.facings)
    assert all(facing.box.iou(box) <= SAME_FACING_IOU for facing in came for box in settled_boxes(photo))
    assert not {facing.id for facing in came} & photo.rejected.keys()


@given(st.data(), THRESHOLDS)
def test_the_numbers_are_those_of_the_edit_and_undo_takes_it_back(data: st.DataObject, threshold: float) -> None:
    photo, raw = draw_worked_on(data)
    scale = threshold_scale(photo, raw)
    edit = scale.edit(threshold)
    if edit is None:
        assert threshold == photo.threshold
        assert scale.counts(threshold) == (0, 0)
        return
    assert scale.counts(threshold) == (len(edit.after), len(edit.before))
    back = edited(edited(photo, edit), edit.reverted, undo=True)
    assert set(back.facings) == set(photo.facings)
    assert replace(back, facings=()) == replace(photo, facings=())


def test_a_threshold_alone_is_an_edit() -> None:
    photo, raw = detected([0.9])
    edit = threshold_scale(photo, raw).edit(0.6)
    assert edit == Edit(EditKind.THRESHOLD, (), (), (MODEL, 0.6))
    assert edited(photo, edit).threshold == 0.6
    assert edit.rejected == ()


def test_a_threshold_that_was_changed_meanwhile_is_a_conflict() -> None:
    photo, raw = detected([0.9])
    edit = threshold_scale(photo, raw).edit(0.6)
    assert edit is not None
    with pytest.raises(EditConflict, match="threshold"):
        edited(replace(photo, threshold=0.7), edit)


def test_a_photo_without_a_threshold_has_no_edit() -> None:
    photo, raw = detected([0.9])
    scale: ThresholdScale = threshold_scale(replace(photo, threshold=None), raw)
    assert scale.edit(0.6) is None


def test_a_removed_box_stays_away_and_a_facing_taken_by_the_threshold_does_not() -> None:
    photo, raw = detected([0.9, 0.6, 0.3])
    photo = edited(photo, edits.remove(photo.facings[:1]))
    photo = at(photo, raw, 0.7)
    assert photo.facings == ()
    assert [facing.id for facing in at(photo, raw, 0.2).facings] == ["f1", "f2"]


def test_what_is_left_out_scores_below_the_threshold_and_was_not_settled() -> None:
    photo, raw = detected([0.9, 0.6, 0.45, 0.4])
    assert threshold_scale(photo, raw).left_out == [(raw.found[2].box, 0.45), (raw.found[3].box, 0.4)]
    moved = edited(photo, edits.move(photo.facings[1], raw.found[2].box))
    assert threshold_scale(moved, raw).left_out == [(raw.found[3].box, 0.4)], "another box of a facing"
    removed = edited(at(photo, raw, 0.3), edits.remove(raw.found[2:3]))
    assert threshold_scale(at(removed, raw, 0.5), raw).left_out == [(raw.found[3].box, 0.4)], "removed by the auditor"
    assert len(threshold_scale(at(photo, raw, 0.7), raw).left_out) == 3
    assert threshold_scale(replace(photo, threshold=None), raw).left_out == []
