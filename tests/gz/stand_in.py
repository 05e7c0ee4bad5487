"""A scripted stand-in for a Gazebo server: the real wire, no physics, and faults on request.

It serves ``/world/W/control`` and steps in a thread of its own, as Gazebo does: the service answers when the request is
queued, ``/clock`` and ``/stats`` come at the start of each iteration, sensors' frames after it. The robot drives by the
last Twist on ``/cmd_vel`` that arrived before the step; ``/odom`` shows it. 1 ms physics steps.

    with StandIn("partition", Misbehaviour(late_frame_s=0.2)) as server:
        ...
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from vla_sim.gz import Node, message_type

STEP_NS = 1_000_000
SECOND_NS = 1_000_000_000
_Clock, _Stats, _Image, _Odometry, _Boolean = (
    message_type(f"gz.msgs.{name}") for name in ("Clock", "WorldStatistics", "Image", "Odometry", "Boolean")
)


@dataclass(frozen=True, slots=True)
class Misbehaviour:
    """What goes wrong on purpose; nothing by default. Each is one that was seen on real servers.

    Attributes:
        late_frame_s: Camera frames come this much wall time after the statistics that end the step.
        lost_twists: So many Twists after the start, and after each reset, are not heard.
        overwritten_reset: A control message that comes before a reset was carried out takes its place.
        crash_at_step: The server falls silent for good at the start of this physics step.
        throttled_stats: ``/world/W/stats`` tells of one step in this many only, and never of the last of a batch.
    """

    late_frame_s: float = 0.0
    lost_twists: int = 0
    overwritten_reset: bool = False
    crash_at_step: int | None = None
    throttled_stats: int = 1


class StandIn:
    """A server of world ``arena`` in a partition; a context manager."""

    def __init__(self, partition: str, misbehaviour: Misbehaviour | None = None, camera_steps: int = 100) -> None:
        self.misbehaviour = misbehaviour or Misbehaviour()
        self.steps = 0
        self.x = 0.0
        self.resets = 0
        self.crashed = threading.Event()
        self._speed = 0.0
        self._deaf_for = self.misbehaviour.lost_twists
        self._camera_steps = camera_steps
        self._controls: queue.Queue[Any] = queue.Queue()
        self._free = threading.Event()
        self._free.set()
        self._node = Node(partition, "127.0.0.1")
        advertise = self._node.advertise
        self._clock = advertise("/clock", "gz.msgs.Clock")
        self._stats = advertise("/stats", "gz.msgs.WorldStatistics")
        self._world_stats = advertise("/world/arena/stats", "gz.msgs.WorldStatistics")
        self._camera = advertise("/camera", "gz.msgs.Image")
        self._odometry = advertise("/odom", "gz.msgs.Odometry")
        self._node.subscribe("/cmd_vel", self._hear, "gz.msgs.Twist")
        self._node.serve("/world/arena/control", "gz.msgs.WorldControl", "gz.msgs.Boolean", self._take)
        self._late: list[threading.Timer] = []
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def __enter__(self) -> StandIn:
        return self

    def __exit__(self, *_: object) -> None:
        self._free.set()
        self._controls.put(None)
        self._thread.join()
        for timer in self._late:
            timer.cancel()
        self._node.close()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Carry out no control meanwhile: those that come are answered, and wait."""
        self._free.clear()
        yield
        self._free.set()

    def _take(self, control: Any) -> Any:
        self._controls.put(control)
        return _Boolean(data=True)

    def _hear(self, twist: Any) -> None:
        if self._deaf_for:
            self._deaf_for -= 1
        else:
            self._speed = twist.linear.x

    def _run(self) -> None:
        while (control := self._controls.get()) is not None:
            self._free.wait()
            if self.misbehaviour.overwritten_reset:
                while not self._controls.empty() and (later := self._controls.get()) is not None:
                    control = later
            steps = control.multi_step
            if control.reset.all or control.reset.time_only:
                self.steps, self.x, self._speed = 0, 0.0, 0.0
                self.resets += 1
                self._deaf_for = self.misbehaviour.lost_twists
                steps = max(0, steps - 1)  # As on a real server: the reset takes one of them.
                self._tell(paused=steps == 0)
            for left in range(steps, 0, -1):
                if self.steps + 1 == self.misbehaviour.crash_at_step:
                    self.crashed.set()
                    self._node.close()
                    return
                self._step(last=left == 1)

    def _step(self, *, last: bool) -> None:
        self.steps += 1
        self.x += self._speed * STEP_NS / SECOND_NS
        self._clock.publish(_Clock(sim=self._time()))
        if self.steps % self._camera_steps == 0:
            header = {"stamp": self._time()}
            self._odometry.publish(_Odometry(header=header, pose={"position": {"x": self.x}}))
            image = _Image(header=header, width=2, height=2, step=6, pixel_format_type=3, data=bytes(12))
            if self.misbehaviour.late_frame_s:
                timer = threading.Timer(self.misbehaviour.late_frame_s, self._camera.publish, [image])
                self._late.append(timer)
                timer.start()
            else:
                self._camera.publish(image)
        self._tell(paused=last)

    def _tell(self, *, paused: bool) -> None:
        stats = _Stats(sim_time=self._time(), paused=paused, iterations=self.steps)
        self._stats.publish(stats)
        throttle = self.misbehaviour.throttled_stats
        if throttle == 1 or (not paused and self.steps % throttle == 0):
            self._world_stats.publish(stats)

    def _time(self) -> dict[str, int]:
        seconds, nanoseconds = divmod(self.steps * STEP_NS, SECOND_NS)
        return {"sec": seconds, "nsec": nanoseconds}
