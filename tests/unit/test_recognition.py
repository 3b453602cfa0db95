from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from shelfaudit.domain.geometry import FloatArray
from shelfaudit.recognition import gallery as gallery_module
from shelfaudit.recognition.appearance import describe_appearance
from shelfaudit.recognition.gallery import Gallery
from shelfaudit.recognition.proposals import Proposal, propose


def packs(*colours: tuple[int, int, int], width: int = 40, height: int = 80) -> tuple[NDArray[np.uint8], FloatArray]:
    """Packs of these colours side by side, each with a white label in its upper third, and their boxes."""
    pixels = np.full((height + 20, len(colours) * (width + 10), 3), 30, dtype=np.uint8)
    boxes = []
    for index, colour in enumerate(colours):
        x = index * (width + 10)
        pixels[10 : 10 + height, x : x + width] = colour
        pixels[14 : 10 + height // 3, x + 5 : x + width - 5] = 255
        boxes.append((x, 10, x + width, 10 + height))
    return pixels, np.array(boxes, dtype=np.float32)


def looks(pixels: NDArray[np.uint8], boxes: FloatArray) -> FloatArray:
    return describe_appearance(pixels, boxes, np.zeros((len(boxes), 0), dtype=np.float32))


def units(*rows: tuple[float, ...]) -> FloatArray:
    array = np.array(rows, dtype=np.float32)
    return np.asarray(array / np.linalg.norm(array, axis=1, keepdims=True), dtype=np.float32)


def test_the_same_pack_looks_the_same_and_another_colour_does_not() -> None:
    similarity = looks(*packs((200, 30, 30), (30, 30, 200), (200, 30, 30)))
    matrix = similarity @ similarity.T
    assert matrix[0, 2] > 0.95
    assert matrix[0, 1] < 0.7


def test_where_the_colours_are_matters() -> None:
    pixels, boxes = packs((200, 30, 30))
    upright, turned = looks(pixels, boxes)[0], looks(np.ascontiguousarray(pixels[::-1]), boxes)[0]
    brighter = looks(np.clip(pixels.astype(np.float32) * 1.05, 0, 255).astype(np.uint8), boxes)[0]
    assert upright @ turned < upright @ brighter - 0.03


def test_a_can_is_no_bottle_of_the_same_colours() -> None:
    can, bottle = looks(*packs((200, 30, 30))), looks(*packs((200, 30, 30), height=160))
    assert can[0] @ bottle[0] < can[0] @ can[0] - 0.03


def test_a_little_more_light_changes_little() -> None:
    pixels, boxes = packs((180, 40, 40), (60, 150, 60))
    brighter = np.clip(pixels.astype(np.float32) * 1.05, 0, 255).astype(np.uint8)
    dark, light = looks(pixels, boxes), looks(brighter, boxes)
    assert (dark @ light.T).argmax(axis=1).tolist() == [0, 1]


@settings(deadline=None)
@given(
    st.lists(st.tuples(*[st.floats(-60, 160, width=32)] * 4), max_size=5),
    st.integers(1, 60),
    st.integers(1, 60),
)
def test_any_boxes_give_unit_vectors(corners: list[tuple[float, float, float, float]], width: int, height: int) -> None:
    boxes = np.array([(min(a, c), min(b, d), max(a, c), max(b, d)) for a, b, c, d in corners], np.float32)
    vectors = describe_appearance(
        np.full((height, width, 3), 90, dtype=np.uint8),
        boxes.reshape(-1, 4),
        np.full((len(corners), 4), 0.5, dtype=np.float32),
    )
    assert vectors.shape[0] == len(corners)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-4)


def test_shapes_that_do_not_belong_together_are_refused() -> None:
    pixels, boxes = packs((200, 30, 30))
    with pytest.raises(ValueError, match="belong together"):
        describe_appearance(pixels, boxes, np.zeros((2, 3), dtype=np.float32))
    with pytest.raises(ValueError, match="2 products"):
        Gallery(["a", "b"], np.zeros((1, 3), dtype=np.float32))
    with pytest.raises(ValueError, match=r"\(N, 3\)"):
        propose(np.zeros((1, 2), dtype=np.float32), Gallery(["a"], np.ones((1, 3), dtype=np.float32)))


def test_the_nearest_picture_of_a_product_decides() -> None:
    gallery = Gallery(["b", "a", "b"], units((1, 0, 0), (0, 1, 0), (0, 0, 1)))
    assert gallery.skus == ("a", "b")
    assert gallery.closeness(units((0, 0, 1), (0, 1, 0))).tolist() == [[0, 1], [1, 0]]


def test_what_is_similar_and_clear_gets_the_name() -> None:
    gallery = Gallery(["cola", "lime"], units((1, 0, 0), (0, 1, 0)))
    near, between, far = units((1, 0.1, 0), (1, 1, 0), (0, 0, 1))
    proposals = propose(np.stack([near, between, far]), gallery, least=0.6, margin=0.1)
    similarity, ahead = float(near[0]), float(near[0] - near[1])
    (proposal, *others) = proposals
    assert proposal is not None
    assert (proposal.sku, proposal.similarity, proposal.runner_up) == ("cola", similarity, None)
    assert proposal.lead == pytest.approx(min(similarity - 0.6, ahead - 0.1))
    assert others == [None, None]


def test_a_name_near_the_limits_is_in_doubt_and_the_next_product_is_told() -> None:
    gallery = Gallery(["cola", "lime", "zero"], units((1, 0, 0), (0, 1, 0), (0, 0, 1)))
    clear, near, nearer = propose(units((1, 0, 0.1), (1, 0, 0.82), (1, 0, 0.84)), gallery, least=0.6, margin=0.1)
    assert clear is not None
    assert near is not None
    assert nearer is not None
    assert [proposal.runner_up for proposal in (clear, near, nearer)] == [None, "zero", "zero"]
    assert 0 < clear.doubt < near.doubt < nearer.doubt < 0.1


@given(st.floats(0, 1), st.floats(0, 1))
def test_the_farther_from_the_limits_the_less_doubt(one: float, other: float) -> None:
    less, more = sorted((one, other))
    assert 0 <= Proposal("cola", 0.9, more).doubt <= Proposal("cola", 0.9, less).doubt < 0.1


def test_one_known_product_names_only_what_resembles_it() -> None:
    gallery = Gallery(["cola"], units((1, 0)))
    names = [p.sku if p else None for p in propose(units((1, 0.2), (0, 1)), gallery, least=0.8, margin=0.1)]
    assert names == ["cola", None]


def test_an_empty_gallery_proposes_nothing() -> None:
    empty = Gallery([], np.zeros((0, 0), dtype=np.float32))
    assert propose(units((1, 0), (0, 1)), empty) == [None, None]
    assert propose(np.zeros((0, 2), dtype=np.float32), Gallery(["a"], units((1, 0)))) == []


@settings(deadline=None)
@given(st.integers(1, 40), st.integers(1, 12), st.integers(0, 5))
def test_a_large_visit_is_answered_in_parts_alike(facings: int, pictures: int, seed: int) -> None:
    random = np.random.default_rng(seed)
    vectors = units(*random.normal(size=(facings, 6)))
    gallery = Gallery([f"p{index % 4}" for index in range(pictures)], units(*random.normal(size=(pictures, 6))))
    whole = propose(vectors, gallery, least=0.2, margin=0.0)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gallery_module, "_ENTRIES_AT_ONCE", 7)
        parts = propose(vectors, gallery, least=0.2, margin=0.0)
    assert [p and p.sku for p in parts] == [p and p.sku for p in whole]


def test_a_picture_taken_elsewhere_is_given_an_allowance() -> None:
    looks, pictures = units((1, 0)), units((1, 0.6), (0.5, 1))
    strict = Gallery(["near", "far"], pictures)
    lenient = Gallery(["near", "far"], pictures, np.array([0.1, 0.1], dtype=np.float32))
    np.testing.assert_allclose(lenient.closeness(looks), strict.closeness(looks) + 0.1, atol=1e-6)
    assert propose(looks, strict, least=0.9, margin=0.05) == [None]
    (proposal,) = propose(looks, lenient, least=0.9, margin=0.05)
    assert proposal is not None
    assert proposal.sku == "near"
    with pytest.raises(ValueError, match="allowances"):
        Gallery(["near", "far"], pictures, np.zeros(1, dtype=np.float32))
