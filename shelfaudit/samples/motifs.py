"""The pictures on packs, made of a few shapes each: fruit, crisps, a cup, a leaf …"""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np

from shelfaudit.samples.assortment import Colour
from shelfaudit.samples.sheet import Sheet, darker, lighter, mixed

_LEAF_GREEN: Colour = (64, 140, 44)
_WHITE: Colour = (255, 255, 255)
_Painter = Callable[[Sheet, np.random.Generator, float, float, float, Colour], None]


def draw_motif(
    sheet: Sheet, rng: np.random.Generator, motif: str, x: float, y: float, radius: float, tint: Colour
) -> None:
    """The picture named `motif` round (x, y); `radius` is a share of the sheet's width, `tint` the variety's colour."""
    _PAINTERS.get(motif, _bubbles)(sheet, rng, x, y, radius, tint)


def star(points: int, inner: float) -> list[tuple[float, float]]:
    """The outline of a star of radius 1 with this many points, notched to `inner`."""
    angles = [math.pi * step / points for step in range(2 * points)]
    return [
        (math.sin(a) * (1 if step % 2 == 0 else inner), -math.cos(a) * (1 if step % 2 == 0 else inner))
        for step, a in enumerate(angles)
    ]


def _ball(sheet: Sheet, x: float, y: float, r: float, colour: Colour) -> None:
    for step in range(7):
        share = step / 6
        inset = r * (1 - 0.88 * share)
        shift = 0.3 * r * share
        tone = (
            mixed(darker(colour, 0.22), colour, min(1.0, 2 * share))
            if share < 0.5
            else lighter(colour, 0.9 * share - 0.4)
        )
        sheet.ellipse(x - shift, y - shift * sheet.aspect, inset, tone)


def _leaf(sheet: Sheet, x: float, y: float, r: float, angle: float, colour: Colour = _LEAF_GREEN) -> None:
    sine, cosine = math.sin(angle), math.cos(angle)
    side = [(t, 0.32 * math.sin(math.pi * t)) for t in np.linspace(0, 1, 9).tolist()]
    upper = [(a * cosine - b * sine, a * sine + b * cosine) for a, b in side]
    lower = [(a * cosine + b * sine, a * sine - b * cosine) for a, b in reversed(side)]
    sheet.shape(x, y, r, upper + lower, colour)
    sheet.shape(x, y, r, [*upper, (0.0, 0.0)], lighter(colour, 0.18))


def _slice(sheet: Sheet, x: float, y: float, r: float, flesh: Colour) -> None:
    sheet.ellipse(x, y, r, darker(flesh, 0.1))
    sheet.ellipse(x, y, r * 0.9, lighter(flesh, 0.75))
    for segment in range(9):
        a, b = (2 * math.pi * (segment + edge) / 9 for edge in (0.08, 0.92))
        outline = [(0.08 * math.cos((a + b) / 2), 0.08 * math.sin((a + b) / 2))]
        outline += [(0.82 * math.cos(t), 0.82 * math.sin(t)) for t in np.linspace(a, b, 5).tolist()]
        sheet.shape(x, y, r, outline, lighter(flesh, 0.15))


def _citrus(flesh: Colour) -> _Painter:
    def paint(sheet: Sheet, rng: np.random.Generator, x: float, y: float, r: float, tint: Colour) -> None:
        del rng, tint
        _leaf(sheet, x - 0.1 * r, y - 0.5 * r * sheet.aspect, 0.9 * r, -0.6)
        _ball(sheet, x - 0.3 * r, y, 0.75 * r, flesh)
        _slice(sheet, x + 0.45 * r, y + 0.3 * r * sheet.aspect, 0.62 * r, flesh)

    return paint


def _fruit(skin: Colour, count: int, stalk: bool = True) -> _Painter:
    places = {1: [(0.0, 0.0, 1.0)], 2: [(-0.42, 0.25, 0.62), (0.45, 0.35, 0.58)]}
    many = [(-0.5, -0.1, 0.5), (0.45, -0.2, 0.5), (-0.1, 0.45, 0.52), (0.7, 0.5, 0.42), (-0.75, 0.55, 0.4)]

    def paint(sheet: Sheet, rng: np.random.Generator, x: float, y: float, r: float, tint: Colour) -> None:
        del rng, tint
        for dx, dy, share in places.get(count, many):
            if stalk:
                sheet.line(
                    [(x + dx * r, y + dy * r * sheet.aspect), (x + 0.05 * r, y - r * sheet.aspect)],
                    (80, 60, 20),
                    0.06 * r,
                )
            _ball(sheet, x + dx * r, y + dy * r * sheet.aspect, share * r * 0.9, skin)
        _leaf(sheet, x, y - 0.9 * r * sheet.aspect, 0.8 * r, -0.3)

    return paint


def _strawberry(sheet: Sheet, rng: np.random.Generator, x: float, y: float, r: float, tint: Colour) -> None:
    del tint
    for dx, dy, share in ((-0.45, -0.1, 0.7), (0.5, 0.2, 0.62)):
        cx, cy, size = x + dx * r, y + dy * r * sheet.aspect, share * r
        outline = [(0.0, 1.1), (-0.6, 0.45), (-0.85, -0.3), (-0.5, -0.75), (0.5, -0.75), (0.85, -0.3), (0.6, 0.45)]
        sheet.shape(cx, cy, size, outline, (206, 24, 36))
        sheet.shape(cx - 0.1 * size, cy, size * 0.75, outline, (226, 52, 56))
        for _ in range(14):
            a, b = rng.uniform(-0.5, 0.5), rng.uniform(-0.5, 0.6)
            sheet.ellipse(cx + a * size, cy + b * size * sheet.aspect, 0.05 * size, (250, 220, 120))
        for angle in (-2.6, -2.0, -1.57, -1.1, -0.5):
            _leaf(sheet, cx, cy - 0.7 * size * sheet.aspect, 0.5 * size, angle + math.pi / 12)


def _crisps(sheet: Sheet, rng: np.random.Generator, x: float, y: float, r: float, tint: Colour) -> None:
    del tint
    for _ in range(9):
        cx, cy = x + rng.uniform(-0.9, 0.9) * r, y + rng.uniform(-0.55, 0.65) * r * sheet.aspect
        size, turn, flat = rng.uniform(0.36, 0.52) * r, rng.uniform(0, math.pi), rng.uniform(0.55, 0.85)
        angles = np.linspace(0, 2 * math.pi, 22)[:-1]
        wobble = 1 + 0.07 * np.sin(3 * angles + rng.uniform(0, 6))
        px, py = np.cos(angles) * wobble, np.sin(angles) * wobble * flat
        turned = np.stack([px * math.cos(turn) - py * math.sin(turn), px * math.sin(turn) + py * math.cos(turn)], 1)
        outline = [(float(a), float(b)) for a, b in turned]
        sheet.shape(cx, cy, size * 1.04, outline, (150, 90, 16))
        sheet.shape(cx, cy, size, outline, (246, 196, 70))
        sheet.shape(cx - 0.06 * size, cy - 0.08 * size, size * 0.72, outline, (252, 218, 120))
        for _ in range(5):
            sheet.ellipse(
                cx + rng.uniform(-0.5, 0.5) * size, cy + rng.uniform(-0.4, 0.4) * size, 0.04 * size, (200, 110, 30)
            )


def _biscuit(sheet: Sheet, rng: np.random.Generator, x: float, y: float, r: float, tint: Colour) -> None:
    del tint
    for dx, dy in ((-0.55, 0.15), (0.5, -0.1), (0.05, 0.25)):
        cx, cy = x + dx * r, y + dy * r * sheet.aspect
        sheet.shape(cx, cy, 0.62 * r, star(18, 0.93), (150, 92, 34))
        sheet.shape(cx, cy - 0.03 * r, 0.58 * r, star(18, 0.94), (226, 170, 92))
        for _ in range(9):
            sheet.ellipse(
                cx + rng.uniform(-0.4, 0.4) * r, cy + rng.uniform(-0.4, 0.4) * r * sheet.aspect, 0.04 * r, (140, 86, 34)
            )


def _cup(sheet: Sheet, rng: np.random.Generator, x: float, y: float, r: float, tint: Colour) -> None:
    del rng
    high = r * sheet.aspect
    sheet.ellipse(x, y + 0.72 * high, 1.05 * r, (206, 208, 214), 0.22 * high)
    sheet.ellipse(x, y + 0.66 * high, 0.95 * r, _WHITE, 0.18 * high)
    sheet.arc(x + 0.62 * r, y + 0.1 * high, 0.3 * r, -100, 110, (240, 240, 244), 0.1 * r)
    cup = [(-0.72, -0.3), (0.72, -0.3), (0.6, 0.4), (0.35, 0.7), (-0.35, 0.7), (-0.6, 0.4)]
    sheet.shape(x, y, r, cup, (248, 248, 250))
    sheet.shape(x, y, r, [(0.2, -0.3), (0.72, -0.3), (0.6, 0.4), (0.35, 0.7), (0.1, 0.7)], (214, 216, 224))
    sheet.ellipse(x, y - 0.3 * high, 0.72 * r, (232, 232, 238), 0.2 * high)
    sheet.ellipse(x, y - 0.28 * high, 0.62 * r, darker(tint, 0.3), 0.15 * high)


def _bowl(sheet: Sheet, rng: np.random.Generator, x: float, y: float, r: float, tint: Colour) -> None:
    high = r * sheet.aspect
    sheet.shape(
        x, y, r, [(-1.1, -0.1), (1.1, -0.1), (0.85, 0.6), (0.5, 0.85), (-0.5, 0.85), (-0.85, 0.6)], (250, 250, 250)
    )
    sheet.shape(x, y, r, [(0.3, -0.1), (1.1, -0.1), (0.85, 0.6), (0.5, 0.85), (0.2, 0.85)], (208, 214, 224))
    sheet.ellipse(x, y - 0.1 * high, 1.1 * r, (238, 240, 246), 0.36 * high)
    sheet.ellipse(x, y - 0.08 * high, 0.98 * r, (252, 250, 244), 0.29 * high)
    for _ in range(26):
        a, b = rng.uniform(0, 2 * math.pi), math.sqrt(rng.uniform(0, 1))
        cx, cy = x + 0.85 * r * b * math.cos(a), y - 0.12 * high + 0.22 * high * b * math.sin(a)
        flake = mixed((222, 150, 56), tint, 0.55 if rng.uniform() < 0.35 else 0.0)
        sheet.ellipse(cx, cy, 0.13 * r, darker(flake, 0.3))
        sheet.ellipse(cx - 0.01 * r, cy - 0.02 * high, 0.11 * r, flake)


def _bubbles(sheet: Sheet, rng: np.random.Generator, x: float, y: float, r: float, tint: Colour) -> None:
    for _ in range(16):
        size = rng.uniform(0.05, 0.2) * r
        cx, cy = x + rng.uniform(-1, 1) * r, y + rng.uniform(-1, 1) * r * sheet.aspect
        sheet.ellipse(cx, cy, size, lighter(tint, 0.3))
        sheet.ellipse(cx - 0.3 * size, cy - 0.3 * size * sheet.aspect, 0.35 * size, lighter(tint, 0.8))


def _wave(sheet: Sheet, rng: np.random.Generator, x: float, y: float, r: float, tint: Colour) -> None:
    del rng, x
    for band, colour in enumerate((lighter(tint, 0.75), darker(tint, 0.25), lighter(tint, 0.4))):
        t = np.linspace(0, 1, 24)
        upper = y + r * (0.25 * band - 0.3 + 0.4 * np.sin(2 * math.pi * (t + 0.12 * band)))
        points = [(float(a), float(b)) for a, b in zip(t, upper, strict=True)]
        points += [(float(a), float(b) + 0.3 * r) for a, b in zip(t[::-1], upper[::-1], strict=True)]
        sheet.polygon(points, colour)


def _bolt(sheet: Sheet, rng: np.random.Generator, x: float, y: float, r: float, tint: Colour) -> None:
    del rng
    bolt = [(0.25, -1.3), (-0.6, 0.15), (-0.05, 0.15), (-0.3, 1.3), (0.65, -0.3), (0.08, -0.3)]
    sheet.shape(x, y, r * 1.12, bolt, darker(tint, 0.45))
    sheet.shape(x, y, r, bolt, tint)
    sheet.shape(x - 0.06 * r, y, r * 0.7, bolt, lighter(tint, 0.5))


def _shirt(sheet: Sheet, rng: np.random.Generator, x: float, y: float, r: float, tint: Colour) -> None:
    del rng
    sheet.ellipse(x, y, 1.15 * r, lighter(tint, 0.6))
    shirt = [(-0.35, -0.7), (-0.95, -0.35), (-0.75, 0.1), (-0.5, 0.0), (-0.5, 0.85), (0.5, 0.85), (0.5, 0.0)]
    shirt += [(0.75, 0.1), (0.95, -0.35), (0.35, -0.7), (0.0, -0.5)]
    sheet.shape(x + 0.05 * r, y + 0.05 * r, r, shirt, darker(tint, 0.3))
    sheet.shape(x, y, r, shirt, _WHITE)
    sheet.shape(x, y, 0.3 * r, star(8, 0.4), tint)


def _flower(sheet: Sheet, rng: np.random.Generator, x: float, y: float, r: float, tint: Colour) -> None:
    del rng
    for cx, cy, size in ((x - 0.35 * r, y, 0.7 * r), (x + 0.55 * r, y + 0.35 * r * sheet.aspect, 0.45 * r)):
        _leaf(sheet, cx, cy, 1.3 * size, 0.7)
        for petal in range(7):
            _leaf(sheet, cx, cy, size, 2 * math.pi * petal / 7, lighter(tint, 0.45))
        sheet.ellipse(cx, cy, 0.25 * size, (248, 204, 50))


def _leaves(sheet: Sheet, rng: np.random.Generator, x: float, y: float, r: float, tint: Colour) -> None:
    del rng
    for angle, share in ((-2.5, 1.0), (-0.6, 1.05), (-1.55, 1.2), (2.6, 0.7), (0.5, 0.75)):
        _leaf(sheet, x, y + 0.3 * r * sheet.aspect, share * r, angle, mixed(_LEAF_GREEN, tint, 0.2))


_PAINTERS: dict[str, _Painter] = {
    "orange": _citrus((246, 142, 24)),
    "lemon": _citrus((248, 216, 50)),
    "apple": _fruit((140, 186, 40), 1, stalk=False),
    "peach": _fruit((244, 150, 76), 2, stalk=False),
    "cherry": _fruit((180, 16, 50), 2),
    "tomato": _fruit((216, 44, 28), 2, stalk=False),
    "blueberry": _fruit((62, 66, 150), 5, stalk=False),
    "strawberry": _strawberry,
    "crisps": _crisps,
    "biscuit": _biscuit,
    "cup": _cup,
    "bowl": _bowl,
    "bubbles": _bubbles,
    "wave": _wave,
    "bolt": _bolt,
    "shirt": _shirt,
    "flower": _flower,
    "leaf": _leaves,
}
