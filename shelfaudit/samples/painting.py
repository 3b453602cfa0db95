"""A scene in paint, from far to near, with the truth about what is seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from shelfaudit.domain.geometry import Box
from shelfaudit.samples import fixtures
from shelfaudit.samples.assortment import Form
from shelfaudit.samples.camera import Canvas, Points
from shelfaudit.samples.packs import pack_sprite
from shelfaudit.samples.planogram import POST, SHELF_DEPTH, Bay, Compartment, Unit
from shelfaudit.samples.printing import print_side, print_top
from shelfaudit.samples.scene import Scene
from shelfaudit.samples.sheet import darker, lighter

_RAIL = 4.6
_DENSITIES = (5.0, 7.0, 10.0, 14.0, 20.0, 28.0)
_HALF_SEEN = 0.5
_LEAST_SIDE = 4.0
_TILT_STEP, _TURN_STEP = 0.1, 0.2


@dataclass(frozen=True)
class Painting:
    """The painted scene: picture (H, W, 3) float32 0..255, facings and empty places in its pixels.

    `owners` gives the number of each facing's unit in `Scene.units`, counted from 1.
    """

    picture: NDArray[np.float32]
    facings: tuple[tuple[Box, str], ...]
    owners: tuple[int, ...]
    gaps: tuple[Box, ...]


def paint(scene: Scene, *, omit: int | None = None) -> Painting:
    """The scene in paint. `omit` leaves out the unit of this owner number (and nothing else changes)."""
    return _Painter(scene, omit).paint()


class _Painter:
    """Holds the canvas while one scene is painted."""

    def __init__(self, scene: Scene, omit: int | None) -> None:
        self._scene = scene
        self._camera = scene.camera
        self._omit = omit
        self._rng = np.random.default_rng((scene.seed, 2))
        backdrop = fixtures.store_backdrop(self._rng, scene.camera.width, scene.camera.height)
        self._canvas = Canvas(backdrop)
        near = scene.camera.focal / float(np.linalg.norm(scene.camera.position[[0, 2]]))
        self._density = next((density for density in _DENSITIES if density >= near), _DENSITIES[-1])
        self._areas: dict[int, tuple[tuple[int, int, int, int], float]] = {}

    def paint(self) -> Painting:
        style = self._scene.style
        self._floor()
        eye_x, eye_y, _ = self._camera.position
        first_owners = self._first_owners()
        signs: list[tuple[float, float]] = []
        for bay in sorted(self._scene.bays, key=lambda bay: -abs((bay.x1 + bay.x2) / 2 - eye_x)):
            self._plinth(bay)
            for compartment in sorted(bay.compartments, key=lambda part: -abs((part.y + part.ceiling) / 2 - eye_y)):
                self._inside(bay, compartment)
                self._units(compartment, first_owners[id(compartment)])
                self._rail(compartment)
                signs += [(x, compartment.y) for x, _ in compartment.blocks if self._rng.uniform() < style.sign_share]
            for x in (bay.x1 - POST, bay.x2):
                post = fixtures.ramp(darker(style.board, 0.2), darker(style.board, 0.45))
                self._pane(post, x, x + POST, 0, bay.post_top, 0.1)
        for x, y in signs:
            self._pane(fixtures.hanging_sign(int(self._rng.integers(16))), x, x + 6, y - _RAIL - 4.5, y - 0.6, 1.2)
        self._in_the_way()
        facings = self._facings()
        return Painting(self._canvas.picture, tuple(facings.values()), tuple(facings), self._gaps())

    def _first_owners(self) -> dict[int, int]:
        """The owner number of each compartment's first unit, by the compartment's identity."""
        numbers, owner = {}, 1
        for bay in self._scene.bays:
            for compartment in bay.compartments:
                numbers[id(compartment)] = owner
                owner += len(compartment.units)
        return numbers

    # Furniture

    def _quad(self, points: Sequence[tuple[float, float, float]]) -> Points:
        return self._camera.project(points)

    def _pane(self, sprite: NDArray[np.uint8], x1: float, x2: float, y1: float, y2: float, z: float) -> None:
        """An upright pane parallel to the shelf front; it hides what is behind it."""
        self._canvas.paint(sprite, self._quad([(x1, y2, z), (x2, y2, z), (x2, y1, z), (x1, y1, z)]), owner=0)

    def _floor(self) -> None:
        far = self._camera.position[2] * 0.75
        x1, x2 = self._scene.bays[0].x1 - 200, self._scene.bays[-1].x2 + 200
        colour = self._scene.style.floor
        quad = self._quad([(x1, 0, 0), (x2, 0, 0), (x2, 0, far), (x1, 0, far)])
        self._canvas.paint(fixtures.ramp(darker(colour, 0.55), lighter(colour, 0.1)), quad)

    def _plinth(self, bay: Bay) -> None:
        top = bay.compartments[0].y
        self._pane(
            fixtures.ramp(darker(self._scene.style.board, 0.55), darker(self._scene.style.board, 0.75)),
            bay.x1,
            bay.x2,
            0,
            top,
            0,
        )

    def _inside(self, bay: Bay, compartment: Compartment) -> None:
        style, rng = self._scene.style, self._rng
        x1, x2, y1, y2 = bay.x1, bay.x2, compartment.y, compartment.ceiling
        z = -SHELF_DEPTH
        panel = fixtures.back_panel(rng, x2 - x1, y2 - y1, style.back, style.pegs)
        self._pane(panel, x1, x2, y1, y2, z)
        # The wall far from the camera faces away from it and stays unseen; of the others, the inner face shows.
        for x, faces_camera in ((x1, self._camera.position[0] > x1), (x2, self._camera.position[0] < x2)):
            if faces_camera:
                wall = fixtures.ramp(darker(style.board, 0.68), darker(style.board, 0.5))
                self._canvas.paint(wall, self._quad([(x, y2, z), (x, y2, 0), (x, y1, 0), (x, y1, z)]), owner=0)
        eye = self._camera.position[1]
        if eye > y1:
            board = fixtures.ramp(darker(style.board, 0.72), lighter(style.board, 0.05))
            self._canvas.paint(board, self._quad([(x1, y1, z), (x2, y1, z), (x2, y1, 0), (x1, y1, 0)]), owner=0)
        if compartment.has_board_above and eye < y2:
            under = fixtures.ramp(darker(style.board, 0.5), darker(style.board, 0.75))
            self._canvas.paint(under, self._quad([(x1, y2, 0), (x2, y2, 0), (x2, y2, z), (x1, y2, z)]), owner=0)

    def _rail(self, compartment: Compartment) -> None:
        style = self._scene.style
        tags = [x - compartment.x1 for x, _ in compartment.blocks]
        wide = compartment.x2 - compartment.x1
        strip = fixtures.rail(self._rng, wide, _RAIL, style.rail, tags, style.promo_share)
        self._pane(strip, compartment.x1, compartment.x2, compartment.y - _RAIL + 0.8, compartment.y + 0.8, 0.6)

    def _in_the_way(self) -> None:
        """Signs, a hand or a cart between camera and shelf; the more difficult, the more often."""
        rng, canvas = np.random.default_rng((self._scene.seed, 3)), self._canvas
        wide, high = self._camera.width, self._camera.height
        for _ in range(int(rng.poisson(0.4 + 1.6 * self._scene.difficulty))):
            bay = self._scene.bays[int(rng.integers(len(self._scene.bays)))]
            shelf = bay.compartments[int(rng.integers(len(bay.compartments)))]
            x, size = rng.uniform(bay.x1, bay.x2), rng.uniform(6, 10)
            self._pane(fixtures.wobbler(rng), x, x + size, shelf.y - size / 2 - 2, shelf.y + size / 2 - 2, 6.0)
        if rng.uniform() < 0.25 * self._scene.difficulty:
            x, side = rng.uniform(0.1, 0.8) * wide, 0.36 * high
            box = np.array(
                [
                    (x, high - side),
                    (x + 0.6 * side, high - side),
                    (x + 0.6 * side, high + 0.12 * side),
                    (x, high + 0.12 * side),
                ]
            )
            canvas.paint(fixtures.hand(rng), box, owner=0)
        if rng.uniform() < 0.3 * self._scene.difficulty:
            left = -0.1 * wide if rng.uniform() < 0.5 else 0.72 * wide
            top, side = high * rng.uniform(0.78, 0.9), 0.4 * wide
            box = np.array(
                [(left, top), (left + side, top), (left + side, top + 0.75 * side), (left, top + 0.75 * side)]
            )
            canvas.paint(fixtures.cart(rng), box, owner=0)

    # Packs

    def _units(self, compartment: Compartment, first: int) -> None:
        """Far lines first; within a line from the sides towards the camera, so that nearer packs hide farther ones."""
        eye_x, eye_y, _ = self._camera.position

        def nearness(entry: tuple[int, Unit]) -> tuple[int, float, float]:
            unit = entry[1]
            half = unit.design.size[0] / 2
            aside = max(0.0, abs(unit.column - eye_x) - half)
            above = max(0.0, unit.y - eye_y, eye_y - unit.y - unit.design.size[1])
            return (-unit.line, -aside, -above)

        for owner, unit in sorted(enumerate(compartment.units, first), key=nearness):
            if owner != self._omit:
                self._unit(compartment, unit, owner)

    def _light(self, compartment: Compartment, unit: Unit) -> tuple[float, float]:
        """Light at the pack's top and foot: the board above shades what is high and what stands far back."""
        depth = float(np.exp(unit.z / 34)) * 0.9**unit.line
        if not compartment.has_board_above:
            return 0.35 + 0.68 * depth, 0.3 + 0.7 * depth
        clear = compartment.ceiling - compartment.y

        def at(y: float) -> float:
            share = min(1.0, (y - compartment.y) / clear)
            return depth * (1.0 - 0.3 * share**2)

        return at(unit.y + unit.design.size[1]), at(unit.y)

    def _unit(self, compartment: Compartment, unit: Unit, owner: int) -> None:
        design = unit.design
        height = design.size[1]
        rough = self._quad([(unit.left - 2, unit.y + height, unit.z), (unit.right + 2, unit.y, unit.z)])
        low, far = rough.min(axis=0) - 8, rough.max(axis=0) + 8
        if far[0] < 0 or far[1] < 0 or low[0] > self._camera.width or low[1] > self._camera.height:
            return
        top, bottom = self._light(compartment, unit)
        if design.form in {Form.BOX, Form.CARTON}:
            plane = self._box_sides(unit, top, bottom)
            tilt = turn = 0.0
        else:
            plane, tilt, turn = self._facing_plane(unit)
        sprite = pack_sprite(design, self._density, tilt, turn)
        origin, right, up = plane
        quad = self._camera.project(
            [
                origin + right * across + up * along
                for across, along in (
                    (sprite.left, sprite.top),
                    (sprite.right, sprite.top),
                    (sprite.right, sprite.bottom),
                    (sprite.left, sprite.bottom),
                )
            ]
        )
        if unit.line < 2:
            middle = quad.mean(axis=0)
            shadow = middle + (quad - middle) * (1.16, 1.03)
            self._canvas.paint(fixtures.soft_shadow(), shadow)
        level = sprite.level_for(float(np.linalg.norm(quad[2] - quad[3])))
        painted = self._canvas.paint(level, _with_rim(quad, level.shape), top=top, bottom=bottom, owner=owner)
        if painted is not None:
            self._areas[owner] = (painted, _area(quad) * sprite.fill)

    def _facing_plane(self, unit: Unit) -> tuple[tuple[Points, Points, Points], float, float]:
        """Origin, right and up vector of the plane a rounded pack is painted in, with its tilt and turn."""
        form, (_, height, depth) = unit.design.form, unit.design.size
        middle = np.array((unit.x, unit.y, unit.z - depth * (0.5 if form.is_round else 0.25)))
        towards = self._camera.position - middle
        away = float(np.hypot(towards[0], towards[2]))
        azimuth = float(np.arctan2(towards[0], towards[2])) if form.is_round else unit.yaw
        right = np.array((np.cos(azimuth), 0.0, -np.sin(azimuth)))
        up = np.array((0.0, 1.0, 0.0)) * np.cos(unit.roll) + right * np.sin(unit.roll)
        right = right * np.cos(unit.roll) - np.array((0.0, np.sin(unit.roll), 0.0))
        if not form.is_round:
            return (middle, right, up), 0.0, 0.0
        tilt = float(np.clip((towards[1] - height / 2) / away, -0.56, 0.56))
        # In steps, so that neighbours share a sprite; of packs behind little more than the tops is seen.
        turn = round((unit.turn - azimuth) / _TURN_STEP) * _TURN_STEP if unit.line == 0 else 0.0
        return (middle, right, up), round(tilt / _TILT_STEP) * _TILT_STEP, turn

    def _box_sides(self, unit: Unit, top_light: float, light: float) -> tuple[Points, Points, Points]:
        """Paints the sides of a box that the camera sees; gives the plane of its front."""
        width, height, depth = unit.design.size
        cosine, sine = np.cos(unit.yaw), np.sin(unit.yaw)
        right, up, back = np.array((cosine, 0.0, -sine)), np.array((0.0, 1.0, 0.0)), np.array((-sine, 0.0, -cosine))
        front = np.array((unit.x, unit.y, unit.z))
        towards = self._camera.position - front
        aside = float(towards @ right)
        density = max(4.0, self._density / 2)
        if abs(aside) > width / 2:
            edge = front + right * (np.sign(aside) * width / 2)
            near, far = (edge, edge + back * depth) if aside > 0 else (edge + back * depth, edge)
            side = print_side(unit.design, density)
            quad = self._camera.project([near + up * height, far + up * height, far, near])
            self._canvas.paint(side, quad, top=0.62 * top_light, bottom=0.62 * light, owner=0)
        corner_left, corner_right = front - right * width / 2, front + right * width / 2
        if towards[1] > height or towards[1] < 0:
            lift = up * height if towards[1] > height else up * 0.0
            lid = print_top(unit.design, density)
            quad = self._camera.project(
                [
                    corner_left + back * depth + lift,
                    corner_right + back * depth + lift,
                    corner_right + lift,
                    corner_left + lift,
                ]
            )
            shade = 0.85 * top_light if towards[1] > height else 0.3 * light
            self._canvas.paint(lid, quad, top=0.6 * shade, bottom=shade, owner=0)
        return front, right, up

    # Truth

    def _facings(self) -> dict[int, tuple[Box, str]]:
        """Box and SKU of every unit of which enough is seen, by its owner number."""
        units = self._scene.units
        seen = np.bincount(self._canvas.owners.ravel(), minlength=len(units) + 1)
        facings = {}
        for owner, (painted, area) in self._areas.items():
            if seen[owner] < _HALF_SEEN * area:
                continue
            x1, y1, x2, y2 = painted
            mask = self._canvas.owners[y1:y2, x1:x2] == owner
            columns, rows = np.flatnonzero(mask.any(axis=0)), np.flatnonzero(mask.any(axis=1))
            corner = Box(float(columns[0]), float(rows[0]), float(columns[-1]) + 1, float(rows[-1]) + 1)
            box = corner.translated(x1, y1)
            if min(box.width, box.height) >= _LEAST_SIDE:
                facings[owner] = (box, units[owner - 1].design.sku)
        return facings

    def _gaps(self) -> tuple[Box, ...]:
        gaps = []
        for bay in self._scene.bays:
            for compartment in bay.compartments:
                for opening in compartment.openings:
                    y1, y2 = opening.y, opening.y + opening.height
                    quad = self._quad(
                        [(opening.x1, y2, 0), (opening.x2, y2, 0), (opening.x2, y1, 0), (opening.x1, y1, 0)]
                    )
                    (left, top), (right, low) = quad.min(axis=0).tolist(), quad.max(axis=0).tolist()
                    whole = Box(left, top, right, low)
                    shown = whole.clipped(self._camera.width, self._camera.height)
                    if shown is not None and shown.area > _HALF_SEEN * whole.area:
                        gaps.append(shown)
        return tuple(gaps)


def _with_rim(quad: Points, shape: tuple[int, ...]) -> Points:
    """The quadrilateral grown by the sprite's transparent rim of one pixel."""
    right, down = (quad[1] + quad[2] - quad[0] - quad[3]) / 2, (quad[2] + quad[3] - quad[0] - quad[1]) / 2
    wide, high = right / (shape[1] - 2), down / (shape[0] - 2)
    grown: Points = quad + np.stack([-wide - high, wide - high, wide + high, high - wide])
    return grown


def _area(quad: Points) -> float:
    x, y = quad[:, 0], quad[:, 1]
    return float(abs(np.dot(x, np.roll(y, -1)) - np.dot(y, np.roll(x, -1))) / 2)
