"""The kinds of files a visit is exported to."""

from __future__ import annotations

from enum import StrEnum


class ExportFormat(StrEnum):
    """csv: one row per facing. xlsx: the workbook. coco: boxes as COCO JSON."""

    CSV = "csv"
    XLSX = "xlsx"
    COCO = "coco"
