"""Installing a detector, whoever made it: fetched, checked by running it, described, and kept."""

from __future__ import annotations

import datetime as dt
import hashlib
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

from shelfaudit.detection.inspection import Inspection, inspect_model, read_labels
from shelfaudit.detection.library import SUFFIX, InstalledModel, ModelLibrary, name_from
from shelfaudit.detection.model_file import (
    ASSUMED_RANGE,
    Interface,
    ModelInfo,
    describe_model,
    parse_model_info,
)
from shelfaudit.errors import ModelError
from shelfaudit.tflite.associated_files import detach_files
from shelfaudit.tflite.content import MOST_BYTES, read_model_bytes, split_model
from shelfaudit.usecases.download import download, file_in_url, is_url, name_in_url
from shelfaudit.usecases.ports import CancelCheck, Progress, never, silent

ASSUMED_THRESHOLD = 0.5
"""Counting threshold of a model for which nobody chose one."""

ASSUMED_NMS_IOU = 0.6

MOST_LABEL_BYTES = 1 << 20


@dataclass(frozen=True)
class ModelWishes:
    """What the person says about a model that its file does not, or not rightly; None leaves it to the file.

    name: what to call it. labels: a text file, one name a line. threshold: counting threshold in (0, 1).
    input_range: what black and white are for the input.
    """

    name: str | None = None
    labels: Path | None = None
    threshold: float | None = None
    input_range: tuple[float, float] | None = None


@dataclass(frozen=True)
class AddedModel:
    """An installed model, and what its user should know about it, in plain words."""

    model: InstalledModel
    sha256: str
    remarks: list[str] = field(default_factory=list)


def add_model(
    library: ModelLibrary,
    source: str,
    *,
    sha256: str | None = None,
    wishes: ModelWishes | None = None,
    progress: Progress = silent,
    cancelled: CancelCheck = never,
) -> AddedModel:
    """Install a model from a file or an address.

    Args:
        source: a path, or an address of http, https or file.
        sha256: what the file must have, in hexadecimal; None: anything.
        progress: told bytes of a download.

    Raises:
        ModelError: it is no detector shelfaudit can run (said in plain words), its hash is another one, or its name is
            taken.
        OutputError: it cannot be written.
        DownloadError: it cannot be fetched.
        Cancelled: `cancelled` became true; what has come so far is kept for the next attempt.
    """
    wishes = wishes or ModelWishes()
    content, shown, stem = _fetched(library, source, progress, cancelled)
    digest = hashlib.sha256(content).hexdigest()
    if sha256 is not None and digest != sha256.strip().lower():
        raise ModelError(
            f"The file's SHA-256 is {digest}, not the one that was given: it is damaged, or another file.",
            advice="Get it again from where the hash is from.",
            file=shown,
        )
    inspection = _inspected(content, shown)
    if inspection.described:
        return _add_described(library, content, digest, shown, wishes)
    name = name_from(wishes.name or stem)
    metadata, remarks = _described(content, name, inspection, wishes)
    described = describe_model(detach_files(content)[0], metadata)
    return AddedModel(library.install(described, name), digest, remarks)


def limits_in_words(info: ModelInfo) -> list[str]:
    """What keeps a model from counting whole shelves, in plain words."""
    limits = []
    if info.most_boxes is not None:
        limits.append(
            f"It gives at most {info.most_boxes} boxes for one photo: a shelf with more facings is counted too low."
        )
    if not info.threshold_known:
        limits.append(
            f"From which score on a box counts was not measured: {info.counting_threshold:.2f} is taken "
            "(--threshold sets it)."
        )
    if len(info.labels) > 1:
        limits.append(f"It tells {len(info.labels)} kinds of things apart, and each box counts as a facing.")
    return limits


def _fetched(
    library: ModelLibrary, source: str, progress: Progress, cancelled: CancelCheck
) -> tuple[bytes, Path | None, str]:
    """The file's content, its path where it has one, and its name without the suffix."""
    file: Path | None = Path(source)
    if is_url(source):
        file = file_in_url(source)
    if file is not None:
        return read_model_bytes(file), file, file.stem
    fetched = download(
        source, library.folder / "downloads", most_bytes=MOST_BYTES, progress=progress, cancelled=cancelled
    )
    try:
        content = read_model_bytes(fetched)
    finally:
        # A file with the wrong hash, or one that is no model, must not be gone on from.
        fetched.unlink(missing_ok=True)
    return content, None, name_in_url(source).removesuffix(SUFFIX)


def _inspected(content: bytes, shown: Path | None) -> Inspection:
    """What running the model shows; the very bytes that were hashed are run."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        file = Path(folder) / f"model{SUFFIX}"
        try:
            file.write_bytes(content)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise ModelError(f"There is no room to check the model ({reason}).", advice="Make room.") from error
        try:
            return inspect_model(file)
        except ModelError as error:
            raise ModelError(error.what, advice=error.advice, file=shown) from error


def _add_described(
    library: ModelLibrary, content: bytes, digest: str, shown: Path | None, wishes: ModelWishes
) -> AddedModel:
    """Install a file that carries our own metadata: as it is, but for what the person wishes otherwise."""
    file = shown or Path("model.tflite")
    info = parse_model_info(content, file)
    changes: dict[str, object] = {}
    if wishes.name is not None:
        changes["name"] = name_from(wishes.name)
    if wishes.labels is not None:
        changes["labels"] = list(_wished_labels(wishes.labels, len(info.labels)))
    if wishes.threshold is not None:
        changes |= {"counting_threshold": wishes.threshold, "threshold_known": True}
    if wishes.input_range is not None:
        changes["input_range"] = list(wishes.input_range)
    if changes:
        weights, metadata = split_model(content, file)
        content = describe_model(weights, {**metadata, **changes})
        info = parse_model_info(content, file)
    model = library.install(content, name_from(info.name))
    return AddedModel(model, digest, limits_in_words(info))


def _described(
    content: bytes, name: str, inspection: Inspection, wishes: ModelWishes
) -> tuple[dict[str, object], list[str]]:
    """The metadata of a model of others, and what is to be said about it."""
    labels, remarks = _labels(inspection, wishes)
    input_range = wishes.input_range or inspection.input_range
    if inspection.interface is Interface.POSTPROCESSED and inspection.input_type == "float32" and input_range is None:
        remarks.append("It is taken to see black as -1 and white as 1 (--input-range sets it).")
    if not inspection.feature_depth:
        remarks.append("It does not describe what it finds: products are told apart by colour and shape alone.")
    threshold = wishes.threshold if wishes.threshold is not None else ASSUMED_THRESHOLD
    metadata: dict[str, object] = {
        "name": name,
        "version": hashlib.sha256(content).hexdigest()[:8],
        "created": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "input_size": inspection.input_size,
        "labels": list(labels),
        "counting_threshold": threshold,
        "threshold_known": wishes.threshold is not None,
        "nms_iou": ASSUMED_NMS_IOU,
        "scores": {},
        "interface": inspection.interface,
        "most_boxes": inspection.most_boxes,
        "input_range": list(input_range or ASSUMED_RANGE),
        "outputs": list(inspection.outputs),
    }
    info = parse_model_info(describe_model(detach_files(content)[0], metadata), Path(f"{name}{SUFFIX}"))
    return metadata, [*limits_in_words(info), *remarks]


def _labels(inspection: Inspection, wishes: ModelWishes) -> tuple[tuple[str, ...], list[str]]:
    """The labels of a model, and a remark where they are numbers only."""
    if wishes.labels is not None:
        return _wished_labels(wishes.labels, inspection.label_count), []
    count = inspection.label_count
    if inspection.labels and count in {None, len(inspection.labels)}:
        return inspection.labels, []
    if count == 1:
        return ("product",), []
    if count is None:
        raise ModelError("The file does not say which labels it knows.", advice="Name them with --labels FILE.")
    numbered = tuple(f"label {number}" for number in range(1, count + 1))
    return numbered, ["The file does not name its labels; they get numbers (--labels FILE names them)."]


def _wished_labels(file: Path, count: int | None) -> tuple[str, ...]:
    try:
        with file.open("rb") as stream:
            data = stream.read(MOST_LABEL_BYTES + 1)
        if len(data) > MOST_LABEL_BYTES:
            raise ModelError("This is no list of labels: it is too large.", file=file)
        labels = read_labels(data)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ModelError(f"The labels cannot be read ({reason}).", advice="Name another file.", file=file) from error
    except ValueError as error:
        raise ModelError("The labels are not UTF-8 text.", advice="Save the file as UTF-8.", file=file) from error
    if not labels:
        raise ModelError("There is no label in the file.", advice="Write one name on each line.", file=file)
    if count is not None and len(labels) != count:
        raise ModelError(
            f"The model tells {count} labels apart, the file names {len(labels)}.",
            advice="Write one name on each line, in the model's order, without the background.",
            file=file,
        )
    return labels
