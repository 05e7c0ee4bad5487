"""Meshes that only paint the faces of boxes, such as walls with doors and skirting in one piece.

Rays are cast on the boxes in their place: a mesh all around a LiDAR costs as much as everything else it sees. The one
difference is that a box stops rays also where the mesh left a face out, such as the outside of an outer wall.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vla_sim.engines.embedded.surfaces import Surface
from vla_sim.geometry import Pose
from vla_sim.sdf import scene

TOLERANCE = 1e-3
"""How far [m] a triangle may lie off a box's face."""


def boxes_behind(
    skin: Sequence[Surface], pose: Pose, collisions: Sequence[scene.Collision]
) -> dict[int, scene.Collision]:
    """Return the boxes of a link, by index, whose faces carry a mesh; none unless they carry all of it."""
    triangles = np.concatenate([surface.vertices[surface.faces] for surface in skin]) @ pose.matrix().T + pose.position
    carried = np.zeros(len(triangles), dtype=bool)
    behind = {}
    for index, collision in enumerate(collisions):
        if isinstance(collision.geometry, scene.Box):
            on = _on_faces(triangles, collision.pose, collision.geometry)
            carried |= on
            if on.any():
                behind[index] = collision
    return behind if carried.all() else {}


def _on_faces(triangles: NDArray[np.float64], pose: Pose, box: scene.Box) -> NDArray[np.bool_]:
    """Tell which triangles (n, 3, 3) lie on one face of a box."""
    local = (triangles - pose.position) @ pose.matrix()
    half = np.asarray(box.size) / 2
    within = np.all(np.abs(local) <= half + TOLERANCE, axis=(1, 2))
    low, high = np.abs(local + half) < TOLERANCE, np.abs(local - half) < TOLERANCE
    on: NDArray[np.bool_] = within & np.any(np.all(low, axis=1) | np.all(high, axis=1), axis=1)
    return on
