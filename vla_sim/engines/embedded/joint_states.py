"""The state of a model's joints (SDF's JointStatePublisher)."""

from __future__ import annotations

import mujoco
import numpy as np
from numpy.typing import NDArray

from vla_sim.engines.embedded.plan import BuiltModel
from vla_sim.sensing.reading import Stream


class JointStates:
    """One stream of positions and velocities, exact."""

    def __init__(self, stream: Stream, owner: BuiltModel, model: mujoco.MjModel, data: mujoco.MjData):
        self.stream = stream
        ids = [owner.joints[name] for name in stream.joints]
        self._position, self._velocity = data.qpos.item, data.qvel.item
        self._places = [(int(model.jnt_qposadr[joint]), int(model.jnt_dofadr[joint])) for joint in ids]

    def reset(self, seed: int) -> None:
        """Nothing is kept between readings."""

    def read(self, step: int) -> NDArray[np.generic]:
        """Return position [rad or m] and velocity [rad/s or m/s] of each joint."""
        position, velocity = self._position, self._velocity
        return np.array([(position(place), velocity(rate)) for place, rate in self._places])
