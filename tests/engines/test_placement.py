import engine_scenes as scenes
import numpy as np
import pytest

from vla_sim.engines.embedded import EmbeddedEngine
from vla_sim.engines.engine import Command
from vla_sim.errors import InputError
from vla_sim.geometry import Pose
from vla_sim.sdf import scene


@pytest.fixture(scope="module")
def engine():
    with EmbeddedEngine() as made:
        made.load(
            scenes.world(
                scenes.ground(),
                scenes.rover(),
                scenes.box("fixed", (0.4, 0.4, 0.6), Pose((1.5, 0.0, 0.3))),
                scenes.box("loose", (0.4, 0.4, 0.6), Pose((3.0, 2.0, 0.3)), static=False),
            )
        )
        yield made


def ahead(engine: EmbeddedEngine) -> dict[str, float]:
    """What stands before the robot, by each sensor."""
    data = {reading.sensor: reading.data for reading in engine.step(0.1)}
    return {"lidar": float(data["lidar"][180]), "depth": float(data["depth"][48, 48])}


@pytest.mark.parametrize("name", ["fixed", "loose"])
def test_models_go_where_they_are_put_in_every_sensor(engine: EmbeddedEngine, name: str) -> None:
    away = {"fixed": Pose((-3.0, 0, 0.3)), "loose": Pose((-3.0, 1.0, 0.3))}
    engine.reset({**away, name: Pose((2.0, 0.0, 0.3))})
    seen = ahead(engine)
    assert seen["lidar"] == pytest.approx(1.8, abs=0.01)
    assert seen["depth"] == pytest.approx(1.65, abs=0.01)
    assert engine.truth().models[name].pose.position == pytest.approx((2.0, 0.0, 0.3), abs=1e-3)
    engine.apply(Command(0.5, 0.0))
    touched = set()
    for _ in range(40):
        engine.step(0.1)
        touched |= engine.truth().contacts
    assert tuple(sorted((name, "robot"))) in touched


@pytest.mark.parametrize("name", ["fixed", "loose"])
def test_absent_models_are_not_seen_nor_touched_and_come_back(engine: EmbeddedEngine, name: str) -> None:
    spot = {"fixed": Pose((-3.0, 0, 0.3)), "loose": Pose((-3.0, 1.0, 0.3)), name: Pose((1.5, 0.0, 0.3))}
    engine.reset(spot)
    assert ahead(engine)["lidar"] == pytest.approx(1.3, abs=0.01)
    engine.reset({**spot, name: None})
    seen = ahead(engine)
    assert seen["lidar"] == np.inf
    assert seen["depth"] == np.inf
    assert name not in engine.truth().models
    engine.apply(Command(0.5, 0.0))
    for _ in range(50):
        engine.step(0.1)
        assert not any(name in pair for pair in engine.truth().contacts)
    assert engine.truth().models["robot"].pose.position[0] > 2.0
    engine.reset(spot)
    assert ahead(engine)["lidar"] == pytest.approx(1.3, abs=0.01)


def test_absent_dynamic_models_cost_nothing(engine: EmbeddedEngine) -> None:
    engine.reset({"loose": None})
    engine.step(5.0)
    data = engine._running.data
    assert data.nv_awake == 8
    assert np.abs(data.qvel[8:]).max() < 1e-6


def test_the_robot_is_put_with_its_wheels(engine: EmbeddedEngine) -> None:
    engine.reset({"robot": Pose.planar(-1.0, 2.0, 1.2), "fixed": None})
    engine.step(0.5)
    pose = engine.truth().models["robot"].pose
    assert pose.position == pytest.approx((-1.0, 2.0, 0.0), abs=2e-3)
    assert pose.yaw == pytest.approx(1.2, abs=1e-3)
    engine.apply(Command(0.5, 0.0))
    engine.step(1.0)
    state = engine.truth().models["robot"]
    assert np.arctan2(state.linear[1], state.linear[0]) == pytest.approx(1.2, abs=0.02)
    assert np.hypot(*state.linear[:2]) == pytest.approx(0.5, rel=0.02)
    assert set(state.joints) == {"left_joint", "right_joint"}


def test_unknown_models_are_refused(engine: EmbeddedEngine) -> None:
    with pytest.raises(InputError, match="placement of an unknown model 'tree'; the world has: fixed, ground"):
        engine.reset({"tree": None})


def test_poses_are_those_of_the_model_frame() -> None:
    shifted = scene.Link(
        "link",
        Pose.from_xyz_rpy(0.5, 0.0, 0.2, 0, 0, 0.5),
        collisions=(scene.Collision("c", Pose(), scene.Box((0.2,) * 3)),),
    )
    model = scene.Model("shifted", Pose.planar(1.0, 2.0, 0.7, 3.0), (shifted,))
    with EmbeddedEngine() as engine:
        engine.load(scenes.world(model))
        state = engine.truth().models["shifted"]
        assert state.pose.position == pytest.approx((1.0, 2.0, 3.0), abs=1e-9)
        assert state.pose.yaw == pytest.approx(0.7, abs=1e-9)
        engine.step(0.5)
        assert engine.truth().models["shifted"].linear == pytest.approx((0, 0, -4.9), abs=0.01)
