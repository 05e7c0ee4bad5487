"""The rule that makes steps exact, and the services beside it: control, reset and placing models.

A step is over when the statistics say "paused" at the target time: ``control`` answers when the request is queued, and
both clock and statistics come at the start of an iteration, so that time alone is too early. ``/world/W/stats`` is
throttled and never waited for. Everything that the physics thread says of a step comes before that word, on the same
connection; what is rendered comes from another thread, and is waited for by its stamp (see ``inlet``).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

from vla_sim.errors import SimulatorError
from vla_sim.geometry import Pose
from vla_sim.gz import Node, RequestError, Subscription, message_type

SECOND_NS = 1_000_000_000
_LOOK_S = 0.1
"""How often to look whether the server lives while its messages stay away [s of wall time]."""
IDLE = 30
"""Words of a paused server, one a millisecond or so, that are let go by after a reset. In gz-sim 8.14 a reset may stop
the Sensors system for good at the first frame after it, each of its threads waiting for the other: 4 of 34 resets
even with this pause. The engine then starts another server."""
_CLOSE = 1e-9
"""A model stands where it was put if it is nearer than this [m, and in each part of its quaternion]."""

Message = TypeVar("Message")

_Control = message_type("gz.msgs.WorldControl")
_Poses = message_type("gz.msgs.Pose_V")


class LockStep:
    """One world on one server; simulated time is counted in nanoseconds of the server's clock.

    Args:
        node: a node in the server's partition.
        world: the world's name on the wire.
        obituary: tells how the server ended, or None while it lives.
        patience: wall-clock seconds that the server may take for anything before it counts as stalled.
    """

    def __init__(self, node: Node, world: str, obituary: Callable[[], str | None], patience: float):
        self._node = node
        self._service = f"/world/{world}"
        self._obituary = obituary
        self._patience = patience
        # While the server is paused it repeats itself a thousand times a second: only the newest words count.
        self._stats = node.subscribe(
            "/stats", type="gz.msgs.WorldStatistics", depth=1, newest_only=True, keep=_is_paused
        )
        self.poses = node.subscribe(f"{self._service}/dynamic_pose/info", type="gz.msgs.Pose_V", newest_only=True)
        self.now_ns = 0

    def begin(self) -> None:
        """Take the server's clock as it stands.

        Raises:
            SimulatorError: the server died or stalled.
        """
        self.now_ns = time_ns(self.receive(self._stats, _is_paused, "a server that is paused").sim_time)

    def step(self, steps: int, step_ns: int) -> None:
        """Take physics steps and return when the last one is over.

        Raises:
            SimulatorError: the server died, stalled or refused.
        """
        target = self.now_ns + steps * step_ns
        self._call("control", _Control(pause=True, multi_step=steps))
        self._until_paused_at(target, f"{steps} steps")

    def reset(self) -> None:
        """Put the world back to time zero.

        A control that comes before the reset was carried out would take its place, so that nothing else is sent until
        the statistics say zero.

        Raises:
            SimulatorError: the server died, stalled or refused.
        """
        self._call("control", _Control(pause=True, reset={"all": True}))
        self._until_paused_at(0, "a reset")
        # What the renderer began before must end before the next step, or both wait for each other for ever.
        for _ in range(IDLE):
            self.receive(self._stats, lambda stats: True, "a server that is paused")

    def place(self, poses: Mapping[str, Pose], seen: Mapping[str, Pose]) -> None:
        """Put models somewhere, and wait until those ``seen`` among the moving ones stand there.

        Raises:
            SimulatorError: a model is unknown to the server, or does not arrive.
        """
        if not poses:
            return
        request = _Poses()
        for name, pose in poses.items():
            x, y, z = pose.position
            w, i, j, k = pose.rotation
            request.pose.add(  # type: ignore[attr-defined]
                name=name, position={"x": x, "y": y, "z": z}, orientation={"x": i, "y": j, "z": k, "w": w}
            )
        self._call("set_pose_vector/blocking", request)

        def arrived(message: Any) -> bool:
            found = {one.name: pose_of(one) for one in reversed(message.pose) if one.name in seen}
            return all(name in found and _near(found[name], pose) for name, pose in seen.items())

        self.receive(self.poses, arrived, f"{len(seen)} models to stand where they were put")

    def receive(self, subscription: Subscription, fits: Callable[[Any], bool], what: str) -> Any:
        """Return the next message that fits; the others are let go.

        Raises:
            SimulatorError: the server died, or nothing that fits came in time.
        """
        deadline = time.monotonic() + self._patience
        while True:
            message = subscription.receive(_LOOK_S)
            if message is not None and fits(message):
                return message
            if message is None:
                self.check()
            if time.monotonic() > deadline:
                raise SimulatorError(
                    f"the Gazebo server stalled: {self._patience:g} s of wall time were not enough for {what}"
                )

    def check(self) -> None:
        """Raise SimulatorError if the server died."""
        if (ended := self._obituary()) is not None:
            raise SimulatorError(ended)

    def wait_for_services(self) -> None:
        """Wait until the server offers what is needed: at the start, and again after each reset.

        Raises:
            SimulatorError: the server died or stalled.
        """
        self._wait(self._node.wait_for_service, f"{self._service}/control", "offers")

    def wait_for(self, publisher: str) -> None:
        """Wait until somebody publishes a topic: a sensor without a subscriber is not rendered.

        Raises:
            SimulatorError: the server died or stalled.
        """
        self._wait(self._node.wait_for_publisher, publisher, "publishes")

    def _wait(self, is_there: Callable[[str, float], bool], name: str, does: str) -> None:
        deadline = time.monotonic() + self._patience
        while not is_there(name, _LOOK_S):
            self.check()
            if time.monotonic() > deadline:
                raise SimulatorError(f"the Gazebo server {does} no {name} after {self._patience:g} s")

    def _until_paused_at(self, target: int, what: str) -> None:
        self.receive(self._stats, lambda stats: time_ns(stats.sim_time) == target, what)
        self.now_ns = target

    def _call(self, service: str, request: Any) -> None:
        try:
            answer: Any = self._node.request(f"{self._service}/{service}", request, "gz.msgs.Boolean", self._patience)
        except RequestError as error:
            # Whether it was carried out is not known, so that it is not sent again.
            self.check()
            raise SimulatorError(f"the Gazebo server does not answer: {error.reason} on {service}") from error
        if not answer.data:
            raise SimulatorError(f"the Gazebo server refused {service}")


def _is_paused(stats: Any) -> bool:
    return bool(stats.paused)


def time_ns(time: Any) -> int:
    """Return a ``gz.msgs.Time`` in nanoseconds."""
    return int(time.sec) * SECOND_NS + int(time.nsec)


def pose_of(message: Any) -> Pose:
    """Return a ``gz.msgs.Pose``."""
    place, turn = message.position, message.orientation
    return Pose((place.x, place.y, place.z), (turn.w, turn.x, turn.y, turn.z))


def _near(one: Pose, two: Pose) -> bool:
    def apart(first: Sequence[float], second: Sequence[float]) -> float:
        return max(abs(a - b) for a, b in zip(first, second, strict=True))

    # A quaternion and its negative turn alike.
    opposite = [-part for part in two.rotation]
    turned = min(apart(one.rotation, two.rotation), apart(one.rotation, opposite))
    return apart(one.position, two.position) < _CLOSE and turned < _CLOSE
