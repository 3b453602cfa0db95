"""Every format: what is written is read again, whatever the photos and the labels are called."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shelfaudit.datasets.dataset import Dataset, LabelledPhoto
from shelfaudit.datasets.formats import FORMATS, read_dataset, recognise, write_dataset
from shelfaudit.datasets.kinds import FormatName
from shelfaudit.datasets.options import ReadOptions, WriteOptions
from shelfaudit.datasets.problems import ProblemKind
from tests.datasets.format_makers import HOSTILE_LABELS, Sketch, label_names, make_dataset, sketches

TOLERANCE = {FormatName.YOLO: 1e-5, FormatName.DATATURKS: 1e-5, FormatName.TFRECORD: 1e-4}
"""In pixels, for the formats that keep fractions of the photo; the others are exact."""

# SKU-110K has no row for a photo without a box.
KEEPS_EMPTY_PHOTOS = [name for name in FormatName if name is not FormatName.SKU110K]


def written_path(output: Path, name: FormatName) -> Path:
    """What a reader is given of a data set that was written: a label file, or the whole folder."""
    label_files = {
        FormatName.SKU110K: "annotations.csv",
        FormatName.RETINANET: "annotations.csv",
        FormatName.GROUND_TRUTH: "output.manifest",
        FormatName.DATATURKS: "dataturks.json",
    }
    return output / label_files.get(name, "")


def there_and_back(made: Sequence[Sketch], name: FormatName, *, copy: bool, folder: Path) -> tuple[Dataset, Dataset]:
    dataset = make_dataset(made, folder / "photos")
    output = folder / "out"
    problems = write_dataset(dataset, output, name, WriteOptions(copy_photos=copy))
    assert all(problem.kind is ProblemKind.FORMAT_LIMIT for problem in problems), problems
    photos = None if copy or FORMATS[name].copies_always else folder / "photos"
    written = written_path(output, name)
    assert recognise(written).name is name
    again, problems = read_dataset(written, name, ReadOptions(photos=photos, extract_to=folder / "extracted"))
    assert problems == []
    return dataset, again


@pytest.mark.parametrize("name", FormatName)
@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data(), copy=st.booleans())
def test_boxes_labels_and_photos(name: FormatName, data: st.DataObject, copy: bool) -> None:
    holds = FORMATS[name].holds
    made = data.draw(sketches(whole_pixels=not holds.fractions))
    if name not in KEEPS_EMPTY_PHOTOS:
        made = [sketch for sketch in made if sketch.boxes]
    with tempfile.TemporaryDirectory() as folder:
        before, after = there_and_back(made, name, copy=copy, folder=Path(folder))
        assert len({photo.file for photo in after.photos if photo.file.exists()}) == len(before.photos)
    if not (copy or FORMATS[name].copies_always or name is FormatName.VOC):
        assert [photo.file.name for photo in after.photos] == [photo.file.name for photo in before.photos]
    # Copies have names of their own, and some readers go by name: compared in an order that depends on neither.
    for photo, again in zip(in_order(before), in_order(after), strict=True):
        assert (again.width, again.height) == (photo.width, photo.height)
        assert names_of(after, again) == names_of(before, photo)
        np.testing.assert_allclose(again.boxes, photo.boxes, rtol=0, atol=TOLERANCE.get(name, 0))
        if holds.areas:
            np.testing.assert_allclose(again.ignored, photo.ignored, rtol=0, atol=TOLERANCE.get(name, 0))


def in_order(dataset: Dataset) -> list[LabelledPhoto]:
    def key(photo: LabelledPhoto) -> tuple[object, ...]:
        boxes, areas = photo.boxes.round(1).tolist(), photo.ignored.round(1).tolist()
        return photo.width, photo.height, names_of(dataset, photo), boxes, areas

    return sorted(dataset.photos, key=key)


def names_of(dataset: Dataset, photo: LabelledPhoto) -> list[str]:
    return [dataset.labels[label] for label in photo.labels]


@pytest.mark.parametrize("name", FormatName)
def test_labels_that_are_hard_to_write(name: FormatName, tmp_path: Path) -> None:
    boxes = [(float(x), 2.0, x + 3.0, 9.0) for x in range(len(HOSTILE_LABELS))]
    made = [Sketch("ä b, 'c' №1.png", (60, 40), boxes, list(HOSTILE_LABELS), [])]
    before, after = there_and_back(made, name, copy=True, folder=tmp_path)
    assert label_names(after) == label_names(before)


@pytest.mark.parametrize("name", KEEPS_EMPTY_PHOTOS)
def test_a_photo_without_a_box_stays(name: FormatName, tmp_path: Path) -> None:
    made = [Sketch("1.png", (60, 40), [(1, 2, 3, 4)], ["x"], []), Sketch("2.png", (50, 40), [], [], [])]
    _, after = there_and_back(made, name, copy=True, folder=tmp_path)
    assert [len(photo.boxes) for photo in after.photos] == [1, 0]


@pytest.mark.parametrize("name", FormatName)
def test_twice_there_and_back_is_as_once(name: FormatName, tmp_path: Path) -> None:
    boxes = [(0.1, 0.2, 33.3, 7.77), (12.34, 5.678, 59.99, 39.123)]
    made = [Sketch("1.png", (60, 40), boxes, ["x", "y"], [])]
    dataset = make_dataset(made, tmp_path / "photos")
    rounds = []
    for number in range(3):
        output = tmp_path / f"out{number}"
        write_dataset(dataset, output, name, WriteOptions(copy_photos=True))
        options = ReadOptions(extract_to=tmp_path / f"extracted{number}")
        dataset = read_dataset(written_path(output, name), name, options).dataset
        rounds.append(dataset.photos[0].boxes)
    np.testing.assert_allclose(rounds[2], rounds[0], rtol=0, atol=TOLERANCE.get(name, 0))
