"""Typed values of elements: numbers, flags, vectors, colours and poses, each with its bounds checked."""

from __future__ import annotations

import math
import re

from vla_sim.geometry import Pose, Vector3
from vla_sim.sdf.document import Node, shorten
from vla_sim.sdf.scene import Rgba

FARTHEST = 1e7
"""No coordinate or length may exceed this [m]: beyond it float32 rendering and contact solving lose all meaning."""

UNLIMITED = 1e16
"""A joint limit at or beyond this is none: SDF 1.6 to 1.9 write unlimited as 1e16."""

_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?")
_INFINITE = re.compile(r"([+-]?)inf(?:inity)?", re.IGNORECASE)
_FLAGS = {"true": True, "1": True, "false": False, "0": False}


def number(
    parent: Node,
    tag: str,
    default: float,
    *,
    above: float | None = None,
    least: float | None = None,
    most: float = FARTHEST,
) -> float:
    """Return a finite number, or the default where the element is missing or empty; InputError out of bounds."""
    node = parent.child(tag)
    if node is None or not node.text:
        return default
    (value,) = numbers(node, 1)
    return check_bounds(node, value, above=above, least=least, most=most)


def check_bounds(
    node: Node, value: float, *, above: float | None = None, least: float | None = None, most: float = FARTHEST
) -> float:
    """Return the value; InputError where it is not above, or is less, or is more than asked."""
    if above is not None and value <= above:
        raise node.error(f"is {value:g}; it must be above {above:g}")
    if least is not None and value < least:
        raise node.error(f"is {value:g}; it must be at least {least:g}")
    if value > most or (above is None and least is None and value < -most):
        raise node.error(f"is {value:g}; it must be at most {most:g} in size")
    return value


def limit(parent: Node, tag: str, default: float) -> float:
    """Return a number that may be infinite; sizes of 1e16 and more mean infinite."""
    node = parent.child(tag)
    if node is None or not node.text:
        return default
    infinite = _INFINITE.fullmatch(node.text)
    if infinite:
        return -math.inf if infinite.group(1) == "-" else math.inf
    (value,) = numbers(node, 1)
    return math.copysign(math.inf, value) if abs(value) >= UNLIMITED else value


def integer(parent: Node, tag: str, default: int, *, least: int, most: int) -> int:
    """Return a whole number within bounds."""
    node = parent.child(tag)
    if node is None or not node.text:
        return default
    (value,) = numbers(node, 1)
    if value != math.floor(value):
        raise node.error(f"is {value:g}; it must be a whole number")
    if not least <= value <= most:
        raise node.error(f"is {value:g}; it must be between {least} and {most}")
    return int(value)


def flag(parent: Node, tag: str, default: bool) -> bool:
    """Return true or false (also 1 or 0, in any case)."""
    node = parent.child(tag)
    if node is None or not node.text:
        return default
    return parse_flag(node, node.text)


def parse_flag(node: Node, text: str) -> bool:
    """Return the truth of a text; InputError where it is neither true nor false."""
    value = _FLAGS.get(text.strip().lower())
    if value is None:
        raise node.error(f"is {shorten(text)!r}; it must be true or false")
    return value


def text(parent: Node, tag: str) -> str | None:
    """Return the text; None where the element is missing, empty or SDF's ``__default__``."""
    node = parent.child(tag)
    if node is None or node.text in ("", "__default__", "__default_topic__"):
        return None
    return node.text


def vector3(parent: Node, tag: str, default: Vector3) -> Vector3:
    """Return three finite numbers, each at most FARTHEST in size."""
    node = parent.child(tag)
    if node is None or not node.text:
        return default
    x, y, z = (check_bounds(node, value) for value in numbers(node, 3))
    return (x, y, z)


def sizes(node: Node, count: int) -> tuple[float, ...]:
    """Return ``count`` lengths, each above zero."""
    return tuple(check_bounds(node, value, above=0.0) for value in numbers(node, count))


def direction(parent: Node, tag: str, default: Vector3) -> Vector3:
    """Return a unit vector along the given one; InputError where that is zero."""
    x, y, z = vector3(parent, tag, default)
    norm = math.sqrt(x * x + y * y + z * z)
    if norm < 1e-9:
        raise parent.need(tag).error("is a zero vector; a direction needs a length")
    return (x / norm, y / norm, z / norm)


def colour(parent: Node, tag: str, default: Rgba) -> Rgba:
    """Return RGBA clamped to 0..1; alpha is 1 where only three numbers are given."""
    node = parent.child(tag)
    if node is None or not node.text:
        return default
    channels = numbers(node, 3, 4)
    r, g, b, a = (min(1.0, max(0.0, value)) for value in (*channels, 1.0)[:4])
    return (r, g, b, a)


def numbers(node: Node, *counts: int) -> list[float]:
    """Return the element's finite numbers; InputError where their count is not one of those allowed."""
    words = node.text.split(maxsplit=max(counts) + 1)
    if len(words) not in counts:
        wanted = " or ".join(str(count) for count in counts)
        raise node.error(f"needs {wanted} number{'s' if counts != (1,) else ''}, not {shorten(node.text)!r}")
    return [_finite(node, word) for word in words]


def _finite(node: Node, word: str) -> float:
    if not _NUMBER.fullmatch(word) or not math.isfinite(float(word)):
        raise node.error(f"{shorten(word)!r} is not a finite number")
    return float(word)


def pose(node: Node) -> Pose:
    """Return the pose that a ``<pose>`` states in its own frame of reference; an empty one is the identity.

    Six numbers are x y z roll pitch yaw, in degrees if ``degrees="true"``; with ``rotation_format="quat_xyzw"`` seven
    numbers are x y z and a quaternion, which is normalised.
    """
    if not node.text:
        return Pose()
    rotation_format = node.attribute("rotation_format") or "euler_rpy"
    degrees = parse_flag(node, node.attribute("degrees") or "false")
    if rotation_format == "quat_xyzw":
        if degrees:
            raise node.error('degrees="true" means nothing with rotation_format="quat_xyzw"; drop it')
        x, y, z, qx, qy, qz, qw = (check_bounds(node, value) for value in numbers(node, 7))
        norm = math.sqrt(qx * qx + qy * qy + qz * qz + qw * qw)
        if norm < 1e-9:
            raise node.error("holds a zero quaternion; the identity is 0 0 0 1")
        return Pose((x, y, z), (qw / norm, qx / norm, qy / norm, qz / norm))
    if rotation_format != "euler_rpy":
        raise node.error(f"rotation_format {shorten(rotation_format)!r} is unknown; use euler_rpy or quat_xyzw")
    x, y, z, *angles = (check_bounds(node, value) for value in numbers(node, 6))
    roll, pitch, yaw = (math.radians(angle) for angle in angles) if degrees else angles
    return Pose.from_xyz_rpy(x, y, z, roll, pitch, yaw)
