"""The whole audit, names, catalogue and corrections, with fakes."""

from __future__ import annotations

import datetime as dt
from itertools import count
from pathlib import Path

import numpy as np
import pytest

from shelfaudit.domain import edits
from shelfaudit.domain.edits import EditKind
from shelfaudit.domain.geometry import FloatArray
from shelfaudit.domain.visit import PhotoState
from shelfaudit.errors import CatalogueError, PhotoError, UserError
from shelfaudit.photos.decode import decode_photo
from shelfaudit.usecases.audit import VisitDetails, audit
from shelfaudit.usecases.correct import correct
from shelfaudit.usecases.describe import describe_facings
from shelfaudit.usecases.load_catalogue import load_catalogue
from shelfaudit.usecases.name_facings import UNKNOWN, name_facings
from shelfaudit.usecases.ports import Pixels
from shelfaudit.usecases.report import read_for_report
from tests.unit.fakes import FakeDetector, FakeRepository, write_photo

DETAILS = VisitDetails("Prüf-Markt №1", "Soft drinks", dt.date(2026, 11, 20), "Ada")


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    for number in range(3):
        write_photo(tmp_path / "photos" / f"{number}.jpg")
    return tmp_path / "photos"


@pytest.fixture
def catalogue(tmp_path: Path) -> Path:
    """One own product with a picture that looks exactly like every facing of the fake detector, and a competitor's."""
    write_photo(tmp_path / "crops" / "cola.jpg", width=19, height=38)
    file = tmp_path / "catalogue.csv"
    file.write_text(
        "sku,name,brand,ownership,width_cm,barcode,must_stock,pictures\n"
        "alba/cola,Alba Cola,Alba,own,6.5,,yes,crops/cola.jpg\n"
        "brio/lime,Brio Lime,Brio,competitor,,,no,\n",
        encoding="utf-8",
    )
    return file


def test_an_audit_saves_a_visit_and_counts(photos: Path) -> None:
    repository, ticks = FakeRepository(), count(step=2.0)
    outcome = audit(repository, FakeDetector(), DETAILS, [photos], clock=lambda: next(ticks))
    assert outcome.visit == repository.visit(1)
    assert (outcome.visit.store.name, outcome.visit.category, outcome.visit.auditor) == (
        "Prüf-Markt №1",
        "Soft drinks",
        "Ada",
    )
    assert (outcome.finished, outcome.failed, outcome.stopped) == (3, [], False)
    assert (outcome.seconds, outcome.photos_per_second) == (2.0, 1.5)
    assert (outcome.shares.total, outcome.shares.unknown.facings) == (6, 6)


def test_all_photos_failed_is_still_a_visit(tmp_path: Path) -> None:
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(b"")
    repository = FakeRepository()
    outcome = audit(repository, FakeDetector(), DETAILS, [bad])
    assert [photo.path for photo in outcome.failed] == [bad]
    assert repository.visit(1).photos[0].state is PhotoState.FAILED


def test_a_photo_that_goes_while_the_catalogue_is_read_fails_alone(photos: Path, catalogue: Path) -> None:
    class SlowDetector(FakeDetector):
        def describe(self, pixels: Pixels, boxes: FloatArray) -> FloatArray:
            (photos / "1.jpg").unlink(missing_ok=True)
            return super().describe(pixels, boxes)

    outcome = audit(FakeRepository(), SlowDetector(), DETAILS, [photos], catalogue_path=catalogue)
    assert [photo.path.name for photo in outcome.failed] == ["1.jpg"]
    assert outcome.shares.total == 4


def test_a_request_that_cannot_work_leaves_no_visit(tmp_path: Path, photos: Path) -> None:
    repository = FakeRepository()
    empty = tmp_path / "empty"
    empty.mkdir()
    nameless = VisitDetails("  ", "", DETAILS.date, "")
    with pytest.raises(PhotoError):
        audit(repository, FakeDetector(), DETAILS, [empty])
    with pytest.raises(UserError, match="store"):
        audit(repository, FakeDetector(), nameless, [photos])
    with pytest.raises(CatalogueError):
        audit(repository, FakeDetector(), DETAILS, [photos], catalogue_path=tmp_path / "missing.csv")
    with pytest.raises(UserError, match="no visit 1"):
        repository.visit(1)


def test_a_stopped_audit_returns_what_is_done(photos: Path) -> None:
    detector = FakeDetector()
    outcome = audit(FakeRepository(), detector, DETAILS, [photos], cancelled=lambda: len(detector.sizes) == 2)
    assert outcome.stopped
    assert [photo.state.value for photo in outcome.visit.photos] == ["detected", "detected", "waiting"]
    assert outcome.finished == 2


def test_loading_a_catalogue_keeps_products_and_the_looks_of_their_pictures(catalogue: Path) -> None:
    repository = FakeRepository()
    steps: list[tuple[int, int]] = []
    loaded = load_catalogue(
        repository, FakeDetector(), catalogue, progress=lambda done, total: steps.append((done, total))
    )
    assert set(loaded.products) == {"alba/cola", "brio/lime"}
    assert repository.catalogue() == loaded
    assert set(repository.references) == {"alba/cola"}
    assert repository.references["alba/cola"].shape[0] == 1
    assert [max(decode_photo(jpeg).pixels.shape) <= 256 for jpeg in repository.pictures["alba/cola"]] == [True]
    assert np.linalg.norm(repository.references["alba/cola"][0]) == pytest.approx(1, abs=1e-3)
    assert steps == [(0, 1), (1, 1)]


def test_a_catalogue_that_does_not_say_whose_a_brand_is_leaves_it_whose_it_was(catalogue: Path, tmp_path: Path) -> None:
    repository = FakeRepository()
    load_catalogue(repository, FakeDetector(), catalogue)
    pictures = tmp_path / "pictures"
    for brand in ("Alba", "Novo"):
        write_photo(pictures / brand / "light" / "1.jpg")
    load_catalogue(repository, FakeDetector(), pictures)
    brands = repository.catalogue().brands
    assert {name: brand.ownership.value for name, brand in brands.items()} == {
        "Alba": "own",
        "Brio": "competitor",
        "Novo": "competitor",
    }


def test_a_bad_reference_picture_leaves_the_catalogue_as_it_was(catalogue: Path) -> None:
    picture = catalogue.parent / "crops" / "cola.jpg"
    picture.write_bytes(b"")
    repository = FakeRepository()
    with pytest.raises(PhotoError) as caught:
        load_catalogue(repository, FakeDetector(), catalogue)
    assert caught.value.file == picture
    assert not repository.catalogue().products


def test_facings_that_look_like_a_named_one_get_its_name(photos: Path) -> None:
    repository = FakeRepository()
    visit = audit(repository, FakeDetector(), DETAILS, [photos]).visit
    first = visit.photos[0]
    correct(repository, {first.id: edits.relabel(first.facings[:1], "alba/cola")})
    names = name_facings(repository, visit.id)
    same_place = [photo.facings[0] for photo in repository.visit(visit.id).photos]
    assert [facing.product for facing in same_place] == ["alba/cola"] * 3
    assert set(names) == {facing.id for photo in visit.photos for facing in photo.facings}
    assert [names[facing.id].sku for facing in same_place] == [None, "alba/cola", "alba/cola"]  # named by the auditor
    assert repository.edit_counts(visit.id) == {EditKind.RELABEL: 1}


def test_without_anything_named_every_facing_stays_unknown(photos: Path) -> None:
    repository = FakeRepository()
    visit = audit(repository, FakeDetector(), DETAILS, [photos]).visit
    assert set(name_facings(repository, visit.id).values()) == {UNKNOWN}


def test_looks_of_another_model_name_nothing(photos: Path) -> None:
    repository = FakeRepository()
    visit = audit(repository, FakeDetector(), DETAILS, [photos]).visit
    repository.save_references("alba/cola", np.ones((1, 7), dtype=np.float32))
    assert set(name_facings(repository, visit.id).values()) == {UNKNOWN}


def test_boxes_are_never_laid_over_another_picture(photos: Path) -> None:
    repository, detector = FakeRepository(), FakeDetector()
    photo = audit(repository, detector, DETAILS, [photos]).visit.photos[0]
    assert read_for_report(photo).shape == (48, 64, 3)
    write_photo(photo.path, shade=200)
    for use in (lambda: read_for_report(photo), lambda: describe_facings(repository, detector, photo, photo.facings)):
        with pytest.raises(PhotoError, match="changed since it was counted"):
            use()


def test_a_visit_without_facings_has_no_names() -> None:
    repository = FakeRepository()
    visit = repository.create_visit("Store", "", DETAILS.date, "")
    assert name_facings(repository, visit.id) == {}


def test_a_drawn_facing_gets_a_look_like_those_of_the_detector(photos: Path) -> None:
    repository, detector = FakeRepository(), FakeDetector()
    visit = audit(repository, detector, DETAILS, [photos]).visit
    photo = visit.photos[0]
    found = photo.facings[0]
    known = repository.looks.pop(found.id)
    describe_facings(repository, detector, photo, [found])
    np.testing.assert_allclose(repository.looks[found.id], known, atol=1e-3)
    describe_facings(repository, detector, photo, [])
    assert len(repository.looks) == 6


def test_looks_that_are_known_are_not_looked_for_again(photos: Path) -> None:
    repository, detector = FakeRepository(), FakeDetector()
    photo = audit(repository, detector, DETAILS, [photos]).visit.photos[0]
    describe_facings(repository, detector, photo, photo.facings[:1])
    photo.path.unlink()
    describe_facings(repository, detector, photo, photo.facings[:1])
    with pytest.raises(PhotoError):
        describe_facings(repository, detector, photo, photo.facings[1:])
