"""How fast models are on this machine, through the whole path: from a photo's bytes to its boxes.

The machine is never quite idle, so models take turns: what slows one down slows the others down too, and the ratios
hold where the milliseconds do not.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from shelfaudit.detection.detector import Detector
from shelfaudit.detection.model_file import ModelInfo
from shelfaudit.detection.preprocess import PixelArray, resize
from shelfaudit.detection.tflite import Network
from shelfaudit.domain.geometry import FloatArray
from shelfaudit.errors import Cancelled
from shelfaudit.evaluation.latency import Spread
from shelfaudit.photos.detection_input import in_photo_pixels, read_for_detection, usable_detections
from shelfaudit.photos.encode import encode_jpeg
from shelfaudit.samples import render_photo

SAMPLE_SIZE = (4000, 3000)
"""Width and height of the sample photo: 12 megapixels, as phones take them."""

SAMPLE_SEED = 3
FRAME_SIZE = (1280, 720)
"""Width and height of a frame of the live view."""

WARM_UP = 2
LIVE_INPUT = 416
"""Models with an input up to this size are meant for the live view too."""


class TimedNetwork:
    """A network that notes how often it ran and how long."""

    def __init__(self, network: Network) -> None:
        self._network = network
        self.runs = 0
        self.seconds = 0.0

    @property
    def input_size(self) -> int:
        """Side of the square input in pixels."""
        return self._network.input_size

    @property
    def label_count(self) -> int:
        """Number of labels."""
        return self._network.label_count

    @property
    def feature_depth(self) -> int:
        """Length of a feature."""
        return self._network.feature_depth

    def run(self, image: NDArray[np.float32]) -> Mapping[str, FloatArray]:
        """See `Network.run`."""
        started = time.perf_counter()
        outputs = self._network.run(image)
        self.seconds += time.perf_counter() - started
        self.runs += 1
        return outputs

    def restart(self) -> None:
        """Begin to count anew."""
        self.runs, self.seconds = 0, 0.0


class BenchedModel:
    """A detector whose network is timed."""

    def __init__(self, network: Network, info: ModelInfo) -> None:
        self.info = info
        self.network = TimedNetwork(network)
        self.detector = Detector(self.network, info)


@dataclass
class _Times:
    """Seconds of each photo, and what was found in it."""

    decode: list[float] = field(default_factory=list)
    network: list[float] = field(default_factory=list)
    around: list[float] = field(default_factory=list)
    inputs: list[int] = field(default_factory=list)
    boxes: list[int] = field(default_factory=list)
    frames: list[float] = field(default_factory=list)


@dataclass(frozen=True)
class ModelSpeed:
    """What one model took, in milliseconds a photo.

    decode: from bytes to pixels. network: the network alone, all inputs of a photo together. around: the rest of the
    detection (resizing, tiles, suppression, features). detect: both together. total: decode and detect.
    inputs, boxes: of a photo, on average. frames_per_second: of the live view; None where it was not measured.
    """

    model: ModelInfo
    photos: int
    decode: Spread
    network: Spread
    around: Spread
    detect: Spread
    total: Spread
    inputs: float
    boxes: float
    frames_per_second: float | None

    def to_json(self) -> dict[str, object]:
        return {
            "model": {"name": self.model.name, "version": self.model.version, "sha256": self.model.sha256},
            "input_size": self.model.input_size,
            "runs": self.photos,
            "decode": self.decode.to_json(),
            "network": self.network.to_json(),
            "around": self.around.to_json(),
            "detect": self.detect.to_json(),
            "total": self.total.to_json(),
            "inputs": round(self.inputs, 2),
            "boxes": round(self.boxes, 1),
            "frames_per_second": None if self.frames_per_second is None else round(self.frames_per_second, 1),
        }


def sample_photo() -> bytes:
    """A JPEG of 12 megapixels of a shelf; the same on every call (drawing it takes some seconds)."""
    return encode_jpeg(render_photo(SAMPLE_SEED, *SAMPLE_SIZE).pixels, quality=92)


def live_frame(pixels: PixelArray) -> PixelArray:
    """A frame (720, 1280, 3) of the live view, cut from the middle of a photo that is scaled to fill it."""
    width, height = FRAME_SIZE
    scaled = resize(pixels, max(width / pixels.shape[1], height / pixels.shape[0]) * (1 + 1e-6))
    top, left = (scaled.shape[0] - height) // 2, (scaled.shape[1] - width) // 2
    return np.ascontiguousarray(scaled[top : top + height, left : left + width])


def measure(
    models: Sequence[BenchedModel],
    photos: Sequence[Path],
    *,
    rounds: int,
    live: bool | None = None,
    progress: Callable[[int, int], None] = lambda _done, _total: None,
    cancelled: Callable[[], bool] = lambda: False,
) -> list[ModelSpeed]:
    """Time the models over the photos, `rounds` times each, after a warm-up; the models take turns photo by photo.

    live: whether frames of the live view are timed as well; None: for models with an input up to `LIVE_INPUT`.

    Raises:
        PhotoError: a photo cannot be read.
        Cancelled: `cancelled` said so.
    """
    times = [_Times() for _ in models]
    frame = live_frame(read_for_detection(photos[0]).pixels)
    total = (rounds + WARM_UP) * len(photos)
    for step in range(total):
        progress(step, total)
        if cancelled():
            raise Cancelled
        warm = step >= WARM_UP * len(photos)
        # Another model begins each time: the first after a pause finds the caches cold.
        for turn in range(len(models)):
            index = (step + turn) % len(models)
            model = models[index]
            _time_photo(model, photos[step % len(photos)], times[index] if warm else _Times())
            if live or (live is None and model.info.input_size <= LIVE_INPUT):
                _time_frame(model, frame, times[index] if warm else _Times())
    progress(total, total)
    return [_speed(model.info, taken) for model, taken in zip(models, times, strict=True)]


def _time_photo(model: BenchedModel, photo: Path, times: _Times) -> None:
    model.network.restart()
    started = time.perf_counter()
    decoded = read_for_detection(photo)
    read = time.perf_counter()
    found = usable_detections(model.detector.detect(decoded.pixels), decoded)
    in_photo_pixels(found.boxes, decoded)
    done = time.perf_counter()
    times.decode.append(read - started)
    times.network.append(model.network.seconds)
    times.around.append(done - read - model.network.seconds)
    times.inputs.append(model.network.runs)
    times.boxes.append(len(found))


def _time_frame(model: BenchedModel, frame: PixelArray, times: _Times) -> None:
    started = time.perf_counter()
    model.detector.detect(frame)
    times.frames.append(time.perf_counter() - started)


def _speed(info: ModelInfo, times: _Times) -> ModelSpeed:
    detect = np.add(times.network, times.around)
    return ModelSpeed(
        model=info,
        photos=len(times.decode),
        decode=Spread.of(times.decode),
        network=Spread.of(times.network),
        around=Spread.of(times.around),
        detect=Spread.of(detect.tolist()),
        total=Spread.of((detect + times.decode).tolist()),
        inputs=float(np.mean(times.inputs)),
        boxes=float(np.mean(times.boxes)),
        frames_per_second=1 / float(np.median(times.frames)) if times.frames else None,
    )
