"""A bag as an agent would have lived through it: readings, words and commands in the order of their arrival."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from vla_sim.errors import InputError
from vla_sim.ros.bags.bag import Bag, Logged
from vla_sim.ros.bags.topics import TopicMap
from vla_sim.ros.malformed import MalformedError
from vla_sim.ros.readings import SECOND, Receiver, command_of, stamp_of
from vla_sim.sensing.reading import Reading, Stream

ArrivalClock = Literal["log", "stamps"]
"""What tells when a message arrived: the time at which it was logged, or its own stamp, where those differ so much that
simulated stamps were logged by the wall's clock."""

_APART = 3600 * SECOND
_JUMP = SECOND
"""A stamp that lies so far [ns] before an earlier one of its topic is a clock that jumped."""


@dataclass(frozen=True, slots=True)
class Event:
    """What arrived at a time [s] since the bag's epoch: a sensor's reading, words, or the robot's command."""

    time: float
    value: Reading | str | tuple[float, float]


class Tape:
    """Reads a bag's messages as events; ``malformed`` counts those that could not be read, by topic.

    Args:
        bag: the bag.
        topics: where what is.
        streams: the sensors that the agent knows.
        period: the agent's control period [s].
    """

    def __init__(self, bag: Bag, topics: TopicMap, streams: Mapping[str, Stream], period: float):
        self._bag, self._topics = bag, topics
        self._receivers = {topic: Receiver(streams[name]) for name, topic in topics.sensors.items()}
        self._infos = {info: self._receivers[topics.sensors[name]] for name, info in topics.info.items()}
        self.malformed: dict[str, str] = {}
        self.counts: dict[str, int] = {}
        first = self._first_stamp()
        self.clock: ArrivalClock = "log" if first is None or abs(first - bag.start) < _APART else "stamps"
        start = bag.start if self.clock == "log" or first is None else first
        step = round(period * SECOND)
        self.epoch: int = start // step * step
        """The agent's time 0 [ns]: the last whole control period before the bag begins."""

    @property
    def guessed(self) -> list[str]:
        """Sensors whose field of view is taken to be the agent's, because no calibration was recorded."""
        return [receiver.stream.name for receiver in self._receivers.values() if receiver.guesses]

    def events(self) -> Iterator[Event]:
        """Yield what arrived, in order.

        Raises:
            InputError: the bag is damaged, or its clock jumps back.
        """
        wanted = {*self._receivers, *self._infos, self._topics.words or "", self._topics.command or ""} - {""}
        newest: dict[str, int] = {}
        now = self.epoch
        for logged in self._bag.messages(wanted):
            now = max(now, self._arrival(logged, newest))
            try:
                value = self._value(logged, now)
            except MalformedError as error:
                self.malformed.setdefault(logged.topic, str(error))
                self.counts[logged.topic] = self.counts.get(logged.topic, 0) + 1
                continue
            if value is not None:
                yield Event((now - self.epoch) / SECOND, value)

    def _arrival(self, logged: Logged, newest: dict[str, int]) -> int:
        """Return when a message arrived [ns]."""
        if self.clock == "log":
            return logged.time
        if not hasattr(logged.message, "header"):
            return max(newest.values(), default=self.epoch)
        stamp = stamp_of(logged.message)
        if stamp < newest.get(logged.topic, stamp) - _JUMP:
            at = (logged.time - self._bag.start) / SECOND
            raise InputError(
                f"the clock of the stamps jumps back {at:.1f} s after the beginning ({logged.topic}); "
                "it holds several runs: split it there, and score each",
                file=self._bag.path,
            )
        newest[logged.topic] = max(stamp, newest.get(logged.topic, stamp))
        return stamp

    def _value(self, logged: Logged, now: int) -> Reading | str | tuple[float, float] | None:
        topic, _, message = logged
        if topic in self._infos:
            self._infos[topic].calibrate(message)
            return None
        if topic in self._receivers:
            return self._receivers[topic].read(message, now, self.epoch)
        return str(message.data) if topic == self._topics.words else command_of(message)

    def _first_stamp(self) -> int | None:
        """Return the stamp [ns] of the first sensor's message that has one."""
        for topic in self._receivers:
            first: Any = self._bag.first(topic)
            if first is not None and hasattr(first, "header"):
                return stamp_of(first)
        return None
