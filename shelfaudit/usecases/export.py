"""The facings of a visit for other programs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from shelfaudit.detection.model_file import ModelInfo
from shelfaudit.usecases.formats import ExportFormat
from shelfaudit.usecases.ports import VisitReader
from shelfaudit.usecases.report import figures_for, write_visit_workbook


def export_visit(
    repository: VisitReader,
    visit_id: int,
    file_format: ExportFormat,
    file: Path,
    *,
    models: Sequence[ModelInfo] = (),
) -> None:
    """Write the facings of a visit, corrections included, to a file of this format.

    Raises:
        UserError: there is no such visit.
        OutputError: the file cannot be written, or is a photo of the visit.
        StorageError: the database cannot be read.
    """
    if file_format is ExportFormat.XLSX:
        write_visit_workbook(repository, visit_id, file, models=models)
    elif file_format is ExportFormat.CSV:
        from shelfaudit.reporting.tables import write_facings_csv

        write_facings_csv(figures_for(file, repository, visit_id, models), file)
    else:
        from shelfaudit.reporting.coco import visit_coco, write_coco

        write_coco(visit_coco(figures_for(file, repository, visit_id, models)), file)
