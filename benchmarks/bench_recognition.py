"""How many facings get the right name when one facing of each product was named.

    python -m benchmarks.bench_recognition LABELS.json [--photos FOLDER] [--model FILE]

LABELS.json is COCO with `product` on the annotations, exact within a photo. In each photo the first facing of a
product is named and names are proposed for the others; once with all products named, once with a random half, where
the facings of the other half should stay unknown. Prints right, wrong and unknown at the defaults, and the least
similarity and margin that name most facings right with at most 3 % named wrong.
"""

from __future__ import annotations

import argparse
import json
import random
from collections import defaultdict
from pathlib import Path

import numpy as np

from shelfaudit.detection.detector import Detector, load_detector
from shelfaudit.domain.geometry import Box, FloatArray, boxes_to_array
from shelfaudit.photos.decode import read_photo
from shelfaudit.recognition.appearance import describe_appearance
from shelfaudit.recognition.gallery import Gallery
from shelfaudit.settings import Settings

MOST_WRONG = 0.03

Labelled = tuple[list[str], FloatArray]
"""The products of a photo's named facings and how they look (N, K)."""

Answer = tuple[float, float, bool]
"""Similarity to the nearest product, its lead over the next one, and whether it is the right one."""


def read_labelled(labels: Path, photos: Path, detector: Detector) -> list[Labelled]:
    """The named facings of every photo of a COCO file."""
    document = json.loads(labels.read_text(encoding="utf-8"))
    facings: dict[int, list[tuple[str, Box]]] = defaultdict(list)
    for annotation in document["annotations"]:
        if annotation.get("product") and not annotation.get("iscrowd"):
            facings[annotation["image_id"]].append((annotation["product"], Box.from_xywh(*annotation["bbox"])))
    labelled = []
    for image in document["images"]:
        if named := facings[image["id"]]:
            pixels = read_photo(photos / image["file_name"]).pixels
            boxes = boxes_to_array([box for _, box in named])
            looks = describe_appearance(pixels, boxes, detector.describe(pixels, boxes))
            labelled.append(([product for product, _ in named], looks))
    return labelled


def ask(labelled: Labelled, part: float, chooser: random.Random) -> list[Answer]:
    """Answers for every facing but the first of its product, with this part of the products named."""
    products, looks = labelled
    first = {product: index for index, product in reversed(list(enumerate(products)))}
    named = [product for product in first if chooser.random() < part]
    queries = [index for index, product in enumerate(products) if first[product] != index]
    if not named or not queries:
        return []
    gallery = Gallery(named, looks[[first[product] for product in named]])
    answers = []
    for index, row in zip(queries, gallery.similarities(looks[queries]), strict=True):
        order = np.argsort(-row)
        lead = float(row[order[0]] - row[order[1]]) if len(order) > 1 else 2.0
        answers.append((float(row[order[0]]), lead, gallery.skus[order[0]] == products[index]))
    return answers


def rates(answers: FloatArray, least: float, margin: float) -> tuple[float, float]:
    """Parts of the facings named right and named wrong."""
    named = (answers[:, 0] >= least) & (answers[:, 1] >= margin)
    right = answers[:, 2] > 0
    return float((named & right).mean()), float((named & ~right).mean())


def calibrate(answers: FloatArray) -> tuple[float, float]:
    """The least similarity and margin with the most right names at no more than `MOST_WRONG` wrong ones."""
    choices = [(least, margin) for least in np.arange(0.5, 1, 0.01) for margin in np.arange(0, 0.2, 0.01)]
    allowed = [choice for choice in choices if rates(answers, *choice)[1] <= MOST_WRONG]
    return max(allowed, key=lambda choice: rates(answers, *choice)[0], default=(1.0, 0.2))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("labels", type=Path)
    parser.add_argument("--photos", type=Path, help="folder of the photos (default: that of the labels)")
    parser.add_argument("--model", type=Path)
    options = parser.parse_args()
    defaults = Settings()
    labelled = read_labelled(options.labels, options.photos or options.labels.parent, load_detector(options.model))
    for part, words in ((1.0, "all products named"), (0.5, "half of the products named")):
        chooser = random.Random(1)
        answers = np.array([answer for photo in labelled for answer in ask(photo, part, chooser)], dtype=np.float32)
        least, margin = calibrate(answers)
        print(f"{words}: {len(answers)} facings in {len(labelled)} photos, nearest is right {answers[:, 2].mean():.3f}")
        for name, choice in (("defaults", (defaults.name_similarity, defaults.name_margin)), ("best", (least, margin))):
            right, wrong = rates(answers, *choice)
            limits = f"similarity ≥ {choice[0]:.2f}, margin ≥ {choice[1]:.2f}"
            print(f"  {name:9} {limits}: right {right:.3f} wrong {wrong:.3f} unknown {1 - right - wrong:.3f}")


if __name__ == "__main__":
    main()
