from __future__ import annotations

import dataclasses
from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("keras", reason="needs the extra `train`")
pytestmark = [pytest.mark.training, pytest.mark.filterwarnings("default")]

import keras  # noqa: E402

from shelfaudit.detection.priors import make_priors  # noqa: E402
from shelfaudit.training.architecture import Architecture  # noqa: E402
from shelfaudit.training.backbone import load_backbone, scaled_channels  # noqa: E402
from shelfaudit.training.checkpoint import get_weights, load_average, load_labels, set_weights  # noqa: E402
from shelfaudit.training.default_boxes import make_default_boxes  # noqa: E402
from shelfaudit.training.fpn import DecodeBoxes  # noqa: E402
from shelfaudit.training.network import build_network  # noqa: E402
from shelfaudit.training.ssd import DecodeCodes  # noqa: E402
from tests.training.makers import TINY as SIZE  # noqa: E402

TINY_SSD = dataclasses.replace(SIZE, kind="ssd")


def test_outputs_have_the_shapes_of_the_priors() -> None:
    network = build_network(128, 2, SIZE)
    outputs = network(np.zeros((1, 128, 128, 3), dtype=np.float32))
    count = len(make_priors(128, 128))
    assert outputs["logits"].shape == (1, count, 2)
    assert outputs["boxes"].shape == (1, count, 4)


def test_the_same_weights_fit_every_input_size() -> None:
    small, large = build_network(128, 1, SIZE), build_network(192, 1, SIZE)
    set_weights(large, get_weights(small))
    for mine, theirs in zip(large.get_weights(), small.get_weights(), strict=True):
        np.testing.assert_array_equal(mine, theirs)


def test_weights_of_another_network_are_refused() -> None:
    weights = get_weights(build_network(64, 1, SIZE))
    del weights["Conv1/kernel"]
    with pytest.raises(ValueError, match="Conv1/kernel"):
        set_weights(build_network(64, 1, SIZE), weights)


def test_zero_distances_decode_to_the_priors() -> None:
    priors = make_priors(64, 64)
    boxes = np.asarray(DecodeBoxes(64)(np.zeros((1, len(priors), 4), dtype=np.float32)))
    np.testing.assert_allclose(boxes[0], priors.boxes(), atol=1e-4)


def test_distances_move_their_own_side() -> None:
    priors = make_priors(64, 64)
    sides = np.zeros((1, len(priors), 4), dtype=np.float32)
    sides[..., 2] = np.log(2)
    moved = np.asarray(DecodeBoxes(64)(sides))[0] - priors.boxes()
    np.testing.assert_allclose(moved[:, [0, 1, 3]], 0, atol=1e-4)
    np.testing.assert_allclose(moved[:, 2], priors.sides / 2, rtol=1e-4)


def test_huge_answers_stay_finite() -> None:
    count = len(make_priors(64, 64))
    boxes = np.asarray(DecodeBoxes(64)(np.full((1, count, 4), 1e6, dtype=np.float32)))
    assert np.isfinite(boxes).all()


def convolutions(network: keras.Model) -> list[keras.layers.Layer]:
    return [
        layer
        for layer in network.layers
        if layer.name.startswith(("Conv1", "expanded_conv", "block_")) and layer.weights
    ]


def write_weights(network: keras.Model, file: Path, leave_out: str = "") -> None:
    random = np.random.default_rng(1)
    arrays = {}
    for layer in convolutions(network):
        if layer.name != leave_out:
            kernel, bias = layer.get_weights()
            arrays[f"{layer.name}/q"] = random.integers(-127, 128, kernel.shape).astype(np.int8)
            arrays[f"{layer.name}/s"] = np.full((1, 1, 1, 1), 0.01, dtype=np.float32)
            arrays[f"{layer.name}/b"] = random.standard_normal(bias.shape).astype(np.float32)
    np.savez(file, **arrays)


def test_pretrained_weights_reach_every_backbone_layer(tmp_path: Path) -> None:
    network = build_network(64, 1, SIZE)
    file = tmp_path / "weights.npz"
    write_weights(network, file)
    load_backbone(network, file)
    with np.load(file) as weights:
        for layer in convolutions(network):
            kernel, bias = layer.get_weights()
            np.testing.assert_allclose(kernel, weights[f"{layer.name}/q"] * np.float32(0.01), rtol=1e-6)
            np.testing.assert_array_equal(bias, weights[f"{layer.name}/b"])


def test_the_full_backbone_is_mobilenet_v2() -> None:
    network = build_network(64, 1)
    assert len(convolutions(network)) == 51, "the paper's 52 convolutions without the last one"
    full = Architecture()
    assert [full.expansion(group) for group in (2, 3, 5)] == [
        "block_3_expand_relu",
        "block_6_expand_relu",
        "block_13_expand_relu",
    ]


def test_a_missing_layer_is_named(tmp_path: Path) -> None:
    network = build_network(64, 1, SIZE)
    write_weights(network, tmp_path / "weights.npz", leave_out="block_2_depthwise")
    with pytest.raises(ValueError, match="block_2_depthwise"):
        load_backbone(network, tmp_path / "weights.npz")


def test_narrow_channels_are_those_of_the_paper() -> None:
    # MobileNetV2 α 0.75: 24 × .75 = 18 becomes 24, because 16 would be more than a tenth below.
    assert [scaled_channels(count, 0.75) for count in (32, 16, 24, 64, 96, 160, 320)] == [24, 16, 24, 48, 72, 120, 240]


@pytest.mark.parametrize("size", [128, 320])
def test_the_classic_ssd_answers_for_its_default_boxes(size: int) -> None:
    network = build_network(size, 3, TINY_SSD)
    count = len(make_default_boxes(size))
    assert {name: output.shape[1:] for name, output in network.output.items()} == {
        "logits": (count, 3),
        "codes": (count, 4),
        "boxes": (count, 4),
    }


def test_codes_of_zero_decode_to_the_default_boxes() -> None:
    default = make_default_boxes(64)
    boxes = np.asarray(DecodeCodes(64)(np.zeros((1, len(default), 4), dtype=np.float32)))
    np.testing.assert_allclose(boxes[0], default.boxes(), atol=1e-4)
    extreme = np.asarray(DecodeCodes(64)(np.full((1, len(default), 4), 1e6, dtype=np.float32)))
    assert np.isfinite(extreme).all()


def test_the_paths_of_the_variables_are_those_of_our_checkpoints() -> None:
    file = Path(__file__).parents[2] / "models" / "checkpoints" / "shelf-photo.npz"
    weights, progress = load_average(file)
    set_weights(build_network(64, 1), weights)
    assert progress.step > 0
    assert load_labels(file) == ("product",)


def test_frozen_groups_keep_their_weights_and_the_others_do_not() -> None:
    for groups, first in ((0, "Conv1"), (2, "block_2_expand"), (7, "")):
        network = build_network(64, 1, dataclasses.replace(SIZE, frozen_groups=groups))
        trained = [layer.name for layer in convolutions(network) if layer.trainable_weights]
        assert (trained[0] if trained else "") == first
        if keras.backend.backend() == "tensorflow":  # its gradients are of what was made to be trained only
            assert all(variable.value.trainable for variable in network.trainable_variables)
