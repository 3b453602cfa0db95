from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("pydantic", reason="needs the extra `train`")
pytest.importorskip("tomli_w", reason="needs the extra `train`")
pytestmark = pytest.mark.training

from shelfaudit.errors import UserError  # noqa: E402
from shelfaudit.training.config import DataSource, SampleShelves  # noqa: E402
from shelfaudit.training.data import hold_back, load_data  # noqa: E402
from tests.training.makers import labelled, tiny_config, write_dataset  # noqa: E402


def without_regions(label_file: Path) -> Path:
    document = json.loads(label_file.read_text(encoding="utf-8"))
    for image in document["images"]:
        del image["region"]
    label_file.write_text(json.dumps(document), encoding="utf-8")
    return label_file


def test_a_source_says_what_the_absence_of_a_region_means(tmp_path: Path) -> None:
    file = without_regions(write_dataset(tmp_path, 2, seed=3))
    complete = load_data(tiny_config(tmp_path, data=(DataSource(file=file),), validation=None))
    assert [photo.region and photo.region.as_tuple() for photo in complete.training[0].photos] == [(0, 0, 256, 256)] * 2
    partly = load_data(tiny_config(tmp_path, data=(DataSource(file=file, complete="boxes"),), validation=None))
    assert [photo.region for photo in partly.training[0].photos] == [None, None]


def test_labels_of_all_sources_go_by_their_names(tmp_path: Path) -> None:
    plain = write_dataset(tmp_path, 2, seed=3)
    coloured = write_dataset(tmp_path, 2, seed=4, by_colour=True)
    sources = (DataSource(file=plain), DataSource(file=coloured))
    other = write_dataset(tmp_path, 1, seed=5, by_colour=True)
    many = load_data(tiny_config(tmp_path, data=sources, single_class=False, validation=other))
    assert many.labels == ("product", "box/red", "box/green", "box/blue")
    assert set(np.concatenate([photo.labels for photo in many.training[0].photos])) == {0}
    assert set(np.concatenate([photo.labels for photo in many.training[1].photos])) == {1, 2, 3}
    for photo in many.validation:
        assert [many.labels[label] for label in photo.labels] == list(photo.products)
    one = load_data(tiny_config(tmp_path, data=sources, validation=other))
    assert one.labels == ("product",)
    assert not any(photo.labels.any() for part in one.training for photo in part.photos)


def test_validation_labels_must_be_trained(tmp_path: Path) -> None:
    plain, coloured = write_dataset(tmp_path, 1, seed=3), write_dataset(tmp_path, 1, seed=4, by_colour=True)
    config = tiny_config(tmp_path, data=(DataSource(file=plain),), single_class=False, validation=coloured)
    with pytest.raises(UserError, match="box/red"):
        load_data(config)


def test_photos_held_back_are_not_trained_on() -> None:
    photos = [labelled([], size=(10 + number, 10)) for number in range(500)]
    photos = [type(photo)(**{**vars(photo), "file": Path(f"{photo.width}.jpg")}) for photo in photos]
    kept, held = hold_back(photos, 0.2, seed=1)
    assert set(map(id, kept)) | set(map(id, held)) == set(map(id, photos))
    assert not set(map(id, kept)) & set(map(id, held))
    assert 70 < len(held) < 130
    # Photos added later leave the others where they were, and another seed draws others.
    assert [photo.file for photo in hold_back(photos[:250], 0.2, seed=1)[1]] == [
        photo.file for photo in held if photo.width < 260
    ]
    assert [photo.file for photo in hold_back(photos, 0.2, seed=2)[1]] != [photo.file for photo in held]


def test_a_file_that_is_sampled_in_two_ways_is_held_back_once(tmp_path: Path) -> None:
    file = write_dataset(tmp_path, 12, seed=3)
    sources = (DataSource(file=file), DataSource(file=file, sampling="mosaics"))
    data = load_data(tiny_config(tmp_path, data=sources, validation=None, validation_share=0.4))
    first, second = (part.photos for part in data.training)
    assert first == second
    assert 0 < len(data.validation) < 12
    assert len(first) + len(data.validation) == 12
    assert not {photo.file for photo in first} & {photo.file for photo in data.validation}


def test_validation_photos_are_never_trained_on(tmp_path: Path) -> None:
    file = write_dataset(tmp_path, 4, seed=3)
    document = json.loads(file.read_text(encoding="utf-8"))
    document["images"] = document["images"][:1]
    document["annotations"] = [entry for entry in document["annotations"] if entry["image_id"] == 1]
    part = tmp_path / "validation.json"
    part.write_text(json.dumps(document), encoding="utf-8")
    data = load_data(tiny_config(tmp_path, data=(DataSource(file=file),), validation=part))
    assert len(data.validation) == 1
    assert [photo.file.name for photo in data.training[0].photos] == ["shelf 3-2.png", "shelf 3-3.png", "shelf 3-4.png"]


def test_sample_shelves_are_drawn_once(tmp_path: Path) -> None:
    shelves = SampleShelves(photos=5, width=160, height=120, folder=tmp_path / "drawn")
    config = tiny_config(tmp_path, data=(DataSource(samples=shelves),), validation=None)
    told: list[tuple[int, int]] = []
    photos = load_data(config, lambda done, total: told.append((done, total))).training[0].photos
    assert len(photos) == 5
    assert told == [(0, 5), (4, 5), (5, 5)]
    assert all(photo.region is not None and len(photo.boxes) for photo in photos)
    assert photos[0].read().shape == (120, 160, 3)
    before = {file: file.stat().st_mtime_ns for file in (tmp_path / "drawn").rglob("*.jpg")}
    load_data(config)
    assert {file: file.stat().st_mtime_ns for file in (tmp_path / "drawn").rglob("*.jpg")} == before


def test_a_source_without_products_is_an_error_for_people(tmp_path: Path) -> None:
    file = tmp_path / "empty.json"
    file.write_text('{"images": [], "annotations": []}', encoding="utf-8")
    with pytest.raises(UserError) as caught:
        load_data(tiny_config(tmp_path, data=(DataSource(file=file),)))
    assert caught.value.file == file


def test_a_folder_for_shelves_that_cannot_be_made_is_an_error_for_people(tmp_path: Path) -> None:
    blocked = tmp_path / "blocked"
    blocked.write_text("a file", encoding="utf-8")
    shelves = SampleShelves(photos=1, width=64, height=64, folder=blocked)
    with pytest.raises(UserError):
        load_data(tiny_config(tmp_path, data=(DataSource(samples=shelves),), validation=None))
