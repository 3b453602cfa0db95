"""How often a client may ask: a token bucket each (Turner 1986, "New directions in communications")."""

from __future__ import annotations

import ipaddress
import time
from collections import OrderedDict
from collections.abc import Callable

MAX_CLIENTS = 4096
"""Clients remembered. The one not heard of for longest is forgotten first; its bucket is the fullest anyway."""


class TokenBuckets:
    """Lets every client do so many requests a minute, all at once or spread.

    Used by one thread. `clock` gives seconds that never go back.
    """

    def __init__(
        self, per_minute: int, *, max_clients: int = MAX_CLIENTS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        if per_minute < 1:
            raise ValueError(f"at least one request a minute must be allowed, got {per_minute}")
        self._capacity = float(per_minute)
        self._per_second = per_minute / 60
        self._max_clients = max_clients
        self._clock = clock
        self._buckets: OrderedDict[str, tuple[float, float]] = OrderedDict()

    def __len__(self) -> int:
        """How many clients are remembered."""
        return len(self._buckets)

    def take(self, client: str) -> float:
        """Take a token for a request; returns 0, or the seconds until there is one (then none was taken)."""
        now = self._clock()
        tokens, then = self._buckets.get(client, (self._capacity, now))
        tokens = min(self._capacity, tokens + (now - then) * self._per_second)
        wait = 0.0 if tokens >= 1 else (1 - tokens) / self._per_second
        self._buckets[client] = (tokens if wait else tokens - 1, now)
        self._buckets.move_to_end(client)
        if len(self._buckets) > self._max_clients:
            self._buckets.popitem(last=False)
        return wait


def client_of(address: str) -> str:
    """Who is behind an address: one IPv4 address, or the 64 bits of an IPv6 address that name a network.

    A single machine has 2⁶⁴ IPv6 addresses to choose from, so a limit for each of them would be none.
    """
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return address
    if isinstance(ip, ipaddress.IPv4Address):
        return str(ip)
    if ip.ipv4_mapped is not None:
        return str(ip.ipv4_mapped)
    return str(ipaddress.ip_network((int(ip) >> 64 << 64, 64)))
