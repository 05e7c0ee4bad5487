"""``<inertial>``: mass and inertia, stated or worked out from the collisions' shapes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vla_sim.geometry import Pose
from vla_sim.sdf import values
from vla_sim.sdf.document import Node
from vla_sim.sdf.scene import Collision, Inertial
from vla_sim.sdf.solids import Solid, combine, solid_of

HEAVIEST = 1e12
"""Largest mass [kg] and moment of inertia [kg m^2]."""

_TRIANGLE_SLACK = 1e-3
"""How far, relative to the largest moment, a tensor may miss the triangle inequality: files round their digits."""


def read_inertial(link: Node, collisions: Sequence[tuple[Node, Collision]], *, static: bool) -> Inertial:
    """Return a link's inertial; InputError where no rigid body could have it (a static link may have any)."""
    node = link.child("inertial")
    if node is None:
        return Inertial()
    if values.parse_flag(node, node.attribute("auto") or "false"):
        return _from_collisions(link, node, collisions, static=static)
    pose_node = node.child("pose")
    inertial = Inertial(
        mass=values.number(
            node, "mass", 1.0, least=0.0 if static else None, above=None if static else 0.0, most=HEAVIEST
        ),
        pose=Pose() if pose_node is None else values.pose(pose_node),
        inertia=_moments(node.child("inertia")),
    )
    if not static:
        _check(node, inertial)
    return inertial


def _moments(node: Node | None) -> tuple[float, float, float, float, float, float]:
    if node is None:
        return (1.0, 1.0, 1.0, 0.0, 0.0, 0.0)
    xx, yy, zz = (values.number(node, tag, 1.0, least=0, most=HEAVIEST) for tag in ("ixx", "iyy", "izz"))
    xy, xz, yz = (values.number(node, tag, 0.0, most=HEAVIEST) for tag in ("ixy", "ixz", "iyz"))
    return (xx, yy, zz, xy, xz, yz)


def _check(node: Node, inertial: Inertial) -> None:
    least, middle, most = (float(moment) for moment in np.linalg.eigvalsh(tensor(inertial.inertia)))
    if least <= 0.0:
        raise node.error("the inertia is not positive definite; no body that moves has such a tensor")
    if least + middle < most * (1.0 - _TRIANGLE_SLACK):
        raise node.error(
            f"the principal moments {least:.4g}, {middle:.4g}, {most:.4g} break the triangle inequality;"
            " no body that moves has such a tensor"
        )


def tensor(inertia: tuple[float, float, float, float, float, float]) -> NDArray[np.float64]:
    """Return (ixx, iyy, izz, ixy, ixz, iyz) as a symmetric 3x3 matrix."""
    xx, yy, zz, xy, xz, yz = inertia
    return np.array([[xx, xy, xz], [xy, yy, yz], [xz, yz, zz]])


def _from_collisions(link: Node, node: Node, collisions: Sequence[tuple[Node, Collision]], *, static: bool) -> Inertial:
    """Sum the collisions' solids. A stated ``<mass>`` scales the sum; stated moments and pose are overruled."""
    for overruled in ("inertia", "pose"):
        stated = node.child(overruled)
        if stated is not None:
            stated.close()
    density = values.number(node, "density", 1000.0, above=0, most=HEAVIEST)
    solids: list[Solid] = []
    for collision_node, collision in collisions:
        own = values.number(collision_node, "density", density, above=0, most=HEAVIEST)
        solid = solid_of(collision.geometry, collision_node)
        if solid is not None:
            solids.append(solid.moved(collision.pose).scaled(own))
    if not solids:
        if static:
            return Inertial()
        raise node.error('auto="true" needs a <collision> with a volume in the link')
    total = combine(solids)
    mass = node.child("mass")
    if mass is not None and mass.text:
        stated_mass = values.number(node, "mass", 1.0, above=0, most=HEAVIEST)
        total = total.scaled(stated_mass / total.mass)
    inertia = total.inertia
    inertial = Inertial(
        total.mass,
        Pose((float(total.centre[0]), float(total.centre[1]), float(total.centre[2]))),
        (inertia[0, 0], inertia[1, 1], inertia[2, 2], inertia[0, 1], inertia[0, 2], inertia[1, 2]),
    )
    if not static:
        _check(node, inertial)
    return inertial
