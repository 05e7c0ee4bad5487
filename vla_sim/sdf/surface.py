"""``<surface>``: friction, restitution and contact softness of a collision."""

from __future__ import annotations

from vla_sim.sdf import values
from vla_sim.sdf.document import Node
from vla_sim.sdf.scene import Surface

_STIFFEST = 1e15
"""SDF's default contact stiffness is 1e12 N/m; some files go beyond."""


def read_surface(collision: Node) -> Surface:
    """Return a collision's surface. Friction comes from ``<ode>``, else from ``<bullet>``, else is SDF's 1."""
    node = collision.child("surface")
    if node is None:
        return Surface()
    mu, mu2, torsional = _friction(node.child("friction"))
    bounce = node.child("bounce")
    contact = node.child("contact")
    soft = contact and (contact.child("ode") or contact.child("bullet"))
    return Surface(
        mu=mu,
        mu2=mu2,
        torsional=torsional,
        restitution=0.0 if bounce is None else values.number(bounce, "restitution_coefficient", 0.0, least=0, most=1),
        stiffness=_optional(soft, "kp"),
        damping=_optional(soft, "kd"),
    )


def _friction(node: Node | None) -> tuple[float, float, float | None]:
    if node is None:
        return 1.0, 1.0, None
    bullet = node.child("bullet")
    coulomb, names = node.child("ode"), ("mu", "mu2")
    if coulomb is None:
        coulomb, names = bullet, ("friction", "friction2")
    elif bullet is not None:
        bullet.close()
    mu = mu2 = 1.0
    if coulomb is not None:
        mu = values.number(coulomb, names[0], 1.0, least=0, most=values.UNLIMITED)
        mu2 = values.number(coulomb, names[1], 1.0, least=0, most=values.UNLIMITED)
    torsional = node.child("torsional")
    return mu, mu2, None if torsional is None else values.number(torsional, "coefficient", 1.0, least=0)


def _optional(node: Node | None, tag: str) -> float | None:
    if node is None or node.child(tag) is None:
        return None
    return values.number(node, tag, 0.0, least=0, most=_STIFFEST)
