"""The catalogue in and out of files: look first, then import; export."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from shelfaudit.domain.catalogue import Catalogue
from shelfaudit.domain.catalogue_import import ImportPlan, plan_import
from shelfaudit.output import refuse_to_overwrite, replacing
from shelfaudit.photos.files import PHOTO_SUFFIXES
from shelfaudit.storage.catalogue_edits import SavedEdit
from shelfaudit.storage.catalogue_files import CatalogueFile, catalogue_table, read_catalogue_file
from shelfaudit.usecases.ports import CancelCheck, CatalogueEditStore, PhotoDetector, Progress, never, silent
from shelfaudit.usecases.reference_pictures import learn_pictures, save_learned


@dataclass(frozen=True)
class ImportPreview:
    """A file as it was read, and what importing it would do to the catalogue as it is now."""

    file: CatalogueFile
    plan: ImportPlan


def preview_import(repository: CatalogueEditStore, path: Path) -> ImportPreview:
    """Read a table or a folder of pictures and compare it with the catalogue; nothing is written.

    Raises:
        CatalogueError: the file or folder cannot be read, or is no catalogue at all.
    """
    file = read_catalogue_file(path, picture_suffixes=PHOTO_SUFFIXES)
    return ImportPreview(file, plan_import(repository.catalogue(), file.rows, file.remarks))


def apply_import(
    repository: CatalogueEditStore,
    detector: Callable[[], PhotoDetector],
    file: CatalogueFile,
    *,
    progress: Progress = silent,
    cancelled: CancelCheck = never,
) -> SavedEdit:
    """Import what was looked at, without the rows that are wrong, into the catalogue as it is by now.

    Every picture is read before anything is saved. `detector` is called only where there are pictures.

    Raises:
        PhotoError: a reference picture cannot be read; nothing was saved.
        Cancelled: `cancelled` became true; nothing was saved.
    """
    plan = plan_import(repository.catalogue(), file.rows, file.remarks)
    learned = learn_pictures(detector(), plan.pictures, progress=progress, cancelled=cancelled) if plan.pictures else {}
    saved = repository.edit_catalogue(plan.edit)
    save_learned(repository, learned)
    return saved


def export_catalogue(catalogue: Catalogue, file: Path, *, inputs: list[Path] | None = None) -> None:
    """Write the catalogue as a table: XLSX where the file's name ends so, else CSV.

    Raises:
        OutputError: the file cannot be written, or is one of `inputs`.
    """
    refuse_to_overwrite(inputs or [], file)
    content = catalogue_table(catalogue, file)
    with replacing(file) as temporary:
        temporary.write_bytes(content)
