"""Reference pictures from the database to the form, decoded in the thread that reads them."""

from __future__ import annotations

from PySide6.QtCore import QSize
from PySide6.QtGui import QImage

from shelfaudit.gui.catalogue.product_form import PICTURE_SIDE, ShownPicture
from shelfaudit.gui.images import scaled_to_fit
from shelfaudit.storage.repository import VisitRepository


def shown_pictures(repository: VisitRepository, sku: str) -> list[ShownPicture]:
    """The reference pictures of a product, large enough for a screen of twice the scale."""
    return [(picture, _image(picture.jpeg)) for picture in repository.reference_pictures(sku)]


def _image(jpeg: bytes | None) -> QImage | None:
    if jpeg is None:
        return None
    return scaled_to_fit(QImage.fromData(jpeg), QSize(2 * PICTURE_SIDE, 2 * PICTURE_SIDE))
