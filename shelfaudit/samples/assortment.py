"""The invented range: brands, their looks, and the products with everything a printer needs to know.

No brand, product or bar code here exists; the bar codes use the GS1 prefix 2, reserved for numbers that never
leave a company.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache

import numpy as np

from shelfaudit.domain.catalogue import Brand, Catalogue, Ownership, Product

Colour = tuple[int, int, int]


class Form(StrEnum):
    """What a pack is, seen as a body."""

    BOX = "box"
    CARTON = "carton"
    BOTTLE = "bottle"
    CAN = "can"
    JAR = "jar"
    TUBE = "tube"
    FLASK = "flask"
    BAG = "bag"

    @property
    def is_round(self) -> bool:
        """Whether the body is one of revolution: its print runs round it and turns with it."""
        return self in {Form.BOTTLE, Form.CAN, Form.JAR, Form.TUBE}

    @property
    def stacks(self) -> bool:
        return self in {Form.BOX, Form.CAN, Form.JAR}


class Aisle(StrEnum):
    """What stands together in a store."""

    DRINKS = "drinks"
    SNACKS = "snacks"
    PANTRY = "pantry"
    HOUSEHOLD = "household"


@dataclass(frozen=True, slots=True)
class Look:
    """What all packs of a brand share: two colours, the lettering, the shape behind the name."""

    primary: Colour
    accent: Colour
    ink: Colour
    font: str
    badge: str
    layout: int


@dataclass(frozen=True, slots=True)
class Design:
    """One pack: body (width, height, depth in cm), print colours, picture and texts."""

    sku: str
    brand: str
    variety: str
    amount: str
    form: Form
    size: tuple[float, float, float]
    colour: Colour
    second: Colour
    motif: str
    look: Look
    aisle: Aisle

    @property
    def seed(self) -> int:
        """A number that stays the same for this SKU in every process."""
        return zlib.crc32(self.sku.encode())


_SANS, _POSTER, _BRUSH, _SCRIPT = (
    "DejaVuSans-Bold.ttf",
    "BebasNeue-Bold.otf",
    "KaushanScript-Regular.otf",
    "Lobster-Regular.otf",
)

_LOOKS: dict[str, tuple[Ownership, Look]] = {
    "Alba": (Ownership.OWN, Look((196, 18, 34), (250, 250, 246), (255, 255, 255), _SCRIPT, "swoosh", 0)),
    "Brio": (Ownership.OWN, Look((247, 190, 20), (200, 30, 30), (255, 255, 255), _BRUSH, "burst", 1)),
    "Kolanda": (Ownership.COMPETITOR, Look((24, 52, 134), (236, 240, 248), (255, 255, 255), _POSTER, "disc", 2)),
    "Voltigo": (Ownership.COMPETITOR, Look((18, 20, 24), (150, 226, 36), (255, 255, 255), _POSTER, "bolt", 3)),
    "Saftora": (Ownership.COMPETITOR, Look((252, 250, 242), (28, 122, 58), (28, 110, 52), _SCRIPT, "leaf", 0)),
    "Krispado": (Ownership.COMPETITOR, Look((206, 24, 38), (255, 214, 44), (255, 255, 255), _POSTER, "ribbon", 1)),
    "Morgenfeld": (Ownership.COMPETITOR, Look((250, 244, 226), (150, 36, 44), (96, 34, 30), _SCRIPT, "plate", 2)),
    "Velmora": (Ownership.COMPETITOR, Look((20, 92, 84), (232, 198, 110), (250, 240, 214), _BRUSH, "plate", 3)),
    "Lumavell": (Ownership.COMPETITOR, Look((20, 104, 190), (250, 220, 40), (255, 255, 255), _SANS, "oval", 0)),
    "Hafermann": (Ownership.COMPETITOR, Look((240, 236, 226), (224, 110, 30), (70, 44, 26), _SANS, "ribbon", 1)),
}

_COLA, _ZERO, _ORANGE, _LEMON, _LIME = (62, 26, 16), (30, 30, 32), (245, 138, 18), (246, 214, 40), (112, 178, 40)
_CHERRY, _PEACH, _BERRY, _APPLE, _TOMATO = (160, 14, 60), (244, 160, 90), (110, 40, 140), (150, 190, 40), (206, 46, 30)
_BLUE, _SKY, _PINK, _MINT, _BROWN = (30, 84, 190), (110, 190, 230), (230, 90, 150), (90, 190, 160), (110, 64, 34)
_GOLD, _CREAM, _RED, _GREEN, _VIOLET = (222, 160, 40), (244, 230, 196), (206, 30, 40), (40, 130, 60), (120, 80, 180)

_BOTTLE_L, _BOTTLE_M, _CAN, _SLIM = (9.4, 31.0, 9.4), (7.0, 22.4, 7.0), (6.6, 11.6, 6.6), (5.4, 14.6, 5.4)
_BRICK, _BAG, _TUBE, _JAR = (7.2, 20.0, 9.5), (19.0, 27.0, 6.0), (7.8, 23.5, 7.8), (7.4, 9.8, 7.4)
_TEA, _CEREAL, _BISCUIT, _POWDER, _FLASK = (
    (14.0, 7.6, 8.0),
    (19.5, 28.5, 7.0),
    (16.0, 9.0, 5.5),
    (18.0, 25.0, 9.0),
    (9.5, 25.5, 6.5),
)

# brand, variety, amount, form, size, colour, second colour, picture, aisle, must-stock
_Row = tuple[str, str, str, Form, tuple[float, float, float], Colour, Colour, str, Aisle, bool]
_ROWS: tuple[_Row, ...] = (
    ("Alba", "Cola", "1.5 l", Form.BOTTLE, _BOTTLE_L, _COLA, _RED, "bubbles", Aisle.DRINKS, True),
    ("Alba", "Zero", "1.5 l", Form.BOTTLE, _BOTTLE_L, _COLA, _ZERO, "bubbles", Aisle.DRINKS, True),
    ("Alba", "Orange", "1.5 l", Form.BOTTLE, _BOTTLE_L, _ORANGE, _ORANGE, "orange", Aisle.DRINKS, True),
    ("Alba", "Lemon", "1.5 l", Form.BOTTLE, _BOTTLE_L, (176, 184, 124), _LEMON, "lemon", Aisle.DRINKS, False),
    ("Alba", "Cola", "0.5 l", Form.BOTTLE, _BOTTLE_M, _COLA, _RED, "bubbles", Aisle.DRINKS, True),
    ("Alba", "Zero", "0.5 l", Form.BOTTLE, _BOTTLE_M, _COLA, _ZERO, "bubbles", Aisle.DRINKS, True),
    ("Alba", "Iced Tea Peach", "0.5 l", Form.BOTTLE, _BOTTLE_M, (190, 110, 40), _PEACH, "peach", Aisle.DRINKS, False),
    ("Alba", "Cola", "0.33 l", Form.CAN, _CAN, _RED, _RED, "bubbles", Aisle.DRINKS, True),
    ("Alba", "Cherry", "0.33 l", Form.CAN, _CAN, _CHERRY, _CHERRY, "cherry", Aisle.DRINKS, False),
    ("Kolanda", "Original", "1.5 l", Form.BOTTLE, _BOTTLE_L, _COLA, _BLUE, "bubbles", Aisle.DRINKS, False),
    ("Kolanda", "Light", "1.5 l", Form.BOTTLE, _BOTTLE_L, _COLA, (200, 206, 214), "bubbles", Aisle.DRINKS, False),
    ("Kolanda", "Mango", "1.5 l", Form.BOTTLE, _BOTTLE_L, (240, 160, 20), _GOLD, "peach", Aisle.DRINKS, False),
    ("Kolanda", "Original", "0.33 l", Form.CAN, _CAN, _BLUE, _BLUE, "wave", Aisle.DRINKS, False),
    ("Kolanda", "Light", "0.33 l", Form.CAN, _CAN, (196, 202, 212), _SKY, "wave", Aisle.DRINKS, False),
    ("Voltigo", "Original", "0.25 l", Form.CAN, _SLIM, (24, 26, 30), _LIME, "bolt", Aisle.DRINKS, False),
    ("Voltigo", "Ice", "0.25 l", Form.CAN, _SLIM, (206, 220, 230), _SKY, "bolt", Aisle.DRINKS, False),
    ("Voltigo", "Berry", "0.25 l", Form.CAN, _SLIM, _BERRY, _PINK, "bolt", Aisle.DRINKS, False),
    ("Saftora", "Orange", "1 l", Form.CARTON, _BRICK, _ORANGE, _LEMON, "orange", Aisle.DRINKS, False),
    ("Saftora", "Apple", "1 l", Form.CARTON, _BRICK, _APPLE, _GREEN, "apple", Aisle.DRINKS, False),
    ("Saftora", "Multi", "1 l", Form.CARTON, _BRICK, _PINK, _ORANGE, "cherry", Aisle.DRINKS, False),
    ("Saftora", "Tomato", "1 l", Form.CARTON, _BRICK, _TOMATO, _GREEN, "tomato", Aisle.DRINKS, False),
    ("Brio", "Paprika", "175 g", Form.BAG, _BAG, (214, 60, 26), _RED, "crisps", Aisle.SNACKS, True),
    ("Brio", "Sea Salt", "175 g", Form.BAG, _BAG, (40, 110, 190), _SKY, "crisps", Aisle.SNACKS, True),
    ("Brio", "Sour Cream", "175 g", Form.BAG, _BAG, (60, 150, 70), _CREAM, "crisps", Aisle.SNACKS, False),
    ("Brio", "Cracker", "150 g", Form.BOX, _BISCUIT, _GOLD, _RED, "biscuit", Aisle.SNACKS, True),
    ("Brio", "Cocoa Wafer", "150 g", Form.BOX, _BISCUIT, _BROWN, _CREAM, "biscuit", Aisle.SNACKS, False),
    ("Krispado", "Chilli", "150 g", Form.BAG, (17.5, 25.0, 6.0), (24, 24, 26), _RED, "crisps", Aisle.SNACKS, False),
    ("Krispado", "Cheese", "150 g", Form.BAG, (17.5, 25.0, 6.0), (244, 180, 30), _RED, "crisps", Aisle.SNACKS, False),
    ("Krispado", "Original", "165 g", Form.TUBE, _TUBE, _RED, _GOLD, "crisps", Aisle.SNACKS, False),
    ("Krispado", "Onion", "165 g", Form.TUBE, _TUBE, _GREEN, _CREAM, "crisps", Aisle.SNACKS, False),
    ("Krispado", "Barbecue", "165 g", Form.TUBE, _TUBE, (90, 26, 30), _ORANGE, "crisps", Aisle.SNACKS, False),
    ("Morgenfeld", "Strawberry", "340 g", Form.JAR, _JAR, (170, 16, 30), _RED, "strawberry", Aisle.PANTRY, False),
    ("Morgenfeld", "Apricot", "340 g", Form.JAR, _JAR, (226, 124, 24), _ORANGE, "peach", Aisle.PANTRY, False),
    ("Morgenfeld", "Blueberry", "340 g", Form.JAR, _JAR, (48, 24, 70), _VIOLET, "blueberry", Aisle.PANTRY, False),
    ("Morgenfeld", "Honey", "340 g", Form.JAR, _JAR, (206, 138, 20), _GOLD, "flower", Aisle.PANTRY, False),
    ("Velmora", "Earl Grey", "25 bags", Form.BOX, _TEA, (28, 60, 120), _GOLD, "cup", Aisle.PANTRY, False),
    ("Velmora", "Peppermint", "25 bags", Form.BOX, _TEA, (50, 140, 90), _MINT, "leaf", Aisle.PANTRY, False),
    ("Velmora", "Rooibos", "25 bags", Form.BOX, _TEA, (176, 70, 30), _ORANGE, "cup", Aisle.PANTRY, False),
    ("Velmora", "Wild Berry", "25 bags", Form.BOX, _TEA, (120, 30, 90), _PINK, "blueberry", Aisle.PANTRY, False),
    ("Hafermann", "Crunch", "500 g", Form.BOX, _CEREAL, (236, 150, 40), _BROWN, "bowl", Aisle.PANTRY, False),
    ("Hafermann", "Cocoa", "500 g", Form.BOX, _CEREAL, _BROWN, _GOLD, "bowl", Aisle.PANTRY, False),
    ("Hafermann", "Berries", "500 g", Form.BOX, _CEREAL, (190, 40, 90), _PINK, "bowl", Aisle.PANTRY, False),
    ("Lumavell", "Colour", "1.2 kg", Form.BOX, _POWDER, (220, 50, 130), _VIOLET, "shirt", Aisle.HOUSEHOLD, False),
    ("Lumavell", "White", "1.2 kg", Form.BOX, _POWDER, (236, 240, 248), _SKY, "shirt", Aisle.HOUSEHOLD, False),
    ("Lumavell", "Fresh", "1 l", Form.FLASK, _FLASK, (40, 150, 210), _SKY, "flower", Aisle.HOUSEHOLD, False),
    ("Lumavell", "Lavender", "1 l", Form.FLASK, _FLASK, (140, 100, 190), _VIOLET, "flower", Aisle.HOUSEHOLD, False),
    ("Lumavell", "Lemon", "1 l", Form.FLASK, _FLASK, (240, 214, 50), _LIME, "lemon", Aisle.HOUSEHOLD, False),
)


def _designs() -> Iterator[Design]:
    for brand, variety, amount, form, size, colour, second, motif, aisle, _ in _ROWS:
        sku = f"{brand}/{variety} {amount}"
        yield Design(sku, brand, variety, amount, form, size, colour, second, motif, _LOOKS[brand][1], aisle)


@lru_cache(maxsize=1)
def _known_designs() -> dict[str, Design]:
    return {design.sku: design for design in _designs()}


@lru_cache(maxsize=1)
def sample_catalogue() -> Catalogue:
    """Ten invented brands, two of them own (Alba, Brio), with 47 products of four aisles.

    A SKU reads "brand/variety amount", the name "brand variety amount"; widths are those that are drawn.
    """
    brands = [Brand(name, ownership) for name, (ownership, _) in _LOOKS.items()]
    products = [
        Product(
            design.sku, design.sku.replace("/", " "), design.brand, design.size[0], _barcode(number), must_stock=row[-1]
        )
        for number, (design, row) in enumerate(zip(_designs(), _ROWS, strict=True))
    ]
    return Catalogue.of(brands, products)


def _barcode(number: int) -> str:
    """An EAN-13 of the GS1 prefix 20 (restricted circulation) with its check digit."""
    digits = f"2000417{number:05d}"
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits))
    return digits + str(-total % 10)


_SYLLABLES = ("al", "bri", "co", "den", "fa", "gor", "ka", "li", "mo", "nu", "pra", "ra", "si", "ta", "ve", "zo")
_VARIETIES = ("Classic", "Fresh", "Light", "Mild", "Gold", "Extra", "Bio", "Duo", "Dark", "Spring", "Pur", "Intense")


def invented_catalogue(seed: int, brands: int = 8, products: int = 40) -> Catalogue:
    """Another range for every seed: brands of three syllables, each with varieties that look alike.

    Raises:
        ValueError: there is not at least one brand and one product.
    """
    if brands < 1 or products < 1:
        raise ValueError(f"a range needs a brand and a product, got {brands} and {products}")
    rng = np.random.default_rng((seed, 8))
    names = ["".join(rng.choice(_SYLLABLES, 3).tolist()).capitalize() for _ in range(brands)]
    chosen = [names[int(rng.integers(brands))] for _ in range(products)]
    skus = {
        f"{brand}/{_VARIETIES[number % len(_VARIETIES)]} {1 + number // len(_VARIETIES)}": brand
        for number, brand in enumerate(chosen)
    }
    return Catalogue.of(map(Brand, names), [Product(sku, sku.replace("/", " "), brand) for sku, brand in skus.items()])


@lru_cache(maxsize=4096)
def design_of(product: Product) -> Design:
    """How this product looks; for a product that is not of the sample range, a look invented from its SKU."""
    known = _known_designs().get(product.sku)
    return known if known is not None else _invented_design(product)


def _invented_design(product: Product) -> Design:
    brand_rng = np.random.default_rng(zlib.crc32(product.brand.encode()))
    rng = np.random.default_rng(zlib.crc32(product.sku.encode()))
    row = _ROWS[int(rng.integers(len(_ROWS)))]
    _, _, amount, form, size, _, _, motif, aisle, _ = row
    if product.width_cm is not None:
        size = (product.width_cm, size[1], size[2])
    badges = ("swoosh", "burst", "disc", "ribbon", "plate", "oval", "leaf")
    fonts = (_SANS, _POSTER, _BRUSH, _SCRIPT)
    primary = _vivid(brand_rng)
    look = Look(
        primary,
        _vivid(brand_rng),
        (255, 255, 255) if sum(primary) < 420 else (40, 26, 22),
        fonts[int(brand_rng.integers(len(fonts)))],
        badges[int(brand_rng.integers(len(badges)))],
        int(brand_rng.integers(4)),
    )
    variety = product.name.removeprefix(product.brand).strip() or product.name
    return Design(product.sku, product.brand, variety, amount, form, size, _vivid(rng), _vivid(rng), motif, look, aisle)


def _vivid(rng: np.random.Generator) -> Colour:
    """A saturated colour as packs are printed in."""
    hue, low, high = rng.uniform(0, 6), rng.uniform(24, 110), rng.uniform(140, 235)
    weights = np.clip(np.abs((hue + np.array([0.0, 4.0, 2.0])) % 6 - 3) - 1, 0, 1)
    red, green, blue = (low + (high - low) * weights).astype(int).tolist()
    return (red, green, blue)
