"""The shipped arm, with a cup on a stand where its gripper can close on it."""

from __future__ import annotations

from dataclasses import replace

import engine_scenes as scenes
import numpy as np

from vla_sim import assets
from vla_sim.engines.engine import Command, Engine, Truth
from vla_sim.geometry import Pose
from vla_sim.kinematics import Chain
from vla_sim.sdf import load_model, scene
from vla_sim.sensing.reading import Reading

ROBOT = replace(load_model(assets.ROBOTS / "arm" / "model.sdf", strict=True), name="robot")
TOOL = Chain.to(ROBOT, "tool")
JOINTS = TOOL.names
FINGERS = ("left_finger", "right_finger")
FEELING = ["joints", "left_touch", "left_touch_force", "right_touch", "right_touch_force", "wrist_force"]
"""All sensors but the cameras."""
AT_TOOL = Pose((0.4919, 0.1333, 0.3479))
"""Where the tool is at home."""
CUP = 0.2
"""Mass of the cup [kg]."""
CONTROL = 0.1


def cup(mu: float = 0.6) -> scene.Model:
    """A cup of 6 cm across and 10 cm height, between the fingers of an arm at home."""
    shape = scene.Cylinder(0.03, 0.1)
    across = CUP / 12 * (3 * 0.03**2 + 0.1**2)
    link = scene.Link(
        "link",
        Pose(),
        inertial=scene.Inertial(CUP, Pose(), (across, across, CUP / 2 * 0.03**2, 0.0, 0.0, 0.0)),
        visuals=(scene.Visual("visual", Pose(), shape),),
        collisions=(scene.Collision("collision", Pose(), shape, scene.Surface(mu, mu)),),
    )
    return scene.Model("cup", AT_TOOL, (link,))


def stand() -> scene.Model:
    """What the cup stands on."""
    x, y, z = AT_TOOL.position
    height = z - 0.05
    return scenes.box("stand", (0.08, 0.08, height), Pose((x, y, height / 2)))


def world(*models: scene.Model) -> scene.World:
    return scenes.world(scenes.ground(), ROBOT, stand(), *models)


def tell(engine: Engine, duration: float, **joints: float) -> list[Reading]:
    """Give goals that are reached in ``duration`` [s], and run that long."""
    engine.apply(Command(joints=joints, duration=duration))
    return engine.step(duration)


def grasp(engine: Engine, efforts: dict[str, float] | None = None) -> list[Reading]:
    """Close the gripper on the cup, lift it by 5 cm, and return the readings of the last 0.2 s."""
    engine.reset()
    engine.apply(Command(joints=dict.fromkeys(FINGERS, 0.0), efforts=efforts or {}))
    engine.step(0.8)
    engine.apply(Command(joints={"shoulder_lift": -0.1}, efforts=efforts or {}, duration=0.4))
    engine.step(0.8)
    return engine.step(0.2)


def in_tool(truth: Truth) -> np.ndarray:
    """Return where the cup is in the tool's frame [m]."""
    tool = TOOL.forward(TOOL.configuration(truth.models["robot"].joints))
    position = np.array([*truth.models["cup"].pose.position, 1.0])
    return (np.linalg.inv(tool) @ position)[:3]


def newest(readings: list[Reading], sensor: str) -> np.ndarray:
    return [reading for reading in readings if reading.sensor == sensor][-1].data
