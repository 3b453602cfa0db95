"""Sample photos and visits with known truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from shelfaudit.domain.catalogue import Catalogue, Product
from shelfaudit.domain.geometry import Box
from shelfaudit.samples.assortment import Aisle, Design, design_of, sample_catalogue
from shelfaudit.samples.lens import photograph
from shelfaudit.samples.packs import pack_sprite
from shelfaudit.samples.painting import paint
from shelfaudit.samples.scene import compose
from shelfaudit.samples.sheet import Pixels

LARGEST_SIDE = 4096
SMALLEST_SIDE = 64


@dataclass(frozen=True)
class SamplePhoto:
    """A photo that was never taken, and what is on it.

    Attributes:
        pixels: uint8 RGB (H, W, 3), upright.
        facings: box and SKU of every unit of which at least half of the front shows; the box is tight round the
            visible part of the front, in pixels of the photo. Units behind the front row are facings where as much
            of them shows.
        gaps: the empty places in the front row, each as wide as the facing that is missing.
        seed: what it was made from.
    """

    pixels: Pixels
    facings: tuple[tuple[Box, str], ...]
    gaps: tuple[Box, ...]
    seed: int


def render_photo(
    seed: int,
    width: int = 1600,
    height: int = 1200,
    catalogue: Catalogue | None = None,
    difficulty: float = 0.3,
    aisle: Aisle | None = None,
) -> SamplePhoto:
    """A shelf photo of this size; the same arguments give the same pixels on the same machine.

    Args:
        seed: any non-negative integer.
        catalogue: the products on the shelf (default: the sample range); unknown ones get an invented look.
        difficulty: from 0 (straight on, tidy, sharp) to 1 (steep, untidy, blurred, noisy, things in the way).
        aisle: what most bays hold (default: as the seed has it).

    Raises:
        ValueError: a side is not between 64 and 4,096 pixels, the difficulty not between 0 and 1, the seed negative,
            or the catalogue empty.
    """
    if not all(SMALLEST_SIDE <= side <= LARGEST_SIDE for side in (width, height)):
        raise ValueError(f"a photo's sides are {SMALLEST_SIDE} to {LARGEST_SIDE} pixels, got {width} × {height}")
    if not 0 <= difficulty <= 1:
        raise ValueError(f"difficulty is between 0 and 1, got {difficulty}")
    scene = compose(seed, width, height, _designs(catalogue), difficulty, aisle)
    painting = paint(scene)
    pixels = photograph(painting.picture, np.random.default_rng((seed, 4)), difficulty)
    return SamplePhoto(pixels, painting.facings, painting.gaps, seed)


def render_visit(
    seed: int,
    photos: int = 6,
    width: int = 1600,
    height: int = 1200,
    catalogue: Catalogue | None = None,
    difficulty: float = 0.3,
    aisle: Aisle | None = Aisle.DRINKS,
) -> list[SamplePhoto]:
    """The photos of one visit to an aisle: different shelves, seeds that follow from this one."""
    seeds = np.random.default_rng((seed, 5)).integers(0, 2**31, photos).tolist()
    return [render_photo(photo_seed, width, height, catalogue, difficulty, aisle) for photo_seed in seeds]


def render_product(product: Product, rng: np.random.Generator, size: int) -> Pixels:
    """One pack's front, uint8 RGBA (H, W, 4), not premultiplied, its longer side `size` pixels.

    `rng` turns round packs a little.

    Raises:
        ValueError: the size is below 16.
    """
    if size < 16:
        raise ValueError(f"a front needs at least 16 pixels, got {size}")
    design = design_of(product)
    turn = float(rng.normal(0, 0.2)) if design.form.is_round else 0.0
    sprite = pack_sprite(design, size / max(design.size[:2]), 0.0, turn)
    alpha = sprite.pixels[..., 3:].astype(np.float32)
    colours = sprite.pixels[..., :3] * (255 / np.maximum(alpha, 1))
    return np.dstack([np.clip(colours, 0, 255).astype(np.uint8), sprite.pixels[..., 3]])


def _designs(catalogue: Catalogue | None) -> Sequence[Design]:
    products = (catalogue if catalogue is not None else sample_catalogue()).products.values()
    return [design_of(product) for product in products]
