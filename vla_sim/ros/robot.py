"""The robot that an agent was made for: what its sensors are, and how fast it may drive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from vla_sim.engines.streams import sources
from vla_sim.envs.body import drive_limits
from vla_sim.envs.loading import find_robot
from vla_sim.errors import InputError
from vla_sim.sdf import load_model
from vla_sim.sdf.scene import DiffDrive, World
from vla_sim.sensing.reading import Stream


@dataclass(frozen=True, slots=True)
class RobotSpec:
    """Streams by name, and the drive's limits: least and greatest speed [m/s], least and greatest yaw rate [rad/s]."""

    name: str
    streams: Mapping[str, Stream]
    limits: tuple[float, float, float, float]

    def clipped(self, linear: float, angular: float) -> tuple[float, float]:
        """Return speeds within the limits."""
        backward, forward, right, left = self.limits
        return min(max(linear, backward), forward), min(max(angular, right), left)


def load_robot(robot: str | Path = "rover", sensors: Sequence[str] | None = None) -> RobotSpec:
    """Read a robot's SDF model: a shipped one by name, or any by path; ``sensors`` are those to expect (None: all).

    Raises:
        InputError: there is none, it cannot be driven, or a sensor is unknown.
    """
    path = find_robot(robot)
    model = load_model(path)
    drive = next((plugin for plugin in model.plugins if isinstance(plugin, DiffDrive)), None)
    if drive is None:
        raise InputError(f"the robot '{model.name}' has no DiffDrive plugin to drive it", file=path, field="robot")
    streams = {name: source.stream for name, source in sources(World(name="", models=(model,)), sensors).items()}
    return RobotSpec(model.name, streams, drive_limits(drive))
