"""Read ahead: the next photos are decoded in a thread while the detector is busy with the current one."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Generator, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import islice
from typing import TypeVar

Item = TypeVar("Item")
Value = TypeVar("Value")


def prefetch(
    items: Iterable[Item], read: Callable[[Item], Value], *, ahead: int
) -> Generator[tuple[Item, Future[Value]], None, None]:
    """Every item with the future of `read(item)`, in order; `future.result()` waits, or raises what `read` raised.

    At most `ahead` values are being read or lie ready beside the one in use, which bounds the memory. Closing the
    iterator drops what was not begun and waits for the one being read, so that no thread is left behind.

    Raises:
        ValueError: `ahead` is below 1.
    """
    if ahead < 1:
        raise ValueError(f"at least one item must be read ahead, got {ahead}")
    remaining = iter(items)
    with ThreadPoolExecutor(max_workers=1, thread_name_prefix="shelfaudit-reader") as pool:
        waiting = deque((item, pool.submit(read, item)) for item in islice(remaining, ahead))
        try:
            while waiting:
                current = waiting.popleft()
                waiting.extend((item, pool.submit(read, item)) for item in islice(remaining, 1))
                yield current
        finally:
            for _, future in waiting:
                future.cancel()
