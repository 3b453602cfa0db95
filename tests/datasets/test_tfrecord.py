from __future__ import annotations

import contextlib
import io
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from shelfaudit.datasets import tfrecord
from shelfaudit.datasets.dataset import Dataset, DatasetError
from shelfaudit.datasets.label_map import read_label_map, write_label_map
from shelfaudit.datasets.options import ReadOptions, WriteOptions
from shelfaudit.datasets.problems import ProblemKind
from shelfaudit.datasets.tf_example import (
    DamagedFile,
    DamagedRecord,
    Feature,
    decode_example,
    encode_example,
    masked_crc,
    read_records,
    write_record,
)
from shelfaudit.datasets.tfrecord import read_tfrecord, write_tfrecord
from shelfaudit.photos.decode import decode_photo
from tests.datasets.format_makers import label_names, labelled_photo, write_photo
from tests.unit.photo_makers import rotated_file, upright_scene

# The label map of the pets example of the TF object detection API, with what protobuf's text format allows besides.
PETS = """# cats and dogs
item {
  id: 1
  name: 'Abyssinian'
}

item: <
  name: "american_\\"bulldog\\""; display_name: "ignored"
  id: 2
  keypoints { id: 7 label: "nose" }
>
item { id: 3 display_name: "K\\303\\244se" }
"""

features = st.dictionaries(
    st.text(st.characters(exclude_categories=["Cs"]), max_size=20),
    st.lists(st.binary(max_size=20), max_size=4)
    | st.lists(st.integers(-(2**63), 2**63 - 1), max_size=4)
    | st.lists(st.floats(width=32, allow_nan=False), max_size=4),
    max_size=5,
)


def record(data: bytes) -> bytes:
    stream = io.BytesIO()
    write_record(stream, data)
    return stream.getvalue()


@given(features)
def test_an_example_is_decoded_as_it_was_encoded(example: dict[str, Feature]) -> None:
    assert decode_example(encode_example(example)) == example


@given(st.binary(max_size=200))
def test_any_bytes_are_an_example_or_an_error(data: bytes) -> None:
    with contextlib.suppress(ValueError):
        decode_example(data)


def test_the_checksum_is_that_of_tensorflow() -> None:
    # CRC-32C of "123456789" is E3069283 (RFC 3720, B.4); the mask is that of TensorFlow's crc32c.h.
    crc = 0xE3069283
    assert masked_crc(b"123456789") == (((crc >> 15) | (crc << 17)) + 0xA282EAD8) & 0xFFFFFFFF


def test_a_damaged_record_costs_only_itself() -> None:
    good = record(b"one")
    bad = bytearray(record(b"two"))
    bad[13] ^= 1
    first, second, third = read_records(io.BytesIO(good + bytes(bad) + good))
    assert (first, third) == (b"one", b"one")
    assert isinstance(second, DamagedRecord)


@pytest.mark.parametrize("data", [record(b"one")[:-1], record(b"one")[:5], b"a text that is no record", b"\xff" * 30])
def test_a_file_that_breaks_off_is_told(data: bytes) -> None:
    with pytest.raises(DamagedFile):
        list(read_records(io.BytesIO(data)))


def test_a_label_map_as_others_write_it(tmp_path: Path) -> None:
    file = tmp_path / "label_map.pbtxt"
    file.write_text(PETS, encoding="utf-8")
    assert read_label_map(file) == {1: "Abyssinian", 2: 'american_"bulldog"', 3: "Käse"}


@pytest.mark.parametrize(
    "text", ["", "item {", "item { id: 1 }", "item { name: 'x' }", "thing { id: 1 }", "item { id: 1 name: 'x }",
             "item { id: 1 name: 'x' } item { id: 1 name: 'y' }", "{}", "\0"]
)  # fmt: skip
def test_a_label_map_that_is_none_is_an_error(text: str, tmp_path: Path) -> None:
    (tmp_path / "x.pbtxt").write_text(text, encoding="utf-8")
    with pytest.raises(DatasetError):
        read_label_map(tmp_path / "x.pbtxt")


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"]), max_size=20), min_size=1, max_size=4))
def test_label_maps_there_and_back(tmp_path_factory: pytest.TempPathFactory, labels: list[str]) -> None:
    file = tmp_path_factory.getbasetemp() / "there_and_back.pbtxt"
    write_label_map(tuple(labels), file)
    assert read_label_map(file) == dict(enumerate(labels, start=1))


def example(**changes: Feature) -> bytes:
    """As the API's create_pascal_tf_record writes it."""
    jpeg = io.BytesIO()
    Image.new("RGB", (200, 100), "teal").save(jpeg, "JPEG")
    return encode_example(
        {
            "image/height": [100],
            "image/width": [200],
            "image/filename": [b"2008_000008.jpg"],
            "image/source_id": [b"2008_000008.jpg"],
            "image/encoded": [jpeg.getvalue()],
            "image/format": [b"jpeg"],
            "image/object/bbox/xmin": [0.1, 0.5],
            "image/object/bbox/xmax": [0.3, 0.75],
            "image/object/bbox/ymin": [0.2, 0.5],
            "image/object/bbox/ymax": [0.4, 1.0],
            "image/object/class/text": [b"horse", b"person"],
            "image/object/class/label": [13, 15],
            "image/object/difficult": [0, 0],
            "image/object/truncated": [1, 0],
            "image/object/view": [b"Left", b"Rear"],
            **{name.replace("__", "/"): value for name, value in changes.items()},
        }
    )


def write(folder: Path, *records: bytes, name: str = "pascal_train.record") -> Path:
    file = folder / name
    file.write_bytes(b"".join(record(data) for data in records))
    return file


def options(folder: Path) -> ReadOptions:
    return ReadOptions(extract_to=folder / "extracted")


def test_records_of_the_api(tmp_path: Path) -> None:
    (tmp_path / "label_map.pbtxt").write_text("item{id:13 name:'horse'} item{id:15 name:'person'}", encoding="utf-8")
    dataset, problems = read_tfrecord(write(tmp_path, example()), options(tmp_path))
    assert problems == []
    (photo,) = dataset.photos
    assert photo.file == tmp_path / "extracted" / "2008_000008.jpg"
    assert decode_photo(photo.file.read_bytes()).pixels.shape == (100, 200, 3)
    np.testing.assert_allclose(photo.boxes, [[20, 20, 60, 40], [100, 50, 150, 100]], atol=1e-4)
    assert label_names(dataset) == [["horse", "person"]]


def test_without_a_label_map_the_names_in_the_records_count(tmp_path: Path) -> None:
    dataset, problems = read_tfrecord(write(tmp_path, example()), options(tmp_path))
    assert (label_names(dataset), problems) == ([["horse", "person"]], [])


def test_what_is_wrong_with_records_is_told(tmp_path: Path) -> None:
    (tmp_path / "label_map.pbtxt").write_text("item{id:13 name:'horse'}", encoding="utf-8")
    file = write(
        tmp_path,
        example(),
        b"no example",
        example(image__width=[0]),
        example(image__encoded=[b"no picture"]),
        example(image__object__bbox__xmin=[0.1]),
        example(image__object__difficult=[1, 1]),
    )
    dataset, problems = read_tfrecord(file, options(tmp_path))
    assert [(problem.kind, problem.place) for problem in problems] == [
        (ProblemKind.LABEL_UNKNOWN, "record 1, box 2"),
        *((ProblemKind.ENTRY_INVALID, f"record {number}") for number in (2, 3, 4, 5)),
    ]
    first, last = dataset.photos
    assert (len(first.boxes), len(last.boxes), len(last.ignored)) == (1, 0, 2)
    assert last.file.name == "2008_000008-2.jpg", "another photo of the same name"


@pytest.mark.parametrize("name", [b"../../secret.jpg", b"/etc/passwd", b"C:\\windows\\win.ini", b"", b"\xff\xfe"])
def test_photos_come_out_nowhere_else(tmp_path: Path, name: bytes) -> None:
    folder = tmp_path / "deep" / "er"
    folder.mkdir(parents=True)
    (photo,) = read_tfrecord(write(folder, example(image__filename=[name])), options(folder)).dataset.photos
    assert photo.file.parent == folder / "extracted"
    assert photo.file.exists()


def test_stored_pixels_are_what_labels_are_for(tmp_path: Path) -> None:
    turned = rotated_file(upright_scene(200, 100), "JPEG", 6)
    data = example(image__encoded=[turned], image__width=[100], image__height=[200])
    (photo,) = read_tfrecord(write(tmp_path, data), options(tmp_path)).dataset.photos
    decoded = decode_photo(photo.file.read_bytes())
    assert (decoded.width, decoded.height) == (photo.width, photo.height) == (100, 200)


def test_photos_go_in_upright(tmp_path: Path) -> None:
    file = tmp_path / "turned.jpg"
    file.write_bytes(rotated_file(upright_scene(200, 100), "JPEG", 6))
    dataset = Dataset(("x",), (labelled_photo(file, (200, 100)),))
    assert write_tfrecord(dataset, tmp_path / "out", WriteOptions()) == []
    (photo,) = read_tfrecord(tmp_path / "out", options(tmp_path)).dataset.photos
    difference = decode_photo(photo.file.read_bytes()).pixels.astype(int) - upright_scene(200, 100)
    assert np.abs(difference).mean() < 4


def test_photos_that_cannot_go_in_are_told(tmp_path: Path) -> None:
    whole = write_photo(tmp_path / "whole.jpg", image_format="JPEG")
    (tmp_path / "cut.jpg").write_bytes(whole.read_bytes()[:-20])
    write_photo(tmp_path / "small.png", (10, 10))
    names = ("whole.jpg", "cut.jpg", "small.png", "none.png")
    dataset = Dataset(("x",), tuple(labelled_photo(tmp_path / name) for name in names))
    problems = write_tfrecord(dataset, tmp_path / "out", WriteOptions())
    assert [(problem.kind, problem.file.name) for problem in problems] == [
        (ProblemKind.PHOTO_DAMAGED, "cut.jpg"),
        (ProblemKind.PHOTO_DAMAGED, "small.png"),
        (ProblemKind.PHOTO_MISSING, "none.png"),
    ]
    assert len(read_tfrecord(tmp_path / "out", options(tmp_path)).dataset.photos) == 1


def test_large_sets_are_in_shards(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = [write_photo(tmp_path / f"{number}.png") for number in range(5)]
    monkeypatch.setattr(tfrecord, "SHARD_BYTES", 2 * files[0].stat().st_size)
    dataset = Dataset(("x",), tuple(map(labelled_photo, files)))
    write_tfrecord(dataset, tmp_path / "out", WriteOptions(split="val"))
    names = sorted(file.name for file in (tmp_path / "out").iterdir())
    assert names == ["label_map.pbtxt", *(f"val.record-{number:05d}-of-00003" for number in range(3))]
    again = read_tfrecord(tmp_path / "out", ReadOptions(split="val", extract_to=tmp_path / "extracted")).dataset
    assert [photo.file.name for photo in again.photos] == [file.name for file in files]


def test_nothing_to_read_is_an_error(tmp_path: Path) -> None:
    for source in (tmp_path, tmp_path / "none.record"):
        with pytest.raises(DatasetError):
            read_tfrecord(source, options(tmp_path))
    with pytest.raises(DatasetError, match="no folder"):
        read_tfrecord(write(tmp_path, example()), ReadOptions())
    (tmp_path / "text.record").write_text("no record at all")
    with pytest.raises(DatasetError):
        read_tfrecord(tmp_path / "text.record", options(tmp_path))


@pytest.mark.training
def test_tensorflow_reads_what_is_written_and_the_other_way_round(tmp_path: Path) -> None:
    tensorflow = pytest.importorskip("tensorflow")
    boxes, areas = [(1, 2, 11, 22), (5.5, 6.25, 60, 40)], [(0, 0, 5, 5)]
    photo = labelled_photo(write_photo(tmp_path / "Käse.png"), boxes=boxes, labels=[1, 0], areas=areas)
    write_tfrecord(Dataset(("x", "y ä"), (photo,)), tmp_path, WriteOptions())
    (data,) = tensorflow.data.TFRecordDataset(str(tmp_path / "data.record")).as_numpy_iterator()
    read = {
        name: list(getattr(feature, feature.WhichOneof("kind")).value)
        for name, feature in tensorflow.train.Example.FromString(data).features.feature.items()
    }
    assert read == decode_example(data)
    np.testing.assert_allclose(read["image/object/bbox/xmin"], np.array([1, 5.5, 0]) / 60, rtol=1e-6)
    np.testing.assert_allclose(read["image/object/bbox/ymax"], np.array([22, 40, 5]) / 40, rtol=1e-6)
    assert read["image/object/class/text"] == ["y ä".encode(), b"x", b"x"]
    assert read["image/object/class/label"] == [2, 1, 1]
    assert read["image/object/is_crowd"] == [0, 0, 1]
    assert read["image/encoded"] == [photo.file.read_bytes()]
    assert tensorflow.io.decode_image(read["image/encoded"][0]).shape == (40, 60, 3)

    kinds = {"bytes": [b"\xff", b""], "floats": [1.5, -2.25], "integers": [-1, 0, 2**40]}
    train = tensorflow.train
    message = train.Example(
        features=train.Features(
            feature={
                "bytes": train.Feature(bytes_list=train.BytesList(value=kinds["bytes"])),
                "floats": train.Feature(float_list=train.FloatList(value=kinds["floats"])),
                "integers": train.Feature(int64_list=train.Int64List(value=kinds["integers"])),
            }
        )
    )
    with tensorflow.io.TFRecordWriter(str(tmp_path / "theirs.record")) as writer:
        writer.write(message.SerializeToString())
    with (tmp_path / "theirs.record").open("rb") as stream:
        (theirs,) = read_records(stream)
    assert isinstance(theirs, bytes)
    assert decode_example(theirs) == kinds


def test_values_that_are_not_packed_are_read() -> None:
    # Fields 2 and 3 of a Feature, each value with a tag of its own, as old writers have them.
    floats = b"\x0d" + struct.pack("<f", 1.5) + b"\x0d" + struct.pack("<f", 2.5)
    integers = b"\x08\x05\x08\x07"
    entries = b""
    for name, feature in ((b"f", b"\x12" + bytes([len(floats)]) + floats), (b"i", b"\x1a\x04" + integers)):
        entry = b"\x0a\x01" + name + b"\x12" + bytes([len(feature)]) + feature
        entries += b"\x0a" + bytes([len(entry)]) + entry
    assert decode_example(b"\x0a" + bytes([len(entries)]) + entries) == {"f": [1.5, 2.5], "i": [5, 7]}
