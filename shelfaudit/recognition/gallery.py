"""Known products by their looks, and the proposal of a name for a facing."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from shelfaudit import settings
from shelfaudit.domain.geometry import FloatArray
from shelfaudit.recognition.shelf_places import ELSEWHERE, Places, nearness

_ENTRIES_AT_ONCE = 8_000_000
"""Similarities held in memory at once: 32 MB, however large the visit and the gallery are."""

_RUNNER_UP_WITHIN = 2.0
"""In margins: a product that is farther behind is not the one it is mistaken for."""

# The logit of a name's being right, at the limits and by lead. Of 2830 names given on labelled shelves and rendered
# photos 41 were wrong (these expect 44): 24 of 537 below a lead of 0.04, 16 of 929 up to 0.12, 1 of 1364 beyond, where
# they expect 7. Chosen by eye on the first half of them.
_LOGIT_AT_LIMITS = 3.0
_LOGIT_PER_LEAD = 13.0


EXACT_PICTURES = 5_000
"""A larger gallery is searched in two steps: products by their mean picture, then the pictures of the closest ones."""

CLOSE_PRODUCTS = 8
"""Products of a large gallery whose pictures are looked at, for each facing."""


@dataclass(frozen=True, slots=True)
class Proposal:
    """The known product a facing looks like.

    similarity: of the nearest known picture of it. lead: what it has beyond both limits, the least similarity and the
    margin (the lesser of the two). runner_up: the SKU of the next other product, where that is not far behind.
    """

    sku: str
    similarity: float
    lead: float = 0.0
    runner_up: str | None = None

    @property
    def doubt(self) -> float:
        """Estimated probability that the name is wrong: a logistic function of the lead."""
        return 1 / (1 + math.exp(_LOGIT_AT_LIMITS + _LOGIT_PER_LEAD * self.lead))


class Gallery:
    """The looks of known products: any number of pictures of each.

    Args:
        skus: the product of each picture; a product may come often.
        vectors: (M, K), unit vectors as `describe_appearance` makes them.
        allowances: (M,), added to the similarity of each picture: one taken elsewhere, in another light, is less
            like a facing of its product than another facing of the same visit is. None is 0.
        places: (M,), where the pictures were taken; None: nowhere on these shelves.

    Raises:
        ValueError: they differ in length.
    """

    def __init__(
        self,
        skus: Sequence[str],
        vectors: FloatArray,
        allowances: FloatArray | None = None,
        places: Places | None = None,
    ) -> None:
        if vectors.ndim != 2 or len(skus) != len(vectors):
            raise ValueError(f"{len(skus)} products need as many vectors (M, K), got {vectors.shape}")
        if allowances is None:
            allowances = np.zeros(len(skus), dtype=np.float32)
        if allowances.shape != (len(skus),):
            raise ValueError(f"{len(skus)} products need as many allowances (M,), got {allowances.shape}")
        if places is not None and len(places.photos) != len(skus):
            raise ValueError(f"{len(skus)} products need as many places (M,), got {len(places.photos)}")
        order = sorted(range(len(skus)), key=lambda index: skus[index])
        self.skus: tuple[str, ...] = tuple(sorted(set(skus)))
        self._vectors = np.ascontiguousarray(vectors[order], dtype=np.float32)
        self._allowances = allowances[order]
        self._places = Places(places.photos[order], places.boxes[order]) if places is not None else None
        self._starts = np.searchsorted(np.array([skus[index] for index in order], dtype=object), self.skus)
        self._ends = np.append(self._starts[1:], len(skus))
        self._means = self._mean_pictures() if self.pictures > EXACT_PICTURES else None

    def __len__(self) -> int:
        """The number of products."""
        return len(self.skus)

    @property
    def pictures(self) -> int:
        """The number of pictures of them."""
        return len(self._vectors)

    def similarities(self, vectors: FloatArray, places: Places | None = None) -> FloatArray:
        """How similar each of the vectors (N, K) is to each product, by its most similar picture: (N, products).

        The picture's allowance is included, and what the shelf says where it is known where both stand (`nearness`).

        Raises:
            ValueError: the vectors are not as long as those of the gallery.
        """
        if vectors.ndim != 2 or vectors.shape[1] != self._vectors.shape[1]:
            raise ValueError(f"vectors must have shape (N, {self._vectors.shape[1]}), got {vectors.shape}")
        if self._means is not None:
            return self._similarities_in_two_steps(vectors, places, self._means)
        similar = self._to_pictures(vectors, places, slice(0, self.pictures))
        nearest: FloatArray = np.maximum.reduceat(similar, self._starts, axis=1)
        return nearest

    def _to_pictures(self, vectors: FloatArray, places: Places | None, pictures: slice) -> FloatArray:
        """The similarities of the vectors to some pictures."""
        similar: FloatArray = vectors @ self._vectors[pictures].T + self._allowances[pictures]
        if places is not None and self._places is not None:
            similar += nearness(places, self._places.rows(pictures))
        return similar

    def _mean_pictures(self) -> FloatArray:
        """A unit vector for each product."""
        means = np.add.reduceat(self._vectors, self._starts, axis=0)
        return np.asarray(means / np.maximum(np.linalg.norm(means, axis=1, keepdims=True), 1e-9), dtype=np.float32)

    def _similarities_in_two_steps(self, vectors: FloatArray, places: Places | None, means: FloatArray) -> FloatArray:
        similar: FloatArray = vectors @ means.T + np.maximum.reduceat(self._allowances, self._starts)
        if places is not None and self._places is not None:
            similar += np.float32(ELSEWHERE)
        close = np.zeros(similar.shape, dtype=bool)
        most = min(CLOSE_PRODUCTS, len(self))
        np.put_along_axis(close, np.argpartition(-similar, most - 1, axis=1)[:, :most], True, axis=1)
        if places is not None and self._places is not None:
            # What stands on the same shelf is always looked at: there its place counts.
            here = np.isin(self._places.photos, places.photos[places.photos >= 0])
            close[:, np.logical_or.reduceat(here, self._starts)] = True
        for product in np.flatnonzero(close.any(axis=0)):
            rows = np.flatnonzero(close[:, product])
            pictures = slice(int(self._starts[product]), int(self._ends[product]))
            there = places.rows(rows) if places is not None else None
            similar[rows, product] = self._to_pictures(vectors[rows], there, pictures).max(axis=1)
        return similar


def propose(
    vectors: FloatArray,
    gallery: Gallery,
    places: Places | None = None,
    *,
    least: float | None = None,
    margin: float | None = None,
) -> list[Proposal | None]:
    """The product that each of the vectors (N, K) looks like, or None where it is not sure.

    A name is proposed where the nearest picture is similar enough and no other product comes close. A wrong name
    costs the auditor more than a missing one: nobody looks for it.

    Args:
        vectors: unit vectors as `describe_appearance` makes them.
        gallery: the known products; an empty one proposes nothing.
        places: (N,), where the facings stand; None: not known.
        least: least similarity to the product; None takes the settings' (measured by
            benchmarks/bench_recognition.py, as is the margin).
        margin: least lead over the next other product; None takes the settings'.

    Raises:
        ValueError: the vectors are not as long as those of the gallery.
    """
    least = settings.current().name_similarity if least is None else least
    margin = settings.current().name_margin if margin is None else margin
    if not len(gallery):
        return [None] * len(vectors)
    proposals: list[Proposal | None] = []
    step = max(1, _ENTRIES_AT_ONCE // gallery.pictures)
    for start in range(0, len(vectors), step):
        part = slice(start, start + step)
        similarities = gallery.similarities(vectors[part], places.rows(part) if places is not None else None)
        best = similarities.argmax(axis=1)
        top = np.take_along_axis(similarities, best[:, None], axis=1)[:, 0]
        np.put_along_axis(similarities, best[:, None], -np.inf, axis=1)
        second, ahead = similarities.argmax(axis=1), top - similarities.max(axis=1)
        leads = np.minimum(top - least, ahead - margin)
        sure, close = (top >= least) & (ahead >= margin), ahead <= _RUNNER_UP_WITHIN * margin
        proposals += [
            Proposal(gallery.skus[one], similarity, lead, gallery.skus[other] if near else None) if good else None
            for one, other, similarity, lead, near, good in zip(
                best, second, top.tolist(), leads.tolist(), close, sure, strict=True
            )
        ]
    return proposals
