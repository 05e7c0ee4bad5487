import math

import pytest

from vla_sim.envs.loading import load_site
from vla_sim.envs.view import ABOVE, BEHIND, chase_pose
from vla_sim.geometry import Pose


@pytest.fixture(scope="module")
def arena():
    return load_site("arena")


def test_the_eye_is_behind_and_above_and_looks_at_the_robots_way(arena):
    robot = Pose.planar(0.0, 3.0, 1.2)
    eye = chase_pose(robot, arena)
    x, y, z = robot.inverse().transform(eye.position)
    assert (x, y, z) == pytest.approx((-BEHIND[0], 0.0, ABOVE))
    forward = eye.matrix()[:, 0]
    assert forward[2] < 0
    assert math.atan2(forward[1], forward[0]) == pytest.approx(1.2)


def test_a_wall_behind_the_robot_brings_the_eye_nearer(arena):
    eye = chase_pose(Pose.planar(-4.3, 3.0, 0.0), arena)
    assert -5.0 < eye.position[0] < -4.3
