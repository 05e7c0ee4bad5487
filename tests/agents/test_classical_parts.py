"""Parts of the classical agent on made-up input: gyro, dead reckoning, scan matching, silhouettes, floor, memory."""

from __future__ import annotations

import math
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vla_agents.classical import Classical
from vla_agents.classical.belief import Belief
from vla_agents.classical.floor import Floor
from vla_agents.classical.matching import ScanMatcher
from vla_agents.classical.memory import Memory
from vla_agents.classical.moves import Turn
from vla_agents.classical.scan import Scan, lidar_scan
from vla_agents.classical.senses import Senses
from vla_agents.classical.silhouette import noun_scores
from vla_agents.classical.vision import Sighting
from vla_agents.classical.words import NOUNS, Thing
from vla_agents.steering import Here

NAMES = ("bumper", "camera", "depth", "imu", "lidar", "odom")


def observe(time: float, words: str = "stop", yaw_rate: float = 0.0, dead: tuple[str, ...] = (), **data: Any) -> dict:
    imu = np.tile(np.array([0, 0, yaw_rate, 0, 0, 9.8], np.float32), (10, 1))
    observation: dict[str, Any] = {
        "bumper": np.array(0, np.int8),
        "camera": np.full((96, 96, 3), 128, np.uint8),
        "depth": np.full((96, 96), 10.0, np.float32),
        "imu": imu,
        "lidar": np.full(360, 10.0, np.float32),
        "odom": np.zeros(5, np.float32),
    } | data
    valid = [name not in dead for name in NAMES]
    stamps = np.array([time if alive else 0.0 for alive in valid])
    return observation | {
        "stamp": stamps,
        "age": (time - stamps).astype(np.float32),
        "valid": np.array(valid, np.int8),
        "goal": words,
    }


def room(x: float, y: float, yaw: float) -> np.ndarray:
    """Return the ranges of a LiDAR in the middle of a robot that stands in a room of 6 x 4 m."""
    angles = yaw + np.linspace(-math.pi, math.pi, 360, endpoint=False)
    c, s = np.cos(angles), np.sin(angles)
    # The LiDAR sits 3 cm ahead of the axle.
    x, y = x + 0.03 * math.cos(yaw), y + 0.03 * math.sin(yaw)
    c, s = np.where(np.abs(c) < 1e-9, 1e-9, c), np.where(np.abs(s) < 1e-9, 1e-9, s)
    along = np.minimum(np.where(c > 0, (3 - x) / c, (-3 - x) / c), np.where(s > 0, (2 - y) / s, (-2 - y) / s))
    return along.astype(np.float32)


# --- motion -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("angle", [30, -90, 180, -180, 270])
def test_turns_by_the_gyro(angle: int) -> None:
    """A synthetic robot that turns as it is asked, with wheels that say nothing of it."""
    belief, turn = Belief(), Turn(math.radians(angle))
    heading, rate = 0.0, 0.0
    for step in range(200):
        belief.update(Senses.of(observe(0.1 * (step + 1), yaw_rate=rate)))
        speeds = turn.speeds(belief)
        if speeds is None:
            break
        assert speeds[0] == 0.0
        rate = speeds[1]
        heading += 0.1 * rate
    assert speeds is None
    assert math.degrees(heading) == pytest.approx(angle, abs=3.0)


def test_a_gyro_without_weight_is_not_believed() -> None:
    belief = Belief()
    for step in range(10):
        spinning = np.array([0, 0, 0.1 * step, 0, 1.0], np.float32)
        dead = np.zeros((10, 6), np.float32)
        belief.update(Senses.of(observe(0.1 * (step + 1), imu=dead, odom=spinning)))
    assert belief.here.yaw == pytest.approx(0.9, abs=1e-5)


def test_reckons_by_what_it_asked_for_when_nothing_else_is_left() -> None:
    belief = Belief()
    for step in range(11):
        belief.update(Senses.of(observe(0.1 * (step + 1), dead=("imu", "odom"))), (0.5, 0.0))
    assert belief.here.x == pytest.approx(0.5)
    assert belief.here.yaw == 0.0


def test_a_late_picture_is_placed_where_it_was_taken() -> None:
    belief = Belief()
    for step in range(8):
        belief.update(Senses.of(observe(0.1 * (step + 1), yaw_rate=1.0)))
    assert belief.reckoning.at(0.4).yaw == pytest.approx(0.3)


@settings(max_examples=25)
@given(st.floats(-0.2, 0.2), st.floats(-0.2, 0.2), st.floats(-3, 3))
def test_scans_tell_how_far_reckoning_is_off(dx: float, dy: float, yaw: float) -> None:
    matcher = ScanMatcher()
    matcher.correction(lidar_scan(room(0.5, -0.3, 0.0)), Here(0.5, -0.3, 0.0, True, 0.0))
    scan = lidar_scan(room(0.5 + dx, -0.3 + dy, yaw))
    shift = matcher.correction(scan, Here(0.5, -0.3, yaw, True, 0.1))
    assert shift == pytest.approx([dx, dy], abs=0.03)


def test_slipping_is_no_standing() -> None:
    belief = Belief()
    belief.update(Senses.of(observe(0.1, lidar=room(0.0, 0.0, 0.0))))
    belief.update(Senses.of(observe(0.2, lidar=room(0.05, 0.0, 0.0))))
    assert belief.here.x == pytest.approx(0.05, abs=0.01)
    assert not belief.here.still


# --- seeing -----------------------------------------------------------------------------------------------------------


def outline(noun: str, pixels: int) -> np.ndarray:
    """Return the outline of a shape, as wide as so many pixels."""
    scale, image = 8, np.zeros((16 * pixels, 8 * pixels), np.uint8)
    wide = scale * pixels
    if noun == "ball":
        image = np.zeros((wide, wide), np.uint8)
        cv2.circle(image, (wide // 2, wide // 2), wide // 2, 1, -1)
    elif noun == "cone":
        image = np.zeros((round(1.25 * wide), wide), np.uint8)
        cv2.fillPoly(image, [np.array([[wide // 2, 0], [0, len(image)], [wide, len(image)]])], 1)
    else:
        image = np.ones((round((1.4 if noun == "cylinder" else 0.85) * wide), wide), np.uint8)
    small = cv2.resize(image, (pixels, round(len(image) / scale)), interpolation=cv2.INTER_AREA)
    return small > 0


@pytest.mark.parametrize("pixels", [8, 16, 40])
@pytest.mark.parametrize("noun", NOUNS)
def test_silhouettes(noun: str, pixels: int) -> None:
    scores = noun_scores(outline(noun, pixels))
    assert NOUNS[int(scores.argmax())] == noun


def test_a_thing_is_remembered_once() -> None:
    memory = Memory()
    scores = np.array([0.0, -6.0, -6.0, -6.0])
    for step in range(6):
        here = Here(0.2 * step, 0.0, 0.0, False, 0.1 * step)
        memory.note(Sighting("red", 3.0 - 0.2 * step, 0.5, scores, None), here)
    mark, chance = memory.best(Thing("red", "cube"))
    assert len(memory.landmarks) == 1
    assert mark is not None
    assert mark.point == pytest.approx((3.0, 0.5))
    assert chance > 0.9
    assert memory.best(Thing("red", "ball"))[0] is None
    assert memory.best(Thing("blue", "cube"))[0] is None


def test_a_picture_is_not_taken_for_the_thing() -> None:
    memory = Memory()
    for _ in range(4):
        memory.note(Sighting("red", 2.0, 0.0, None, True), Here(0.0, 0.0, 0.0, True, 0.0))
    assert memory.best(Thing("red", "cube"))[0] is None


def test_what_is_missing_is_forgotten() -> None:
    memory = Memory()
    mark = memory.note(Sighting("red", 2.0, 0.0, None, None), Here(0.0, 0.0, 0.0, True, 0.0))
    for _ in range(6):
        memory.doubt([mark])
    assert memory.landmarks == []


# --- the floor --------------------------------------------------------------------------------------------------------


def test_a_way_leads_round_what_is_in_between() -> None:
    floor, here = Floor(), Here(-2.0, 0.0, 0.0, True, 0.0)
    ranges = room(-2.0, 0.0, 0.0)
    angles = np.linspace(-math.pi, math.pi, 360, endpoint=False)
    ranges[np.abs(angles) < 0.5] = 1.5
    for _ in range(3):
        floor.add("lidar", lidar_scan(ranges), here)
    way = floor.way(here, np.array([[1.0, 0.0]]))
    assert np.hypot(*(way[-1] - (1.0, 0.0))) < 0.2
    barrier = np.column_stack(lidar_scan(ranges).placed(here))[np.abs(angles) < 0.5]
    assert np.hypot(*(way[:, None] - barrier).T).min() > 0.25


def test_no_way_through_a_closed_wall() -> None:
    floor, here = Floor(), Here(0.0, 0.0, 0.0, True, 0.0)
    for _ in range(3):
        floor.add("lidar", lidar_scan(np.full(360, 1.0, np.float32)), here)
    assert floor.way(here, np.array([[3.0, 0.0]])).shape == (0, 2)


def test_explores_what_it_has_not_looked_at() -> None:
    floor, here = Floor(), Here(0.0, 0.0, 0.0, True, 0.0)
    scan = lidar_scan(room(0.0, 0.0, 0.0))
    floor.add("lidar", scan, here)
    floor.look(scan, here)
    assert floor.way_to_unseen(here)[-1][0] < 0.8
    for yaw in np.linspace(-3, 3, 7).tolist():
        turned = Here(0.0, 0.0, yaw, True, 0.0)
        floor.look(lidar_scan(room(0.0, 0.0, yaw)), turned)
    assert len(floor.way_to_unseen(here)) == 0


def test_what_was_touched_is_near_until_it_is_left() -> None:
    floor, here = Floor(), Here(1.0, 2.0, math.pi / 2, True, 0.0)
    assert floor.near(here)[0].size == 0
    floor.touch(here, [(0.25, 0.1)])
    x, y = floor.near(here)
    np.testing.assert_allclose((x.item(), y.item()), (0.25, 0.1), atol=0.08)
    assert floor.near(Here(4.0, 2.0, 0.0, True, 0.0))[0].size == 0


def test_a_lost_ray_says_nothing_is_free() -> None:
    floor, here = Floor(), Here(0.0, 0.0, 0.0, True, 0.0)
    x, y = np.array([0.0, 2.0, 2.0, 0.0]), np.array([0.0, -0.5, 0.5, 0.0])
    floor.add("lidar", Scan(x, y, np.array([False, True, True, False]), 0.0), here)
    assert floor.is_unseen((-1.0, 0.0))


# --- the agent --------------------------------------------------------------------------------------------------------


def drive(words: str, steps: int = 30, **observation: Any) -> list[np.ndarray]:
    agent = Classical()
    agent.reset(0)
    return [np.asarray(agent.act(observe(0.1 * (step + 1), words, **observation))) for step in range(steps)]


def test_stops_when_every_sensor_is_dead() -> None:
    assert not np.any(drive("go to the red cube", dead=NAMES))
    assert not np.any(drive("drive 2 metres forward", dead=NAMES))


def test_creeps_when_nothing_tells_what_is_ahead() -> None:
    actions = np.array(drive("drive 2 metres forward", dead=("lidar", "depth")))
    assert 0.0 < actions[:, 0].max() <= 0.1 + 1e-6


def test_does_not_drive_into_what_the_lidar_sees() -> None:
    actions = np.array(drive("drive 2 metres forward", lidar=np.full(360, 0.24, np.float32)))
    assert actions[:, 0].max() <= 0.0


def test_stops_at_once_on_the_word() -> None:
    agent = Classical()
    agent.reset(0)
    assert np.any(agent.act(observe(0.1, "go to the red cube")))
    assert not np.any(agent.act(observe(0.2, "freeze, do not move")))


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 2**32 - 1))
def test_any_observation_gives_an_action_within_the_limits(seed: int) -> None:
    rng = np.random.default_rng(seed)
    agent = Classical()
    agent.reset(0)
    words = str(rng.choice(["go to the red cube", "follow the wall on your left for 2 metres", "dance"]))
    for step in range(3):
        noise = {
            "camera": rng.integers(0, 256, (96, 96, 3), dtype=np.uint8),
            "depth": (10 * rng.random((96, 96)) * rng.integers(0, 2, (96, 96))).astype(np.float32),
            "lidar": (10 * rng.random(360) * rng.integers(0, 2, 360)).astype(np.float32),
            "imu": rng.normal(0, 10, (10, 6)).astype(np.float32),
            "odom": rng.normal(0, 1, 5).astype(np.float32),
        }
        dead = tuple(name for name in NAMES if rng.random() < 0.2)
        action = agent.act(observe(0.1 * (step + 1), words, dead=dead, **noise))
        assert np.isfinite(action).all()
        assert abs(action[0]) <= 0.8
        assert abs(action[1]) <= 2.0
