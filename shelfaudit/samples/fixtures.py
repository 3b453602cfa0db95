"""What a store adds to the products: boards, price rails, tags, back panels, promotion signs, hands and carts."""

from __future__ import annotations

from functools import lru_cache
from itertools import pairwise

import cv2
import numpy as np
from numpy.typing import NDArray

from shelfaudit.samples.assortment import Colour
from shelfaudit.samples.motifs import star
from shelfaudit.samples.sheet import Pixels, Sheet, darker, ink_on, lighter

_SANS = "DejaVuSans-Bold.ttf"
TAG_KINDS = 24
RAIL_DENSITY = 9.0


def ramp(first: Colour, second: Colour, steps: int = 32) -> Pixels:
    """A vertical run of colours from top to bottom, uint8 RGB (steps, 4, 3)."""
    share = np.linspace(0, 1, steps)[:, None, None]
    colours = np.array(first) * (1 - share) + np.array(second) * share
    return np.broadcast_to(colours, (steps, 4, 3)).astype(np.uint8)


@lru_cache(maxsize=64)
def price_tag(kind: int, ground: Colour) -> Pixels:
    """A shelf tag of about 6.4 × 3.6 cm: article text, bar code, price."""
    rng = np.random.default_rng(kind)
    sheet = Sheet(round(6.4 * RAIL_DENSITY), round(3.6 * RAIL_DENSITY), ground)
    ink = ink_on(ground)
    sheet.small_print(rng, 0.05, 0.08, 0.95, 0.4, 2, ink)
    price = f"{int(rng.integers(0, 9))}.{int(rng.integers(10)) * 10 + 9:02d}"
    sheet.text(price, 0.45, 0.45, 0.95, 0.93, _SANS, ink)
    sheet.barcode(rng, 0.05, 0.5, 0.38, 0.9)
    return sheet.pixels()


@lru_cache(maxsize=64)
def hanging_sign(kind: int) -> Pixels:
    """A promotion sign that hangs from the rail, about 6 × 8 cm, RGB."""
    rng = np.random.default_rng(1000 + kind)
    ground = ((252, 214, 20), (226, 28, 36), (250, 250, 246), (255, 196, 0))[int(rng.integers(4))]
    sheet = Sheet(54, 72, ground)
    second = (210, 24, 30) if ground != (226, 28, 36) else (255, 224, 40)
    sheet.rectangle(0, 0, 1, 0.3, second)
    sheet.text(
        ("SALE", "PROMO", "-30%", "2 FOR 1", "NEW")[int(rng.integers(5))], 0.08, 0.06, 0.92, 0.25, _SANS, ink_on(second)
    )
    sheet.text(f"{int(rng.integers(0, 7))}.{int(rng.integers(10))}9", 0.06, 0.36, 0.94, 0.74, _SANS, ink_on(ground))
    sheet.small_print(rng, 0.1, 0.8, 0.9, 0.94, 2, ink_on(ground))
    return sheet.pixels()


def rail(
    rng: np.random.Generator, width: float, height: float, colour: Colour, tags: list[float], promo_share: float
) -> Pixels:
    """A shelf's front edge with its price rail, `width` × `height` cm, RGB; tags start at these x (cm)."""
    wide, high = max(8, round(width * RAIL_DENSITY)), max(8, round(height * RAIL_DENSITY))
    y = np.linspace(0, 1, high)[:, None, None]
    profile = 0.9 + 0.22 * np.exp(-(((y - 0.12) / 0.1) ** 2)) - 0.3 * np.clip(y - 0.8, 0, 1) * 4 - 0.05 * y
    strip = np.clip(np.array(colour) * profile * np.ones((1, wide, 1)), 0, 255).astype(np.uint8)
    for x in tags:
        ground: Colour = (250, 214, 40) if rng.uniform() < promo_share else (246, 246, 242)
        tag = price_tag(int(rng.integers(TAG_KINDS)), ground)
        tag_high = min(tag.shape[0], round(0.86 * high))
        tag = cv2.resize(
            tag, (round(tag.shape[1] * tag_high / tag.shape[0]), tag_high), interpolation=cv2.INTER_AREA
        ).astype(np.uint8)
        left = round(x * RAIL_DENSITY)
        top = (high - tag_high) // 2
        shown = min(tag.shape[1], wide - left)
        if left >= 0 and shown > 4:
            strip[top : top + tag_high, left : left + shown] = tag[:, :shown]
    return strip


def back_panel(rng: np.random.Generator, width: float, height: float, colour: Colour, pegs: bool) -> Pixels:
    """The wall behind the packs: darker at the top, sometimes perforated, RGB at 3 pixels per cm."""
    wide, high = max(8, round(width * 3)), max(8, round(height * 3))
    y = np.linspace(0, 1, high)[:, None, None]
    panel = np.array(colour) * (0.3 + 0.5 * y) * np.ones((1, wide, 1))
    panel *= 1 + 0.03 * rng.standard_normal((1, wide, 1))
    if pegs:
        panel[4::8, 4::8] *= 0.35
    return np.clip(panel, 0, 255).astype(np.uint8)


@lru_cache(maxsize=1)
def soft_shadow() -> Pixels:
    """A dark pane with soft rims, RGBA."""
    t = np.linspace(-1, 1, 32)
    fall = np.clip((1 - np.abs(t)) / 0.3, 0, 1)
    alpha = 115 * np.outer(fall, fall)
    return np.dstack([np.zeros((32, 32, 3)), alpha]).astype(np.uint8)


def wobbler(rng: np.random.Generator) -> Pixels:
    """A round or starred sign on a clear strip that sticks out into the aisle, RGBA."""
    colour = ((224, 26, 36), (250, 208, 16), (30, 120, 60), (20, 90, 180))[int(rng.integers(4))]
    sheet = Sheet(120, 120, (0, 0, 0))
    outline = star(18, 0.9) if rng.uniform() < 0.5 else star(60, 1.0)
    sheet.shape(0.5, 0.5, 0.49, outline, lighter(colour, 0.8))
    sheet.shape(0.5, 0.5, 0.45, outline, colour)
    sheet.text(
        ("NEW!", "-25%", "TOP", "2+1", "TRY ME")[int(rng.integers(5))], 0.16, 0.33, 0.84, 0.67, _SANS, ink_on(colour)
    )
    return _cut_out(sheet.pixels(), outline, 0.49)


def _cut_out(pixels: Pixels, outline: list[tuple[float, float]], radius: float) -> Pixels:
    high, wide = pixels.shape[:2]
    mask = np.zeros((high, wide), np.uint8)
    points = np.array([((0.5 + radius * x) * wide, (0.5 + radius * y) * high) for x, y in outline], np.int32)
    cv2.fillPoly(mask, [points], (255,), cv2.LINE_AA)
    return np.dstack([(pixels * (mask[..., None] / 255)).astype(np.uint8), mask])


def hand(rng: np.random.Generator) -> Pixels:
    """A hand that reaches in from below, too near to be sharp, with its sleeve, RGBA (300, 160)."""
    skins: tuple[Colour, ...] = ((226, 178, 150), (198, 140, 108), (140, 92, 66), (92, 60, 44))
    skin = skins[int(rng.integers(len(skins)))]
    red, green, blue = (int(value) for value in rng.integers(20, 120, 3))
    colours, mask = np.zeros((300, 160, 3), np.uint8), np.zeros((300, 160), np.uint8)

    def limb(points: list[tuple[int, int]], thickness: int, colour: Colour) -> None:
        for first, second in pairwise(points):
            cv2.line(colours, first, second, colour, thickness, cv2.LINE_AA)
            cv2.line(mask, first, second, (255,), thickness, cv2.LINE_AA)

    for x, tip, length in ((50, 44, 40), (68, 66, 56), (86, 88, 54), (103, 109, 40)):
        limb([(x, 100), (x + (tip - x) // 3, 98 - length // 2), (tip, 96 - length)], 16, darker(skin, 0.1))
        limb([(x - 1, 98), (tip - 1, 98 - length)], 9, skin)
        limb([(tip, 94 - length), (tip, 98 - length)], 7, lighter(skin, 0.3))
    limb([(72, 116), (84, 142)], 62, darker(skin, 0.06))
    limb([(112, 138), (132, 112), (136, 92)], 17, darker(skin, 0.14))
    limb([(70, 118), (80, 138)], 44, skin)
    limb([(80, 160), (84, 210)], 46, darker(skin, 0.1))
    limb([(86, 222), (92, 300)], 74, (red, green, blue))
    limb([(70, 230), (74, 300)], 22, lighter((red, green, blue), 0.12))
    shade = np.linspace(1.1, 0.66, 160)[None, :, None]
    rgba = np.dstack([np.clip(colours * shade, 0, 255) * (mask[..., None] / 255), mask]).astype(np.uint8)
    return np.asarray(cv2.GaussianBlur(rgba, (0, 0), 3.2), dtype=np.uint8)


def cart(rng: np.random.Generator) -> Pixels:
    """The corner of a shopping cart: a wire basket with a coloured handle, RGBA (300, 400)."""
    rgba = np.zeros((300, 400, 4), np.uint8)
    wire = (176, 180, 186, 255)
    for step in range(15):
        x = 20 + 27 * step
        cv2.line(rgba, (x, 40), (x - 26 + 4 * step, 320), wire, 4, cv2.LINE_AA)
    for step in range(8):
        y = 60 + 34 * step
        cv2.line(rgba, (0, y), (400, y + 6), wire, 4, cv2.LINE_AA)
    colour = ((210, 30, 34), (20, 80, 170), (20, 130, 60), (240, 190, 20))[int(rng.integers(4))]
    cv2.line(rgba, (0, 38), (400, 46), (*darker(colour, 0.4), 255), 26, cv2.LINE_AA)
    cv2.line(rgba, (0, 34), (400, 42), (*colour, 255), 16, cv2.LINE_AA)
    blurred = cv2.GaussianBlur(rgba.astype(np.float32), (0, 0), 1.6)
    return np.asarray(blurred, dtype=np.uint8)


def store_backdrop(rng: np.random.Generator, width: int, height: int) -> NDArray[np.float32]:
    """What is seen above and beside the shelves: a dim hall with rows of lamps, float32 RGB (height, width, 3)."""
    small = Sheet(400, 300, (120, 120, 122))
    ceiling = int(rng.integers(96, 190))
    tone: Colour = (ceiling, ceiling, min(255, ceiling + int(rng.integers(-14, 10))))
    small.gradient(lighter(tone, 0.25), darker(tone, 0.35))
    vanishing_x, vanishing_y = rng.uniform(0.2, 0.8), rng.uniform(0.3, 0.5)
    for lane in np.linspace(-1.2, 2.2, int(rng.integers(3, 6))).tolist():
        for near in (1.0, 0.62, 0.38):
            ends = [(vanishing_x + (lane - vanishing_x) * t, vanishing_y * (1 - t)) for t in (near, 0.78 * near)]
            small.line(ends, (255, 255, 250), 0.016 * near)
    for _ in range(6):
        y = rng.uniform(0, 0.5)
        small.line([(0, y), (1, y + rng.uniform(-0.1, 0.1))], darker(tone, 0.3), 0.004)
    blurred = cv2.GaussianBlur(small.pixels(), (0, 0), 1.6)
    return np.asarray(cv2.resize(blurred, (width, height), interpolation=cv2.INTER_CUBIC), dtype=np.float32)
