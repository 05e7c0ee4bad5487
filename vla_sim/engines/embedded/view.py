"""What a camera of the model sees: its size, its pinhole, and its near and far planes."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vla_sim.sdf.scene import CameraSpec

Pinhole = tuple[int, int, float, float, float, float]


def pinhole_of(spec: CameraSpec) -> Pinhole:
    """Return width, height, fx, fy, cx, cy [pixels] of a camera."""
    return (spec.width, spec.height, spec.fx, spec.fy, spec.cx, spec.cy)


@dataclass(frozen=True, slots=True)
class View:
    """A camera of the model (its MuJoCo id), its pinhole, and the planes [m] between which it sees."""

    camera: int
    pinhole: Pinhole
    near: float
    far: float

    @classmethod
    def upright(cls, camera: int, width: int, height: int, fovy: float, near: float, far: float) -> View:
        """Return a view with square pixels, a centred axis and a vertical field of view [rad]."""
        focal = height / 2 / math.tan(fovy / 2)
        return cls(camera, (width, height, focal, focal, width / 2, height / 2), near, far)

    @property
    def drawn_far(self) -> float:
        """The far plane to draw with [m]: MuJoCo's sky is a box of half that size and hides what is behind it."""
        left, right, down, up = self.slopes
        return self.far * 2.1 * math.sqrt(1 + max(left, right) ** 2 + max(down, up) ** 2)

    def resized(self, width: int, height: int) -> View:
        """Return the same view with other numbers of pixels."""
        old_width, old_height, fx, fy, cx, cy = self.pinhole
        x, y = width / old_width, height / old_height
        return View(self.camera, (width, height, fx * x, fy * y, cx * x, cy * y), self.near, self.far)

    @property
    def width(self) -> int:
        """Width [pixels]."""
        return self.pinhole[0]

    @property
    def height(self) -> int:
        """Height [pixels]."""
        return self.pinhole[1]

    @property
    def slopes(self) -> tuple[float, float, float, float]:
        """How far the picture reaches left, right, down and up at one metre [m], all positive for a centred axis."""
        width, height, fx, fy, cx, cy = self.pinhole
        return (cx / fx, (width - cx) / fx, (height - cy) / fy, cy / fy)


def sides(view: View) -> NDArray[np.float64]:
    """Return the outward unit normals (4, 3) of the planes through the eye that bound a view, in MuJoCo's camera frame.

    A point p lies between them if sides @ p <= 0.
    """
    left, right, down, up = view.slopes
    planes = np.array([[-1, 0, left], [1, 0, right], [0, -1, down], [0, 1, up]], dtype=float)
    planes /= np.linalg.norm(planes, axis=1, keepdims=True)
    return planes
