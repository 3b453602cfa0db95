"""Balancing keeps its limits where whole photos can, and says how often each photo is there."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelfaudit.datasets.balancing import BalancedDataset, balance
from shelfaudit.datasets.choices import Unit
from shelfaudit.datasets.dataset import Dataset
from shelfaudit.datasets.stats import boxes_by_class, photos_by_class
from tests.datasets.makers import a_photo

LABELS = tuple("abcd")
LABEL_LISTS = st.lists(st.lists(st.integers(0, 3), max_size=5), max_size=40)


def data_set(rows: list[list[int]]) -> Dataset:
    return Dataset(LABELS, tuple(a_photo(f"{index}.jpg", labels) for index, labels in enumerate(rows)))


def reached(result: BalancedDataset, unit: Unit) -> list[int]:
    return (photos_by_class if unit is Unit.PHOTOS else boxes_by_class)(result.dataset)


@given(LABEL_LISTS, st.sampled_from(Unit), st.integers(1, 12), st.integers(1, 12), st.integers(0, 3))
def test_what_balancing_keeps(rows: list[list[int]], unit: Unit, one: int, other: int, seed: int) -> None:
    at_least, at_most = sorted((one, other))
    dataset = data_set(rows)
    result = balance(dataset, unit=unit, at_least=at_least, at_most=at_most, seed=seed)
    listed = Counter(photo.file.name for photo in result.dataset.photos)
    assert [listed[f"{index}.jpg"] for index in range(len(rows))] == list(result.times)
    before = (photos_by_class if unit is Unit.PHOTOS else boxes_by_class)(dataset)
    after = reached(result, unit)
    for label in range(4):
        assert (after[label] > 0) == (before[label] > 0), "no class is lost"
        if before[label] <= at_most:
            assert after[label] >= before[label], "a rare class keeps all of its photos"
    for labels, times in zip(rows, result.times, strict=True):
        if not labels:
            assert times == 1, "photos without boxes stay"
        if times > 1:
            assert all(after[label] <= at_most for label in labels), "repeating takes no class over the limit"


@given(LABEL_LISTS, st.sampled_from(Unit), st.integers(1, 12))
def test_repeating_reaches_the_least(rows: list[list[int]], unit: Unit, at_least: int) -> None:
    result = balance(data_set(rows), unit=unit, at_least=at_least)
    assert all(count == 0 or count >= at_least for count in reached(result, unit))
    assert all(result.times)


def test_classes_alone_in_their_photos_meet_both_limits() -> None:
    rows = [[0]] * 50 + [[1, 1]] * 3 + [[2]] * 20
    result = balance(data_set(rows), unit=Unit.PHOTOS, at_least=10, at_most=30)
    assert photos_by_class(result.dataset) == [30, 10, 20, 0]
    assert sorted(result.times[50:53]) == [3, 3, 4], "the photos of a class take turns"


def test_a_rare_class_keeps_its_photos_though_a_common_one_is_beside_it() -> None:
    rows = [[0, 1]] * 8 + [[0]] * 40
    result = balance(data_set(rows), unit=Unit.PHOTOS, at_most=8)
    assert photos_by_class(result.dataset)[:2] == [8, 8]
    assert list(result.times) == [1] * 8 + [0] * 40
    rows = [[0, 1]] * 4 + [[0, 2]] * 4 + [[0]] * 40
    result = balance(data_set(rows), unit=Unit.PHOTOS, at_most=5)
    assert photos_by_class(result.dataset)[:3] == [8, 4, 4]


def test_a_class_whose_photos_all_have_too_many_boxes_keeps_one_photo() -> None:
    result = balance(data_set([[0] * 5, [0] * 3, [0] * 4]), unit=Unit.BOXES, at_most=2)
    assert result.times == (0, 1, 0)


def test_a_seed_gives_one_choice() -> None:
    rows = [[0]] * 30
    chosen = [balance(data_set(rows), unit=Unit.PHOTOS, at_most=10, seed=seed).times for seed in (0, 0, 1)]
    assert chosen[0] == chosen[1] != chosen[2]


def test_limits_that_contradict_each_other_are_refused() -> None:
    with pytest.raises(ValueError, match="more than"):
        balance(data_set([[0]]), unit=Unit.PHOTOS, at_least=5, at_most=4)
