"""Where resources, models and user data are: in a checkout, an installed wheel, or a frozen build."""

from __future__ import annotations

import sys
from pathlib import Path

import platformdirs

APP_NAME = "shelfaudit"


def bundle_dir() -> Path:
    """The folder that holds `resources` and `models`."""
    frozen = getattr(sys, "_MEIPASS", None)
    if frozen is not None:
        return Path(frozen)
    above_package = Path(__file__).resolve().parent.parent
    # A wheel puts the data beside the package; in a checkout it is in the checkout itself.
    installed = above_package / "shelfaudit_data"
    return installed if installed.is_dir() else above_package


def resources_dir() -> Path:
    """Fonts, icons and other files the program reads."""
    return bundle_dir() / "resources"


def models_dir() -> Path:
    """The detectors that ship with the program."""
    return bundle_dir() / "models"


def default_model_file() -> Path:
    """The detector used unless another one is named or chosen (see `detection.library`)."""
    return models_dir() / "shelf-photo.tflite"


def live_model_file() -> Path:
    """The quick detector for camera frames, beside the default one."""
    return models_dir() / "shelf-live.tflite"


def embedder_file() -> Path:
    """The network by which products are recognised."""
    return models_dir() / "recognition" / "pack-embedder.tflite"


def user_data_dir() -> Path:
    """The user's own data folder for shelfaudit (not created here)."""
    return Path(platformdirs.user_data_dir(APP_NAME, appauthor=False))


def user_models_dir() -> Path:
    """Where the models are that the user installed."""
    return user_data_dir() / "models"


def learning_dir() -> Path:
    """Where `shelfaudit learn` keeps its runs."""
    return user_data_dir() / "learning"


def default_database_file() -> Path:
    """The database used unless `--database` names another."""
    return user_data_dir() / "visits.sqlite"


def stills_dir(database_file: Path) -> Path:
    """Where camera stills of this database's visits are kept: beside it, so that they move together."""
    return database_file.with_name(f"{database_file.stem}-stills")


def log_file() -> Path:
    """The rotating log of the desktop application."""
    return Path(platformdirs.user_log_dir(APP_NAME, appauthor=False)) / "shelfaudit.log"
