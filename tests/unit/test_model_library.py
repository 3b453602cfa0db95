"""Models that are installed, chosen and removed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from shelfaudit import paths
from shelfaudit.detection.library import ModelLibrary, name_from, resolve_model
from shelfaudit.errors import ModelError, OutputError
from tests.fixtures import TINY_MODEL

TINY = TINY_MODEL.read_bytes()


@pytest.fixture
def bundled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of bundled models: the default one, and another."""
    folder = tmp_path / "bundled"
    folder.mkdir()
    for name in ("shelf-photo", "shelf-live"):
        shutil.copy(TINY_MODEL, folder / f"{name}.tflite")
    (folder / "shelf-photo.md").write_text("card")
    monkeypatch.setattr(paths, "models_dir", lambda: folder)
    return folder


@pytest.fixture
def library(bundled: Path) -> ModelLibrary:
    """The library of a new user."""
    del bundled
    return ModelLibrary()


def in_use(library: ModelLibrary) -> list[str]:
    return [model.name for model in library.models() if model.in_use]


def test_a_new_user_uses_the_default_model(library: ModelLibrary, bundled: Path) -> None:
    assert [(model.name, model.bundled) for model in library.models()] == [("shelf-live", True), ("shelf-photo", True)]
    assert in_use(library) == ["shelf-photo"]
    assert resolve_model() == library.in_use() == bundled / "shelf-photo.tflite"
    assert not library.folder.exists(), "looking changes nothing"


def test_an_installed_model_can_be_chosen_and_removed(library: ModelLibrary) -> None:
    model = library.install(TINY, "Modell ü")
    assert model.info is not None
    assert (model.bundled, model.in_use, model.file.read_bytes()) == (False, False, TINY)
    assert library.use("modell Ü").name == "Modell ü"
    assert in_use(ModelLibrary()) == ["Modell ü"]
    assert resolve_model() == model.file
    assert library.remove("Modell ü")
    assert in_use(library) == ["shelf-photo"]
    assert not model.file.exists()


def test_removing_another_model_leaves_the_choice(library: ModelLibrary) -> None:
    library.install(TINY, "one")
    library.install(TINY, "two")
    library.use("one")
    assert not library.remove("two")
    assert in_use(library) == ["one"]


def test_a_bundled_model_can_be_chosen_but_not_removed(library: ModelLibrary) -> None:
    library.use("shelf-live")
    assert in_use(library) == ["shelf-live"]
    with pytest.raises(ModelError, match="came with the program"):
        library.remove("shelf-live")
    library.use("shelf-photo")
    assert in_use(library) == ["shelf-photo"]


def test_a_name_is_given_once(library: ModelLibrary) -> None:
    library.install(TINY, "one")
    for name in ("one", "ONE", "shelf-photo"):
        with pytest.raises(ModelError, match="already"):
            library.install(b"other", name)
    assert library.models()[-1].file.read_bytes() == TINY


def test_unknown_names(library: ModelLibrary) -> None:
    for act in (library.use, library.remove):
        with pytest.raises(ModelError, match="no model named 'none'"):
            act("none")


def test_a_damaged_model_is_listed_but_not_chosen(library: ModelLibrary) -> None:
    library.install(TINY[:-1], "broken")
    (model,) = (model for model in library.models() if not model.bundled)
    assert model.info is None
    assert "no metadata" in model.problem
    with pytest.raises(ModelError, match="no metadata"):
        library.use("broken")
    assert in_use(library) == ["shelf-photo"]


def test_a_chosen_model_that_is_gone_is_said(library: ModelLibrary) -> None:
    file = library.install(TINY, "one").file
    library.use("one")
    file.unlink()
    with pytest.raises(ModelError, match="'one', which you chose to use, is gone"):
        resolve_model()
    assert in_use(library) == []
    library.use("shelf-photo")
    assert in_use(library) == ["shelf-photo"]


@pytest.mark.parametrize("content", [b"", b"\xff\xfe\x00", b"\n"])
def test_a_choice_that_cannot_be_read_is_none(library: ModelLibrary, content: bytes) -> None:
    library.folder.mkdir(parents=True)
    (library.folder / "in-use.txt").write_bytes(content)
    assert in_use(library) == ["shelf-photo"]


def test_what_cannot_be_written_is_said(library: ModelLibrary) -> None:
    library.folder.parent.mkdir(parents=True, exist_ok=True)
    library.folder.write_text("a file in the way")
    with pytest.raises(OutputError, match="cannot be written"):
        library.install(TINY, "one")
    with pytest.raises(OutputError, match="cannot be written"):
        library.use("shelf-live")


def test_half_written_files_are_no_models(library: ModelLibrary, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_from: Path, _to: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    with pytest.raises(OutputError, match="No space left"):
        library.install(TINY, "one")
    assert list(library.folder.iterdir()) == []


def test_a_file_goes_before_a_name(library: ModelLibrary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    installed = library.install(TINY, "one").file
    assert resolve_model(Path("one")) == installed
    assert resolve_model(Path("ONE.tflite")) == installed
    assert resolve_model(Path("none")) == Path("none")
    monkeypatch.chdir(tmp_path)
    Path("one").write_bytes(TINY)
    assert resolve_model(Path("one")) == Path("one")
    assert resolve_model(tmp_path / "two") == tmp_path / "two"


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("shelf", "shelf"),
        ("a/b\\c:d", "a-b-c-d"),
        ("..", None),
        ("  model. ", "model"),
        ("u\u0308ber", "über"),
        ("con", "con-model"),
        ("NUL.txt", "NUL.txt-model"),
        ("\x00\x1b[31m", "[31m"),
        ("x" * 300, "x" * 80),
        ("", None),
    ],
)
def test_names_are_file_names_on_every_system(text: str, name: str | None) -> None:
    if name is None:
        with pytest.raises(ModelError, match="no name"):
            name_from(text)
    else:
        assert name_from(text) == name
