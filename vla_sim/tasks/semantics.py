"""What a world's things are called: the YAML file beside an SDF world (``arena.sdf`` -> ``arena.yaml``).

Gazebo never reads it; tasks and the scripted expert do.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from vla_sim.document import read_document
from vla_sim.errors import InputError

Rect = tuple[float, float, float, float]
"""xmin, ymin, xmax, ymax [m] in the world's frame."""

Point = tuple[float, float]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ObjectTag(_Strict):
    """A model that a goal may name and a trial may move, e.g. colour ``red`` and noun ``cube``."""

    colour: str
    noun: str
    radius: Annotated[float, Field(gt=0)]
    """Radius of the footprint [m]."""
    decoy: bool = False
    """A flat look-alike (a picture on a board): looks like the object, is none."""


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
    spawn: Annotated[tuple[Rect, ...], Field(min_length=1)]
    """Where the robot may start."""
    clear: tuple[Rect, ...] = ()
    """Where objects may be put."""
    walls: dict[str, Wall] = {}
    slippery: tuple[Rect, ...] = ()
    """Patches of low friction."""


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
