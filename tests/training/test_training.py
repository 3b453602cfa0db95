"""The whole way: a tiny network learns boxes on generated shelves, survives an interruption, and ships as TFLite."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
import pytest

pytest.importorskip("keras", reason="needs the extra `train`")
pytest.importorskip("tensorflow", reason="needs the extra `train`")
pytestmark = [pytest.mark.training, pytest.mark.filterwarnings("default"), pytest.mark.timeout(900)]

from shelfaudit.detection.tflite import TfliteNetwork  # noqa: E402
from shelfaudit.errors import UserError  # noqa: E402
from shelfaudit.training.augment import Variation  # noqa: E402
from shelfaudit.training.checkpoint import Progress, load_average, load_labels, read_arrays  # noqa: E402
from shelfaudit.training.config import DataSource, EarlyStopping, SampleShelves  # noqa: E402
from shelfaudit.training.convert import Precision, inference_network, to_tflite  # noqa: E402
from shelfaudit.training.features import SOURCE_GROUPS, Projection  # noqa: E402
from shelfaudit.training.run_folder import RunFolder  # noqa: E402
from shelfaudit.training.train import Run  # noqa: E402
from tests.training.makers import TINY, tiny_config, write_dataset  # noqa: E402


@pytest.mark.timeout(1800)  # half a minute on two idle cores
def test_a_fresh_network_learns_to_find_packs_and_ships(tmp_path: Path) -> None:
    shelves = SampleShelves(photos=24, width=480, height=360, difficulty=0.0, folder=tmp_path / "shelves")
    config = tiny_config(
        tmp_path,
        data=(DataSource(samples=shelves),),
        validation=None,
        validation_share=0.2,
        steps=300,
        batch_size=8,
        input_size=160,
        evaluation_size=768,
        learning_rate=6e-3,
        warmup_steps=20,
        variation=Variation(side_range=(40, 60), rotation_degrees=0, stretch=1.05),
        network=dataclasses.replace(TINY, pyramid_channels=32),
    )
    run = Run(config)
    untrained = run.evaluate()
    result = run.train()
    assert result.finished
    assert result.scores is not None
    assert untrained["AP50"] < 0.05
    assert result.scores["AP50"] > 0.3
    assert result.scores["loss"] < untrained["loss"]

    raw = len(SOURCE_GROUPS) * 48
    projection = Projection(np.eye(raw, 8, dtype=np.float32), np.ones(8, dtype=np.float32))
    shipped = inference_network(run.average.values, 256, projection, size=config.network)
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


def arrays_of(file: Path) -> dict[str, np.ndarray[tuple[int, ...], np.dtype[np.float32]]]:
    """A checkpoint without what the clock says."""
    return {name: value for name, value in read_arrays(file).items() if name not in {"seconds", "progress"}}


def without_time(history: list[dict[str, object]]) -> list[dict[str, object]]:
    return [{name: value for name, value in entry.items() if name != "minutes"} for entry in history]


def stop_after(steps: int) -> Callable[[], bool]:
    """A cancel check that stops a run after so many steps."""
    asked = 0

    def cancelled() -> bool:
        nonlocal asked
        asked += 1
        return asked > steps

    return cancelled


@pytest.mark.parametrize("kind", ["fpn", "ssd"])
def test_a_run_that_was_interrupted_ends_as_one_that_was_not(tmp_path: Path, kind: Literal["fpn", "ssd"]) -> None:
    whole = tiny_config(
        tmp_path,
        run_dir=tmp_path / "whole",
        network=dataclasses.replace(TINY, kind=kind),
        optimizer="adamw" if kind == "fpn" else "momentum",
        evaluations=2,
        log_steps=4,
    )
    Run(whole).train()
    parts = dataclasses.replace(whole, run_dir=tmp_path / "parts")
    first = Run(parts).train(cancelled=stop_after(3))
    assert (first.finished, first.progress.step) == (False, 3)
    assert not RunFolder(parts.run_dir).finished
    second = Run(parts)
    assert second.progress == first.progress
    assert second.train().finished

    assert RunFolder(parts.run_dir).finished
    assert without_time(RunFolder(parts.run_dir).history()) == without_time(RunFolder(whole.run_dir).history())
    expected = arrays_of(RunFolder(whole.run_dir).last)
    for name, value in arrays_of(RunFolder(parts.run_dir).last).items():
        np.testing.assert_array_equal(value, expected[name], err_msg=name)


def test_history_after_the_checkpoint_is_made_again(tmp_path: Path) -> None:
    config = tiny_config(tmp_path, validation=None, log_steps=1)
    Run(config).train(cancelled=stop_after(2))
    folder = RunFolder(config.run_dir)
    folder.record({"step": 3, "loss": 99.0, "learning_rate": 1.0})  # written by a run that was killed later
    with folder.metrics.open("a", encoding="utf-8") as file:
        file.write('{"step": 4, "lo')
    Run(config).train()
    assert [entry["step"] for entry in folder.history()] == [1, 2, 3, 4, 5, 6]
    assert 99.0 not in [entry["loss"] for entry in folder.history()]


def test_a_run_folder_says_what_was_done(tmp_path: Path) -> None:
    config = tiny_config(tmp_path, log_steps=2)
    Run(config).train()
    folder = RunFolder(config.run_dir)
    assert folder.config() == config
    data = json.loads((folder.folder / "data.json").read_text(encoding="utf-8"))
    assert data["training"][0]["photos"] == 6
    assert len(data["label_files"]) == 2
    versions = json.loads((folder.folder / "versions.json").read_text(encoding="utf-8"))
    assert versions["backend"] in {"tensorflow", "jax", "torch"}
    assert "numpy" in versions["libraries"]
    plot = cv2.imdecode(np.fromfile(folder.plot, np.uint8), cv2.IMREAD_COLOR)
    assert plot is not None
    assert plot.shape[0] > 300
    for file in (folder.last, folder.best):
        weights, progress = load_average(file)
        assert (progress.step, progress.evaluated_step) == (6, 6)
        assert np.isfinite(np.concatenate([value.ravel() for value in weights.values()])).all()
    assert json.loads(folder.finished_mark.read_text(encoding="utf-8"))["step"] == 6


def test_a_finished_run_is_not_trained_again(tmp_path: Path) -> None:
    config = tiny_config(tmp_path, steps=2, validation=None)
    Run(config).train()
    again = Run(config).train()
    assert (again.finished, again.progress.step) == (True, 2)
    longer = Run(dataclasses.replace(config, steps=3)).train()
    assert longer.progress.step == 3


def test_a_folder_of_another_configuration_is_not_mixed_up(tmp_path: Path) -> None:
    config = tiny_config(tmp_path, steps=1, validation=None)
    Run(config).train()
    with pytest.raises(UserError, match="batch_size"):
        Run(dataclasses.replace(config, batch_size=3))


def test_a_run_that_learns_nothing_more_stops_early(tmp_path: Path) -> None:
    stopping = EarlyStopping(metric="count_error", patience=2, least_gain=2.0)  # no count error can fall by 2
    result = Run(tiny_config(tmp_path, steps=6, evaluations=6, early_stopping=stopping)).train()
    assert (result.stopped_early, result.finished) == (True, True)
    assert result.progress.step == 3  # the first evaluation is the best, two more are stale


def test_labels_are_told_apart(tmp_path: Path) -> None:
    sources = tuple(
        DataSource(file=write_dataset(tmp_path, 6, seed=seed, by_colour=True), sampling="whole") for seed in (3, 4)
    )
    config = tiny_config(tmp_path, data=sources, single_class=False, validation=None, validation_share=0.3, steps=2)
    run = Run(config)
    assert run.data.labels == ("box/red", "box/green", "box/blue")
    assert run.network.output["logits"].shape[-1] == 3
    assert run.train().scores is not None
    assert load_labels(run.folder.last) == run.data.labels


def test_weights_of_another_run_are_taken_over(tmp_path: Path) -> None:
    config = tiny_config(tmp_path, steps=1, validation=None)
    first = Run(config)
    first.train()
    taken = first.average.values
    labels = (DataSource(file=write_dataset(tmp_path, 2, seed=5, by_colour=True)),)
    transfer = dataclasses.replace(config, start_weights=first.folder.last, run_dir=tmp_path / "other")
    for number, changed in enumerate(
        (
            dataclasses.replace(transfer, data=labels, single_class=False),
            dataclasses.replace(transfer, network=dataclasses.replace(TINY, kind="ssd")),
        )
    ):
        other = dataclasses.replace(changed, run_dir=tmp_path / f"other {number}")
        weights = {variable.path: np.asarray(variable) for variable in Run(other).network.weights}
        np.testing.assert_array_equal(weights["Conv1/kernel"], taken["Conv1/kernel"])
        shared = [name for name in weights if name in taken and taken[name].shape == weights[name].shape]
        assert len(shared) >= 30
        for name in shared:
            np.testing.assert_array_equal(weights[name], taken[name])


def test_weights_that_fit_nowhere_are_refused(tmp_path: Path) -> None:
    config = tiny_config(tmp_path, steps=1, validation=None)
    Run(config).train()
    wider = dataclasses.replace(
        config,
        network=dataclasses.replace(TINY, width=0.5),
        run_dir=tmp_path / "wider",
        start_weights=RunFolder(config.run_dir).last,
    )
    # Some early layers have the same width all the same; the file with nothing of ours has none.
    Run(wider)
    foreign = tmp_path / "foreign.npz"
    np.savez(foreign, kernel=np.zeros(3))
    for file in (foreign, write_dataset(tmp_path, 1, seed=9), tmp_path / "missing.npz"):
        with pytest.raises(UserError) as caught:
            Run(dataclasses.replace(config, run_dir=tmp_path / "never", start_weights=file))
        assert caught.value.file == file


def test_progress_of_a_new_run_is_none(tmp_path: Path) -> None:
    assert Run(tiny_config(tmp_path, validation=None)).progress == Progress()
