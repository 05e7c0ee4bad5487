"""``<geometry>``: shapes with checked sizes, and mesh files that are there."""

from __future__ import annotations

from collections.abc import Callable
from typing import cast

from vla_sim.geometry import Vector3
from vla_sim.sdf import values
from vla_sim.sdf.document import Node
from vla_sim.sdf.reading import Reading
from vla_sim.sdf.resources import is_web
from vla_sim.sdf.scene import Box, Capsule, Cone, Cylinder, Ellipsoid, Geometry, Mesh, Plane, Sphere

MESH_SUFFIXES = (".obj", ".stl", ".dae")

_UNSUPPORTED = ("heightmap", "image", "polyline")


def read_geometry(holder: Node, reading: Reading) -> Geometry | None:
    """Return the shape of a visual or collision, or None (with an issue, unless it is ``<empty>``)."""
    node = holder.need("geometry")
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
    return Box(_lengths(node.need("size")))


def _sphere(node: Node, reading: Reading) -> Sphere:
    return Sphere(_length(node, "radius"))


def _cylinder(node: Node, reading: Reading) -> Cylinder:
    return Cylinder(_length(node, "radius"), _length(node, "length"))


def _capsule(node: Node, reading: Reading) -> Capsule:
    return Capsule(_length(node, "radius"), _length(node, "length"))


def _cone(node: Node, reading: Reading) -> Cone:
    return Cone(_length(node, "radius"), _length(node, "length"))


def _ellipsoid(node: Node, reading: Reading) -> Ellipsoid:
    return Ellipsoid(_lengths(node.need("radii")))


def _plane(node: Node, reading: Reading) -> Plane:
    size = node.child("size")
    x, y = values.sizes(size, 2) if size is not None and size.text else (1.0, 1.0)
    return Plane(values.direction(node, "normal", (0.0, 0.0, 1.0)), (x, y))


def _mesh(node: Node, reading: Reading) -> Mesh | None:
    uri = node.need("uri")
    if is_web(uri.text):
        reading.report(node, "meshes on the web are not fetched; left out")
        return None
    path = reading.resources.find(uri.text, uri)
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


def _length(node: Node, tag: str) -> float:
    (length,) = values.sizes(node.need(tag), 1)
    return length


def _lengths(node: Node) -> Vector3:
    return cast(Vector3, values.sizes(node, 3))


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
