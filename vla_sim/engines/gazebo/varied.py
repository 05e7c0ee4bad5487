"""A variation written into the world itself: Gazebo reads looks, masses and sizes once, when it starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from vla_sim.engines.embedded.retexture import retextured
from vla_sim.engines.engine import Variation
from vla_sim.engines.resize import resized
from vla_sim.engines.streams import Source
from vla_sim.sdf.scene import Collision, Inertial, Link, Material, Model, Rgba, Sensor, World


def varied(world: World, variation: Variation, sources: Mapping[str, Source]) -> World:
    """Return the world with other looks, frictions, masses, sizes and camera poses, but for its lights."""
    dressed = retextured(resized(world, variation.size), variation.textures)
    return replace(dressed, models=tuple(_model(model, variation, sources) for model in dressed.models))


def _model(model: Model, variation: Variation, sources: Mapping[str, Source]) -> Model:
    colour = variation.colours.get(model.name)
    slide, weight = variation.friction.get(model.name, 1.0), variation.mass.get(model.name, 1.0)
    links = tuple(
        replace(
            _painted(link, colour) if colour is not None else link,
            inertial=_weighed(link.inertial, weight),
            collisions=tuple(_slippery(collision, slide) for collision in link.collisions),
            sensors=tuple(_jittered(model.name, link.name, sensor, variation, sources) for sensor in link.sensors),
        )
        for link in model.links
    )
    return replace(model, links=links)


def _weighed(inertial: Inertial, factor: float) -> Inertial:
    xx, yy, zz, xy, xz, yz = (part * factor for part in inertial.inertia)
    return replace(inertial, mass=inertial.mass * factor, inertia=(xx, yy, zz, xy, xz, yz))


def _slippery(collision: Collision, factor: float) -> Collision:
    surface = collision.surface
    return replace(collision, surface=replace(surface, mu=surface.mu * factor, mu2=surface.mu2 * factor))


def _painted(link: Link, colour: Rgba) -> Link:
    visuals = tuple(
        replace(visual, material=replace(visual.material or Material(), ambient=colour, diffuse=colour))
        for visual in link.visuals
    )
    return replace(link, visuals=visuals)


def _jittered(model: str, link: str, sensor: Sensor, variation: Variation, sources: Mapping[str, Source]) -> Sensor:
    for name, jitter in variation.camera_jitter.items():
        stream, source = sources[name].stream, sources[name].sensor
        if source is not None and (stream.model, stream.link, source.name) == (model, link, sensor.name):
            return replace(sensor, pose=sensor.pose * jitter)
    return sensor
