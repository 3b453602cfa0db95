"""Sample photos: shelves of invented products, drawn with known truth, for the demo, the tests and training.

`sample_catalogue` gives the range, `invented_catalogue` another one for every seed; `render_photo` and `render_visit`
draw it on shelves, `render_product` draws one front; `write_sample_visit` and `write_reference_crops` put files into a
folder. All draw from a seed with NumPy generators of their own: same seed, same pixels (on the same machine).
"""

from __future__ import annotations

from shelfaudit.samples.assortment import Aisle, invented_catalogue, sample_catalogue
from shelfaudit.samples.files import TRUTH_NAME, write_reference_crops, write_sample_visit
from shelfaudit.samples.photo import SamplePhoto, render_photo, render_product, render_visit

__all__ = [
    "TRUTH_NAME",
    "Aisle",
    "SamplePhoto",
    "invented_catalogue",
    "render_photo",
    "render_product",
    "render_visit",
    "sample_catalogue",
    "write_reference_crops",
    "write_sample_visit",
]
