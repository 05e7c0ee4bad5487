"""Other sizes of things: made alike for every engine, and what the arm makes of them."""

from dataclasses import replace

import arm_scenes as arm
import engine_scenes as scenes
import pytest

from vla_sim.engines.embedded import EmbeddedEngine
from vla_sim.engines.engine import Variation
from vla_sim.engines.gazebo.varied import varied
from vla_sim.engines.resize import resized
from vla_sim.engines.streams import sources
from vla_sim.geometry import Pose
from vla_sim.sdf import scene

SHAPES = [
    (scene.Box((1.0, 2.0, 3.0)), scene.Box((2.0, 4.0, 6.0))),
    (scene.Sphere(1.0), scene.Sphere(2.0)),
    (scene.Cylinder(1.0, 3.0), scene.Cylinder(2.0, 6.0)),
    (scene.Capsule(1.0, 3.0), scene.Capsule(2.0, 6.0)),
    (scene.Cone(1.0, 3.0), scene.Cone(2.0, 6.0)),
    (scene.Ellipsoid((1.0, 2.0, 3.0)), scene.Ellipsoid((2.0, 4.0, 6.0))),
    (scene.Mesh(scenes.__file__, (1.0, 2.0, 3.0)), scene.Mesh(scenes.__file__, (2.0, 4.0, 6.0))),
]


@pytest.mark.parametrize(("shape", "twice"), SHAPES)
def test_every_shape_is_seen_and_touched_twice_as_large(shape, twice):
    at = Pose((0.1, 0.2, 0.3))
    inertial = scene.Inertial(1.0, at, (1.0, 2.0, 3.0, 0.1, 0.2, 0.3))
    visual, collision = scene.Visual("seen", at, shape), scene.Collision("felt", at, shape)
    thing = scene.Model("thing", at, (scene.Link("link", at, inertial, (visual,), (collision,)),))
    world = scenes.world(scenes.ground(), thing)
    (link,) = resized(world, {"thing": 2.0}).model("thing").links
    assert link.visuals[0].geometry == link.collisions[0].geometry == twice
    there = Pose((0.2, 0.4, 0.6))
    assert link.pose == link.visuals[0].pose == link.collisions[0].pose == link.inertial.pose == there
    assert link.inertial.mass == 8.0
    assert link.inertial.inertia == pytest.approx((32.0, 64.0, 96.0, 3.2, 6.4, 9.6))
    # Where it stands is up to the placements.
    assert resized(world, {"thing": 2.0}).model("thing").pose == at


def test_gazebo_is_given_the_world_that_the_embedded_engine_builds():
    world = arm.world(arm.cup())
    changed = varied(world, Variation(size={"cup": 1.1}), sources(world))
    assert changed.models == resized(world, {"cup": 1.1}).models
    assert changed.model("stand") == world.model("stand")


def test_a_smaller_cup_is_lighter_and_closes_the_gripper_further_until_the_next_reset():
    with EmbeddedEngine() as engine:
        engine.load(arm.world(arm.cup()), ["joints"])
        for factor in (0.85, 1.0, 1.15):
            # The cup's origin is its middle: it stands on what is under it.
            engine.reset(variation=Variation(size={"cup": factor}))
            engine.apply(arm.Command(joints=dict.fromkeys(arm.FINGERS, 0.0)))
            engine.step(0.8)
            assert engine.truth().held == {"cup"}
            joints = engine.truth().models["robot"].joints
            assert sum(joints[name] for name in arm.FINGERS) == pytest.approx(0.06 * factor, abs=0.001)
        engine.reset()
        engine.apply(replace(arm.Command(), joints=dict.fromkeys(arm.FINGERS, 0.0)))
        engine.step(0.8)
        joints = engine.truth().models["robot"].joints
        assert sum(joints[name] for name in arm.FINGERS) == pytest.approx(0.06, abs=0.001)
