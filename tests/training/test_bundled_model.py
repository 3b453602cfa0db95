"""The detector that ships is as good on labelled photos as its metadata says."""

from __future__ import annotations

from pathlib import Path

import pytest

from shelfaudit import paths
from shelfaudit.detection.model_file import read_model_info

pytest.importorskip("keras", reason="needs the extra `train`")
pytest.importorskip("pycocotools", reason="needs the extra `train`")

LABELS = Path(__file__).parents[3] / "shared" / "data" / "shelves" / "validation.json"
"""The team's labelled photos, beside the checkout."""

TOLERANCE = 0.01
"""Scores move a little with the processor and the version of the runtime."""

pytestmark = [
    pytest.mark.training,
    pytest.mark.shared_data,
    pytest.mark.skipif(not LABELS.is_file(), reason="needs the labelled photos beside the checkout"),
]


def test_the_scores_in_the_metadata_are_those_measured() -> None:
    from shelfaudit.datasets.coco import load_coco
    from shelfaudit.detection.tflite import TfliteNetwork
    from shelfaudit.evaluation.evaluate import evaluate

    info = read_model_info(paths.default_model_file())
    measured = evaluate(TfliteNetwork(info.file, 2), info, load_coco(LABELS).photos)
    scores = {**measured.scores(), "count_error": measured.count_error(info.counting_threshold)}
    assert scores == pytest.approx({name: info.scores[name] for name in scores}, abs=TOLERANCE)
    assert scores["AP50"] >= 0.9
    assert scores["count_error"] <= 0.07
