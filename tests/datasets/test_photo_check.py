"""Photo files that are missing, damaged, truncated, of another size or there twice."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from shelfaudit.datasets.photo_check import check_photos
from shelfaudit.datasets.problems import ProblemKind
from shelfaudit.errors import Cancelled
from tests.datasets.makers import HEIGHT, WIDTH, a_photo, scene, write_photo


def test_each_photo_that_cannot_be_used_is_named(tmp_path: Path) -> None:
    files = {name: tmp_path / "Größe №1" / f"{name}.jpg" for name in ("good", "gone", "cut", "text", "empty", "small")}
    write_photo(files["good"], scene(1))
    write_photo(files["cut"], scene(2))
    files["cut"].write_bytes(files["cut"].read_bytes()[:-2000])
    files["text"].write_text("no picture", encoding="utf-8")
    files["empty"].write_bytes(b"")
    write_photo(files["small"], scene(3, WIDTH // 2, HEIGHT // 2))
    check = check_photos([a_photo(file) for file in files.values()])
    kinds = [problem.kind if problem is not None else None for problem in check.problems]
    assert kinds == [
        None,
        ProblemKind.PHOTO_MISSING,
        ProblemKind.PHOTO_TRUNCATED,
        ProblemKind.PHOTO_DAMAGED,
        ProblemKind.PHOTO_DAMAGED,
        ProblemKind.PHOTO_SIZE,
    ]
    assert all(
        problem is None or problem.file == file for problem, file in zip(check.problems, files.values(), strict=True)
    )
    assert not check.duplicates.links()


@pytest.mark.parametrize("kind", ["png", "webp", "bmp"])
def test_the_missing_end_of_other_kinds_is_seen(tmp_path: Path, kind: str) -> None:
    file = tmp_path / f"photo.{kind}"
    Image.fromarray(scene(1)).save(file)
    file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
    (problem,) = check_photos([a_photo(file)]).problems
    assert problem is not None
    assert problem.kind is ProblemKind.PHOTO_TRUNCATED


def test_labels_are_for_the_upright_photo(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    upright = tmp_path / "upright.jpg"
    Image.fromarray(np.rot90(scene(1)).copy()).save(upright, exif=exif)
    photo = a_photo(upright)
    turned = replace(photo, width=photo.height, height=photo.width)
    good, bad = check_photos([photo, turned]).problems
    assert good is None
    assert bad is not None
    assert bad.kind is ProblemKind.PHOTO_SIZE
    assert "orientation" in bad.message


def test_duplicates_by_bytes_and_by_looks(tmp_path: Path) -> None:
    first = write_photo(tmp_path / "a.jpg", scene(1))
    other = write_photo(tmp_path / "b.jpg", scene(2))
    copy = Path(shutil.copy(first, tmp_path / "c.jpg"))
    worse = write_photo(tmp_path / "d.jpg", scene(1), quality=40)
    check = check_photos([a_photo(file) for file in (first, other, copy, worse)])
    assert check.duplicates.first_same == (0, 1, 0, 3)
    assert check.duplicates.alike == ((0, 3),)


def test_a_file_listed_twice_is_looked_at_once(tmp_path: Path) -> None:
    photo = a_photo(write_photo(tmp_path / "a.jpg", scene(1)))
    calls: list[tuple[int, int]] = []
    check = check_photos([photo, photo], progress=lambda done, total: calls.append((done, total)))
    assert calls == [(0, 1), (1, 1)]
    assert check.problems == (None, None)
    assert check.duplicates.first_same == (0, 0)


def test_it_can_be_stopped(tmp_path: Path) -> None:
    photos = [a_photo(write_photo(tmp_path / f"{seed}.jpg", scene(seed))) for seed in range(5)]
    asked = iter([False, False, True])
    with pytest.raises(Cancelled):
        check_photos(photos, cancelled=lambda: next(asked))


def test_no_photos_are_no_problem() -> None:
    assert check_photos([]).problems == ()
