"""What the review queue catches, and how long it is.

    python -m benchmarks.bench_review_queue [LABELS.json] [--photos FOLDER] [--model FILE] [--change X …]

Rendered photos of every aisle, plain and difficult ones, and (with LABELS.json, COCO with a `region` and `product`)
real ones are detected. All facings get their true name, so that only boxes are in question: which part of the false
ones and of the missed ones does the queue ask about, and how many questions is that per 100 facings. For several
limits of the expected change; the application's own is marked. Then the order: how much of the errors is met after a
quarter and half of the questions.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from benchmarks.known_photos import KnownPhoto, labelled_photos, matched, sample_photos
from shelfaudit.detection.detector import Detector, load_detector
from shelfaudit.domain import review
from shelfaudit.domain.catalogue import Brand, Catalogue, Product
from shelfaudit.domain.geometry import Box
from shelfaudit.domain.review import Decision, ReviewContext, open_decisions
from shelfaudit.domain.visit import Author, Facing

LEAST_SCORE = 0.15
CHANGES = (0.1, 0.2, 0.3, 0.4, 0.5)
NAMED = ReviewContext(Catalogue.of([Brand("brand")], [Product("sku", "product", "brand")]), {"sku": 1000})


@dataclass(frozen=True)
class Detected:
    """A known photo, its facings as counted, what was left out, and the truth about both."""

    photo: KnownPhoto
    facings: tuple[Facing, ...]
    left_out: tuple[tuple[Box, float], ...]
    threshold: float
    false: frozenset[str]
    missed: tuple[Box, ...]

    @property
    def judged(self) -> int:
        return sum(self.photo.judges(facing.box) for facing in self.facings)

    def decisions(self, *, with_left_out: bool) -> list[Decision]:
        found = open_decisions(
            self.facings,
            threshold=self.threshold,
            context=NAMED,
            left_out=self.left_out if with_left_out else None,
        )
        return [decision for decision in found if self.photo.judges(decision.box)]

    def meets(self, decision: Decision) -> int:
        """How many errors a decision brings to light."""
        if decision.facing_id is not None:
            return int(decision.facing_id in self.false)
        return sum(decision.box.contains(*box.center) for box in self.missed)


def detect(photo: KnownPhoto, detector: Detector) -> Detected:
    """The photo's facings, all with the right name."""
    found = detector.detect(photo.pixels, min_score=LEAST_SCORE)
    boxes = [Box(*corners) for corners in found.boxes.tolist()]
    scores: list[float] = found.scores.tolist()
    threshold = detector.info.counting_threshold
    known = [box for box, _ in photo.facings]
    truth = matched(boxes, scores, known)
    counted = [index for index, score in enumerate(scores) if score >= threshold]
    hit = {truth[index] for index in counted}
    facings = [Facing(str(index), boxes[index], scores[index], "sku", product_by=Author.DETECTOR) for index in counted]
    return Detected(
        photo,
        tuple(facings),
        tuple((box, score) for box, score in zip(boxes, scores, strict=True) if score < threshold),
        threshold,
        frozenset(f.id for f in facings if truth[int(f.id)] is None and photo.judges(f.box)),
        tuple(box for index, box in enumerate(known) if index not in hit and photo.judges(box)),
    )


def tell_limits(photos: Sequence[Detected], changes: Iterable[float]) -> None:
    """The length of the queue and what it catches, for every limit."""
    facings = sum(photo.judged for photo in photos)
    false, missed = sum(len(photo.false) for photo in photos), sum(len(photo.missed) for photo in photos)
    print(f"  {facings} facings counted, {false} of them false, {missed} missed")
    own = review.LEAST_CHANGE
    for with_left_out in (False, True):
        print(f"  detections below the threshold {'known' if with_left_out else 'not known'}")
        for change in changes:
            review.LEAST_CHANGE = change
            boxes = places = caught_false = caught_missed = 0
            for photo in photos:
                queue = photo.decisions(with_left_out=with_left_out)
                about = [decision for decision in queue if decision.facing_id is not None]
                boxes += len(about)
                places += len(queue) - len(about)
                caught_false += sum(photo.meets(decision) for decision in about)
                caught_missed += sum(
                    any(decision.box.contains(*box.center) for decision in queue if decision.facing_id is None)
                    for box in photo.missed
                )
            print(
                f"    change ≥ {change:.2f}{' *' if change == own else '  '}: per 100 facings"
                f" {100 * boxes / facings:5.1f} boxes {100 * places / facings:5.1f} places;"
                f" caught {caught_false}/{false} false, {caught_missed}/{missed} missed"
            )
    review.LEAST_CHANGE = own


def tell_order(photos: Sequence[Detected]) -> None:
    """Which part of the errors in the queue is met after a part of it, by the order of the questions."""
    queues = {place: photo.decisions(with_left_out=True) for place, photo in enumerate(photos)}
    by_photo = review.photo_order(queues)

    def value(pair: tuple[int, Decision]) -> float:
        return -pair[1].expected_change

    every = [(place, decision) for place, queue in queues.items() for decision in queue]
    orders = {
        "by rank over all photos": sorted(every, key=value),
        "photo by photo, by total, then rank": [(place, one) for place in by_photo for one in queues[place]],
        "photo by photo, as imported": every,
        "photo by photo, row by row": [
            (place, one) for place, queue in queues.items() for one in sorted(queue, key=lambda one: one.box.center[1])
        ],
    }
    for words, order in orders.items():
        met = [photos[place].meets(decision) for place, decision in order]
        changes = sum(before != after for (before, _), (after, _) in pairwise(order))
        parts = [100 * sum(met[: round(part * len(met))]) / max(sum(met), 1) for part in (0.25, 0.5, 0.75)]
        print(f"    {words:36} {parts[0]:3.0f} % {parts[1]:3.0f} % {parts[2]:3.0f} %   {changes} times another photo")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("labels", type=Path, nargs="?")
    parser.add_argument("--photos", type=Path, help="folder of the real photos (default: that of the labels)")
    parser.add_argument("--model", type=Path)
    parser.add_argument("--change", type=float, nargs="+", default=CHANGES, help="limits of the expected change")
    options = parser.parse_args()
    detector = load_detector(options.model)
    kinds: list[tuple[str, Iterable[KnownPhoto]]] = [
        ("plain samples", sample_photos(4, 500, 0.3)),
        ("difficult samples", sample_photos(3, 700, 0.7)),
    ]
    if options.labels is not None:
        kinds.append((options.labels.name, labelled_photos(options.labels, options.photos)))
    for name, given in kinds:
        photos = [detect(photo, detector) for photo in given]
        print(f"{name}: {len(photos)} photos")
        tell_limits(photos, options.change)
        print("  errors met after a quarter, half, three quarters of the questions")
        tell_order(photos)


if __name__ == "__main__":
    main()
