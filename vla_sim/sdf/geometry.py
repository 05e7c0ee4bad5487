"""``<geometry>``: shapes with checked sizes, and mesh files that are there."""

from __future__ import annotations

import os
from collections.abc import Callable

from vla_sim.geometry import Vector3
from vla_sim.sdf import values
from vla_sim.sdf.document import Node
from vla_sim.sdf.reading import Reading
from vla_sim.sdf.scene import Box, Capsule, Cone, Cylinder, Ellipsoid, Geometry, Mesh, Plane, Sphere

MESH_SUFFIXES = (".obj", ".stl", ".dae")

_UNSUPPORTED = ("heightmap", "image", "polyline")


def read_geometry(holder: Node, reading: Reading) -> Geometry | None:
    """Return the shape of a visual or collision, or None (with an issue, unless it is ``<empty>``).

    A size that is missing takes SDF's default, with an issue, as Gazebo does.
    """
    node = holder.child("geometry")
    if node is None:
        reading.note(holder, "has no <geometry>; left out")
        return None
    if node.child("empty") is not None:
        return None
    for tag, read in _SHAPES.items():
        shape = node.child(tag)
        if shape is not None:
            return read(shape, reading)
    for tag in _UNSUPPORTED:
        shape = node.child(tag)
        if shape is not None:
            reading.report(shape, f"the shape is not supported; <{holder.tag}> left out")
            return None
    raise node.error("holds no shape; add a <box>, <sphere>, <cylinder>, <plane>, <mesh> ...")


def _box(node: Node, reading: Reading) -> Box:
    return Box(_lengths(node, "size", reading))


def _sphere(node: Node, reading: Reading) -> Sphere:
    return Sphere(_length(node, "radius", 1.0, reading))


def _cylinder(node: Node, reading: Reading) -> Cylinder:
    return Cylinder(_length(node, "radius", 1.0, reading), _length(node, "length", 1.0, reading))


def _capsule(node: Node, reading: Reading) -> Capsule:
    return Capsule(_length(node, "radius", 0.5, reading), _length(node, "length", 1.0, reading))


def _cone(node: Node, reading: Reading) -> Cone:
    return Cone(_length(node, "radius", 1.0, reading), _length(node, "length", 1.0, reading))


def _ellipsoid(node: Node, reading: Reading) -> Ellipsoid:
    return Ellipsoid(_lengths(node, "radii", reading))


def _plane(node: Node, reading: Reading) -> Plane:
    size = node.child("size")
    x, y = values.sizes(size, 2) if size is not None and size.text else (1.0, 1.0)
    return Plane(values.direction(node, "normal", (0.0, 0.0, 1.0)), (x, y))


def _mesh(node: Node, reading: Reading) -> Mesh | None:
    uri = node.need("uri")
    path = reading.resources.find(uri.text, uri)
    if path is None:
        reading.report(node, "meshes on the web are not fetched; left out")
        return None
    if not os.path.isfile(path):
        raise uri.error("names a folder, not a mesh")
    if path.suffix.lower() not in MESH_SUFFIXES:
        reading.report(node, f"mesh format {path.suffix!r} is not supported (use obj, stl or dae); left out")
        return None
    scale = values.vector3(node, "scale", (1.0, 1.0, 1.0))
    if not all(scale):
        raise node.need("scale").error("holds a zero; every factor must differ from zero")
    submesh = node.child("submesh")
    if submesh is None:
        return Mesh(path, scale)
    return Mesh(path, scale, values.text(submesh, "name"), values.flag(submesh, "center", False))


def _length(node: Node, tag: str, default: float, reading: Reading) -> float:
    stated = node.child(tag)
    if stated is None or not stated.text:
        reading.note(node, f"<{tag}> is missing; taken as {default:g}")
        return default
    (length,) = values.sizes(stated, 1)
    return length


def _lengths(node: Node, tag: str, reading: Reading) -> Vector3:
    stated = node.child(tag)
    if stated is None or not stated.text:
        reading.note(node, f"<{tag}> is missing; taken as 1 1 1")
        return (1.0, 1.0, 1.0)
    x, y, z = values.sizes(stated, 3)
    return (x, y, z)


_SHAPES: dict[str, Callable[[Node, Reading], Geometry | None]] = {
    "box": _box,
    "sphere": _sphere,
    "cylinder": _cylinder,
    "capsule": _capsule,
    "cone": _cone,
    "ellipsoid": _ellipsoid,
    "plane": _plane,
    "mesh": _mesh,
}
