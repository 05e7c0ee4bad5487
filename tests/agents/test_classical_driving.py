"""The classical agent in the arena: what its camera tells, each behaviour end to end, and what a dead sensor costs."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from vla_agents.classical import Classical
from vla_agents.classical.scan import lidar_scan
from vla_agents.classical.vision import View, sightings
from vla_agents.classical.words import NOUNS

from vla_sim.agent import PrivilegedAgent, load_agent
from vla_sim.engines.engine import Variation
from vla_sim.envs.env import VlaSimEnv
from vla_sim.geometry import Pose


@pytest.fixture(scope="module")
def env() -> Iterator[VlaSimEnv]:
    env = VlaSimEnv("arena")
    yield env
    env.close()


def run(env: VlaSimEnv, task: str, seed: int, faults: tuple[Any, ...] = (), words: str = "seen") -> dict[str, Any]:
    agent = Classical()
    observation, info = env.reset(seed=seed, options={"task": task, "faults": faults, "words": words})
    agent.reset(seed)
    done = False
    while not done:
        observation, _, terminated, truncated, info = env.step(agent.act(observation))
        done = terminated or truncated
    return info


# --- seeing -----------------------------------------------------------------------------------------------------------


def picture(env: VlaSimEnv, things: dict[str, tuple[float, float, float]]) -> dict[str, np.ndarray]:
    """Return what the sensors say of things at (distance, bearing, yaw), from a robot in the open."""
    env.reset(seed=0)
    placements: dict[str, Pose | None] = dict.fromkeys(env.episode.placements)
    height = env.episode.placements["robot"].position[2]
    placements["robot"] = Pose.planar(0.5, 2.0, 0.0, height)
    for name, (away, bearing, yaw) in things.items():
        placements[name] = Pose.planar(0.5 + away * math.cos(bearing), 2.0 + away * math.sin(bearing), yaw, 0.0)
    env.engine.reset(placements, 0, Variation())
    seen = {reading.sensor: reading.data for reading in env.engine.step(0.2)}
    seen["depth"] = np.nan_to_num(seen["depth"], posinf=10.0)
    seen["lidar"] = np.nan_to_num(seen["lidar"], posinf=10.0)
    return seen


@pytest.mark.parametrize("ranging", ["depth", "lidar", "floor"])
@pytest.mark.parametrize("noun", NOUNS)
@pytest.mark.parametrize("colour", ["red", "green", "blue", "yellow", "purple", "orange"])
def test_sees_what_stands_where(env: VlaSimEnv, colour: str, noun: str, ranging: str) -> None:
    """At 1.6 m, aside: how far it is, depth tells, or the LiDAR, or else where the thing meets the floor."""
    seen = picture(env, {f"{colour}_{noun}": (1.6, 0.3, 0.4)})
    depth = seen["depth"] if ranging == "depth" else None
    scan = lidar_scan(seen["lidar"]) if ranging == "lidar" else None
    (sighting,) = sightings(View(seen["camera"], depth, scan))
    assert sighting.colour == colour
    assert sighting.scores is not None
    assert NOUNS[int(sighting.scores.argmax())] == noun
    # A round thing hides the place where it touches the floor, so that this tells less well than a range.
    off = 0.25 if ranging == "floor" else 0.15
    assert math.dist((sighting.x, sighting.y), (1.6 * math.cos(0.3), 1.6 * math.sin(0.3))) < off


def test_tells_nouns_apart_at_any_yaw_and_distance(env: VlaSimEnv) -> None:
    rng = np.random.default_rng(5)
    right = []
    for index in range(60):
        noun = NOUNS[index % 4]
        seen = picture(env, {f"blue_{noun}": (rng.uniform(0.9, 3.0), rng.uniform(-0.4, 0.4), rng.uniform(-3, 3))})
        found = sightings(View(seen["camera"], seen["depth"], None))
        right.append(len(found) == 1 and found[0].scores is not None and NOUNS[int(found[0].scores.argmax())] == noun)
    assert np.mean(right) >= 0.9


def test_things_of_one_colour_behind_each_other_are_two(env: VlaSimEnv) -> None:
    seen = picture(env, {"blue_cube": (1.5, 0.0, 0.0), "blue_cone": (3.0, 0.02, 0.0)})
    nearest = sightings(View(seen["camera"], seen["depth"], None))[0]
    assert nearest.scores is not None
    assert NOUNS[int(nearest.scores.argmax())] == "cube"


@pytest.mark.parametrize(("name", "flat"), [("red_ball", False), ("red_ball_picture", True), ("green_cube", False)])
def test_pictures_have_no_relief(env: VlaSimEnv, name: str, flat: bool) -> None:
    (sighting,) = sightings(View(*(picture(env, {name: (1.3, 0.1, 0.5)})[key] for key in ("camera", "depth")), None))
    assert sighting.flat is flat


# --- doing ------------------------------------------------------------------------------------------------------------


QUICK = ["go_to_object", "turn_by_angle", "hold_heading", "follow_wall", "stop_on_command"]
LONG = [
    "stop_in_front",
    "go_between",
    "visit_in_order",
    "avoid_object",
    "find_the_real_one",
    "go_to_object_dark",
    "change_of_mind",
]


@pytest.mark.parametrize("task", [*QUICK, *(pytest.param(task, marks=pytest.mark.slow) for task in LONG)])
def test_can_do(env: VlaSimEnv, task: str) -> None:
    """Of three trials of each kind, at least two: single ones may be hard."""
    words = ("seen", "held_out", "seen")
    assert sum(run(env, task, seed, words=words[seed])["success"] for seed in range(3)) >= 2


def test_one_seed_one_drive(env: VlaSimEnv) -> None:
    assert run(env, "go_to_object", 4)["metrics"] == run(env, "go_to_object", 4)["metrics"]


def test_is_an_agent_without_privileges() -> None:
    agent = load_agent("classical")
    assert isinstance(agent, Classical)
    assert not isinstance(agent, PrivilegedAgent)


@pytest.mark.slow
def test_goes_on_in_the_dark_to_what_it_has_seen(env: VlaSimEnv) -> None:
    """The camera goes black once everything around was looked at, before the robot arrives."""
    dark = {"target": "camera", "kind": "blackout", "onset": 6.0}
    assert sum(run(env, "go_to_object", seed, (dark,))["success"] for seed in range(10, 16)) >= 3


# --- what a dead sensor costs -----------------------------------------------------------------------------------------

NEEDS = [
    ("go_to_object", ("camera:blackout",)),
    ("follow_wall", ("lidar:blackout",)),
    ("turn_by_angle", ("imu:stuck",)),
    ("hold_heading", ("imu:bias",)),
]


@pytest.mark.slow
@pytest.mark.parametrize(("task", "faults"), NEEDS)
def test_a_dead_sensor_hurts_what_needs_it(env: VlaSimEnv, task: str, faults: tuple[str, ...]) -> None:
    """Paired seeds, exact one-sided McNemar test: of the trials in which twins differ, the fault loses nearly all."""
    seeds = range(500, 512)
    clean = np.array([run(env, task, seed)["success"] for seed in seeds])
    faulted = np.array([run(env, task, seed, faults)["success"] for seed in seeds])
    lost, won = int((clean & ~faulted).sum()), int((~clean & faulted).sum())
    chance = sum(math.comb(lost + won, k) for k in range(lost, lost + won + 1)) / 2 ** (lost + won)
    assert clean.mean() >= 0.8
    assert chance < 0.01


@pytest.mark.slow
@pytest.mark.parametrize(
    ("task", "faults"), [("turn_by_angle", ("camera:blackout",)), ("follow_wall", ("depth:blackout",))]
)
def test_a_dead_sensor_does_no_harm_where_it_is_not_needed(env: VlaSimEnv, task: str, faults: tuple[str, ...]) -> None:
    assert np.mean([run(env, task, seed, faults)["success"] for seed in range(500, 512)]) >= 0.8
