"""A run's checkpoint becomes a model file that the laptop's own code accepts."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("keras", reason="needs the extra `train`")
pytest.importorskip("tensorflow", reason="needs the extra `train`")
pytestmark = [pytest.mark.training, pytest.mark.filterwarnings("default")]

from shelfaudit.datasets.coco import load_coco  # noqa: E402
from shelfaudit.detection.detector import Detector  # noqa: E402
from shelfaudit.detection.model_file import read_model_info  # noqa: E402
from shelfaudit.detection.tflite import TfliteNetwork  # noqa: E402
from shelfaudit.errors import UserError  # noqa: E402
from shelfaudit.evaluation.evaluate import evaluate  # noqa: E402
from shelfaudit.training.config import DataSource, ExportConfig, TrainingConfig  # noqa: E402
from shelfaudit.training.convert import inference_network  # noqa: E402
from shelfaudit.training.export import check_parity, export  # noqa: E402
from shelfaudit.training.keras_network import KerasNetwork  # noqa: E402
from shelfaudit.training.train import Run  # noqa: E402
from tests.training.makers import tiny_config, write_dataset  # noqa: E402


@pytest.fixture
def config(tmp_path: Path) -> TrainingConfig:
    return tiny_config(
        tmp_path,
        data=(DataSource(file=write_dataset(tmp_path, 2, seed=1)),),
        validation=write_dataset(tmp_path, 2, seed=2),
        export=ExportConfig(version="1", nms_iou=0.5, target_side=40.0),
    )


def test_the_exported_files_belong_together(config: TrainingConfig, tmp_path: Path) -> None:
    Run(config).save()
    models = tmp_path / "models"
    metadata = export(config, models)
    info = read_model_info(models / "tiny.tflite")
    assert (info.name, info.version, info.input_size, info.target_side) == ("tiny", "1", 256, 40.0)
    assert {"AP", "AP50", "AP75", "AR300", "count_error", "same_product"} <= info.scores.keys()
    # Even an untrained network keeps the colours by which these products differ.
    assert float(info.scores["same_product"]) > 0.9
    assert sorted(file.name for file in models.iterdir()) == ["tiny.json", "tiny.md", "tiny.tflite"]
    text = (models / "tiny.json").read_text(encoding="utf-8")
    assert json.loads(text) == json.loads(json.dumps(metadata))
    assert str(tmp_path) not in text
    card = (models / "tiny.md").read_text(encoding="utf-8")
    assert f"{float(info.scores['same_product']):.1%}" in card
    assert "non-commercial" in card

    photos = load_coco(config.label_files[0]).photos
    network = TfliteNetwork(models / "tiny.tflite", 1)
    assert len(evaluate(network, info, photos).predictions) == len(photos)
    described = Detector(network, info).describe(photos[0].read(), photos[0].boxes)
    np.testing.assert_allclose(np.linalg.norm(described, axis=1), 1, rtol=1e-5)


def test_a_model_that_answers_differently_is_not_shipped(config: TrainingConfig) -> None:
    run = Run(config)
    photo = load_coco(config.label_files[0]).photos[0]
    same = KerasNetwork(inference_network(run.average.values, 256, size=config.network))
    assert (same.input_size, same.label_count, same.feature_depth) == (256, 1, 96)
    check_parity(same, same, photo)
    run.average.values["scores_out/bias"] += 3
    other = KerasNetwork(inference_network(run.average.values, 256, size=config.network))
    with pytest.raises(ValueError, match="differs"):
        check_parity(same, other, photo, least_score=0.001)


def test_without_a_checkpoint_there_is_nothing_to_export(config: TrainingConfig, tmp_path: Path) -> None:
    with pytest.raises(UserError) as caught:
        export(config, tmp_path / "models")
    assert caught.value.file == config.run_dir / "last.npz"
    assert not (tmp_path / "models").exists()
