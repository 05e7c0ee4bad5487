"""The robot that an agent was made for: what its sensors are, and how fast it may drive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from vla_sim.engines.streams import sources
from vla_sim.envs.body import Body, body_of
from vla_sim.envs.loading import find_robot
from vla_sim.errors import InputError
from vla_sim.sdf import load_model
from vla_sim.sdf.scene import World
from vla_sim.sensing.reading import Stream


@dataclass(frozen=True, slots=True)
class RobotSpec:
    """Streams by name, and what the robot can be told."""

    name: str
    streams: Mapping[str, Stream]
    body: Body

    @property
    def limits(self) -> tuple[float, float, float, float]:
        """Least and greatest speed [m/s], least and greatest yaw rate [rad/s]; all 0 without a drive."""
        return self.body.drive or (0.0, 0.0, 0.0, 0.0)

    def clipped(self, linear: float, angular: float) -> tuple[float, float]:
        """Return speeds within the limits."""
        backward, forward, right, left = self.limits
        return min(max(linear, backward), forward), min(max(angular, right), left)


def load_robot(robot: str | Path = "rover", sensors: Sequence[str] | None = None) -> RobotSpec:
    """Read a robot's SDF model: a shipped one by name, or any by path; ``sensors`` are those to expect (None: all).

    Raises:
        InputError: there is none, it can neither be driven nor be given goals of joints, or a sensor is unknown.
    """
    path = find_robot(robot)
    model = load_model(path)
    body = body_of(model)
    if body.drive is None and not body.joints:
        raise InputError(
            f"the robot '{model.name}' has no DiffDrive plugin to drive it, nor a JointPositionController",
            file=path,
            field="robot",
        )
    streams = {name: source.stream for name, source in sources(World(name="", models=(model,)), sensors).items()}
    return RobotSpec(model.name, streams, body)
