"""The whole way: a tiny network learns boxes on generated shelves, survives an interruption, and ships as TFLite."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("keras", reason="needs the extra `train`")
pytest.importorskip("tensorflow", reason="needs the extra `train`")
pytestmark = [pytest.mark.training, pytest.mark.filterwarnings("default")]

from shelfaudit.datasets.coco import load_coco  # noqa: E402
from shelfaudit.detection.tflite import TfliteNetwork  # noqa: E402
from shelfaudit.errors import UserError  # noqa: E402
from shelfaudit.training.augment import Variation  # noqa: E402
from shelfaudit.training.batches import SampleSource, prefetch  # noqa: E402
from shelfaudit.training.checkpoint import Progress  # noqa: E402
from shelfaudit.training.convert import Precision, inference_network, to_tflite  # noqa: E402
from shelfaudit.training.features import SOURCE_GROUPS, Projection  # noqa: E402
from shelfaudit.training.network import NetworkSize  # noqa: E402
from shelfaudit.training.train import METRICS, Run, TrainingConfig, learning_rate, read_config  # noqa: E402
from tests.training.makers import write_dataset  # noqa: E402

SIZE = NetworkSize(width=0.25, pyramid_channels=24, repeats=1)


@pytest.fixture
def config(tmp_path: Path) -> TrainingConfig:
    return TrainingConfig(
        name="tiny",
        run_dir=tmp_path / "run",
        shelves=write_dataset(tmp_path, 6, seed=1),
        closeups=None,
        backbone=None,
        minutes=30,
        steps=300,
        validation=write_dataset(tmp_path, 3, seed=2),
        input_size=160,
        evaluation_size=256,
        batch_size=4,
        learning_rate=4e-3,
        backbone_rate=1.0,
        warmup_steps=10,
        average_decay=0.97,
        variation=Variation(side_range=(40, 60)),
        network=SIZE,
    )


def validation_scores(config: TrainingConfig) -> list[dict[str, float]]:
    lines = (config.run_dir / METRICS).read_text(encoding="utf-8").splitlines()
    return [entry["validation"] for entry in map(json.loads, lines) if "validation" in entry]


def test_a_tiny_network_learns_and_ships(config: TrainingConfig, tmp_path: Path) -> None:
    run = Run(config)
    run.evaluate()
    run.train()
    untrained, trained = validation_scores(config)
    assert untrained["AP50"] < 0.1
    assert trained["AP50"] > 0.6

    raw = len(SOURCE_GROUPS) * 48
    projection = Projection(np.eye(raw, 8, dtype=np.float32), np.ones(8, dtype=np.float32))
    shipped = inference_network(run.average.values, config.evaluation_size, projection, size=SIZE)
    image = np.random.default_rng(0).uniform(0, 255, (1, 256, 256, 3)).astype(np.float32)
    expected = {name: np.asarray(value)[0] for name, value in shipped(image).items()}
    for precision, tolerance in ((Precision.FLOAT32, 1e-3), (Precision.FLOAT16, 0.02)):
        file = tmp_path / "tiny.tflite"
        file.write_bytes(to_tflite(shipped, precision))
        outputs = TfliteNetwork(file, 1).run(image)
        assert set(outputs) == {"scores", "boxes", "features"}
        np.testing.assert_allclose(outputs["scores"], expected["scores"], atol=tolerance)
        np.testing.assert_allclose(outputs["boxes"], expected["boxes"], atol=256 * tolerance)
        np.testing.assert_allclose(outputs["features"], expected["features"], atol=tolerance * 10)
    assert np.ptp(expected["scores"]) > 0, "a network that lost its weights answers the same everywhere"


def test_batches_depend_on_their_step_alone(config: TrainingConfig) -> None:
    source = SampleSource(load_coco(config.shelves).photos, [], config.input_size)
    with prefetch(source, 2, seed=1, threads=3, ahead=4) as batches:
        whole = [next(batches) for _ in range(5)]
    with prefetch(source, 2, seed=1, first_step=3, threads=1, ahead=1) as batches:
        rest = [next(batches) for _ in range(2)]
    for mine, theirs in zip(rest, whole[3:], strict=True):
        np.testing.assert_array_equal(mine[0], theirs[0])
        np.testing.assert_array_equal(mine[1], theirs[1])
    assert not np.array_equal(whole[0][0], whole[1][0])


def test_an_error_of_a_thread_reaches_the_run(config: TrainingConfig) -> None:
    photo = load_coco(config.shelves).photos[0]
    photo.file.unlink()
    with prefetch(SampleSource([photo], [], 160), 1, seed=1) as batches, pytest.raises(UserError):
        next(batches)


def test_a_run_goes_on_where_it_stopped(config: TrainingConfig) -> None:
    short = dataclasses.replace(config, steps=3, validation=None)
    first = Run(short)
    first.train()
    again = Run(short)
    assert again.progress == first.progress
    assert again.progress.step == 3
    for mine, theirs in zip(again.network.get_weights(), first.network.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)
    assert again.average.updates == first.average.updates
    for name, values in first.average.values.items():
        np.testing.assert_array_equal(again.average.values[name], values)
    for mine, theirs in zip(again.optimizer.variables, first.optimizer.variables, strict=True):
        np.testing.assert_array_equal(np.asarray(mine), np.asarray(theirs))


def test_progress_is_what_a_checkpoint_says(config: TrainingConfig) -> None:
    assert Run(config).progress == Progress(0, 0.0)


def test_rate_warms_up_and_falls(config: TrainingConfig) -> None:
    peak = config.learning_rate
    assert learning_rate(config, 0, 0.0) == pytest.approx(peak / config.warmup_steps)
    assert learning_rate(config, 1000, 0.0) == pytest.approx(peak)
    assert learning_rate(config, 1000, 0.5) == pytest.approx(peak * (1 + config.final_rate) / 2)
    assert learning_rate(config, 1000, 1.0) == pytest.approx(peak * config.final_rate)


def test_the_shipped_configuration_can_be_read() -> None:
    file = Path("shelfaudit/training/configs/shelf-photo.toml")
    assert read_config(Path(__file__).parents[2] / file).input_size % 32 == 0


@pytest.mark.parametrize("text", ["no toml", "minutes = 3", 'name = "x"\nrate = 1'])
def test_a_wrong_configuration_names_its_file(tmp_path: Path, text: str) -> None:
    file = tmp_path / "run.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(UserError) as caught:
        read_config(file)
    assert caught.value.file == file
