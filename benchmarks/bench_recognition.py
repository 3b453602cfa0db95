"""How well and how fast products are told apart, beyond `shelfaudit recognise evaluate`.

    python -m benchmarks.bench_recognition [--labels named.json] [--pictures labels.json] [--photos N]

Prints, each in one run:
- with `--labels` (COCO with `product`): how often the most similar product is right by each part of an appearance,
  by all, and with the shelf's evidence, when the first facing of each product in a photo is named; how often pairs as
  alike as look-alikes that are marked from the start are the same product; and how many
  facings of products that nobody named get a name, when half of the products, or one, is named;
- with `--pictures` (JSON, picture → {"label": product}, beside the pictures): of the products that the embedder's
  configuration leaves out, five pictures each are known and all others are asked for; the same for all products;
- of a visit of sample photos with at most 40 products, one facing of each is named, and all others are asked for, in
  the whole visit at once;
- how long 200 crops take to embed (`benchmarks.bench_gallery_search` measures the search).
"""

from __future__ import annotations

import argparse
import random
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from shelfaudit import settings
from shelfaudit.datasets.named_facings import read_named_photos
from shelfaudit.detection.detector import load_detector
from shelfaudit.domain.geometry import FloatArray, boxes_to_array
from shelfaudit.photos.decode import read_photo
from shelfaudit.recognition.appearance import describe_appearance, describe_colours
from shelfaudit.recognition.embedder import bundled_embedder
from shelfaudit.recognition.gallery import Gallery
from shelfaudit.recognition.proposals import propose
from shelfaudit.recognition.shelf_places import Places, compare_in_photo, contrasts
from shelfaudit.samples import Aisle, render_photo

KNOWN, DRAWS = 5, 10
MOST_PRODUCTS = 40
FACINGS = 200


def top_1(products: Sequence[str], vectors: FloatArray) -> float:
    """How often the most similar of five known pictures of each product is of the right one, over several draws."""
    names = np.array(products)
    parts = []
    for seed in range(DRAWS):
        chooser = random.Random(seed)
        known = [
            row
            for name in sorted(set(products))
            for row in chooser.sample(np.flatnonzero(names == name).tolist(), KNOWN)
        ]
        asked = np.setdiff1d(np.arange(len(names)), known)
        nearest = (vectors[asked] @ vectors[known].T).argmax(axis=1)
        parts.append(float((names[known][nearest] == names[asked]).mean()))
    return statistics.mean(parts)


def print_pictures(labels: Path) -> None:
    """Top-1 on pictures of one product each."""
    from shelfaudit.training.embedding.config import read_embedder_config
    from shelfaudit.training.embedding.data import shelf_of_pictures

    config = Path(__file__).parent.parent / "shelfaudit" / "training" / "embedding" / "pack-embedder.toml"
    left_out = {name for source in read_embedder_config(config).data for name in source.leave_out}
    products: list[str] = []
    vectors: list[FloatArray] = []
    for product, crops in shelf_of_pictures(labels).items():
        for crop in crops:
            products.append(product)
            vectors.append(bundled_embedder().embed(crop.pixels, crop.box[None])[0])
    unseen = [row for row, product in enumerate(products) if product in left_out]
    matrix = np.stack(vectors)
    print(f"{len(left_out)} products never trained on: {top_1([products[row] for row in unseen], matrix[unseen]):.1%}")
    print(f"all {len(set(products))} products: {top_1(products, matrix):.1%}")


def print_visit(photos: int) -> None:
    """Names in a visit of sample photos."""
    detector = load_detector(None)
    aisles = list(Aisle)
    rendered = [render_photo(900 + number, aisle=aisles[number % len(aisles)]) for number in range(photos)]
    kept = sorted({sku for photo in rendered for _, sku in photo.facings})[:MOST_PRODUCTS]
    products: list[str] = []
    looks, boxes, numbers = [], [], []
    for number, photo in enumerate(rendered):
        facings = [(box, sku) for box, sku in photo.facings if sku in kept]
        corners = boxes_to_array([box for box, _ in facings])
        looks.append(describe_appearance(photo.pixels, corners, detector.describe(photo.pixels, corners)))
        boxes.append(corners)
        numbers += [number] * len(facings)
        products += [sku for _, sku in facings]
    matrix, photos_of = np.concatenate(looks), np.array(numbers)
    places = Places(photos_of, np.concatenate(boxes), contrasts(photos_of, matrix))
    named = sorted({sku: row for row, sku in reversed(list(enumerate(products)))}.values())
    asked = np.setdiff1d(np.arange(len(products)), named)
    gallery = Gallery([products[row] for row in named], matrix[named], places=places.rows(named))
    standing = places.rows(asked)
    nearest = np.array(gallery.skus)[gallery.closeness(matrix[asked], standing).argmax(axis=1)]
    truth = np.array(products)[asked]
    names = [proposal.sku if proposal else None for proposal in propose(matrix[asked], gallery, standing)]
    right = sum(name == wanted for name, wanted in zip(names, truth, strict=True))
    wrong = sum(name is not None and name != wanted for name, wanted in zip(names, truth, strict=True))
    print(
        f"{photos} sample photos, {len(named)} products, {len(asked)} facings asked for: nearest right "
        f"{(nearest == truth).mean():.1%}; named right {right / len(asked):.1%}, wrong {wrong / len(asked):.1%}"
    )


@dataclass(frozen=True)
class Shelf:
    """A labelled photo. products: (N,), named: rows of the first facing of each, asked: all others. similar: (N, N) by
    each part. looks: (N, K)."""

    products: NDArray[np.str_]
    named: NDArray[np.int64]
    asked: NDArray[np.int64]
    similar: dict[str, FloatArray]
    looks: FloatArray
    places: Places


def read_shelves(labels: Path) -> list[Shelf]:
    """The labelled photos in which there is a facing to ask for."""
    detector = load_detector(None)
    shelves = []
    for photo in read_named_photos(labels):
        products = np.array([product for _, product in photo.facings])
        named = np.array(sorted({name: row for row, name in reversed(list(enumerate(products)))}.values()))
        asked = np.setdiff1d(np.arange(len(products)), named)
        if not len(asked):
            continue
        pixels, boxes = read_photo(photo.file).pixels, boxes_to_array([box for box, _ in photo.facings])
        features = detector.describe(pixels, boxes)
        looks = describe_appearance(pixels, boxes, features)
        alone = np.zeros(len(products), dtype=np.int64)
        places = Places(alone, boxes, contrasts(alone, looks))
        similar = {
            "embedding": _alike(bundled_embedder().embed(pixels, boxes)),
            "features": _alike(features),
            "colours": _alike(describe_colours(pixels, boxes)),
            "all parts": _alike(looks),
            "all parts and the shelf": compare_in_photo(_alike(looks), places, places).told,
        }
        shelves.append(Shelf(products, named, asked, similar, looks, places))
    return shelves


def print_parts(shelves: Sequence[Shelf]) -> None:
    """What each part of an appearance gives."""
    asked = sum(len(shelf.asked) for shelf in shelves)
    for part in shelves[0].similar:
        right = 0
        for shelf in shelves:
            best = shelf.similar[part][np.ix_(shelf.asked, shelf.named)].argmax(axis=1)
            right += int((shelf.products[shelf.named][best] == shelf.products[shelf.asked]).sum())
        print(f"{part}: {right / asked:.1%} of {asked} facings")


def print_sure_pairs(shelves: Sequence[Shelf]) -> None:
    """How often two facings of a photo that are as alike as a marked look-alike are the same product."""
    sure = settings.current().look_alike_sure
    alike = same = 0
    for shelf in shelves:
        one, other = np.triu_indices(len(shelf.products), 1)
        pairs = shelf.similar["all parts"][one, other] >= sure
        alike += int(pairs.sum())
        same += int((shelf.products[one] == shelf.products[other])[pairs].sum())
    print(f"pairs at least {sure:.2f} alike: {same / alike:.1%} of {alike} are the same product")


def print_strangers(shelves: Sequence[Shelf], known_share: float) -> None:
    """What is named while only a share of the products (at least one) of a photo is named, over several draws."""
    chance = np.random.default_rng(1)
    right = wrong = strangers = known = unknown = 0
    for _ in range(DRAWS):
        for shelf in shelves:
            count = max(1, round(known_share * len(shelf.named)))
            named = np.sort(chance.choice(shelf.named, count, replace=False))
            gallery = Gallery(shelf.products[named].tolist(), shelf.looks[named], places=shelf.places.rows(named))
            proposals = propose(shelf.looks[shelf.asked], gallery, shelf.places.rows(shelf.asked))
            for truth, proposal in zip(shelf.products[shelf.asked], proposals, strict=True):
                is_known = truth in gallery.skus
                known, unknown = known + is_known, unknown + (not is_known)
                if proposal is not None:
                    right += proposal.sku == truth
                    wrong += is_known and proposal.sku != truth
                    strangers += not is_known
    print(
        f"{known_share:.0%} of the products named, at least one: {right / known:.1%} right, "
        f"{wrong / known:.1%} wrong; {strangers / unknown:.1%} of the facings of other products get a name"
    )


def _alike(vectors: FloatArray) -> FloatArray:
    return np.asarray(vectors @ vectors.T, dtype=np.float32)


def timed(act: Callable[[], object], times: int = 7) -> float:
    """The median time in milliseconds."""
    act()
    seconds = []
    for _ in range(times):
        start = time.perf_counter()
        act()
        seconds.append(time.perf_counter() - start)
    return 1000 * statistics.median(seconds)


def print_speed() -> None:
    """Embedding."""
    chance = np.random.default_rng(1)
    crops = chance.integers(0, 256, (FACINGS, 96, 96, 3), dtype=np.uint8)
    print(f"embedding {FACINGS} crops: {timed(lambda: bundled_embedder().embed_crops(crops)):.0f} ms")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--labels", type=Path)
    parser.add_argument("--pictures", type=Path)
    parser.add_argument("--photos", type=int, default=50)
    options = parser.parse_args()
    if options.labels is not None:
        shelves = read_shelves(options.labels)
        print_parts(shelves)
        print_sure_pairs(shelves)
        for share in (0.5, 0.0):
            print_strangers(shelves, share)
    if options.pictures is not None:
        print_pictures(options.pictures)
    print_speed()
    print_visit(options.photos)


if __name__ == "__main__":
    main()
