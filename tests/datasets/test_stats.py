"""The numbers of a data set."""

from __future__ import annotations

import pytest

from shelfaudit.datasets.dataset import Dataset
from shelfaudit.datasets.stats import Quantiles, boxes_by_class, describe, photos_by_class
from shelfaudit.domain.geometry import Box
from tests.datasets.makers import HEIGHT, WIDTH, a_photo

WHOLE = Box(0, 0, WIDTH, HEIGHT)


def test_the_numbers_of_a_small_data_set() -> None:
    dataset = Dataset(
        ("cola", "water", "tea"),
        (
            a_photo("1.jpg", [0, 0, 1], boxes=[Box(0, 0, 10, 40), Box(20, 0, 30, 40), Box(40, 0, 60, 20)], region=WHOLE,
                    source="north", products=["a", "a", None]),
            a_photo("2.jpg", [0], region=Box(0, 0, WIDTH / 2, HEIGHT), source="south",
                    ignored=[Box(0, 0, 40, 60), Box(20, 0, 60, 60)]),
            a_photo("3.jpg", source="south"),
        ),
    )  # fmt: skip
    stats = describe(dataset)
    assert (stats.photos, stats.unlabelled, stats.boxes, stats.ignored) == (3, 1, 4, 2)
    assert (stats.named, stats.products) == (2, 1)
    assert stats.sources == {"south": 2, "north": 1}
    assert [(entry.name, entry.boxes, entry.photos) for entry in stats.classes] == [
        ("cola", 3, 2),
        ("water", 1, 1),
        ("tea", 0, 0),
    ]
    assert stats.classes[1].median_side == pytest.approx(20)
    assert stats.classes[2].median_side is None
    assert (stats.regions.whole, stats.regions.part, stats.regions.none) == (1, 1, 1)
    assert stats.regions.known_area == pytest.approx(0.5)
    assert stats.regions.ignored_area == pytest.approx(60 * 60 / (3 * WIDTH * HEIGHT)), "the overlap counts once"
    assert stats.boxes_per_photo is not None
    assert (stats.boxes_per_photo.least, stats.boxes_per_photo.median, stats.boxes_per_photo.largest) == (0, 1, 3)
    assert stats.side is not None
    assert stats.relative_side is not None
    assert stats.side.least == pytest.approx(20)
    assert stats.relative_side.least == pytest.approx(20 / (WIDTH * HEIGHT) ** 0.5)
    assert stats.aspect is not None
    assert stats.aspect.least == pytest.approx(0.25)
    assert stats.aspect.largest == pytest.approx(1)


def test_counts_by_class() -> None:
    dataset = Dataset(("a", "b", "c"), (a_photo("1.jpg", [0, 0, 2]), a_photo("2.jpg", [2])))
    assert boxes_by_class(dataset) == [2, 0, 2]
    assert photos_by_class(dataset) == [1, 0, 2]


def test_an_empty_data_set_has_no_spread() -> None:
    stats = describe(Dataset(("a",), ()))
    assert (stats.photos, stats.boxes, stats.side, stats.boxes_per_photo) == (0, 0, None, None)
    assert describe(Dataset((), (a_photo(),))).side is None


def test_quantiles() -> None:
    spread = Quantiles.of(range(101))
    assert spread == Quantiles(0, 5, 25, 50, 75, 95, 100, 50)
