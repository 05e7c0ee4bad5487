"""The faults on one topic: messages in, what becomes of them out, and when."""

from __future__ import annotations

from typing import Any, NamedTuple

from rclpy.serialization import deserialize_message, serialize_message

from vla_sim.faults.injector import Injector
from vla_sim.report.ros2_messages import nanoseconds_of
from vla_sim.ros.malformed import MalformedError
from vla_sim.ros.pictures import Pinhole
from vla_sim.ros.relay.native import native_stream, read
from vla_sim.ros.relay.plan import RelayPlan
from vla_sim.ros.relay.writing import write
from vla_sim.sensing.reading import Stream


class Delivery(NamedTuple):
    """A serialized message, and when it is to be sent [ns]."""

    due: int
    stamp: int
    """When it was taken or given [ns]; what is overtaken is told by it."""
    data: bytes


class Channel:
    """Puts the faults of a plan on the messages of one topic.

    Args:
        plan: the faults.
        name: the stream.
        kind: the class of the messages.
    """

    def __init__(self, plan: RelayPlan, name: str, kind: type[Any]):
        self._plan, self._known, self._kind = plan, plan.streams[name], kind
        self._pinhole: Pinhole | None = None
        self.malformed = 0
        """Messages that no fault could be put on, since they could not be understood; they pass as they are."""
        self.problem = ""
        """What was wrong with the last one."""
        self.reached = 0
        """Time [ns] up to which the last message has told the time."""
        self.restart(plan, 0)

    def restart(self, plan: RelayPlan, epoch: int) -> None:
        """Begin anew: the schedules count from ``epoch`` [ns]."""
        self._plan, self._epoch = plan, epoch
        self._native: Stream = self._known
        self.injector: Injector | None = None

    def calibrate(self, info: Any) -> None:
        """Take a ``sensor_msgs/CameraInfo`` of the stream's camera; one that describes none is not heeded."""
        try:
            self._pinhole = Pinhole.of(info)
        except MalformedError as error:
            self._reject(error)

    def take(self, data: bytes, now: int) -> list[Delivery]:
        """Return what becomes of a serialized message that came ``now`` [ns]; what no fault touches is the same."""
        self.reached = now
        try:
            message = deserialize_message(data, self._kind)
            return self._faulted(data, message, now)
        except (MalformedError, TypeError, ValueError, AttributeError, OverflowError, RuntimeError) as error:
            self._reject(error)
            return [Delivery(now, now, data)]

    def _faulted(self, data: bytes, message: Any, now: int) -> list[Delivery]:
        stream = native_stream(self._known, message, self._pinhole)
        if self.injector is None or self._native.shape != stream.shape:
            self._native, self.injector = stream, self._plan.injector(stream)
        reading = read(self._native, message, now, self._epoch)
        self.reached = self._epoch + nanoseconds_of(reading.arrival)
        deliveries: list[Delivery] = []
        for faulty in self.injector.process([reading]):
            same = faulty.data is reading.data and faulty.stamp == reading.stamp
            if same:
                made = data
            else:
                changed = deserialize_message(data, self._kind) if deliveries else message
                write(changed, stream.modality, reading, faulty, self._epoch)
                made = serialize_message(changed)
            due, stamp = self._epoch + nanoseconds_of(faulty.arrival), self._epoch + nanoseconds_of(faulty.stamp)
            deliveries.append(Delivery(due, stamp, made))
        return deliveries

    def _reject(self, error: Exception) -> None:
        self.malformed += 1
        self.problem = str(error)
