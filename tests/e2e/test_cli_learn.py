"""`shelfaudit learn`: from corrected visits to another detector, and back."""

from __future__ import annotations

import datetime as dt
import hashlib
import importlib.util
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import pytest

from shelfaudit import paths, settings
from shelfaudit.detection.detector import load_detector
from shelfaudit.detection.library import ModelLibrary
from shelfaudit.domain import edits
from shelfaudit.domain.geometry import Box
from shelfaudit.domain.learning import Purpose
from shelfaudit.domain.visit import Author, Facing, PhotoState, new_facing_id
from shelfaudit.photos.decode import read_photo
from shelfaudit.storage.database import open_database
from shelfaudit.storage.repository import VisitRepository
from tests.e2e.conftest import Shelfaudit
from tests.training.makers import shelf_of_boxes

SIDE = 256
DETECTOR = Path(__file__).parents[1] / "fixtures" / "tiny.tflite"


@pytest.fixture
def few_are_enough(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The detector may learn from a handful of photos."""
    monkeypatch.setenv("SHELFAUDIT_LEARNING_PHOTOS", "6")
    monkeypatch.setenv("SHELFAUDIT_LOCKED_PHOTOS", "3")
    settings.current.cache_clear()
    yield
    monkeypatch.undo()
    settings.current.cache_clear()


def corrected_visits(folder: Path, database: Path, *, visits: int = 4, photos: int = 3) -> Path:
    """A database of reviewed photos of bright boxes, with the boxes as facings; returns the photos' folder."""
    folder.mkdir(exist_ok=True)
    with open_database(database) as opened:
        repository = VisitRepository(opened)
        for number in range(visits):
            visit = repository.create_visit(f"Store {number}", "Drinks", dt.date(2026, 11, 20 + number), "Ada")
            for shot in range(photos):
                file = folder / f"visit {number} photo {shot}.png"
                boxes = write_shelf(file, seed=100 * number + shot)
                [photo] = repository.add_photos(visit.id, [file])
                facings = [Facing(new_facing_id(), Box(*corners), 0.9) for corners in boxes]
                repository.save_detection(
                    photo.id,
                    width=SIDE,
                    height=SIDE,
                    sha256=hashlib.sha256(file.read_bytes()).hexdigest(),
                    facings=facings,
                    appearances=None,
                    model="tiny 1",
                    threshold=0.5,
                )
                repository.set_photo_state(photo.id, PhotoState.REVIEWED)
    return folder


def write_shelf(file: Path, seed: int) -> list[list[float]]:
    """A photo of boxes; returns where they are."""
    pixels, boxes, _ = shelf_of_boxes(SIDE, np.random.default_rng(seed))
    _, data = cv2.imencode(".png", pixels[..., ::-1])
    file.write_bytes(data.tobytes())
    corners: list[list[float]] = boxes.tolist()
    return corners


@pytest.fixture
def tiny_in_use() -> None:
    """A detector that finds bright rectangles, and cannot be trained."""
    library = ModelLibrary()
    library.install(DETECTOR.read_bytes(), "tiny")
    library.use("tiny")


@pytest.mark.usefixtures("tiny_in_use")
def test_the_gallery_is_refreshed_once(tmp_path: Path, shelfaudit: Shelfaudit) -> None:
    database = tmp_path / "visits.sqlite"
    photos = corrected_visits(tmp_path / "photos", database, visits=2)
    name_one_facing(database, "alba/cola")
    lost = photos / "visit 1 photo 2.png"
    lost.unlink()

    planned = shelfaudit("learn", "--database", database, "--gallery-only", "--dry-run", "--json")
    assert planned.code == 0
    assert planned.document["gallery"]["photos"] == 6

    first = shelfaudit("learn", "--database", database, "--gallery-only", "--json")
    assert first.code == 3
    gallery = first.document["gallery"]
    assert (gallery["photos"], len(gallery["failures"])) == (5, 1)
    assert lost.name in gallery["failures"][0]
    with open_database(database) as opened:
        repository = VisitRepository(opened)
        maker = repository.commonest_maker(1)
        assert maker.startswith("1.")
        assert repository.named_appearances(maker=maker)[1] == ["alba/cola"]

    write_shelf(lost, seed=102)
    assert shelfaudit("learn", "--database", database, "--gallery-only").code == 0
    again = shelfaudit("learn", "--database", database, "--gallery-only")
    assert again.code == 0
    assert "described by the model in use already" in again.err


@pytest.mark.usefixtures("tiny_in_use")
def test_too_few_corrected_photos_are_said(tmp_path: Path, shelfaudit: Shelfaudit) -> None:
    database = tmp_path / "visits.sqlite"
    corrected_visits(tmp_path / "photos", database, visits=2, photos=2)
    answer = shelfaudit("learn", "--database", database, "--json")
    assert answer.code == 0
    detector = answer.document["detector"]
    assert (detector["state"], detector["training"], detector["locked"]) == ("not enough", 2, 2)
    assert "2 of 16 corrected photos" in answer.err
    assert ModelLibrary().in_use().stem == "tiny"


@pytest.mark.usefixtures("tiny_in_use", "few_are_enough")
def test_without_the_extra_the_gallery_is_refreshed_all_the_same(
    tmp_path: Path, shelfaudit: Shelfaudit, monkeypatch: pytest.MonkeyPatch
) -> None:
    find_spec = importlib.util.find_spec
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "keras" else find_spec(name))
    database = tmp_path / "visits.sqlite"
    corrected_visits(tmp_path / "photos", database)
    answer = shelfaudit("learn", "--database", database, "--json")
    assert answer.code == 0
    assert answer.document["gallery"]["photos"] == 12
    assert answer.document["detector"]["state"] == "no extra"
    assert 'pip install "shelfaudit[train]"' in answer.err


@pytest.mark.usefixtures("tiny_in_use")
def test_another_model_says_what_it_cannot_compare(tmp_path: Path, shelfaudit: Shelfaudit) -> None:
    database = paths.default_database_file()
    assert shelfaudit("models", "use", "tiny").err.strip() == "In use: tiny"
    corrected_visits(tmp_path / "photos", database, visits=1, photos=2)
    assert shelfaudit("learn", "--gallery-only").code == 0
    assert "anew" not in shelfaudit("models", "use", "tiny").err
    answer = shelfaudit("models", "use", "shelf-photo")
    assert answer.code == 0
    assert "in 2 photos were described by another model" in answer.err
    assert "shelfaudit learn --gallery-only" in answer.err
    known = {check["name"]: check["detail"] for check in shelfaudit("doctor", "--json").document["checks"]}
    assert "shelfaudit learn --gallery-only" in known["known products"]


def test_a_database_that_is_not_there(tmp_path: Path, shelfaudit: Shelfaudit) -> None:
    answer = shelfaudit("learn", "--database", tmp_path / "none.sqlite")
    assert answer.code == 1
    assert "no database here" in answer.err


def name_one_facing(database: Path, sku: str) -> None:
    with open_database(database) as opened:
        repository = VisitRepository(opened)
        photo = repository.visit(1).photos[0]
        repository.save_edit(photo.id, edits.relabel(photo.facings[:1], sku))
        assert repository.photo(photo.id).facings[0].product_by is Author.AUDITOR


@pytest.mark.training
@pytest.mark.filterwarnings("default")
@pytest.mark.usefixtures("few_are_enough")
def test_learning_and_going_back(tmp_path: Path, shelfaudit: Shelfaudit) -> None:
    for module in ("keras", "tensorflow", "tensorboard", "matplotlib", "tomli_w", "pycocotools"):
        pytest.importorskip(module, reason="needs the extra `train`")
    database = tmp_path / "visits.sqlite"
    corrected_visits(tmp_path / "photos", database)
    install_a_beginner(tmp_path)

    planned = shelfaudit("learn", "--database", database, "--dry-run", "--json")
    assert planned.document["detector"]["state"] == "ready", planned.err
    assert not paths.learning_dir().exists()

    answer = shelfaudit("learn", "--database", database, "--steps", 60, "--json")
    assert answer.code == 0, answer.err
    detector = answer.document["detector"]
    comparison = detector["comparison"]
    assert (detector["training"], detector["locked"], comparison["photos"]) == (9, 3, 3)
    assert comparison["new"]["scores"]["AP"] > comparison["old"]["scores"]["AP"]
    assert detector["state"] == "better"
    name = detector["in_use"]
    assert name.startswith("beginner-learned-")
    assert ModelLibrary().in_use().stem == name
    assert "shelfaudit models use beginner" in answer.err
    assert "beginner" in Path(detector["report"]).read_text(encoding="utf-8")
    with open_database(database) as opened:
        repository = VisitRepository(opened)
        purposes = repository.learning_purposes()
        assert sorted(purposes.values()).count(Purpose.LOCKED) == 3

    photo = read_photo(tmp_path / "photos" / "visit 0 photo 0.png").pixels
    boxes = np.array([[20, 8, 60, 60], [100, 80, 140, 140]], dtype=np.float32)
    before, after = (load_detector(Path(model)).describe(photo, boxes) for model in ("beginner", name))
    np.testing.assert_allclose(after, before, atol=0.02)

    # It keeps the features, so that nothing is to be described anew, there or back.
    gallery = shelfaudit("learn", "--database", database, "--gallery-only", "--json").document["gallery"]
    assert (gallery["facings"], gallery["photos"]) == (0, 0)

    assert shelfaudit("models", "use", "beginner").code == 0
    assert ModelLibrary().in_use().stem == "beginner"


def install_a_beginner(folder: Path) -> None:
    """A detector that was not trained yet, with its weights, in use."""
    from shelfaudit.training.config import ExportConfig
    from shelfaudit.training.convert import Precision
    from shelfaudit.training.export import ConversionWishes, convert_run
    from shelfaudit.training.train import Run
    from shelfaudit.training.trained import load_run
    from tests.training.makers import tiny_config

    config = tiny_config(
        folder,
        name="beginner",
        learning_rate=2.4e-2,
        batch_size=4,
        export=ExportConfig(version="1", nms_iou=0.5),
    )
    run = Run(config)
    run.save()
    (made,) = convert_run(load_run(config.run_dir), ConversionWishes(precisions=(Precision.FLOAT32,)), folder)
    library = ModelLibrary()
    library.install(made.info.file.read_bytes(), "beginner")
    library.keep_checkpoint("beginner", config.run_dir / "last.npz")
    library.use("beginner")
