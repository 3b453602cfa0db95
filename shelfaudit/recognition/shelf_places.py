"""The shelf as evidence: facings of one product stand side by side, and are equally large."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shelfaudit.domain.geometry import FloatArray

NEAR, FALL = 0.25, 0.1
"""What standing in the same photo adds to a similarity: `NEAR` at the same place, less by `FALL` × the logarithm of one
more than the distance, never less than nothing."""

ELSEWHERE = 0.14
"""What is added in another photo: there the same product is less similar, seen from elsewhere in another light."""

OTHER_SIZE = 0.05
"""What is taken away for each factor e between the widths, and between the heights, of two facings of a photo."""

STACKED = 0.1
"""What lying on one another adds: on labelled shelves nine in ten such facings of equal width are the same product."""

_GAP = 0.1
"""In heights: with a gap of this size a facing hardly lies on the other."""

# How products of one photo are told apart, in the scale of a similarity: chosen as the above.
_LEVEL = 0.7
_CONTRAST, _DISTANCE, _SIZE, _STACKED = 0.5, 0.1, 0.05, 0.15

_FAR = 1.8
"""Logarithm of one more than a distance of five facings: what is still further away is not less likely."""


@dataclass(frozen=True)
class Places:
    """Where facings stand.

    photos: (N,), numbers of their photos; those of a negative one stand nowhere. boxes: (N, 4), x1 y1 x2 y2 in pixels
    of their photo. contrasts: (N, K), how each looks different from its photo (`contrasts`); None: not known.
    """

    photos: NDArray[np.int64]
    boxes: FloatArray
    contrasts: FloatArray | None = None

    def rows(self, wanted: slice | Sequence[int] | NDArray[np.int64]) -> Places:
        """A part of them."""
        contrasts = self.contrasts[wanted] if self.contrasts is not None else None
        return Places(self.photos[wanted], self.boxes[wanted], contrasts)


def contrasts(photos: NDArray[np.int64], looks: FloatArray) -> FloatArray:
    """How each of the looks (N, K) differs from the mean one of its photo: unit vectors (N, K), 0 where it does not.

    All products of a shelf share its light, its blur, and often a kind of pack; what is left tells them apart.

    photos: (N,), numbers of their photos; all facings of a photo that are described belong here, named or not.
    """
    apart = np.zeros_like(looks)
    for photo in np.unique(photos):
        here = photos == photo
        apart[here] = looks[here] - looks[here].mean(axis=0)
    lengths = np.linalg.norm(apart, axis=1, keepdims=True)
    # Of equal looks rounding alone is left.
    return np.asarray(np.where(lengths > 1e-4, apart / np.maximum(lengths, 1e-4), 0), dtype=np.float32)


@dataclass(frozen=True)
class InPhoto:
    """Facings (N,) compared with others (M,) of their photo, with what the shelf says.

    Whether two are alike enough is one question, which of the photo's products one is another: there contrasts and
    places tell more. similar: (N, M), answers the first. told: (N, M), answers the second, on the same scale.
    """

    similar: FloatArray
    told: FloatArray


def compare_in_photo(alike: FloatArray, some: Places, others: Places) -> InPhoto:
    """What the shelf adds to the similarities (N, M) of facings to others, all of one photo.

    Distances are counted in facings: sideways in mean widths of the two, upwards in mean heights. The constants were
    chosen on labelled shelves; see docs/recognition.md.
    """
    pairs = _Pairs.of(some.boxes, others.boxes)
    near = np.maximum(0, NEAR - FALL * pairs.distance)
    similar = alike + (near - OTHER_SIZE * pairs.unlike + STACKED * pairs.stacked).astype(np.float32)
    if some.contrasts is None or others.contrasts is None:
        return InPhoto(similar, similar)
    places = _STACKED * pairs.stacked - _DISTANCE * np.minimum(pairs.distance, _FAR) - _SIZE * pairs.unlike
    told = _LEVEL + _CONTRAST * (some.contrasts @ others.contrasts.T) + places
    return InPhoto(similar, told.astype(np.float32))


def same_photos(some: Places, others: Places) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    """For each photo with facings of both: which they are."""
    for photo in np.intersect1d(some.photos, others.photos):
        if photo >= 0:
            yield np.flatnonzero(some.photos == photo), np.flatnonzero(others.photos == photo)


@dataclass(frozen=True)
class _Pairs:
    """How facings of a photo stand to others, (N, M) each.

    distance: logarithm of one more than their distance in facings. unlike: sum of the logarithms of the factors between
    their widths and heights. stacked: 1 where one lies on the other, towards 0 with the gap between them.
    """

    distance: FloatArray
    unlike: FloatArray
    stacked: FloatArray

    @classmethod
    def of(cls, some: FloatArray, others: FloatArray) -> _Pairs:
        """Of boxes (N, 4) and (M, 4)."""
        size, other_size = (np.maximum(boxes[:, 2:] - boxes[:, :2], 1e-3) for boxes in (some, others))
        centre, other_centre = ((boxes[:, :2] + boxes[:, 2:]) / 2 for boxes in (some, others))
        mean_size, smaller = (size[:, None] + other_size[None]) / 2, np.minimum(size[:, None], other_size[None])
        apart = np.abs(centre[:, None] - other_centre[None]) / mean_size
        factors = np.abs(np.log(size[:, None] / other_size[None]))
        overlap = np.minimum(some[:, None, 2:], others[None, :, 2:]) - np.maximum(
            some[:, None, :2], others[None, :, :2]
        )
        above = (overlap[..., 0] > smaller[..., 0] / 2) & (overlap[..., 1] < smaller[..., 1] / 2)
        stacked = above * np.exp(-np.maximum(-overlap[..., 1] / mean_size[..., 1], 0) / _GAP)
        return cls(np.log1p(apart.sum(axis=2)), factors.sum(axis=2), stacked.astype(np.float32))
