"""The detectors on this computer: those that ship with the program, and those that its user installed.

An installed model is a file `NAME.tflite` in the folder `models` of the user's data; the file `in-use.txt` beside them
holds the name of the one to use. A model of the user's is removed with its file; the bundled ones stay.
"""

from __future__ import annotations

import os
import re
import shutil
import unicodedata
from dataclasses import dataclass
from pathlib import Path

from shelfaudit import paths
from shelfaudit.detection.model_file import ModelInfo, read_model_info
from shelfaudit.errors import ModelError, OutputError, UserError
from shelfaudit.output import replacing

SUFFIX = ".tflite"
LONGEST_NAME = 80

_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f]+')
_RESERVED = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)(\..*)?", re.IGNORECASE)
"""Names that Windows keeps for devices."""

_LIST_THEM = "`shelfaudit models list` shows the names."


@dataclass(frozen=True)
class InstalledModel:
    """A model on this computer.

    name: what `--model` and `models use` call it. info: None where the file cannot be used; then `problem` says why.
    """

    name: str
    file: Path
    bundled: bool
    in_use: bool
    info: ModelInfo | None
    problem: str = ""


class ModelLibrary:
    """The models in a user's folder and the bundled ones.

    folder: the user's; made when the first model is installed. bundled: the folder of those that ship.
    """

    def __init__(self, folder: Path | None = None, bundled: Path | None = None) -> None:
        self.folder = folder if folder is not None else paths.user_models_dir()
        self._bundled = bundled if bundled is not None else paths.models_dir()
        self._default = self._bundled / paths.default_model_file().name

    def models(self) -> list[InstalledModel]:
        """All models, the bundled ones first, by name."""
        chosen = self.find(self._chosen())
        return [
            _installed(file, bundled, in_use=file == chosen)
            for bundled, folder in ((True, self._bundled), (False, self.folder))
            for file in _model_files(folder)
        ]

    def find(self, name: str) -> Path | None:
        """The file of the model with this name, the user's own before a bundled one; None where there is none."""
        for folder in (self.folder, self._bundled):
            for file in _model_files(folder):
                if _same_name(file.stem, name):
                    return file
        return None

    def in_use(self) -> Path:
        """The file of the model that the user chose, or the default one.

        Raises:
            ModelError: the chosen one is gone.
        """
        chosen = self._chosen()
        file = self.find(chosen)
        if file is not None:
            return file
        if _same_name(chosen, self._default.stem):
            return self._default
        raise ModelError(
            f"The model {chosen!r}, which you chose to use, is gone.",
            advice=f"Choose another one, say: shelfaudit models use {self._default.stem}",
        )

    def use(self, name: str) -> InstalledModel:
        """Use this model from now on.

        Raises:
            ModelError: there is no such model, or it cannot be used.
            OutputError: the choice cannot be saved.
        """
        file = self._existing(name)
        info = read_model_info(file)
        if file == self._default:
            self.use_default()
        else:
            with replacing(self._choice_file) as temporary:
                temporary.write_text(f"{file.stem}\n", encoding="utf-8")
        return InstalledModel(file.stem, file, file.parent == self._bundled, True, info)

    def use_default(self) -> None:
        """Use the default model from now on. Raises OutputError where the choice cannot be saved."""
        try:
            self._choice_file.unlink(missing_ok=True)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise OutputError(
                f"The choice cannot be saved ({reason}).", advice="See who may write there.", file=self._choice_file
            ) from error

    def install(self, content: bytes, name: str) -> InstalledModel:
        """Keep a model file's content under this name.

        Raises:
            ModelError: that name is taken.
            OutputError: it cannot be written.
        """
        if self.find(name) is not None:
            raise ModelError(
                f"There is a model named {name!r} already.", advice="Remove it first, or give another --name."
            )
        file = self.folder / f"{name}{SUFFIX}"
        with replacing(file) as temporary:
            temporary.write_bytes(content)
        return _installed(file, bundled=False, in_use=False)

    def checkpoint(self, model: InstalledModel) -> Path | None:
        """The weights (.npz) from which a model can be trained further; None where there are none.

        The files of other precisions of one network share them: they are named after the model without it.
        """
        precision = model.info.precision if model.info is not None else ""
        for stem in (model.name, model.name.removesuffix(f"-{precision}")):
            file = _checkpoint_file(model.file.with_stem(stem))
            if file.is_file():
                return file
        return None

    def keep_checkpoint(self, name: str, weights: Path) -> None:
        """Keep the weights of a model of the user's. Raises OutputError where they cannot be written."""
        with replacing(_checkpoint_file(self._existing(name))) as temporary:
            shutil.copyfile(weights, temporary)

    def remove(self, name: str) -> bool:
        """Delete an installed model; True where it was the one in use, so that the default one is used again.

        Raises:
            ModelError: there is no such model, it came with the program, or it cannot be deleted.
            OutputError: it was in use, and that cannot be changed.
        """
        file = self._existing(name)
        if file.parent == self._bundled:
            raise ModelError(f"The model {file.stem!r} came with the program and stays.")
        was_in_use = _same_name(self._chosen(), file.stem)
        # The choice first: a choice of a model that is gone would stop every count.
        if was_in_use:
            self.use_default()
        try:
            file.unlink()
            _checkpoint_file(file).unlink(missing_ok=True)
        except OSError as error:
            reason = error.strerror or type(error).__name__
            raise ModelError(
                f"The model cannot be deleted ({reason}).", advice="Close what uses it and try again.", file=file
            ) from error
        return was_in_use

    @property
    def _choice_file(self) -> Path:
        return self.folder / "in-use.txt"

    def _chosen(self) -> str:
        """The name that was chosen, or the default one's. What cannot be read is no choice."""
        try:
            name = self._choice_file.read_text(encoding="utf-8").strip()
        except (OSError, ValueError):
            name = ""
        return name or self._default.stem

    def _existing(self, name: str) -> Path:
        file = self.find(name)
        if file is None:
            raise ModelError(f"There is no model named {name!r}.", advice=_LIST_THEM)
        return file


def resolve_model(named: Path | None = None) -> Path:
    """The file of a model that was named by its file or by its name in the library; None is the one in use.

    A file goes before a name. What is neither is given back as a file, so that reading it says that it is missing.

    Raises:
        ModelError: none was named, and the one the user chose is gone.
    """
    library = ModelLibrary()
    if named is None:
        return library.in_use()
    if not os.path.lexists(named) and named == Path(named.name):
        return library.find(named.name) or named
    return named


def name_from(text: str) -> str:
    """A name for a model that is a file name on every system, made of this text.

    Raises:
        ModelError: nothing of it is left.
    """
    name = _FORBIDDEN.sub("-", unicodedata.normalize("NFC", text))[:LONGEST_NAME].strip(" .-")
    if not name:
        raise ModelError("The model has no name.", advice="Give it one with --name.")
    return f"{name}-model" if _RESERVED.fullmatch(name) else name


def _installed(file: Path, bundled: bool, in_use: bool) -> InstalledModel:
    try:
        return InstalledModel(file.stem, file, bundled, in_use, read_model_info(file))
    except UserError as error:
        return InstalledModel(file.stem, file, bundled, in_use, None, error.what)


def _checkpoint_file(model: Path) -> Path:
    return model.parent / "checkpoints" / f"{model.stem}.npz"


def _model_files(folder: Path) -> list[Path]:
    """The model files of a folder by name; none where the folder is not there or may not be read."""
    try:
        return sorted(file for file in folder.iterdir() if file.suffix == SUFFIX and not file.name.startswith("."))
    except OSError:
        return []


def _same_name(one: str, other: str) -> bool:
    """Whether two names would be one file on a system that takes upper and lower case for the same."""
    return _folded(one) == _folded(other)


def _folded(name: str) -> str:
    return unicodedata.normalize("NFC", name.removesuffix(SUFFIX)).casefold()
