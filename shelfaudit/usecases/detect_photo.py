"""One photo: from its file to the facings in the database."""

from __future__ import annotations

from shelfaudit.detection.model_file import ModelInfo
from shelfaudit.domain.geometry import Box
from shelfaudit.domain.threshold import LEAST_SCORE
from shelfaudit.domain.visit import Facing, Photo, new_facing_id
from shelfaudit.errors import PhotoError
from shelfaudit.photos.decode import DecodedPhoto, read_photo
from shelfaudit.photos.detection_input import in_photo_pixels, read_for_detection, usable_detections
from shelfaudit.recognition.appearance import appearance_maker, describe_appearance
from shelfaudit.usecases.ports import CancelCheck, DetectionStore, PhotoDetector, never


def detect_photo(
    repository: DetectionStore, detector: PhotoDetector, photo: Photo, *, cancelled: CancelCheck = never
) -> Photo:
    """Read a photo, find its facings, save them with their looks; returns the photo as it is stored then.

    A photo that cannot be read is saved and returned as failed, with the reason.

    Raises:
        Cancelled: while it ran; nothing was saved.
        StorageError: the database cannot be written.
    """
    try:
        decoded = read_for_detection(photo.path)
    except PhotoError as error:
        return save_unreadable(repository, photo, error)
    return detect_decoded(repository, detector, photo, decoded, cancelled=cancelled)


def read_as_counted(photo: Photo, at_most: int) -> DecodedPhoto:
    """The pixels that the photo's boxes were found in; at least `at_most` on the long side, where it has that many.

    Raises:
        PhotoError: the file cannot be read any more, or holds another picture by now.
    """
    decoded = read_photo(photo.path, at_most=at_most)
    if photo.sha256 and decoded.sha256 != photo.sha256:
        raise PhotoError(
            "The file was changed since it was counted.",
            advice="Put the photo back, or import it anew.",
            file=photo.path,
        )
    return decoded


def save_unreadable(repository: DetectionStore, photo: Photo, error: PhotoError) -> Photo:
    """Note why a photo cannot be read (its name stands beside the text wherever it is shown)."""
    return repository.save_failure(photo.id, f"{error.what} {error.advice}".strip())


def detect_decoded(
    repository: DetectionStore,
    detector: PhotoDetector,
    photo: Photo,
    decoded: DecodedPhoto,
    *,
    cancelled: CancelCheck = never,
) -> Photo:
    """As `detect_photo`, for pixels that are read already.

    What scores below the counting threshold is saved, too, but does not count; its looks are described when it does.
    """
    threshold = detector.info.counting_threshold
    found = detector.detect(decoded.pixels, min_score=min(LEAST_SCORE, threshold), cancelled=cancelled)
    detections = usable_detections(found, decoded)
    facings = [
        Facing(new_facing_id(), Box(*corners), score=score)
        for corners, score in zip(
            in_photo_pixels(detections.boxes, decoded).tolist(), detections.scores.tolist(), strict=True
        )
    ]
    # The best come first.
    counted = sum(score >= threshold for score in detections.scores.tolist())
    return repository.save_detection(
        photo.id,
        width=decoded.width,
        height=decoded.height,
        sha256=decoded.sha256,
        facings=facings[:counted],
        appearances=describe_appearance(decoded.pixels, detections.boxes[:counted], detections.features[:counted]),
        model=model_name(detector.info),
        threshold=threshold,
        below=facings[counted:],
        maker=appearance_maker(detector.info.features_sha256),
    )


def model_name(info: ModelInfo) -> str:
    """The model as visits and reports name it."""
    return f"{info.name} {info.version}"
