"""`dataset stats`, `check`, `clean`, `split` and `balance` from the command line, on real files."""

from __future__ import annotations

import json
import shutil
import signal
import threading
from collections import Counter
from pathlib import Path

import pytest
from PIL import Image

from shelfaudit.datasets.coco import load_coco, save_coco
from shelfaudit.datasets.dataset import Dataset, LabelledPhoto
from shelfaudit.domain.geometry import Box
from tests.datasets.makers import HEIGHT, WIDTH, a_photo, scene, write_photo
from tests.e2e.conftest import Shelfaudit

LABELS = ("cola", "tea")


def write_labels(file: Path, *photos: LabelledPhoto, labels: tuple[str, ...] = LABELS) -> Path:
    save_coco(Dataset(labels, photos), file)
    return file


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Ten sound photos in a folder whose name is not ASCII."""
    folder = tmp_path / "Regal №1"
    for seed in range(10):
        write_photo(folder / f"{seed}.jpg", scene(seed))
    return folder


@pytest.fixture
def labels(folder: Path) -> Path:
    """Labels of the ten photos: cola in all of them, tea in every second; of five stores."""
    region = Box(0, 0, WIDTH, HEIGHT)
    photos = [
        a_photo(folder / f"{seed}.jpg", [0, 1] if seed % 2 else [0], region=region, source=f"store {seed // 2}")
        for seed in range(10)
    ]
    return write_labels(folder / "labels.json", *photos)


def test_stats_as_tables_and_as_json(labels: Path, shelfaudit: Shelfaudit) -> None:
    answer = shelfaudit("dataset", "stats", labels)
    assert answer.code == 0, answer.err
    for word in ("photos", "cola", "tea", "boxes per photo", "store 3"):
        assert word in answer.out
    document = shelfaudit("dataset", "stats", labels, "--json").document
    assert (document["photos"], document["boxes"]) == (10, 15)
    assert [(entry["name"], entry["boxes"], entry["photos"]) for entry in document["classes"]] == [
        ("cola", 10, 10),
        ("tea", 5, 5),
    ]
    assert document["boxes_per_photo"]["largest"] == 2
    assert document["regions"]["whole"] == 10


def test_stats_draws_a_sheet(labels: Path, shelfaudit: Shelfaudit, tmp_path: Path) -> None:
    sheet = tmp_path / "new" / "sheet.png"
    answer = shelfaudit("dataset", "stats", labels, "--sheet", sheet, "--sheet-photos", 4)
    assert answer.code == 0, answer.err
    with Image.open(sheet) as image:
        assert image.format == "PNG"
        assert image.width >= 2 * WIDTH
    again = tmp_path / "again.png"
    assert shelfaudit("dataset", "stats", labels, "--sheet", again, "--sheet-photos", 4).code == 0
    assert again.read_bytes() == sheet.read_bytes(), "seeded"


def test_check_is_content_with_good_parts(labels: Path, shelfaudit: Shelfaudit) -> None:
    answer = shelfaudit("dataset", "check", labels, "--least", 5)
    assert (answer.code, answer.out) == (0, ""), answer.err
    assert "0 errors, 0 warnings, 0 notes." in answer.err
    document = shelfaudit("dataset", "check", labels, "--json").document
    assert (document["errors"], document["warnings"]) == (0, 2)
    assert {finding["kind"] for finding in document["findings"]} == {"class with few photos"}


def test_check_names_each_bad_photo_and_each_leak(labels: Path, folder: Path, shelfaudit: Shelfaudit) -> None:
    (folder / "1.jpg").unlink()
    (folder / "2.jpg").write_bytes((folder / "2.jpg").read_bytes()[:3000])
    write_photo(folder / "leak.jpg", scene(3), quality=35)
    other = write_labels(folder / "test.json", a_photo(folder / "leak.jpg", [0, 1], source="elsewhere"))
    answer = shelfaudit("dataset", "check", labels, other, "--least", 0)
    assert answer.code == 3
    lines = answer.out.splitlines()
    assert lines[0].startswith("error: photo missing (1)")
    for told in ("1.jpg: The file is missing", "2.jpg: The file is cut off", "leak.jpg: "):
        assert sum(told in line for line in lines) == 1, told
    assert "3.jpg in labels.json looks the same as this one in test.json" in answer.out
    assert shelfaudit("dataset", "check", labels, other, "--labels-only").code == 0


def test_clean_leaves_out_what_is_bad_or_double_and_nothing_else(
    labels: Path, folder: Path, shelfaudit: Shelfaudit, tmp_path: Path
) -> None:
    shutil.copy(folder / "3.jpg", folder / "2.jpg")
    (folder / "4.jpg").write_text("no picture", encoding="utf-8")
    before = {file: file.read_bytes() for file in folder.iterdir()}
    output = tmp_path / "cleaned" / "labels.json"
    answer = shelfaudit("dataset", "clean", labels, "--output", output, "--rename", "tea=green tea")
    assert answer.code == 0, answer.err
    assert {file: file.read_bytes() for file in folder.iterdir()} == before, "what was given stays as it is"
    cleaned = load_coco(output)
    assert cleaned.labels == ("cola", "green tea")
    assert [photo.file.resolve().stem for photo in cleaned.photos] == ["0", "1", "3", "5", "6", "7", "8", "9"]
    assert all(photo.file.exists() for photo in cleaned.photos)
    assert all(photo.region == Box(0, 0, WIDTH, HEIGHT) for photo in cleaned.photos)
    assert [photo.source for photo in cleaned.photos][:3] == ["store 0", "store 0", "store 1"]
    told = Counter(line.split(":")[0] for line in answer.out.splitlines())
    assert told == {"photo damaged": 1, "photo twice": 1, "class renamed": 5}
    document = shelfaudit("dataset", "clean", labels, "--output", output, "--drop", "tea", "--json").document
    assert (document["photos"], document["boxes"], len(document["changes"])) == (8, 8, 7)


def test_outputs_never_take_the_place_of_inputs(labels: Path, folder: Path, shelfaudit: Shelfaudit) -> None:
    before = labels.read_bytes()
    for arguments in (
        ("clean", labels, "--output", labels),
        ("clean", labels, "--output", folder / "3.jpg"),
        ("balance", labels, "--at-most", 3, "--output", labels),
        ("split", labels, "--parts", "labels=0.5,b=0.5", "--output", folder),
        ("stats", labels, "--sheet", folder / "3.jpg"),
    ):
        answer = shelfaudit("dataset", *arguments)
        assert answer.code == 1, arguments
        assert "overwritten" in answer.err
    assert labels.read_bytes() == before


def test_split_keeps_stores_apart(labels: Path, shelfaudit: Shelfaudit, tmp_path: Path) -> None:
    answer = shelfaudit(
        "dataset", "split", labels, "--parts", "train=60,val=20,test=20", "--output", tmp_path / "parts"
    )
    assert answer.code == 0, answer.err
    assert "Kept together by: source." in answer.err
    parts = {name: load_coco(tmp_path / "parts" / f"{name}.json") for name in ("train", "val", "test")}
    assert [len(part.photos) for part in parts.values()] == [6, 2, 2]
    stores = [{photo.source for photo in part.photos} for part in parts.values()]
    assert [len(names) for names in stores] == [3, 1, 1]
    assert len(set.union(*stores)) == 5
    assert all(photo.file.exists() for part in parts.values() for photo in part.photos)
    files = [tmp_path / "parts" / f"{name}.json" for name in parts]
    assert shelfaudit("dataset", "check", *files, "--least", 0).code == 0


def test_split_keeps_pictures_apart_and_names_what_it_could_not_look_at(
    labels: Path, folder: Path, shelfaudit: Shelfaudit, tmp_path: Path
) -> None:
    for seed in range(1, 5):
        write_photo(folder / f"{seed}.jpg", scene(0), quality=40 + seed)
    (folder / "9.jpg").unlink()
    arguments = ("split", labels, "--parts", "a=0.5,b=0.5", "--by", "none", "--output", tmp_path, "--json")
    for seed in range(4):
        answer = shelfaudit("dataset", *arguments, "--seed", seed)
        assert answer.code == 3
        assert "9.jpg" in answer.err
        assert [problem["kind"] for problem in answer.document["problems"]] == ["photo missing"]
        part_of = {
            photo.file.stem: name for name in ("a", "b") for photo in load_coco(tmp_path / f"{name}.json").photos
        }
        assert len(part_of) == 10
        assert len({part_of[str(seed)] for seed in range(5)}) == 1
        assert [part["photos"] for part in answer.document["parts"]] == [5, 5]


def test_balance_repeats_and_leaves_out(labels: Path, shelfaudit: Shelfaudit, tmp_path: Path) -> None:
    output = tmp_path / "balanced.json"
    answer = shelfaudit("dataset", "balance", labels, "--at-most", 6, "--output", output)
    assert answer.code == 0, answer.err
    assert "4 photos left out" in answer.err
    assert len(load_coco(output).photos) == 6
    document = shelfaudit("dataset", "balance", labels, "--at-least", 8, "--output", output, "--json").document
    assert document["after"] == {"cola": {"photos": 13, "boxes": 13}, "tea": {"photos": 8, "boxes": 8}}
    assert (document["left_out"], len(document["repeated"])) == ([], 3)
    assert {entry["times"] for entry in document["repeated"]} == {2}


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("split", "--parts", "train=0.8", "--output", "x"), "1 or 100"),
        (("split", "--parts", "../train=1", "--output", "x"), "no name for a part"),
        (("split", "--parts", "train=a lot", "--output", "x"), "no share"),
        (("split", "--parts", "a=1/0", "--output", "x"), "no share"),
        (("split", "--parts", "a=2,b=-1", "--output", "x"), "no share"),
        (("split", "--parts", "a=1e999999999,b=1", "--output", "x"), "no share"),
        (("split", "--parts", "a=0,b=1", "--output", "x"), "more than 0"),
        (("split", "--parts", "a=.5,a=.5", "--output", "x"), "twice"),
        (("split", "--parts", "half", "--output", "x"), "LEFT=RIGHT"),
        (("balance", "--output", "x"), "--at-most"),
        (("balance", "--at-most", 1, "--at-least", 2, "--output", "x"), "more than"),
        (("clean", "--rename", "tea", "--output", "x"), "LEFT=RIGHT"),
    ],
)
def test_wrong_usage_is_told(
    labels: Path, shelfaudit: Shelfaudit, arguments: tuple[object, ...], told: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(labels.parent)
    command, *rest = arguments
    answer = shelfaudit("dataset", command, labels, *rest)
    assert answer.code == 2
    assert told in " ".join(answer.err.replace("│", " ").split())
    assert not Path("x").exists()


@pytest.mark.parametrize("command", ["stats", "check", "clean", "split", "balance"])
def test_bad_label_files_are_one_clear_line(command: str, shelfaudit: Shelfaudit, tmp_path: Path) -> None:
    options = {
        "clean": ["--output", tmp_path / "x.json"],
        "split": ["--output", tmp_path / "x"],
        "balance": ["--at-most", 3, "--output", tmp_path / "x.json"],
    }
    bad = tmp_path / "bad.json"
    bad.write_text("{", encoding="utf-8")
    for file in (bad, tmp_path / "gone.json", tmp_path):
        answer = shelfaudit("dataset", command, file, *options.get(command, []), "--json")
        assert answer.code == 1
        assert str(file) in answer.document["error"]
        assert answer.err.startswith("error: ")


def test_a_class_that_is_not_there_is_told_with_those_that_are(
    labels: Path, shelfaudit: Shelfaudit, tmp_path: Path
) -> None:
    answer = shelfaudit("dataset", "clean", labels, "--drop", "beer", "--output", tmp_path / "x.json")
    assert answer.code == 1
    assert "“beer”" in answer.err
    assert "“cola”" in answer.err


def test_an_empty_data_set_breaks_nothing(shelfaudit: Shelfaudit, tmp_path: Path) -> None:
    empty = tmp_path / "empty.json"
    empty.write_text(json.dumps({"images": [], "annotations": [], "categories": []}), encoding="utf-8")
    assert shelfaudit("dataset", "stats", empty, "--sheet", tmp_path / "sheet.png").code == 0
    assert not (tmp_path / "sheet.png").exists()
    assert shelfaudit("dataset", "check", empty).code == 3
    assert shelfaudit("dataset", "clean", empty, "--output", tmp_path / "cleaned.json").code == 0
    assert shelfaudit("dataset", "balance", empty, "--at-least", 5, "--output", tmp_path / "balanced.json").code == 0
    assert shelfaudit("dataset", "split", empty, "--output", tmp_path / "parts").code == 1


def test_ctrl_c_stops_without_a_result(
    labels: Path, shelfaudit: Shelfaudit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from shelfaudit.datasets import photo_check

    look_at, started = photo_check.look_at, threading.Event()

    def interrupted(path: Path) -> photo_check.PhotoFile:
        if not started.is_set():
            started.set()
            signal.raise_signal(signal.SIGINT)
        return look_at(path)

    monkeypatch.setattr(photo_check, "look_at", interrupted)
    output = tmp_path / "cleaned.json"
    assert shelfaudit("dataset", "clean", labels, "--output", output).code == 130
    assert not output.exists()


@pytest.mark.parametrize("command", ["stats", "check", "clean", "split", "balance"])
def test_each_command_explains_itself(command: str, shelfaudit: Shelfaudit) -> None:
    answer = shelfaudit("dataset", command, "--help")
    assert answer.code == 0
    assert "Example:" in answer.out
