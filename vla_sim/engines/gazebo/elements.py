"""Small parts of an SDF file: numbers, poses, shapes and surfaces as elements."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import assert_never
from xml.etree.ElementTree import Element, SubElement

from vla_sim.geometry import Pose
from vla_sim.sdf.scene import (
    Box,
    Capsule,
    Cone,
    Cylinder,
    Ellipsoid,
    Geometry,
    Light,
    Material,
    Mesh,
    Plane,
    Rgba,
    Sphere,
    Surface,
)

_UNLIMITED = 1e16
"""SDF's number for a bound that is none."""


def add(parent: Element, tag: str, value: object = None, **attributes: str) -> Element:
    """Append an element: numbers in full, sequences with blanks between, booleans as SDF writes them."""
    element = SubElement(parent, tag, attributes)
    if value is not None:
        element.text = text(value)
    return element


def text(value: object) -> str:
    """Return a value as SDF reads it back to the last bit."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return repr(math.copysign(_UNLIMITED, value) if math.isinf(value) else value)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return " ".join(text(part) for part in value)
    return str(value)


def add_pose(parent: Element, pose: Pose) -> None:
    """Append a pose, as a quaternion: angles would lose the last bits."""
    if pose != Pose():
        w, x, y, z = pose.rotation
        add(parent, "pose", (*pose.position, x, y, z, w), rotation_format="quat_xyzw")


def add_geometry(parent: Element, geometry: Geometry) -> None:
    """Append the shape of a visual or a collision."""
    shape = add(parent, "geometry")
    match geometry:
        case Box(size):
            add(add(shape, "box"), "size", size)
        case Sphere(radius):
            add(add(shape, "sphere"), "radius", radius)
        case Cylinder(radius, length) | Capsule(radius, length) | Cone(radius, length):
            round_one = add(shape, type(geometry).__name__.lower())
            add(round_one, "radius", radius)
            add(round_one, "length", length)
        case Ellipsoid(radii):
            add(add(shape, "ellipsoid"), "radii", radii)
        case Plane(normal, extent):
            plane = add(shape, "plane")
            add(plane, "normal", normal)
            add(plane, "size", extent)
        case Mesh():
            mesh = add(shape, "mesh")
            add(mesh, "uri", geometry.path.resolve().as_uri())
            add(mesh, "scale", geometry.scale)
            if geometry.submesh is not None:
                submesh = add(mesh, "submesh")
                add(submesh, "name", geometry.submesh)
                add(submesh, "center", geometry.centre_submesh)
        case _:
            assert_never(geometry)


def add_material(parent: Element, material: Material) -> None:
    """Append how a visual looks."""
    element = add(parent, "material")
    for channel in ("ambient", "diffuse", "specular", "emissive"):
        add(element, channel, getattr(material, channel))
    metal = add(add(element, "pbr"), "metal")
    if material.texture is not None:
        add(metal, "albedo_map", str(material.texture.resolve()))
    add(metal, "metalness", material.metalness)
    add(metal, "roughness", material.roughness)


def add_surface(parent: Element, surface: Surface) -> None:
    """Append how a collision slides, bounces and gives way."""
    element = add(parent, "surface")
    friction = add(element, "friction")
    ode = add(friction, "ode")
    add(ode, "mu", surface.mu)
    add(ode, "mu2", surface.mu2)
    if surface.torsional is not None:
        add(add(friction, "torsional"), "coefficient", surface.torsional)
    if surface.restitution > 0:
        add(add(element, "bounce"), "restitution_coefficient", surface.restitution)
    if surface.stiffness is not None or surface.damping is not None:
        contact = add(add(element, "contact"), "ode")
        if surface.stiffness is not None:
            add(contact, "kp", surface.stiffness)
        if surface.damping is not None:
            add(contact, "kd", surface.damping)


def add_light(parent: Element, light: Light, factor: float) -> None:
    """Append a light, ``factor`` times as bright."""
    element = add(parent, "light", name=light.name, type=light.type)
    add_pose(element, light.pose)
    add(element, "cast_shadows", light.cast_shadows)
    add(element, "intensity", light.intensity)
    add(element, "diffuse", scaled(light.diffuse, factor))
    add(element, "specular", scaled(light.specular, factor))
    if light.type != "point":
        add(element, "direction", light.direction)
    if light.type != "directional":
        attenuation = add(element, "attenuation")
        add(attenuation, "range", light.attenuation_range)
        for name, term in zip(("constant", "linear", "quadratic"), light.attenuation, strict=True):
            add(attenuation, name, term)
    if light.type == "spot":
        spot = add(element, "spot")
        add(spot, "inner_angle", light.spot_inner)
        add(spot, "outer_angle", light.spot_outer)
        add(spot, "falloff", light.spot_falloff)


def scaled(colour: Rgba, factor: float) -> Rgba:
    """Return a colour ``factor`` times as bright; its last channel is none of that."""
    red, green, blue, alpha = colour
    return (red * factor, green * factor, blue * factor, alpha)


def add_system(parent: Element, library: str, name: str) -> Element:
    """Append a system of gz-sim to a world or a model."""
    return add(parent, "plugin", filename=f"gz-sim-{library}-system", name=f"gz::sim::systems::{name}")
