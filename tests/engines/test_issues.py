from dataclasses import replace
from pathlib import Path

import engine_scenes as scenes
import pytest

from vla_sim.engines.embedded import EmbeddedEngine
from vla_sim.geometry import Pose
from vla_sim.sdf import scene

ROUGH = scene.Surface(mu=1.0, mu2=0.5, restitution=0.5, stiffness=1e5, damping=10.0)
LIMITS = scene.Axis((0.0, 0.0, 1.0), velocity=2.0, effort=0.0, spring_stiffness=1.0)


def issues(*models: scene.Model, **options: object) -> list[scene.Issue]:
    with EmbeddedEngine() as engine:
        engine.load(scenes.world(*models, **options))
        return list(engine.issues)


def block(*surfaces: scene.Surface, static: bool = True, **visual: bool) -> scene.Model:
    solid = scene.Box((0.1, 0.1, 0.1))
    collisions = tuple(scene.Collision(f"c{k}", Pose((k, 0, 0)), solid, one) for k, one in enumerate(surfaces))
    seen = (scene.Visual("v", Pose((0, 0, 1)), solid, **visual),)
    return scene.Model(
        "block", Pose(), (scene.Link("link", Pose(), visuals=seen, collisions=collisions),), (), (), static
    )


def test_surfaces_say_what_is_not_used_once_a_model() -> None:
    found = issues(block(scene.Surface(), *[ROUGH] * 300), source=Path("/worlds/a.sdf"))
    assert [str(issue) for issue in found] == [
        f"/worlds/a.sdf:0: <surface>: block/link/c1 and 299 more: {message}"
        for message in (
            "friction is the same in all directions: <mu> holds, <mu2> is not used",
            "nothing bounces: <restitution_coefficient> is not used",
            "contacts are as stiff as the physics step allows: <kp> and <kd> are not used",
        )
    ]


@pytest.mark.parametrize(
    ("surface", "said"),
    [
        (scene.Surface(), 0),
        (scene.Surface(stiffness=1e12, damping=1.0), 0),
        (scene.Surface(stiffness=1e12, damping=2.0), 1),
        (scene.Surface(mu=1e5, mu2=1e6), 1),
        (scene.Surface(mu=10.0, mu2=10.0, torsional=0.2), 0),
    ],
)
def test_what_a_file_says_that_holds_is_no_issue(surface: scene.Surface, said: int) -> None:
    assert len(issues(block(surface))) == said


def robot(kind: scene.JointType, axis: scene.Axis | None, static: bool = False) -> scene.Model:
    inertial = scene.Inertial(1.0, Pose(), (0.01, 0.01, 0.01, 0, 0, 0))
    links = tuple(scene.Link(name, Pose(), inertial) for name in "abc")
    joints = (scene.Joint("j", kind, "a", "b", Pose(), axis), scene.Joint("k", kind, "b", "c", Pose(), axis))
    return scene.Model("robot", Pose(), links, joints, static=static)


def test_joints_say_what_is_not_used() -> None:
    def said(model: scene.Model) -> str:
        return "\n".join(map(str, issues(model)))

    assert "<joint>: robot/j and 1 more: the joint's speed is not limited" in said(robot("revolute", LIMITS))
    assert "<joint>: robot/j and 1 more: an effort limit of 0 counts as none" in said(robot("prismatic", LIMITS))
    assert "a ball joint has no limits, springs, damping or friction" in said(robot("ball", LIMITS))
    assert "a screw turns without moving along its axis" in said(robot("screw", LIMITS))
    assert said(robot("revolute", LIMITS, static=True)) == ""
    assert said(robot("revolute", replace(LIMITS, velocity=float("inf"), effort=1.0))) == ""


def test_a_loop_says_what_it_loses() -> None:
    model = robot("revolute", replace(LIMITS, velocity=float("inf"), effort=1.0))
    ring = replace(model, joints=(*model.joints, replace(model.joints[0], name="l", parent="c", child="a")))
    assert [issue.message for issue in issues(ring)] == [
        "robot/l: a joint that closes a loop has no limits, springs, damping or friction"
    ]


def test_the_rest_is_said_too() -> None:
    noise = scene.GaussianNoise(dynamic_bias_stddev=0.1, dynamic_bias_correlation_time=10.0)
    eye = scene.Sensor("eye", "camera", Pose(), 10.0, None, scenes.camera_spec(16, 16, noise=noise))
    plugins = (scene.OdometryPublisher(dimensions=3),)
    robot = replace(scenes.rover(extra=(eye,)), name="robot", plugins=plugins)
    lamps = tuple(scene.Light(f"lamp{k}", "point", Pose((k, 0, 2))) for k in range(40))
    assert [issue.message for issue in issues(block(cast_shadows=False), robot, lights=lamps)] == [
        "block/link/v: visuals cast shadows all the same",
        "robot/base/eye: the bias of pictures and scans is drawn at each reset and does not drift",
        "robot/OdometryPublisher: odometry is planar: x, y, yaw, forward speed and yaw rate",
        "lamp7 and 32 more: stays off: the engine draws at most 7 lights",
    ]


def test_a_world_without_shadows_has_none() -> None:
    lamp = replace(scenes.SUN, cast_shadows=True)
    for shadows in (True, False):
        with EmbeddedEngine() as engine:
            engine.load(scenes.world(scenes.ground(), lights=(lamp,), look=scene.SceneLook(shadows=shadows)))
            assert bool(engine._running.built.model.light_castshadow[0]) == shadows
