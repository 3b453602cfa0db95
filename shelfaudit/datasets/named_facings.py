"""Labelled photos whose facings carry product names: COCO with `product` on the annotations."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

from shelfaudit.datasets.dataset import DatasetError
from shelfaudit.domain.geometry import Box


@dataclass(frozen=True)
class NamedPhoto:
    """A photo and its named facings in upright pixels, in the file's order. Names are exact within the photo."""

    file: Path
    facings: tuple[tuple[Box, str], ...]


def read_named_photos(file: Path, photos: Path | None = None) -> list[NamedPhoto]:
    """The photos of a COCO file that have named facings; boxes without `product` and areas to ignore are left out.

    photos: folder that `file_name` is relative to; None: that of the file.

    Raises:
        DatasetError: the file cannot be read, is no COCO, or names no product.
    """
    try:
        document = json.loads(file.read_text(encoding="utf-8"))
        names = {image["id"]: Path(image["file_name"]) for image in document["images"]}
        facings: dict[int, list[tuple[Box, str]]] = defaultdict(list)
        for annotation in document["annotations"]:
            if annotation.get("product") and not annotation.get("iscrowd"):
                if annotation["image_id"] not in names:
                    raise DatasetError(f"An annotation names the image {annotation['image_id']!r}, which is not there.")
                box = Box.from_xywh(*(float(side) for side in annotation["bbox"]))
                facings[annotation["image_id"]].append((box, str(annotation["product"])))
    except OSError as error:
        raise DatasetError(f"The labels cannot be read ({error.strerror}).", file=file) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise DatasetError(
            "This is no COCO file with boxes.", advice="Name a JSON file with images and annotations.", file=file
        ) from error
    if not facings:
        raise DatasetError("No facing in this file carries a product.", advice="Name the facings first.", file=file)
    folder = photos if photos is not None else file.parent
    return [NamedPhoto(folder / name, tuple(facings[image])) for image, name in names.items() if facings[image]]
