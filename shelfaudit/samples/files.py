"""Samples as files: a visit's photos with their truth, reference crops as a catalogue folder."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import cv2
import numpy as np

from shelfaudit.domain.catalogue import Catalogue, Product
from shelfaudit.samples.assortment import Aisle, sample_catalogue
from shelfaudit.samples.photo import SamplePhoto, render_product, render_visit
from shelfaudit.samples.sheet import Pixels

TRUTH_NAME = "truth.json"
_QUALITY = 92
_CROP_SIDE = 360
_COLUMNS = ("sku", "name", "brand", "ownership", "width_cm", "barcode", "must_stock")


def write_sample_visit(
    folder: Path,
    seed: int = 1,
    photos: int = 6,
    width: int = 1600,
    height: int = 1200,
    catalogue: Catalogue | None = None,
    difficulty: float = 0.3,
    aisle: Aisle | None = Aisle.DRINKS,
) -> list[Path]:
    """Writes a visit's photos as JPEG, and `truth.json` beside them; gives the photos' paths.

    The truth is COCO: one category per product (its `supercategory` is the brand), `bbox` as x, y, width, height in
    pixels of the photo, and per image its `gaps` as such boxes.

    Raises:
        OSError: the folder cannot be made or written.
    """
    shelf = catalogue if catalogue is not None else sample_catalogue()
    folder.mkdir(parents=True, exist_ok=True)
    visit = render_visit(seed, photos, width, height, shelf, difficulty, aisle)
    paths = []
    for number, photo in enumerate(visit, 1):
        path = folder / f"shelf-{number:02d}.jpg"
        path.write_bytes(_jpeg(photo.pixels))
        paths.append(path)
    document = json.dumps(_coco(visit, paths, shelf), ensure_ascii=False, indent=1)
    (folder / TRUTH_NAME).write_text(document, encoding="utf-8")
    return paths


def write_reference_crops(
    folder: Path, catalogue: Catalogue | None = None, *, per_product: int = 2, seed: int = 1
) -> list[Path]:
    """Writes `folder`/brand/variety/*.jpg and `folder`/catalogue.csv, the form in which catalogues are loaded.

    The crops show a front before a shelf's grey, the later ones a little turned. Gives the crops' paths.

    Raises:
        OSError: the folder cannot be made or written.
        ValueError: a product's SKU does not read "brand/variety", so that there is no folder for it.
    """
    shelf = catalogue if catalogue is not None else sample_catalogue()
    rng = np.random.default_rng((seed, 6))
    paths = []
    for product in shelf.products.values():
        brand, _, variety = product.sku.partition("/")
        if brand != product.brand or not variety or "/" in variety:
            raise ValueError(f"the SKU of a reference crop reads brand/variety, got {product.sku!r}")
        home = folder / brand / variety
        home.mkdir(parents=True, exist_ok=True)
        for number in range(1, per_product + 1):
            path = home / f"{number}.jpg"
            path.write_bytes(_jpeg(_on_grey(product, rng)))
            paths.append(path)
    (folder / "catalogue.csv").write_bytes(_table(shelf).encode("utf-8-sig"))
    return paths


def _on_grey(product: Product, rng: np.random.Generator) -> Pixels:
    front = render_product(product, rng, _CROP_SIDE).astype(np.float32)
    alpha = front[..., 3:] / 255
    light = rng.uniform(0.85, 1.08)
    return np.clip(front[..., :3] * light * alpha + rng.uniform(50, 110) * (1 - alpha), 0, 255).astype(np.uint8)


def _jpeg(pixels: Pixels) -> bytes:
    done, data = cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, _QUALITY])
    if not done:
        raise RuntimeError("the JPEG encoder refused a sample photo")
    return data.tobytes()


def _table(catalogue: Catalogue) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(_COLUMNS)
    for product in catalogue.products.values():
        ownership = catalogue.brands[product.brand].ownership
        width = "" if product.width_cm is None else f"{product.width_cm:g}"
        must_stock = "yes" if product.must_stock else "no"
        writer.writerow((product.sku, product.name, product.brand, ownership.value, width, product.barcode, must_stock))
    return text.getvalue()


def _coco(visit: list[SamplePhoto], paths: list[Path], catalogue: Catalogue) -> dict[str, object]:
    numbers = {sku: number for number, sku in enumerate(catalogue.products, 1)}
    categories = [
        {"id": numbers[product.sku], "name": product.name, "supercategory": product.brand, "sku": product.sku}
        for product in catalogue.products.values()
    ]
    images: list[dict[str, object]] = []
    annotations: list[dict[str, object]] = []
    for image_id, (photo, path) in enumerate(zip(visit, paths, strict=True), 1):
        high, wide = photo.pixels.shape[:2]
        gaps = [[round(value, 1) for value in gap.as_xywh()] for gap in photo.gaps]
        images.append({"id": image_id, "file_name": path.name, "width": wide, "height": high, "gaps": gaps})
        for box, sku in photo.facings:
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": image_id,
                    "category_id": numbers[sku],
                    "bbox": [round(value, 1) for value in box.as_xywh()],
                    "area": round(box.area, 1),
                    "iscrowd": 0,
                }
            )
    return {"images": images, "categories": categories, "annotations": annotations}
