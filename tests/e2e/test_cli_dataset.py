"""`dataset import`, `export` and `convert` from the command line, with everything real."""

from __future__ import annotations

import csv
import shutil
from pathlib import Path

import numpy as np
import pytest

from shelfaudit.datasets.coco import load_coco
from shelfaudit.datasets.formats import read_dataset
from shelfaudit.datasets.options import ReadOptions
from shelfaudit.domain.visit import PhotoState
from shelfaudit.storage.database import open_database
from shelfaudit.storage.repository import VisitRepository
from tests.datasets.makers import scene, write_photo
from tests.e2e.conftest import Samples, Shelfaudit


@pytest.fixture
def sku110k(tmp_path: Path) -> Path:
    """A small copy of the layout of SKU-110K; returns its label file."""
    root = tmp_path / "SKU110K ä"
    for number in (1, 2):
        write_photo(root / "images" / f"train_{number}.jpg", scene(number, 60, 40))
    file = root / "annotations" / "annotations_train.csv"
    file.parent.mkdir()
    file.write_text(
        "train_1.jpg,1,2,30,40,object,60,40\ntrain_1.jpg,30,2,70,40,object,60,40\ntrain_2.jpg,1,2,30,40,object,60,40\n",
        encoding="utf-8",
    )
    return file


def problem_kinds(folder: Path) -> list[str]:
    with (folder / "problems.csv").open(encoding="utf-8", newline="") as file:
        return [row["kind"] for row in csv.DictReader(file)]


def test_import_makes_a_data_set_of_our_own(sku110k: Path, shelfaudit: Shelfaudit, tmp_path: Path) -> None:
    output = tmp_path / "ours"
    answer = shelfaudit("dataset", "import", sku110k, "--output", output)
    assert (answer.code, answer.out) == (0, "")
    assert "2 photos, 3 boxes, 1 class" in answer.err
    assert "reaches out of the photo" in answer.err
    assert problem_kinds(output) == ["box reaches out of the photo"]
    dataset = load_coco(output / "labels.json")
    assert [photo.read().shape for photo in dataset.photos] == [(40, 60, 3)] * 2
    assert sorted(file.name for file in output.iterdir()) == ["labels.json", "problems.csv"]


def test_import_can_bring_the_photos_along(sku110k: Path, shelfaudit: Shelfaudit, tmp_path: Path) -> None:
    output = tmp_path / "ours"
    assert shelfaudit("dataset", "import", sku110k, "--output", output, "--copy-photos", "--as", "train").code == 0
    shutil.rmtree(sku110k.parent.parent)
    assert [photo.read().shape for photo in load_coco(output / "train.json").photos] == [(40, 60, 3)] * 2


def test_import_tells_what_is_wrong_and_goes_on(sku110k: Path, shelfaudit: Shelfaudit, tmp_path: Path) -> None:
    (sku110k.parent.parent / "images" / "train_2.jpg").unlink()
    with sku110k.open("a", encoding="utf-8") as file:
        file.write("train_1.jpg,9,2,3,4,object,60,40\nno row\n")
    answer = shelfaudit("dataset", "import", sku110k, "--output", tmp_path / "ours", "--json")
    assert answer.code == 3
    document = answer.document
    assert (document["photos"], document["boxes"], document["classes"]) == (2, 3, ["object"])
    assert (document["source_format"], document["format"]) == ("sku110k", "coco")
    told = [(problem["kind"], problem["place"]) for problem in document["problems"]]
    assert sorted(told) == [
        ("box inverted", "line 4"),
        ("box reaches out of the photo", "line 2"),
        ("entry cannot be read", "line 5"),
        ("photo missing", ""),
    ]
    assert sorted(problem_kinds(tmp_path / "ours")) == sorted(kind for kind, _ in told)


def test_import_tells_photos_that_are_there_twice_or_damaged(
    sku110k: Path, shelfaudit: Shelfaudit, tmp_path: Path
) -> None:
    images = sku110k.parent.parent / "images"
    shutil.copy(images / "train_1.jpg", images / "train_3.jpg")
    (images / "train_2.jpg").write_bytes(b"no picture")
    with sku110k.open("a", encoding="utf-8") as file:
        file.write("train_3.jpg,1,2,30,40,object,60,40\n")
    answer = shelfaudit("dataset", "import", sku110k, "--output", tmp_path / "ours")
    assert answer.code == 3
    assert {"photo twice", "photo damaged"} <= set(problem_kinds(tmp_path / "ours"))
    answer = shelfaudit("dataset", "import", sku110k, "--output", tmp_path / "fast", "--headers-only")
    assert "photo twice" not in problem_kinds(tmp_path / "fast")


@pytest.mark.parametrize(
    "name", ["coco", "voc", "yolo", "sku110k", "retinanet", "tfrecord", "ground-truth", "dataturks"]
)
def test_convert_to_every_format_and_back(name: str, sku110k: Path, shelfaudit: Shelfaudit, tmp_path: Path) -> None:
    output, back = tmp_path / name, tmp_path / "back"
    answer = shelfaudit("dataset", "convert", sku110k, "--to", name, "--output", output, "--copy-photos")
    assert answer.code == 0, answer.err
    label_files = {"sku110k": "annotations.csv", "retinanet": "annotations.csv", "ground-truth": "output.manifest"}
    source = output / label_files.get(name, "dataturks.json" if name == "dataturks" else "")
    answer = shelfaudit("dataset", "import", source, "--format", name, "--output", back)
    assert answer.code == 0, answer.err
    photos = load_coco(back / "labels.json").photos
    assert [len(photo.boxes) for photo in photos] == [2, 1]
    assert [photo.read().shape for photo in photos] == [(40, 60, 3)] * 2
    assert photos[0].boxes[0].tolist() == pytest.approx([1, 2, 30, 40], abs=1e-4)


def test_a_folder_with_files_is_left_alone(sku110k: Path, shelfaudit: Shelfaudit, tmp_path: Path) -> None:
    output = tmp_path / "ours"
    output.mkdir()
    (output / "labels.json").write_text("precious")
    answer = shelfaudit("dataset", "import", sku110k, "--output", output)
    assert answer.code == 1
    assert "--overwrite" in answer.err
    assert (output / "labels.json").read_text() == "precious"
    assert shelfaudit("dataset", "import", sku110k, "--output", output, "--overwrite").code == 0
    answer = shelfaudit("dataset", "convert", output / "labels.json", "--to", "coco", "--output", output, "--overwrite")
    assert answer.code == 1
    assert "in this folder" in answer.err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["none.csv"], "no such file"),
        (["{labels}", "--format", "voc"], "Pascal VOC"),
        (["{labels}", "--split", "train"], "no split"),
        (["{labels}", "--photos", "none"], "no such folder"),
        (["{folder}"], "recognised"),
    ],
)
def test_errors_are_one_line(
    arguments: list[str], words: str, sku110k: Path, shelfaudit: Shelfaudit, tmp_path: Path
) -> None:
    filled = [text.format(labels=sku110k, folder=sku110k.parent) for text in arguments]
    answer = shelfaudit("dataset", "import", *filled, "--output", tmp_path / "ours")
    assert answer.code == 1
    assert answer.err.startswith("error: ")
    assert words in answer.err
    assert "Traceback" not in answer.err
    as_json = shelfaudit("dataset", "import", *filled, "--output", tmp_path / "ours", "--json")
    assert words in as_json.document["error"]


def test_corrected_visits_become_training_data(samples: Samples, shelfaudit: Shelfaudit, tmp_path: Path) -> None:
    database = tmp_path / "visits.sqlite"
    assert shelfaudit("audit", samples.photos, "--store", "Eck ä", "--database", database).code == 0
    command = ("dataset", "export", "--database", database)
    answer = shelfaudit(*command, "1", "--output", tmp_path / "none")
    assert answer.code == 1
    assert "not reviewed" in answer.err
    with open_database(database) as opened:
        repository = VisitRepository(opened)
        reviewed, _ = repository.visit(1).photos
        repository.set_photo_state(reviewed.id, PhotoState.REVIEWED)
    answer = shelfaudit(*command, "--all", "--output", tmp_path / "coco", "--copy-photos")
    assert answer.code == 3, "one photo was not reviewed"
    assert problem_kinds(tmp_path / "coco") == ["photo not finished"]
    (photo,) = load_coco(tmp_path / "coco" / "labels.json").photos
    assert (photo.source, len(photo.boxes)) == ("Eck ä", len(reviewed.facings))
    assert photo.read().shape == (reviewed.height, reviewed.width, 3)
    drawn = [facing.box.as_tuple() for facing in reviewed.facings]
    np.testing.assert_allclose(photo.boxes, np.array(drawn), atol=1e-3)
    answer = shelfaudit(*command, 1, "--format", "tfrecord", "--output", tmp_path / "records", "--unreviewed", "--json")
    assert answer.code == 0, answer.err
    assert answer.document["photos"] == 2
    options = ReadOptions(extract_to=tmp_path / "extracted")
    assert len(read_dataset(tmp_path / "records", options=options).dataset.photos) == 2


def test_visits_have_to_be_named(shelfaudit: Shelfaudit, tmp_path: Path) -> None:
    for arguments in ([], ["1", "--all"]):
        assert shelfaudit("dataset", "export", *arguments, "--output", tmp_path / "x").code == 2
    answer = shelfaudit("dataset", "export", 1, "--output", tmp_path / "x", "--database", tmp_path / "none.sqlite")
    assert answer.code == 1
    assert "no database" in answer.err
