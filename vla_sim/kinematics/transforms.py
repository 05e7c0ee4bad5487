"""Rigid transforms as arrays (..., 4, 4), many at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.spatial.transform import Rotation

from vla_sim.geometry import Pose

Array = NDArray[np.float64]

_HALF_TURN = -0.99
"""Cosine of an angle close to half a turn."""


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
    across = skew(axis)
    sine, cosine = np.sin(angle)[..., None, None], np.cos(angle)[..., None, None]
    turned: Array = np.eye(3) + sine * across + (1 - cosine) * (across @ across)
    return turned


def rotation_vectors(rotation: Array) -> Array:
    """Return the rotation vectors (..., 3) [rad] of rotations (..., 3, 3)."""
    # Axis times sine; near half a turn the sine says little of the axis, and scipy goes by the largest component.
    twist = 0.5 * (rotation[..., [2, 0, 1], [1, 2, 0]] - rotation[..., [1, 2, 0], [2, 0, 1]])
    cosine = 0.5 * (rotation[..., 0, 0] + rotation[..., 1, 1] + rotation[..., 2, 2] - 1.0)
    sine = np.sqrt((twist * twist).sum(axis=-1))
    vectors: Array = twist * (np.arctan2(sine, cosine) / np.maximum(sine, 1e-15))[..., None]
    if (turned := cosine < _HALF_TURN).any():
        vectors[turned] = Rotation.from_matrix(rotation[turned].reshape(-1, 3, 3)).as_rotvec()
    return vectors


def cross(first: Array, second: Array) -> Array:
    """Return the cross products (..., 3) of vectors (..., 3): numpy's takes several times as long for a few."""
    product: Array = first[..., [1, 2, 0]] * second[..., [2, 0, 1]] - first[..., [2, 0, 1]] * second[..., [1, 2, 0]]
    return product


def skew(vector: Array) -> Array:
    """Return the matrix (3, 3) that makes the cross product of a vector (3,) with what it is applied to."""
    x, y, z = vector
    return np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
