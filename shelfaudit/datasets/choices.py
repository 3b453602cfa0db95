"""What one can choose from when splitting and balancing; without numpy, so that the commands' help is there at once."""

from __future__ import annotations

from enum import StrEnum


class GroupBy(StrEnum):
    """What keeps photos in one part: their source (a store), the folder they lie in, or nothing."""

    SOURCE = "source"
    FOLDER = "folder"
    NONE = "none"


class Unit(StrEnum):
    """What is counted of a class: the photos that show it, or its boxes."""

    PHOTOS = "photos"
    BOXES = "boxes"
