from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from shelfaudit.datasets.dataset import DatasetError
from shelfaudit.domain.geometry import Box
from shelfaudit.evaluation.labels import match_labels
from tests.training.makers import labelled


def test_labels_are_matched_by_name() -> None:
    match = match_labels(("Water", "cola", "tea"), ("cola ", "juice", "water"))
    assert match.names == ("cola ", "water")
    assert match.of_model.tolist() == [1, 0, -1]
    assert match.of_dataset.tolist() == [0, -1, 1]
    assert not match.class_agnostic
    assert "juice" in match.note
    assert "tea" in match.note


def test_what_is_not_judged_is_left_out_on_both_sides() -> None:
    match = match_labels(("cola", "tea"), ("juice", "cola"))
    photo = labelled([Box(0, 0, 10, 10), Box(20, 0, 30, 10)])
    judged = match.photo(replace(photo, labels=np.array([0, 1]), products=("a", "b")))
    assert judged.labels.tolist() == [0]
    assert judged.products == ("b",)
    assert judged.boxes.tolist() == [[20, 0, 30, 10]]
    found = match.predictions(photo.boxes, np.array([0.9, 0.8], dtype=np.float32), np.array([1, 0]))
    assert (found.labels.tolist(), found.scores.tolist()) == ([0], [pytest.approx(0.8)])


@pytest.mark.parametrize(
    ("model", "dataset"), [(("product",), ("beans", "cake")), (("beans", "cake"), ("object",)), (("a",), ("b",))]
)
def test_a_single_label_of_its_own_means_any_product(model: tuple[str, ...], dataset: tuple[str, ...]) -> None:
    match = match_labels(model, dataset)
    assert match.class_agnostic
    assert set(match.of_model) == set(match.of_dataset) == {0}
    assert ("whatever their label" in match.note) == (len(model) + len(dataset) > 2)


def test_a_single_label_that_is_known_is_matched_by_name() -> None:
    match = match_labels(("product",), ("product", "price tag"))
    assert not match.class_agnostic
    assert match.of_dataset.tolist() == [0, -1]


def test_labels_that_do_not_meet_are_an_error() -> None:
    with pytest.raises(DatasetError, match="share no label") as caught:
        match_labels(tuple("abcdefgh"), ("x", "y"))
    assert "3 more" in caught.value.message
    assert "--any-label" in caught.value.message
    assert match_labels(tuple("abc"), ("x", "y"), class_agnostic=True).class_agnostic
