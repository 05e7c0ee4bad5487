import engine_scenes as scenes
import pytest

from vla_sim.engines.embedded import EmbeddedEngine
from vla_sim.engines.engine import Command
from vla_sim.geometry import Pose
from vla_sim.sdf import scene


@pytest.fixture(scope="module")
def engine():
    wall = scenes.box("wall", (0.2, 4.0, 1.0), Pose((1.0, 0.0, 0.5)))
    crate = scenes.box("crate", (0.3, 0.3, 0.3), Pose((-1.0, 0.0, 0.15)), static=False)
    with EmbeddedEngine() as made:
        made.load(scenes.world(scenes.ground(), scenes.rover(), wall, crate), ["bumper"])
        yield made


def bumped(engine: EmbeddedEngine, duration: float) -> list[bool]:
    return [bool(reading.data) for reading in engine.step(duration)]


def test_the_bumper_feels_the_wall_and_not_the_floor_under_the_wheels(engine: EmbeddedEngine) -> None:
    engine.reset()
    assert not any(bumped(engine, 1.0))
    assert ("ground", "robot") in engine.truth().contacts
    assert not any("wall" in pair for pair in engine.truth().contacts)
    engine.apply(Command(0.5, 0.0))
    assert any(bumped(engine, 3.0))
    assert ("robot", "wall") in engine.truth().contacts
    assert any(bumped(engine, 0.5))
    engine.apply(Command(-0.5, 0.0))
    engine.step(1.0)
    assert not any(bumped(engine, 0.5))
    assert ("robot", "wall") not in engine.truth().contacts


def test_pushing_wakes_what_sleeps(engine: EmbeddedEngine) -> None:
    engine.reset()
    engine.step(2.0)
    start = engine.truth().models["crate"].pose.position[0]
    engine.apply(Command(-0.4, 0.0))
    engine.step(3.0)
    assert ("crate", "robot") in engine.truth().contacts
    assert engine.truth().models["crate"].pose.position[0] < start - 0.3


def test_contacts_are_those_of_the_last_step_only(engine: EmbeddedEngine) -> None:
    engine.reset({"robot": Pose((0.0, 0.0, 0.3))})
    engine.step(0.5)
    engine.step(0.0)
    assert engine.truth().contacts == frozenset()


def test_an_empty_list_feels_every_collision_of_the_link() -> None:
    sensor = (scene.Sensor("bumper", "contact", Pose(), 20.0, None, scene.ContactSpec()),)
    with EmbeddedEngine() as engine:
        engine.load(scenes.world(scenes.ground(), scenes.rover(extra=sensor)), ["bumper"])
        engine.step(0.5)
        assert bumped(engine, 0.2) == [True] * 4
