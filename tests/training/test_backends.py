"""The training step gives the same under TensorFlow, JAX and torch, and on one device and two."""

from __future__ import annotations

import functools
import importlib.util
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

pytest.importorskip("keras", reason="needs the extra `train`")
pytestmark = [pytest.mark.training, pytest.mark.timeout(3600)]

BACKENDS = ("tensorflow", "jax", "torch")


@functools.cache
def steps_under(backend: str) -> Any:
    """The report of `step_report` under this backend; skips the test where the backend is not installed."""
    if importlib.util.find_spec(backend) is None:
        pytest.skip(f"{backend} is not installed")
    environment = {
        **os.environ,
        "KERAS_BACKEND": backend,
        "XLA_FLAGS": "--xla_force_host_platform_device_count=2",
        "TF_CPP_MIN_LOG_LEVEL": "3",
    }
    done = subprocess.run(
        [sys.executable, "-m", "tests.training.step_report"],
        cwd=Path(__file__).parents[2],
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return json.loads(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("architecture", ["fpn", "ssd"])
@pytest.mark.parametrize("backend", BACKENDS[1:])
def test_every_backend_gives_the_same_loss_and_weights(backend: str, architecture: str) -> None:
    expected, found = steps_under(BACKENDS[0])[architecture], steps_under(backend)[architecture]
    assert steps_under(backend)["backend"] == backend
    np.testing.assert_allclose(found["losses"], expected["losses"], atol=1e-4)
    np.testing.assert_allclose(found["average"], expected["average"], rtol=1e-3, atol=1e-5)
    # It learns: the steps' losses fall.
    assert expected["losses"][0] > expected["losses"][2]


@pytest.mark.parametrize("backend", BACKENDS[1:])
def test_every_backend_steps_alike_with_adamw(backend: str) -> None:
    expected, found = steps_under(BACKENDS[0])["AdamW"]["losses"], steps_under(backend)["AdamW"]["losses"]
    # The first step follows the signs of the gradients, so that rounding decides where one is next to nothing.
    np.testing.assert_allclose(found[:2], expected[:2], atol=1e-3)
    np.testing.assert_allclose(found[2], expected[2], atol=0.02)


@pytest.mark.parametrize("backend", ["tensorflow", "jax"])
def test_two_devices_train_as_one(backend: str) -> None:
    report = steps_under(backend)
    expected, found = report["fpn"], report["fpn on two devices"]
    np.testing.assert_allclose(found["losses"], expected["losses"], atol=1e-4)
    np.testing.assert_allclose(found["average"], expected["average"], rtol=1e-3, atol=1e-5)
