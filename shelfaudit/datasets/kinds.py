"""What is chosen by name on the command line; apart, so that a help text needs no library."""

from __future__ import annotations

from enum import StrEnum


class FormatName(StrEnum):
    """The formats of labels; see `formats.FORMATS`."""

    COCO = "coco"
    VOC = "voc"
    YOLO = "yolo"
    SKU110K = "sku110k"
    RETINANET = "retinanet"
    TFRECORD = "tfrecord"
    GROUND_TRUTH = "ground-truth"
    DATATURKS = "dataturks"


class Classes(StrEnum):
    """What the classes of a data set stand for.

    keep: as they are. one: every box is a `product`. products: one for each product.
    """

    KEEP = "keep"
    ONE = "one"
    PRODUCTS = "products"


class FacingClasses(StrEnum):
    """What the classes of the facings of a visit are.

    one: all are a `product`. products: the SKU. brands: the brand. A facing without a product is a `product` always.
    """

    ONE = "one"
    PRODUCTS = "products"
    BRANDS = "brands"
