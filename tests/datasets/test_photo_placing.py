from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelfaudit.datasets.dataset import Dataset
from shelfaudit.datasets.options import WriteOptions
from shelfaudit.datasets.photo_placing import FreeNames, placed_photos, portable_name
from shelfaudit.datasets.problems import Problem, ProblemKind
from tests.datasets.format_makers import labelled_photo, write_photo


@given(st.lists(st.text(min_size=1, max_size=300), max_size=6))
def test_names_of_copies_are_different_and_possible_everywhere(names: list[str]) -> None:
    free = FreeNames()
    taken = [free.take(name) for name in names]
    assert len({Path(name).stem.casefold() for name in taken}) == len(taken)
    for name in taken:
        assert 0 < len(name) < 150
        assert not set(name) & set('<>:"/\\|?*\n\0')
        assert name == name.strip(" ")
        name.encode()


@pytest.mark.parametrize(
    ("name", "portable"),
    [
        ("Käse №1.jpg", "Käse №1.jpg"),
        ("a:b?.jpg", "a_b_.jpg"),
        ("con.jpg", "_con.jpg"),
        ("two\nlines.jpg", "two_lines.jpg"),
        ("\udcff.jpg", "_.jpg"),
    ],
)
def test_a_name_keeps_what_it_can(name: str, portable: str) -> None:
    assert portable_name(name) == portable


def test_photos_of_one_name_are_copied_side_by_side(tmp_path: Path) -> None:
    files = [write_photo(tmp_path / "v" / part / "IMG.png", (10, size)) for part, size in (("1", 10), ("2", 20))]
    dataset = Dataset(("x",), tuple(labelled_photo(file, (10, 10), []) for file in (*files, files[0])))
    problems: list[Problem] = []
    placed = list(placed_photos(dataset, tmp_path / "out", "images", WriteOptions(copy_photos=True), problems))
    assert [name for _, name in placed] == ["images/IMG.png", "images/IMG-2.png", "images/IMG.png"]
    assert (tmp_path / "out/images/IMG-2.png").read_bytes() == files[1].read_bytes()
    assert problems == []


def test_a_photo_that_cannot_be_copied_is_told(tmp_path: Path) -> None:
    (tmp_path / "folder.png").mkdir()
    dataset = Dataset(("x",), tuple(labelled_photo(tmp_path / name) for name in ("none.png", "folder.png")))
    problems: list[Problem] = []
    assert not list(placed_photos(dataset, tmp_path / "out", "images", WriteOptions(copy_photos=True), problems))
    assert [problem.kind for problem in problems] == [ProblemKind.PHOTO_MISSING, ProblemKind.PHOTO_DAMAGED]


def test_without_copies_photos_are_named_where_they_are(tmp_path: Path) -> None:
    dataset = Dataset(("x",), (labelled_photo(tmp_path / "photos" / "ä 1.png"),))
    ((_, name),) = placed_photos(dataset, tmp_path / "out", "images", WriteOptions(), [])
    assert name == "../photos/ä 1.png"
    assert not (tmp_path / "out").exists()
