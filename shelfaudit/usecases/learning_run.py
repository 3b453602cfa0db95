"""The folder of one attempt to learn: what it started from, its photos, the new model, and how the two compared.

`plan.json`, the label files `training.json`, `validation.json` and `locked.json`, `run/` (the training), `NAME.tflite`
with its card and its weights, `side-by-side.html`, and `comparison.json` once it is decided.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from shelfaudit.datasets.coco import save_coco
from shelfaudit.datasets.dataset import Dataset
from shelfaudit.detection.library import SUFFIX, InstalledModel, name_from
from shelfaudit.output import replacing
from shelfaudit.usecases.corrected_photos import CorrectedPhotos

LEARNED = "-learned-"


@dataclass(frozen=True, slots=True)
class LearningPlan:
    """What an attempt is about.

    name, version: of the model that is to come out. base, base_sha256: the name and `ModelInfo.sha256` of the one it
    starts from. seed: of the training.
    """

    name: str
    version: str
    base: str
    base_sha256: str
    seed: int


@dataclass(frozen=True)
class LearningRun:
    """The files of an attempt."""

    folder: Path
    plan: LearningPlan

    @property
    def training(self) -> Path:
        return self.folder / "training.json"

    @property
    def validation(self) -> Path:
        return self.folder / "validation.json"

    @property
    def locked(self) -> Path:
        return self.folder / "locked.json"

    @property
    def model(self) -> Path:
        return self.folder / f"{self.plan.name}{SUFFIX}"

    @property
    def weights(self) -> Path:
        """Of the model, to be trained further."""
        return self.model.with_suffix(".npz")

    @property
    def report(self) -> Path:
        return self.folder / "side-by-side.html"

    @property
    def decision(self) -> Path:
        return self.folder / "comparison.json"

    def decide(self, document: Mapping[str, object]) -> None:
        """Note how it ended: the attempt is over. Raises OutputError."""
        _write(self.decision, document)


def new_run(
    root: Path, base: InstalledModel, photos: CorrectedPhotos, seed: int, today: dt.date, taken: Callable[[str], bool]
) -> LearningRun:
    """A new attempt in a folder of its own below `root`, its photos written down.

    taken: whether a model of this name exists already.

    Raises:
        OutputError: the folder cannot be written.
    """
    stem = base.name.partition(LEARNED)[0]
    name = wanted = name_from(f"{stem}{LEARNED}{today.isoformat()}")
    number = 1
    while taken(name) or (root / name).exists():
        number += 1
        name = f"{wanted}-{number}"
    sha256 = base.info.sha256 if base.info is not None else ""
    run = LearningRun(root / name, LearningPlan(name, today.strftime("%Y.%m.%d"), base.name, sha256, seed))
    for file, some in (
        (run.training, photos.training),
        (run.validation, photos.validation),
        (run.locked, photos.locked),
    ):
        save_coco(Dataset(("product",), some), file)
    # Last: what has a plan is complete.
    _write(run.folder / "plan.json", asdict(run.plan))
    return run


def unfinished_run(root: Path, base: InstalledModel, seed: int) -> LearningRun | None:
    """The newest attempt from this model with this seed that was interrupted."""
    for folder in sorted(root.glob("*"), reverse=True):
        try:
            document = json.loads((folder / "plan.json").read_text(encoding="utf-8"))
            run = LearningRun(folder, LearningPlan(**document))
        except (OSError, ValueError, TypeError):
            continue
        same = base.info is not None and (run.plan.base_sha256, run.plan.seed) == (base.info.sha256, seed)
        if same and not run.decision.exists():
            return run
    return None


def _write(file: Path, document: Mapping[str, object]) -> None:
    with replacing(file) as temporary:
        temporary.write_text(json.dumps(document, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
