"""The worlds run: the rover stands still, spawns freely, and nothing jumps."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest

from vla_sim.engines.embedded import EmbeddedEngine
from vla_sim.geometry import Pose
from vla_sim.sdf.scene import World
from vla_sim.tasks.semantics import Semantics


@pytest.fixture(scope="module")
def engine(world: World) -> Iterator[EmbeddedEngine]:
    with EmbeddedEngine() as engine:
        engine.load(world, sensors=["imu"])
        yield engine


def test_engine_has_no_remark(engine: EmbeddedEngine) -> None:
    assert list(engine.issues) == []


def test_rover_stands_still(engine: EmbeddedEngine) -> None:
    engine.reset()
    engine.step(0.5)
    before = engine.truth().models["robot"].pose
    assert abs(before.position[2]) < 0.003
    readings = engine.step(2.0)
    after = engine.truth().models["robot"].pose
    assert math.dist(before.position, after.position) < 0.001
    assert abs(before.yaw - after.yaw) < 0.001
    force = np.array([reading.data[3:] for reading in readings if reading.sensor == "imu"])
    assert np.abs(force - [0, 0, 9.8]).max() < 0.3


def test_objects_stay_where_they_are(engine: EmbeddedEngine, semantics: Semantics) -> None:
    engine.reset()
    before = engine.truth().models
    engine.step(2.0)
    after = engine.truth().models
    assert all(before[name].pose == after[name].pose for name in semantics.objects)


def test_spawn_areas_are_free(engine: EmbeddedEngine, semantics: Semantics) -> None:
    """A rover put down anywhere in a spawn area, whatever its heading, touches nothing but the floor."""
    absent = dict.fromkeys(semantics.objects, None)
    for x0, y0, x1, y1 in semantics.spawn:
        for x in np.linspace(x0, x1, 2 + int((x1 - x0) / 0.8)):
            for y in np.linspace(y0, y1, 2 + int((y1 - y0) / 0.8)):
                yaw = float(7 * x + 13 * y)
                engine.reset({**absent, "robot": Pose.planar(float(x), float(y), yaw)})
                engine.step(0.05)
                touched = {name for pair in engine.truth().contacts if "robot" in pair for name in pair}
                assert touched <= {"robot", "ground"}, (x, y)


def test_objects_standing_as_in_the_file_touch_no_wall(world: World, semantics: Semantics) -> None:
    """Drop in the rover's place: each object's spot is free for a rover, which is as wide as the widest object."""
    with EmbeddedEngine() as engine:
        engine.load(world, sensors=[])
        absent = dict.fromkeys(semantics.objects, None)
        for name in semantics.objects:
            pose = world.model(name).pose
            engine.reset({**absent, "robot": pose})
            engine.step(0.02)
            touched = {other for pair in engine.truth().contacts if "robot" in pair for other in pair}
            assert touched <= {"robot", "ground"}, name
