"""Exact odometry of a model (SDF's OdometryPublisher), with its optional noise."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from vla_sim.engines.engine import ModelState
from vla_sim.geometry import Pose, rotate
from vla_sim.sdf.scene import OdometryPublisher
from vla_sim.seeding import generator
from vla_sim.sensing.reading import Stream


class ModelOdometry:
    """One odometry stream that does not slip."""

    def __init__(self, stream: Stream, plugin: OdometryPublisher, state: Callable[[], ModelState]):
        self.stream = stream
        self._stddev = plugin.gaussian_noise
        self._state = state
        self._back = Pose()
        self._generator = generator(0)

    def reset(self, seed: int) -> None:
        """Take the model's pose as the origin."""
        self._back = self._state().pose.inverse()
        self._generator = generator(seed, "sensor", self.stream.name)

    def read(self, step: int) -> NDArray[np.generic]:
        """Return x, y, yaw, forward speed and yaw rate."""
        state = self._state()
        pose = self._back * state.pose
        w, x, y, z = state.pose.rotation
        forward = rotate((w, -x, -y, -z), state.linear)[0]
        values = np.array([pose.position[0], pose.position[1], pose.yaw, forward, state.angular[2]])
        if self._stddev > 0:
            values += self._stddev * self._generator.standard_normal(5)
        return values
