"""The main job on sample photos whose truth is known."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np

from shelfaudit.domain.geometry import Box, boxes_to_array, pairwise_iou
from shelfaudit.domain.visit import Facing, Photo
from shelfaudit.errors import Cancelled, OutputError
from shelfaudit.samples import TRUTH_NAME, write_reference_crops, write_sample_visit
from shelfaudit.usecases.audit import AuditOutcome, VisitDetails, audit
from shelfaudit.usecases.ports import AuditStore, CancelCheck, PhotoDetector, Progress, ReportStore, never, silent
from shelfaudit.usecases.report import write_report, write_visit_workbook

SEED = 20
PHOTOS = 4
DETAILS = VisitDetails("Sample market", "Drinks and snacks", dt.date(2026, 11, 20), "Demo")
SAME_PLACE_IOU = 0.5


@dataclass(frozen=True, slots=True)
class DemoFiles:
    """Where the demo puts what it makes."""

    photos: Path
    catalogue: Path
    database: Path
    report: Path
    workbook: Path

    @classmethod
    def in_folder(cls, folder: Path) -> DemoFiles:
        """The usual names in one folder."""
        return cls(
            photos=folder / "photos",
            catalogue=folder / "catalogue",
            database=folder / "visits.sqlite",
            report=folder / "report.pdf",
            workbook=folder / "workbook.xlsx",
        )


class DemoStore(AuditStore, ReportStore, Protocol):
    """What the demo needs of the repository."""


@dataclass(frozen=True, slots=True)
class TruthCheck:
    """A photo's facings beside the true ones.

    counted, true: facings. found: true facings with a counted one in their place (IoU ≥ 0.5, one to one). named: found
    ones that were given a product; named_right: those with the right one.
    """

    photo: str
    counted: int
    true: int
    found: int
    named: int
    named_right: int


@dataclass(frozen=True, slots=True)
class DemoResult:
    """The audit of the samples, and how far it is off."""

    outcome: AuditOutcome
    checks: tuple[TruthCheck, ...]


def run_demo(
    repository: DemoStore,
    detector: PhotoDetector,
    files: DemoFiles,
    *,
    progress: Progress = silent,
    cancelled: CancelCheck = never,
) -> DemoResult:
    """Write sample photos and a catalogue, audit them, write report and workbook, compare with the truth.

    The photos are the same every time; run again, it overwrites the files and adds a visit.

    Raises:
        OutputError: the folder cannot be written.
        Cancelled: `cancelled` became true; the finished part of the visit is kept.
        StorageError: the database cannot be written.
    """
    try:
        photos = write_sample_visit(files.photos, SEED, PHOTOS)
        write_reference_crops(files.catalogue)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise OutputError(
            f"The sample photos cannot be written ({reason}).", advice="Choose another folder.", file=files.photos
        ) from error
    outcome = audit(
        repository,
        detector,
        DETAILS,
        photos,
        catalogue_path=files.catalogue,
        progress=progress,
        cancelled=cancelled,
    )
    if outcome.stopped:
        raise Cancelled
    write_report(repository, outcome.visit.id, files.report, models=[detector.info], cancelled=cancelled)
    write_visit_workbook(repository, outcome.visit.id, files.workbook, models=[detector.info])
    truth = read_truth(files.photos / TRUTH_NAME)
    checks = tuple(compare(photo, truth[photo.path.name]) for photo in outcome.visit.photos)
    return DemoResult(outcome, checks)


def read_truth(file: Path) -> dict[str, list[tuple[Box, str]]]:
    """The true facings by file name: box and SKU, from the COCO file beside sample photos."""
    document = json.loads(file.read_text(encoding="utf-8"))
    skus = {category["id"]: category["sku"] for category in document["categories"]}
    truth: dict[int, list[tuple[Box, str]]] = {image["id"]: [] for image in document["images"]}
    for annotation in document["annotations"]:
        box = Box.from_xywh(*annotation["bbox"])
        truth[annotation["image_id"]].append((box, skus[annotation["category_id"]]))
    return {image["file_name"]: truth[image["id"]] for image in document["images"]}


def compare(photo: Photo, truth: list[tuple[Box, str]]) -> TruthCheck:
    """How the facings of a photo stand beside the true ones."""
    pairs = [(facing, truth[index][1]) for facing, index in _same_places(photo.facings, [box for box, _ in truth])]
    named = [(facing, sku) for facing, sku in pairs if facing.product is not None]
    return TruthCheck(
        photo=photo.path.name,
        counted=len(photo.facings),
        true=len(truth),
        found=len(pairs),
        named=len(named),
        named_right=sum(facing.product == sku for facing, sku in named),
    )


def _same_places(facings: tuple[Facing, ...], boxes: list[Box]) -> list[tuple[Facing, int]]:
    """Facings with the index of the box each stands for: the pairs that overlap most first, each used once."""
    iou = pairwise_iou(boxes_to_array([facing.box for facing in facings]), boxes_to_array(boxes))
    rows, columns = np.nonzero(iou >= SAME_PLACE_IOU)
    pairs: list[tuple[Facing, int]] = []
    used_rows, used_columns = set[int](), set[int]()
    for index in np.argsort(-iou[rows, columns], kind="stable"):
        row, column = int(rows[index]), int(columns[index])
        if row not in used_rows and column not in used_columns:
            used_rows.add(row)
            used_columns.add(column)
            pairs.append((facings[row], column))
    return pairs
