"""Asking for files and folders, without stopping the window."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QStandardPaths
from PySide6.QtWidgets import QFileDialog, QWidget

from shelfaudit.photos.files import PHOTO_SUFFIXES


class FileChooser:
    """The system's file dialogs; each call returns at once and answers later, if anything was chosen.

    Remembers the last folder for photos and for results, as long as the program runs.
    """

    def __init__(self, parent: QWidget) -> None:
        self._parent = parent
        self._photo_folder = str(_existing(QStandardPaths.StandardLocation.PicturesLocation))
        self._result_folder = _existing(QStandardPaths.StandardLocation.DocumentsLocation)

    def ask_photos(self, on_chosen: Callable[[list[Path]], object]) -> None:
        """One or more photo files."""
        suffixes = " ".join(f"*{suffix} *{suffix.upper()}" for suffix in sorted(PHOTO_SUFFIXES))
        dialog = QFileDialog(self._parent, "Import photos", self._photo_folder, f"Photos ({suffixes});;All files (*)")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFiles)
        self._open(dialog, on_chosen)

    def ask_folder(self, on_chosen: Callable[[list[Path]], object]) -> None:
        """A folder with photos."""
        dialog = QFileDialog(self._parent, "Import a folder of photos", self._photo_folder)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        self._open(dialog, on_chosen)

    def ask_catalogue(self, on_chosen: Callable[[list[Path]], object]) -> None:
        """A catalogue table."""
        tables = "Tables (*.csv *.xlsx *.txt);;All files (*)"
        dialog = QFileDialog(self._parent, "Import a catalogue", self._photo_folder, tables)
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        self._open(dialog, on_chosen)

    def ask_catalogue_folder(self, on_chosen: Callable[[list[Path]], object]) -> None:
        """A folder of brands, products and their pictures."""
        dialog = QFileDialog(self._parent, "Import a catalogue of pictures", self._photo_folder)
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        self._open(dialog, on_chosen)

    def ask_picture(self, on_chosen: Callable[[list[Path]], object]) -> None:
        """A reference picture of a product."""
        suffixes = " ".join(f"*{suffix}" for suffix in sorted(PHOTO_SUFFIXES))
        dialog = QFileDialog(self._parent, "Add a reference picture", self._photo_folder, f"Pictures ({suffixes})")
        dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
        self._open(dialog, on_chosen)

    def ask_where_to_save_catalogue(self, on_chosen: Callable[[Path], object]) -> None:
        """Where to write the catalogue: the name decides whether it is a workbook or CSV."""
        place = str(self._result_folder / "catalogue.xlsx")
        dialog = QFileDialog(self._parent, "Export the catalogue", place, "Excel workbook (*.xlsx);;CSV table (*.csv)")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix("xlsx")
        dialog.filterSelected.connect(lambda kind: dialog.setDefaultSuffix("csv" if "csv" in kind else "xlsx"))
        self._show(dialog, lambda paths: on_chosen(paths[0]))

    def ask_where_to_save(
        self, title: str, name: str, kind: str, suffix: str, on_chosen: Callable[[Path], object]
    ) -> None:
        """Where to write a result: `name` is proposed, `kind` names the format, a missing `suffix` is added."""
        dialog = QFileDialog(self._parent, title, str(self._result_folder / name), f"{kind} (*.{suffix})")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(suffix)

        def chosen(paths: list[Path]) -> None:
            self._result_folder = paths[0].parent
            on_chosen(paths[0])

        self._show(dialog, chosen)

    def _open(self, dialog: QFileDialog, on_chosen: Callable[[list[Path]], object]) -> None:
        def chosen(paths: list[Path]) -> None:
            self._photo_folder = str(paths[0].parent)
            on_chosen(paths)

        self._show(dialog, chosen)

    def _show(self, dialog: QFileDialog, on_chosen: Callable[[list[Path]], object]) -> None:
        dialog.setOption(QFileDialog.Option.HideNameFilterDetails)
        dialog.filesSelected.connect(lambda names: on_chosen([Path(name) for name in names]))
        dialog.finished.connect(dialog.deleteLater)
        dialog.open()


def _existing(location: QStandardPaths.StandardLocation) -> Path:
    """The person's folder for this, or their home where there is none (a dialog would begin just anywhere)."""
    folder = Path(QStandardPaths.writableLocation(location))
    return folder if folder.is_absolute() and folder.is_dir() else Path.home()
