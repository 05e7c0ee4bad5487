"""Other sizes of models: the world is made anew with them, for every engine alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from vla_sim.geometry import Pose
from vla_sim.sdf.scene import (
    Box,
    Capsule,
    Cone,
    Cylinder,
    Ellipsoid,
    Geometry,
    Inertial,
    Link,
    Mesh,
    Model,
    Plane,
    Sphere,
    World,
)


def resized(world: World, sizes: Mapping[str, float]) -> World:
    """Return the world with models larger by a factor, about their own origins, of the same density.

    For models of links alone: joints, sensors, lights and frames stay as they are.
    """
    if not sizes:
        return world
    models = tuple(_model(model, sizes[model.name]) if model.name in sizes else model for model in world.models)
    return replace(world, models=models)


def _model(model: Model, factor: float) -> Model:
    return replace(model, links=tuple(_link(link, factor) for link in model.links))


def _link(link: Link, factor: float) -> Link:
    return replace(
        link,
        pose=_pose(link.pose, factor),
        inertial=_inertial(link.inertial, factor),
        visuals=tuple(
            replace(visual, pose=_pose(visual.pose, factor), geometry=_geometry(visual.geometry, factor))
            for visual in link.visuals
        ),
        collisions=tuple(
            replace(one, pose=_pose(one.pose, factor), geometry=_geometry(one.geometry, factor))
            for one in link.collisions
        ),
    )


def _inertial(inertial: Inertial, factor: float) -> Inertial:
    xx, yy, zz, xy, xz, yz = (part * factor**5 for part in inertial.inertia)
    return Inertial(inertial.mass * factor**3, _pose(inertial.pose, factor), (xx, yy, zz, xy, xz, yz))


def _pose(pose: Pose, factor: float) -> Pose:
    x, y, z = pose.position
    return Pose((x * factor, y * factor, z * factor), pose.rotation)


def _geometry(geometry: Geometry, factor: float) -> Geometry:
    match geometry:
        case Box((x, y, z)):
            return Box((x * factor, y * factor, z * factor))
        case Ellipsoid((x, y, z)):
            return Ellipsoid((x * factor, y * factor, z * factor))
        case Sphere(radius):
            return Sphere(radius * factor)
        case Cylinder() | Capsule() | Cone():
            return replace(geometry, radius=geometry.radius * factor, length=geometry.length * factor)
        case Plane():
            return replace(geometry, size=(geometry.size[0] * factor, geometry.size[1] * factor))
        case Mesh():
            x, y, z = geometry.scale
            return replace(geometry, scale=(x * factor, y * factor, z * factor))
