"""Whatever happened to a label file, its reader ends with a data set or with an error for a person."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shelfaudit.datasets.formats import read_dataset, recognise, write_dataset
from shelfaudit.datasets.kinds import FormatName
from shelfaudit.datasets.options import ReadOptions, WriteOptions
from shelfaudit.errors import UserError
from tests.datasets.format_makers import Sketch, make_dataset
from tests.datasets.test_there_and_back import written_path

EXAMPLES = 30
BITS = (b"", b"\0", b"-", b"9" * 40, b"1e999", b"null", b"[]", b"{}", b'"', b",", b"\n", b"<", b"../../", b"\xff\xfe")
"""What damage may put in the place of some bytes."""


@pytest.fixture(scope="module", params=FormatName)
def written(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[FormatName, Path]:
    """A small data set in each format."""
    name, folder = request.param, tmp_path_factory.mktemp("written")
    sketches = [
        Sketch("1.png", (60, 40), [(1, 2, 11, 22), (5, 6, 30, 40)], ["x", "y"], [(0, 0, 4, 4)]),
        Sketch("2.png", (50, 40), [(1, 2, 11, 22)], ["y"], []),
    ]
    write_dataset(make_dataset(sketches, folder / "photos"), folder / "out", name, WriteOptions(copy_photos=True))
    return name, folder / "out"


@settings(deadline=None, max_examples=EXAMPLES, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_damage_is_no_bug(written: tuple[FormatName, Path], data: st.DataObject, tmp_path: Path) -> None:
    name, whole = written
    folder = tmp_path / "damaged"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(whole, folder)
    files = sorted(file for file in folder.rglob("*") if file.is_file() and file.suffix != ".png")
    file = data.draw(st.sampled_from(files), label="file")
    content = file.read_bytes()
    for _ in range(data.draw(st.integers(1, 3))):
        start = data.draw(st.integers(0, len(content)))
        length = data.draw(st.integers(0, 12))
        content = content[:start] + data.draw(st.sampled_from(BITS)) + content[start + length :]
    file.write_bytes(content)
    source, inside = written_path(folder, name), tmp_path / "extracted"
    with contextlib.suppress(UserError):
        recognise(source)
    try:
        dataset, problems = read_dataset(source, name, ReadOptions(extract_to=inside))
    except UserError:
        return
    assert dataset.photos
    assert all(problem.message for problem in problems)
    places = [photo.file.resolve() for photo in dataset.photos]
    assert all(place.is_relative_to(folder) or place.is_relative_to(inside) for place in places)
