"""Splits are complete and disjoint, tear no group, and come as near to the shares as the groups allow."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelfaudit.datasets.choices import GroupBy
from shelfaudit.datasets.dataset import Dataset, DatasetError, LabelledPhoto
from shelfaudit.datasets.splitting import group_photos, split, tell_sources
from shelfaudit.datasets.stats import boxes_by_class, photos_by_class
from tests.datasets.makers import a_photo

LABELS = tuple("abcde")
THIRDS = {"one": Fraction(1, 3), "two": Fraction(1, 3), "three": Fraction(1, 3)}
USUAL = {"train": Fraction(8, 10), "validation": Fraction(1, 10), "test": Fraction(1, 10)}


@st.composite
def labelled_photos(draw: st.DrawFn) -> list[LabelledPhoto]:
    described = st.tuples(st.lists(st.integers(0, 4), max_size=6), st.sampled_from(["", *"nswe"]))
    rows = draw(st.lists(described, min_size=6, max_size=60))
    return [a_photo(f"{index}.jpg", labels, source=source) for index, (labels, source) in enumerate(rows)]


@given(labelled_photos(), st.sampled_from([THIRDS, USUAL]), st.sampled_from([GroupBy.SOURCE, GroupBy.NONE]), st.data())
def test_what_every_split_keeps(
    photos: list[LabelledPhoto], shares: dict[str, Fraction], by: GroupBy, data: st.DataObject
) -> None:
    index = st.integers(0, len(photos) - 1)
    links = data.draw(st.lists(st.tuples(index, index), max_size=8))
    seed = data.draw(st.integers(0, 3))
    try:
        parts = split(Dataset(LABELS, tuple(photos)), shares, by=by, links=links, seed=seed)
    except DatasetError:
        return  # too few groups for so many parts; other tests see to it
    part_of = {photo.file: name for name, part in parts.items() for photo in part.photos}
    assert sum(len(part.photos) for part in parts.values()) == len(photos) == len(part_of), "each photo once"
    assert all(part.photos for part in parts.values())
    for one, other in links:
        assert part_of[photos[one].file] == part_of[photos[other].file]
    if by is GroupBy.SOURCE:
        for source in "nswe":
            assert len({part_of[photo.file] for photo in photos if photo.source == source}) <= 1
    largest = max(len(group.members) for group in group_photos(photos, by, links))
    for name, part in parts.items():
        assert len(part.photos) < shares[name] * len(photos) + largest
        assert len(part.photos) > shares[name] * len(photos) - largest * (len(shares) - 1)
        assert [photo.file for photo in part.photos] == [photo.file for photo in photos if part_of[photo.file] == name]


def test_each_class_is_in_each_part_by_its_share() -> None:
    photos = [
        a_photo(f"{index}.jpg", [0] + [label for label in (1, 2, 3) if index % (10 * label) == 0])
        for index in range(600)
    ]
    parts = split(Dataset(LABELS[:4], tuple(photos)), USUAL, by=GroupBy.NONE)
    counts = [photos_by_class(part) for part in parts.values()]
    assert counts == [[480, 48, 24, 16], [60, 6, 3, 2], [60, 6, 3, 2]]


def test_boxes_follow_the_shares_too() -> None:
    photos = [a_photo(f"{index}.jpg", [0] * (1 + index % 9)) for index in range(200)]
    parts = split(Dataset(("a",), tuple(photos)), USUAL, by=GroupBy.NONE)
    boxes = {name: boxes_by_class(part)[0] for name, part in parts.items()}
    for name, share in USUAL.items():
        assert boxes[name] / sum(boxes.values()) == pytest.approx(float(share), abs=0.012)


def test_a_large_store_goes_where_it_fits() -> None:
    photos = [a_photo(f"{index}.jpg", [0], source="large" if index < 40 else f"small {index}") for index in range(60)]
    for seed in range(5):
        parts = split(Dataset(("a",), tuple(photos)), USUAL, by=GroupBy.SOURCE, seed=seed)
        assert [len(part.photos) for part in parts.values()] == [48, 6, 6]
        assert sum(photo.source == "large" for photo in parts["train"].photos) == 40


def test_a_seed_gives_one_split_for_ever() -> None:
    photos = [a_photo(f"{index}.jpg", [index % 3, index % 2]) for index in range(12)]

    def test_part(seed: int) -> list[str]:
        parts = split(
            Dataset(LABELS, tuple(photos)),
            {"train": Fraction(2, 3), "test": Fraction(1, 3)},
            by=GroupBy.NONE,
            seed=seed,
        )
        return [photo.file.stem for photo in parts["test"].photos]

    # Written down once: a change means that the splits of users change with an update.
    assert test_part(0) == ["1", "2", "4", "9"]
    assert test_part(1) != test_part(0)


def test_photos_of_a_folder_stay_together() -> None:
    photos = [a_photo(Path(f"store {index % 6}") / f"{index}.jpg", [0]) for index in range(30)]
    parts = split(Dataset(("a",), tuple(photos)), THIRDS, by=GroupBy.FOLDER)
    folders = Counter(folder for part in parts.values() for folder in {photo.file.parent for photo in part.photos})
    assert set(folders.values()) == {1}
    assert [len(part.photos) for part in parts.values()] == [10, 10, 10]


def test_a_photo_listed_twice_is_not_torn() -> None:
    photos = [a_photo(f"{index // 2}.jpg", [0]) for index in range(12)]
    groups = group_photos(photos, GroupBy.NONE, [])
    assert [group.members for group in groups] == [(index, index + 1) for index in range(0, 12, 2)]


def test_too_few_groups_are_an_error_that_says_what_to_do() -> None:
    photos = tuple(a_photo(f"{index}.jpg", [0], source="one" if index else "two") for index in range(9))
    with pytest.raises(DatasetError, match="gives 2") as caught:
        split(Dataset(("a",), photos), THIRDS, by=GroupBy.SOURCE)
    assert "--by none" in caught.value.advice


def test_a_part_without_photos_is_an_error() -> None:
    shares = {"train": Fraction(98, 100), "test": Fraction(2, 100)}
    with pytest.raises(DatasetError, match="“test”"):
        split(Dataset(("a",), tuple(a_photo(f"{index}.jpg", [0]) for index in range(4))), shares, by=GroupBy.NONE)


@pytest.mark.parametrize("shares", [{"a": Fraction(1, 2)}, {"a": Fraction(3, 2), "b": Fraction(-1, 2)}])
def test_shares_that_are_none_are_refused(shares: dict[str, Fraction]) -> None:
    with pytest.raises(ValueError, match="shares"):
        split(Dataset(("a",), (a_photo(),)), shares, by=GroupBy.NONE)


def test_one_source_for_all_tells_nothing() -> None:
    assert not tell_sources([a_photo(source="x"), a_photo(), a_photo(source="x")])
    assert tell_sources([a_photo(source="x"), a_photo(source="y")])
