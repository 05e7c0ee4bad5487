"""What comes in on a robot's topics, in the order of time: messages in, batches of readings out, whatever clocks do."""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from vla_sim.errors import InputError
from vla_sim.report.ros2_messages import nanoseconds_of
from vla_sim.ros.malformed import MalformedError
from vla_sim.ros.readings import SECOND, Receiver, stamp_of
from vla_sim.ros.synchroniser import Batch, Synchroniser
from vla_sim.sensing.reading import Reading, Stream

FAR = SECOND
"""How far from the clock a stamp may be [ns]: a sensor with a wrong clock must not drag time along."""
SETTLE, SETTLED = 0.004, 0.02
"""How long nothing must have come in before all that was sent with a simulation's clock is taken to be there, and how
long that is waited for at most [s of wall time]."""
QUIET = 0.3
"""How long a simulation may stand still before a batch goes without what has not come [s of wall time]."""
ROUNDS = 2, 4
"""How many rounds the executor must have made as well, since something last came in, and since the clock did at most:
on a busy machine time passes while messages wait."""
_ORIGIN = 100.0
"""Odometry begins within half of this of its origin [m]: agents see it in single precision, and up to 10 km."""
_ASIDE = 64
"""Late messages that are kept for a jump of time that their clock has not told of yet."""
_YOUNG = 1.0
"""How long after a jump of time messages of before it may still come in [s of wall time]."""

Jump = str
"""``began``: time is known now. ``back``: it jumped back. Else ""."""


class Inbox:
    """Makes batches out of messages. Times of readings and batches are seconds since ``epoch``.

    Not thread-safe: it belongs to the executor's thread. ``now`` [ns] is the node's clock, ``wall`` [s] a steady one.

    A simulation that waits for its agent sends the readings of a control period and then its clock, and stands still
    until it has the command. So with a simulated clock, a batch that cannot be known to be complete (a stream has
    fallen silent, or has no stamps) goes when the clock has come to its time and nothing more comes in; with a
    robot's own clock it goes when the window has passed.

    Args:
        streams: what to expect.
        period: time between two batches [s].
        window: how long a batch waits for what belongs to it [s].
        simulated: whether the clock is that of a simulation.

    Raises:
        InputError: none of the streams has stamps.
    """

    def __init__(self, streams: Mapping[str, Stream], period: float, window: float, *, simulated: bool):
        self._receivers = {name: Receiver(stream) for name, stream in streams.items()}
        stamped = {name: stream for name, stream in streams.items() if stream.modality != "contact"}
        if not stamped:
            raise InputError("no sensor whose readings have stamps", field="sensors")
        self._unstamped = [name for name in streams if name not in stamped]
        self._synchroniser = Synchroniser(stamped, period, window)
        self._period, self._window, self._simulated = nanoseconds_of(period), window, simulated
        self.malformed: Counter[str] = Counter()
        """Messages of each stream that could not be understood."""
        self.problem = ""
        """What was wrong with the last one."""
        self.late = 0
        """Readings that were left out because they came more than a second after their stamp."""
        self.missing: Counter[str] = Counter()
        """Batches that each stream was missing from."""
        self._now = 0
        self._aside: deque[tuple[str, Any]] = deque(maxlen=_ASIDE)
        self._progress = self._jumped = -math.inf
        self._rounds = self._rounds_reached = 0
        self.restart(0, -math.inf)

    def restart(self, now: int, wall: float) -> None:
        """Forget all readings and begin a new epoch: the last multiple of the period."""
        self._now = now
        self.epoch = now // self._period * self._period
        self._synchroniser.reset((now - self.epoch) / SECOND)
        self._arrived = self._reached = wall
        self._loose: list[tuple[int, Reading]] = []
        self._spoken: dict[str, float] = {}
        self._origin: tuple[float, float] | None = None

    @property
    def progress(self) -> float:
        """When the clock or a sensor last moved on [s of wall time]."""
        return self._progress

    @property
    def queued(self) -> int:
        """Readings that are part of no batch yet."""
        return self._synchroniser.waiting + len(self._loose)

    @property
    def guesses(self) -> list[str]:
        """Cameras that nobody described."""
        return [name for name, receiver in self._receivers.items() if receiver.guesses]

    def ros_time(self, time: float) -> int:
        """Return a batch's time in the node's clock [ns]."""
        return self.epoch + nanoseconds_of(time)

    def advance(self, now: int, wall: float) -> Jump:
        """Take the time, and say if it jumped; after a jump back only what belongs to the new time is kept."""
        if now == self._now:
            return ""
        jump = "back" if now < self._now else "began" if self._now == 0 else ""
        self._progress, self._rounds = wall, 0
        if jump:
            self.restart(now, wall)
            self._jumped = wall if jump == "back" else self._jumped
            aside, self._aside = list(self._aside), deque(maxlen=_ASIDE)
            for name, message in aside:
                if 0 <= stamp_of(message) - now < FAR:
                    self.take(name, message, wall)
            return jump
        passed = self._seconds() < self._synchroniser.next
        self._now = now
        if passed and self._seconds() >= self._synchroniser.next:
            self._reached, self._rounds_reached = wall, 0
        return ""

    def calibrate(self, name: str, info: Any) -> None:
        """Take the description of a camera."""
        try:
            self._receivers[name].calibrate(info)
        except (MalformedError, TypeError, ValueError) as error:
            self._reject(name, error)

    def take(self, name: str, message: Any, wall: float) -> bool:
        """Take a message of a stream, and say if it could be understood; time must have been told before."""
        if self._now == 0:
            return True  # nobody knows yet when this is
        try:
            reading = self._read(name, message, wall)
        except MalformedError as error:
            self._reject(name, error)
            return False
        if reading is None:
            return True
        self._arrived = self._progress = wall
        self._rounds = 0
        if name in self._unstamped:
            self._loose.append((self._now, reading))
        else:
            self._synchroniser.push(reading)
        return True

    def look(self) -> None:
        """Take note that the executor has made a round: what waited when the last one began has been taken."""
        self._rounds += 1
        self._rounds_reached += 1

    def due(self, wall: float) -> Batch | None:
        """Return the batch that is complete, or as complete as it gets."""
        if self._now == 0:
            return None
        seconds, due = self._seconds(), self._synchroniser.next
        if self._simulated and seconds < due + self._window:
            if (self._unstamped or self._synchroniser.lost) and not self._settled(seconds, due, wall):
                return None
            if seconds >= due and wall - self._progress >= QUIET and self._rounds >= ROUNDS[0]:
                seconds += self._window
        batch = self._synchroniser.due(seconds)
        return None if batch is None else self._complete(batch)

    def _settled(self, seconds: float, due: float, wall: float) -> bool:
        """Return whether all is there that a simulation sent before its clock came to a time."""
        quiet = wall - max(self._arrived, self._reached)
        return seconds >= due and (
            (quiet >= SETTLE and self._rounds >= ROUNDS[0])
            or (wall - self._reached >= SETTLED and self._rounds_reached >= ROUNDS[1])
        )

    def _seconds(self) -> float:
        return (self._now - self.epoch) / SECOND

    def _read(self, name: str, message: Any, wall: float) -> Reading | None:
        """Return a reading, or None of what belongs to another time."""
        if name not in self._unstamped:
            if not hasattr(message, "header"):
                raise MalformedError("no header")
            ahead = stamp_of(message) - self._now
            if wall - self._jumped < _YOUNG and ahead > 3 * self._period // 2:
                return None  # the last of what was sent before time jumped back
            if ahead > FAR:
                raise MalformedError(f"stamped {ahead / SECOND:.1f} s ahead of the clock")
            if -ahead > FAR:
                self.late += 1
                self._aside.append((name, message))
                return None
        reading = self._receivers[name].read(message, self._now, self.epoch)
        if self._receivers[name].stream.modality == "odometry":
            reading = self._nearer(reading)
        return reading

    def _nearer(self, reading: Reading) -> Reading:
        """Return odometry from a point near to where it began."""
        x, y = float(reading.data[0]), float(reading.data[1])
        if self._origin is None:
            if not (math.isfinite(x) and math.isfinite(y)):
                return reading
            self._origin = round(x / _ORIGIN) * _ORIGIN, round(y / _ORIGIN) * _ORIGIN
        if self._origin == (0.0, 0.0):
            return reading
        return reading.replaced(np.array([x - self._origin[0], y - self._origin[1], *reading.data[2:]]))

    def _complete(self, batch: Batch) -> Batch:
        """Add what has no stamps: with a simulation's clock, which leaps from batch to batch, it is of the batch."""
        loose = [entry for entry in self._loose if entry[0] <= self.ros_time(batch.time)]
        self._loose = self._loose[len(loose) :]
        added = []
        for _, reading in loose:
            stamp = batch.time if self._simulated else reading.stamp
            added.append(reading._replace(stamp=stamp, arrival=stamp))
            self._spoken[reading.sensor] = stamp
        silent = [name for name in self._unstamped if batch.time - self._spoken.get(name, -math.inf) >= self._window]
        missing = tuple(sorted((*batch.missing, *silent)))
        self.missing.update(missing)
        return replace(batch, readings=(*batch.readings, *added), missing=missing)

    def _reject(self, name: str, error: Exception) -> None:
        self.malformed[name] += 1
        self.problem = f"{name}: {error}"
