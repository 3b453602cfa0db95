"""A photo of the report: the judged part of it, with found, missed and false boxes drawn as vectors over it."""

from __future__ import annotations

from dataclasses import dataclass
from xml.etree import ElementTree as ET

import numpy as np
from PIL import Image

from shelfaudit.domain.geometry import Box, FloatArray
from shelfaudit.domain.palette import BRAND_COLOURS, LinePattern
from shelfaudit.errors import PhotoError
from shelfaudit.evaluation.predictions import is_partly_judged, judged_area
from shelfaudit.evaluation.report.elements import data_url, element
from shelfaudit.evaluation.results import PhotoResult
from shelfaudit.photos.detection_input import read_for_detection
from shelfaudit.photos.encode import encode_jpeg

LONG_SIDE = 1100
"""Pixels of a drawn photo; more would only make the file larger."""

_QUALITY = 80
_MARGIN = 0.06
"""What is shown beyond the judged region, as a share of its longer side."""


@dataclass(frozen=True, slots=True)
class BoxStyle:
    """How boxes of one kind look: by colour and by line, each enough on its own."""

    name: str
    colour: str
    pattern: LinePattern
    width: float


FOUND = BoxStyle("found", BRAND_COLOURS[2], LinePattern.SOLID, 1.6)
MISSED = BoxStyle("missed", BRAND_COLOURS[5], LinePattern.DASHED, 2.4)
FALSE = BoxStyle("on no product", BRAND_COLOURS[0], LinePattern.DOTTED, 2.4)
STYLES = (FOUND, MISSED, FALSE)


def legend() -> ET.Element:
    """What the lines in the photos mean."""
    entries = []
    for style in STYLES:
        line = element("line", x1=2, y1=8, x2=46, y2=8, **_stroke(style))
        entries.append(element("span", element("svg", line, width=48, height=16, aria_hidden="true"), style.name))
    entries.append(element("span", element("i", "", class_="ignored"), "area to ignore"))
    entries.append(element("span", element("i", "", class_="outside"), "outside the labelled region: not judged"))
    return element("p", *entries, class_="legend")


def drawn_photo(result: PhotoResult, threshold: float, labels: tuple[str, ...]) -> ET.Element:
    """The figure of a photo with its counts in words; the pixels are read again."""
    missed, false = result.missed, result.false
    caption = element(
        "figcaption",
        element("b", result.photo.file.name),
        f" · labelled {result.true}, counted {result.counted} · {missed} missed, {false} on no product",
    )
    try:
        decoded = read_for_detection(result.photo.file)
    except PhotoError as error:
        return element("figure", element("p", f"The photo cannot be read any more: {error.what}"), caption)
    view = _view(result)
    corners = np.array(view.as_tuple()) * decoded.scale
    left, top, right, bottom = (int(value) for value in np.round(corners))
    picture = Image.fromarray(decoded.pixels[top : max(bottom, top + 1), left : max(right, left + 1)])
    picture.thumbnail((LONG_SIDE, LONG_SIDE), Image.Resampling.LANCZOS)
    jpeg = encode_jpeg(np.asarray(picture), _QUALITY)
    drawing = element(
        "svg",
        element(
            "image",
            href=data_url(jpeg, "image/jpeg"),
            x=_number(view.x1),
            y=_number(view.y1),
            width=_number(view.width),
            height=_number(view.height),
            preserveAspectRatio="none",
        ),
        *_shades(result, view),
        *_boxes(result, threshold, labels),
        viewBox=" ".join(map(_number, view.as_xywh())),
        role="img",
        aria_label=f"{result.photo.file.name} with boxes",
    )
    return element("figure", drawing, caption)


def _view(result: PhotoResult) -> Box:
    """The part of the photo that is shown."""
    photo, area = result.photo, judged_area(result.photo)
    margin = _MARGIN * max(area.width, area.height)
    wider = Box(area.x1 - margin, area.y1 - margin, area.x2 + margin, area.y2 + margin)
    return wider.clipped(photo.width, photo.height) or Box(0, 0, photo.width, photo.height)


def _shades(result: PhotoResult, view: Box) -> list[ET.Element]:
    """What is not judged: darkened outside the region, hatched where it is to be ignored."""
    shades = []
    if is_partly_judged(result.photo):
        path = f"{_outline(view)} {_outline(judged_area(result.photo))}"
        shades.append(element("path", d=path, class_="shade", fill_rule="evenodd"))
    ignored = [_outline(Box(*corners)) for corners in result.photo.ignored.tolist()]
    return [*shades, *(element("path", d=outline, class_="ignored-area") for outline in ignored)]


def _boxes(result: PhotoResult, threshold: float, labels: tuple[str, ...]) -> list[ET.Element]:
    found, photo = result.match.predictions, result.photo
    right, false = result.match.right_at(threshold), result.match.false_at(threshold)
    missed = result.match.missed_at(threshold)
    drawn: list[ET.Element] = []
    for style, boxes, names, scores in (
        (FOUND, found.boxes[right], found.labels[right], found.scores[right]),
        (FALSE, found.boxes[false], found.labels[false], found.scores[false]),
        (MISSED, photo.boxes[missed], photo.labels[missed], None),
    ):
        drawn.extend(_rectangles(style, boxes, [labels[name] for name in names.tolist()], scores))
    return drawn


def _rectangles(style: BoxStyle, boxes: FloatArray, names: list[str], scores: FloatArray | None) -> list[ET.Element]:
    """Each box with a white line under it, so that it shows on dark and on light packs."""
    rectangles = []
    for index, (corners, name) in enumerate(zip(boxes.tolist(), names, strict=True)):
        outline = _outline(Box(*corners))
        said = f"{style.name}: {name}" + ("" if scores is None else f", score {scores[index]:.2f}")
        rectangles.append(element("path", d=outline, class_="under", stroke_width=style.width + 1.6))
        rectangles.append(element("path", element("title", said), d=outline, class_="box", **_stroke(style)))
    return rectangles


def _stroke(style: BoxStyle) -> dict[str, object]:
    dashes = " ".join(_number(part * style.width) for part in style.pattern.dashes)
    return {"stroke": style.colour, "stroke_width": style.width, **({"stroke_dasharray": dashes} if dashes else {})}


def _outline(box: Box) -> str:
    x1, y1, x2, y2 = map(_number, box.as_tuple())
    return f"M{x1} {y1}H{x2}V{y2}H{x1}Z"


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")
