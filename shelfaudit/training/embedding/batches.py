"""Batches of pairs: of each product two views, of two facings where it has several."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shelfaudit.detection.preprocess import PixelArray
from shelfaudit.training.embedding.augment import CropVariation, view_crop
from shelfaudit.training.embedding.data import NamedCrop, Shelf

Batch = tuple[PixelArray, NDArray[np.int32]]
"""Crops uint8 (B, S, S, 3) and their product numbers (B,)."""

REAL_PAIR = 2.0
"""How much rather a product with several facings is drawn: two views of one facing teach less."""


@dataclass(frozen=True)
class Source:
    """Shelves to draw from. share: of the batches' pairs, relative to the other sources'. together: how many products
    of one shelf are drawn at once."""

    shelves: Sequence[Shelf]
    share: float
    together: int
    variation: CropVariation
    shared_names: bool = True
    """Whether equal names on two shelves mean the same product."""


class PairBatches:
    """Batches without end; the batch of a step depends on the seed and the step alone."""

    def __init__(self, sources: Sequence[Source], pairs: int, side: int, seed: int) -> None:
        """pairs: products in a batch, each with two views. side: of a view."""
        self._sources = [source for source in sources if source.shelves]
        if not self._sources:
            raise ValueError("there are no named crops to learn from")
        self._pairs, self._side, self._seed = pairs, side, seed
        self._numbers: dict[object, int] = {}
        shares = np.array([source.share for source in self._sources])
        self._shares = shares / shares.sum()
        self._weights = [_even(np.array([min(len(shelf), 25) for shelf in s.shelves])) for s in self._sources]

    def batch(self, step: int) -> Batch:
        """The batch of a step."""
        random = np.random.default_rng([self._seed, step])
        views: list[PixelArray] = []
        numbers: list[int] = []
        while len(numbers) < 2 * self._pairs:
            place = int(random.choice(len(self._sources), p=self._shares))
            source = self._sources[place]
            shelf = int(random.choice(len(source.shelves), p=self._weights[place]))
            for product in _draw(source.shelves[shelf], source.together, random):
                key = (place, product) if source.shared_names else (place, shelf, product)
                numbers += [self._numbers.setdefault(key, len(self._numbers))] * 2
                views += self._two_views(source.shelves[shelf][product], source.variation, random)
        return np.stack(views[: 2 * self._pairs]), np.array(numbers[: 2 * self._pairs], dtype=np.int32)

    def _two_views(
        self, crops: Sequence[NamedCrop], variation: CropVariation, random: np.random.Generator
    ) -> list[PixelArray]:
        chosen = random.choice(len(crops), 2, replace=False) if len(crops) > 1 else (0, 0)
        return [view_crop(crops[i].pixels, crops[i].box, self._side, variation, random) for i in chosen]


def _draw(shelf: Shelf, most: int, random: np.random.Generator) -> list[str]:
    products = list(shelf)
    weights = _even(np.array([REAL_PAIR if len(shelf[product]) > 1 else 1.0 for product in products]))
    chosen = random.choice(len(products), min(most, len(products)), replace=False, p=weights)
    return [products[place] for place in chosen]


def _even(weights: NDArray[np.float64] | NDArray[np.int64]) -> NDArray[np.float64]:
    return np.asarray(weights / weights.sum(), dtype=np.float64)
