"""Detections of photo files for other programs, without a visit and without a database."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from shelfaudit import settings
from shelfaudit.detection.model_file import ModelInfo
from shelfaudit.domain.detections import Detections
from shelfaudit.domain.geometry import Box
from shelfaudit.errors import Cancelled, PhotoError
from shelfaudit.photos.decode import MAX_MEGAPIXELS, DecodedPhoto, decode_photo
from shelfaudit.photos.detection_input import in_photo_pixels, read_for_detection, usable_detections
from shelfaudit.reporting.coco import coco_text, detections_coco, write_coco
from shelfaudit.usecases.import_photos import find_some_photos
from shelfaudit.usecases.ports import CancelCheck, PhotoDetector, Progress, never, silent
from shelfaudit.usecases.prefetch import prefetch


@dataclass(frozen=True, slots=True)
class FoundBox:
    """A box in upright photo pixels, its score in [0, 1], and the index of its label in the model's labels."""

    box: Box
    score: float
    label: int


@dataclass(frozen=True, slots=True)
class FoundPhoto:
    """What was found in one photo; `name` is relative to the folder that was named, `width` × `height` upright."""

    name: str
    width: int
    height: int
    boxes: tuple[FoundBox, ...]


@dataclass(slots=True)
class DetectionRun:
    """What came of some photos: what was found, and the photos that cannot be read.

    stopped: whether the person ended it before the last photo.
    """

    photos: list[FoundPhoto] = field(default_factory=list)
    failures: list[PhotoError] = field(default_factory=list)
    stopped: bool = False


def detect_files(
    detector: PhotoDetector,
    paths: Sequence[Path],
    *,
    min_score: float | None = None,
    progress: Progress = silent,
    cancelled: CancelCheck = never,
) -> DetectionRun:
    """Find the facings in these photos and folders of photos.

    min_score: lowest score kept; None takes the model's own counting threshold.

    Raises:
        PhotoError: a path is missing, or there is no photo at all (a photo that cannot be read is a failure in the
            result).
    """
    files = find_some_photos(paths)
    names = short_names(files, paths)
    run = DetectionRun()
    progress(0, len(files))
    with closing(prefetch(files, read_for_detection, ahead=settings.current().prefetched_photos)) as reading:
        for done, (file, future) in enumerate(reading, start=1):
            try:
                if cancelled():
                    raise Cancelled
                found = _find(detector, future.result(), names[file], min_score, cancelled)
            except Cancelled:
                run.stopped = True
                break
            except PhotoError as error:
                run.failures.append(error)
            else:
                run.photos.append(found)
            progress(done, len(files))
    return run


def detect_bytes(
    detector: PhotoDetector,
    photo: bytes,
    *,
    name: str,
    max_megapixels: float = MAX_MEGAPIXELS,
    min_score: float | None = None,
    cancelled: CancelCheck = never,
) -> FoundPhoto:
    """Find the facings in the bytes of a photo file: what `detect_files` finds in that file.

    name: what the photo is called in the result.
    max_megapixels: a photo with more is refused.

    Raises:
        PhotoError: the photo cannot be decoded, or is too large.
        Cancelled: `cancelled` said so.
    """
    decoded = decode_photo(photo, settings.current().decode_long_side, max_megapixels=max_megapixels)
    return _find(detector, decoded, name, min_score, cancelled)


def detections_text(photos: Sequence[FoundPhoto], info: ModelInfo) -> str:
    """The boxes as COCO JSON with the model's labels as categories: the text that `write_detections` writes."""
    return coco_text(detections_coco(photos, info.labels))


def write_detections(run: DetectionRun, info: ModelInfo, file: Path) -> None:
    """Write the boxes as COCO JSON with the model's labels as categories.

    Raises:
        OutputError: the file cannot be written.
    """
    write_coco(detections_coco(run.photos, info.labels), file)


def _find(
    detector: PhotoDetector, decoded: DecodedPhoto, name: str, min_score: float | None, cancelled: CancelCheck
) -> FoundPhoto:
    detections = detector.detect(decoded.pixels, min_score=min_score, cancelled=cancelled)
    return _found_photo(name, decoded, usable_detections(detections, decoded))


def _found_photo(name: str, decoded: DecodedPhoto, found: Detections) -> FoundPhoto:
    boxes = in_photo_pixels(found.boxes, decoded).tolist()
    triples = zip(boxes, found.scores.tolist(), found.labels.tolist(), strict=True)
    return FoundPhoto(
        name,
        decoded.width,
        decoded.height,
        tuple(FoundBox(Box(*corners), score, label) for corners, score, label in triples),
    )


def short_names(files: Sequence[Path], paths: Sequence[Path]) -> dict[Path, str]:
    """Each file's name relative to the folder of `paths` it lies in (its bare name where it was named itself).

    Where two files would share a name, both keep the path as it was given. Separators are "/".
    """
    names = {file: _relative_name(file, paths) for file in files}
    shared = Counter(names.values())
    return {file: name if shared[name] == 1 else file.as_posix() for file, name in names.items()}


def _relative_name(file: Path, paths: Sequence[Path]) -> str:
    for path in paths:
        if path != file and file.is_relative_to(path):
            return file.relative_to(path).as_posix()
    return file.name
