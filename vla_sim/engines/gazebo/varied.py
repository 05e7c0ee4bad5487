"""A variation written into the world itself: Gazebo reads looks and masses once, when it starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from vla_sim.engines.embedded.retexture import retextured
from vla_sim.engines.embedded.variation import known_model
from vla_sim.engines.engine import Variation
from vla_sim.engines.streams import Source
from vla_sim.errors import InputError
from vla_sim.sdf.scene import Link, Material, Model, Rgba, Sensor, World


def varied(world: World, variation: Variation, sources: Mapping[str, Source]) -> World:
    """Return the world with other looks, frictions, masses and camera poses; its lights are left to who writes them.

    Raises:
        InputError: the variation names something unknown, or a mass factor is not above 0.
    """
    for field in ("colours", "friction", "mass"):
        for name in getattr(variation, field):
            known_model(world, name, field)
    for name, factor in variation.mass.items():
        if not factor > 0:
            raise InputError(f"mass factor {factor} of {name!r} must be above 0", field="mass")
    for name in variation.camera_jitter:
        if name not in sources or sources[name].stream.camera is None:
            cameras = sorted(name for name, source in sources.items() if source.stream.camera is not None)
            raise InputError(
                f"no camera stream {name!r}; there are: {', '.join(cameras) or 'none'}", field="camera_jitter"
            )
    dressed = retextured(world, variation.textures)
    return replace(dressed, models=tuple(_model(model, variation, sources) for model in dressed.models))


def _model(model: Model, variation: Variation, sources: Mapping[str, Source]) -> Model:
    colour = variation.colours.get(model.name)
    slide, weight = variation.friction.get(model.name, 1.0), variation.mass.get(model.name, 1.0)
    links = tuple(
        replace(
            _painted(link, colour) if colour is not None else link,
            inertial=replace(
                link.inertial,
                mass=link.inertial.mass * weight,
                inertia=tuple(part * weight for part in link.inertial.inertia),
            ),
            collisions=tuple(
                replace(
                    collision,
                    surface=replace(
                        collision.surface, mu=collision.surface.mu * slide, mu2=collision.surface.mu2 * slide
                    ),
                )
                for collision in link.collisions
            ),
            sensors=tuple(_jittered(model.name, link.name, sensor, variation, sources) for sensor in link.sensors),
        )
        for link in model.links
    )
    return replace(model, links=links)


def _painted(link: Link, colour: Rgba) -> Link:
    visuals = tuple(
        replace(visual, material=replace(visual.material or Material(), ambient=colour, diffuse=colour))
        for visual in link.visuals
    )
    return replace(link, visuals=visuals)


def _jittered(model: str, link: str, sensor: Sensor, variation: Variation, sources: Mapping[str, Source]) -> Sensor:
    for name, jitter in variation.camera_jitter.items():
        source = sources[name]
        if source.sensor is not None and (source.stream.model, source.stream.link) == (model, link):
            if source.sensor.name == sensor.name:
                return replace(sensor, pose=sensor.pose * jitter)
    return sensor
