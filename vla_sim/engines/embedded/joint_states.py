"""The state of a model's joints (SDF's JointStatePublisher)."""

from __future__ import annotations

from collections.abc import Iterator

import mujoco
import numpy as np
from numpy.typing import NDArray

from vla_sim.engines.embedded.plan import BuiltModel
from vla_sim.sdf.scene import JointStatePublisher, Model
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


def published_joints(model: Model, plugin: JointStatePublisher) -> tuple[str, ...]:
    """Return the names of the axes that are published; the second one of a joint is ``joint/2``."""
    return tuple(
        name
        for joint in model.joints
        if not plugin.joints or joint.name in plugin.joints
        for name in _axes(joint.name, joint.type)
    )


def _axes(name: str, kind: str) -> Iterator[str]:
    if kind not in ("fixed", "ball"):
        yield name
    if kind in ("universal", "revolute2"):
        yield f"{name}/2"
