from __future__ import annotations

import numpy as np
import pytest

from shelfaudit.detection.priors import SIDE_IN_STRIDES, STRIDES, make_priors


def test_one_prior_a_cell_level_by_level() -> None:
    priors = make_priors(64, 96)
    assert priors.level_sizes == (8 * 12, 4 * 6, 2 * 3)
    assert len(priors) == sum(priors.level_sizes) == len(priors.centers)


def test_centers_run_along_rows_in_the_middle_of_their_cells() -> None:
    centers = make_priors(64, 96).centers
    assert centers[0].tolist() == [4, 4]
    assert centers[1].tolist() == [12, 4]
    assert centers[12].tolist() == [4, 12]
    assert centers[-1].tolist() == [80, 48]


def test_priors_are_squares_around_their_centers() -> None:
    priors = make_priors(64, 64)
    boxes = priors.boxes()
    np.testing.assert_allclose((boxes[:, :2] + boxes[:, 2:]) / 2, priors.centers)
    np.testing.assert_allclose(boxes[:, 2:] - boxes[:, :2], np.stack([priors.sides] * 2, axis=1))
    assert sorted(set(priors.sides.tolist())) == [SIDE_IN_STRIDES * stride for stride in STRIDES]


@pytest.mark.parametrize(("height", "width"), [(60, 64), (64, 48), (0, 64), (-32, 64)])
def test_input_must_fit_the_strides(height: int, width: int) -> None:
    with pytest.raises(ValueError, match="strides"):
        make_priors(height, width)
