"""Known products by their looks, and the proposal of a name for a facing."""

from __future__ import annotations

import functools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shelfaudit import settings
from shelfaudit.domain.geometry import FloatArray
from shelfaudit.recognition.shelf_places import ELSEWHERE, Places, nearness
from shelfaudit.recognition.shortlist import NONE, Shortlist

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
"""A larger gallery is searched by a shortlist of what is close."""

FEW_VECTORS = 50
"""No more than these are compared exactly with any gallery: that takes less time than making the shortlist."""


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
        self.skus: tuple[str, ...] = tuple(sorted(set(skus)))
        numbers = {sku: number for number, sku in enumerate(self.skus)}
        products = np.array([numbers[sku] for sku in skus], dtype=np.int64)
        order = np.argsort(products, kind="stable")
        self._products, self._allowances = products[order], allowances[order]
        self._places = places.rows(order) if places is not None else None
        self._starts = np.searchsorted(self._products, np.arange(len(self)))
        self._vectors = vectors[order]

    def __len__(self) -> int:
        """The number of products."""
        return len(self.skus)

    @property
    def pictures(self) -> int:
        """The number of pictures of them."""
        return len(self._vectors)

    @functools.cached_property
    def _shortlist(self) -> Shortlist:
        photos = self._places.photos if self._places is not None else np.full(self.pictures, -1, dtype=np.int64)
        return Shortlist(self._vectors, self._products, self._allowances, photos)

    def similarities(self, vectors: FloatArray, places: Places | None = None) -> FloatArray:
        """How similar each of the vectors (N, K) is to each product (N, products).

        As `compare`; -inf for products of a large gallery that are far from all vectors that are compared at once.

        Raises:
            ValueError: the vectors are not as long as those of the gallery.
        """
        similar = np.full((len(vectors), len(self)), -np.inf, dtype=np.float32)
        done = 0
        for products, some in self.compare(vectors, places):
            similar[done : done + len(some), products] = some
            done += len(some)
        return similar

    def compare(
        self, vectors: FloatArray, places: Places | None = None
    ) -> Iterator[tuple[NDArray[np.int64], FloatArray]]:
        """Compare the vectors (N, K) with the products, some of them at once so that little memory is needed.

        Yields the products (P,) that come into question for any of the next n vectors, and how similar they are (n, P):
        by their most similar picture, with its allowance, and with what the shelf says where it is known where both
        stand (`nearness`). In a large gallery that is so for products close to the vector and those in its photo; the
        others are compared by their mean picture, which gives less.

        Raises:
            ValueError: the vectors are not as long as those of the gallery.
        """
        if vectors.ndim != 2 or vectors.shape[1] != self._vectors.shape[1]:
            raise ValueError(f"vectors must have shape (N, {self._vectors.shape[1]}), got {vectors.shape}")
        if self._places is None:
            places = None
        exactly = self.pictures <= EXACT_PICTURES or len(vectors) <= FEW_VECTORS
        step = max(1, _ENTRIES_AT_ONCE // (self.pictures if exactly else len(self._shortlist)))
        for start in range(0, len(vectors), step):
            part = slice(start, start + step)
            some, standing = vectors[part], places.rows(part) if places is not None else None
            if exactly:
                similar = self._to_pictures(some, standing, slice(None))
                yield np.arange(len(self)), np.maximum.reduceat(similar, self._starts, axis=1)
            else:
                yield self._compare_with_shortlist(some, standing)

    def _to_pictures(
        self, vectors: FloatArray, places: Places | None, pictures: slice | NDArray[np.int64]
    ) -> FloatArray:
        """The similarities of the vectors to some pictures."""
        similar: FloatArray = vectors @ self._vectors[pictures].T + self._allowances[pictures]
        if places is not None and self._places is not None:
            similar += nearness(places, self._places.rows(pictures))
        return similar

    def _compare_with_shortlist(
        self, vectors: FloatArray, places: Places | None
    ) -> tuple[NDArray[np.int64], FloatArray]:
        elsewhere = np.float32(ELSEWHERE if places is not None else 0)
        by_means, pictures = self._shortlist.search(vectors, places.photos if places is not None else None)
        nearest = np.einsum("nk,nck->nc", vectors, self._vectors[pictures]) + self._allowances[pictures] + elsewhere
        nearest[pictures == NONE] = -np.inf
        close, around = self._products[pictures], list(self._around(vectors, places))
        products = np.unique(np.concatenate([close.ravel(), *(found for _, found, _ in around)]))
        similar = np.full((len(vectors), len(products)), -np.inf, dtype=np.float32)
        rows = np.arange(len(vectors))
        for columns, some in zip(np.searchsorted(products, close).T, nearest.T, strict=True):
            similar[rows, columns] = np.maximum(similar[rows, columns], some)
        for here, found, some in around:
            cells = np.ix_(here, np.searchsorted(products, found))
            similar[cells] = np.maximum(similar[cells], some)
        return products, np.where(similar == -np.inf, by_means[:, products] + elsewhere, similar)

    def _around(
        self, vectors: FloatArray, places: Places | None
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.int64], FloatArray]]:
        """For each photo: which of the vectors are in it, the products in it, and how similar its pictures are."""
        if places is None or self._places is None:
            return
        for photo in np.intersect1d(places.photos, self._places.photos):
            if photo >= 0:
                here, there = np.flatnonzero(places.photos == photo), np.flatnonzero(self._places.photos == photo)
                products, starts = np.unique(self._products[there], return_index=True)
                similar = self._to_pictures(vectors[here], places.rows(here), there)
                yield here, products, np.maximum.reduceat(similar, starts, axis=1)


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
    for products, similarities in gallery.compare(vectors, places):
        skus = [gallery.skus[product] for product in products.tolist()]
        best = similarities.argmax(axis=1)
        top = np.take_along_axis(similarities, best[:, None], axis=1)[:, 0]
        np.put_along_axis(similarities, best[:, None], -np.inf, axis=1)
        second, ahead = similarities.argmax(axis=1), top - similarities.max(axis=1)
        leads = np.minimum(top - least, ahead - margin)
        sure, close = (top >= least) & (ahead >= margin), ahead <= _RUNNER_UP_WITHIN * margin
        proposals += [
            Proposal(skus[one], similarity, lead, skus[other] if near else None) if good else None
            for one, other, similarity, lead, near, good in zip(
                best, second, top.tolist(), leads.tolist(), close, sure, strict=True
            )
        ]
    return proposals
