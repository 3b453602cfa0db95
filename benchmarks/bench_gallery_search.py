"""How long the facings of a photo are searched for in a gallery of 100,000 pictures, and whether the answer is exact.

    python -m benchmarks.bench_gallery_search [--photos 12]

Vectors are drawn as those of sample photos vary: between products like the mean looks of products, and between
pictures of a product like its facings in one photo, 1.5 times as much (other stores, other light). The facings asked
for vary like other facings than the gallery's. Printed for several shapes of gallery, each in one run: the median time
for 200 facings of 60 products, the time to make the gallery, and how often the nearest product and the decided name (or
none) are those of a comparison with every picture.
"""

from __future__ import annotations

import argparse
import statistics
import time

import numpy as np

from shelfaudit import settings
from shelfaudit.detection.detector import load_detector
from shelfaudit.domain.geometry import FloatArray, boxes_to_array
from shelfaudit.recognition.appearance import describe_appearance
from shelfaudit.recognition.gallery import FEW_VECTORS, Gallery
from shelfaudit.recognition.proposals import propose
from shelfaudit.recognition.shelf_places import ELSEWHERE
from shelfaudit.samples import Aisle, render_photo

FACINGS, ON_A_PHOTO = 200, 60
SHAPES = ((5_000, 20), (2_000, 50), (50, 2_000), (20_000, 5), (100_000, 1))
SPREAD = 1.5
TIMES = 9


class Looks:
    """Draws looks as the facings of some sample photos have them."""

    def __init__(self, photos: int) -> None:
        detector = load_detector(None)
        means, differences = [], []
        for number in range(photos):
            photo = render_photo(700 + number, aisle=list(Aisle)[number % len(Aisle)])
            boxes = boxes_to_array([box for box, _ in photo.facings])
            looks = describe_appearance(photo.pixels, boxes, detector.describe(photo.pixels, boxes))
            skus = np.array([sku for _, sku in photo.facings])
            for sku in sorted(set(skus)):
                alike = looks[skus == sku]
                means.append(alike.mean(axis=0))
                if len(alike) > 1:
                    differences.append((alike - means[-1]) * np.sqrt(len(alike) / (len(alike) - 1)))
        self._chance = np.random.default_rng(1)
        self._mean = np.mean(means, axis=0)
        self._products = (np.stack(means) - self._mean) / np.float32(len(means) ** 0.5)
        self._differences = np.concatenate(differences) * np.float32(SPREAD)

    def products(self, count: int) -> FloatArray:
        """Mean looks of some products."""
        weights = self._chance.standard_normal((count, len(self._products)), dtype=np.float32)
        return np.asarray(self._mean + weights @ self._products, dtype=np.float32)

    def pictures(self, means: FloatArray, *, asked: bool = False) -> FloatArray:
        """A picture of each; the differences of those that are asked for are none of the gallery's."""
        half = len(self._differences) // 2
        rows = self._chance.integers(0, half, len(means)) + (half if asked else 0)
        looks = means + self._differences[rows]
        return np.asarray(looks / np.linalg.norm(looks, axis=1, keepdims=True), dtype=np.float32)


def compare(looks: Looks, products: int, each: int) -> None:
    """One shape of gallery."""
    means = looks.products(products)
    vectors = np.concatenate([looks.pictures(means) for _ in range(each)])
    skus = [f"product {number:06}" for _ in range(each) for number in range(products)]
    chance = np.random.default_rng(2)
    shown = chance.choice(chance.permutation(products)[:ON_A_PHOTO], FACINGS)
    asked = looks.pictures(means[shown], asked=True)
    start = time.perf_counter()
    gallery = Gallery(skus, vectors)
    propose(asked, gallery)
    made = time.perf_counter() - start
    seconds = []
    for _ in range(TIMES):
        start = time.perf_counter()
        propose(asked, gallery)
        seconds.append(time.perf_counter() - start)
    # Few vectors are compared exactly.
    parts = [asked[row : row + FEW_VECTORS] for row in range(0, FACINGS, FEW_VECTORS)]
    nearest = np.concatenate([gallery.closeness(part).argmax(axis=1) for part in parts])
    names = [name for part in parts for name in named(part, gallery)]
    agreed = (gallery.closeness(asked).argmax(axis=1) == nearest).mean()
    decided = np.mean([one == other for one, other in zip(names, named(asked, gallery), strict=True)])
    print(
        f"{products:>7,} products × {each:>5,} pictures: {1000 * statistics.median(seconds):4.0f} ms, "
        f"made in {made:.1f} s; "
        f"as exact: nearest {agreed:.1%}, name {decided:.1%} "
        f"({np.mean([name is not None for name in names]):.0%} named)",
        flush=True,
    )


def named(asked: FloatArray, gallery: Gallery) -> list[str | None]:
    """The names given to facings of a shelf of which nothing else is known."""
    least = settings.current().name_similarity - ELSEWHERE
    return [proposal.sku if proposal else None for proposal in propose(asked, gallery, least=least)]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=12)
    looks = Looks(parser.parse_args().photos)
    for products, each in SHAPES:
        compare(looks, products, each)


if __name__ == "__main__":
    main()
