"""What stands before the camera, composed from a seed: shelves, their packs, the store's furniture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from shelfaudit.samples.assortment import Aisle, Colour, Design
from shelfaudit.samples.camera import Camera
from shelfaudit.samples.planogram import POST, Bay, Unit, plan_bays
from shelfaudit.samples.sheet import mixed

_SPANS = (125.0, 185.0)
_FARTHEST = 450.0


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
    yaw = rng.choice((-1, 1)) * np.radians(rng.uniform(0, 4 + 20 * difficulty))
    span = rng.uniform(*_SPANS)
    reach = min(_FARTHEST, 0.9 * span * width / height + 60)
    bays = plan_bays(rng, designs, -reach, reach, difficulty, aisle)
    bottom, top = _framed(rng, next(bay for bay in bays if bay.x1 <= 0 <= bay.x2 + POST), span)
    focal = 0.8 * max(width, height) * rng.uniform(0.92, 1.15)
    eye = float(np.clip((bottom + top) / 2 + rng.uniform(-12, 26), 92, 168))
    distance, aim_y = _stand_off(eye - bottom, top - eye, 2 * np.arctan(height / 2 / focal))
    position = (distance * np.sin(yaw), eye, distance * np.cos(yaw))
    aim_y += eye
    roll = float(np.radians(rng.normal(0, 0.4 + 1.2 * difficulty)))
    camera = Camera.looking_at((0.0, aim_y, 0.0), position, roll, focal, width, height)
    return Scene(camera, bays, _style(rng), seed, difficulty)


def _framed(rng: np.random.Generator, bay: Bay, span: float) -> tuple[float, float]:
    """The height range (cm) to photograph: whole rows of this bay, about `span` together, as auditors frame a shelf."""
    rows = bay.compartments
    low = [row.y - 6 - rng.uniform(0, 2) for row in rows]
    high = [row.ceiling + (1.5 if row.has_board_above else rng.uniform(2, 16)) for row in rows]
    low[0] = low[0] if rng.uniform() < 0.6 else -3.0
    choices = [(bottom, top) for place, bottom in enumerate(low) for top in high[place:]]
    choices.sort(key=lambda choice: abs(choice[1] - choice[0] - span))
    return choices[int(rng.integers(min(2, len(choices))))]


def _stand_off(below: float, above: float, view: float) -> tuple[float, float]:
    """How far to stand back, and how much to look up, to see just so much below and above the eye (cm).

    `view` is the vertical angle of view in radians; from tan(p + q) = (tan p + tan q) ÷ (1 − tan p tan q) with
    tan p = below ÷ distance and tan q = above ÷ distance.
    """
    half = (below + above) / np.tan(view) / 2
    distance = float(half + np.sqrt(half**2 + below * above))
    middle = (np.arctan(above / distance) - np.arctan(below / distance)) / 2
    return distance, float(distance * np.tan(middle))


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
