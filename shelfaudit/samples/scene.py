"""What stands before the camera, composed from a seed: shelves, their packs, the store's furniture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from shelfaudit.samples.assortment import Aisle, Colour, Design
from shelfaudit.samples.camera import Camera
from shelfaudit.samples.planogram import Bay, Unit, plan_bays
from shelfaudit.samples.sheet import mixed


@dataclass(frozen=True)
class Style:
    """The store's furniture."""

    rail: Colour
    board: Colour
    back: Colour
    floor: Colour
    pegs: bool
    promo_share: float
    sign_share: float


@dataclass(frozen=True)
class Scene:
    """Everything in front of the camera, before light and lens."""

    camera: Camera
    bays: list[Bay]
    style: Style
    seed: int
    difficulty: float

    @property
    def units(self) -> list[Unit]:
        """All units in the order of their owner numbers, which start at 1."""
        return [unit for bay in self.bays for compartment in bay.compartments for unit in compartment.units]


def compose(
    seed: int, width: int, height: int, designs: Sequence[Design], difficulty: float, aisle: Aisle | None = None
) -> Scene:
    """The scene of this seed. `difficulty` from 0 (straight, tidy) to 1 (steep, untidy, hidden)."""
    rng = np.random.default_rng((seed, 1))
    span = rng.uniform(112, 178)
    aim_y = rng.uniform(min(100.0, span / 2 - 4), max(100.0, 202 - span / 2))
    yaw = rng.choice((-1, 1)) * np.radians(rng.uniform(0, 4 + 20 * difficulty))
    focal = 0.8 * max(width, height) * rng.uniform(0.92, 1.15)
    distance = span * focal / height
    eye = float(np.clip(aim_y + rng.uniform(-12, 26), 92, 168))
    position = (distance * np.sin(yaw), eye, distance * np.cos(yaw))
    roll = np.radians(rng.normal(0, 0.5 + 1.2 * difficulty))
    camera = Camera.looking_at((0.0, aim_y, 0.0), position, float(roll), focal, width, height)
    x1, x2 = camera.shelf_span()
    bays = plan_bays(rng, designs, max(x1, -450.0) - 5, min(x2, 450.0) + 5, difficulty, aisle)
    return Scene(camera, bays, _style(rng), seed, difficulty)


def _style(rng: np.random.Generator) -> Style:
    rails: tuple[Colour, ...] = (
        (226, 228, 230),
        (196, 200, 204),
        (238, 236, 230),
        (58, 60, 64),
        (206, 40, 44),
        (150, 156, 162),
    )
    backs: tuple[Colour, ...] = ((206, 206, 202), (150, 152, 156), (86, 88, 92), (190, 178, 158), (60, 62, 66))
    floors: tuple[Colour, ...] = ((178, 172, 160), (140, 134, 126), (200, 198, 194), (150, 110, 78))
    rail = rails[int(rng.choice(len(rails), p=(0.3, 0.25, 0.2, 0.1, 0.05, 0.1)))]
    board = mixed(rail, (150, 150, 150), 0.5)
    back = backs[int(rng.integers(len(backs)))]
    floor = floors[int(rng.integers(len(floors)))]
    return Style(rail, board, back, floor, bool(rng.uniform() < 0.4), rng.uniform(0, 0.3), rng.uniform(0, 0.12))
