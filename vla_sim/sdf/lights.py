"""``<light>``."""

from __future__ import annotations

from typing import Literal, cast

from vla_sim.geometry import Pose
from vla_sim.sdf import values
from vla_sim.sdf.document import Node, shorten
from vla_sim.sdf.scene import Light

_TYPES = ("point", "directional", "spot")


def read_light(node: Node, pose: Pose) -> Light | None:
    """Return a light, or None where it is switched off. Defaults are those of the SDF specification."""
    name = node.name()
    kind = node.attribute("type") or "point"
    if kind not in _TYPES:
        raise node.error(f"type {shorten(kind)!r} is unknown; use point, directional or spot")
    if not values.flag(node, "light_on", True):
        node.close()
        return None
    fading = node.child("attenuation")
    spot = node.child("spot")
    light = Light(
        name=name,
        type=cast(Literal["point", "directional", "spot"], kind),
        pose=pose,
        diffuse=values.colour(node, "diffuse", (1.0, 1.0, 1.0, 1.0)),
        specular=values.colour(node, "specular", (0.1, 0.1, 0.1, 1.0)),
        direction=values.direction(node, "direction", (0.0, 0.0, -1.0)),
        attenuation_range=10.0 if fading is None else values.number(fading, "range", 10.0, least=0),
        attenuation=_attenuation(fading),
        spot_inner=_angle(spot, "inner_angle"),
        spot_outer=_angle(spot, "outer_angle"),
        spot_falloff=0.0 if spot is None else values.number(spot, "falloff", 0.0, least=0),
        cast_shadows=values.flag(node, "cast_shadows", False),
        intensity=values.number(node, "intensity", 1.0, least=0),
    )
    if light.type == "spot" and light.spot_inner > light.spot_outer:
        raise node.error("the spot's <inner_angle> is wider than its <outer_angle>")
    return light


def _attenuation(node: Node | None) -> tuple[float, float, float]:
    if node is None:
        return (1.0, 1.0, 0.0)
    return (
        values.number(node, "constant", 1.0, least=0),
        values.number(node, "linear", 1.0, least=0),
        values.number(node, "quadratic", 0.0, least=0),
    )


def _angle(node: Node | None, tag: str) -> float:
    return 0.0 if node is None else values.number(node, tag, 0.0, least=0, most=6.2832)
