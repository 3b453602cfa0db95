"""Labelled photos on one sheet with their boxes drawn, so that one look tells whether the labels fit."""

from __future__ import annotations

import io
import math
import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
from PIL import Image, ImageDraw, ImageFont

from shelfaudit.datasets.dataset import Dataset, LabelledPhoto, PixelArray
from shelfaudit.datasets.stats import boxes_by_class, covers_photo
from shelfaudit.domain.geometry import Box, FloatArray
from shelfaudit.domain.palette import BrandStyle, brand_styles
from shelfaudit.errors import PhotoError
from shelfaudit.output import replacing
from shelfaudit.paths import resources_dir
from shelfaudit.photos.contact_sheet import contact_sheet
from shelfaudit.photos.decode import read_photo

SAMPLE = 12
"""Photos on a sheet unless said otherwise: four by three large enough to judge boxes of a shelf."""

_LARGEST_SIDE, _SMALLEST_SIDE = 800, 320
_LARGEST_ZOOM = 2
_GAP = 12
_CAPTION = 24
_CAPTION_SIZE = 15
_LEGEND_SIZE = 18
_CHIP = 26
_INK = (245, 245, 245)
_PAPER = (40, 42, 46)
_OUTSIDE = 0.45
"""What is left of the light where nothing is known."""

_MARGIN = 0.06
"""Of the labelled part's long side: what is shown round it."""

_LEAST_SIDE_FOR_LETTER = 22


def choose_photos(photos: Sequence[LabelledPhoto], count: int, seed: int) -> list[LabelledPhoto]:
    """`count` photos by chance, in the data set's order; as long as there are classes not shown yet, one that does."""
    order = list(range(len(photos)))
    random.Random(seed).shuffle(order)
    shown: set[int] = set()
    first: list[int] = []
    for index in order:
        labels = set(photos[index].labels.tolist())
        if labels - shown:
            first.append(index)
            shown |= labels
    chosen = list(dict.fromkeys([*first, *order]))[:count]
    return [photos[index] for index in sorted(chosen)]


def labelled_sheet(dataset: Dataset, *, count: int = SAMPLE, seed: int = 0) -> PixelArray:
    """A sheet of some photos with their boxes, RGB uint8 (H, W, 3).

    A class has a colour and a letter; what lies outside a region is dimmed and its edge white; areas to ignore are
    hatched. A photo that cannot be read is a cell that says so.

    Raises:
        ValueError: the data set has no photo, or `count` is below 1.
    """
    photos = choose_photos(dataset.photos, count, seed)
    if not photos:
        raise ValueError("a sheet needs a photo")
    longest = max(max(photo.width, photo.height) for photo in photos)
    side = min(_LARGEST_SIDE, max(_SMALLEST_SIDE, longest * _LARGEST_ZOOM))
    boxes = boxes_by_class(dataset)
    by_frequency = sorted(range(len(dataset.labels)), key=lambda index: -boxes[index])
    styles = brand_styles(dataset.labels[index] for index in by_frequency)
    cells = [_cell(photo, dataset.labels, styles, side) for photo in photos]
    sheet, places = contact_sheet(cells, side, _GAP, _PAPER)
    sheet = sheet[: int(places[:, 3].max()) + _GAP, : int(places[:, 2].max()) + _GAP]
    shown = {label for photo in photos for label in photo.labels.tolist()}
    names = [dataset.labels[index] for index in by_frequency if index in shown]
    legend = _legend(names, photos, dataset.labels, styles, sheet.shape[1])
    return np.concatenate([sheet, legend])


def write_sheet(dataset: Dataset, file: Path, *, count: int = SAMPLE, seed: int = 0) -> None:
    """Write `labelled_sheet` as a PNG file.

    Raises:
        OutputError: the file cannot be written.
    """
    encoded = io.BytesIO()
    Image.fromarray(labelled_sheet(dataset, count=count, seed=seed)).save(encoded, "PNG")
    with replacing(file) as temporary:
        temporary.write_bytes(encoded.getvalue())


def _cell(photo: LabelledPhoto, labels: Sequence[str], styles: Mapping[str, BrandStyle], side: int) -> PixelArray:
    """A photo with its labels and its caption, uint8 (side, side, 3)."""
    cell = Image.new("RGB", (side, side), _PAPER)
    view = _view(photo)
    scale = min(side / view.width, (side - _CAPTION) / view.height)
    size = (max(1, round(view.width * scale)), max(1, round(view.height * scale)))
    corner = ((side - size[0]) // 2, (side - _CAPTION - size[1]) // 2)
    try:
        decoded = read_photo(photo.file, at_most=math.ceil(scale * max(photo.width, photo.height)))
    except PhotoError as error:
        told = error.what
    else:
        # A photo that is not of the labels' size is stretched to it: the boxes lie beside the products, as they would.
        to_pixels = (decoded.pixels.shape[1] / max(1, photo.width), decoded.pixels.shape[0] / max(1, photo.height))
        x1, x2 = (round(x * to_pixels[0]) for x in (view.x1, view.x2))
        y1, y2 = (round(y * to_pixels[1]) for y in (view.y1, view.y2))
        pixels = cv2.resize(
            decoded.pixels[y1 : max(y2, y1 + 1), x1 : max(x2, x1 + 1)], size, interpolation=cv2.INTER_AREA
        )
        seen = _seen_in(photo, view, scale)
        picture = Image.fromarray(_with_areas(np.asarray(pixels, dtype=np.uint8), seen))
        _draw_boxes(ImageDraw.Draw(picture), seen, labels, styles)
        cell.paste(picture, corner)
        count = len(photo.boxes)
        told = f"{count} box{'es' if count != 1 else ''}" + (", no region" if photo.region is None else "")
    draw, font = ImageDraw.Draw(cell), _font("DejaVuSans.ttf", _CAPTION_SIZE)
    caption = _fitted(f"{told} · {photo.file.name}", font, side - 4)
    draw.text((2, side - _CAPTION + 4), caption, _INK, font)
    return np.asarray(cell, dtype=np.uint8)


def _view(photo: LabelledPhoto) -> Box:
    """The part of the photo that is shown: where its labels are and a little more, in photo pixels."""
    whole = Box(0, 0, max(1, photo.width), max(1, photo.height))
    if photo.region is None:
        return whole
    part = photo.region
    for x1, y1, x2, y2 in [*photo.boxes.tolist(), *photo.ignored.tolist()]:
        part = part.hull(Box(x1, y1, x2, y2))
    margin = _MARGIN * max(part.width, part.height)
    return Box(part.x1 - margin, part.y1 - margin, part.x2 + margin, part.y2 + margin).intersection(whole) or whole


def _seen_in(photo: LabelledPhoto, view: Box, scale: float) -> LabelledPhoto:
    """The labels of the photo in the pixels of its view at this scale."""
    corner = np.array([view.x1, view.y1] * 2, dtype=np.float32)
    return replace(
        photo,
        width=round(view.width * scale),
        height=round(view.height * scale),
        boxes=(photo.boxes - corner) * scale,
        ignored=(photo.ignored - corner) * scale,
        region=photo.region.translated(-view.x1, -view.y1).scaled(scale) if photo.region is not None else None,
    )


def _with_areas(pixels: PixelArray, seen: LabelledPhoto) -> PixelArray:
    """The picture dimmed outside its region, and hatched where it is to be ignored."""
    shown = pixels.astype(np.float32)
    if seen.region is not None and not covers_photo(seen):
        x1, y1, x2, y2 = (round(value) for value in seen.region.as_tuple())
        unknown = np.ones(shown.shape[:2], dtype=np.bool_)
        unknown[max(0, y1) : max(0, y2), max(0, x1) : max(0, x2)] = False
        shown[unknown] *= _OUTSIDE
        cv2.rectangle(shown, (x1, y1), (x2 - 1, y2 - 1), (0, 0, 0), 4)
        cv2.rectangle(shown, (x1, y1), (x2 - 1, y2 - 1), (255, 255, 255), 2)
    for area in seen.ignored:
        x1, y1, x2, y2 = (max(0, round(value)) for value in area.tolist())
        shown[y1:y2, x1:x2] = _hatched(shown[y1:y2, x1:x2])
    return shown.clip(0, 255).astype(np.uint8)


def _hatched(pixels: FloatArray) -> FloatArray:
    """The pixels (H, W, 3) under slanted black and white lines, with a white rim."""
    rows, columns = np.indices(pixels.shape[:2])
    phase = (rows + columns) % 14
    hatched: FloatArray = pixels * np.float32(0.6)
    hatched[phase < 3] = 255
    hatched[(phase == 3) | (phase == 13)] = 0
    hatched[:1] = hatched[-1:] = hatched[:, :1] = hatched[:, -1:] = 255
    return hatched


def _draw_boxes(
    draw: ImageDraw.ImageDraw, seen: LabelledPhoto, labels: Sequence[str], styles: Mapping[str, BrandStyle]
) -> None:
    font = _font("DejaVuSans-Bold.ttf", 13)
    for (x1, y1, x2, y2), label in zip(seen.boxes.round().tolist(), seen.labels.tolist(), strict=True):
        least = min(x2 - x1, y2 - y1)
        if least <= 0:
            continue
        style = styles[labels[label]]
        # The white line round the coloured one keeps it visible on dark and on light packs.
        width = 2 if least >= 12 else 1
        draw.rectangle((x1, y1, x2, y2), outline=(255, 255, 255), width=width + 1)
        draw.rectangle((x1, y1, x2, y2), outline=style.rgb, width=width)
        if len(labels) > 1 and least >= _LEAST_SIDE_FOR_LETTER:
            length = font.getlength(style.letter) + 6
            draw.rectangle((x1, y1, x1 + length, y1 + 17), fill=style.rgb)
            draw.text((x1 + 3, y1 + 1), style.letter, style.ink, font)


def _legend(
    names: Sequence[str],
    photos: Sequence[LabelledPhoto],
    labels: Sequence[str],
    styles: Mapping[str, BrandStyle],
    width: int,
) -> PixelArray:
    """What the colours and lines mean, with the boxes drawn of each class, uint8 (H, width, 3)."""
    font, bold = _font("DejaVuSans.ttf", _LEGEND_SIZE), _font("DejaVuSans-Bold.ttf", 14)
    counts = dict.fromkeys(labels, 0)
    for photo in photos:
        for label in photo.labels.tolist():
            counts[labels[label]] += 1
    entries = [(styles[name], _fitted(f"{name} ({counts[name]})", font, width // 2)) for name in names]
    notes = []
    if any(photo.region is not None and not covers_photo(photo) for photo in photos):
        notes.append("bright: the region in which every product is labelled")
    if any(len(photo.ignored) for photo in photos):
        notes.append("hatched: neither product nor background")
    places: list[tuple[int, int]] = []
    x, y = _GAP, 4
    lengths = [_CHIP + 8 + int(font.getlength(text)) for _, text in entries] + [int(font.getlength(it)) for it in notes]
    for length in lengths:
        if x > _GAP and x + length > width - _GAP:
            x, y = _GAP, y + _CHIP + 8
        places.append((x, y))
        x += length + 2 * _GAP
    legend = Image.new("RGB", (width, y + _CHIP + 12), _PAPER)
    draw = ImageDraw.Draw(legend)
    for (style, text), (left, top) in zip(entries, places, strict=False):
        draw.rectangle((left, top, left + _CHIP, top + _CHIP), fill=style.rgb, outline=(0, 0, 0))
        middle = (left + _CHIP / 2, top + _CHIP / 2)
        if len(labels) > 1:
            draw.text(middle, style.letter, style.ink, bold, anchor="mm")
        draw.text((left + _CHIP + 8, top + 2), text, _INK, font)
    for text, (left, top) in zip(notes, places[len(entries) :], strict=True):
        draw.text((left, top + 2), text, _INK, font)
    return np.asarray(legend, dtype=np.uint8)


def _fitted(text: str, font: ImageFont.FreeTypeFont, width: float) -> str:
    """The text cut so that it fits into `width` pixels, with an ellipsis where something is missing."""
    text = "".join(character if character.isprintable() else "□" for character in text)
    while font.getlength(text) > width and len(text) > 1:
        text = text[:-2] + "…"
    return text


@lru_cache(maxsize=8)
def _font(name: str, size: int) -> ImageFont.FreeTypeFont:
    # Bytes, not a path: FreeType on Windows cannot open every non-ASCII path.
    with (resources_dir() / "fonts" / name).open("rb") as file:
        return ImageFont.truetype(file, size)
