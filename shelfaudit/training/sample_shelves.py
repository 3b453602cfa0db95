"""Sample shelves as a source of training photos: drawn once, kept in a folder."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import shutil
from collections.abc import Callable
from pathlib import Path

from shelfaudit import __version__
from shelfaudit.errors import UserError
from shelfaudit.samples import TRUTH_NAME, invented_catalogue, write_sample_visit
from shelfaudit.training.config import SampleShelves

PHOTOS_PER_RANGE = 4


def draw_sample_shelves(shelves: SampleShelves, report: Callable[[int, int], None]) -> list[Path]:
    """The label files of the shelves, one for each range of products; what is not there yet is drawn.

    report: told how many of how many photos are done.

    Raises:
        UserError: the folder cannot be written.
    """
    folder = shelves.folder / f"shelves-{_key(shelves)}"
    files = []
    try:
        for number, first in enumerate(range(0, shelves.photos, PHOTOS_PER_RANGE)):
            visit = folder / f"range-{number:03d}"
            if not (visit / TRUTH_NAME).exists():
                report(first, shelves.photos)
                _draw(visit, shelves, number, min(PHOTOS_PER_RANGE, shelves.photos - first))
            files.append(visit / TRUTH_NAME)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise UserError(f"The sample shelves cannot be written ({reason}).", file=folder) from error
    report(shelves.photos, shelves.photos)
    return files


def _draw(visit: Path, shelves: SampleShelves, number: int, photos: int) -> None:
    """One range on its shelves; the folder appears when it is complete."""
    partial = visit.with_name(f"{visit.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    seed = shelves.seed * 10_000 + number
    write_sample_visit(
        partial, seed, photos, shelves.width, shelves.height, invented_catalogue(seed), shelves.difficulty, aisle=None
    )
    shutil.rmtree(visit, ignore_errors=True)
    partial.replace(visit)


def _key(shelves: SampleShelves) -> str:
    """A name for exactly these shelves: other settings, and another version's drawing, get another folder."""
    settings = {**dataclasses.asdict(shelves), "folder": None, "version": __version__}
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode("utf-8")).hexdigest()[:10]
