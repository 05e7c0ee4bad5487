"""Poses in three dimensions (REP-103: metres, radians, x forward, y left, z up)."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Vector3 = tuple[float, float, float]
Quaternion = tuple[float, float, float, float]


def quaternion_multiply(a: Quaternion, b: Quaternion) -> Quaternion:
    """Return the Hamilton product of two (w, x, y, z) quaternions."""
    aw, ax, ay, az = a
    bw, bx, by, bz = b
    return (
        aw * bw - ax * bx - ay * by - az * bz,
        aw * bx + ax * bw + ay * bz - az * by,
        aw * by - ax * bz + ay * bw + az * bx,
        aw * bz + ax * by - ay * bx + az * bw,
    )


def rotate(rotation: Quaternion, vector: Vector3) -> Vector3:
    """Rotate a vector by a unit (w, x, y, z) quaternion."""
    w, x, y, z = rotation
    vx, vy, vz = vector
    tx, ty, tz = 2 * (y * vz - z * vy), 2 * (z * vx - x * vz), 2 * (x * vy - y * vx)
    return (
        vx + w * tx + y * tz - z * ty,
        vy + w * ty + z * tx - x * tz,
        vz + w * tz + x * ty - y * tx,
    )


def wrap_angle(angle: float) -> float:
    """Return the same angle in [-pi, pi).

    >>> round(wrap_angle(3 * math.pi / 2), 6) == round(-math.pi / 2, 6)
    True
    """
    return (angle + math.pi) % (2 * math.pi) - math.pi


@dataclass(frozen=True, slots=True)
class Pose:
    """A rigid transform: ``position`` [m] and ``rotation``, a unit quaternion (w, x, y, z).

    ``a * b`` is pose b, given in frame a, expressed in a's own parent frame.

    >>> turned = Pose.from_xyz_rpy(1, 0, 0, 0, 0, math.pi / 2) * Pose((1.0, 0.0, 0.0))
    >>> [round(value, 9) for value in turned.position]
    [1.0, 1.0, 0.0]
    """

    position: Vector3 = (0.0, 0.0, 0.0)
    rotation: Quaternion = (1.0, 0.0, 0.0, 0.0)

    @classmethod
    def from_xyz_rpy(cls, x: float, y: float, z: float, roll: float, pitch: float, yaw: float) -> Pose:
        """Build a pose from SDF's numbers: position [m], then fixed-axis roll, pitch, yaw [rad]."""
        cr, sr = math.cos(roll / 2), math.sin(roll / 2)
        cp, sp = math.cos(pitch / 2), math.sin(pitch / 2)
        cy, sy = math.cos(yaw / 2), math.sin(yaw / 2)
        rotation = (
            cr * cp * cy + sr * sp * sy,
            sr * cp * cy - cr * sp * sy,
            cr * sp * cy + sr * cp * sy,
            cr * cp * sy - sr * sp * cy,
        )
        return cls((x, y, z), rotation)

    @classmethod
    def planar(cls, x: float, y: float, yaw: float = 0.0, z: float = 0.0) -> Pose:
        """Build a pose on the ground plane."""
        return cls.from_xyz_rpy(x, y, z, 0.0, 0.0, yaw)

    def __mul__(self, other: Pose) -> Pose:
        x, y, z = rotate(self.rotation, other.position)
        px, py, pz = self.position
        w, i, j, k = quaternion_multiply(self.rotation, other.rotation)
        norm = math.sqrt(w * w + i * i + j * j + k * k)
        return Pose((px + x, py + y, pz + z), (w / norm, i / norm, j / norm, k / norm))

    def inverse(self) -> Pose:
        """Return the transform back."""
        w, x, y, z = self.rotation
        back = (w, -x, -y, -z)
        px, py, pz = rotate(back, self.position)
        return Pose((-px, -py, -pz), back)

    def transform(self, point: Vector3) -> Vector3:
        """Express a point of this frame in the parent frame."""
        x, y, z = rotate(self.rotation, point)
        return (x + self.position[0], y + self.position[1], z + self.position[2])

    @property
    def rpy(self) -> Vector3:
        """Fixed-axis roll, pitch, yaw [rad]."""
        w, x, y, z = self.rotation
        roll = math.atan2(2 * (w * x + y * z), 1 - 2 * (x * x + y * y))
        pitch = math.asin(max(-1.0, min(1.0, 2 * (w * y - z * x))))
        return (roll, pitch, self.yaw)

    @property
    def yaw(self) -> float:
        """Heading [rad]."""
        w, x, y, z = self.rotation
        return math.atan2(2 * (w * z + x * y), 1 - 2 * (y * y + z * z))

    def matrix(self) -> NDArray[np.float64]:
        """Return the rotation as a 3x3 matrix."""
        w, x, y, z = self.rotation
        return np.array(
            [
                [1 - 2 * (y * y + z * z), 2 * (x * y - w * z), 2 * (x * z + w * y)],
                [2 * (x * y + w * z), 1 - 2 * (x * x + z * z), 2 * (y * z - w * x)],
                [2 * (x * z - w * y), 2 * (y * z + w * x), 1 - 2 * (x * x + y * y)],
            ]
        )
