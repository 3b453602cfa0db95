"""A run's checkpoint becomes model files that the laptop's own code accepts."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("keras", reason="needs the extra `train`")
pytest.importorskip("tensorflow", reason="needs the extra `train`")
pytestmark = [pytest.mark.training, pytest.mark.filterwarnings("default")]

from shelfaudit.__main__ import main  # noqa: E402
from shelfaudit.detection.detector import Detector, load_detector  # noqa: E402
from shelfaudit.detection.model_file import ModelInfo, read_metadata, read_model_info  # noqa: E402
from shelfaudit.detection.preprocess import letterbox  # noqa: E402
from shelfaudit.detection.tflite import TfliteNetwork  # noqa: E402
from shelfaudit.errors import UserError  # noqa: E402
from shelfaudit.evaluation.evaluate import evaluate  # noqa: E402
from shelfaudit.tflite.content import split_model  # noqa: E402
from shelfaudit.training.config import read_config  # noqa: E402
from shelfaudit.training.convert import Precision, inference_network, to_tflite  # noqa: E402
from shelfaudit.training.export import ConversionWishes, convert_run  # noqa: E402
from shelfaudit.training.keras_network import KerasNetwork  # noqa: E402
from shelfaudit.training.measuring import check_half_parity, check_parity  # noqa: E402
from shelfaudit.training.quantise import calibration_inputs, float_nodes  # noqa: E402
from shelfaudit.training.train import Run  # noqa: E402
from shelfaudit.training.trained import TrainedRun, load_run  # noqa: E402
from tests.training.makers import write_dataset  # noqa: E402

CONFIG = """
name = "tiny"
run_dir = {run}
validation = {validation}
minutes = 1
input_size = 128
evaluation_size = 128

[[data]]
file = {shelves}

[network]
width = 0.25
pyramid_channels = 16
repeats = 1

[export]
version = "1"
nms_iou = 0.5
target_side = 20.0
terms = "For tests only."
about = "Learned nothing."
"""


@pytest.fixture(scope="module")
def run_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that has saved its first weights, with its configuration beside them."""
    folder = tmp_path_factory.mktemp("data")
    run = folder / "run"
    run.mkdir()
    values = {
        "run": run,
        "shelves": write_dataset(folder, 2, seed=1),
        "validation": write_dataset(folder, 2, seed=2),
    }
    config = run / "config.toml"
    config.write_text(
        CONFIG.format(**{name: json.dumps(path.as_posix()) for name, path in values.items()}), encoding="utf-8"
    )
    Run(read_config(config)).save()
    return run


@pytest.fixture(scope="module")
def run(run_folder: Path) -> TrainedRun:
    return load_run(run_folder)


@pytest.fixture(scope="module")
def models(run: TrainedRun, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with one file of each precision."""
    folder = tmp_path_factory.mktemp("models")
    made = convert_run(run, ConversionWishes(precisions=tuple(Precision), calibration_photos=2), folder)
    assert [entry.info.file.name for entry in made] == [f"tiny-{precision}.tflite" for precision in Precision]
    assert [entry.float32 is not None for entry in made] == [False, False, True]
    assert all(entry.milliseconds > 0 for entry in made)
    return folder


def info_of(models: Path, precision: Precision) -> ModelInfo:
    return read_model_info(models / f"tiny-{precision}.tflite")


@pytest.mark.parametrize("precision", list(Precision))
def test_a_file_says_what_it_is(models: Path, precision: Precision, run_folder: Path) -> None:
    info = info_of(models, precision)
    assert (info.name, info.version, info.input_size, info.target_side) == (f"tiny-{precision}", "1", 128, 20.0)
    assert (info.precision, info.nms_iou, info.labels, info.threshold_known) == (
        precision.value,
        0.5,
        ("product",),
        True,
    )
    assert {"AP", "AP50", "AP75", "AR300", "count_error", "same_product", "dataset"} <= info.scores.keys()
    # Even an untrained network keeps the colours by which these products differ.
    assert float(info.scores["same_product"]) > 0.9
    metadata = read_metadata(info.file)
    text = json.dumps(metadata, ensure_ascii=False)
    assert str(run_folder.parent) not in text
    training = metadata["training"]
    assert isinstance(training, dict)
    assert [len(value) for value in training["data"].values()] == [16, 16]
    card = info.file.with_suffix(".md").read_text(encoding="utf-8")
    assert f"{float(info.scores['same_product']):.1%}" in card
    assert "For tests only." in card
    assert "Learned nothing." in card


def test_less_precision_is_a_smaller_file(models: Path) -> None:
    sizes = [len(split_model(file.read_bytes(), file)[0]) for file in (info_of(models, p).file for p in Precision)]
    # Of so small a network much of the int8 file is not weights.
    assert all(size < 0.7 * sizes[0] for size in sizes[1:])


def test_int8_says_what_float32_scores(models: Path) -> None:
    info = info_of(models, Precision.INT8)
    beside = read_metadata(info.file)["float32"]
    assert isinstance(beside, dict)
    assert {"AP", "AP50", "AP75", "AR300", "count_error", "features_cosine"} <= beside.keys()
    assert beside["features_cosine"] > 0.9, "of few numbers that an untrained network mixes"
    assert "float32, to compare" in info.file.with_suffix(".md").read_text(encoding="utf-8")


@pytest.mark.parametrize("precision", list(Precision))
def test_the_laptop_runs_it(models: Path, precision: Precision, run: TrainedRun) -> None:
    info = info_of(models, precision)
    network = TfliteNetwork(info.file, 1)
    assert len(evaluate(network, info, run.training).predictions) == len(run.training)
    photo = run.training[0]
    described = Detector(network, info).describe(photo.read(), photo.boxes)
    np.testing.assert_allclose(np.linalg.norm(described, axis=1), 1, rtol=1e-5)
    assert load_detector(info.file).info == info


def test_int8_calculates_in_whole_numbers_up_to_the_heads(models: Path, run: TrainedRun) -> None:
    from ai_edge_litert.interpreter import Interpreter, OpResolverType

    file = info_of(models, Precision.INT8).file
    interpreter = Interpreter(
        model_content=file.read_bytes(),
        experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES,
    )
    kinds: dict[str, set[str]] = {}
    for tensor in interpreter.get_tensor_details():
        if len(tensor["shape"]) == 4 and tensor["shape"][1] > 4:
            kinds.setdefault(np.dtype(tensor["dtype"]).name, set()).add(tensor["name"])
    assert len(kinds["int8"]) > 3 * len(kinds["float32"]), "no islands of float"
    assert not any("pyramid" in name or "block" in name for name in kinds["float32"] if "quantize" not in name)
    image, _ = letterbox(run.validation[0].read(), 128)
    network = TfliteNetwork(file, 1)
    found, exact = network.run(image), TfliteNetwork(info_of(models, Precision.FLOAT32).file, 1).run(image)
    steps = found["scores"] * 256
    assert np.abs(steps - np.rint(steps)).max() > 0.01, "scores are not rounded to 256 steps"
    np.testing.assert_allclose(found["boxes"], exact["boxes"], atol=0.25)


def test_only_what_serves_the_outputs_alone_stays_in_float(run: TrainedRun) -> None:
    network = inference_network(run.weights, 128, size=run.config.network)
    names = " ".join(float_nodes(to_tflite(network, Precision.FLOAT32)))
    for part in ("normalise", "scores_out", "sides_out", "decode"):
        assert part in names
    for part in ("block_", "pyramid", "scores_0_", "sides_1_"):
        assert part not in names


def test_it_is_calibrated_on_photos_as_the_detector_shows_them(run: TrainedRun) -> None:
    inputs = list(calibration_inputs(run.training, 128, 20.0, 2))
    assert len(inputs) == 4
    assert all(image.shape == (1, 128, 128, 3) and image.dtype == np.float32 for image in inputs)
    np.testing.assert_array_equal(inputs[0], letterbox(run.training[0].read(), 128)[0])
    assert len(list(calibration_inputs(run.training, 128, None, 9))) == len(run.training)


def test_several_sizes_and_one_pass(run: TrainedRun, tmp_path: Path) -> None:
    wishes = ConversionWishes(input_sizes=(64, 96), name="live", one_pass=True)
    lines: list[str] = []
    made = convert_run(run, wishes, tmp_path, lines.append)
    assert [(entry.info.name, entry.info.input_size) for entry in made] == [("live-64", 64), ("live-96", 96)]
    assert all(entry.info.target_side is None for entry in made)
    assert any("live-96" in line for line in lines)
    assert {file.suffix for file in tmp_path.iterdir()} == {".tflite", ".md"}


@pytest.mark.parametrize("size", [0, 100, 32, 4096])
def test_sizes_that_do_not_fit(run: TrainedRun, tmp_path: Path, size: int) -> None:
    with pytest.raises(UserError, match="does not fit"):
        convert_run(run, ConversionWishes(input_sizes=(size,)), tmp_path)
    assert not list(tmp_path.iterdir())


def test_a_file_that_answers_differently_is_noticed(run: TrainedRun) -> None:
    photo = run.training[0]
    same = KerasNetwork(inference_network(run.weights, 128, size=run.config.network))
    assert (same.input_size, same.label_count, same.feature_depth) == (128, 1, 96)
    check_parity(same, same, photo)
    changed = {**run.weights, "scores_out/bias": run.weights["scores_out/bias"] + 3}
    other = KerasNetwork(inference_network(changed, 128, size=run.config.network))
    for check in (check_parity, check_half_parity):
        with pytest.raises(ValueError, match=r"scores by 0\."):
            check(same, other, photo, least_score=0.001)


def test_int8_needs_something_to_calibrate_on(run: TrainedRun) -> None:
    with pytest.raises(ValueError, match="calibrate"):
        to_tflite(inference_network(run.weights, 128, size=run.config.network), Precision.INT8)


def test_what_a_checkpoint_lacks_is_asked_for(run_folder: Path, tmp_path: Path) -> None:
    def refused(*arguments: Path | None) -> UserError:
        with pytest.raises(UserError) as caught:
            load_run(*arguments)  # type: ignore[arg-type]  # as the command passes them
        return caught.value

    assert "no such checkpoint" in refused(tmp_path / "none.npz").what
    assert "no checkpoint in this folder" in refused(tmp_path).what
    checkpoint = tmp_path / "alone.npz"
    checkpoint.write_bytes((run_folder / "last.npz").read_bytes())
    assert "--config" in refused(checkpoint).advice
    config = (run_folder / "config.toml").read_text(encoding="utf-8")
    without = tmp_path / "without.toml"
    without.write_text("\n".join(line for line in config.splitlines() if not line.startswith("validation")))
    assert "--validation" in refused(checkpoint, without).advice
    checkpoint.write_bytes(b"PK\x03\x04 no checkpoint")
    assert "damaged" in refused(checkpoint, run_folder / "config.toml").what


def test_the_command(run_folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    arguments = ["convert", str(run_folder), "--precision", "int8", "--precision", "float32", "--input-size", "64"]
    assert main([*arguments, "--output", str(tmp_path), "--json"]) == 0
    captured = capsys.readouterr()
    document = json.loads(captured.out)
    assert [(model["precision"], model["input_size"]) for model in document["models"]] == [
        ("int8", 64),
        ("float32", 64),
    ]
    int8, float32 = document["models"]
    assert int8["float32"]["milliseconds"] > 0
    assert "float32" not in float32
    for model in document["models"]:
        assert read_model_info(Path(model["file"])).sha256 == model["sha256"]
    assert main(["convert", str(run_folder / "last.npz"), "--output", str(tmp_path / "more")]) == 0
    captured = capsys.readouterr()
    assert "tiny" in captured.out
    assert "float16" in captured.out
    assert (tmp_path / "more" / "tiny.tflite").is_file()
    assert main(["convert", str(tmp_path / "none")]) == 1
    assert "no such checkpoint" in capsys.readouterr().err


def test_a_converted_file_is_installed_as_it_is(models: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = info_of(models, Precision.INT8).file
    assert main(["models", "add", str(file), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["model"]["name"] == "tiny-int8"
    assert Path(document["model"]["file"]).read_bytes() == file.read_bytes()
    assert document["remarks"] == []
