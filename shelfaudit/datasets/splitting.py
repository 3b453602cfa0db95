"""Splits a data set into parts (training, validation, test) that share no store and no picture.

Iterative stratification (Sechidis, Tsoumakas and Vlahavas, "On the Stratification of Multi-label Data", 2011) with
groups of photos in place of single ones: the rarest class first, each group to the part that lacks most of it. All
sums are of whole numbers, and the order comes from Python's own generator, so a seed gives one split everywhere.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

from shelfaudit.datasets.choices import GroupBy
from shelfaudit.datasets.dataset import Dataset, DatasetError, LabelledPhoto

ATTEMPTS = 20
"""Orders that are tried; the split that comes nearest to what was asked for is taken."""


@dataclass(frozen=True, slots=True)
class Group:
    """Photos that stay together, by index; photos and boxes of each class among them."""

    members: tuple[int, ...]
    photos_of: Mapping[int, int]
    boxes_of: Mapping[int, int]


def split(
    dataset: Dataset,
    parts: Mapping[str, Fraction],
    *,
    by: GroupBy,
    links: Iterable[tuple[int, int]] = (),
    seed: int = 0,
) -> dict[str, Dataset]:
    """The parts of a data set by name; together they hold each photo once, in the data set's order.

    parts: the share of the photos that each part shall have; together 1.
    links: pairs of photos (by index) that must stay together, whatever `by` says: near duplicates.

    A part exceeds its share by less than the largest group.

    Raises:
        DatasetError: there are fewer groups than parts, or a part would get no photo.
        ValueError: the shares are not positive or do not sum to 1.
    """
    if sum(parts.values()) != 1 or min(parts.values()) <= 0:
        raise ValueError(f"shares must be positive and sum to 1, got {parts}")
    groups = group_photos(dataset.photos, by, links)
    if len(groups) < len(parts):
        raise DatasetError(
            f"{len(parts)} parts need as many groups of photos, but grouping by {by} and likeness gives {len(groups)}.",
            advice="Group by something finer (--by folder, --by none), or name the store as `source` of each image.",
        )
    chosen = assign(groups, list(parts.values()), seed)
    members: list[list[int]] = [[] for _ in parts]
    for group, part in zip(groups, chosen, strict=True):
        members[part] += group.members
    for name, photos in zip(parts, members, strict=True):
        if not photos:
            raise DatasetError(
                f"No photo is left for “{name}”.", advice="Give it a larger share, or label more photos."
            )
    return {
        name: Dataset(dataset.labels, tuple(dataset.photos[index] for index in sorted(photos)))
        for name, photos in zip(parts, members, strict=True)
    }


def tell_sources(photos: Sequence[LabelledPhoto]) -> bool:
    """Whether the photos' sources tell them apart: one name for all of them is a collection, not a store."""
    return len({photo.source for photo in photos if photo.source}) > 1


def group_photos(photos: Sequence[LabelledPhoto], by: GroupBy, links: Iterable[tuple[int, int]]) -> list[Group]:
    """The photos in groups that stay together, in the order of their first photos.

    A photo without a source stands alone; a file that is listed several times is one photo.
    """
    leader = list(range(len(photos)))

    def leader_of(index: int) -> int:
        while leader[index] != index:
            leader[index] = leader[leader[index]]
            index = leader[index]
        return index

    def join(one: int, other: int) -> None:
        first, second = sorted((leader_of(one), leader_of(other)))
        leader[second] = first

    first_of: dict[object, int] = {}
    for index, photo in enumerate(photos):
        join(first_of.setdefault(photo.file, index), index)
        key = {GroupBy.SOURCE: photo.source, GroupBy.FOLDER: photo.file.parent, GroupBy.NONE: ""}[by]
        if key:
            join(first_of.setdefault((by, key), index), index)
    for one, other in links:
        join(one, other)
    members: dict[int, list[int]] = {}
    for index in range(len(photos)):
        members.setdefault(leader_of(index), []).append(index)
    return [_group(photos, indices) for indices in members.values()]


def assign(groups: Sequence[Group], shares: Sequence[Fraction], seed: int) -> list[int]:
    """The part (index into `shares`) of each group: the best of some seeded attempts."""
    generator = random.Random(seed)
    attempts = (_attempt(groups, shares, generator) for _ in range(ATTEMPTS))
    return min(attempts, key=lambda chosen: _distance(groups, shares, chosen))


def _group(photos: Sequence[LabelledPhoto], members: Sequence[int]) -> Group:
    photos_of: Counter[int] = Counter()
    boxes_of: Counter[int] = Counter()
    for index in members:
        labels = photos[index].labels.tolist()
        boxes_of.update(labels)
        photos_of.update(set(labels))
    return Group(tuple(members), photos_of, boxes_of)


def _attempt(groups: Sequence[Group], shares: Sequence[Fraction], generator: random.Random) -> list[int]:
    """One run of iterative stratification."""
    # A photo counts `unit`, so that what a part lacks is a whole number.
    unit = math.lcm(*(share.denominator for share in shares))
    weights = [int(share * unit) for share in shares]
    total = sum(len(group.members) for group in groups)
    lacking = [weight * total for weight in weights]
    totals = _sum(group.photos_of for group in groups)
    lacking_of = [{label: weight * count for label, count in totals.items()} for weight in weights]
    order = list(range(len(groups)))
    generator.shuffle(order)
    # A group that is too large for the smallest part has the least choice.
    smallest = min(lacking)
    order.sort(key=lambda index: -len(groups[index].members) if len(groups[index].members) * unit > smallest else 0)
    chosen = [-1] * len(groups)

    def place(index: int, label: int | None) -> None:
        group = groups[index]
        size = len(group.members) * unit
        open_parts = [part for part, lack in enumerate(lacking) if lack >= size]
        open_parts = open_parts or [part for part, lack in enumerate(lacking) if lack > 0]
        best = max(
            open_parts,
            key=lambda part: (
                lacking_of[part][label] if label is not None else 0,
                lacking[part],
                generator.random(),
            ),
        )
        chosen[index] = best
        lacking[best] -= size
        for other, count in group.photos_of.items():
            lacking_of[best][other] -= count * unit

    waiting = dict(totals)
    while waiting:
        rarest = min(waiting, key=lambda label: (waiting[label], label))
        for index in order:
            if chosen[index] < 0 and rarest in groups[index].photos_of:
                place(index, rarest)
                for label, count in groups[index].photos_of.items():
                    if label in waiting:
                        waiting[label] -= count
        waiting = {label: count for label, count in waiting.items() if count > 0}
    for index in order:
        if chosen[index] < 0:
            place(index, None)
    return chosen


def _distance(groups: Sequence[Group], shares: Sequence[Fraction], chosen: Sequence[int]) -> float:
    """How far a split is from what was asked for: χ² of the photos, and of the photos and boxes of each class.

    Boxes of a class count by its mean number in a photo, so that full photos do not drown the rest.
    """
    of_part = [
        [group for group, part in zip(groups, chosen, strict=True) if part == index] for index in range(len(shares))
    ]
    photos_of, boxes_of = _sum(group.photos_of for group in groups), _sum(group.boxes_of for group in groups)
    total = sum(len(group.members) for group in groups)
    distance = 0.0
    for share, members in zip(shares, of_part, strict=True):
        asked = float(share)
        distance += _chi_square(sum(len(group.members) for group in members), asked * total)
        photos_here, boxes_here = _sum(group.photos_of for group in members), _sum(group.boxes_of for group in members)
        for label in sorted(photos_of):
            distance += _chi_square(photos_here[label], asked * photos_of[label])
            mean = boxes_of[label] / photos_of[label]
            distance += _chi_square(boxes_here[label] / mean, asked * photos_of[label])
    return distance


def _chi_square(count: float, asked: float) -> float:
    return (count - asked) ** 2 / asked


def _sum(counts: Iterable[Mapping[int, int]]) -> Counter[int]:
    total: Counter[int] = Counter()
    for count in counts:
        total.update(count)
    return total
