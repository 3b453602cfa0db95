from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

pytest.importorskip("tensorboard", reason="needs the extra `train`")
pytestmark = [pytest.mark.training, pytest.mark.filterwarnings("default")]

from tensorboard.backend.event_processing.event_accumulator import EventAccumulator  # noqa: E402

from shelfaudit.training.event_log import EventLog  # noqa: E402


def test_tensorboard_reads_what_was_logged(tmp_path: Path) -> None:
    picture = np.zeros((20, 30, 3), dtype=np.uint8)
    picture[..., 0] = 250
    first = EventLog(tmp_path)
    for step in (10, 20, 30):
        first.scalars({"training/loss": 1 / step, "learning_rate": 0.1}, step)
    first.picture("samples", picture, 10)
    first.close()
    # The run was killed after its checkpoint of step 20 and went on from there.
    second = EventLog(tmp_path, first_step=20)
    second.scalars({"training/loss": 0.5}, 30)
    second.close()

    read = EventAccumulator(str(tmp_path))
    read.Reload()
    losses = [(event.step, event.value) for event in read.Scalars("training/loss")]
    assert losses == [(10, pytest.approx(0.1)), (20, pytest.approx(0.05)), (30, 0.5)]
    [image] = read.Images("samples")
    decoded = cv2.imdecode(np.frombuffer(image.encoded_image_string, np.uint8), cv2.IMREAD_COLOR)
    assert decoded is not None
    np.testing.assert_array_equal(decoded[..., ::-1], picture)
