"""What stands where: bays of shelf rows filled with blocks of facings, as planograms place them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from shelfaudit.samples.assortment import Aisle, Design, Form

SHELF_DEPTH = 46.0
_FIRST_BOARD = 16.0
_TOP_BOARD = 172.0
_BOARD = 3.6
POST = 2.4
_MAIN_AISLE_SHARE = 0.8
_STEADY = 2.0


@dataclass(frozen=True, slots=True)
class Unit:
    """One pack: middle of its foot's front edge (x, y, z in cm), the line it stands in (0: front row).

    `column` is the middle of the facing it belongs to: what is piled up and stands behind shares it. `yaw` turns it
    about the upright axis, `roll` leans it sideways, `turn` turns a round pack's print; all in radians.
    """

    design: Design
    column: float
    x: float
    y: float
    z: float
    line: int
    turn: float
    yaw: float
    roll: float

    @property
    def right(self) -> float:
        return self.x + self.design.size[0] / 2

    @property
    def left(self) -> float:
        return self.x - self.design.size[0] / 2


@dataclass(frozen=True, slots=True)
class Opening:
    """An empty place in the front row (cm): where facings of `sku` are out of stock."""

    sku: str
    x1: float
    x2: float
    y: float
    height: float


@dataclass
class Compartment:
    """The space on one board: from x1 to x2, from its upper face `y` to the next board's lower face `ceiling`."""

    x1: float
    x2: float
    y: float
    ceiling: float
    has_board_above: bool
    units: list[Unit] = field(default_factory=list)
    openings: list[Opening] = field(default_factory=list)
    blocks: list[tuple[float, str]] = field(default_factory=list)


@dataclass
class Bay:
    """One shelf unit with its compartments, lowest first."""

    x1: float
    x2: float
    compartments: list[Compartment]

    @property
    def post_top(self) -> float:
        """How high the posts at its sides reach."""
        return self.compartments[-1].y + 8


def plan_bays(
    rng: np.random.Generator,
    designs: Sequence[Design],
    x1: float,
    x2: float,
    difficulty: float,
    aisle: Aisle | None = None,
) -> list[Bay]:
    """Bays that cover x1 to x2 (cm), filled with these designs; most of them, and the one at x = 0, from one aisle.

    Without `aisle`, or where no design belongs to it, the generator chooses.

    Raises:
        ValueError: there are no designs.
    """
    if not designs:
        raise ValueError("a shelf needs at least one product")
    aisles = sorted({design.aisle for design in designs})
    sizes = np.array([sum(design.aisle is aisle for design in designs) for aisle in aisles], float)
    chosen = aisles[int(rng.choice(len(aisles), p=sizes / sizes.sum()))]
    main = aisle if aisle in aisles else chosen
    bays = []
    x = x1 - rng.uniform(0, 60)
    while x < x2:
        width = rng.uniform(92, 132)
        neighbour = aisles[int(rng.integers(len(aisles)))]
        before_camera = x <= 0 <= x + width + POST
        stocked = main if before_camera or rng.uniform() < _MAIN_AISLE_SHARE else neighbour
        bays.append(_plan_bay(rng, _row_ranges(designs, stocked), x, x + width, difficulty))
        x += width + POST
    return bays


def _row_ranges(designs: Sequence[Design], aisle: Aisle) -> list[list[Design]]:
    """The aisle's designs in groups that share a row: alike in body and height."""
    ranges: dict[tuple[Form, int], list[Design]] = {}
    for design in designs:
        if design.aisle is aisle:
            ranges.setdefault((design.form, round(design.size[1] / 5)), []).append(design)
    return list(ranges.values())


def _plan_bay(rng: np.random.Generator, ranges: list[list[Design]], x1: float, x2: float, difficulty: float) -> Bay:
    compartments: list[Compartment] = []
    y = _FIRST_BOARD + rng.uniform(-4, 4)
    order = rng.permutation(len(ranges))
    while True:
        group = list(ranges[int(order[len(compartments) % len(ranges)])])
        if rng.uniform() < 0.3:
            group = group + _of_like_height(ranges, group)
        tallest = max(design.size[1] for design in group)
        levels = _levels(rng, group[0], tallest)
        is_top = y + tallest > _TOP_BOARD - 14
        clear = levels * tallest + rng.uniform(2.5, 8)
        compartment = Compartment(x1, x2, y, y + clear, has_board_above=not is_top)
        _fill(rng, compartment, group, levels, difficulty)
        compartments.append(compartment)
        if is_top:
            return Bay(x1, x2, compartments)
        y += clear + _BOARD


def _of_like_height(ranges: list[list[Design]], group: list[Design]) -> list[Design]:
    height = group[0].size[1]
    return [
        design for other in ranges if other[0] is not group[0] for design in other if abs(design.size[1] - height) < 4
    ]


def _is_piled(design: Design) -> bool:
    """Slim packs would fall over."""
    return design.form.stacks and design.size[1] < _STEADY * design.size[0]


def _levels(rng: np.random.Generator, design: Design, tallest: float) -> int:
    if not _is_piled(design):
        return 1
    return int(np.clip(rng.integers(1, 4), 1, max(1, int(34 // tallest))))


def _fill(
    rng: np.random.Generator, compartment: Compartment, group: list[Design], levels: int, difficulty: float
) -> None:
    """Block after block from left to right until nothing of the range fits any more."""
    x = compartment.x1 + rng.uniform(0.4, 3)
    clear = compartment.ceiling - compartment.y
    start = int(rng.integers(len(group)))
    by_brand = sorted(group, key=lambda design: design.brand)
    queue = by_brand[start:] + by_brand[:start]
    full_depth = rng.uniform(0.5, 1.0)
    position = 0
    while True:
        fitting = [design for design in queue if x + design.size[0] <= compartment.x2 - 0.3]
        if not fitting:
            return
        design = queue[position % len(queue)] if queue[position % len(queue)] in fitting else fitting[0]
        position += 1
        width = design.size[0]
        room = int((compartment.x2 - 0.3 - x) // (width + 0.5))
        facings = int(np.clip(rng.integers(2, 7 if width < 9 else 5), 1, max(1, room)))
        stack = min(levels, int((clear - 1.5) // design.size[1])) if _is_piled(design) else 1
        spacing = rng.uniform(0.15, 0.8) if not design.form.is_round else rng.uniform(0.25, 1.2)
        compartment.blocks.append((x, design.sku))
        missing = _missing(rng, facings, difficulty)
        for facing in range(facings):
            middle = x + width / 2
            if facing in missing:
                compartment.openings.append(
                    Opening(design.sku, middle - width / 2, middle + width / 2, compartment.y, design.size[1])
                )
            else:
                _stand(rng, compartment, design, middle, max(1, stack), full_depth, difficulty)
            x += width + spacing
        x += rng.uniform(0.1, 1.2)


def _missing(rng: np.random.Generator, facings: int, difficulty: float) -> range:
    """A run of facings that is sold out, in about one block of ten."""
    if rng.uniform() > 0.04 + 0.06 * difficulty:
        return range(0)
    run = int(rng.integers(1, min(3, facings) + 1))
    first = int(rng.integers(0, facings - run + 1))
    return range(first, first + run)


def _stand(
    rng: np.random.Generator,
    compartment: Compartment,
    design: Design,
    middle: float,
    stack: int,
    full_depth: float,
    difficulty: float,
) -> None:
    """One facing: the front pack, what is piled on it, and the packs behind."""
    depth = design.size[2]
    setback = abs(rng.normal(0, 1.0)) + (rng.uniform(6, 20) if rng.uniform() < 0.02 + 0.06 * difficulty else 0.4)
    setback = min(setback, SHELF_DEPTH - depth)
    lines = max(1, int(full_depth * (SHELF_DEPTH - setback) // (depth + 0.4)))
    loose = 1.0 + 1.6 * difficulty
    pile = stack if rng.uniform() > 0.12 else int(rng.integers(1, stack + 1))
    for line in range(min(lines, 4)):
        for level in range(pile if line == 0 else stack):
            lean = rng.normal(0, 0.008 if design.form in {Form.BOX, Form.CARTON, Form.CAN} else 0.02)
            compartment.units.append(
                Unit(
                    design,
                    middle,
                    middle + rng.normal(0, 0.12 + 0.08 * level) * loose,
                    compartment.y + level * design.size[1],
                    -setback - line * (depth + 0.4) - abs(rng.normal(0, 0.3)) * loose,
                    line,
                    float(rng.normal(0, 0.2)) if design.form.is_round else 0.0,
                    float(np.clip(rng.normal(0, 0.025) * loose, -0.12, 0.12)),
                    float(np.clip(lean * loose, -0.06, 0.06)) if level == 0 and pile == 1 else 0.0,
                )
            )
