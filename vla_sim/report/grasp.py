"""An arm that lifts a cup and lets it go again: what the gallery shows of joints' goals, forces and touch."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from vla_sim import assets
from vla_sim.engines import make_engine
from vla_sim.engines.engine import Command, Engine
from vla_sim.envs.body import Body, body_of
from vla_sim.faults.target import JOINTS, channels
from vla_sim.geometry import Pose
from vla_sim.sdf import load_model, scene
from vla_sim.sensing.reading import Reading, Stream

AT = Pose((0.4919, 0.1333, 0.348))
"""Where the tool is at home: the cup stands there."""
SENSORS = ("left_touch_force", "wrist_force")
CLOSES, LIFTS, OPENS = 0.4, 1.2, 3.0
"""When the gripper closes, when the arm lifts, when the gripper opens again [s]."""


def grasp(seconds: float, period: float) -> tuple[dict[str, Stream], list[Reading]]:
    """Return the streams and readings of some seconds, those of the goals on their way to the joints among them."""
    robot = replace(load_model(assets.ROBOTS / "arm" / "model.sdf"), name="robot")
    body = body_of(robot)
    with make_engine("embedded", renderer="rays") as engine:
        engine.load(scene.World("grasp", (robot, _cup(), _stand())), SENSORS)
        readings = list(_run(engine, body, seconds, period))
        return {**engine.streams, **channels(period, [joint.name for joint in body.movable])}, readings


def _run(engine: Engine, body: Body, seconds: float, period: float) -> Iterator[Reading]:
    goals = body.at_first()
    assert body.gripper is not None
    for _ in range(round(seconds / period)):
        now = engine.time
        goals |= body.gripper.goals(0.0 if CLOSES <= now < OPENS else body.gripper.width)
        goals["shoulder_lift"] = -0.15 * float(np.clip((now - LIFTS) / 0.8, 0.0, 1.0))
        told = [(goals[joint.name], np.nan if joint.effort is None else joint.effort) for joint in body.movable]
        yield Reading(JOINTS, now, np.array(told), now)
        engine.apply(Command(joints=dict(goals), duration=period))
        yield from engine.step(period)


def _cup() -> scene.Model:
    shape = scene.Cylinder(0.03, 0.1)
    inertial = scene.Inertial(0.2, Pose(), (0.0002, 0.0002, 0.0001, 0.0, 0.0, 0.0))
    return scene.Model("cup", AT, (scene.Link("link", Pose(), inertial, collisions=_touched(shape)),))


def _stand() -> scene.Model:
    x, y, z = AT.position
    height = z - 0.05
    link = scene.Link("link", Pose(), collisions=_touched(scene.Box((0.1, 0.1, height))))
    return scene.Model("stand", Pose((x, y, height / 2)), (link,), static=True)


def _touched(shape: scene.Geometry) -> tuple[scene.Collision, ...]:
    return (scene.Collision("collision", Pose(), shape, scene.Surface(0.6, 0.6)),)
