"""Is everything there that shelfaudit needs, and does it work? For the person, and as the smoke test of a build."""

from __future__ import annotations

import datetime as dt
import importlib
import importlib.metadata
import platform
import sys
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from shelfaudit import __version__, paths, settings
from shelfaudit.detection.detector import load_detector
from shelfaudit.detection.library import resolve_model
from shelfaudit.detection.model_file import read_model_info
from shelfaudit.errors import UserError
from shelfaudit.recognition.appearance import appearance_maker
from shelfaudit.samples import render_photo
from shelfaudit.storage.database import open_database
from shelfaudit.storage.health import check_health
from shelfaudit.storage.repository import VisitRepository
from shelfaudit.usecases.refresh_looks import count_stale

# Import name → distribution, of every library the program cannot do without.
LIBRARIES = {
    "numpy": "numpy",
    "cv2": "opencv-python-headless",
    "PIL": "pillow",
    "pillow_heif": "pillow-heif",
    "sqlalchemy": "SQLAlchemy",
    "alembic": "alembic",
    "reportlab": "reportlab",
    "xlsxwriter": "XlsxWriter",
    "typer": "typer",
    "rich": "rich",
    "platformdirs": "platformdirs",
}
TFLITE_RUNTIMES = ("ai_edge_litert", "tflite_runtime")
# Not imported here: the commands must work without Qt's libraries, and the window says itself what it lacks.
WINDOW_LIBRARY = "PySide6-Essentials"
RESOURCES = ("fonts/DejaVuSans.ttf", "fonts/DejaVuSans-Bold.ttf", "icons")
SAMPLE_SEED = 7
REINSTALL = "Install shelfaudit again."


class UnhealthyError(UserError):
    """A check found something wrong."""


@dataclass(frozen=True, slots=True)
class CheckResult:
    """One line of the doctor's table; `advice` is empty where all is well."""

    name: str
    healthy: bool
    detail: str
    advice: str = ""


def run_checks(model: Path | None = None, database_file: Path | None = None) -> list[CheckResult]:
    """Check versions, resources, the model, one detection and the database; never raises.

    model, database_file: default to the model in use and the user's own database. A database that is not there yet is
    not made: only that one can be made is tried, in a temporary folder.
    """
    database = database_file or paths.default_database_file()
    checks: dict[str, Callable[[], str]] = {
        "program": check_program,
        "libraries": check_libraries,
        "settings": check_settings,
        "resources": check_resources,
        "model": lambda: check_model(model),
        "detection": lambda: check_detection(model),
        "new database": check_new_database,
        "your database": lambda: check_database(database),
        "known products": lambda: check_known_products(model, database),
    }
    return [_checked(name, check) for name, check in checks.items()]


def check_program() -> str:
    """Version, Python, machine, and whether this is a frozen build."""
    kind = "frozen build" if getattr(sys, "frozen", False) else "Python package"
    return f"shelfaudit {__version__} ({kind}), Python {platform.python_version()}, {platform.platform()}"


def check_libraries() -> str:
    """The version of every library; raises UnhealthyError with those that cannot be imported."""
    versions, missing = [], []
    for module, distribution in LIBRARIES.items():
        try:
            imported = importlib.import_module(module)
        except ImportError as error:
            missing.append(f"{distribution} ({error})")
        else:
            versions.append(f"{distribution} {_version(imported.__dict__, distribution)}")
    if missing:
        raise UnhealthyError(f"Missing: {', '.join(missing)}.", advice=REINSTALL)
    return ", ".join([*versions, f"{WINDOW_LIBRARY} {_version({}, WINDOW_LIBRARY)}"])


def check_settings() -> str:
    """The settings in force."""
    values = settings.current()
    return ", ".join(f"{entry.name} {getattr(values, entry.name)}" for entry in fields(values))


def check_resources() -> str:
    """Where the resources are; raises UnhealthyError with the missing ones."""
    folder = paths.resources_dir()
    missing = [name for name in RESOURCES if not (folder / name).exists()]
    if missing:
        raise UnhealthyError(f"Missing: {', '.join(missing)}.", advice=REINSTALL, file=folder)
    return str(folder)


def check_model(named: Path | None) -> str:
    """Name and scores of the model; raises ModelError where it is not the file its metadata describes."""
    info = read_model_info(resolve_model(named))
    scores = ", ".join(f"{name} {value}" for name, value in info.scores.items())
    return f"{info.name} {info.version}, counts from {info.counting_threshold:.2f} on, {scores}, SHA-256 {info.sha256}"


def check_detection(named: Path | None) -> str:
    """Detect the facings of a rendered sample; raises UnhealthyError where none is found."""
    sample = render_photo(SAMPLE_SEED)
    detector = load_detector(named)
    found = len(detector.detect(sample.pixels))
    if not found:
        raise UnhealthyError(
            "No facing was found on a sample shelf.", advice="Name another model.", file=detector.info.file
        )
    runtime = next((name for name in TFLITE_RUNTIMES if name in sys.modules), "an unknown runtime")
    return f"{found} facings found on a sample shelf with {len(sample.facings)}, by {runtime}"


def check_new_database() -> str:
    """Make a database in a temporary folder, write a visit and read it back."""
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        open_database(Path(folder) / "doctor.sqlite") as database,
    ):
        repository = VisitRepository(database)
        visit = repository.create_visit("Doctor", "", dt.date(2026, 1, 1), "")
        if repository.visit(visit.id) != visit:
            raise UnhealthyError("A visit came back changed.", advice=REINSTALL)
        check_health(database)
    return "a visit was written and read back"


def check_database(file: Path) -> str:
    """Whether the user's own database is whole and can be written; raises StorageError."""
    if not file.exists():
        return f"{file}: not there yet, the first visit makes it"
    with open_database(file) as database:
        check_health(database)
        count = len(VisitRepository(database).visits())
    return f"{file}: whole, {count} visits"


def check_known_products(named: Path | None, file: Path) -> str:
    """Whether what is known of products can be compared with what this model sees."""
    if not file.exists():
        return "none yet"
    try:
        maker = appearance_maker(read_model_info(resolve_model(named)).features_sha256)
        with open_database(file) as database:
            stale = count_stale(VisitRepository(database), maker)
    except UserError:  # what is ill is named by its own check
        return "cannot be told without a sound model and database"
    if not stale:
        return "all were described by this model"
    return (
        f"{stale.in_words()} were described by another model or version and name nothing until they are described "
        "anew: shelfaudit learn --gallery-only"
    )


def _checked(name: str, check: Callable[[], str]) -> CheckResult:
    try:
        return CheckResult(name, True, check())
    except UserError as error:
        where = f"{error.file}: " if error.file is not None else ""
        return CheckResult(name, False, f"{where}{error.what}", error.advice)
    except Exception as error:  # a doctor that breaks down at the first ill part is no use
        return CheckResult(name, False, f"{type(error).__name__}: {error}", REINSTALL)


def _version(namespace: Mapping[str, object], distribution: str) -> str:
    """The version a module states; frozen builds carry no package metadata, some modules state nothing."""
    for name in ("__version__", "Version"):
        if isinstance(version := namespace.get(name), str):
            return version
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return "(version unknown)"
