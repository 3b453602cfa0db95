from __future__ import annotations

import numpy as np
import pytest

from shelfaudit.photos.decode import decode_photo
from shelfaudit.photos.encode import encode_jpeg
from tests.unit.photo_makers import upright_scene


def test_a_jpeg_comes_back() -> None:
    scene = upright_scene()
    decoded = decode_photo(encode_jpeg(scene, 95)).pixels
    assert np.abs(decoded.astype(int) - scene).mean() < 3
    assert len(encode_jpeg(scene, 40)) < len(encode_jpeg(scene, 95))
    with pytest.raises(ValueError, match="shape"):
        encode_jpeg(scene[..., 0])
