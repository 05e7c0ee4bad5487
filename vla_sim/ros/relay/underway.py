"""Messages that are on their way longer than the network takes."""

from __future__ import annotations

import heapq
from collections.abc import Callable

from vla_sim.ros.relay.channel import Delivery


class Underway:
    """Sends each message when it is due, in the order of that."""

    def __init__(self) -> None:
        self._waiting: list[tuple[int, int, Delivery, Callable[[Delivery], None]]] = []
        self._count = 0

    def __bool__(self) -> bool:
        return bool(self._waiting)

    def put(self, delivery: Delivery, send: Callable[[Delivery], None]) -> None:
        """Take a message to send."""
        self._count += 1
        heapq.heappush(self._waiting, (delivery.due, self._count, delivery, send))

    def release(self, now: int) -> None:
        """Send what is due at a time [ns]."""
        while self._waiting and self._waiting[0][0] <= now:
            _, _, delivery, send = heapq.heappop(self._waiting)
            send(delivery)

    def clear(self) -> None:
        """Lose what has not been sent."""
        self._waiting.clear()
