"""How many facings get the right name when one facing of each product was named."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from shelfaudit.datasets.named_facings import NamedPhoto
from shelfaudit.domain.geometry import FloatArray, boxes_to_array
from shelfaudit.photos.decode import read_photo
from shelfaudit.recognition.appearance import describe_appearance
from shelfaudit.recognition.gallery import Gallery
from shelfaudit.recognition.proposals import propose
from shelfaudit.recognition.shelf_places import Places, contrasts


class Describer(Protocol):
    """What gives the features of boxes: a `detection.detector.Detector`."""

    def describe(self, pixels: NDArray[np.uint8], boxes: FloatArray) -> FloatArray: ...


@dataclass(frozen=True)
class NameScores:
    """Facings whose name was asked for, and what became of them.

    nearest: the most similar product was always taken. decided: only where the recogniser is sure.
    """

    queries: int = 0
    nearest_right: int = 0
    decided_right: int = 0
    decided_wrong: int = 0

    def __add__(self, other: NameScores) -> NameScores:
        return NameScores(
            self.queries + other.queries,
            self.nearest_right + other.nearest_right,
            self.decided_right + other.decided_right,
            self.decided_wrong + other.decided_wrong,
        )

    def document(self) -> dict[str, object]:
        """The counts as JSON takes them."""
        return {
            "queries": self.queries,
            "nearest": {"right": self.nearest_right, "wrong": self.queries - self.nearest_right},
            "decided": {
                "right": self.decided_right,
                "wrong": self.decided_wrong,
                "unknown": self.queries - self.decided_right - self.decided_wrong,
            },
        }


def evaluate_names(
    photos: Sequence[NamedPhoto],
    describer: Describer,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
) -> NameScores:
    """In each photo the first facing of every product is named, and names are proposed for all others.

    Raises:
        PhotoError: a photo cannot be read.
    """
    scores = NameScores()
    for done, photo in enumerate(photos):
        progress(done, len(photos))
        scores += _names_in_photo(photo, describer)
    progress(len(photos), len(photos))
    return scores


def _names_in_photo(photo: NamedPhoto, describer: Describer) -> NameScores:
    products = [product for _, product in photo.facings]
    named = sorted({product: row for row, product in reversed(list(enumerate(products)))}.values())
    asked = sorted(set(range(len(products))) - set(named))
    if not asked:
        return NameScores()
    pixels = read_photo(Path(photo.file)).pixels
    boxes = boxes_to_array([box for box, _ in photo.facings])
    looks = describe_appearance(pixels, boxes, describer.describe(pixels, boxes))
    photos = np.zeros(len(products), dtype=np.int64)
    places = Places(photos, boxes, contrasts(photos, looks))
    gallery = Gallery([products[row] for row in named], looks[named], places=places.rows(named))
    standing = places.rows(asked)
    nearest = gallery.closeness(looks[asked], standing).argmax(axis=1)
    proposals = propose(looks[asked], gallery, standing)
    decided = [(proposal.sku == products[row]) for proposal, row in zip(proposals, asked, strict=True) if proposal]
    return NameScores(
        queries=len(asked),
        nearest_right=sum(gallery.skus[best] == products[row] for best, row in zip(nearest, asked, strict=True)),
        decided_right=sum(decided),
        decided_wrong=len(decided) - sum(decided),
    )
