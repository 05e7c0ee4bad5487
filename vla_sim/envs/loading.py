"""Finds worlds and robots by name or path, and puts a robot into a world."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from vla_sim import assets
from vla_sim.errors import InputError
from vla_sim.sdf import load_model, load_world
from vla_sim.sdf.scene import DiffDrive, JointPositionController, World
from vla_sim.tasks.semantics import load_semantics
from vla_sim.tasks.site import Site


def find_world(world: str | Path) -> Path:
    """Return the SDF file of a world: one that comes with vla_sim, by name, or any file by path.

    Raises:
        InputError: there is none.
    """
    shipped = assets.WORLDS / f"{world}.sdf"
    path = shipped if shipped.is_file() else Path(world)
    if not path.is_file():
        names = ", ".join(assets.world_names())
        raise InputError(f"no world '{world}'; use one of {names}, or the path of an SDF file", field="world")
    return path.resolve()


def find_robot(robot: str | Path) -> Path:
    """Return the SDF file of a robot: one that comes with vla_sim, by name, or a model folder or file by path.

    Raises:
        InputError: there is none.
    """
    for path in (assets.ROBOTS / robot / "model.sdf", Path(robot) / "model.sdf", Path(robot)):
        if path.is_file():
            return path.resolve()
    names = ", ".join(assets.robot_names())
    raise InputError(f"no robot '{robot}'; use one of {names}, or the path of a model", field="robot")


def load_site(world: str | Path, robot: str | Path | None = None) -> Site:
    """Load a world with its semantics; ``robot`` takes the place of the world's own robot.

    Raises:
        InputError: a file is missing or wrong, or nothing can move the robot.
    """
    path = find_world(world)
    scene = load_world(path)
    semantics = load_semantics(path)
    if robot is not None:
        scene = _with_robot(scene, semantics.robot, find_robot(robot))
    site = Site(scene, semantics)
    if not any(isinstance(plugin, (DiffDrive, JointPositionController)) for plugin in site.robot.plugins):
        message = f"the robot '{site.robot.name}' has no DiffDrive and no JointPositionController plugin to move it"
        raise InputError(message, file=path, field="robot")
    return site


def _with_robot(world: World, name: str, robot: Path) -> World:
    try:
        place = world.model(name).pose
    except KeyError:
        raise InputError(f"there is no model '{name}' to replace", file=world.source, field="robot") from None
    return world.with_model(replace(load_model(robot), name=name, pose=place))
