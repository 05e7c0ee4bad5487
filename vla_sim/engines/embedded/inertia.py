"""Inertia tensors as principal moments."""

from __future__ import annotations

import numpy as np
from scipy.spatial.transform import Rotation

from vla_sim.geometry import Quaternion, Vector3
from vla_sim.sdf.scene import Inertial

_SMALLEST = 1e-9


def principal(inertial: Inertial) -> tuple[Vector3, Quaternion, str]:
    """Return principal moments, the rotation of their axes in the inertial frame, and what was mended ("" if nothing).

    No rigid body has a moment that is negative or larger than the sum of the other two: such moments are raised to
    the nearest ones that a body can have.
    """
    ixx, iyy, izz, ixy, ixz, iyz = inertial.inertia
    tensor = np.array([[ixx, ixy, ixz], [ixy, iyy, iyz], [ixz, iyz, izz]])
    if not np.all(np.isfinite(tensor)) or not np.isfinite(inertial.mass):
        return (1.0, 1.0, 1.0), (1.0, 0.0, 0.0, 0.0), "the inertia is not finite; a unit one is used"
    if not np.any(tensor - np.diag(np.diag(tensor))):
        moments, axes = np.diag(tensor).copy(), np.eye(3)
    else:
        moments, axes = np.linalg.eigh(tensor)
        if np.linalg.det(axes) < 0:
            axes[:, 0] *= -1
    problem = ""
    if inertial.mass <= 0:
        problem = "the mass is not positive; a tiny one is used"
    if np.any(moments <= 0):
        problem = problem or "the inertia is not positive definite; it is raised"
        moments = np.maximum(moments, max(_SMALLEST, 1e-3 * float(np.abs(moments).max())))
    excess = 2 * moments.max() - moments.sum()
    if excess > 1e-9 * moments.max():
        problem = problem or "the inertia breaks the triangle inequality; it is raised"
        moments = moments + excess
    x, y, z, w = Rotation.from_matrix(axes).as_quat()
    a, b, c = (float(moment) for moment in moments)
    return (a, b, c), (float(w), float(x), float(y), float(z)), problem
