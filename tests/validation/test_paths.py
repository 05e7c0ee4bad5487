"""How far two ways part."""

import math

import pytest

from vla_sim.agent import load_agent
from vla_sim.envs.env import VlaSimEnv
from vla_sim.validation.paths import Reference, apart

LINE = [[t / 10, t / 10, 0.0, 0.0] for t in range(11)]


@pytest.mark.parametrize(
    ("other", "gap"),
    [
        (LINE, 0.0),
        ([[t, x, y + 0.3, yaw] for t, x, y, yaw in LINE], 0.3),
        ([[0.0, 0.0, 0.0, 0.0], [1.0, 1.0, 0.0, 0.0]], 0.0),
        ([[t / 10, t / 10, 0.1 * t if t < 5 else 0.0, 0.0] for t in range(11)], 0.4),
        ([[t + 0.05, x + 0.05, y, yaw] for t, x, y, yaw in LINE], 0.0),
        (LINE[:3], 0.0),
    ],
)
def test_at_the_same_time(other, gap):
    assert apart(LINE, other) == pytest.approx(gap, abs=1e-9)
    assert apart(other, LINE) == pytest.approx(gap, abs=1e-9)


def test_never_together():
    assert apart(LINE, [[t + 5.0, x, y, yaw] for t, x, y, yaw in LINE]) is None
    assert apart(LINE, []) is None


def test_the_reference_drives_the_environments_trial():
    reference = Reference("classical", "arena", "turn_by_angle", None, "seen")
    try:
        drives = [reference.drive(5), reference.drive(5), reference.drive(6)]
    finally:
        reference.close()
    assert drives[0] == drives[1]
    assert drives[0].path != drives[2].path
    env, agent = VlaSimEnv("arena", "turn_by_angle"), load_agent("classical")
    observation, _ = env.reset(seed=5)
    agent.reset(0)
    over = False
    while not over:
        observation, _, terminated, truncated, info = env.step(agent.act(observation))
        over = terminated or truncated
    pose = env.truth.models[env.site.robot.name].pose
    assert drives[0].path[-1] == (env.truth.time, *pose.position[:2], pose.yaw)
    assert (drives[0].outcome == "success") == info["success"]
    assert math.isclose(drives[0].path[0][0], 0.1)
    env.close()
