"""`detect`, `visits`, `report`, `export`, `demo` and `doctor` from the command line, with everything real."""

from __future__ import annotations

import csv
import json
import os
import shutil
from pathlib import Path

import openpyxl
import pypdf
import pytest
from PIL import Image

from shelfaudit import paths
from shelfaudit.detection.model_file import read_model_info
from shelfaudit.domain import edits
from shelfaudit.storage.database import open_database
from shelfaudit.storage.repository import VisitRepository
from tests.e2e.conftest import Samples, Shelfaudit
from tests.fixtures import TINY_MODEL


@pytest.fixture(scope="session")
def audited(samples: Samples, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with visit 1 of the sample photos."""
    from shelfaudit.__main__ import main

    database = tmp_path_factory.mktemp("audited") / "visits.sqlite"
    arguments = ["audit", str(samples.photos), "--store", "Corner shop", "--category", "Drinks"]
    assert main([*arguments, "--date", "2026-11-20", "--database", str(database)]) == 0
    return database


@pytest.fixture
def database(audited: Path, tmp_path: Path) -> Path:
    """A copy of that database, to be changed at will."""
    return Path(shutil.copy(audited, tmp_path / "visits.sqlite"))


def facings_in(database: Path) -> int:
    """Facings of visit 1."""
    with open_database(database) as opened:
        return sum(len(photo.facings) for photo in VisitRepository(opened).visit(1).photos)


def test_detect_writes_coco_in_upright_pixels(samples: Samples, shelfaudit: Shelfaudit, tmp_path: Path) -> None:
    folder, output = tmp_path / "photos", tmp_path / "boxes.json"
    (folder / "deeper").mkdir(parents=True)
    photo = min(samples.photos.glob("*.jpg"))
    shutil.copy(photo, folder / "a.jpg")
    with Image.open(photo) as image:
        upright = image.size
        exif = Image.Exif()
        exif[0x0112] = 6  # as a phone held upright writes it
        image.transpose(Image.Transpose.ROTATE_90).save(folder / "deeper" / "b.jpg", quality=95, exif=exif)
    answer = shelfaudit("detect", folder, "--output", output)
    assert answer.code == 0, answer.err
    assert not list(paths.user_data_dir().glob("*")), "detect keeps nothing"
    document = json.loads(output.read_text(encoding="utf-8"))
    assert [image["file_name"] for image in document["images"]] == ["a.jpg", "deeper/b.jpg"]
    assert [(image["width"], image["height"]) for image in document["images"]] == [upright] * 2
    assert [category["name"] for category in document["categories"]] == ["product"]
    counts = {image["id"]: 0 for image in document["images"]}
    threshold = read_model_info(paths.default_model_file()).counting_threshold
    for annotation in document["annotations"]:
        x, y, width, height = annotation["bbox"]
        assert 0 <= x <= x + width <= upright[0] + 0.01
        assert 0 <= y <= y + height <= upright[1] + 0.01
        assert threshold <= annotation["score"] <= 1
        assert annotation["category_id"] == document["categories"][0]["id"]
        counts[annotation["image_id"]] += 1
    assert len({annotation["id"] for annotation in document["annotations"]}) == len(document["annotations"])
    straight, turned = counts.values()
    assert straight > 0
    assert abs(straight - turned) <= 0.1 * straight, "the same shelf, whichever way the phone was held"


def test_detect_with_a_lower_score_finds_more(samples: Samples, shelfaudit: Shelfaudit, tmp_path: Path) -> None:
    photo = min(samples.photos.glob("*.jpg"))
    found = []
    for name, options in (("counted", []), ("more", ["--min-score", "0.05"])):
        output = tmp_path / f"{name}.json"
        assert shelfaudit("detect", photo, "--output", output, *options).code == 0
        found.append(json.loads(output.read_text(encoding="utf-8"))["annotations"])
    counted, more = found
    assert len(more) > len(counted)
    assert min(annotation["score"] for annotation in more) >= 0.05


def test_detect_names_what_it_cannot_read(samples: Samples, shelfaudit: Shelfaudit, tmp_path: Path) -> None:
    (tmp_path / "text.jpg").write_text("no photo")
    output = tmp_path / "boxes.json"
    answer = shelfaudit("detect", min(samples.photos.glob("*.jpg")), tmp_path / "text.jpg", "--output", output)
    assert answer.code == 3
    assert "text.jpg" in answer.err
    assert len(json.loads(output.read_text(encoding="utf-8"))["images"]) == 1


def test_visits_lists_them(audited: Path, shelfaudit: Shelfaudit) -> None:
    answer = shelfaudit("visits", "--database", audited)
    assert answer.code == 0
    assert "Corner shop" in answer.out
    assert "2026-11-20" in answer.out


def test_visits_of_a_new_user_says_what_to_do(shelfaudit: Shelfaudit) -> None:
    answer = shelfaudit("visits")
    assert (answer.code, answer.out) == (0, "")
    assert "audit" in answer.err
    assert not paths.default_database_file().exists()


def test_report_of_a_visit_with_corrections(database: Path, shelfaudit: Shelfaudit, tmp_path: Path) -> None:
    with open_database(database) as opened:
        repository = VisitRepository(opened)
        photo = repository.visit(1).photos[0]
        repository.save_edit(photo.id, edits.remove(photo.facings[:3]))
    output = tmp_path / "report.pdf"
    assert shelfaudit("report", 1, "--output", output, "--database", database).code == 0
    text = " ".join(page.extract_text() for page in pypdf.PdfReader(output).pages)
    assert "Corner shop" in text
    assert str(facings_in(database)) in text
    (visit,) = shelfaudit("visits", "--database", database, "--json").document["visits"]
    assert visit["state"] == "reported"


def test_export_in_every_format(database: Path, shelfaudit: Shelfaudit, tmp_path: Path) -> None:
    facings = facings_in(database)
    for name in ("csv", "xlsx", "coco"):
        output = tmp_path / f"visit.{name}"
        answer = shelfaudit("export", 1, "--format", name, "--output", output, "--database", database)
        assert answer.code == 0, answer.err
    with (tmp_path / "visit.csv").open(encoding="utf-8-sig", newline="") as file:
        assert len(list(csv.reader(file))) == facings + 1
    assert facings + 1 in {sheet.max_row for sheet in openpyxl.load_workbook(tmp_path / "visit.xlsx")}
    document = json.loads((tmp_path / "visit.coco").read_text(encoding="utf-8"))
    assert len(document["annotations"]) == facings


@pytest.mark.parametrize("command", [["report"], ["export", "--format", "csv"]])
def test_a_visit_that_is_not_there(command: list[str], audited: Path, shelfaudit: Shelfaudit, tmp_path: Path) -> None:
    name, *options = command
    answer = shelfaudit(name, 99, *options, "--output", tmp_path / "x", "--database", audited)
    assert answer.code == 1
    assert "no visit 99" in answer.err
    assert not (tmp_path / "x").exists()


def test_a_database_that_is_not_there_is_not_made(shelfaudit: Shelfaudit, tmp_path: Path) -> None:
    for command in (["visits"], ["report", 1, "--output", tmp_path / "x.pdf"]):
        answer = shelfaudit(*command, "--database", tmp_path / "none.sqlite")
        assert answer.code == 1
        assert "no database" in answer.err
    assert not list(tmp_path.iterdir())


def test_a_visit_number_beyond_all_is_wrong_usage(shelfaudit: Shelfaudit, database: Path, tmp_path: Path) -> None:
    assert shelfaudit("report", 10**20, "--database", database, "--output", tmp_path / "r.pdf").code == 2
    assert shelfaudit("report", 2**63 - 1, "--database", database, "--output", tmp_path / "r.pdf").code == 1


def test_no_result_overwrites_what_it_is_made_of(shelfaudit: Shelfaudit, samples: Samples, tmp_path: Path) -> None:
    photos, database, model = tmp_path / "photos", tmp_path / "v.sqlite", tmp_path / "m.tflite"
    shutil.copytree(samples.photos, photos)
    shutil.copy(TINY_MODEL, model)
    audit = ("audit", photos, "--store", "X", "--database", database, "--model", model)
    assert shelfaudit(*audit).code == 0
    photo, visits = next(photos.glob("*.jpg")), facings_in(database)
    before = {file: file.read_bytes() for file in (photo, model)}
    of_visit = ("1", "--database", database, "--output", photo)
    for command in (
        (*audit, "--report", photo),
        (*audit, "--workbook", database),
        ("detect", photos, "--model", model, "--output", model),
        ("report", *of_visit),
        *(("export", "--format", kind, *of_visit) for kind in ("csv", "xlsx", "coco")),
    ):
        answer = shelfaudit(*command)
        assert answer.code == 1, command
        assert "overwritten" in answer.err
    assert {file: file.read_bytes() for file in before} == before
    assert facings_in(database) == visits > 0


def test_demo_counts_its_samples_and_can_be_run_again(
    shelfaudit: Shelfaudit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shelfaudit.usecases.demo.PHOTOS", 1)
    for visits in (1, 2):
        answer = shelfaudit("demo", "--headless", "--output", tmp_path / "demo")
        assert answer.code == 0, answer.err
        listed = shelfaudit("visits", "--database", tmp_path / "demo" / "visits.sqlite", "--json").document["visits"]
        assert len(listed) == visits
        if visits == 1:
            assert "true" in answer.out
            made = {path.name for path in (tmp_path / "demo").iterdir()}
            assert made >= {"photos", "catalogue", "report.pdf", "workbook.xlsx", "visits.sqlite"}
    assert listed[0]["facings"] == listed[1]["facings"] > 0


def test_doctor_finds_everything_well(shelfaudit: Shelfaudit, audited: Path) -> None:
    answer = shelfaudit("doctor", "--database", audited)
    assert answer.code == 0, answer.out
    assert "failed" not in answer.out
    checks = shelfaudit("doctor", "--json").document["checks"]
    assert all(check["healthy"] for check in checks)
    assert not paths.default_database_file().exists()


def test_doctor_names_what_is_ill(shelfaudit: Shelfaudit, tmp_path: Path) -> None:
    model, database = tmp_path / "model.tflite", tmp_path / "visits.sqlite"
    model.write_bytes(paths.default_model_file().read_bytes()[:-1])
    database.write_bytes(os.urandom(5000))
    answer = shelfaudit("doctor", "--model", model, "--database", database, "--json")
    assert answer.code == 1
    ill = {check["name"]: check for check in answer.document["checks"] if not check["healthy"]}
    assert set(ill) == {"model", "detection", "your database"}
    assert all(check["advice"] for check in ill.values())


def test_help_teaches_every_command(shelfaudit: Shelfaudit) -> None:
    for command in (
        *("audit", "detect", "visits", "report", "export", "demo", "doctor"),
        *("learn", "train", "evaluate", "convert", "bench", "serve"),
        *("dataset import", "dataset export", "dataset convert", "dataset stats", "dataset check"),
        *("dataset clean", "dataset split", "dataset balance", "dataset label"),
        *("models list", "models add", "models use", "models remove"),
    ):
        answer = shelfaudit(*command.split(), "--help")
        assert answer.code == 0
        assert f"shelfaudit {command}" in answer.out
        assert "Example" in answer.out
        assert "What comes out" in answer.out


@pytest.mark.parametrize(("display", "headless", "opens"), [(True, False, True), (True, True, False)])
def test_demo_opens_the_window_on_its_visit_where_there_is_a_display(
    display: bool, headless: bool, opens: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from shelfaudit import cli

    monkeypatch.setattr("shelfaudit.usecases.demo.PHOTOS", 1)
    monkeypatch.setattr("shelfaudit.cli.checkup.has_display", lambda: display)
    opened: list[list[str]] = []

    def open_window(arguments: list[str]) -> int:
        opened.append(arguments)
        return 0

    assert cli.run(["demo", "--output", str(tmp_path), *(["--headless"] if headless else [])], open_window) == 0
    assert opened == ([["--database", str(tmp_path / "visits.sqlite")]] if opens else [])


def test_a_display_is_told_by_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    from shelfaudit.cli.checkup import has_display

    monkeypatch.setattr("sys.platform", "linux")
    monkeypatch.delenv("WAYLAND_DISPLAY", raising=False)
    monkeypatch.delenv("QT_QPA_PLATFORM", raising=False)
    monkeypatch.setenv("DISPLAY", ":0")
    assert has_display()
    monkeypatch.setenv("QT_QPA_PLATFORM", "offscreen")
    assert not has_display()
    monkeypatch.delenv("QT_QPA_PLATFORM")
    monkeypatch.delenv("DISPLAY")
    assert not has_display()
