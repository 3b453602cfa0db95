"""Results take the place of older results, and of nothing else."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from shelfaudit.errors import OutputError
from shelfaudit.output import check_output, refuse_to_overwrite, replacing

not_on_windows = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such names")


def write(file: Path, text: str) -> None:
    with replacing(file) as temporary:
        temporary.write_text(text)


def test_an_older_result_is_replaced_and_its_folder_made(tmp_path: Path) -> None:
    file = tmp_path / "new" / "r.pdf"
    write(file, "first")
    write(file, "second")
    assert file.read_text() == "second"
    assert [path.name for path in file.parent.iterdir()] == ["r.pdf"]


@not_on_windows
def test_a_link_stays_and_what_it_leads_to_is_replaced(tmp_path: Path) -> None:
    target, link = tmp_path / "target.pdf", tmp_path / "link.pdf"
    target.write_text("old")
    link.symlink_to(target)
    write(link, "new")
    assert link.is_symlink()
    assert target.read_text() == "new"


@not_on_windows
def test_a_device_is_never_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    with pytest.raises(OutputError, match="device"):
        check_output(pipe)
    with pytest.raises(OutputError, match="device"):
        write(pipe, "text")
    assert pipe.is_fifo()


@not_on_windows
def test_what_cannot_be_written_is_told_before_the_work(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    for file, reason in (
        (tmp_path, "folder"),
        (tmp_path / "file" / "r.pdf", "Its folder is a file"),
        (tmp_path / ("n" * 300), "name too long"),
        (Path("/proc/nowhere/r.pdf"), "cannot be written"),
    ):
        with pytest.raises(OutputError, match=reason) as caught:
            check_output(file)
        assert caught.value.file == file
    check_output(tmp_path / "new" / "r.pdf")
    assert [path.name for path in tmp_path.iterdir()] == ["file"], "looking changes nothing"


def test_an_input_is_not_overwritten_under_any_spelling(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    photo = tmp_path / "photos" / "1.jpg"
    photo.parent.mkdir()
    photo.write_bytes(b"x")
    monkeypatch.chdir(tmp_path)
    for spelling in (photo, Path("photos/1.jpg"), tmp_path / "photos" / ".." / "photos" / "1.jpg"):
        with pytest.raises(OutputError, match="overwritten"):
            refuse_to_overwrite([tmp_path / "2.jpg", photo], spelling)
    refuse_to_overwrite([photo], tmp_path / "1.jpg")
