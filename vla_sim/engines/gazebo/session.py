"""One world on one server, from its first step to its last: start, resets, commands, steps."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from vla_sim.engines.engine import Command, Placements, Truth
from vla_sim.engines.gazebo.inlet import Inlet
from vla_sim.engines.gazebo.lockstep import LockStep, pose_of
from vla_sim.engines.gazebo.rates import spacing
from vla_sim.engines.gazebo.server import Server
from vla_sim.engines.gazebo.topics import drive_topic, gz_name, joint_topic, plugin_topic, world_name
from vla_sim.engines.gazebo.truth import Witness
from vla_sim.engines.streams import Source
from vla_sim.errors import SimulatorError
from vla_sim.geometry import Pose
from vla_sim.gz import Node, Publisher, Subscription, message_type
from vla_sim.sdf.scene import DiffDrive, JointPositionController, Model, World
from vla_sim.sensing.reading import Reading

_Twist, _Double = message_type("gz.msgs.Twist"), message_type("gz.msgs.Double")

PROBE = 1e-3
"""Yaw rate [rad/s] that shows in the odometry whether the drive hears: a tenth of a milliradian before time zero."""
PROBES = 20
"""Cycles in which the drive must have heard: after a reset it may lose what it is told at first."""
FAR = 1000.0
"""Models that are taken out stand this far away [m], ten metres apart: removing and making them anew leaves ghosts."""
_PUBLISH_S = 5.0


class Session:
    """A world's life on one server.

    The server's clock runs ahead of the engine's: before time zero there are warm-up steps, whole cycles of all sensors,
    in which every stream speaks and the drive shows that it hears.
    """

    def __init__(
        self, world: World, sources: Mapping[str, Source], physics_step: float, server: Server, patience: float
    ):
        self._world = world
        self._dt = physics_step
        self._dt_ns = round(physics_step * 1e9)
        self._patience = patience
        self._node = Node(server.partition, "127.0.0.1")
        self._lock = LockStep(self._node, world_name(world), server.obituary, patience)
        self._inlets = [Inlet(source, self._node, physics_step) for source in sources.values()]
        self.witness = Witness(world, self._node)
        self._robot, self._drive = _driven(world)
        self._twists: Publisher | None = None
        self._odometry: Subscription | None = None
        rates = [source.stream.rate for source in sources.values()]
        if self._robot is not None and self._drive is not None:
            self._twists = self._node.advertise(drive_topic(self._robot.name), "gz.msgs.Twist")
            self._odometry = self._node.subscribe(
                plugin_topic(self._robot.name, "odom"), type="gz.msgs.Odometry", depth=1, newest_only=True
            )
            rates.append(self._drive.odom_publish_frequency)
        self._goals = {
            plugin.joint: self._node.advertise(joint_topic(model.name, plugin.joint), "gz.msgs.Double")
            for model in world.models
            for plugin in model.plugins
            if isinstance(plugin, JointPositionController)
        }
        self._cycle = math.lcm(*(spacing(rate, physics_step) for rate in rates)) if rates else 1
        self._zero_ns = 0
        self._steps = 0
        self._said = Command()

    @property
    def time(self) -> float:
        """Simulated time since the reset [s]."""
        return round(self._steps * self._dt * 1e9) / 1e9

    def begin(self) -> None:
        """Wait until the server is there, and step until every stream has spoken.

        Raises:
            SimulatorError: it died or stalled.
        """
        self._lock.wait_for_services()
        for inlet in self._inlets:
            self._lock.wait_for(inlet.topic)
        # The first frames may be missed, so that none is waited for: the next cycle brings the next.
        self._lock.begin(self._cycle * self._dt_ns, self._dt_ns)

    def reset(self, placements: Placements, seed: int) -> None:
        """Go back to time zero: the server's clock, then warm-up, then the placements.

        Raises:
            SimulatorError: the server died, stalled, or does not come back.
        """
        self._lock.reset()
        self._lock.wait_for_services()
        for inlet in self._inlets:
            inlet.reset(seed, Pose())
        origin = self._warm_up()
        away = {
            model.name: Pose((FAR + 10.0 * place, FAR, 0.0))
            for place, model in enumerate(self._world.models)
            if model.name in placements and placements[model.name] is None
        }
        put = {name: pose for name, pose in placements.items() if pose is not None} | away
        moving = {model.name for model in self._world.models if not model.static}
        # What settled during the warm-up stands at time zero where the file says, as everything else does.
        home = {model.name: model.pose for model in self._world.models if model.name in moving}
        poses = {gz_name(name): pose for name, pose in (home | put).items()}
        self._lock.place(poses, {gz_name(name): pose for name, pose in (home | put).items() if name in moving})
        self._zero_ns, self._steps, self._said = self._lock.now_ns, 0, Command()
        for inlet in self._inlets:
            inlet.reset(seed, origin)
        self.witness.reset(self._world, placements, self._lock)

    def _warm_up(self) -> Pose:
        """Step whole cycles until the drive has heard and every stream has spoken; return what odometry says then."""
        heard = self._twists is None
        for _ in range(PROBES):
            if not heard:
                self._tell_drive(0.0, PROBE)
            self._advance_cycle()
            if heard:
                break
            told = self._odometry_now()
            heard = abs(told.twist.angular.z) > PROBE / 2
            if heard:
                self._tell_drive(0.0, 0.0)
        else:
            raise SimulatorError(f"the drive on the Gazebo server did not hear {PROBES} commands after a reset")
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
            ValueError: a joint has no controller.
            SimulatorError: the server does not take it.
        """
        for joint in command.joints:
            if joint not in self._goals:
                raise ValueError(f"no position controller for joint {joint!r}; there are: {sorted(self._goals)}")
        if self._twists is not None and (command.linear, command.angular) != (self._said.linear, self._said.angular):
            self._tell_drive(command.linear, command.angular)
        for joint, goal in command.joints.items():
            if self._said.joints.get(joint) != goal:
                self._goals[joint].publish(_Double(data=goal), _PUBLISH_S)
        self._said = Command(command.linear, command.angular, {**self._said.joints, **command.joints})

    def _tell_drive(self, linear: float, angular: float) -> None:
        assert self._twists is not None
        if not self._twists.wait_for_subscriber(self._patience):
            self._lock.check()
            raise SimulatorError("nobody on the Gazebo server listens to the drive's commands")
        if not self._twists.publish(_Twist(linear={"x": linear}, angular={"z": angular}), _PUBLISH_S):
            raise SimulatorError("the Gazebo server does not take the drive's commands")

    def step(self, steps: int) -> list[Reading]:
        """Take physics steps and return the readings due in them, by stamp, then by name.

        Raises:
            SimulatorError: the server died or stalled.
        """
        self._lock.step(steps, self._dt_ns)
        found = [
            reading
            for inlet in self._inlets
            for reading in inlet.readings(self._lock, self._steps, steps, self._zero_ns)
        ]
        self._steps += steps
        self.witness.look(self._lock)
        found.sort(key=lambda one: (one[0], one[1].sensor))
        return [reading for _, reading in found]

    def truth(self) -> Truth:
        """Return the ground truth at this moment."""
        return self.witness.truth(self.time)

    def close(self) -> None:
        """Leave the partition."""
        self._node.close()


def _driven(world: World) -> tuple[Model | None, DiffDrive | None]:
    """Return what commands go to: the DiffDrive of the model named ``robot``, else the first one."""
    for model in sorted(world.models, key=lambda model: model.name != "robot"):
        for plugin in model.plugins:
            if isinstance(plugin, DiffDrive):
                return model, plugin
    return None, None
