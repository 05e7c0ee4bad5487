"""How simulated time goes on: with the commands of one agent, step by step, or by the clock on the wall."""

from __future__ import annotations

import math
import time
from typing import Protocol

from vla_sim.ros.bridge.inbox import Inbox, Order

SECOND = 1_000_000_000
DAWN = 1
"""The first time that is told [ns]: to ROS 2 a time of 0 is no time."""
CLOCK_RATE = 200.0
"""Most messages a second of the clock."""
_SETTLED = 0.3
"""Seconds for which nobody must have come or gone before the audience is taken to be complete."""
_LOOK = 0.05
"""Seconds between two looks at who is there."""
_AGAIN = 0.1
"""Seconds between two tellings of the first time."""
_SLACK = 0.1
"""Seconds by which real time may be made up for; what is more is lost, and said."""

_INSTEAD = "start the agent, or use --pace 1.0, which waits for nobody"


class NobodyError(Exception):
    """The agent that the simulation waits for does not come; the text says what is missing."""


class Audience(Protocol):
    """Who listens, and how to tell them the time."""

    def attendance(self) -> tuple[int, ...]:
        """Return a number for each sensor's subscriptions, then for those not yet connected, then for commanders."""
        ...

    def tell_time(self, now: int) -> None:
        """Publish the clock [ns]."""
        ...


class Pace(Protocol):
    """When to step, and with which command."""

    late: int
    """Steps that were taken without the command that they waited for."""
    lost: float
    """Seconds of real time by which the simulation has fallen behind."""

    def meet(self, audience: Audience, inbox: Inbox) -> None:
        """Begin, after a reset; AskedError when there is a request, NobodyError when nobody comes."""
        ...

    def command(self, inbox: Inbox) -> Order:
        """Return the command of the next step; AskedError when there is a request."""
        ...

    def await_time(self, simulated: float, inbox: Inbox) -> None:
        """Return when the readings of a simulated time [s] are due; AskedError when there is a request."""
        ...

    def tells(self, step: int) -> bool:
        """Return whether the clock is told after a step."""
        ...

    def rest(self) -> None:
        """Note that time has stood still."""
        ...


class LockStep:
    """The next step waits for the command of this moment: nothing depends on how fast anybody is.

    Args:
        patience: seconds of real time after which the last command is used again: whoever waits for simulated time to
            pass must not wait for ever.
        wait: seconds of real time to wait for an agent.
    """

    def __init__(self, patience: float = 1.0, wait: float = 30.0):
        self._patience, self._wait = patience, wait
        self._met = False
        self.late, self.lost = 0, 0.0

    def meet(self, audience: Audience, inbox: Inbox) -> None:
        """Wait until an agent listens, then tell the first time until it gives a command in it."""
        end = time.monotonic() + self._wait
        if not self._met:
            self._gather(audience, inbox, end)
        # A command of time 0 is of an agent that has not heard the time yet, and would miss what comes next.
        while not (inbox.last is not None and inbox.last.stamp == DAWN):
            if time.monotonic() > end:
                raise NobodyError(
                    f"the agent gave no command in {self._wait:g} s after the clock had begun; is it active, "
                    "does it use simulated time, and does it stamp its commands?"
                )
            audience.tell_time(DAWN)
            inbox.wait(lambda: inbox.last is not None and inbox.last.stamp == DAWN, _AGAIN)
        self._met = True

    def command(self, inbox: Inbox) -> Order:
        """Wait for the command of this moment."""
        now = inbox.now
        if not inbox.wait(lambda: inbox.last is not None and inbox.last.stamp >= now, self._patience):
            self.late += 1
        return inbox.last or Order(now)

    def await_time(self, simulated: float, inbox: Inbox) -> None:
        """Return at once."""

    def tells(self, step: int) -> bool:
        """Return True: each step waits for an answer to its time."""
        return True

    def rest(self) -> None:
        """Time does not pass by itself."""

    def _gather(self, audience: Audience, inbox: Inbox, end: float) -> None:
        """Wait until somebody listens to the sensors and somebody commands, and nobody comes or goes any more."""
        seen, since = audience.attendance(), time.monotonic()
        while True:
            *listeners, unconnected, commanders = seen
            ready = any(listeners) and commanders and not unconnected
            if ready and time.monotonic() - since >= _SETTLED:
                return
            if time.monotonic() > end:
                raise NobodyError(f"{_absent(any(listeners), bool(commanders))} after {self._wait:g} s; {_INSTEAD}")
            inbox.wait(lambda: False, _LOOK)
            now = audience.attendance()
            if now != seen:
                seen, since = now, time.monotonic()


def _absent(listeners: bool, commanders: bool) -> str:
    """Say who is missing of those that lock-step needs."""
    missing = [
        text
        for there, text in ((listeners, "subscribes a sensor's topic"), (commanders, "publishes commands"))
        if not there
    ]
    return f"nobody {' and '.join(missing)}" if missing else "subscriptions still come and go, or do not connect,"


class RealTime:
    """So many seconds of simulated time in one of real time; no step is ever left out.

    Args:
        factor: above 0.
        rate: steps a second of simulated time.
        time_out: seconds of simulated time after which a command counts no more; 0 for never.
    """

    def __init__(self, factor: float, rate: float, time_out: float = 0.5):
        self._factor = factor
        self.time_out = time_out
        self._spacing = max(1, math.ceil(factor * rate / CLOCK_RATE))
        self._start: float | None = None
        self.late, self.lost = 0, 0.0

    def meet(self, audience: Audience, inbox: Inbox) -> None:
        """Begin, whoever is there."""
        self.rest()

    def command(self, inbox: Inbox) -> Order:
        """Return the last command, or a halt if it is too old."""
        last, now = inbox.last, inbox.now
        if last is None or (self.time_out > 0.0 and now - last.came > self.time_out * SECOND):
            return Order(now) if last is None else Order(now, joints=last.joints)
        return last

    def await_time(self, simulated: float, inbox: Inbox) -> None:
        """Wait until it is as late on the wall."""
        now = time.monotonic()
        if self._start is None:
            self._start = now - simulated / self._factor
        early = self._start + simulated / self._factor - now
        if early > 0.0:
            inbox.wait(lambda: False, early)
        elif -early > _SLACK:
            self.lost -= early
            self._start -= early

    def tells(self, step: int) -> bool:
        """Return whether the clock is told after a step: as often as 200 times a second."""
        return step % self._spacing == 0

    def rest(self) -> None:
        """Go on from here: what was a pause is no delay."""
        self._start = None
