"""The judges, on the embedded engine: what was asked succeeds after a second, what was not fails with its reason."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from vla_sim.engines.engine import Placements
from vla_sim.geometry import Pose
from vla_sim.seeding import generator
from vla_sim.tasks import make_task
from vla_sim.tasks.goal import Goal
from vla_sim.tasks.plan import Pick, Plan, Press, Pull
from vla_sim.tasks.site import Site
from vla_sim.tasks.task import Episode

After = Callable[[Site, Placements, Plan], Placements]
PLACING = ("put_in", "put_on", "put_beside", "put_between", "push_to", "stack", "clear_colour", "put_count")
TOP = 0.75


def draw(site: Site, name: str, seed: int) -> Episode:
    return make_task(name).sample(site, generator(seed, "test"))


def true_goal(episode: Episode) -> Goal:
    return next(goal for goal in episode.alternatives if goal.plan == episode.plan)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", PLACING)
def test_what_was_asked_succeeds_after_a_second(stage: Any, table: Site, after: After, name: str, seed: int) -> None:
    episode = draw(table, name, seed)
    stage.begin(episode)
    assert stage.wait(0.3) is None
    assert episode.progress < 0.9
    stage.put(after(table, episode.placements, episode.plan))
    assert stage.wait(0.8) is None
    assert stage.wait(3.0) == "success"
    assert episode.progress == 1.0
    metrics = episode.metrics()
    assert metrics["placed"] == 1.0
    assert metrics["collisions"] == metrics["drops"] == metrics["disturbed"] == 0.0


@pytest.mark.parametrize("name", [name for name in PLACING if name != "put_count"])
def test_what_was_not_asked_fails(stage: Any, table: Site, after: After, name: str) -> None:
    episode = draw(table, name, 7)
    right = true_goal(episode)
    for goal in episode.alternatives[:5]:
        if goal is not right:
            stage.begin(episode)
            stage.put(after(table, episode.placements, goal.plan))
            assert stage.wait(2.0) == goal.wrong, goal.name


def test_counting(stage: Any, table: Site, after: After) -> None:
    """Too few is not done, too many is wrong, and so is a thing of another kind."""
    episode = next(
        draw(table, "put_count", seed) for seed in range(20) if len(draw(table, "put_count", seed).plan) == 5
    )
    one, _, three = (goal.plan for goal in episode.alternatives)
    stage.begin(episode)
    stage.put(after(table, episode.placements, one))
    assert stage.wait(4.0) is None
    stage.begin(episode)
    stage.put(after(table, episode.placements, three))
    assert stage.wait(2.0) == "wrong_count"


def test_a_glance_is_not_enough(stage: Any, table: Site, after: After) -> None:
    episode = draw(table, "put_on", 1)
    stage.begin(episode)
    for _ in range(3):
        stage.put(after(table, episode.placements, episode.plan))
        assert stage.wait(0.7) is None
        stage.put(episode.placements)
        assert stage.wait(0.3) is None


def test_what_is_lifted_in_the_air_is_not_placed(stage: Any, table: Site) -> None:
    """Put over the tray, it counts from when it rests there."""
    episode = draw(table, "put_in", 2)
    stage.begin(episode)
    pick, place = episode.plan
    tray = episode.placements[place.on]  # type: ignore[union-attr]
    assert tray is not None
    above = tray * Pose((*place.at, 0.25))  # type: ignore[union-attr]
    stage.put({**episode.placements, pick.model: above})  # type: ignore[union-attr]
    assert stage.wait(0.1) is None
    assert episode.metrics()["placed"] == 0.0


def test_what_falls_off_the_table_has_failed(stage: Any, table: Site) -> None:
    episode = draw(table, "put_in", 2)
    stage.begin(episode)
    stage.put({**episode.placements, episode.plan[0].model: Pose((1.3, 0.5, 0.4))})  # type: ignore[union-attr]
    assert stage.wait(1.0) == "off_table"


def test_pushing_must_not_lift(stage: Any, table: Site) -> None:
    episode = draw(table, "push_to", 1)
    stage.begin(episode)
    model = episode.plan[0].model  # type: ignore[union-attr]
    start = episode.placements[model]
    assert start is not None
    stage.put({**episode.placements, model: Pose((0, 0, 0.3)) * start})
    assert stage.wait(0.1) == "lifted"


def pick_up_cubes(table: Site) -> Episode:
    """Draw a trial of which the true thing is a cube."""
    episodes = (draw(table, "pick_up", seed) for seed in range(40))
    return next(one for one in episodes if one.plan[0].model.endswith("_cube"))  # type: ignore[union-attr]


def lift(stage: Any, episode: Episode, model: str, up: float) -> str | None:
    pose = episode.placements[model]
    assert pose is not None
    x, y, z = pose.position
    height = stage.site.objects[model].height
    # The fingers close along the hand's y; a cube is taken by its faces.
    yaw = math.remainder(pose.yaw, math.pi / 2)
    stage.reach((x, y, z + 0.2), yaw, 2.0)
    stage.reach((x, y, z + max(0.6 * height, 0.02)), yaw)
    stage.grip(0.0)
    stage.wait(0.6)
    stage.reach((x, y, z + max(0.6 * height, 0.02) + up), yaw)
    verdict: str | None = stage.wait(1.5)
    return verdict


def test_lifting_it_succeeds(stage: Any, table: Site) -> None:
    episode = pick_up_cubes(table)
    stage.begin(episode)
    assert lift(stage, episode, episode.plan[0].model, 0.1) == "success"  # type: ignore[union-attr]
    metrics = episode.metrics()
    assert metrics["grasps"] == 1.0
    assert metrics["reached"] == metrics["grasped"] == metrics["lifted"] == 1.0
    assert metrics["path_length"] >= metrics["shortest_path"] > 0.2


def test_lifting_another_one_fails(stage: Any, table: Site) -> None:
    episode = pick_up_cubes(table)
    (other,) = (step.model for step in episode.alternatives[1].plan if isinstance(step, Pick))
    stage.begin(episode)
    assert lift(stage, episode, other, 0.1) == "wrong_object"


def test_letting_go_is_a_drop(stage: Any, table: Site) -> None:
    episode = pick_up_cubes(table)
    model = episode.plan[0].model  # type: ignore[union-attr]
    pose = episode.placements[model]
    assert pose is not None
    (x, y, z), yaw = pose.position, math.remainder(pose.yaw, math.pi / 2)
    stage.begin(episode)
    stage.reach((x, y, z + 0.2), yaw, 2.0)
    stage.reach((x, y, z + 0.027), yaw)
    stage.grip(0.0)
    stage.wait(0.6)
    # High enough for a fall, too briefly for a success.
    stage.reach((x, y, z + 0.087), yaw, 1.2)
    assert episode.progress > 0.9
    stage.grip(0.09)
    stage.wait(1.5)
    metrics = episode.metrics()
    assert metrics["drops"] == 1.0
    assert metrics["grip_force_peak"] > 36.0
    assert metrics["wrist_force_peak"] > 9.0
    assert episode.progress < 0.5


def test_leaning_on_the_table_is_a_collision(stage: Any, table: Site) -> None:
    episode = draw(table, "pick_up", 3)
    there = [pose.position[:2] for pose in episode.placements.values() if pose is not None]
    grid = [(x, y) for x in np.arange(0.35, 0.65, 0.05) for y in np.arange(-0.3, 0.3, 0.05)]
    x, y = max(grid, key=lambda point: min(math.dist(point, other) for other in there))
    stage.begin(episode)
    stage.reach((float(x), float(y), TOP + 0.1))
    stage.reach((float(x), float(y), TOP + 0.005))
    assert stage.wait(3.0) == "collision"
    assert episode.metrics()["collisions"] == 1.0
    assert episode.metrics()["wrist_force_peak"] > 20.0
    assert episode.metrics()["grip_force_peak"] == 0.0


@pytest.mark.parametrize("seed", [1, 2])
def test_pulling_the_drawer(stage: Any, table: Site, seed: int) -> None:
    episode = draw(table, "open_drawer", seed)
    stage.begin(episode)
    (pull,) = episode.plan
    assert isinstance(pull, Pull)
    chest = episode.placements[pull.model]
    assert chest is not None
    side = pull.joint.removesuffix("_slide")
    child = table.world.model(pull.model).link(f"{side}_drawer").pose
    grip = chest * child * Pose(pull.handle)
    x, y, z = grip.position
    yaw = math.remainder(chest.yaw + math.pi / 2, math.pi)
    pulled = (grip * Pose((pull.to + 0.01, 0.0, 0.0))).position
    stage.reach((x, y, z + 0.12), yaw, 2.0)
    stage.reach((x, y, z), yaw)
    stage.grip(0.0)
    stage.wait(0.5)
    stage.reach(pulled, yaw, 2.0)
    assert stage.wait(1.5) == "success"
    assert episode.metrics()["worked"] == 1.0


def test_a_button_under_a_weight_is_pressed(stage: Any, table: Site) -> None:
    episode = draw(table, "press_button", 1)
    right, wrong = episode.alternatives[:2]
    for goal, verdict in ((right, "success"), (wrong, "wrong_object")):
        (press,) = goal.plan
        assert isinstance(press, Press)
        at = episode.placements[press.model]
        assert at is not None
        stage.begin(episode)
        assert stage.wait(0.5) is None
        stage.put({**episode.placements, "blue_bottle": at * Pose((0.0, 0.0, 0.047))})
        assert stage.wait(1.5) == verdict
