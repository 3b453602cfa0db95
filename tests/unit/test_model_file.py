from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from shelfaudit.detection.model_file import metadata_file, read_model_info
from shelfaudit.errors import ModelError

WEIGHTS = b"weights"


def metadata(**changes: object) -> dict[str, object]:
    return {
        "format": 1,
        "name": "shelf",
        "version": "2",
        "sha256": hashlib.sha256(WEIGHTS).hexdigest(),
        "input_size": 640,
        "labels": ["product"],
        "counting_threshold": 0.45,
        "nms_iou": 0.5,
        "target_side": 50,
        "scores": {"AP50": 0.9, "on": "validation"},
    } | changes


def model(folder: Path, document: object) -> Path:
    file = folder / "Modell ü.tflite"
    file.write_bytes(WEIGHTS)
    metadata_file(file).write_text(document if isinstance(document, str) else json.dumps(document), encoding="utf-8")
    return file


def test_metadata_beside_the_file_is_read(tmp_path: Path) -> None:
    info = read_model_info(model(tmp_path, metadata()))
    assert (info.name, info.version, info.input_size, info.labels) == ("shelf", "2", 640, ("product",))
    assert (info.counting_threshold, info.nms_iou, info.target_side) == (0.45, 0.5, 50.0)
    assert dict(info.scores) == {"AP50": 0.9, "on": "validation"}


@pytest.mark.parametrize("target_side", [None, "absent"])
def test_a_model_may_do_without_a_target_size(tmp_path: Path, target_side: str | None) -> None:
    document = metadata(target_side=None)
    if target_side == "absent":
        del document["target_side"]
    assert read_model_info(model(tmp_path, document)).target_side is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("version", 3),
        ("sha256", "abc"),
        ("input_size", 0),
        ("input_size", 640.5),
        ("input_size", True),
        ("labels", []),
        ("labels", [1]),
        ("counting_threshold", 1.5),
        ("counting_threshold", "high"),
        ("nms_iou", None),
        ("target_side", -5),
        ("scores", [1]),
    ],
)
def test_a_wrong_field_is_named(tmp_path: Path, field: str, value: object) -> None:
    file = model(tmp_path, metadata(**{field: value}))
    with pytest.raises(ModelError, match=field) as caught:
        read_model_info(file)
    assert caught.value.file == metadata_file(file)


@pytest.mark.parametrize("document", ["{", "[]", json.dumps(metadata(format=2)), "\x00"])
def test_other_documents_are_refused(tmp_path: Path, document: str) -> None:
    with pytest.raises(ModelError, match="metadata"):
        read_model_info(model(tmp_path, document))


def test_a_changed_or_cut_file_is_noticed(tmp_path: Path) -> None:
    file = model(tmp_path, metadata())
    file.write_bytes(WEIGHTS[:-1])
    with pytest.raises(ModelError, match="not the one"):
        read_model_info(file)


def test_missing_files_are_named(tmp_path: Path) -> None:
    file = tmp_path / "gone.tflite"
    with pytest.raises(ModelError, match="The model is missing") as caught:
        read_model_info(file)
    assert caught.value.file == file
    file.write_bytes(WEIGHTS)
    with pytest.raises(ModelError, match="The model's metadata is missing") as caught:
        read_model_info(file)
    assert caught.value.file == metadata_file(file)
