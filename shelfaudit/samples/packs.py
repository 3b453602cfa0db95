"""Packs as a shopper sees them: the print wrapped on its body, with light, gloss, caps, lids and creases.

A sprite is one pack seen from the front, without the shelf's light. Round bodies are computed by their profile
(radius over height): a pixel at x of a body of radius r shows the wrap at the angle asin(x / r), and what lies
nearer than the axis slides down by tilt × depth when seen from above.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache

import cv2
import numpy as np
from numpy.typing import ArrayLike, NDArray

from shelfaudit.samples.assortment import Design, Form
from shelfaudit.samples.printing import print_front
from shelfaudit.samples.sheet import Pixels

_Floats = NDArray[np.float32]
_MIP_STEP = 0.7
_MIP_LEVELS = 7


@dataclass(frozen=True)
class Sprite:
    """A pack's picture, uint8 RGBA with premultiplied colours, and the rectangle it fills.

    `left`, `bottom`, `right`, `top` are cm from the middle of the pack's foot, x to the right and y up; `fill` is
    the share of that rectangle that the pack covers.
    """

    pixels: Pixels
    left: float
    bottom: float
    right: float
    top: float

    @cached_property
    def fill(self) -> float:
        return float((self.pixels[..., 3] > 127).mean())

    @cached_property
    def _levels(self) -> list[Pixels]:
        return [_padded(self.pixels)]

    def level_for(self, width: float) -> Pixels:
        """The picture reduced to about this many pixels of width, with a transparent rim of one pixel."""
        levels = self._levels
        wanted = min(
            _MIP_LEVELS, max(0, int(np.floor(np.log(max(width, 1.0) / self.pixels.shape[1]) / np.log(_MIP_STEP))))
        )
        while len(levels) <= wanted:
            share = _MIP_STEP ** len(levels)
            high, wide = (max(2, round(side * share)) for side in self.pixels.shape[:2])
            levels.append(_padded(cv2.resize(self.pixels, (wide, high), interpolation=cv2.INTER_AREA).astype(np.uint8)))
        return levels[wanted]


def _padded(pixels: Pixels) -> Pixels:
    return np.pad(pixels, ((1, 1), (1, 1), (0, 0)))


@lru_cache(maxsize=1024)
def pack_sprite(design: Design, density: float, tilt: float = 0.0, turn: float = 0.0) -> Sprite:
    """The pack seen from the front.

    Args:
        density: pixels per cm.
        tilt: how far one looks down on it, as (eye height − pack height) ÷ distance; round packs only.
        turn: how far a round pack is turned about its axis, in radians; its print moves to the right.
    """
    if design.form.is_round:
        return _round_sprite(design, density, tilt, turn)
    if design.form is Form.BAG:
        return _bag_sprite(design, density)
    if design.form is Form.FLASK:
        return _flask_sprite(design, density)
    return _box_sprite(design, density)


def _premultiplied(colours: ArrayLike, alpha: _Floats) -> Pixels:
    rgba = np.dstack([np.clip(np.asarray(colours), 0, 255) * alpha[..., None], alpha * 255])
    return np.asarray(np.rint(rgba), np.uint8)


def _grain(design: Design, high: int, wide: int, cells: int) -> _Floats:
    """Smooth noise about 0, the same for every picture of this product."""
    rng = np.random.default_rng(design.seed + 7)
    coarse = rng.standard_normal((cells, max(2, round(cells * wide / high)))).astype(np.float32)
    return np.asarray(cv2.resize(coarse, (wide, high), interpolation=cv2.INTER_CUBIC), dtype=np.float32)


def _box_sprite(design: Design, density: float) -> Sprite:
    print_ = print_front(design, density).astype(np.float32)
    high, wide = print_.shape[:2]
    y = np.linspace(0, 1, high, dtype=np.float32)[:, None]
    x = np.linspace(0, 1, wide, dtype=np.float32)[None, :]
    edge = np.minimum(np.minimum(x, 1 - x) * wide, np.minimum(y, 1 - y) * high)
    light = 1.02 - 0.07 * y + 0.02 * _grain(design, high, wide, 4)
    light *= 1 - 0.5 * np.exp(-edge / (0.05 * density)) - 0.12 * np.exp(-edge / (0.35 * density))
    light += 0.12 * np.exp(-(((y * high - 0.16 * density) / (0.07 * density)) ** 2))
    sheen = 10 * np.exp(-(((x + 0.35 * y - 0.42) / 0.12) ** 2))
    colours = print_ * light[..., None] + sheen[..., None]
    width, height, _ = design.size
    return Sprite(_premultiplied(colours, np.ones((high, wide), np.float32)), -width / 2, 0.0, width / 2, height)


def _bag_sprite(design: Design, density: float) -> Sprite:
    """A pillow bag: flat crimped ends, a bulging middle, creases that run in from the ends."""
    flat = print_front(design, density).astype(np.float32)
    high, wide = flat.shape[:2]
    y = np.linspace(0, 1, high, dtype=np.float32)[:, None] * np.ones((1, wide), np.float32)
    x = np.linspace(-1, 1, wide, dtype=np.float32)[None, :] * np.ones((high, 1), np.float32)
    bulge = np.sqrt(np.clip(np.sin(np.pi * np.clip((y - 0.04) / 0.92, 0, 1)), 0, 1))
    half_width = 1.0 - 0.09 * bulge + 0.012 * _grain(design, high, wide, 9)
    source_x = ((x / half_width) + 1) / 2 * (wide - 1)
    colours = cv2.remap(flat, source_x, y * (high - 1), cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    roundness = np.clip(np.abs(x) / half_width, 0, 1)
    ends = np.exp(-((np.minimum(y, 1 - y) / 0.16) ** 2))
    creases = _grain(design, high, wide, 7) * 0.05 + ends * 0.13 * np.sin(x * 17 + 3 * _grain(design, high, wide, 3))
    light = 1.08 - 0.42 * roundness**3 * bulge - 0.1 * (1 - bulge) + creases
    crimp = (y < 0.045) | (y > 0.955)
    light = np.where(crimp, 0.94 + 0.08 * np.sin(y * high * 1.6), light)
    gloss = np.exp(-(((x + 0.45 + 0.15 * _grain(design, high, wide, 5)) / 0.1) ** 2)) * bulge
    gloss += 0.5 * np.exp(-(((x - 0.62 + 0.1 * _grain(design, high, wide, 4)) / 0.06) ** 2)) * bulge
    colours = colours * light[..., None] + 62 * np.clip(gloss, 0, 1)[..., None]
    alpha = np.clip((half_width - np.abs(x)) * wide / 2 + 0.5, 0, 1)
    width, height, _ = design.size
    return Sprite(_premultiplied(colours, alpha), -width / 2, 0.0, width / 2, height)


def _flask_sprite(design: Design, density: float) -> Sprite:
    """A flat bottle with shoulders and a cap, as household cleaners come in."""
    width, height, _ = design.size
    wide, high = round(width * density), round(height * density)
    y = np.linspace(1, 0, high, dtype=np.float32)[:, None] * np.ones((1, wide), np.float32)
    x = np.linspace(-1, 1, wide, dtype=np.float32)[None, :] * np.ones((high, 1), np.float32)
    outline = np.interp(
        y,
        (0, 0.02, 0.1, 0.45, 0.66, 0.76, 0.81, 0.815, 0.985, 1),
        (0.9, 0.97, 1, 0.93, 0.96, 0.72, 0.42, 0.4, 0.37, 0.33),
    )
    half_width: _Floats = outline.astype(np.float32)
    across = np.clip(x / half_width, -1, 1)
    body = np.array(design.colour, np.float32) * 0.85 + 30
    colours = np.broadcast_to(body, (high, wide, 3)).copy()
    label = print_front(design, density).astype(np.float32)
    top = round(0.31 * high)
    shown = slice(top, top + label.shape[0])
    inside = (np.abs(across[shown]) < 0.9)[..., None]
    stretched = cv2.resize(label, (wide, colours[shown].shape[0]))
    colours[shown] = np.where(inside, stretched, colours[shown])
    cap = y > 0.812
    colours[cap] = np.array(design.second, np.float32)
    light = 1.06 - 0.5 * np.abs(across) ** 4 - 0.05 * (1 - y) - 0.12 * np.clip(across, 0, 1)
    light = np.where(cap, light * (0.95 + 0.06 * np.sin(x * wide * 0.9)), light)
    light *= 1 - 0.35 * np.exp(-(((y - 0.81) / 0.008) ** 2))
    gloss = 95 * np.exp(-(((across + 0.72) / 0.08) ** 2)) + 36 * np.exp(-(((across - 0.8) / 0.06) ** 2))
    colours = colours * light[..., None] + gloss[..., None]
    alpha: _Floats = np.clip((half_width - np.abs(x)) * wide / 2 + 0.5, 0, 1).astype(np.float32)
    return Sprite(_premultiplied(colours, alpha), -width / 2, 0.0, width / 2, height)


_BOTTLE_PROFILE = (
    (0.0, 0.84), (0.015, 0.95), (0.05, 0.99), (0.1, 1.0), (0.28, 1.0), (0.31, 0.975), (0.64, 0.975), (0.67, 1.0),
    (0.7, 0.98), (0.77, 0.82), (0.84, 0.56), (0.89, 0.36), (0.925, 0.315), (0.928, 0.38), (0.935, 0.34), (0.94, 0.37),
    (0.995, 0.37), (1.0, 0.34),
)  # fmt: skip
_CAN_PROFILE = (
    (0.0, 0.78),
    (0.012, 0.84),
    (0.05, 1.0),
    (0.9, 1.0),
    (0.965, 0.84),
    (0.972, 0.87),
    (0.99, 0.87),
    (1.0, 0.84),
)
_JAR_PROFILE = (
    (0.0, 0.9), (0.02, 0.98), (0.06, 1.0), (0.72, 1.0), (0.79, 0.93), (0.82, 0.88), (0.825, 0.94), (0.99, 0.94),
    (1.0, 0.9),
)  # fmt: skip
_TUBE_PROFILE = ((0.0, 0.97), (0.012, 1.0), (0.9, 1.0), (0.905, 1.03), (0.99, 1.03), (1.0, 1.0))
_PROFILES = {
    Form.BOTTLE: _BOTTLE_PROFILE,
    Form.CAN: _CAN_PROFILE,
    Form.JAR: _JAR_PROFILE,
    Form.TUBE: _TUBE_PROFILE,
}
# Where the label sits (share of the height, from the foot) and where the cap or lid begins.
_LABEL_SPAN = {Form.BOTTLE: (0.31, 0.64), Form.CAN: (0.03, 0.93), Form.JAR: (0.1, 0.72), Form.TUBE: (0.015, 0.9)}
_CAP_FROM = {Form.BOTTLE: 0.932, Form.CAN: 0.955, Form.JAR: 0.824, Form.TUBE: 0.903}


def _round_sprite(design: Design, density: float, tilt: float, turn: float) -> Sprite:
    width, height, _ = design.size
    radius = width / 2
    margin = radius * abs(tilt)
    heights, radii = np.array(_PROFILES[design.form], np.float32).T
    widest = float(radii.max())
    wide, high = round(width * widest * density), round((height + 2 * margin) * density)
    # Pixel centres in cm: x from the axis, up from the foot.
    x = ((np.arange(wide, dtype=np.float32) + 0.5) / wide - 0.5)[None, :] * width * widest
    up = (height + margin - (np.arange(high, dtype=np.float32) + 0.5) / high * (height + 2 * margin))[:, None]

    def radius_at(share: _Floats) -> _Floats:
        return np.asarray(np.interp(share, heights, radii) * radius, np.float32)

    # The near surface at x is lower in the picture by tilt × its depth before the axis; two steps settle it.
    rise: _Floats = np.asarray(up * np.ones_like(x), np.float32)
    for _ in range(2):
        depth = np.sqrt(np.clip(radius_at(rise / height) ** 2 - x**2, 0, None))
        rise = np.asarray(up + tilt * depth, np.float32)
    local = radius_at(rise / height)
    across = np.asarray(np.clip(x / np.maximum(local, 1e-3), -1, 1), np.float32)
    share = np.asarray(rise / height, np.float32)
    seen = (np.abs(x) <= local) & (share >= 0) & (share <= 1)
    colours, light, gloss = _round_surface(design, density, share, across, turn)

    end_radius = float(radii[-1] if tilt > 0 else radii[0]) * radius
    end_up = height if tilt > 0 else 0.0
    if margin > 0.02 * radius:
        cap = ((x / end_radius) ** 2 + ((up - end_up) / (end_radius * abs(tilt))) ** 2) <= 1
        cap &= ~seen
        shade = np.where(tilt > 0, 0.9 + 0.1 * np.cos((up - end_up) * 6), 0.25)
        colours[cap] = _end_colour(design)
        light = np.where(cap, shade, light)
        gloss = np.where(cap, 12.0, gloss)
        seen |= cap
    alpha = _smooth_mask(seen)
    colours = colours * light[..., None] + gloss[..., None]
    return Sprite(_premultiplied(colours, alpha), -radius * widest, -margin, radius * widest, height + margin)


def _smooth_mask(mask: NDArray[np.bool_]) -> _Floats:
    """The mask with its jagged rim softened by half a pixel, never beyond it by more."""
    return np.asarray(cv2.blur(mask.astype(np.float32), (3, 3)), np.float32) * mask


def _end_colour(design: Design) -> _Floats:
    if design.form is Form.CAN:
        return np.array((176, 180, 186), np.float32)
    if design.form is Form.TUBE:
        return np.array((226, 226, 220), np.float32)
    return np.array(design.second if design.form is Form.BOTTLE else design.look.accent, np.float32)


def _round_surface(
    design: Design, density: float, share: _Floats, across: _Floats, turn: float
) -> tuple[_Floats, _Floats, _Floats]:
    """Colours (H, W, 3), light (H, W) and gloss (H, W) of a body of revolution at `share` of its height."""
    angle = np.arcsin(across)
    cosine = np.sqrt(1 - across**2)
    label = print_front(design, density).astype(np.float32)
    low, top = _LABEL_SPAN[design.form]
    source_x = ((angle - turn) / np.pi + 0.5) * (label.shape[1] - 1)
    source_y = (top - share) / (top - low) * (label.shape[0] - 1)
    wrapped = cv2.remap(label, source_x, source_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT_101)
    colours = np.asarray(wrapped, np.float32)
    labelled = (share >= low) & (share <= top)
    bare = ~labelled
    cap = share >= _CAP_FROM[design.form]
    light = 0.42 + 0.66 * cosine - 0.06 * across
    if design.form is Form.BOTTLE:
        _fill_bottle(design, colours, bare, share, across, cosine)
        light = np.where(bare, 0.7 + 0.36 * cosine, light)
        light = np.where(bare & ~cap & (share < 0.3), light * (1 + 0.06 * np.sin(share * 150)), light)
        gloss = np.where(labelled, 30.0, 150.0) * np.exp(-(((across + 0.55) / 0.09) ** 2))
        gloss += np.where(labelled, 10.0, 90.0) * np.exp(-(((across - 0.66) / 0.06) ** 2))
    elif design.form is Form.CAN:
        colours[bare] = np.array((188, 192, 198), np.float32)
        light = np.where(bare, 0.4 + 0.8 * np.abs(np.cos(2.6 * angle)), light)
        gloss = 84 * np.exp(-(((across + 0.5) / 0.1) ** 2)) + 44 * np.exp(-(((across - 0.62) / 0.07) ** 2))
    elif design.form is Form.JAR:
        colours[bare] = np.array(design.colour, np.float32)
        light = np.where(bare, 0.75 + 0.3 * cosine, light)
        gloss = np.where(labelled, 10.0, 100.0) * np.exp(-(((across + 0.6) / 0.06) ** 2))
        gloss += np.where(labelled, 4.0, 50.0) * np.exp(-(((across - 0.75) / 0.05) ** 2))
    else:
        gloss = 30 * np.exp(-(((across + 0.5) / 0.12) ** 2))
    colours[cap] = _end_colour(design)
    if design.form in {Form.BOTTLE, Form.JAR}:
        ridges = 0.1 * np.sin(angle * (24 if design.form is Form.BOTTLE else 40))
        light = np.where(cap, 0.5 + 0.56 * cosine + ridges, light)
    if design.form is Form.JAR:
        check = (np.floor(angle * 5) + np.floor(share * 34)) % 2 == 0
        colours[cap & check] = (240, 236, 226)
    light *= 1 - 0.4 * np.exp(-(((share - _CAP_FROM[design.form]) / 0.006) ** 2))
    light *= 1 - 0.25 * np.exp(-((share / 0.02) ** 2))
    return colours, light.astype(np.float32), np.asarray(gloss, np.float32)


def _fill_bottle(
    design: Design, colours: _Floats, bare: NDArray[np.bool_], share: _Floats, across: _Floats, cosine: _Floats
) -> None:
    """Clear plastic: the drink's colour, thinner at the rim and lighter above the fill line."""
    drink = np.array(design.colour, np.float32)
    thick = (0.25 + 0.75 * cosine)[..., None]
    clear = np.array((206, 212, 210), np.float32)
    glow = 30 * np.exp(-(((across - 0.2) / 0.35) ** 2)) + 46 * np.exp(-(((np.abs(across) - 0.9) / 0.07) ** 2))
    filled = drink * (0.8 + 0.4 * thick) + glow[..., None]
    empty = clear * 0.55 + drink * 0.3
    colours[bare] = np.where((share > 0.87)[..., None], empty, filled)[bare]
