"""What a world's things are called: the YAML file beside an SDF world (``arena.sdf`` -> ``arena.yaml``).

Gazebo never reads it; tasks and the scripted expert do.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from vla_sim.document import read_document
from vla_sim.errors import InputError
from vla_sim.geometry import Vector3

Rect = tuple[float, float, float, float]
"""xmin, ymin, xmax, ymax [m] in the world's frame."""

Point = tuple[float, float]

Length = Annotated[float, Field(gt=0)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ObjectTag(_Strict):
    """A model that a goal may name and a trial may move, e.g. colour ``red`` and noun ``cube``."""

    colour: str
    noun: str
    radius: Length
    """Radius of the footprint [m]."""
    decoy: bool = False
    """A flat look-alike (a picture on a board): looks like the object, is none."""
    height: Length | None = None
    """Height [m] of what a gripper may take; None where none may."""

    def resized(self, factor: float) -> ObjectTag:
        """Return the tag of a thing that is larger by a factor."""
        height = None if self.height is None else self.height * factor
        return self.model_copy(update={"radius": self.radius * factor, "height": height})


class Hollow(_Strict):
    """The flat inside of a tray or a bowl, ``floor`` above its underside [m]: its edges or its radius."""

    size: tuple[Length, Length] | None = None
    radius: Length | None = None
    floor: float = 0.0

    @model_validator(mode="after")
    def _check_shape(self) -> Self:
        if (self.size is None) == (self.radius is None):
            raise ValueError("a hollow has either a size or a radius")
        return self


class Drawer(_Strict):
    """A drawer: its joint, its handle in the frame of its link, and the least opening that counts [m]."""

    joint: str
    link: str
    handle: Vector3
    open: Length


class Button(_Strict):
    """A plunger: its joint, where one presses in the frame of its link, and from where on it is pressed [m]."""

    joint: str
    link: str
    top: Vector3
    down: Annotated[float, Field(lt=0)]


class FixtureTag(_Strict):
    """A model on a surface that a goal may name and no gripper takes: a tray, a mat, a chest of drawers, a button."""

    noun: str
    colour: str | None = None
    radius: Length
    """Radius of the footprint [m]."""
    height: float = 0.0
    holds: Hollow | None = None
    marks: Length | None = None
    """Radius of a flat mark on the surface [m]."""
    drawers: dict[str, Drawer] = {}
    """By the side that they are on, as one looks at them: ``left`` or ``right``."""
    presses: Button | None = None


class Surface(_Strict):
    """The part of a model's flat top where a gripper reaches, in the world's frame; its key is the model's name."""

    area: Rect
    height: float
    reach: tuple[Length, Length]
    """Least and greatest horizontal distance from the robot's origin at which it reaches straight down [m]."""
    words: tuple[str, ...] = ()
    """What people call it, the usual name first; empty where no goal names it."""


class View(_Strict):
    """Where a picture of the world is taken from, and the point that it looks at [m]."""

    eye: Vector3
    at: Vector3


class Room(_Strict):
    """A named area; ``words`` are what people call it, the first one is the usual name."""

    words: Annotated[tuple[str, ...], Field(min_length=1)]
    areas: Annotated[tuple[Rect, ...], Field(min_length=1)]


class Wall(_Strict):
    """A straight run of wall to follow, from ``start`` to ``end`` with the free side on the left of that direction."""

    start: Point
    end: Point


class Semantics(_Strict):
    """Everything that tasks know of a world beyond its geometry."""

    description: str
    robot: str = "robot"
    """Name of the model that is driven."""
    objects: dict[str, ObjectTag] = {}
    rooms: dict[str, Room] = {}
    spawn: tuple[Rect, ...] = ()
    """Where the robot may start; empty where it stays where the world has it."""
    clear: tuple[Rect, ...] = ()
    """Where objects may be put."""
    walls: dict[str, Wall] = {}
    slippery: tuple[Rect, ...] = ()
    """Patches of low friction."""
    fixtures: dict[str, FixtureTag] = {}
    surfaces: dict[str, Surface] = {}
    view: View | None = None
    """None: from behind the robot."""

    def resized(self, sizes: Mapping[str, float]) -> Semantics:
        """Return the same with objects larger by a factor each."""
        return self.model_copy(
            update={
                "objects": {
                    **self.objects,
                    **{name: self.objects[name].resized(factor) for name, factor in sizes.items()},
                }
            }
        )


def load_semantics(world_file: Path) -> Semantics:
    """Read the semantics beside a world.

    Raises:
        InputError: the file is missing, is no YAML, or a field is wrong.
    """
    path = world_file.with_suffix(".yaml")
    if not path.is_file():
        message = f"no {path.name} beside the world: tasks need it to know what things are called"
        raise InputError(message, file=world_file)
    document = read_document(path)
    try:
        return Semantics.model_validate(document.data)
    except ValidationError as error:
        first = error.errors()[0]
        raise document.error(first["msg"], *first["loc"]) from error
