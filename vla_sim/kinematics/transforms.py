"""Rigid transforms as arrays (..., 4, 4), many at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from vla_sim.geometry import Pose

Array = NDArray[np.float64]


def transform_of(pose: Pose) -> Array:
    """Return a pose as a 4x4 matrix."""
    matrix = np.eye(4)
    matrix[:3, :3] = pose.matrix()
    matrix[:3, 3] = pose.position
    return matrix


def pose_of(matrix: Array) -> Pose:
    """Return a 4x4 matrix as a pose."""
    w, x, y, z = Rotation.from_matrix(matrix[:3, :3]).as_quat(scalar_first=True).tolist()
    px, py, pz = matrix[:3, 3].tolist()
    return Pose((px, py, pz), (w, x, y, z))


def turns(axis: Array, angle: Array) -> Array:
    """Return the rotations (..., 3, 3) by angles (...) [rad] about a unit axis (3,): Rodrigues' formula."""
    cross = _cross(axis)
    sine, cosine = np.sin(angle)[..., None, None], np.cos(angle)[..., None, None]
    turned: Array = np.eye(3) + sine * cross + (1 - cosine) * (cross @ cross)
    return turned


def rotation_vectors(rotation: Array) -> Array:
    """Return the rotation vectors (..., 3) [rad] of rotations (..., 3, 3)."""
    flat = Rotation.from_matrix(rotation.reshape(-1, 3, 3)).as_rotvec()
    vectors: Array = flat.reshape(*rotation.shape[:-2], 3)
    return vectors


def _cross(axis: Array) -> Array:
    x, y, z = axis
    return np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
