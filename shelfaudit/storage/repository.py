"""Visits ↔ SQLite: the one class the rest of the program talks to."""

from __future__ import annotations

from shelfaudit.storage.appearances import AppearancesPart
from shelfaudit.storage.catalogue import CataloguePart, UiStatePart
from shelfaudit.storage.catalogue_edits import CatalogueEditsPart
from shelfaudit.storage.detections import DetectionsPart
from shelfaudit.storage.facings import FacingsPart
from shelfaudit.storage.learning import LearningPart
from shelfaudit.storage.references import ReferencesPart
from shelfaudit.storage.refusals import RefusalsPart
from shelfaudit.storage.stale_looks import StaleLooksPart
from shelfaudit.storage.visits import VisitsPart


class VisitRepository(
    VisitsPart,
    FacingsPart,
    DetectionsPart,
    AppearancesPart,
    StaleLooksPart,
    LearningPart,
    RefusalsPart,
    ReferencesPart,
    CataloguePart,
    CatalogueEditsPart,
    UiStatePart,
):
    """Everything shelfaudit keeps.

    Every call is one transaction, on the disk when it returns, and undone as a whole when it raises. Threads may share
    a repository. Every call raises StorageError when the database cannot be read or written.
    """
