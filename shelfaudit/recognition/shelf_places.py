"""The shelf as evidence: facings of one product stand side by side, and are equally large."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shelfaudit.domain.geometry import FloatArray

NEAR, FALL = 0.25, 0.1
"""What standing in the same photo adds to a similarity: `NEAR` at the same place, less by `FALL` × the logarithm of one
more than the distance, never less than nothing."""

ELSEWHERE = 0.14
"""What is added in another photo: there the same product is less similar, seen from elsewhere in another light. With it
some 3 in 100 facings of other stores, whose products are not known, get a name."""

OTHER_SIZE = 0.05
"""What is taken away for each factor e between the widths, and between the heights, of two facings of a photo."""


@dataclass(frozen=True)
class Places:
    """Where facings stand. photos: (N,), numbers of their photos; those of a negative one stand nowhere. boxes: (N, 4),
    x1 y1 x2 y2 in pixels of their photo."""

    photos: NDArray[np.int64]
    boxes: FloatArray

    def rows(self, wanted: slice | NDArray[np.int64]) -> Places:
        """A part of them."""
        return Places(self.photos[wanted], self.boxes[wanted])


def nearness(some: Places, others: Places) -> FloatArray:
    """What is added to the similarities of facings (N,) to others (M,) for where they stand: (N, M).

    Distances are counted in facings: sideways in mean widths of the two, upwards in mean heights. The constants were
    chosen on labelled shelves; see docs/recognition.md.
    """
    added = np.full((len(some.photos), len(others.photos)), ELSEWHERE, dtype=np.float32)
    for photo in np.intersect1d(some.photos, others.photos):
        if photo >= 0:
            here, there = np.flatnonzero(some.photos == photo), np.flatnonzero(others.photos == photo)
            added[np.ix_(here, there)] = _nearness_in_photo(some.boxes[here], others.boxes[there])
    return added


def _nearness_in_photo(some: FloatArray, others: FloatArray) -> FloatArray:
    size, other_size = (np.maximum(boxes[:, 2:] - boxes[:, :2], 1e-3) for boxes in (some, others))
    centre, other_centre = ((boxes[:, :2] + boxes[:, 2:]) / 2 for boxes in (some, others))
    apart = np.abs(centre[:, None] - other_centre[None]) / ((size[:, None] + other_size[None]) / 2)
    near = np.maximum(0, NEAR - FALL * np.log1p(apart.sum(axis=2)))
    unlike = np.abs(np.log(size[:, None] / other_size[None])).sum(axis=2)
    return np.asarray(near - OTHER_SIZE * unlike, dtype=np.float32)
