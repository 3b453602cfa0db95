from __future__ import annotations

import json
from pathlib import Path

import pytest

from shelfaudit.detection.model_file import (
    Interface,
    describe_model,
    parse_model_info,
    read_metadata,
    read_model_info,
)
from shelfaudit.errors import ModelError
from shelfaudit.tflite.associated_files import attach_files, detach_files
from shelfaudit.tflite.content import METADATA_NAME

WEIGHTS = b"weights"


def metadata(**changes: object) -> dict[str, object]:
    return {
        "name": "shelf",
        "version": "2",
        "input_size": 640,
        "labels": ["product"],
        "counting_threshold": 0.45,
        "nms_iou": 0.5,
        "target_side": 50,
        "scores": {"AP50": 0.9, "on": "validation"},
    } | changes


def model(folder: Path, **changes: object) -> Path:
    file = folder / "Modell ü.tflite"
    file.write_bytes(describe_model(WEIGHTS, metadata(**changes)))
    return file


def with_document(folder: Path, document: object) -> Path:
    """A file whose metadata is this, whatever it is."""
    file = folder / "model.tflite"
    text = document if isinstance(document, str) else json.dumps(document)
    file.write_bytes(attach_files(WEIGHTS, {METADATA_NAME: text.encode()}))
    return file


def document_of(file: Path, **changes: object) -> dict[str, object]:
    return read_metadata(file) | changes


def test_metadata_in_the_file_is_read(tmp_path: Path) -> None:
    info = read_model_info(model(tmp_path))
    assert (info.name, info.version, info.input_size, info.labels) == ("shelf", "2", 640, ("product",))
    assert (info.counting_threshold, info.nms_iou, info.target_side) == (0.45, 0.5, 50.0)
    assert dict(info.scores) == {"AP50": 0.9, "on": "validation"}
    assert (info.precision, info.threshold_known, info.interface) == ("", True, Interface.DECODED)
    assert (info.most_boxes, info.input_range, info.outputs) == (None, (-1.0, 1.0), (0, 1, 2, 3))


def test_the_flatbuffer_comes_first_and_labels_are_there_for_other_programs(tmp_path: Path) -> None:
    content = model(tmp_path, labels=["Löwe", "tea"]).read_bytes()
    assert content.startswith(WEIGHTS)
    flatbuffer, files = detach_files(content)
    assert flatbuffer == WEIGHTS
    assert files["labels.txt"].decode() == "Löwe\ntea\n"


def test_what_a_model_of_others_needs_is_kept(tmp_path: Path) -> None:
    info = read_model_info(
        model(
            tmp_path,
            interface="postprocessed",
            most_boxes=10,
            input_range=[0, 1],
            outputs=[3, 2, 1, 0],
            threshold_known=False,
            precision="int8",
        )
    )
    assert (info.interface, info.most_boxes, info.input_range) == (Interface.POSTPROCESSED, 10, (0.0, 1.0))
    assert (info.outputs, info.threshold_known, info.precision) == ((3, 2, 1, 0), False, "int8")


@pytest.mark.parametrize("target_side", [None, "absent"])
def test_a_model_may_do_without_a_target_size(tmp_path: Path, target_side: str | None) -> None:
    document = document_of(model(tmp_path), target_side=None)
    if target_side == "absent":
        del document["target_side"]
    assert read_model_info(with_document(tmp_path, document)).target_side is None


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("name", "two\nlines"),
        ("name", "x" * 201),
        ("version", 3),
        ("sha256", "abc"),
        ("input_size", 0),
        ("input_size", 640.5),
        ("input_size", True),
        ("input_size", 10**9),
        ("input_size", float("inf")),
        ("labels", []),
        ("labels", [1]),
        ("labels", ["a\nb"]),
        ("counting_threshold", 1.5),
        ("counting_threshold", "high"),
        ("counting_threshold", float("nan")),
        ("nms_iou", None),
        ("target_side", -5),
        ("scores", [1]),
        ("threshold_known", 1),
        ("interface", "telepathy"),
        ("interface", ["decoded"]),
        ("most_boxes", 0),
        ("input_range", [1, 1]),
        ("input_range", [0, float("nan")]),
        ("input_range", "wide"),
        ("outputs", [0, 1, 2, 2]),
        ("outputs", [0, 1, 2, "3"]),
    ],
)
def test_a_wrong_field_is_named(tmp_path: Path, field: str, value: object) -> None:
    file = with_document(tmp_path, document_of(model(tmp_path), **{field: value}))
    with pytest.raises(ModelError, match=field) as caught:
        read_model_info(file)
    assert caught.value.file == file


def test_nothing_wrong_is_written() -> None:
    with pytest.raises(ModelError, match="counting_threshold"):
        describe_model(WEIGHTS, metadata(counting_threshold=2))


@pytest.mark.parametrize("document", ["{", "[]", '{"format": 1}', "\x00", "[" * 100_000])
def test_other_documents_are_refused(tmp_path: Path, document: str) -> None:
    with pytest.raises(ModelError, match="metadata"):
        read_model_info(with_document(tmp_path, document))


def test_a_cut_file_and_one_of_others_carry_no_metadata(tmp_path: Path) -> None:
    file = model(tmp_path)
    whole = file.read_bytes()
    for content in (b"", WEIGHTS, whole[:-1], whole[: len(whole) // 2]):
        file.write_bytes(content)
        with pytest.raises(ModelError, match="carries no metadata") as caught:
            read_model_info(file)
        assert "models add" in caught.value.advice


def test_metadata_of_another_file_is_noticed(tmp_path: Path) -> None:
    files = detach_files(model(tmp_path).read_bytes())[1]
    exchanged = tmp_path / "other.tflite"
    exchanged.write_bytes(attach_files(b"other weights", files))
    with pytest.raises(ModelError, match="not the one"):
        read_model_info(exchanged)


def test_a_damaged_byte_of_weights_or_metadata_is_noticed(tmp_path: Path) -> None:
    file = model(tmp_path)
    whole = file.read_bytes()
    start, stop = whole.index(b"{"), whole.index(b"}")
    for place in (*range(len(WEIGHTS)), *range(start, stop, 7)):
        damaged = bytearray(whole)
        damaged[place] ^= 0xFF
        with pytest.raises(ModelError):
            parse_model_info(bytes(damaged), file)


def test_missing_and_unreadable_files_are_named(tmp_path: Path) -> None:
    for file, words in ((tmp_path / "gone.tflite", "missing"), (tmp_path, "cannot be read")):
        with pytest.raises(ModelError, match=words) as caught:
            read_model_info(file)
        assert caught.value.file == file


def test_a_file_larger_than_any_model_is_not_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = model(tmp_path)
    monkeypatch.setattr("shelfaudit.tflite.content.MOST_BYTES", 100)
    with pytest.raises(ModelError, match="larger than any model"):
        read_model_info(file)
