"""What a format cannot hold is said when a data set is written in it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from shelfaudit.datasets.dataset import Dataset, LabelledPhoto
from shelfaudit.datasets.problems import Problem, ProblemKind


@dataclass(frozen=True)
class Holds:
    """What a format holds besides photos, boxes and labels.

    regions: that only a part of a photo is labelled. areas: areas to ignore. products: the product of each box.
    sources: the store or collection a photo comes from. fractions: parts of a pixel.
    """

    regions: bool = False
    areas: bool = False
    products: bool = False
    sources: bool = False
    fractions: bool = True


def report_limits(dataset: Dataset, holds: Holds, name: str, file: Path) -> list[Problem]:
    """One problem for each kind of thing that is in the data set and that the format loses.

    name: of the format, for the message. file: what is written.
    """
    photos = dataset.photos
    losses = [
        (
            not holds.regions,
            sum(not is_labelled_all_over(photo) for photo in photos),
            "photos are labelled in a part only; whoever reads the file takes them for complete",
        ),
        (not holds.areas, sum(len(photo.ignored) for photo in photos), "areas to ignore are left out"),
        (
            not holds.products,
            sum(product is not None for photo in photos for product in photo.products),
            "boxes lose the name of their product",
        ),
        (not holds.sources, sum(bool(photo.source) for photo in photos), "photos lose their source"),
        (
            not holds.fractions,
            sum(int((photo.boxes % 1 != 0).any(axis=1).sum()) for photo in photos),
            "boxes are rounded to whole pixels",
        ),
    ]
    return [
        Problem(ProblemKind.FORMAT_LIMIT, file, "", f"{name}: {count:,} {loss}.")
        for lost, count, loss in losses
        if lost and count
    ]


def is_labelled_all_over(photo: LabelledPhoto) -> bool:
    """Whether every product of the photo is labelled."""
    region = photo.region
    return region is not None and (
        region.x1 <= 0 and region.y1 <= 0 and region.x2 >= photo.width and region.y2 >= photo.height
    )
