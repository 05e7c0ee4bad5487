"""The arm and the arm on the rover: what their files say, and that they are what the builder makes."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest

from vla_sim import assets
from vla_sim.engines.embedded import EmbeddedEngine
from vla_sim.engines.engine import Command
from vla_sim.engines.streams import published_joints, sources
from vla_sim.envs.body import body_of
from vla_sim.envs.loading import load_site
from vla_sim.geometry import Pose, rotate
from vla_sim.kinematics import Chain
from vla_sim.kinematics.inverse import solve
from vla_sim.kinematics.transforms import transform_of
from vla_sim.sdf import load_model
from vla_sim.sdf.scene import JointStatePublisher, Model, World

JOINTS = ("shoulder_pan", "shoulder_lift", "elbow", "wrist_1", "wrist_2", "wrist_3")
FINGERS = ("left_finger", "right_finger")
STREAMS = {
    "joints": (8, 2),
    "left_touch": (),
    "left_touch_force": (),
    "overhead": (96, 96, 3),
    "overhead_depth": (96, 96),
    "right_touch": (),
    "right_touch_force": (),
    "wrist": (96, 96, 3),
    "wrist_depth": (96, 96),
    "wrist_force": (6,),
}


@pytest.fixture(scope="module")
def arm() -> Model:
    return load_model(assets.ROBOTS / "arm" / "model.sdf", strict=True)


@pytest.fixture(scope="module")
def mobile() -> Model:
    return load_model(assets.ROBOTS / "mobile_arm" / "model.sdf", strict=True)


def test_the_files_are_those_of_the_builder() -> None:
    done = subprocess.run(
        [sys.executable, assets.ROBOTS / "build.py", "--check"], capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.strip()) == (0, "up to date")


def test_what_the_arm_can_be_told(arm: Model) -> None:
    body = body_of(arm)
    assert body.drive is None
    assert body.names == (*JOINTS, "gripper_width")
    assert all(joint.effort is None for joint in body.joints)
    assert body.gripper is not None
    assert body.gripper.width == pytest.approx(0.1)
    assert [finger.effort for finger in body.gripper.fingers] == [40.0, 40.0]
    assert body.gripper.goals(0.03) == dict.fromkeys(FINGERS, 0.015)


def test_what_the_arm_senses(arm: Model) -> None:
    streams = {name: source.stream for name, source in sources(World("w", (arm,))).items()}
    assert {name: stream.shape for name, stream in streams.items()} == STREAMS
    assert streams["joints"].joints == (*JOINTS, *FINGERS)


def test_the_same_arm_stands_on_the_rover(arm: Model, mobile: Model) -> None:
    body = body_of(mobile)
    assert body.names == ("linear", "angular", *JOINTS, "gripper_width")
    streams = sources(World("w", (mobile,)))
    assert STREAMS.keys() | {"camera", "depth", "lidar", "imu", "odom", "bumper"} == streams.keys()
    (states,) = (plugin for plugin in mobile.plugins if isinstance(plugin, JointStatePublisher))
    assert published_joints(mobile, states)[:8] == (*JOINTS, *FINGERS)
    mount = mobile.link("arm_base").pose.position
    for link in arm.links:
        moved = tuple(a + b for a, b in zip(link.pose.position, mount, strict=True))
        assert mobile.link(link.name).pose.position == pytest.approx(moved)
        assert mobile.link(link.name).inertial == link.inertial


def test_stretched_out_the_arm_does_not_tip_the_rover_over(mobile: Model) -> None:
    """The centre of mass stays between the wheels and the casters with the arm level, forward and to the side."""
    base = {"base_link", "left_wheel", "right_wheel", "arm_base", "mast"}
    mount = mobile.link("arm_base").pose.position
    moving = [link for link in mobile.links if link.name not in base]
    still = [link for link in mobile.links if link.name in base]
    reach = 0.85
    weight = sum(link.inertial.mass for link in mobile.links)
    # As if all that moves hung where the arm ends, half of its length away from the shoulder.
    tilt = sum(link.inertial.mass for link in moving) * (mount[0] + reach / 2)
    tilt += sum(link.inertial.mass * (link.pose * link.inertial.pose).position[0] for link in still)
    assert abs(tilt / weight) < 0.16
    aside = sum(link.inertial.mass for link in moving) * reach / 2
    assert aside / weight < 0.155


def test_it_stands_firmly_while_it_reaches_down_to_a_table(mobile: Model) -> None:
    """The tool 0.58 m before the middle of the rover and 0.76 m high: what the base tilts by, the tool falls by."""
    site = load_site("arena", "mobile_arm")
    assert site.arm is not None
    down = transform_of(Pose.from_xyz_rpy(0.58, 0.0, 0.76, math.pi, 0.0, 0.0))
    found = solve(site.arm, down, np.zeros(len(site.arm)), np.random.default_rng(1))
    pose = dict(zip(site.arm.names, found[0].tolist(), strict=True))
    with EmbeddedEngine() as engine:
        engine.load(site.world, sensors=[])
        engine.reset(dict.fromkeys(site.objects))
        engine.apply(Command(joints=pose, duration=2.0))
        engine.step(3.0)
        robot = engine.truth().models["robot"].pose
    upright = rotate(robot.rotation, (0.0, 0.0, 1.0))[2]
    assert upright > math.cos(math.radians(0.5))


def test_the_tool_is_between_the_tips(arm: Model) -> None:
    chain = Chain.to(arm, "tool")
    assert chain.names == JOINTS
    home = chain.forward([0.0] * 6)
    assert home[:3, 3] == pytest.approx([0.4919, 0.1333, 0.3479])
    assert home[:3, :3].diagonal() == pytest.approx([1, -1, -1])
