"""A table with an arm and a few things, as scene dataclasses, and the state in which they stand."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import numpy as np

from tests.engines.engine_scenes import box
from vla_sim import assets
from vla_sim.engines.engine import ModelState, Truth
from vla_sim.geometry import Pose
from vla_sim.kinematics import Chain
from vla_sim.kinematics.inverse import solve
from vla_sim.kinematics.transforms import Array, transform_of
from vla_sim.planning.collision import CollisionScene
from vla_sim.sdf import load_model
from vla_sim.sdf.scene import World

TABLE = 0.75
HOME = np.zeros(6)


def table_world() -> World:
    """The arm on a table 0.75 m high; a wall stands before it, a box lies on the left."""
    arm = replace(load_model(assets.ROBOTS / "arm" / "model.sdf"), name="robot", pose=Pose((0.0, 0.0, TABLE)))
    return World(
        "table",
        (
            box("table", (1.2, 1.5, 0.04), Pose((0.35, 0.0, TABLE - 0.02))),
            box("wall", (0.4, 0.02, 0.4), Pose((0.5, 0.0, TABLE + 0.2))),
            box("thing", (0.05, 0.05, 0.05), Pose((0.5, 0.25, TABLE + 0.025)), static=False, mass=0.1),
            arm,
        ),
    )


@cache
def arm_chain() -> Chain:
    """The chain of the arm's tool."""
    return Chain.to(table_world().model("robot"), "tool")


def truth(without: tuple[str, ...] = (), **joints: float) -> Truth:
    """The state at the file's poses; joints of the robot that are not named are at 0."""
    world = table_world()
    models = {}
    for model in world.models:
        at = {joint.name: 0.0 for joint in model.joints if joint.axis is not None}
        if model.name not in without:
            models[model.name] = ModelState(model.pose, joints=at | (joints if model.name == "robot" else {}))
    return Truth(0.0, models)


def collision_scene() -> CollisionScene:
    """A scene in which nothing is arranged yet."""
    return CollisionScene(table_world(), "robot", arm_chain())


def over(x: float, y: float, z: float, yaw: float = 0.0) -> Array:
    """Return a configuration with the gripper straight down at a point, ``z`` [m] above the table."""
    down = transform_of(Pose.from_xyz_rpy(x, y, z, np.pi, 0.0, yaw))
    return solve(arm_chain(), down, HOME, np.random.default_rng(0))[0]
