"""What correcting a visit costs, in actions per 100 facings, without and with each help.

    python -m benchmarks.bench_effort [LABELS.json] [--photos FOLDER] [--model FILE]

A simulated auditor (benchmarks/simulated_auditor.py) corrects a sample visit, and with LABELS.json (COCO with
`product`, and a `region` in which it is complete) the second half of its photos; the first half, or another visit to
the same aisle, is the earlier visit whose names are carried over. Facings without a known product need no name.
"""

from __future__ import annotations

import argparse
import datetime as dt
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from benchmarks.known_photos import KnownPhoto, labelled_photos
from benchmarks.simulated_auditor import KINDS, Help, SimulatedAuditor
from shelfaudit.detection.detector import Detector, load_detector
from shelfaudit.domain import edits
from shelfaudit.domain.catalogue import Brand, Catalogue, Product
from shelfaudit.domain.geometry import Box, boxes_to_array
from shelfaudit.domain.visit import Facing, new_facing_id
from shelfaudit.recognition.appearance import describe_appearance
from shelfaudit.samples import render_visit, sample_catalogue
from shelfaudit.storage.database import open_database
from shelfaudit.storage.repository import VisitRepository
from shelfaudit.usecases.describe import describe_boxes, maker_of

PHOTOS = 4
SEED, EARLIER_SEED = 40, 41
WORDS = {
    Help.NOTHING: "nothing: draw all, type all",
    Help.DETECTION: "+ detection, type-ahead",
    Help.MANY_AT_ONCE: "+ many at once, number keys",
    Help.QUEUE: "+ review queue",
    Help.LOOK_ALIKES: "+ paint one, get all",
    Help.EARLIER_VISITS: "+ names of earlier visits",
}


def sample_visit(seed: int) -> list[KnownPhoto]:
    """Photos of the drinks aisle."""
    return [
        KnownPhoto(str(number), photo.pixels, photo.facings) for number, photo in enumerate(render_visit(seed, PHOTOS))
    ]


def catalogue_of(photos: Sequence[KnownPhoto]) -> Catalogue:
    """The products of these photos; what stands before the slash is the brand."""
    skus = sorted({sku for photo in photos for _, sku in photo.facings if sku})
    brands = [Brand(name) for name in sorted({sku.partition("/")[0] for sku in skus})]
    return Catalogue.of(brands, [Product(sku, sku.replace("/", " "), sku.partition("/")[0]) for sku in skus])


def add_visit(repository: VisitRepository, name: str, photos: Sequence[KnownPhoto]) -> dict[int, KnownPhoto]:
    """A visit with these photos, not detected yet."""
    visit = repository.create_visit("Store", name, dt.date(2026, 11, 20), "")
    paths = [Path(f"/{name}/{number}.jpg") for number in range(len(photos))]
    stored = repository.add_photos(visit.id, paths)
    return {photo.id: known for photo, known in zip(stored, photos, strict=True)}


def save_facings(
    repository: VisitRepository, photo_id: int, known: KnownPhoto, detector: Detector, *, found: bool
) -> None:
    """What the detector finds where the truth is known; nothing where it does not help."""
    detections = detector.detect(known.pixels)
    boxes = [Box(*corners) for corners in detections.boxes.tolist()]
    kept = [index for index, box in enumerate(boxes) if found and known.judges(box)]
    looks = describe_appearance(known.pixels, detections.boxes, detections.features)
    repository.save_detection(
        photo_id,
        width=known.pixels.shape[1],
        height=known.pixels.shape[0],
        sha256="",
        facings=[Facing(new_facing_id(), boxes[index], float(detections.scores[index])) for index in kept],
        appearances=looks[kept],
        model="",
        threshold=detector.info.counting_threshold,
        maker=maker_of(detector),
    )


def name_by_truth(repository: VisitRepository, photo_id: int, known: KnownPhoto, detector: Detector) -> None:
    """A photo of an earlier visit, corrected."""
    facings = [Facing(new_facing_id(), box) for box, sku in known.facings if sku]
    for facing, (_, sku) in zip(facings, [one for one in known.facings if one[1]], strict=True):
        repository.save_edit(photo_id, edits.add(facing))
        stored = next(one for one in repository.photo(photo_id).facings if one.id == facing.id)
        repository.save_edit(photo_id, edits.relabel([stored], sku))
    looks = describe_boxes(detector, known.pixels, boxes_to_array([facing.box for facing in facings]))
    by_facing = {f.id: look for f, look in zip(facings, looks, strict=True)}
    repository.save_appearances(photo_id, by_facing, maker_of(detector))


def measure(
    photos: Sequence[KnownPhoto], earlier: Sequence[KnownPhoto], catalogue: Catalogue, detector: Detector, helps: Help
) -> Counter[str]:
    """What the simulated auditor does in these photos."""
    with tempfile.TemporaryDirectory() as folder, open_database(Path(folder) / "visits.sqlite") as database:
        repository = VisitRepository(database)
        repository.save_catalogue(catalogue)
        if helps >= Help.EARLIER_VISITS:
            for photo_id, known in add_visit(repository, "earlier", earlier).items():
                name_by_truth(repository, photo_id, known, detector)
        by_id = add_visit(repository, "now", photos)
        for photo_id, known in by_id.items():
            save_facings(repository, photo_id, known, detector, found=helps >= Help.DETECTION)
        auditor = SimulatedAuditor(repository, detector, repository.photo(next(iter(by_id))).visit_id, by_id, helps)
        auditor.correct()
        if auditor.errors_left():
            raise RuntimeError(f"{auditor.errors_left()} errors are left")
        return auditor.tally


def tell(photos: Sequence[KnownPhoto], earlier: Sequence[KnownPhoto], catalogue: Catalogue, detector: Detector) -> None:
    """One line for every help."""
    facings = sum(photo.judges(box) for photo in photos for box, _ in photo.facings)
    print(f"{facings} facings, {len(photos)} photos, {len(catalogue.products)} products; per 100 facings:")
    print(f"{'':30}" + "".join(f"{name:>12}" for name in ("actions", *KINDS, "looks", "not asked")))
    for helps in Help:
        tally = measure(photos, earlier, catalogue, detector, helps)
        numbers = [sum(tally[kind] for kind in KINDS), *(tally[kind] for kind in (*KINDS, "looks", "not asked"))]
        print(f"{WORDS[helps]:30}" + "".join(f"{100 * number / facings:12.1f}" for number in numbers), flush=True)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("labels", type=Path, nargs="?")
    parser.add_argument("--photos", type=Path, help="folder of the photos (default: that of the labels)")
    parser.add_argument("--most", type=int, help="photos of the labels to correct (default: half of them)")
    parser.add_argument("--model", type=Path)
    options = parser.parse_args()
    detector = load_detector(options.model)
    print("sample visit")
    tell(sample_visit(SEED), sample_visit(EARLIER_SEED), sample_catalogue(), detector)
    if options.labels is not None:
        known = list(labelled_photos(options.labels, options.photos))
        half = len(known) // 2
        print(options.labels.name)
        now = known[half:][: options.most]
        tell(now, known[:half], catalogue_of(known), detector)


if __name__ == "__main__":
    main()
