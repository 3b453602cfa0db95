"""Data sets for the tests of formats: any boxes, hostile names, photos that are really there."""

from __future__ import annotations

import io
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from hypothesis import strategies as st
from PIL import Image

from shelfaudit.datasets.dataset import Dataset, LabelledPhoto
from shelfaudit.domain.geometry import Box, FloatArray

HOSTILE_LABELS = ("Käse, „mild“", 'a "b"', "two\nlines", " spaces ", "ünï ☃", "no", "1", "<&>", "back\\slash", "it's")


@dataclass(frozen=True)
class Sketch:
    """A photo to be: its file's name, its size, boxes (x1, y1, x2, y2), a label for each, areas to ignore."""

    name: str
    size: tuple[int, int]
    boxes: list[tuple[float, float, float, float]]
    labels: list[str]
    areas: list[tuple[float, float, float, float]]


def array(boxes: Sequence[Sequence[float]]) -> FloatArray:
    return np.array(boxes, dtype=np.float32).reshape(-1, 4)


def labelled_photo(
    file: Path,
    size: tuple[int, int] = (60, 40),
    boxes: Sequence[Sequence[float]] = ((1, 2, 11, 22),),
    labels: Sequence[int] | None = None,
    *,
    areas: Sequence[Sequence[float]] = (),
    products: Sequence[str | None] | None = None,
    region: Box | str | None = "whole",
    source: str = "",
) -> LabelledPhoto:
    """A labelled photo; with `region` "whole" it is labelled all over."""
    return LabelledPhoto(
        file=file,
        width=size[0],
        height=size[1],
        boxes=array(boxes),
        labels=np.array(labels if labels is not None else [0] * len(boxes), dtype=np.int64),
        products=tuple(products) if products is not None else (None,) * len(boxes),
        ignored=array(areas),
        region=Box(0, 0, *size) if isinstance(region, str) else region,
        source=source,
    )


def write_photo(file: Path, size: tuple[int, int] = (60, 40), image_format: str = "PNG", **options: object) -> Path:
    """A picture of this size; returns its file."""
    file.parent.mkdir(parents=True, exist_ok=True)
    buffer = io.BytesIO()
    Image.new("RGB", size, "teal").save(buffer, image_format, **options)
    file.write_bytes(buffer.getvalue())
    return file


def make_dataset(sketches: Sequence[Sketch], folder: Path) -> Dataset:
    """The data set of these sketches, with its photos in the folder."""
    labels = list(dict.fromkeys(label for sketch in sketches for label in sketch.labels))
    photos = [
        labelled_photo(
            write_photo(folder / sketch.name, sketch.size),
            sketch.size,
            sketch.boxes,
            [labels.index(label) for label in sketch.labels],
            areas=sketch.areas,
        )
        for sketch in sketches
    ]
    return Dataset(tuple(labels), tuple(photos))


def label_names(dataset: Dataset) -> list[list[str]]:
    """The label of each box of each photo."""
    return [[dataset.labels[label] for label in photo.labels] for photo in dataset.photos]


@st.composite
def boxes_in(draw: st.DrawFn, size: tuple[int, int], *, whole_pixels: bool) -> tuple[float, float, float, float]:
    """A box inside a photo of this size, a fifth of a pixel wide at least."""
    if whole_pixels:
        left, top = draw(st.integers(0, size[0] - 1)), draw(st.integers(0, size[1] - 1))
        return left, top, draw(st.integers(left + 1, size[0])), draw(st.integers(top + 1, size[1]))
    corners: list[tuple[float, float]] = []
    for side in size:
        start = draw(st.floats(0, side - 0.25, width=32))
        corners.append((start, draw(st.floats(min(start + 0.2, side), side))))
    return corners[0][0], corners[1][0], corners[0][1], corners[1][1]


labels = st.sampled_from(HOSTILE_LABELS) | st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Cn"]), min_size=1, max_size=12
)
file_names = st.text(
    st.characters(exclude_categories=["Cs", "Cc", "Cn"], exclude_characters="/\\"), min_size=1, max_size=30
).map(lambda name: f"a{name}.png")


@st.composite
def sketches(draw: st.DrawFn, *, whole_pixels: bool = False) -> list[Sketch]:
    """One to three photos; some without a box, at least one with."""
    names = draw(st.lists(file_names, min_size=1, max_size=3, unique_by=str.casefold))
    made = []
    for index, name in enumerate(names):
        size = draw(st.tuples(st.integers(1, 90), st.integers(1, 90)))
        boxes = draw(st.lists(boxes_in(size, whole_pixels=whole_pixels), min_size=index == 0, max_size=4))
        areas = draw(st.lists(boxes_in(size, whole_pixels=whole_pixels), max_size=2))
        made.append(Sketch(name, size, boxes, [draw(labels) for _ in boxes], areas))
    return made
