from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

pytest.importorskip("pycocotools", reason="needs the extra `train`")

from shelfaudit.datasets.coco import load_coco
from shelfaudit.datasets.dataset import Dataset
from shelfaudit.detection.detector import load_detector
from shelfaudit.errors import UserError
from shelfaudit.evaluation.watch import CHECKPOINT, EVALUATIONS, FINISHED, Checkpoint, watch_run
from tests.evaluation.makers import draw_shelf, write_labels
from tests.fixtures import TINY_MODEL


@pytest.fixture
def dataset(tmp_path: Path) -> Dataset:
    draw_shelf(tmp_path / "a.jpg")
    return load_coco(write_labels(tmp_path / "labels.json", ["a.jpg"]))


@pytest.fixture
def run(tmp_path: Path) -> Path:
    folder = tmp_path / "run"
    folder.mkdir()
    return folder


def write_checkpoint(run: Path, step: int) -> None:
    """As a training does it: written beside, then put in place."""
    partial = run / "last.partial.npz"
    partial.write_text(str(step), encoding="ascii")
    partial.replace(run / CHECKPOINT)


def open_checkpoint(file: Path) -> Checkpoint:
    """A stand-in for the network: the file holds its step, the detector is always the same."""
    step = int(file.read_text(encoding="ascii"))
    return Checkpoint(load_detector(TINY_MODEL, threads=1), step, step / 10)


def lines(run: Path) -> list[dict[str, object]]:
    return [json.loads(line) for line in (run / EVALUATIONS).read_text(encoding="utf-8").splitlines()]


def watch(
    run: Path, dataset: Dataset, *, once: bool = False, cancelled: Callable[[], bool] = lambda: False
) -> list[int]:
    scored = watch_run(
        run, open_checkpoint, dataset, Path("labels.json"), once=once, poll_seconds=0.01, cancelled=cancelled
    )
    return [checkpoint.step for checkpoint, _ in scored]


def test_the_checkpoint_that_is_there(run: Path, dataset: Dataset) -> None:
    write_checkpoint(run, 50)
    assert watch(run, dataset, once=True) == [50]
    (entry,) = lines(run)
    assert (entry["step"], entry["minutes"], entry["images"]) == (50, 5.0, 1)
    assert entry["AP"] == pytest.approx(1)
    assert entry["count_error"] == 0
    assert watch(run, dataset, once=True) == [], "what is scored already is not scored again"
    assert len(lines(run)) == 1


def test_each_new_checkpoint_until_the_run_is_over(run: Path, dataset: Dataset) -> None:
    write_checkpoint(run, 50)
    asked = 0

    def training_goes_on() -> bool:
        nonlocal asked
        asked += 1
        if lines_so_far(run) == 1:
            write_checkpoint(run, 100)
        elif lines_so_far(run) == 2:
            write_checkpoint(run, 150)
            (run / FINISHED).write_text("{}", encoding="ascii")
        assert asked < 1000, "it did not end with the run"
        return False

    assert watch(run, dataset, cancelled=training_goes_on) == [50, 100, 150]
    assert [entry["step"] for entry in lines(run)] == [50, 100, 150]


def lines_so_far(run: Path) -> int:
    return len(lines(run)) if (run / EVALUATIONS).exists() else 0


def test_a_run_that_is_over_is_scored_at_once(run: Path, dataset: Dataset) -> None:
    write_checkpoint(run, 7)
    (run / FINISHED).write_text("{}", encoding="ascii")
    assert watch(run, dataset) == [7]


def test_stopping(run: Path, dataset: Dataset) -> None:
    assert watch(run, dataset, cancelled=lambda: True) == []
    write_checkpoint(run, 7)
    asked = iter([False])  # asked again while it scores
    assert watch(run, dataset, cancelled=lambda: next(asked, True)) == []
    assert not (run / EVALUATIONS).exists()


def test_a_line_that_was_cut_off_is_no_score(run: Path, dataset: Dataset) -> None:
    write_checkpoint(run, 7)
    (run / EVALUATIONS).write_text('{"step": 6}\n[]\n{"step": 7, "AP', encoding="utf-8")
    assert watch(run, dataset, once=True) == [7]
    cut, written = (run / EVALUATIONS).read_text(encoding="utf-8").splitlines()[-2:]
    assert cut == '{"step": 7, "AP'
    assert json.loads(written)["step"] == 7
    assert watch(run, dataset, once=True) == []


def test_what_is_missing_is_said(run: Path, dataset: Dataset, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no checkpoint yet"):
        watch(run, dataset, once=True)
    with pytest.raises(UserError, match="no such folder"):
        watch(tmp_path / "none", dataset)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="the superuser may write everywhere")
def test_scores_that_cannot_be_written_are_an_error(run: Path, dataset: Dataset) -> None:
    write_checkpoint(run, 7)
    run.chmod(0o500)
    try:
        with pytest.raises(UserError, match="cannot be written"):
            watch(run, dataset, once=True)
    finally:
        run.chmod(0o700)
