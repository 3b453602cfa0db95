"""What is printed on packs: the flat fronts, sides and tops, from a product's design."""

from __future__ import annotations

from functools import lru_cache

import numpy as np

from shelfaudit.samples.assortment import Colour, Design, Form
from shelfaudit.samples.motifs import draw_motif, star
from shelfaudit.samples.sheet import Pixels, Sheet, darker, ink_on, lighter, mixed

_WHITE: Colour = (255, 255, 255)
_SANS = "DejaVuSans-Bold.ttf"
_MARK_COLOURS: tuple[Colour, ...] = ((30, 130, 76), (130, 186, 50), (246, 202, 30), (236, 128, 30), (222, 60, 28))


@lru_cache(maxsize=512)
def print_front(design: Design, density: float) -> Pixels:
    """The front as printed, uint8 RGB, `density` pixels per cm; of round packs the front half of the wrap."""
    width, height, _ = design.size
    wrap = np.pi / 2 if design.form.is_round else 1.0
    share = _LABEL_HEIGHT.get(design.form, 1.0)
    sheet = Sheet(max(8, round(width * wrap * density)), max(8, round(height * share * density)), design.look.primary)
    _PRINTERS[design.form](sheet, design, np.random.default_rng(design.seed))
    return sheet.pixels()


@lru_cache(maxsize=512)
def print_side(design: Design, density: float) -> Pixels:
    """The side of a box or carton: depth × height, with a table, small print and a bar code."""
    _, height, depth = design.size
    base = design.colour if design.form is Form.CARTON else design.look.primary
    sheet = Sheet(max(4, round(depth * density)), max(4, round(height * density)), base)
    rng = np.random.default_rng(design.seed + 1)
    ink = ink_on(base)
    sheet.text(design.brand, 0.1, 0.05, 0.9, 0.2, design.look.font, ink)
    sheet.rectangle(0.1, 0.28, 0.9, 0.58, lighter(base, 0.85))
    sheet.small_print(rng, 0.15, 0.3, 0.85, 0.57, 6, (60, 60, 60))
    sheet.small_print(rng, 0.12, 0.62, 0.88, 0.76, 4, mixed(base, ink, 0.7))
    sheet.barcode(rng, 0.2, 0.8, 0.8, 0.93)
    return sheet.pixels()


@lru_cache(maxsize=512)
def print_top(design: Design, density: float) -> Pixels:
    """The top (and bottom) of a box or carton: width × depth."""
    width, _, depth = design.size
    sheet = Sheet(max(4, round(width * density)), max(4, round(depth * density)), design.look.primary)
    sheet.text(design.brand, 0.1, 0.2, 0.9, 0.6, design.look.font, ink_on(design.look.primary))
    sheet.rectangle(0.0, 0.72, 1.0, 1.0, design.colour)
    return sheet.pixels()


def _logo(sheet: Sheet, design: Design, x1: float, y1: float, x2: float, y2: float) -> None:
    """The brand's name on its badge."""
    look = design.look
    x, y, wide, high = (x1 + x2) / 2, (y1 + y2) / 2, x2 - x1, y2 - y1
    badge, ink, edge = look.primary, look.ink, look.accent
    inset_x, inset_y = 0.08 * wide, 0.14 * high
    if look.badge in {"disc", "oval"}:
        sheet.ellipse(x, y, wide / 2, edge, high / 2)
        sheet.ellipse(x, y, wide / 2 * 0.95, badge, high / 2 * 0.9)
        inset_x, inset_y = 0.14 * wide, 0.24 * high
    elif look.badge == "ribbon":
        notch = 0.06 * wide
        points = [(x1, y1), (x2, y1), (x2 - notch, y), (x2, y2), (x1, y2), (x1 + notch, y)]
        sheet.polygon([(px, py + 0.04 * high) for px, py in points], darker(edge, 0.5))
        sheet.polygon(points, edge)
        ink = look.primary if sum(look.primary) < 560 else _WHITE
        inset_x = 0.12 * wide
    elif look.badge == "plate":
        sheet.rectangle(x1, y1, x2, y2, edge, 0.05)
        sheet.rectangle(x1 + 0.02 * wide, y1 + 0.05 * high, x2 - 0.02 * wide, y2 - 0.05 * high, badge, 0.04)
    elif look.badge == "burst":
        sheet.polygon([(x + px * wide / 2, y + py * high / 2) for px, py in star(22, 0.88)], edge)
        inset_x, inset_y = 0.13 * wide, 0.24 * high
    elif look.badge == "leaf":
        draw_motif(sheet, np.random.default_rng(0), "leaf", x2 - 0.1 * wide, y1 + 0.2 * high, 0.12 * wide, edge)
        ink = edge
    sheet.text(
        design.brand, x1 + inset_x, y1 + inset_y, x2 - inset_x, y2 - inset_y, look.font, ink,
        outline=darker(badge, 0.6) if look.badge in {"swoosh", "bolt", "burst"} else None,
    )  # fmt: skip
    if look.badge == "swoosh":
        arc = [
            (x1 + t * wide, y2 - 0.02 * high - 0.16 * high * float(np.sin(np.pi * t)))
            for t in np.linspace(0.05, 0.95, 14)
        ]
        back = [(px, py + 0.1 * high * (px - x1) / wide) for px, py in reversed(arc)]
        sheet.polygon(arc + back, edge)


def _amount(sheet: Sheet, design: Design, x1: float, y1: float, x2: float, y2: float, ground: Colour) -> None:
    sheet.text(design.amount, x1, y1, x2, y2, _SANS, ink_on(ground))


def _nutrition_mark(sheet: Sheet, rng: np.random.Generator, x: float, y: float, wide: float) -> None:
    """Five coloured fields, one of them larger."""
    high, chosen = 0.32 * wide * sheet.aspect, int(rng.integers(5))
    sheet.rectangle(x - 0.04 * wide, y - 0.25 * high, x + 1.04 * wide, y + 1.25 * high, _WHITE, 0.01)
    for place, colour in enumerate(_MARK_COLOURS):
        grow = 0.2 * high if place == chosen else 0.0
        sheet.rectangle(x + place * wide / 5, y - grow, x + (place + 1) * wide / 5, y + high + grow, colour)


def _sticker(sheet: Sheet, rng: np.random.Generator, x: float, y: float, radius: float) -> None:
    """On some packs only: a burst that shouts."""
    text = ("NEW", "+10%", "BIO", "0%", "XL")[int(rng.integers(5))]
    colour = ((226, 30, 40), (250, 206, 20), (40, 140, 60))[int(rng.integers(3))]
    sheet.shape(x, y, radius, star(14, 0.84), colour)
    half = 0.62 * radius
    sheet.text(
        text, x - half, y - 0.5 * half * sheet.aspect, x + half, y + 0.5 * half * sheet.aspect, _SANS, ink_on(colour)
    )


def _rays(sheet: Sheet, x: float, y: float, colour: Colour, count: int = 14) -> None:
    angles = np.linspace(0, 2 * np.pi, 2 * count + 1)
    for start, end in zip(angles[0::2], angles[1::2], strict=False):
        outline = [(0.0, 0.0), (2.4 * np.cos(start), 2.4 * np.sin(start)), (2.4 * np.cos(end), 2.4 * np.sin(end))]
        sheet.shape(x, y, 1.0, [(float(a), float(b)) for a, b in outline], colour)


def _diagonals(sheet: Sheet, colour: Colour, y1: float, y2: float, count: int = 9) -> None:
    step = 1.3 / count
    for place in range(count + 1):
        x = place * step - 0.3
        sheet.polygon([(x, y2), (x + step / 2, y2), (x + step / 2 + 0.3, y1), (x + 0.3, y1)], colour)


def _print_upright_box(sheet: Sheet, design: Design, rng: np.random.Generator) -> None:
    """Cereals, washing powder: logo on top, variety band, picture over the lower half."""
    look, colour = design.look, design.colour
    sheet.gradient(lighter(colour, 0.25), darker(colour, 0.25))
    _rays(sheet, 0.5, 0.68, lighter(colour, 0.3))
    sheet.rectangle(0, 0, 1, 0.06, darker(look.primary, 0.1))
    sheet.ellipse(0.5, 0.02, 0.75, look.primary, 0.34)
    _logo(sheet, design, 0.06, 0.07, 0.94, 0.29)
    draw_motif(sheet, rng, design.motif, 0.5, 0.67, 0.36, design.second)
    sheet.polygon([(0, 0.4), (1, 0.37), (1, 0.47), (0, 0.5)], design.second)
    sheet.text(design.variety.upper(), 0.1, 0.395, 0.9, 0.475, "BebasNeue-Bold.otf", ink_on(design.second))
    sheet.small_print(rng, 0.06, 0.92, 0.45, 0.98, 3, lighter(colour, 0.75))
    _amount(sheet, design, 0.66, 0.925, 0.95, 0.975, darker(colour, 0.25))
    _nutrition_mark(sheet, rng, 0.07, 0.86, 0.26)
    if rng.uniform() < 0.5:
        _sticker(sheet, rng, 0.84, 0.53, 0.12)


def _print_wide_box(sheet: Sheet, design: Design, rng: np.random.Generator) -> None:
    """Tea, biscuits: one ground, the picture in a round window, the variety on a band along the foot."""
    look, colour = design.look, design.colour
    sheet.gradient(lighter(look.primary, 0.16), darker(look.primary, 0.16))
    sheet.ellipse(0.78, 0.36, 0.235, look.accent)
    sheet.ellipse(0.78, 0.36, 0.22, lighter(colour, 0.2))
    draw_motif(sheet, rng, design.motif, 0.78, 0.37, 0.155, design.second)
    _logo(sheet, design, 0.05, 0.1, 0.56, 0.56)
    sheet.rectangle(0, 0.66, 1, 0.69, look.accent)
    sheet.rectangle(0, 0.69, 1, 0.93, colour)
    sheet.text(design.variety, 0.06, 0.71, 0.62, 0.91, look.font, ink_on(colour))
    sheet.text(design.amount, 0.7, 0.75, 0.94, 0.88, _SANS, ink_on(colour))
    if design.motif == "biscuit":
        _nutrition_mark(sheet, rng, 0.04, 0.585, 0.11)
    else:
        sheet.small_print(rng, 0.06, 0.59, 0.36, 0.64, 1, mixed(look.primary, ink_on(look.primary), 0.6))


def _print_box(sheet: Sheet, design: Design, rng: np.random.Generator) -> None:
    (_print_wide_box if sheet.aspect > 1 else _print_upright_box)(sheet, design, rng)


def _print_carton(sheet: Sheet, design: Design, rng: np.random.Generator) -> None:
    """Juice: white above, the juice's colour and fruit below."""
    look, colour = design.look, design.colour
    sheet.gradient(lighter(look.primary, 0.3), look.primary, 0.0, 0.5)
    t = np.linspace(0, 1, 16)
    curve = [(float(x), float(0.5 - 0.06 * np.sin(2 * np.pi * x))) for x in t]
    sheet.polygon([*((x, y - 0.02) for x, y in curve), (1.0, 1.0), (0.0, 1.0)], look.accent)
    sheet.polygon([*curve, (1.0, 1.0), (0.0, 1.0)], colour)
    sheet.polygon([(0.0, 0.8), (1.0, 0.72), (1.0, 1.0), (0.0, 1.0)], darker(colour, 0.12))
    sheet.rectangle(0, 0, 1, 0.035, look.accent)
    _logo(sheet, design, 0.06, 0.08, 0.94, 0.27)
    sheet.text(design.variety, 0.1, 0.3, 0.9, 0.41, "KaushanScript-Regular.otf", darker(colour, 0.35))
    draw_motif(sheet, rng, design.motif, 0.5, 0.65, 0.36, design.second)
    _amount(sheet, design, 0.64, 0.9, 0.94, 0.96, colour)
    sheet.small_print(rng, 0.07, 0.9, 0.5, 0.96, 3, lighter(colour, 0.7))
    _nutrition_mark(sheet, rng, 0.08, 0.83, 0.34)


def _print_bag(sheet: Sheet, design: Design, rng: np.random.Generator) -> None:
    """Crisps: a full-colour bag, the logo large, crisps tumbling below."""
    look, colour = design.look, design.colour
    sheet.gradient(lighter(colour, 0.12), darker(colour, 0.3))
    if look.layout % 2:
        _rays(sheet, 0.5, 0.62, lighter(colour, 0.14), 11)
    sheet.rectangle(0, 0, 1, 0.05, lighter(colour, 0.5))
    sheet.rectangle(0, 0.95, 1, 1, lighter(colour, 0.5))
    sheet.polygon([(0, 0.1), (1, 0.07), (1, 0.2), (0, 0.24)], look.primary)
    _logo(sheet, design, 0.1, 0.1, 0.9, 0.34)
    sheet.polygon([(0.14, 0.4), (0.88, 0.37), (0.86, 0.47), (0.12, 0.5)], design.second)
    sheet.text(design.variety.upper(), 0.18, 0.395, 0.82, 0.475, "BebasNeue-Bold.otf", ink_on(design.second))
    draw_motif(sheet, rng, design.motif, 0.5, 0.7, 0.36, design.second)
    _amount(sheet, design, 0.7, 0.895, 0.92, 0.935, darker(colour, 0.3))
    _nutrition_mark(sheet, rng, 0.1, 0.88, 0.2)


def _print_can(sheet: Sheet, design: Design, rng: np.random.Generator) -> None:
    """A can is printed all over; what is meant for the eye stays in the middle of the wrap."""
    look, colour = design.look, design.colour
    sheet.gradient(lighter(colour, 0.1), darker(colour, 0.18))
    if look.layout % 2:
        _diagonals(sheet, mixed(colour, design.second, 0.5), 0.0, 1.0, 7)
    draw_motif(sheet, rng, "wave" if design.motif == "wave" else "bubbles", 0.5, 0.74, 0.3, design.second)
    if design.motif not in {"bubbles", "wave"}:
        draw_motif(sheet, rng, design.motif, 0.5, 0.72 if design.motif != "bolt" else 0.66, 0.15, design.second)
    if look.badge == "swoosh":
        sheet.ellipse(0.5, 0.3, 0.32, darker(look.primary, 0.25), 0.19)
    _logo(sheet, design, 0.2, 0.14, 0.8, 0.46)
    sheet.text(design.variety.upper(), 0.3, 0.49, 0.7, 0.58, "BebasNeue-Bold.otf", ink_on(colour))
    _amount(sheet, design, 0.42, 0.9, 0.58, 0.95, colour)
    sheet.small_print(rng, 0.02, 0.2, 0.14, 0.8, 14, mixed(colour, ink_on(colour), 0.7))
    sheet.barcode(rng, 0.86, 0.5, 0.99, 0.8)


def _print_tube(sheet: Sheet, design: Design, rng: np.random.Generator) -> None:
    look, colour = design.look, design.colour
    sheet.gradient(lighter(colour, 0.08), darker(colour, 0.25))
    sheet.ellipse(0.5, 0.3, 0.36, look.accent, 0.16)
    _logo(sheet, design, 0.2, 0.2, 0.8, 0.37)
    sheet.rectangle(0, 0.46, 1, 0.55, design.second)
    sheet.text(design.variety.upper(), 0.27, 0.465, 0.73, 0.545, "BebasNeue-Bold.otf", ink_on(design.second))
    draw_motif(sheet, rng, design.motif, 0.5, 0.73, 0.25, design.second)
    _amount(sheet, design, 0.4, 0.91, 0.6, 0.95, darker(colour, 0.25))
    sheet.small_print(rng, 0.02, 0.2, 0.14, 0.9, 18, mixed(colour, ink_on(colour), 0.6))


def _print_bottle_label(sheet: Sheet, design: Design, rng: np.random.Generator) -> None:
    look, second = design.look, design.second
    sheet.gradient(lighter(look.primary, 0.1), darker(look.primary, 0.15))
    sheet.rectangle(0, 0.0, 1, 0.07, look.accent)
    sheet.rectangle(0, 0.74, 1, 1, second)
    sheet.rectangle(0, 0.72, 1, 0.75, look.accent)
    if look.badge == "disc":
        sheet.ellipse(0.5, 0.38, 0.3, lighter(look.primary, 0.25), 0.36)
    draw_motif(sheet, rng, design.motif, 0.78, 0.6, 0.09, second)
    _logo(sheet, design, 0.2, 0.1, 0.8, 0.68)
    sheet.text(design.variety.upper(), 0.27, 0.77, 0.73, 0.96, "BebasNeue-Bold.otf", ink_on(second))
    sheet.small_print(rng, 0.01, 0.12, 0.13, 0.9, 9, mixed(look.primary, ink_on(look.primary), 0.7))
    sheet.barcode(rng, 0.88, 0.2, 0.99, 0.65)


def _print_jar_label(sheet: Sheet, design: Design, rng: np.random.Generator) -> None:
    look = design.look
    sheet.gradient(lighter(look.primary, 0.3), look.primary)
    sheet.rectangle(0, 0, 1, 0.05, look.accent)
    sheet.rectangle(0, 0.95, 1, 1, look.accent)
    _logo(sheet, design, 0.2, 0.1, 0.8, 0.42)
    draw_motif(sheet, rng, design.motif, 0.5, 0.62, 0.11, design.second)
    sheet.rectangle(0.22, 0.76, 0.78, 0.92, design.second, 0.03)
    sheet.text(design.variety, 0.25, 0.77, 0.75, 0.91, "KaushanScript-Regular.otf", ink_on(design.second))
    sheet.small_print(rng, 0.01, 0.2, 0.14, 0.8, 8, mixed(look.primary, look.ink, 0.6))


def _print_flask_label(sheet: Sheet, design: Design, rng: np.random.Generator) -> None:
    look, colour = design.look, design.colour
    sheet.gradient(lighter(colour, 0.6), lighter(colour, 0.2))
    _diagonals(sheet, lighter(colour, 0.5), 0.4, 1.0, 6)
    sheet.ellipse(0.5, 0.1, 0.8, look.primary, 0.3)
    _logo(sheet, design, 0.06, 0.06, 0.94, 0.34)
    sheet.text(design.variety, 0.12, 0.42, 0.88, 0.54, look.font, darker(colour, 0.55))
    draw_motif(sheet, rng, design.motif, 0.5, 0.74, 0.24, design.second)
    _amount(sheet, design, 0.6, 0.91, 0.92, 0.97, _WHITE)


_LABEL_HEIGHT: dict[Form, float] = {Form.BOTTLE: 0.33, Form.JAR: 0.62, Form.FLASK: 0.56}
_PRINTERS = {
    Form.BOX: _print_box,
    Form.CARTON: _print_carton,
    Form.BAG: _print_bag,
    Form.CAN: _print_can,
    Form.TUBE: _print_tube,
    Form.BOTTLE: _print_bottle_label,
    Form.JAR: _print_jar_label,
    Form.FLASK: _print_flask_label,
}
