"""The whole path with a real TFLite file: photos as cameras write them, labels as they are in the wild."""

from __future__ import annotations

from pathlib import Path

import pytest

pytest.importorskip("pycocotools", reason="needs the extra `train`")

from shelfaudit.datasets.coco import load_coco
from shelfaudit.datasets.dataset import Dataset
from shelfaudit.detection.detector import Detector, load_detector
from shelfaudit.domain.geometry import Box
from shelfaudit.errors import Cancelled, UserError
from shelfaudit.evaluation.evaluate import evaluate, evaluate_detector
from shelfaudit.evaluation.results import summarise
from shelfaudit.evaluation.selection import spread, with_photos_in
from tests.evaluation.makers import SHELF, draw_shelf, write_labels
from tests.fixtures import TINY_MODEL


@pytest.fixture(scope="module")
def detector() -> Detector:
    return load_detector(TINY_MODEL, threads=1)


def test_every_orientation_scores_the_same(detector: Detector, tmp_path: Path) -> None:
    names = [f"orientation-{number}.jpg" for number in range(1, 9)]
    for number, name in enumerate(names, start=1):
        draw_shelf(tmp_path / name, orientation=number)
    for name in names:
        file = write_labels(tmp_path / "labels.json", [name])
        result = summarise(evaluate_detector(detector, load_coco(file)), detector.info, file)
        assert not result.evaluation.failures
        assert [result.scores.ap, result.scores.recall] == pytest.approx([1, 1]), name
        assert (result.count.mae, result.at_threshold.precision) == (0, 1), name


def test_labels_for_the_pixels_as_stored_are_refused_not_scored(detector: Detector, tmp_path: Path) -> None:
    """The trap of labels that were made without the orientation: width and height are exchanged."""
    draw_shelf(tmp_path / "a.jpg", orientation=6)
    file = write_labels(tmp_path / "labels.json", ["a.jpg"], [Box(8, 10, 28, 30)], size=(96, 128))
    evaluation = evaluate_detector(detector, load_coco(file))
    (failure,) = evaluation.failures
    assert "128 × 96" in failure.error.message
    assert "orientation" in failure.error.message


def test_photos_that_cannot_be_read_are_named_and_the_rest_goes_on(detector: Detector, tmp_path: Path) -> None:
    draw_shelf(tmp_path / "Prüfung №1.jpg")
    (tmp_path / "text.jpg").write_text("no photo")
    file = write_labels(tmp_path / "labels.json", ["text.jpg", "Prüfung №1.jpg", "missing.jpg"])
    seen: list[tuple[int, int]] = []
    evaluation = evaluate_detector(detector, load_coco(file), progress=lambda *step: seen.append(step))
    assert [failure.photo.file.name for failure in evaluation.failures] == ["text.jpg", "missing.jpg"]
    assert len(evaluation.photos) == len(evaluation.predictions) == len(evaluation.seconds) == 1
    assert (seen[0], seen[-1]) == ((0, 3), (3, 3))
    result = summarise(evaluation, detector.info, file).to_json()
    assert result["dataset"] == {"file": str(file), "images": 1, "boxes": 5, "regions": 0}
    with pytest.raises(UserError, match=r"text\.jpg"):
        evaluate(detector._network, detector.info, load_coco(file).photos)


def test_nothing_readable_or_nothing_labelled_is_an_error(detector: Detector, tmp_path: Path) -> None:
    file = write_labels(tmp_path / "labels.json", ["missing.jpg"])
    with pytest.raises(UserError, match="None of the photos"):
        summarise(evaluate_detector(detector, load_coco(file)), detector.info, file)
    draw_shelf(tmp_path / "a.jpg")
    file = write_labels(tmp_path / "labels.json", ["a.jpg"], [])
    with pytest.raises(UserError, match="No product is labelled"):
        summarise(evaluate_detector(detector, load_coco(file)), detector.info, file)


def test_regions_and_areas_to_ignore_reach_the_counts(detector: Detector, tmp_path: Path) -> None:
    draw_shelf(tmp_path / "a.jpg")
    upper = Box(0, 0, 128, 40)
    file = write_labels(tmp_path / "labels.json", ["a.jpg"], SHELF[:2], ignored=[Box(80, 4, 110, 32)], region=upper)
    result = summarise(evaluate_detector(detector, load_coco(file)), detector.info, file)
    (photo,) = result.photos
    assert (photo.true, photo.counted, photo.missed, photo.false) == (2, 2, 0, 0)
    assert result.scores.ap == pytest.approx(1)
    assert result.to_json()["dataset"] == {"file": str(file), "images": 1, "boxes": 2, "regions": 1}


def test_a_model_of_one_label_is_judged_whatever_the_label(detector: Detector, tmp_path: Path) -> None:
    draw_shelf(tmp_path / "a.jpg")
    names = ("beans", "cake")
    file = write_labels(tmp_path / "labels.json", ["a.jpg"], categories=names, labels=[0, 1, 0, 1, 1])
    result = summarise(evaluate_detector(detector, load_coco(file)), detector.info, file)
    assert result.evaluation.labels.class_agnostic
    assert "whatever their label" in result.evaluation.labels.note
    assert result.scores.ap == pytest.approx(1)
    assert [group.name for group in result.by_label] == ["product"]


def test_the_worst_photos_come_first(detector: Detector, tmp_path: Path) -> None:
    for name, boxes in (("all.jpg", SHELF), ("one.jpg", SHELF[:1]), ("four.jpg", SHELF[:4])):
        draw_shelf(tmp_path / name, boxes)
    file = write_labels(tmp_path / "labels.json", ["all.jpg", "one.jpg", "four.jpg"])
    result = summarise(evaluate_detector(detector, load_coco(file)), detector.info, file)
    assert [photo.photo.file.name for photo in result.worst_photos(9)] == ["one.jpg", "four.jpg"]
    assert result.count.bias == pytest.approx(-5 / 3)
    assert result.to_json()["photos"] == [
        {"file": str(tmp_path / name), "true": 5, "counted": count, "missed": 5 - count, "false": 0}
        for name, count in (("all.jpg", 5), ("one.jpg", 1), ("four.jpg", 4))
    ]


def test_stopping_keeps_what_is_finished(detector: Detector, tmp_path: Path) -> None:
    names = ["a.jpg", "b.jpg", "c.jpg"]
    for name in names:
        draw_shelf(tmp_path / name)
    file = write_labels(tmp_path / "labels.json", names)
    done = 0

    def count(step: int, _total: int) -> None:
        nonlocal done
        done = step

    evaluation = evaluate_detector(detector, load_coco(file), progress=count, cancelled=lambda: done >= 2)
    assert evaluation.stopped
    assert len(evaluation.photos) == 2

    class Stopped:
        input_size, label_count, feature_depth = 128, 1, 3

        def run(self, _image: object) -> dict[str, object]:
            raise Cancelled

    with pytest.raises(Cancelled):
        evaluate(Stopped(), detector.info, load_coco(file).photos)  # type: ignore[arg-type]


def test_photos_in_another_folder(tmp_path: Path) -> None:
    labels, photos = tmp_path / "labels", tmp_path / "photos"
    (photos / "deep").mkdir(parents=True)
    labels.mkdir()
    draw_shelf(photos / "deep" / "a.jpg")
    draw_shelf(photos / "b.jpg")
    dataset = load_coco(write_labels(labels / "labels.json", ["deep/a.jpg", "elsewhere/b.jpg", "c.jpg"]))
    found = with_photos_in(dataset, labels, photos)
    assert [photo.file for photo in found.photos] == [photos / "deep" / "a.jpg", photos / "b.jpg", photos / "c.jpg"]
    with pytest.raises(UserError, match="no such folder"):
        with_photos_in(dataset, labels, tmp_path / "none")


def test_a_limit_spreads_over_the_data_set(tmp_path: Path) -> None:
    dataset = load_coco(write_labels(tmp_path / "labels.json", [f"{number}.jpg" for number in range(10)]))
    assert [photo.file.stem for photo in spread(dataset, 4).photos] == ["0", "3", "6", "9"]
    assert spread(dataset, 10) is dataset
    assert len(spread(Dataset(dataset.labels, ()), 3).photos) == 0
