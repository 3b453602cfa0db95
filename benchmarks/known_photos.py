"""Photos whose facings are known, and what the detector finds in them: what the benchmarks of correcting share."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from shelfaudit.domain.geometry import Box, FloatArray, boxes_to_array, pairwise_iou
from shelfaudit.photos.decode import read_photo
from shelfaudit.samples import Aisle, render_photo

SAME_IOU = 0.5
"""From this overlap on a box is on a facing."""


@dataclass(frozen=True, eq=False)
class KnownPhoto:
    """A photo and the truth about it.

    facings: box and SKU of each one (None: which product it is, is not known). region: where the truth is complete;
    None is everywhere. unclear: areas in which nothing is known.
    """

    name: str
    pixels: NDArray[np.uint8]
    facings: tuple[tuple[Box, str | None], ...]
    region: Box | None = None
    unclear: tuple[Box, ...] = ()

    def judges(self, box: Box) -> bool:
        """Whether the truth says if this box is a facing: its middle lies where the truth is complete."""
        inside = self.region is None or self.region.contains(*box.center)
        return inside and not any(area.contains(*box.center) for area in self.unclear)


def sample_photos(of_each_aisle: int, first_seed: int, difficulty: float) -> Iterator[KnownPhoto]:
    """Rendered photos, as many of each aisle."""
    for aisle in Aisle:
        for seed in range(first_seed, first_seed + of_each_aisle):
            photo = render_photo(seed, aisle=aisle, difficulty=difficulty)
            yield KnownPhoto(f"{aisle} {seed}", photo.pixels, photo.facings)


def labelled_photos(labels: Path, folder: Path | None = None) -> Iterator[KnownPhoto]:
    """The photos of a COCO file whose annotations carry `product`, and whose images may carry a `region`.

    folder: where the photos are; None is beside the labels.
    """
    document = json.loads(labels.read_text(encoding="utf-8"))
    by_image = defaultdict(list)
    for annotation in document["annotations"]:
        by_image[annotation["image_id"]].append(annotation)
    for image in document["images"]:
        given = by_image[image["id"]]
        yield KnownPhoto(
            image["file_name"],
            read_photo((folder or labels.parent) / image["file_name"]).pixels,
            tuple((Box.from_xywh(*one["bbox"]), one.get("product")) for one in given if not one.get("iscrowd")),
            Box.from_xywh(*image["region"]) if image.get("region") else None,
            tuple(Box.from_xywh(*one["bbox"]) for one in given if one.get("iscrowd")),
        )


def matched(found: Sequence[Box], scores: Sequence[float], known: Sequence[Box]) -> list[int | None]:
    """For each box found the index of the known facing it is on, each facing once, the best score first.

    None where it is on none, or on one that a better box is on already.
    """
    answers: list[int | None] = [None] * len(found)
    if not found or not known:
        return answers
    ious = pairwise_iou(boxes_to_array(found), boxes_to_array(known))
    free = np.ones(len(known), dtype=np.bool_)
    for index in sorted(range(len(found)), key=lambda place: -scores[place]):
        overlaps: FloatArray = np.where(free, ious[index], 0)
        best = int(overlaps.argmax())
        if overlaps[best] >= SAME_IOU:
            answers[index] = best
            free[best] = False
    return answers
