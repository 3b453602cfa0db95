"""Barcodes of retail: EAN-8, UPC-A (12 digits), EAN-13 and GTIN-14, and what a spreadsheet does to them."""

from __future__ import annotations

LENGTHS = (8, 12, 13, 14)


def check_digit(digits: str) -> int:
    """The last digit that belongs behind these: weights 3 and 1 from the right (GS1 General Specifications, 7.9)."""
    return -sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(digits))) % 10


def is_valid(barcode: str) -> bool:
    """Whether these are digits of a known length whose last one is the check digit of the others."""
    return (
        barcode.isascii()
        and barcode.isdigit()
        and len(barcode) in LENGTHS
        and check_digit(barcode[:-1]) == int(barcode[-1])
    )


def doubt(barcode: str) -> str:
    """Why this may not be what is printed on the pack, in a few words for a person; "" where nothing speaks against it.

    Only a doubt: stores print barcodes of their own, and a product may have none.
    """
    if not barcode or is_valid(barcode):
        return ""
    if not (barcode.isascii() and barcode.isdigit()):
        return "an EAN or UPC has only digits"
    padded = next((barcode.zfill(length) for length in LENGTHS if is_valid(barcode.zfill(length))), None)
    if padded is not None:
        return f"zeros may be missing in front: {padded}"
    if len(barcode) not in LENGTHS:
        return f"an EAN or UPC has 8, 12, 13 or 14 digits, this has {len(barcode)}"
    return f"the last digit should be {check_digit(barcode[:-1])}"
