"""Evens out the classes of a data set: common ones lose photos, rare ones have photos repeated.

Photos are taken or left whole: a box that is left out of a photo that stays would teach that its product is
background. So with several classes in a photo the limits are kept as far as whole photos can.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from shelfaudit.datasets.choices import Unit
from shelfaudit.datasets.dataset import Dataset


@dataclass(frozen=True, slots=True)
class BalancedDataset:
    """The balanced data set, and how often each photo of the given one is in it: 0 left out, 2 and more repeated."""

    dataset: Dataset
    times: tuple[int, ...]


def balance(
    dataset: Dataset, *, unit: Unit, at_least: int | None = None, at_most: int | None = None, seed: int = 0
) -> BalancedDataset:
    """Leave out photos of classes over `at_most` and repeat photos of classes under `at_least`.

    A class of no more than `at_most` keeps all its photos, so a class beside it may stay over the limit. A class is
    repeated in turns, all its photos as often as each other, and never so that another one gets over `at_most`; it may
    stay under `at_least` for that. Photos without boxes stay. The photos keep their order, repeated ones follow
    themselves.

    Raises:
        ValueError: `at_least` is above `at_most`.
    """
    if at_least is not None and at_most is not None and at_least > at_most:
        raise ValueError(f"at least {at_least} is more than at most {at_most}")
    counts = [_counts(photo.labels.tolist(), unit) for photo in dataset.photos]
    order = list(range(len(counts)))
    random.Random(seed).shuffle(order)
    times = [1] * len(counts)
    if at_most is not None:
        kept = _reduced(counts, order, at_most)
        times = [int(not count or index in kept) for index, count in enumerate(counts)]
    if at_least is not None:
        _repeat(counts, order, times, at_least, at_most)
    photos = [photo for photo, number in zip(dataset.photos, times, strict=True) for _ in range(number)]
    return BalancedDataset(Dataset(dataset.labels, tuple(photos)), tuple(times))


def _counts(labels: Sequence[int], unit: Unit) -> Mapping[int, int]:
    return Counter(labels if unit is Unit.BOXES else set(labels))


def _reduced(counts: Sequence[Mapping[int, int]], order: Sequence[int], at_most: int) -> set[int]:
    """The photos that stay, by index: all of the rare classes, then of the others, the rarest first, what fits."""
    totals: Counter[int] = Counter()
    for count in counts:
        totals.update(count)
    kept: set[int] = set()
    reached: Counter[int] = Counter()

    def keep(index: int) -> None:
        kept.add(index)
        reached.update(counts[index])

    def excess(index: int) -> int:
        return sum(max(0, reached[label] + count - at_most) for label, count in counts[index].items())

    for index in order:
        if any(totals[label] <= at_most for label in counts[index]):
            keep(index)
    for label in sorted(totals, key=lambda label: (totals[label], label)):
        showing = [index for index in order if label in counts[index] and index not in kept]
        for index in showing:
            if excess(index) == 0:
                keep(index)
        if not reached[label]:  # each photo of it has too much of something: better one than none
            keep(min(showing, key=excess))
    return kept


def _repeat(
    counts: Sequence[Mapping[int, int]], order: Sequence[int], times: list[int], at_least: int, at_most: int | None
) -> None:
    """Raise the `times` of photos of classes under `at_least`, the rarest class first."""
    reached: Counter[int] = Counter()
    for count, number in zip(counts, times, strict=True):
        reached.update({label: amount * number for label, amount in count.items()})
    for label in sorted(reached, key=lambda label: (reached[label], label)):
        while reached[label] < at_least:
            before = reached[label]
            for index in sorted(
                (index for index in order if times[index] and label in counts[index]), key=times.__getitem__
            ):
                fits = at_most is None or all(reached[other] + n <= at_most for other, n in counts[index].items())
                if fits and reached[label] < at_least:
                    times[index] += 1
                    reached.update(counts[index])
            if reached[label] == before:
                break
