from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from shelfaudit.detection.model_file import read_model_info
from shelfaudit.detection.tflite import TfliteNetwork
from shelfaudit.domain.geometry import FloatArray
from shelfaudit.errors import Cancelled
from shelfaudit.evaluation.latency import Latency, PhotoSeconds, Spread
from shelfaudit.evaluation.speed import FRAME_SIZE, WARM_UP, BenchedModel, TimedNetwork, live_frame, measure
from tests.evaluation.makers import draw_shelf
from tests.fixtures import TINY_MODEL


def tiny() -> BenchedModel:
    info = read_model_info(TINY_MODEL)
    return BenchedModel(TfliteNetwork(TINY_MODEL, 1), info)


def test_times_add_up_and_models_take_turns(tmp_path: Path) -> None:
    photos = [tmp_path / "a.jpg", tmp_path / "b.jpg"]
    for photo in photos:
        draw_shelf(photo)
    models = [tiny(), tiny()]
    steps: list[int] = []
    speeds = measure(models, photos, rounds=3, live=False, progress=lambda done, _total: steps.append(done))
    assert steps[-1] == (3 + WARM_UP) * 2
    for speed in speeds:
        assert (speed.photos, speed.inputs, speed.boxes) == (6, 1, 5)
        assert speed.frames_per_second is None
        assert 0 < speed.network.median <= speed.detect.median <= speed.total.median
        assert speed.total.median <= speed.total.p90
        document = speed.to_json()
        assert document["runs"] == 6
        assert document["model"] == {"name": "tiny", "version": "1", "sha256": speed.model.sha256}


def test_small_models_are_timed_for_the_live_view_too(tmp_path: Path) -> None:
    draw_shelf(tmp_path / "a.jpg")
    (speed,) = measure([tiny()], [tmp_path / "a.jpg"], rounds=1)
    assert speed.frames_per_second is not None
    assert speed.frames_per_second > 0


def test_stopping(tmp_path: Path) -> None:
    draw_shelf(tmp_path / "a.jpg")
    with pytest.raises(Cancelled):
        measure([tiny()], [tmp_path / "a.jpg"], rounds=1, cancelled=lambda: True)


@pytest.mark.parametrize("shape", [(3000, 4000, 3), (4000, 3000, 3), (700, 900, 3), (720, 1280, 3)])
def test_a_live_frame_is_filled(shape: tuple[int, int, int]) -> None:
    frame = live_frame(np.full(shape, 200, dtype=np.uint8))
    assert frame.shape == (FRAME_SIZE[1], FRAME_SIZE[0], 3)
    assert frame.min() == 200


class Nothing:
    """A network that does nothing."""

    input_size, label_count, feature_depth = 64, 1, 2

    def run(self, image: NDArray[np.float32]) -> Mapping[str, FloatArray]:
        return {"scores": image}


def test_a_timed_network_answers_as_the_network() -> None:
    timed = TimedNetwork(Nothing())
    image = np.zeros((1, 64, 64, 3), dtype=np.float32)
    assert timed.run(image)["scores"] is image
    assert (timed.runs, timed.input_size, timed.label_count, timed.feature_depth) == (1, 64, 1, 2)
    assert timed.seconds > 0
    timed.restart()
    assert (timed.runs, timed.seconds) == (0, 0)


def test_medians_and_percentiles_are_in_milliseconds() -> None:
    spread = Spread.of([0.001 * number for number in range(1, 12)])
    assert [spread.median, spread.p90] == pytest.approx([6, 10])
    latency = Latency.of([PhotoSeconds(0.01, 0.1), PhotoSeconds(0.03, 0.2), PhotoSeconds(0.02, 0.3)])
    assert (latency.decode.median, latency.detect.median, latency.total.median) == pytest.approx((20, 200, 230))
    assert latency.to_json()["unit"] == "ms"
