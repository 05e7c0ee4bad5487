"""Where to look at a world from."""

from __future__ import annotations

import math

import mujoco
import numpy as np
from numpy.typing import NDArray

from vla_sim.engines.embedded import shapes
from vla_sim.geometry import Pose, Vector3

FIELD_OF_VIEW = math.radians(45)
"""Vertical field of view of free views [rad]."""

_DEPRESSION = math.radians(48)
_HEADING = math.radians(62)
_MARGIN = 1.04


def look_at(eye: Vector3, target: Vector3) -> Pose:
    """Return the pose (x forward, z up) of an eye that looks at a target, upright."""
    ahead = np.subtract(target, eye)
    yaw = math.atan2(ahead[1], ahead[0])
    pitch = -math.atan2(ahead[2], math.hypot(ahead[0], ahead[1]))
    return Pose.from_xyz_rpy(*eye, 0.0, pitch, yaw)


def overview(model: mujoco.MjModel, data: mujoco.MjData, aspect: float) -> Pose:
    """Return a pose that sees the whole world from above, at an angle; ``aspect`` is width / height."""
    corners = _corners(model, data)
    centre = (corners.min(axis=0) + corners.max(axis=0)) / 2
    turn = Pose.from_xyz_rpy(0.0, 0.0, 0.0, 0.0, _DEPRESSION, _HEADING)
    forward, left, up = turn.matrix().T
    tall = math.tan(FIELD_OF_VIEW / 2) / _MARGIN
    wide = tall * aspect
    # Two rounds: how far away everything fits, then the middle of what is seen becomes the centre.
    for _ in range(3):
        offset = corners - centre
        across, above, beyond = offset @ left, offset @ up, offset @ forward
        distance = float(np.max(np.maximum(np.abs(across) / wide, np.abs(above) / tall) - beyond))
        depth = np.maximum(beyond + distance, 1e-3)
        for axis, ratio in ((left, across / depth), (up, above / depth)):
            centre = centre + axis * float(ratio.max() + ratio.min()) / 2 * distance
    x, y, z = (centre - forward * distance).tolist()
    return Pose((x, y, z), turn.rotation)


def _corners(model: mujoco.MjModel, data: mujoco.MjData) -> NDArray[np.float64]:
    """Return the corners of the boxes around all geoms that cameras see; of planes only where there is nothing else."""
    seen = np.isin(model.geom_group, np.flatnonzero(shapes.CAMERA_GROUPS))
    solid = seen & (model.geom_type != mujoco.mjtGeom.mjGEOM_PLANE)
    if not np.any(solid):
        return np.array([[x, y, z] for x in (-3.0, 3.0) for y in (-3.0, 3.0) for z in (0.0, 1.0)])
    signs = np.array([[x, y, z] for x in (-1, 1) for y in (-1, 1) for z in (-1, 1)])
    boxes = model.geom_aabb[solid]
    local = boxes[:, None, :3] + signs[None] * boxes[:, None, 3:]
    turned: NDArray[np.float64] = np.einsum("gij,gcj->gci", data.geom_xmat[solid].reshape(-1, 3, 3), local)
    turned += data.geom_xpos[solid][:, None]
    return turned.reshape(-1, 3)
