"""The main job on sample photos whose truth is known."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

from shelfaudit.samples import write_reference_crops, write_sample_visit
from shelfaudit.usecases.audit import AuditOutcome, VisitDetails, audit
from shelfaudit.usecases.ports import AuditStore, CancelCheck, PhotoDetector, Progress, ReportStore, never, silent
from shelfaudit.usecases.report import write_report, write_visit_workbook

SEED = 20
PHOTOS = 4
DETAILS = VisitDetails("Sample market", "Drinks", dt.date(2026, 11, 20), "Demo")


@dataclass(frozen=True, slots=True)
class DemoFiles:
    """Where the demo puts what it makes."""

    photos: Path
    catalogue: Path
    database: Path
    report: Path
    workbook: Path

    @classmethod
    def in_folder(cls, folder: Path) -> DemoFiles:
        return cls(
            photos=folder / "photos",
            catalogue=folder / "catalogue",
            database=folder / "visits.sqlite",
            report=folder / "report.pdf",
            workbook=folder / "workbook.xlsx",
        )


class DemoStore(AuditStore, ReportStore):
    """What the demo needs of the repository."""


@dataclass(frozen=True, slots=True)
class CountCheck:
    """A photo's counted facings beside the true ones."""

    name: str
    counted: int
    true: int


@dataclass(frozen=True, slots=True)
class DemoResult:
    """The audit of the samples, and how far its counts are off."""

    outcome: AuditOutcome
    counts: tuple[CountCheck, ...]
