"""Token buckets, with a clock of the test's own."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shelfaudit.serving.rate import TokenBuckets, client_of


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_a_minutes_worth_at_once_then_one_after_the_other() -> None:
    clock = Clock()
    buckets = TokenBuckets(30, clock=clock)
    assert [buckets.take("a") for _ in range(30)] == [0.0] * 30
    assert buckets.take("a") == pytest.approx(2.0)
    clock.now += 1.5
    assert buckets.take("a") == pytest.approx(0.5)
    clock.now += 0.5
    assert buckets.take("a") == 0.0
    assert buckets.take("a") == pytest.approx(2.0)


def test_clients_do_not_share_and_nobody_saves_up_more_than_a_minute() -> None:
    clock = Clock()
    buckets = TokenBuckets(2, clock=clock)
    assert [buckets.take(client) for client in "aabb"] == [0.0] * 4
    clock.now += 3600
    assert [bool(buckets.take("a")) for _ in range(3)] == [False, False, True]


def test_the_memory_is_bounded_and_a_busy_client_is_not_forgotten() -> None:
    clock = Clock()
    buckets = TokenBuckets(1, max_clients=10, clock=clock)
    assert buckets.take("busy") == 0.0
    for number in range(100):
        buckets.take(f"passer-by {number}")
        assert buckets.take("busy") > 0
    assert len(buckets) == 10


@given(st.integers(1, 200), st.lists(st.floats(0, 30), max_size=200))
def test_never_more_than_the_rate_allows(per_minute: int, pauses: list[float]) -> None:
    clock = Clock()
    buckets = TokenBuckets(per_minute, clock=clock)
    passed = 0
    for pause in pauses:
        clock.now += pause
        wait = buckets.take("a")
        passed += wait == 0
        assert 0 <= wait <= 60 / per_minute + 1e-6
    assert passed <= per_minute + sum(pauses) * per_minute / 60 + 1e-6


def test_a_rate_of_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="at least one"):
        TokenBuckets(0)


@pytest.mark.parametrize(
    ("address", "client"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::1", "2001:db8:1:3::/64"),
        ("fe80::1%eth0", "fe80::/64"),
        ("", ""),
    ],
)
def test_who_is_behind_an_address(address: str, client: str) -> None:
    assert client_of(address) == client
