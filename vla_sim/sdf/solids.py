"""Mass, centre and inertia of solid shapes, for ``<inertial auto="true">``.

The moments are the textbook ones (e.g. Meriam and Kraige, Dynamics, table D/4); meshes are integrated over their
triangles by trimesh.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vla_sim.geometry import Pose
from vla_sim.sdf.document import Node
from vla_sim.sdf.scene import Box, Capsule, Cone, Cylinder, Ellipsoid, Geometry, Mesh, Sphere


@dataclass(frozen=True, slots=True, eq=False)
class Solid:
    """A body: mass [kg], centre of mass [m], inertia about that centre (3x3) [kg m^2], all in one frame."""

    mass: float
    centre: NDArray[np.float64]
    inertia: NDArray[np.float64]

    def moved(self, pose: Pose) -> Solid:
        """Return the body carried from the pose's own frame into the frame in which the pose is given."""
        turn = pose.matrix()
        return Solid(self.mass, turn @ self.centre + np.array(pose.position), turn @ self.inertia @ turn.T)

    def scaled(self, factor: float) -> Solid:
        """Return the same shape with its density multiplied."""
        return Solid(self.mass * factor, self.centre, self.inertia * factor)


def combine(solids: Sequence[Solid]) -> Solid:
    """Return the sum of bodies in one frame (parallel axis theorem); overlaps count twice, as in Gazebo."""
    mass = sum(solid.mass for solid in solids)
    centre = sum((solid.mass * solid.centre for solid in solids), start=np.zeros(3)) / mass
    inertia = np.zeros((3, 3))
    for solid in solids:
        arm = solid.centre - centre
        inertia += solid.inertia + solid.mass * (arm @ arm * np.eye(3) - np.outer(arm, arm))
    return Solid(mass, centre, inertia)


def solid_of(geometry: Geometry, asker: Node) -> Solid | None:
    """Return a shape filled with a density of 1 kg/m^3, in its own frame; None for a plane."""
    match geometry:
        case Box((x, y, z)):
            return _ellipsoidal(x * y * z, x * x, y * y, z * z, 1 / 12)
        case Sphere(r):
            return _ellipsoidal(4 / 3 * math.pi * r**3, r * r, r * r, r * r, 1 / 5)
        case Ellipsoid((a, b, c)):
            return _ellipsoidal(4 / 3 * math.pi * a * b * c, a * a, b * b, c * c, 1 / 5)
        case Cylinder(r, length):
            return _cylinder(r, length)
        case Capsule(r, length):
            return _capsule(r, length)
        case Cone(r, length):
            mass = math.pi * r * r * length / 3
            across = mass * (3 / 20 * r * r + 3 / 80 * length * length)
            return Solid(mass, np.array([0.0, 0.0, -length / 4]), np.diag([across, across, mass * 3 / 10 * r * r]))
        case Mesh():
            return _mesh(geometry, asker)
    return None


def _ellipsoidal(mass: float, xx: float, yy: float, zz: float, factor: float) -> Solid:
    return Solid(mass, np.zeros(3), np.diag([yy + zz, xx + zz, xx + yy]) * mass * factor)


def _cylinder(r: float, length: float) -> Solid:
    mass = math.pi * r * r * length
    across = mass * (3 * r * r + length * length) / 12
    return Solid(mass, np.zeros(3), np.diag([across, across, mass * r * r / 2]))


def _capsule(r: float, length: float) -> Solid:
    mass = 2 / 3 * math.pi * r**3
    across = mass * r * r * (2 / 5 - 9 / 64)
    offset = length / 2 + 3 / 8 * r
    caps = [
        Solid(mass, np.array([0.0, 0.0, side * offset]), np.diag([across, across, mass * r * r * 2 / 5]))
        for side in (-1, 1)
    ]
    return combine([_cylinder(r, length), *caps])


def _mesh(mesh: Mesh, asker: Node) -> Solid:
    import trimesh  # costs memory and a second to load, and only worlds with auto="true" on a mesh need it

    try:
        loaded = trimesh.load(mesh.path, force="mesh")
    except Exception as error:  # the loaders of a dozen formats raise whatever a broken file leads them to
        raise asker.error(f"the mesh {mesh.path.name!r} cannot be read: {type(error).__name__}: {error}") from error
    if not isinstance(loaded, trimesh.Trimesh) or loaded.is_empty:
        raise asker.error(f"the mesh {mesh.path.name!r} holds no triangles")
    loaded.apply_transform(np.diag([*mesh.scale, 1.0]))
    mass = float(loaded.volume)
    if not math.isfinite(mass) or mass <= 0.0:
        raise asker.error(f"the mesh {mesh.path.name!r} encloses no volume; state <mass> and <inertia>")
    return Solid(mass, np.asarray(loaded.center_mass), np.asarray(loaded.moment_inertia))
