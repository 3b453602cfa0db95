"""Reading ahead: order, bounds, errors, and no thread left behind."""

from __future__ import annotations

import threading
from contextlib import closing

import pytest

from shelfaudit.usecases.prefetch import prefetch


def test_items_come_in_order_with_their_values() -> None:
    pairs = [(item, future.result()) for item, future in prefetch(range(20), lambda item: item * 2, ahead=3)]
    assert pairs == [(item, item * 2) for item in range(20)]


def test_an_error_belongs_to_its_item_only() -> None:
    def read(item: int) -> int:
        if item == 1:
            raise ValueError("bad")
        return item

    futures = [future for _, future in prefetch(range(3), read, ahead=2)]
    assert futures[0].result() == 0
    assert str(futures[1].exception()) == "bad"
    assert futures[2].result() == 2


def test_no_more_than_the_bound_is_read_ahead() -> None:
    begun: list[int] = []
    ahead = 2
    for item, future in prefetch(range(10), lambda item: begun.append(item), ahead=ahead):
        future.result()
        # Everything that may have been begun while this item is in use.
        assert len(begun) <= item + 1 + ahead
    assert begun == list(range(10))


def test_closing_early_drops_what_was_not_begun() -> None:
    gate = threading.Event()
    begun: list[int] = []

    def read(item: int) -> int:
        begun.append(item)
        if item > 0:
            gate.wait(5)
        return item

    with closing(prefetch(range(100), read, ahead=4)) as reading:
        _, future = next(reading)
        assert future.result() == 0
        gate.set()
    assert len(begun) <= 6
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("shelfaudit-reader")]


def test_reading_nothing_ahead_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        next(prefetch([1], lambda item: item, ahead=0))
