"""Models of others over the real runtime: what they are is found out by running them."""

from __future__ import annotations

import os
import time
from pathlib import Path

import flatbuffers
import numpy as np
import pytest

from shelfaudit.detection.detector import load_detector
from shelfaudit.detection.flatbuffer import read_normalisation, read_postprocess_op
from shelfaudit.detection.inspection import inspect_here, inspect_model, read_labels
from shelfaudit.detection.isolation import run_isolated
from shelfaudit.detection.model_file import Interface, describe_model, read_model_info
from shelfaudit.detection.postprocess_op import PostprocessedNetwork, to_input
from shelfaudit.domain.geometry import pairwise_iou
from shelfaudit.errors import ModelError
from shelfaudit.tflite.associated_files import attach_files
from tests.fixtures import CLASSIC_MODEL, CLASSIC_UINT8_MODEL, TINY_MODEL
from tests.integration.test_detector import shelf


def described(folder: Path, source: Path, **changes: object) -> Path:
    """A copy of a model of others with metadata that says what it is."""
    found = inspect_here(source)
    metadata = {
        "name": source.stem,
        "version": "1",
        "input_size": found.input_size,
        "labels": ["red", "other"],
        "counting_threshold": 0.5,
        "nms_iou": 0.6,
        "scores": {},
        "interface": found.interface,
        "most_boxes": found.most_boxes,
        "outputs": list(found.outputs),
    } | changes
    file = folder / source.name
    file.write_bytes(describe_model(source.read_bytes(), metadata))
    return file


@pytest.mark.parametrize(
    ("file", "input_type", "outputs"),
    [(CLASSIC_MODEL, "float32", (1, 3, 0, 2)), (CLASSIC_UINT8_MODEL, "uint8", (0, 1, 2, 3))],
)
def test_outputs_are_told_apart_in_any_order(file: Path, input_type: str, outputs: tuple[int, ...]) -> None:
    found = inspect_here(file)
    assert (found.interface, found.input_size, found.input_type) == (Interface.POSTPROCESSED, 128, input_type)
    assert (found.label_count, found.most_boxes, found.feature_depth) == (2, 10, 0)
    assert found.outputs == outputs


@pytest.mark.parametrize("file", [CLASSIC_MODEL, CLASSIC_UINT8_MODEL])
def test_outputs_are_told_apart_by_what_is_in_them(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    by_operator = inspect_here(file).outputs
    monkeypatch.setattr("shelfaudit.detection.inspection.read_postprocess_op", lambda _flatbuffer: None)
    found = inspect_here(file)
    assert found.outputs == by_operator
    assert found.label_count is None


@pytest.mark.parametrize("source", [CLASSIC_MODEL, CLASSIC_UINT8_MODEL])
def test_its_boxes_are_where_the_products_are(source: Path, tmp_path: Path) -> None:
    pixels, truth = shelf(4, 2, side=40)
    found = load_detector(described(tmp_path, source)).detect(pixels)
    overlaps = pairwise_iou(truth, found.boxes)
    assert len(found) == len(truth)
    assert (overlaps.max(axis=1) > 0.7).all()
    assert found.features.shape == (8, 0)
    # Label 0 is what is red; the last column is redder in its green channel than the threshold of the fixture.
    red = pixels[truth[:, 1].astype(int) + 5, truth[:, 0].astype(int) + 5, 1] < 0.5 * 255
    nearest = overlaps.argmax(axis=0)
    assert found.labels.tolist() == [0 if red[index] else 1 for index in nearest]


def test_its_limit_of_boxes_holds(tmp_path: Path) -> None:
    pixels, truth = shelf(6, 4, side=40)
    assert len(truth) == 24
    assert len(load_detector(described(tmp_path, CLASSIC_MODEL)).detect(pixels)) == 10


def test_describing_boxes_without_features_gives_empty_ones(tmp_path: Path) -> None:
    pixels, truth = shelf(2, 2, side=40)
    assert load_detector(described(tmp_path, CLASSIC_MODEL)).describe(pixels, truth).shape == (4, 0)


def test_boxes_of_labels_that_nobody_named_are_left_out(tmp_path: Path) -> None:
    pixels, _ = shelf(3, 2, side=40)
    pixels[pixels[..., 0] == 255] = (255, 255, 255)
    found = load_detector(described(tmp_path, CLASSIC_MODEL, labels=["red"])).detect(pixels)
    assert len(found) == 0


def test_our_own_model_is_inspected_as_such() -> None:
    found = inspect_model(TINY_MODEL)
    assert (found.interface, found.input_size, found.label_count, found.feature_depth) == (Interface.DECODED, 128, 1, 3)
    assert (found.described, found.most_boxes, found.labels) == (True, None, ("product",))


def test_metadata_of_another_network_is_refused(tmp_path: Path) -> None:
    for changes in ({"outputs": [0, 1, 2, 3]}, {"labels": ["a", "b", "c"]}, {"input_size": 64}):
        with pytest.raises(ModelError, match="describes another network"):
            inspect_here(described(tmp_path, CLASSIC_MODEL, **changes))


def test_labels_inside_the_file_are_found(tmp_path: Path) -> None:
    file = tmp_path / "labelled.tflite"
    file.write_bytes(attach_files(CLASSIC_MODEL.read_bytes(), {"labelmap.txt": "???\nKäse\nMilch\n".encode()}))
    assert inspect_here(file).labels == ("Käse", "Milch")


@pytest.mark.parametrize(
    ("data", "labels"),
    [
        (b"a\nb\n", ("a", "b")),
        (b"\xef\xbb\xbfa\r\nb\r\n\r\n", ("a", "b")),
        (b"background\na\n", ("a",)),
        (b"a\n\nb", ("a", "???", "b")),
        (b"", ()),
    ],
)
def test_lists_of_labels(data: bytes, labels: tuple[str, ...]) -> None:
    assert read_labels(data) == labels


def test_what_is_no_model_is_refused_in_plain_words(tmp_path: Path) -> None:
    file = tmp_path / "x.tflite"
    for content in (b"", b"<html>not found</html>", CLASSIC_MODEL.read_bytes()[:5000]):
        file.write_bytes(content)
        with pytest.raises(ModelError, match="damaged or not a TFLite model") as caught:
            inspect_model(file)
        assert caught.value.file == file


def test_the_operator_is_read_from_the_flatbuffer() -> None:
    operator = read_postprocess_op(CLASSIC_MODEL.read_bytes())
    assert operator is not None
    assert (operator.most_boxes, operator.classes, operator.outputs) == (10, 2, (1, 3, 0, 2))
    assert read_normalisation(CLASSIC_MODEL.read_bytes()) is None


def normalisation_metadata(mean: float, std: float) -> bytes:
    """ModelMetadata with one input tensor that is normalised, as the TFLite metadata tools write it."""
    builder = flatbuffers.Builder(256)

    def floats(value: float) -> int:
        builder.StartVector(4, 1, 4)
        builder.PrependFloat32(value)
        return int(builder.EndVector())

    def table(fields: int, **offsets: int) -> int:
        builder.StartObject(fields)
        for name, offset in offsets.items():
            builder.PrependUOffsetTRelativeSlot(int(name[1:]), offset, 0)
        return int(builder.EndObject())

    def tables(offset: int) -> int:
        builder.StartVector(4, 1, 4)
        builder.PrependUOffsetTRelative(offset)
        return int(builder.EndVector())

    means, stds = floats(mean), floats(std)
    options = table(2, f0=means, f1=stds)
    builder.StartObject(2)
    builder.PrependUint8Slot(0, 1, 0)
    builder.PrependUOffsetTRelativeSlot(1, options, 0)
    units = tables(int(builder.EndObject()))
    tensors = tables(table(7, f4=units))
    graphs = tables(table(5, f2=tensors))
    builder.Finish(table(8, f3=graphs), file_identifier=b"M001")
    return bytes(builder.Output())


def test_the_range_of_the_input_is_read_from_the_files_metadata(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "shelfaudit.detection.flatbuffer._metadata", lambda _flatbuffer: normalisation_metadata(127.5, 127.5)
    )
    assert inspect_here(CLASSIC_MODEL).input_range == (-1.0, 1.0)
    monkeypatch.setattr(
        "shelfaudit.detection.flatbuffer._metadata", lambda _flatbuffer: normalisation_metadata(0.0, 255.0)
    )
    assert inspect_here(CLASSIC_MODEL).input_range == (0.0, 1.0)


def test_pixels_become_what_each_kind_of_input_takes() -> None:
    image = np.array([0, 127.5, 255], dtype=np.float32).reshape(1, 1, 1, 3)
    as_float = to_input(image, {"dtype": np.float32}, (-1.0, 1.0))
    assert as_float.ravel().tolist() == [-1.0, 0.0, 1.0]
    assert to_input(image, {"dtype": np.uint8}, (-1.0, 1.0)).ravel().tolist() == [0, 128, 255]
    detail = {"dtype": np.int8, "quantization": (2 / 255, -1)}
    assert to_input(image, detail, (-1.0, 1.0)).ravel().tolist() == [-128, -1, 126]


def crash(_file: Path) -> None:
    os.abort()


def sleep(_file: Path) -> None:
    time.sleep(60)


def shout(_file: Path) -> str:
    print("on stdout")  # noqa: T201  # that is the point
    os.write(2, b"on stderr")
    return "done"


def test_what_brings_its_process_down_is_survived(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="brings the TFLite runtime down") as caught:
        run_isolated(crash, tmp_path / "m.tflite", 60)
    assert caught.value.file == tmp_path / "m.tflite"


def test_what_takes_too_long_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shelfaudit.detection.isolation.STOP_SECONDS", 0.1)
    started = time.monotonic()
    with pytest.raises(ModelError, match="longer than 1 seconds"):
        run_isolated(sleep, tmp_path, 1)
    assert time.monotonic() - started < 30


def test_what_it_says_is_not_ours(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert run_isolated(shout, tmp_path, 60) == "done"
    assert capfd.readouterr() == ("", "")


def test_rubbish_behind_the_last_box_is_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    network = PostprocessedNetwork(read_model_info(described(tmp_path, CLASSIC_MODEL)), 1)
    rubbish = np.array([0, np.nan, np.inf, -np.inf, 1e30, -7], dtype=np.float32)
    raw = {
        "boxes": np.tile(np.array([0.1, 0.2, 0.3, 0.4], dtype=np.float32), (6, 1)),
        "classes": rubbish,
        "scores": np.where(np.isfinite(rubbish), 0.9, np.nan).astype(np.float32),
        "count": np.array([1], dtype=np.float32),
    }
    monkeypatch.setattr(network, "run_raw", lambda _image: raw)
    side = network.input_size
    found = network.run(np.zeros((1, side, side, 3), dtype=np.float32))
    assert found["scores"].tolist() == [[pytest.approx(0.9), 0]]
    np.testing.assert_allclose(found["boxes"], np.array([[0.2, 0.1, 0.4, 0.3]]) * side, rtol=1e-5)
