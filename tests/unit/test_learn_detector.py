"""Learning with a trainer written by hand: what is used, what is kept, and what an interruption leaves."""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

pytest.importorskip("pycocotools", reason="needs the extra `train`")
pytest.importorskip("matplotlib", reason="needs the extra `train`")

from shelfaudit import settings
from shelfaudit.detection.library import ModelLibrary
from shelfaudit.detection.model_file import describe_model, read_metadata
from shelfaudit.domain.learning import Purpose
from shelfaudit.domain.visit import Facing, Photo, PhotoState, Store, Visit, VisitState, VisitSummary, new_facing_id
from shelfaudit.errors import Cancelled, UserError
from shelfaudit.tflite.content import split_model
from shelfaudit.usecases.corrected_photos import CorrectedPhotos, corrected_photos
from shelfaudit.usecases.learn_detector import Learned, Trainer, learn_detector, model_to_learn_from
from shelfaudit.usecases.learning_run import LearningRun
from shelfaudit.usecases.ports import CancelCheck, Progress, never, silent
from tests.evaluation.makers import SHELF, SHELF_SIZE, draw_shelf
from tests.fixtures import TINY_MODEL

pytestmark = pytest.mark.filterwarnings("default")

DATABASE = Path("visits.sqlite")
TODAY = dt.date(2026, 11, 28)
DEAF, SHARP = 0.98, 0.5
"""Counting thresholds: the first one is above every score of the tiny model."""


class CorrectedVisits:
    """Visits in memory whose photos are reviewed."""

    def __init__(self, folder: Path, visits: int = 4, photos: int = 3) -> None:
        self.purposes: dict[str, Purpose] = {}
        self._visits = {number: self._visit(folder, number, photos if number else 0) for number in range(1, visits + 1)}

    def visits(self) -> list[VisitSummary]:
        return [
            VisitSummary(
                id=visit.id,
                store=visit.store.name,
                category=visit.category,
                date=visit.date,
                auditor=visit.auditor,
                photos=len(visit.photos),
                failed=0,
                facings=0,
                own_share=None,
                state=VisitState.REVIEWED,
            )
            for visit in self._visits.values()
        ]

    def visit(self, visit_id: int) -> Visit:
        return self._visits[visit_id]

    def learning_purposes(self) -> dict[str, Purpose]:
        return dict(self.purposes)

    def save_learning_purposes(self, purposes: Mapping[str, Purpose]) -> None:
        self.purposes.update(purposes)

    @staticmethod
    def _visit(folder: Path, number: int, photos: int) -> Visit:
        made = []
        for shot in range(photos):
            file = folder / f"{number}-{shot}.jpg"
            boxes = SHELF[: 2 + (number + shot) % 4]
            draw_shelf(file, [box.translated(2 * shot, 2 * number) for box in boxes])
            facings = [Facing(new_facing_id(), box.translated(2 * shot, 2 * number)) for box in boxes]
            made.append(
                Photo(
                    id=10 * number + shot,
                    visit_id=number,
                    path=file,
                    width=SHELF_SIZE[0],
                    height=SHELF_SIZE[1],
                    sha256=hashlib.sha256(file.read_bytes()).hexdigest(),
                    state=PhotoState.REVIEWED,
                    facings=tuple(facings),
                )
            )
        return Visit(number, Store(f"Store {number}"), "Drinks", TODAY, "Ada", photos=tuple(made))


def model_with(threshold: float, name: str) -> bytes:
    """The tiny model, counting from this score on."""
    weights, _ = split_model(TINY_MODEL.read_bytes(), TINY_MODEL)
    return describe_model(weights, {**read_metadata(TINY_MODEL), "name": name, "counting_threshold": threshold})


@pytest.fixture
def library() -> ModelLibrary:
    """A detector in use that counts nothing, with weights."""
    library = ModelLibrary()
    library.install(model_with(DEAF, "tiny"), "tiny")
    library.use("tiny")
    weights = library.folder / "tiny.npz"
    weights.write_bytes(b"the weights of tiny")
    library.keep_checkpoint("tiny", weights)
    weights.unlink()
    return library


@pytest.fixture(autouse=True)
def _few_are_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    few = dataclasses.replace(settings.current(), learning_photos=4, locked_photos=2)
    monkeypatch.setattr(settings, "current", lambda: few)


@pytest.fixture
def visits(tmp_path: Path) -> CorrectedVisits:
    return CorrectedVisits(tmp_path)


def trainer(threshold: float) -> Trainer:
    """Makes the tiny model with another threshold."""

    def train(run: LearningRun, model: Path, checkpoint: Path, cancelled: CancelCheck) -> bool:
        del model, cancelled
        assert run.training.exists()
        run.model.write_bytes(model_with(threshold, run.plan.name))
        run.weights.write_bytes(checkpoint.read_bytes() + b", further")
        return True

    return train


@contextmanager
def no_bar(_title: str) -> Iterator[Progress]:
    yield silent


@dataclasses.dataclass
class Learner:
    visits: CorrectedVisits
    library: ModelLibrary
    folder: Path

    def __call__(
        self,
        train: Trainer,
        *,
        seed: int = 1,
        cancelled: CancelCheck = never,
    ) -> Learned:
        return learn_detector(
            self.visits,
            self.library,
            self.photos(),
            train,
            folder=self.folder,
            bar=no_bar,
            seed=seed,
            today=TODAY,
            cancelled=cancelled,
        )

    def photos(self) -> CorrectedPhotos:
        return corrected_photos(self.visits, DATABASE)

    @property
    def in_use(self) -> str:
        return self.library.in_use().stem


@pytest.fixture
def learn(visits: CorrectedVisits, library: ModelLibrary, tmp_path: Path) -> Learner:
    return Learner(visits, library, tmp_path / "learning")


def test_photos_are_divided_by_visits(learn: Learner) -> None:
    photos = learn.photos()
    assert photos.lacking == []
    assert photos.trained_on + photos.alike == 9
    assert len(photos.locked) == 3
    assert len({photo.source for photo in photos.locked}) == 1
    assert not {photo.source for photo in photos.locked} & {photo.source for photo in photos.training}
    assert photos.validation
    assert not {photo.file for photo in photos.validation} & {photo.file for photo in photos.training}


def test_a_copy_of_a_locked_photo_is_not_trained_on(visits: CorrectedVisits, learn: Learner) -> None:
    locked = learn.photos().locked[0]
    other = next(visit for visit in map(visits.visit, range(1, 5)) if visit.store.name != locked.source)
    copy = other.photos[0]
    draw_shelf(copy.path, [facing.box for facing in truth_of(visits, locked.file)])
    copy.path.write_bytes(copy.path.read_bytes() + b"\x00")  # saved again by another program
    changed = dataclasses.replace(copy, sha256=hashlib.sha256(copy.path.read_bytes()).hexdigest())
    before = learn.photos()
    visits._visits[other.id] = dataclasses.replace(other, photos=(changed, *other.photos[1:]))
    visits.purposes = dict(before.purposes)
    after = learn.photos()
    assert copy.path not in {photo.file for photo in (*after.training, *after.validation, *after.locked)}
    assert after.alike >= 1


def truth_of(visits: CorrectedVisits, file: Path) -> tuple[Facing, ...]:
    photos = [photo for number in range(1, 5) for photo in visits.visit(number).photos]
    return next(photo.facings for photo in photos if photo.path == file)


def test_what_is_not_better_is_kept_but_not_used(learn: Learner, visits: CorrectedVisits) -> None:
    # It finds the same boxes and counts them, too, which the old one does not: but its AP is the same.
    worse = learn(trainer(SHARP))
    assert worse.comparison.verdict.objections[0].startswith("Its AP is not higher")
    assert not worse.switched
    assert learn.in_use == "tiny"
    assert json.loads(worse.run.decision.read_text(encoding="utf-8"))["switched"] is False
    assert worse.run.model.exists(), "it is kept, to be looked at"
    assert set(visits.purposes.values()) == {Purpose.LOCKED, Purpose.TRAINING}


def test_what_is_better_is_installed_with_its_weights(learn: Learner, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shelfaudit.evaluation.better.decide", agree)
    learned = learn(trainer(SHARP))
    assert learned.switched
    assert learn.in_use == learned.run.plan.name == "tiny-learned-2026-11-28"
    assert learned.run.report.exists()
    model, weights = model_to_learn_from(learn.library)
    assert (model.name, weights.read_bytes()) == (learned.run.plan.name, b"the weights of tiny, further")

    again = learn(trainer(SHARP))
    assert again.run.plan.name == "tiny-learned-2026-11-28-2"
    assert again.run.plan.base == learned.run.plan.name

    learn.library.use("tiny")
    assert learn.in_use == "tiny"
    learn.library.remove(learned.run.plan.name)
    assert not weights.exists()


def agree(*_scores: object) -> object:
    from shelfaudit.evaluation.better import Verdict

    return Verdict(())


def test_an_interrupted_attempt_goes_on_with_its_own_photos(
    learn: Learner, visits: CorrectedVisits, tmp_path: Path
) -> None:
    def stopped(*_arguments: object) -> bool:
        return False

    with pytest.raises(Cancelled):
        learn(stopped)
    [folder] = (tmp_path / "learning").iterdir()
    before = (folder / "training.json").read_bytes()
    kept = dict(visits.purposes)
    assert kept, "before the first step of training"
    visits._visits[5] = CorrectedVisits._visit(tmp_path, 5, 3)
    learned = learn(trainer(SHARP))
    assert learned.run.folder == folder
    assert (folder / "training.json").read_bytes() == before
    assert {sha256: visits.purposes[sha256] for sha256 in kept} == kept
    assert learn(trainer(SHARP)).run.folder != folder, "that one is over"


def test_another_seed_or_model_begins_anew(learn: Learner) -> None:
    def stopped(*_arguments: object) -> bool:
        return False

    for seed in (1, 2):
        with pytest.raises(Cancelled):
            learn(stopped, seed=seed)
    assert len(list(learn.folder.iterdir())) == 2


def test_stopped_while_comparing_it_only_compares_again(learn: Learner) -> None:
    with pytest.raises(Cancelled):
        learn(trainer(SHARP), cancelled=lambda: True)
    assert learn.in_use == "tiny"

    def not_again(*_arguments: object) -> bool:
        raise AssertionError("it was trained already")

    assert not learn(not_again).switched


def test_locked_photos_that_went_away_are_missed(learn: Learner) -> None:
    def train_and_lose_photos(run: LearningRun, model: Path, checkpoint: Path, cancelled: CancelCheck) -> bool:
        for photo in learn.photos().locked[:2]:
            photo.file.unlink()
        return trainer(SHARP)(run, model, checkpoint, cancelled)

    with pytest.raises(UserError, match="Only 1 of 3 locked photos"):
        learn(train_and_lose_photos)
    assert learn.in_use == "tiny"


def test_without_weights_it_is_said(library: ModelLibrary, tmp_path: Path) -> None:
    library.install(model_with(SHARP, "foreign"), "foreign")
    library.use("foreign")
    with pytest.raises(UserError, match="weights of 'foreign'"):
        model_to_learn_from(library)
    assert model_to_learn_from(library, tmp_path / "own.npz")[1] == tmp_path / "own.npz"


def test_too_few_photos_are_said_in_numbers(tmp_path: Path) -> None:
    photos = corrected_photos(CorrectedVisits(tmp_path, visits=1), DATABASE)
    assert photos.lacking == [
        "3 of 4 corrected photos to train on",
        "0 of 2 locked photos, of other visits, to compare on",
    ]
    nothing = corrected_photos(CorrectedVisits(tmp_path, visits=0), DATABASE)
    assert (nothing.trained_on, len(nothing.lacking)) == (0, 2)
