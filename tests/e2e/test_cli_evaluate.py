"""`evaluate` and `bench` from the command line, with real photos and a real model file."""

from __future__ import annotations

import builtins
import json
import shutil
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.e2e.conftest import Shelfaudit
from tests.evaluation.makers import SHELF, draw_shelf, write_labels
from tests.fixtures import TINY_MODEL

needs_pycocotools = pytest.mark.skipif(find_spec("pycocotools") is None, reason="needs the extra `train`")


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    """A data set of two photos in a folder with a name that is not ASCII, its labels elsewhere."""
    photos = tmp_path / "Fotos №1"
    photos.mkdir()
    for name in ("a.jpg", "b.jpg"):
        draw_shelf(photos / name)
    return write_labels(tmp_path / "labels.json", ["Fotos №1/a.jpg", "Fotos №1/b.jpg"])


@needs_pycocotools
def test_evaluate_answers_with_one_object(labels: Path, shelfaudit: Shelfaudit) -> None:
    answer = shelfaudit("evaluate", labels, "--model", TINY_MODEL, "--json")
    assert answer.code == 0, answer.err
    document = answer.document
    assert document["model"]["name"] == "tiny"
    assert len(document["model"]["sha256"]) == 64
    assert document["dataset"] == {"file": str(labels), "images": 2, "boxes": 10, "regions": 0}
    assert set(document["scores"]) == {"AP", "AP50", "AP75", "AR300", "recall", "recall50"}
    assert all(value == pytest.approx(1, abs=1e-3) for value in document["scores"].values())
    assert {"small", "medium", "large", "smallest quarter", "largest quarter"} <= set(document["per_size"])
    assert document["per_class"]["labels"]["product"]["boxes"] == 10
    assert document["at_threshold"] == {"threshold": 0.7, "precision": 1, "recall": 1, "f1": 1}
    assert document["count"] == {"mae": 0, "rmse": 0, "relative": 0, "bias": 0, "images": 2}
    assert set(document["calibration"]) == {"error", "bins"}
    assert document["latency"]["decode"]["median"] > 0
    assert document["intervals"]["AP"] == [pytest.approx(1, abs=1e-3)] * 2
    assert document["failures"] == []


@needs_pycocotools
def test_evaluate_prints_tables_and_writes_a_report(labels: Path, shelfaudit: Shelfaudit, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="needs the extra `train`")
    report = tmp_path / "deep" / "report.html"
    answer = shelfaudit("evaluate", labels, "--model", TINY_MODEL, "--report", report, "--limit", 1)
    assert answer.code == 0, answer.err
    assert "AP50" in answer.out
    assert "smallest quarter" in answer.out
    assert "Evaluation of tiny 1" in report.read_text(encoding="utf-8")


@needs_pycocotools
def test_evaluate_names_what_it_cannot_read(labels: Path, shelfaudit: Shelfaudit, tmp_path: Path) -> None:
    (tmp_path / "Fotos №1" / "a.jpg").write_bytes(b"\xff\xd8\xff")
    answer = shelfaudit("evaluate", labels, "--model", TINY_MODEL, "--json")
    assert answer.code == 3
    assert "a.jpg" in answer.err
    assert [Path(failure["file"]).name for failure in answer.document["failures"]] == ["a.jpg"]
    assert answer.document["dataset"]["images"] == 1


@needs_pycocotools
def test_evaluate_takes_photos_from_another_folder(labels: Path, shelfaudit: Shelfaudit, tmp_path: Path) -> None:
    moved = tmp_path / "moved"
    (tmp_path / "Fotos №1").rename(moved)
    assert shelfaudit("evaluate", labels, "--model", TINY_MODEL).code == 1
    assert shelfaudit("evaluate", labels, "--model", TINY_MODEL, "--photos", moved, "--json").document["scores"]["AP"]
    assert shelfaudit("evaluate", labels, "--model", TINY_MODEL, "--photos", tmp_path / "none").code == 1


@needs_pycocotools
def test_evaluate_says_when_labels_do_not_meet(shelfaudit: Shelfaudit, tmp_path: Path) -> None:
    draw_shelf(tmp_path / "a.jpg")
    names = ("beans", "cake")
    labels = write_labels(tmp_path / "labels.json", ["a.jpg"], categories=names, labels=[0, 1, 0, 1, 1])
    answer = shelfaudit("evaluate", labels, "--model", TINY_MODEL)
    assert answer.code == 0
    assert "whatever their label" in answer.err
    document = shelfaudit("evaluate", labels, "--model", TINY_MODEL, "--json").document
    assert document["labels"]["class_agnostic"] is True


@needs_pycocotools
@pytest.mark.parametrize("content", ["", "[]", "{}", '{"images": [], "annotations": []}', "\x00\xff"])
def test_evaluate_of_no_data_set_is_a_plain_error(content: str, shelfaudit: Shelfaudit, tmp_path: Path) -> None:
    file = tmp_path / "labels.json"
    file.write_text(content, encoding="utf-8")
    answer = shelfaudit("evaluate", file, "--model", TINY_MODEL, "--json")
    assert answer.code == 1
    assert "labels.json" in answer.document["error"]
    assert shelfaudit("evaluate", tmp_path / "none.json").code == 1


@needs_pycocotools
def test_evaluate_overwrites_nothing_it_needs(labels: Path, shelfaudit: Shelfaudit, tmp_path: Path) -> None:
    photo, before = tmp_path / "Fotos №1" / "a.jpg", labels.read_bytes()
    for file in (labels, photo, TINY_MODEL):
        answer = shelfaudit("evaluate", labels, "--model", TINY_MODEL, "--report", file)
        assert answer.code == 1
        assert "overwritten" in answer.err
    assert labels.read_bytes() == before


@needs_pycocotools
@pytest.mark.parametrize(
    "options", [["--once"], ["--watch", "run", "--json"], ["--watch", "run", "--report", "r.html"], ["--limit", "0"]]
)
def test_evaluate_refuses_options_that_do_not_fit(options: list[str], labels: Path, shelfaudit: Shelfaudit) -> None:
    assert shelfaudit("evaluate", labels, *options).code == 2


def test_evaluate_without_the_extra_says_what_to_install(
    labels: Path, shelfaudit: Shelfaudit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        "shelfaudit.cli.extras.importlib.util.find_spec",
        lambda name: None if name == "pycocotools" else find_spec(name),
    )
    answer = shelfaudit("evaluate", labels)
    assert answer.code == 1
    assert "shelfaudit[train]" in answer.err
    monkeypatch.setattr("sys.frozen", True, raising=False)
    assert "packaged" in shelfaudit("evaluate", labels).err


def test_bench_needs_no_extra(shelfaudit: Shelfaudit, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    imported = builtins.__import__

    def without_the_extra(name: str, *arguments: object, **options: object) -> object:
        if name.split(".")[0] in {"pycocotools", "matplotlib", "keras", "tensorflow"}:
            raise ModuleNotFoundError(name)
        return imported(name, *arguments, **options)  # type: ignore[arg-type]

    monkeypatch.setattr(builtins, "__import__", without_the_extra)
    draw_shelf(tmp_path / "a.jpg")
    other = tmp_path / "other.tflite"
    shutil.copy(TINY_MODEL, other)
    named = ("--model", TINY_MODEL, "--model", other, "--photo", tmp_path)
    answer = shelfaudit("bench", *named, "--rounds", 2, "--threads", 1, "--json")
    assert answer.code == 0, answer.err
    assert answer.document["threads"] == 1
    first, second = answer.document["models"]
    assert (first["runs"], first["inputs"], first["boxes"]) == (2, 1, len(SHELF))
    assert second["total"]["median"] > 0
    assert first["frames_per_second"] > 0
    text = shelfaudit("bench", *named, "--rounds", 1, "--no-live")
    assert text.code == 0
    assert "from file to boxes" in text.out


def test_bench_draws_its_photo_where_none_is_named(shelfaudit: Shelfaudit, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shelfaudit.evaluation.speed.SAMPLE_SIZE", (640, 480))
    document = shelfaudit("bench", "--model", TINY_MODEL, "--rounds", 1, "--json").document
    assert document["photos"] is None
    assert document["models"][0]["runs"] == 1


def test_bench_names_what_is_wrong(shelfaudit: Shelfaudit, tmp_path: Path) -> None:
    (tmp_path / "text.jpg").write_text("no photo")
    answer = shelfaudit("bench", "--model", TINY_MODEL, "--photo", tmp_path / "text.jpg", "--json")
    assert answer.code == 1
    assert "text.jpg" in json.loads(answer.out)["error"]
    assert shelfaudit("bench", "--model", tmp_path / "none.tflite", "--photo", tmp_path).code == 1
