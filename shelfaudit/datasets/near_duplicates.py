"""Photos that show the same: the same bytes, or pictures that look alike.

A perceptual hash proposes, a comparison of the two pictures in small decides: shelves are alike in their rows, and a
hash of 64 bits alone takes some different ones for one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from shelfaudit.domain.geometry import FloatArray

LOOK_SIDE = 64
"""Pixels of the long side that `Look.of` needs."""

_HASHED_SIDE = 32
_FREQUENCIES = 8
_COMPARED_SIDE = 16

LARGEST_DISTANCE = 12
"""Bits in which the hashes of one scene may differ: copies in other sizes, qualities or light differ in at most 8."""

LEAST_CORRELATION = 0.9
"""Of the pictures in small: such copies reach .97, different products in the same pose stay below .85."""

_LEAST_CONTRAST = 1.0
"""Standard deviation in grey values: below it a picture (a lens cap, a blank page) looks like nothing."""

_ROWS_AT_ONCE = 256


@dataclass(frozen=True, eq=False, slots=True)
class Look:
    """What a picture looks like in small.

    phash: 64 bits, the signs of its low frequencies (the DCT hash of Zauner, "Implementation and Benchmarking of
        Perceptual Image Hash Functions", 2010).
    thumbnail: float32 (256,), grey, of mean 0 and length 1, so that a product of two is their correlation.
    """

    phash: np.uint64
    thumbnail: FloatArray

    @classmethod
    def of(cls, pixels: NDArray[np.uint8]) -> Look | None:
        """The look of an upright picture, RGB (H, W, 3); None where it shows nothing."""
        grey = cv2.cvtColor(pixels, cv2.COLOR_RGB2GRAY)
        small = cv2.resize(grey, (_HASHED_SIDE, _HASHED_SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
        if small.std() < _LEAST_CONTRAST:
            return None
        frequencies = cv2.dct(small)[:_FREQUENCIES, :_FREQUENCIES].ravel()
        bits = frequencies > np.median(frequencies[1:])
        thumbnail = cv2.resize(small, (_COMPARED_SIDE, _COMPARED_SIDE), interpolation=cv2.INTER_AREA).ravel()
        thumbnail = thumbnail - thumbnail.mean()
        length = float(np.linalg.norm(thumbnail))
        if length == 0:
            return None
        phash = np.uint64(int.from_bytes(np.packbits(bits).tobytes(), "big"))
        return cls(phash, np.asarray(thumbnail / length, dtype=np.float32))


def similar_pairs(looks: Sequence[Look]) -> list[tuple[int, int]]:
    """All pairs (i, j) with i < j that look alike, in order; compares each with each, 70 million a second or so."""
    if not looks:
        return []
    hashes = np.array([look.phash for look in looks], dtype=np.uint64)
    thumbnails = np.stack([look.thumbnail for look in looks])
    pairs: list[tuple[int, int]] = []
    for start in range(0, len(looks), _ROWS_AT_ONCE):
        rows = hashes[start : start + _ROWS_AT_ONCE]
        distances = np.bitwise_count(rows[:, None] ^ hashes[None, start:])
        first, second = np.nonzero(distances <= LARGEST_DISTANCE)
        first, second = first[first < second] + start, second[first < second] + start
        correlations = np.einsum("ij,ij->i", thumbnails[first], thumbnails[second])
        alike = correlations >= LEAST_CORRELATION
        pairs += zip(first[alike].tolist(), second[alike].tolist(), strict=True)
    return pairs


@dataclass(frozen=True, slots=True)
class Duplicates:
    """Which photos of a list show the same.

    first_same: for each photo the index of the first one with the same bytes: its own where there is none before it.
    alike: pairs (i, j), i < j, of photos that look alike without being the same; only first ones occur here.
    """

    first_same: tuple[int, ...]
    alike: tuple[tuple[int, int], ...]

    def links(self) -> list[tuple[int, int]]:
        """All pairs, as far as they are needed to tell what belongs together."""
        same = [(first, index) for index, first in enumerate(self.first_same) if first != index]
        return [*same, *self.alike]


def find_duplicates(digests: Sequence[str], looks: Sequence[Look | None]) -> Duplicates:
    """The duplicates among photos with these digests of their bytes ("" where they could not be read) and looks."""
    first_of: dict[str, int] = {}
    first_same = [first_of.setdefault(digest, index) if digest else index for index, digest in enumerate(digests)]
    compared = [(index, look) for index, look in enumerate(looks) if look is not None and first_same[index] == index]
    pairs = similar_pairs([look for _, look in compared])
    return Duplicates(tuple(first_same), tuple((compared[one][0], compared[other][0]) for one, other in pairs))
