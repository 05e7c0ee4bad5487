from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vla_agents.classical import rover
from vla_agents.fusion.caution import Caution, _free
from vla_agents.fusion.checkpoint import SHIPPED, load_checkpoint
from vla_agents.fusion.mind import Mind
from vla_agents.steering import STOP, Here, Speeds

from vla_sim.envs.env import VlaSimEnv


def ring(away: float) -> np.ndarray:
    angles = np.linspace(-math.pi, math.pi, 120)
    return away * np.stack([np.cos(angles), np.sin(angles)], 1)


@settings(max_examples=200, deadline=None)
@given(st.floats(-0.7, 0.7), st.floats(-1.6, 1.6), st.floats(0.3, 1.0), st.floats(-math.pi, math.pi))
def test_a_free_motion_never_brings_the_hull_to_a_point(speed: float, rate: float, away: float, at: float) -> None:
    point = np.array([[away * math.cos(at), away * math.sin(at)]])
    if not _free(point, (speed, rate)):
        return
    x, y, yaw = 0.0, 0.0, 0.0
    for _ in range(600):  # integrated in steps of a millisecond, as the drive does it
        x, y, yaw = x + 1e-3 * speed * math.cos(yaw), y + 1e-3 * speed * math.sin(yaw), yaw + 1e-3 * rate
        dx, dy = point[0] - (x, y)
        along, aside = math.cos(yaw) * dx + math.sin(yaw) * dy, math.cos(yaw) * dy - math.sin(yaw) * dx
        assert max(abs(along) - rover.NOSE, abs(aside) - rover.HALF_WIDTH) > -0.06


@pytest.mark.parametrize(("speeds", "away", "free"), [
    ((0.7, 0.0), 0.9, True), ((0.7, 0.0), 0.5, False), ((0.2, 0.0), 0.5, True), ((-0.7, 0.0), 0.5, False),
    ((0.0, 1.5), 0.32, True), ((0.0, 1.5), 0.26, False), (STOP, 0.1, True),
])  # fmt: skip
def test_slower_is_free_where_faster_is_not(speeds: Speeds, away: float, free: bool) -> None:
    assert _free(ring(away), speeds) == free


def test_dithering_is_standing_unless_there_is_no_way_to_go() -> None:
    stood = [Here(0.0, 0.0, 0.02 * (step % 2), True, 0.1 * step) for step in range(30)]
    caution = Caution()
    assert [caution._stood(here, under_way=True) for here in stood] == pytest.approx([0.1 * step for step in range(30)])
    assert not any(caution._stood(here, under_way=False) for here in stood)
    turning = [Here(0.0, 0.0, 0.3 * step, False, 0.1 * step) for step in range(30)]
    caution = Caution()
    assert max(caution._stood(here, under_way=True) for here in turning) < 0.15


def test_ways_out_are_tried_by_turns() -> None:
    caution = Caution()
    behind = np.array([[-0.3, y] for y in np.linspace(-0.3, 0.3, 13)])
    ways = [caution._get_out(behind) for _ in range(4)]
    assert all(one != other for one, other in pairwise(ways))
    assert all(speed >= 0.0 for speed, _ in ways)
    assert caution._get_out(ring(0.25)) == STOP


def test_without_caution_it_drives_into_a_wall_and_with_it_it_does_not() -> None:
    networks, encoder, _ = load_checkpoint(SHIPPED)

    def contacts(careful: bool) -> float:
        env = VlaSimEnv("arena", "go_to_object")
        observation, _ = env.reset(seed=5)
        mind, caution = Mind(networks, encoder), Caution()
        asked: Speeds = STOP
        for _ in range(200):
            mind.perceive(observation, asked)
            asked = caution.heed(mind, (0.7, 0.0)) if careful else (0.7, 0.0)
            observation, _, terminated, truncated, _ = env.step(np.array(asked, np.float32))
            if terminated or truncated:
                break
        return float(env.episode.metrics()["contact_time"])

    assert contacts(careful=False) > 0.5
    assert contacts(careful=True) == 0.0
