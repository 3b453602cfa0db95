"""How many facings of sample visits a catalogue's reference pictures name, by the allowance given to them.

    python -m benchmarks.bench_first_names [--photos N] [--model FILE]

For each aisle sample photos are rendered, and named at their true boxes by the catalogue's pictures, all photos as one
visit: once with the whole catalogue, once with a random half of it, where the facings of the other half should stay
unknown. The allowance comes on top of the one that every picture taken elsewhere gets.
"""

from __future__ import annotations

import argparse
import random
import tempfile
from collections.abc import Collection
from pathlib import Path

import numpy as np

from shelfaudit.detection.detector import Detector, load_detector
from shelfaudit.domain.geometry import FloatArray, boxes_to_array
from shelfaudit.recognition.appearance import describe_appearance
from shelfaudit.recognition.gallery import Gallery
from shelfaudit.recognition.proposals import propose
from shelfaudit.recognition.shelf_places import Places, contrasts
from shelfaudit.samples import Aisle, render_photo, sample_catalogue, write_reference_crops
from shelfaudit.usecases.describe import describe_pictures

ALLOWANCES = (0.0, 0.02, 0.04, 0.06)

Looks = tuple[list[str], FloatArray]
"""Products, and what each facing or picture of one looks like."""


def shelf_looks(detector: Detector, photos: int) -> tuple[Looks, Places]:
    """Looks and places of the facings of sample photos, as many of each aisle."""
    skus: list[str] = []
    rows, corners = [], []
    for aisle in Aisle:
        for seed in range(500, 500 + photos):
            photo = render_photo(seed, aisle=aisle)
            boxes = boxes_to_array([box for box, _ in photo.facings])
            skus += [sku for _, sku in photo.facings]
            rows.append(describe_appearance(photo.pixels, boxes, detector.describe(photo.pixels, boxes)))
            corners.append(boxes)
    looks, numbers = np.concatenate(rows), np.repeat(np.arange(len(rows)), [len(some) for some in rows])
    return (skus, looks), Places(numbers, np.concatenate(corners), contrasts(numbers, looks))


def catalogue_looks(detector: Detector) -> Looks:
    """Products and looks of the sample catalogue's reference pictures."""
    with tempfile.TemporaryDirectory() as folder:
        files = write_reference_crops(Path(folder))
        skus = [file.parent.relative_to(folder).as_posix() for file in files]
        return skus, describe_pictures(detector, files)


def rates(
    shelf: Looks, places: Places, pictures: Looks, known: Collection[str], allowance: float
) -> tuple[float, float]:
    """Parts of the facings named right and named wrong by the pictures of the known products."""
    rows = [row for row, sku in enumerate(pictures[0]) if sku in known]
    gallery = Gallery(
        [pictures[0][row] for row in rows],
        pictures[1][rows],
        np.full(len(rows), allowance, dtype=np.float32),
        Places(np.full(len(rows), -1), np.tile(np.array([0, 0, 1, 1], dtype=np.float32), (len(rows), 1))),
    )
    names = [proposal.sku if proposal else None for proposal in propose(shelf[1], gallery, places)]
    right = sum(name == sku for name, sku in zip(names, shelf[0], strict=True))
    wrong = sum(name is not None and name != sku for name, sku in zip(names, shelf[0], strict=True))
    return right / len(names), wrong / len(names)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--photos", type=int, default=3, help="photos of each aisle")
    parser.add_argument("--model", type=Path)
    options = parser.parse_args()
    detector = load_detector(options.model)
    (shelf, places), pictures = shelf_looks(detector, options.photos), catalogue_looks(detector)
    products = sorted(sample_catalogue().products)
    half = random.Random(1).sample(products, len(products) // 2)
    print(f"{len(shelf[0])} facings, {len(pictures[0])} reference pictures of {len(products)} products")
    for words, known in (("whole catalogue", products), ("half of it", half)):
        for allowance in ALLOWANCES:
            right, wrong = rates(shelf, places, pictures, known, allowance)
            print(f"{words:16} allowance {allowance:.2f}: right {right:.3f} wrong {wrong:.3f}")


if __name__ == "__main__":
    main()
