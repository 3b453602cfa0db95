"""Known products by their looks, and how similar facings are to them."""

from __future__ import annotations

import functools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shelfaudit.domain.geometry import FloatArray
from shelfaudit.recognition.shelf_places import ELSEWHERE, Places, compare_in_photo, same_photos
from shelfaudit.recognition.shortlist import CLOSE_GROUPS, NONE, Shortlist

_ENTRIES_AT_ONCE = 8_000_000
"""Numbers held in memory at once: 32 MB, however large the visit and the gallery are."""

EXACT_PICTURES = 5_000
"""A larger gallery is searched by a shortlist of what is close."""

FEW_VECTORS = 50
"""No more than these are compared exactly with any gallery: that takes less time than making the shortlist."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """Some facings compared with known products.

    products: (P,), numbers of the products that come into question for any of the facings. similar: (N, P), how similar
    they are. told: (N, P), the same as they should be compared with each other (`shelf_places.InPhoto`).
    """

    products: NDArray[np.int64]
    similar: FloatArray
    told: FloatArray

    def rows(self, wanted: slice) -> Comparison:
        """Some of the facings."""
        return Comparison(self.products, self.similar[wanted], self.told[wanted])

    def joined(self, other: Comparison) -> Comparison:
        """The same facings compared with more pictures: the most similar one counts."""
        products = np.union1d(self.products, other.products)
        joined = np.full((2, len(self.told), len(products)), -np.inf, dtype=np.float32)
        for some in (self, other):
            columns = np.searchsorted(products, some.products)
            joined[:, :, columns] = np.maximum(joined[:, :, columns], (some.similar, some.told))
        return Comparison(products, joined[0], joined[1])


@dataclass(frozen=True, slots=True)
class _Elsewhere:
    """Facings compared with pictures in other photos.

    products: (P,), as in a `Comparison`, those in the facings' own photos included. nearest: (N, P), similarity of the
    most similar picture looked at, -inf where none was. at_least: (N, P), what it is at least, then.
    """

    products: NDArray[np.int64]
    nearest: FloatArray
    at_least: FloatArray


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

    def closeness(self, vectors: FloatArray, places: Places | None = None) -> FloatArray:
        """How close each of the vectors (N, K) is to each product, to choose between them: (N, products).

        As `told` of `compare`; -inf for products of a large gallery that are far from all vectors compared at once.

        Raises:
            ValueError: the vectors are not as long as those of the gallery.
        """
        near = np.full((len(vectors), len(self)), -np.inf, dtype=np.float32)
        done = 0
        for some in self.compare(vectors, places):
            near[done : done + len(some.told), some.products] = some.told
            done += len(some.told)
        return near

    def compare(self, vectors: FloatArray, places: Places | None = None) -> Iterator[Comparison]:
        """Compare the vectors (N, K) with the products, some of them at once so that little memory is needed.

        A product is as similar as its most similar picture, with its allowance, and with what the shelf says where it
        is known where both stand (`compare_in_photo`). In a large gallery that is so for products close to the vector
        and those in its photo; the others are compared by their mean picture, which gives less.

        Raises:
            ValueError: the vectors are not as long as those of the gallery.
        """
        if vectors.ndim != 2 or vectors.shape[1] != self._vectors.shape[1]:
            raise ValueError(f"vectors must have shape (N, {self._vectors.shape[1]}), got {vectors.shape}")
        if self._places is None:
            places = None
        exactly = self.pictures <= EXACT_PICTURES or len(vectors) <= FEW_VECTORS
        entries = self.pictures if exactly else max(len(self._shortlist), CLOSE_GROUPS * vectors.shape[1])
        step = max(1, _ENTRIES_AT_ONCE // entries)
        for start in range(0, len(vectors), step):
            part = slice(start, start + step)
            some, standing = vectors[part], places.rows(part) if places is not None else None
            elsewhere = self._exactly(some, standing) if exactly else self._by_shortlist(some, standing)
            yield self._with_shelf(some, standing, elsewhere)

    def _exactly(self, vectors: FloatArray, places: Places | None) -> _Elsewhere:
        similar: FloatArray = vectors @ self._vectors.T
        similar += self._allowances
        if places is not None and self._places is not None:
            similar += ELSEWHERE
            for here, there in same_photos(places, self._places):
                similar[np.ix_(here, there)] = -np.inf
        nearest: FloatArray = np.maximum.reduceat(similar, self._starts, axis=1)
        return _Elsewhere(np.arange(len(self)), nearest, nearest)

    def _by_shortlist(self, vectors: FloatArray, places: Places | None) -> _Elsewhere:
        bonus = np.float32(ELSEWHERE if places is not None else 0)
        by_means, pictures = self._shortlist.search(vectors, places.photos if places is not None else None)
        nearest = np.einsum("nk,nck->nc", vectors, self._vectors[pictures]) + self._allowances[pictures] + bonus
        nearest[pictures == NONE] = -np.inf
        close = self._products[pictures]
        products = np.unique(close)
        if places is not None and self._places is not None:
            in_photos = np.isin(self._places.photos, places.photos[places.photos >= 0])
            products = np.union1d(products, self._products[in_photos])
        similar = np.full((len(vectors), len(products)), -np.inf, dtype=np.float32)
        rows = np.arange(len(vectors))
        for columns, some in zip(np.searchsorted(products, close).T, nearest.T, strict=True):
            similar[rows, columns] = np.maximum(similar[rows, columns], some)
        return _Elsewhere(products, similar, by_means[:, products] + bonus)

    def _with_shelf(self, vectors: FloatArray, places: Places | None, elsewhere: _Elsewhere) -> Comparison:
        """Pictures in the vectors' own photos added to what was found elsewhere."""
        similar, told = elsewhere.nearest.copy(), elsewhere.nearest.copy()
        if places is not None and self._places is not None:
            for here, there in same_photos(places, self._places):
                found, starts = np.unique(self._products[there], return_index=True)
                cells = np.ix_(here, np.searchsorted(elsewhere.products, found))
                standing, others = places.rows(here), self._places.rows(there)
                alike = vectors[here] @ self._vectors[there].T + self._allowances[there]
                compared = compare_in_photo(alike, standing, others)
                for whole, some in ((similar, compared.similar), (told, compared.told)):
                    whole[cells] = np.maximum(whole[cells], np.maximum.reduceat(some, starts, axis=1))
        far = similar == -np.inf
        similar[far] = told[far] = elsewhere.at_least[far]
        return Comparison(elsewhere.products, similar, told)
