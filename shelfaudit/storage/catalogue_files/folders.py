"""A folder of reference pictures per brand and product, with or without a table in it."""

from __future__ import annotations

import unicodedata
from collections.abc import Collection, Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from shelfaudit.domain.catalogue import Product
from shelfaudit.domain.catalogue_import import ImportRow
from shelfaudit.errors import CatalogueError


def add_folders(folder: Path, rows: Sequence[ImportRow], picture_suffixes: Collection[str]) -> list[ImportRow]:
    """The table's rows with the pictures of their folders, then the folders that no row belongs to.

    A row belongs to the folder `<its brand>/<its SKU or name>`, or has the SKU "brand/product". Raises CatalogueError
    where pictures are not in a folder per product, OSError where a folder cannot be read.
    """
    pictures = _pictures_by_product(folder, picture_suffixes)
    merged = []
    for row in rows:
        product = row.product
        if product is not None:
            own = {(product.brand, product.sku), (product.brand, product.name), tuple(product.sku.split("/"))}
            found = [picture for key in sorted(own & pictures.keys()) for picture in pictures.pop(key)]
            row = replace(row, pictures=tuple(dict.fromkeys((*row.pictures, *found))))
        merged.append(row)
    for (brand, name), files in pictures.items():
        product = Product(f"{brand}/{name}", name, brand)
        merged.append(ImportRow(0, brand, product, frozenset({"sku", "name", "brand"}), pictures=tuple(files)))
    return merged


def _pictures_by_product(folder: Path, picture_suffixes: Collection[str]) -> dict[tuple[str, ...], list[Path]]:
    found: dict[tuple[str, ...], list[Path]] = {}
    for brand in _subfolders(folder):
        products = {product: _pictures_in(product, picture_suffixes) for product in _subfolders(brand)}
        if not any(products.values()) and _pictures_in(brand, picture_suffixes):
            raise CatalogueError(
                "This brand's pictures are not in a folder per product.",
                advice="Put them into BRAND/PRODUCT/picture.jpg.",
                file=brand,
            )
        found |= {(_name(brand), _name(product)): files for product, files in products.items() if files}
    return found


def _subfolders(folder: Path) -> list[Path]:
    return _sorted(path for path in folder.iterdir() if path.is_dir())


def _pictures_in(folder: Path, picture_suffixes: Collection[str]) -> list[Path]:
    return _sorted(path for path in folder.iterdir() if path.suffix.lower() in picture_suffixes and path.is_file())


def _sorted(paths: Iterable[Path]) -> list[Path]:
    """By name; hidden ones left out."""
    return sorted((path for path in paths if not path.name.startswith(".")), key=lambda path: path.name.casefold())


def _name(folder: Path) -> str:
    """The folder's name as a table would write it: macOS gives “é” as two characters."""
    return unicodedata.normalize("NFC", folder.name)
