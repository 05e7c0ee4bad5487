"""Randomisation of looks and physics: what a user asks for, and one draw of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Self

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from vla_sim.engines.engine import Variation
from vla_sim.errors import InputError
from vla_sim.geometry import Pose
from vla_sim.sdf.scene import Model, Rgba
from vla_sim.sensing.reading import Stream
from vla_sim.tasks.site import Site

Factor = Annotated[float, Field(ge=0.0, le=100.0)]
PositiveFactor = Annotated[float, Field(gt=0.0, le=100.0)]
SizeFactor = Annotated[float, Field(ge=0.5, le=1.25)]


class VariationSpec(BaseModel):
    """Ranges from which each episode draws its looks and physics, uniformly.

    What is left out stays as the world has it.

    >>> VariationSpec(light=(0.5, 1.5), camera_angle=0.02).light
    (0.5, 1.5)
    """

    model_config = ConfigDict(extra="forbid", frozen=True)

    light: tuple[Factor, Factor] | None = None
    """Factor on all light. A task that asks for its own light, such as a dark room, has it."""
    colour: Annotated[float, Field(ge=0.0, le=0.3)] = 0.0
    """Greatest change of each colour channel (0..1) of the objects that goals name; small, so that red stays red."""
    camera_position: Annotated[float, Field(ge=0.0, le=1.0)] = 0.0
    """Greatest shift of each camera along each axis [m]."""
    camera_angle: Annotated[float, Field(ge=0.0, le=1.0)] = 0.0
    """Greatest turn of each camera about each axis [rad]."""
    friction: tuple[Factor, Factor] | None = None
    """Factor on the friction of the ground, one for each model that the robot drives on."""
    mass: tuple[PositiveFactor, PositiveFactor] | None = None
    """Factor on the masses of the robot."""
    size: tuple[SizeFactor, SizeFactor] | None = None
    """Factor on the lengths of the things that a gripper may take, one for each; their masses go with it."""

    @model_validator(mode="after")
    def _check_order(self) -> Self:
        for name in ("light", "friction", "mass", "size"):
            bounds = getattr(self, name)
            if bounds is not None and bounds[0] > bounds[1]:
                raise ValueError(f"{name}: the first number must not be greater than the second")
        return self

    def sizes(self, rng: np.random.Generator, site: Site) -> dict[str, float]:
        """Draw how large the things of one episode are, which its task must know before it lays them."""
        if self.size is None:
            return {}
        names = sorted(name for name, tag in site.objects.items() if tag.height is not None)
        return {name: _within(rng, self.size) for name in names}

    def sample(
        self,
        rng: np.random.Generator,
        site: Site,
        streams: Mapping[str, Stream],
        light: float | None = None,
        sizes: Mapping[str, float] | None = None,
    ) -> Variation:
        """Draw the variation of one episode, all but the ``sizes`` drawn before; ``light`` is what its task needs.

        The numbers drawn for one thing do not depend on which others are asked for.
        """
        children = dict(zip(("light", "colour", "camera", "friction", "mass"), rng.spawn(5), strict=True))
        drawn = _within(children["light"], self.light)
        cameras = sorted(name for name, stream in streams.items() if stream.camera is not None)
        return Variation(
            light=drawn if light is None else light,
            colours=self._colours(children["colour"], site) if self.colour else {},
            camera_jitter=self._jitter(children["camera"], cameras, streams),
            friction={name: _within(children["friction"], self.friction) for name in sorted(site.ground)}
            if self.friction
            else {},
            mass={site.robot.name: _within(children["mass"], self.mass)} if self.mass else {},
            size=sizes or {},
        )

    def _colours(self, rng: np.random.Generator, site: Site) -> dict[str, Rgba]:
        colours: dict[str, Rgba] = {}
        for name, tag in sorted(site.objects.items()):
            change = rng.uniform(-self.colour, self.colour, 3)
            colour = _plain_colour(site.world.model(name))
            if colour is not None and not tag.decoy:
                red, green, blue = np.clip(np.array(colour[:3]) + change, 0.0, 1.0)
                colours[name] = (float(red), float(green), float(blue), colour[3])
        return colours

    def _jitter(self, rng: np.random.Generator, cameras: list[str], streams: Mapping[str, Stream]) -> dict[str, Pose]:
        """Cameras at one place, such as the colour and the depth of one device, move together."""
        if not (self.camera_position or self.camera_angle):
            return {}
        by_place: dict[tuple[str, str, Pose], Pose] = {}
        jitter: dict[str, Pose] = {}
        for name in cameras:
            stream = streams[name]
            place = (stream.model, stream.link, stream.pose)
            if place not in by_place:
                x, y, z = rng.uniform(-self.camera_position, self.camera_position, 3)
                roll, pitch, yaw = rng.uniform(-self.camera_angle, self.camera_angle, 3)
                by_place[place] = Pose.from_xyz_rpy(*map(float, (x, y, z, roll, pitch, yaw)))
            jitter[name] = by_place[place]
        return jitter


def read_variation(variation: VariationSpec | Mapping[str, Any] | None) -> VariationSpec:
    """Read a variation given as a spec or a mapping; None varies nothing.

    Raises:
        InputError: naming the field that is wrong.
    """
    if isinstance(variation, VariationSpec):
        return variation
    try:
        return VariationSpec.model_validate(dict(variation or {}))
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in ("variation", *first["loc"]))
        raise InputError(first["msg"].removeprefix("Value error, "), field=field) from error


def describe(variation: Variation) -> dict[str, Any]:
    """Return a variation as it stands in a record: what differs from the world's file."""
    described: dict[str, Any] = {"light": round(variation.light, 6)}
    for name in ("friction", "mass", "size"):
        factors = getattr(variation, name)
        if factors:
            described[name] = {model: round(factor, 6) for model, factor in factors.items()}
    if variation.colours:
        described["colours"] = {
            model: [round(channel, 6) for channel in colour] for model, colour in variation.colours.items()
        }
    if variation.camera_jitter:
        described["camera_jitter"] = {
            name: [round(value, 6) for value in (*pose.position, *pose.rpy)]
            for name, pose in variation.camera_jitter.items()
        }
    return described


def _within(rng: np.random.Generator, bounds: tuple[float, float] | None) -> float:
    return 1.0 if bounds is None else float(rng.uniform(*bounds))


def _plain_colour(model: Model) -> Rgba | None:
    """Return the one diffuse colour of a model, or None where it has several or a texture."""
    materials = {visual.material for link in model.links for visual in link.visuals if visual.material is not None}
    colours = {material.diffuse for material in materials}
    return colours.pop() if len(colours) == 1 and not any(material.texture for material in materials) else None
