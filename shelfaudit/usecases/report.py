"""A visit as a report and as a workbook."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from shelfaudit import paths, settings
from shelfaudit.detection.library import resolve_model
from shelfaudit.detection.model_file import ModelInfo, read_model_info
from shelfaudit.domain.visit import Photo
from shelfaudit.errors import ModelError
from shelfaudit.output import refuse_to_overwrite
from shelfaudit.reporting.figures import ModelNote, VisitFigures, build_figures
from shelfaudit.usecases.detect_photo import model_name, read_as_counted
from shelfaudit.usecases.ports import CancelCheck, Pixels, Progress, ReportStore, VisitReader, never, silent


def write_report(
    repository: ReportStore,
    visit_id: int,
    file: Path,
    *,
    models: Sequence[ModelInfo] = (),
    progress: Progress = silent,
    cancelled: CancelCheck = never,
) -> None:
    """Write the PDF report of a visit and note that it was written.

    models: detectors whose measured scores the report may state, where they counted this visit.

    Raises:
        UserError: there is no such visit.
        OutputError: the file cannot be written, or is a photo of the visit.
        Cancelled: `cancelled` became true; an older report of that name is still there.
        StorageError: the database cannot be read or written.
    """
    from shelfaudit.reporting.pdf import write_pdf

    figures = figures_for(file, repository, visit_id, models)
    write_pdf(figures, file, read_pixels=read_for_report, progress=progress, cancelled=cancelled)
    repository.mark_reported(visit_id)


def write_visit_workbook(
    repository: VisitReader, visit_id: int, file: Path, *, models: Sequence[ModelInfo] = ()
) -> None:
    """Write the workbook of a visit; raises as `write_report` does."""
    from shelfaudit.reporting.workbook import write_workbook

    write_workbook(figures_for(file, repository, visit_id, models), file)


def figures_for(file: Path, repository: VisitReader, visit_id: int, models: Sequence[ModelInfo] = ()) -> VisitFigures:
    """As `visit_figures`, to be written to this file; raises OutputError where it is one of the visit's photos."""
    figures = visit_figures(repository, visit_id, models)
    refuse_to_overwrite((photo.path for photo in figures.visit.photos), file)
    return figures


def visit_figures(repository: VisitReader, visit_id: int, models: Sequence[ModelInfo] = ()) -> VisitFigures:
    """What the report, the workbook and the tables say about a visit."""
    return build_figures(
        repository.visit(visit_id),
        repository.catalogue(),
        repository.edit_counts(visit_id),
        {model_name(info): model_note(info) for info in models},
    )


def model_note(info: ModelInfo) -> ModelNote:
    """What a report says about a detector."""
    return ModelNote(info.name, info.version, info.file.name, info.sha256, info.scores)


def known_models(named: Path | None = None) -> list[ModelInfo]:
    """The detector in use, the bundled one and a named one, where they are in order: a report needs none of them.

    named: a file, or the name of an installed model.

    Raises:
        ModelError: the named one is missing or damaged.
    """
    models = [read_model_info(resolve_model(named))] if named is not None else []
    for others in (resolve_model, paths.default_model_file):
        with suppress(ModelError):
            models.append(read_model_info(others()))
    return models


def read_for_report(photo: Photo) -> Pixels:
    """The photo's upright pixels at the report's resolution.

    Raises:
        PhotoError: the file was moved, changed or is damaged by now.
    """
    return read_as_counted(photo, settings.current().report_long_side).pixels
