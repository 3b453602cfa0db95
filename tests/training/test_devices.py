from __future__ import annotations

import pytest

pytest.importorskip("keras", reason="needs the extra `train`")
pytestmark = [pytest.mark.training, pytest.mark.filterwarnings("default")]

import keras  # noqa: E402

from shelfaudit.errors import UserError  # noqa: E402
from shelfaudit.training import devices  # noqa: E402
from shelfaudit.training.devices import OneDevice, choose_devices  # noqa: E402


def test_more_devices_than_there_are_is_an_error_for_people(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "_available", lambda: ["gpu:0", "gpu:1"])
    with pytest.raises(UserError, match="2 devices, not 3"):
        choose_devices(3, 6)
    with pytest.raises(UserError, match="divided"):
        choose_devices("all", 5)


def test_all_of_one_device_is_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(devices, "_available", lambda: ["cpu:0"])
    assert isinstance(choose_devices("all", 5), OneDevice)


def test_torch_trains_on_one_device(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keras.backend, "backend", lambda: "torch")
    assert isinstance(choose_devices("all", 4), OneDevice)
    with pytest.raises(UserError, match="torch"):
        choose_devices(2, 4)
