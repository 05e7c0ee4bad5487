"""What comes in from other nodes while the simulation runs in a thread of its own: commands, and requests."""

from __future__ import annotations

import threading
import time
from collections import deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from dataclasses import dataclass, field, replace
from typing import Literal

ENDED = "the simulation has ended"
_NEVER = -1
"""The stamp [ns] of what was never commanded."""
Wish = Literal["reset", "pause", "resume", "step", "stop"]


@dataclass(frozen=True, slots=True)
class Order:
    """A command for the robot."""

    stamp: int
    """When it was given [ns of simulated time]."""
    linear: float = 0.0
    angular: float = 0.0
    came: int = 0
    """When it came in [ns of simulated time]."""
    joints: Mapping[str, float] = field(default_factory=dict)
    """Goals of joints [rad or m]; one that is not named keeps its own."""


@dataclass(slots=True)
class Request:
    """Something that a service asked for; the answer is None, or why it cannot be."""

    wish: Wish
    answer: Future[str | None] = field(default_factory=Future)


class AskedError(Exception):
    """A wait was broken off because there is a request to answer."""


class Inbox:
    """Commands and requests, with waits that end as soon as one comes.

    A command from before the last reset is told by its stamp, which lies in the future, and is refused. Goals of joints
    stand beside the speeds of a robot that drives, and are the command of one that does not.
    """

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._requests: deque[Request] = deque()
        self._now = 0
        self.last: Order | None = None
        """The newest command since the reset."""
        self.refused = 0
        """Commands from before a reset, or by another clock."""
        self.malformed = 0
        self._closed = False
        self._aimed, self._goals = _NEVER, dict[str, float]()

    @property
    def now(self) -> int:
        """Simulated time [ns] as it was last told."""
        return self._now

    def tell(self, now: int) -> None:
        """Say how late it is [ns]."""
        with self._changed:
            self._now = now

    def restart(self, now: int) -> None:
        """Forget every command: time has begun anew."""
        with self._changed:
            self._now, self.last = now, None
            self._aimed, self._goals = _NEVER, {}

    def order(self, stamp: int | None, linear: float, angular: float) -> bool:
        """Take a command; one without a stamp is of this moment. Return whether it counts."""
        with self._changed:
            stamp = self._now if stamp is None else stamp
            if self._refuses(stamp):
                return False
            if self.last is None or stamp >= self.last.stamp:
                self.last = Order(stamp, linear, angular, self._now, self._goals)
                self._changed.notify_all()
            return True

    def aim(self, stamp: int | None, joints: Mapping[str, float], *, alone: bool) -> bool:
        """Take goals of joints; ``alone`` they are the whole command of a robot. Return whether they count."""
        with self._changed:
            stamp = self._now if stamp is None else stamp
            if self._refuses(stamp):
                return False
            if stamp >= self._aimed:
                self._aimed, self._goals = stamp, {**self._goals, **joints}
                if alone:
                    self.last = Order(stamp, came=self._now, joints=self._goals)
                else:
                    # Speeds keep their time: a robot whose arm alone is commanded comes to a halt.
                    self.last = replace(self.last or Order(_NEVER), joints=self._goals)
                self._changed.notify_all()
            return True

    def _refuses(self, stamp: int) -> bool:
        if stamp > self._now:
            self.refused += 1
            return True
        return False

    def ask(self, wish: Wish) -> Future[str | None]:
        """Ask for something; it is answered between two steps."""
        request = Request(wish)
        with self._changed:
            if self._closed:
                request.answer.set_result(ENDED)
            else:
                self._requests.append(request)
                self._changed.notify_all()
        return request.answer

    def close(self) -> None:
        """Turn down what is asked, and what will be: nobody answers any more."""
        with self._changed:
            self._closed = True
            while self._requests:
                self._requests.popleft().answer.set_result(ENDED)

    def request(self) -> Request | None:
        """Return the next request, or None."""
        with self._changed:
            return self._requests.popleft() if self._requests else None

    def wait(self, ready: Callable[[], bool], timeout: float | None) -> bool:
        """Wait until something is ready, looked at whenever a command comes; False when the time [s] is up.

        Raises:
            AskedError: there is a request to answer first.
        """
        end = None if timeout is None else time.monotonic() + timeout
        with self._changed:
            while not ready():
                if self._requests:
                    raise AskedError
                left = None if end is None else end - time.monotonic()
                if left is not None and left <= 0.0:
                    return False
                self._changed.wait(left)
        return True
