"""The arm that the agent drives, as its SDF describes it: where its tool is, and what its cameras see where."""

from __future__ import annotations

import functools
import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vla_sim import assets
from vla_sim.kinematics import Chain
from vla_sim.kinematics.transforms import Array, transform_of
from vla_sim.sdf import load_model
from vla_sim.sdf.scene import CameraSpec, Model

TOOL = "tool"
CAMERAS = ("overhead", "wrist")


@dataclass(frozen=True, eq=False)
class Lens:
    """A camera: what its pixels are, and where it sits: at ``place`` (4, 4) on the link that ``chain`` moves."""

    spec: CameraSpec
    place: Array
    chain: Chain

    def points(self, columns: Array, rows: Array, depth: Array, joints: Array) -> Array:
        """Return where pixels are (..., 3) [m] in the arm's frame, by their depth along the optical axis [m].

        Columns and rows count from the frame's corner: the middle of the first pixel is 0.5.
        """
        spec = self.spec
        ahead = np.stack([depth, (spec.cx - columns) / spec.fx * depth, (spec.cy - rows) / spec.fy * depth], axis=-1)
        frame = self.at(joints)
        return np.asarray(ahead @ frame[:3, :3].T + frame[:3, 3])

    def heights(self, depth: NDArray[np.float32], joints: Array) -> NDArray[np.float32]:
        """Return how high above the table [m] is what each pixel of a depth image (H, W) [m] shows; 0 where unknown."""
        rows, columns = np.indices(depth.shape) + 0.5
        high = self.points(columns, rows, depth.astype(float), joints)[..., 2]
        return np.where(depth > 0.0, high, 0.0).astype(np.float32)

    def at(self, joints: Array) -> Array:
        """Return where the camera is (4, 4) in the arm's frame; ``joints`` (6,) are those of the arm."""
        return np.asarray(self.chain.forward(joints[: len(self.chain)]) @ self.place)


@dataclass(frozen=True, eq=False)
class ArmBody:
    """The chain to the tool, and the cameras by name."""

    chain: Chain
    lenses: dict[str, Lens]

    def tool(self, joints: Array) -> Array:
        """Return where the tool is (4,): x, y, z [m] and yaw [rad] in the arm's frame."""
        frame = self.chain.forward(joints)
        return np.array([*frame[:3, 3], math.atan2(frame[1, 0], frame[0, 0])])


@functools.cache
def arm_body() -> ArmBody:
    """Return the arm that comes with the package."""
    model = load_model(assets.ROBOTS / "arm" / "model.sdf")
    return ArmBody(Chain.to(model, TOOL), {name: _lens(model, name) for name in CAMERAS})


def _lens(model: Model, name: str) -> Lens:
    link, sensor = next((link, sensor) for link, sensor in model.sensors() if sensor.name == name)
    assert isinstance(sensor.spec, CameraSpec)
    return Lens(sensor.spec, transform_of(sensor.pose), Chain.to(model, link.name))
