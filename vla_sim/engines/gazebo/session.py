"""One world on one server, from its first step to its last: start, resets, commands, steps."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from vla_sim.engines.engine import Command, Placements, Truth
from vla_sim.engines.gazebo.goals import JointGoals
from vla_sim.engines.gazebo.inlet import Inlet
from vla_sim.engines.gazebo.lockstep import LockStep, pose_of
from vla_sim.engines.gazebo.model_file import drives
from vla_sim.engines.gazebo.rates import spacing
from vla_sim.engines.gazebo.server import Server
from vla_sim.engines.gazebo.topics import drive_topic, gz_name, plugin_topic, world_name
from vla_sim.engines.gazebo.truth import Witness
from vla_sim.engines.streams import Source
from vla_sim.errors import SimulatorError
from vla_sim.geometry import Pose
from vla_sim.gz import Node, Publisher, Subscription, message_type
from vla_sim.sdf.scene import World
from vla_sim.sensing.reading import Reading

_Twist = message_type("gz.msgs.Twist")

PROBE = 1e-3
"""Yaw rate [rad/s] that shows in the odometry whether the drive hears: a tenth of a milliradian before time zero."""
FAR = 1000.0
"""Models that are taken out stand this far away [m], ten metres apart: removing and making them anew leaves ghosts."""
_PUBLISH_S = 5.0


class NoResetError(SimulatorError):
    """The server lives, and is not as it was when it started."""


class MuteError(NoResetError):
    """Contact sensors are silent after a reset; they always will be (Gazebo up to Ionic)."""


class Session:
    """A world's life on one server.

    The server's clock runs ahead of the engine's: before time zero there are warm-up steps, whole cycles of all
    sensors, in which every stream speaks and the drive shows that it hears.
    """

    def __init__(
        self,
        world: World,
        sources: Mapping[str, Source],
        physics_step: float,
        server: Server,
        patience: float,
        contacts: bool,
    ):
        self._world = world
        self._dt = physics_step
        self._dt_ns = round(physics_step * 1e9)
        self._patience = patience
        self._node = Node(server.partition, "127.0.0.1")
        self._lock = LockStep(self._node, world_name(world), server.obituary, patience)
        inlets = [Inlet(source, self._node, physics_step) for source in sources.values()]
        # What is there is read while the rest is being drawn.
        self._inlets = sorted(inlets, key=lambda inlet: inlet.rendered)
        self.witness = Witness(world, self._node, contacts)
        self._twists: Publisher | None = None
        self._odometry: Subscription | None = None
        rates = [source.stream.rate for source in sources.values()]
        for robot, drive in drives(world)[:1]:
            self._twists = self._node.advertise(drive_topic(robot.name), "gz.msgs.Twist")
            self._odometry = self._node.subscribe(
                plugin_topic(robot.name, "odom"), type="gz.msgs.Odometry", depth=1, newest_only=True
            )
            rates.append(drive.odom_publish_frequency)
        self._goals = JointGoals(world, self._node)
        self._cycle = math.lcm(*(spacing(rate, physics_step) for rate in rates)) if rates else 1
        self._felt: frozenset[str] | None = None
        self._moved: set[str] = set()
        self._zero_ns = 0
        self._steps = 0
        self._said = Command()

    @property
    def time(self) -> float:
        """Simulated time since the reset [s]."""
        return round(self._steps * self._dt * 1e9) / 1e9

    def begin(self) -> None:
        """Wait until the server is there and publishes every stream.

        Raises:
            SimulatorError: it died or stalled.
        """
        self._lock.wait_for_services()
        for topic in (*(inlet.topic for inlet in self._inlets), *self.witness.touch_topics):
            self._lock.wait_for(topic)
        self._lock.begin()

    def reset(self, placements: Placements, seed: int) -> None:
        """Go to time zero: the server's clock (the first time it stands there), warm-up, then the placements.

        Raises:
            NoResetError: the server does not come back as it was at its start.
            SimulatorError: it died or stalled.
        """
        first = self._felt is None
        if not first:
            self._lock.reset()
            self._lock.wait_for_services()
        for inlet in self._inlets:
            inlet.reset(seed, Pose())
        origin = self._warm_up()
        felt = self.witness.felt()
        if first:
            self._felt = felt
        elif self.witness.touch_topics and (not felt or felt != self._felt):
            raise MuteError("the contact sensors of the Gazebo server are silent after a reset")
        self._place(placements)
        self._zero_ns, self._steps, self._said = self._lock.now_ns, 0, Command()
        self._goals.reset()
        for inlet in self._inlets:
            inlet.reset(seed, origin)
        self.witness.reset(self._world, placements, self._lock)

    def _place(self, placements: Placements) -> None:
        """Put every model where it stands at time zero: what settled during the warm-up goes back, too."""
        poses: dict[str, Pose] = {}
        seen: dict[str, Pose] = {}
        for place, model in enumerate(self._world.models):
            pose = placements.get(model.name, model.pose)
            if pose is None:
                pose = Pose((FAR + 10.0 * place, FAR, 0.0))
            if not model.static or model.name in self._moved or pose != model.pose:
                poses[gz_name(model.name)] = pose
            if model.static:
                self._moved.add(model.name)
            else:
                seen[gz_name(model.name)] = pose
        self._lock.place(poses, seen)

    def _warm_up(self) -> Pose:
        """Take the same three cycles always, so that the same trial begins in the same state; return the odometry then.

        In the first one streams come to life; in the second the drive must hear; in the third it stands again.
        """
        self._lock.step(self._cycle, self._dt_ns)
        if self._twists is not None:
            self._tell_drive(0.0, PROBE)
        self._advance_cycle()
        if self._odometry is not None:
            if not abs(self._odometry_now().twist.angular.z) > PROBE / 2:
                raise NoResetError("the drive on the Gazebo server does not hear its commands")
            self._tell_drive(0.0, 0.0)
        self._advance_cycle()
        return Pose() if self._odometry is None else pose_of(self._odometry_now().pose)

    def _advance_cycle(self) -> None:
        self._lock.step(self._cycle, self._dt_ns)
        for inlet in self._inlets:
            if not inlet.silent:
                inlet.hear(self._lock, self._lock.now_ns)

    def _odometry_now(self) -> Any:
        assert self._odometry is not None
        return self._lock.receive(self._odometry, lambda message: True, "odometry")

    def apply(self, command: Command) -> None:
        """Tell the drive and the joints, where something changed.

        Raises:
            ValueError: a joint has no controller, or one that limits no effort.
            SimulatorError: the server does not take it.
        """
        self._goals.check(command)
        if self._twists is not None and (command.linear, command.angular) != (self._said.linear, self._said.angular):
            self._tell_drive(command.linear, command.angular)
        self._goals.apply(command, self.time)
        self._said = command

    def _tell_drive(self, linear: float, angular: float) -> None:
        assert self._twists is not None
        if not self._twists.wait_for_subscriber(self._patience):
            self._lock.check()
            raise SimulatorError("nobody on the Gazebo server listens to the drive's commands")
        if not self._twists.publish(_Twist(linear={"x": linear}, angular={"z": angular}), _PUBLISH_S):
            raise SimulatorError("the Gazebo server does not take the drive's commands")

    def prepare(self, steps: int) -> int:
        """Tell the joints where to go next, and return how many of these steps may be taken until they must hear more.

        Raises:
            SimulatorError: the server does not take it.
        """
        stands = self._goals.step(self.time, self.witness.angles)
        return steps if math.isinf(stands) else min(steps, max(1, round(stands / self._dt)))

    def step(self, steps: int) -> list[Reading]:
        """Take physics steps and return the readings due in them, by stamp, then by name.

        Raises:
            SimulatorError: the server died or stalled.
        """
        for inlet in self._inlets:
            inlet.expect()
        self._lock.step(steps, self._dt_ns)
        self.witness.look(self._lock)
        found = [
            reading
            for inlet in self._inlets
            for reading in inlet.readings(self._lock, self._steps, steps, self._zero_ns)
        ]
        self._steps += steps
        found.sort(key=lambda one: (one[0], one[1].sensor))
        return [reading for _, reading in found]

    def run_freely(self, steps: int) -> None:
        """Take physics steps in one go, and let what the sensors say go by.

        Raises:
            SimulatorError: the server died or stalled.
        """
        self._lock.step(steps, self._dt_ns)
        self._steps += steps

    def truth(self) -> Truth:
        """Return the ground truth at this moment."""
        return self.witness.truth(self.time)

    def close(self) -> None:
        """Leave the partition."""
        self._node.close()
