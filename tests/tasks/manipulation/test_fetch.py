"""Fetching from another room: what an episode promises, and when it is won and lost, on the embedded engine."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from vla_sim.engines.embedded import EmbeddedEngine
from vla_sim.engines.engine import Placements
from vla_sim.envs.loading import load_site
from vla_sim.geometry import Pose
from vla_sim.seeding import generator
from vla_sim.tasks import MANIPULATION, make_task
from vla_sim.tasks.episode import ScriptedEpisode
from vla_sim.tasks.navmap import NavMap
from vla_sim.tasks.plan import GoTo, Pick, Place, Plan
from vla_sim.tasks.region import Region, Ring, cells_of
from vla_sim.tasks.semantics import Point
from vla_sim.tasks.site import Site
from vla_sim.tasks.task import Episode

After = Callable[[Site, Placements, Plan], Placements]
STAGES = ("arrived", "grasped", "lifted", "returned", "placed")


@pytest.fixture(scope="module")
def kitchen() -> Site:
    return load_site("kitchen")


@pytest.fixture(scope="module")
def stage(kitchen: Site, stage: Any) -> Iterator[Any]:
    with EmbeddedEngine() as engine:
        engine.load(kitchen.world, sensors=[])
        yield type(stage)(kitchen, engine)


def draw(site: Site, seed: int) -> Episode:
    return make_task("fetch_from_room").sample(site, generator(seed, "test"))


def parts(plan: Plan) -> tuple[Pick, Place]:
    there, pick, back, place = plan
    assert isinstance(there, GoTo)
    assert isinstance(pick, Pick)
    assert isinstance(back, GoTo)
    assert isinstance(place, Place)
    return pick, place


@pytest.mark.parametrize("seed", range(6))
def test_what_is_fetched_stands_in_the_other_room(kitchen: Site, seed: int) -> None:
    episode = draw(kitchen, seed)
    poses = episode.placements
    assert set(poses) == {*kitchen.objects, "robot"}
    start = poses["robot"]
    assert start is not None
    home = kitchen.room_of(*start.position[:2])
    models = {parts(goal.plan)[0].model for goal in episode.alternatives}
    assert 3 <= len(models) <= 6
    assert len(episode.alternatives) == round(1 / episode.chance) == 2 * len(models)
    for name in kitchen.objects:
        pose = poses[name]
        if pose is not None:
            away = kitchen.room_of(*pose.position[:2]) != home
            assert away is (name in models), name
            assert pose.position[2] in {surface.height for surface in kitchen.surfaces.values()}
    for goal in episode.alternatives:
        _, place = parts(goal.plan)
        x, y, _ = (kitchen.world.model(place.on).pose * Pose((*place.at, place.height))).position
        assert kitchen.room_of(x, y) == home
        back = goal.plan[2]
        assert isinstance(back, GoTo)
        assert isinstance(back.region, Ring)
        assert back.facing == pytest.approx((x, y))
    assert 60.0 < episode.time_limit < 200.0


def test_one_seed_is_one_episode(kitchen: Site) -> None:
    one, other = draw(kitchen, 5), draw(kitchen, 5)
    assert one.placements == other.placements
    assert one.alternatives == other.alternatives
    assert draw(kitchen, 6).placements != one.placements


def test_held_out_words_are_other_words(kitchen: Site) -> None:
    task = make_task("fetch_from_room")
    seen, held_out = (
        {task.sample(kitchen, generator(seed, "w"), words).words for seed in range(12)}  # type: ignore[arg-type]
        for words in ("seen", "held_out")
    )
    assert len(seen) > 8
    assert not seen & held_out
    assert not any(word in said for said in held_out for word in ("kitchen", "living room", "breakfast", "dining"))


def test_sites_that_cannot_say_why(kitchen: Site, table: Site, site: Site) -> None:
    task = make_task("fetch_from_room")
    assert task.unsupported(kitchen) is None
    assert task.unsupported(table) == "the robot does not drive"
    assert task.unsupported(site) == "the robot has no arm"
    nameless = {name: one.model_copy(update={"words": ()}) for name, one in kitchen.surfaces.items()}
    semantics = kitchen.semantics.model_copy(update={"surfaces": nameless})
    assert "no two rooms" in (task.unsupported(Site(kitchen.world, semantics)) or "")
    few = kitchen.semantics.model_copy(update={"objects": dict(list(kitchen.objects.items())[:7])})
    assert "fewer than 8" in (task.unsupported(Site(kitchen.world, few)) or "")
    reasons = {one.unsupported(kitchen) for one in MANIPULATION.values()}
    assert reasons == {"no table in reach ('surfaces')"}


@pytest.mark.parametrize("seed", range(3))
def test_what_was_asked_succeeds_after_a_second(stage: Any, kitchen: Site, after: After, seed: int) -> None:
    episode = draw(kitchen, seed)
    stage.begin(episode)
    assert stage.wait(0.3) is None
    assert episode.progress < 0.1
    stage.put(after(kitchen, episode.placements, episode.plan))
    assert stage.wait(0.8) is None
    assert stage.wait(3.0) == "success"
    metrics = episode.metrics()
    assert all(metrics[name] == 1.0 for name in STAGES)
    assert metrics["distance_to_goal"] == metrics["collisions"] == metrics["drops"] == metrics["disturbed"] == 0.0
    assert metrics["shortest_path"] > 4.0


def test_what_was_not_asked_fails(stage: Any, kitchen: Site, after: After) -> None:
    episode = draw(kitchen, 7)
    reasons = []
    for goal in episode.alternatives[1:4]:
        stage.begin(episode)
        stage.put(after(kitchen, episode.placements, goal.plan))
        reasons.append(stage.wait(2.0))
    assert reasons == ["wrong_place", "wrong_object", "wrong_object"]


def test_what_falls_on_the_floor_has_failed(stage: Any, kitchen: Site) -> None:
    episode = draw(kitchen, 2)
    stage.begin(episode)
    stage.put({**episode.placements, parts(episode.plan)[0].model: Pose((0.0, 0.0, 0.3))})
    assert stage.wait(1.0) == "off_table"


def test_each_stage_counts_as_it_is_done(stage: Any, kitchen: Site) -> None:
    """By the truth alone: the robot stands where its plan has it, and both fingers feel the thing."""
    episode = draw(kitchen, 3)
    assert isinstance(episode, ScriptedEpisode)
    stage.begin(episode)
    stage.wait(0.2)
    nav = kitchen.nav_map(episode.placements)
    there, back = (standing(nav, step.region) for step in episode.plan if isinstance(step, GoTo))
    model = parts(episode.plan)[0].model
    truth, z = stage.truth(), episode.placements[model].position[2]  # type: ignore[union-attr]

    def progress(at: Point, up: float, held: bool) -> float:
        nonlocal truth
        robot = kitchen.standing_pose("robot", *at, 0.0)
        thing = Pose((*truth.models[model].pose.position[:2], z + up))
        models = {
            **truth.models,
            "robot": replace(truth.models["robot"], pose=robot),
            model: replace(truth.models[model], pose=thing),
        }
        felt = {name: frozenset({model} if held else ()) for name in ("left_touch", "right_touch")}
        truth = replace(truth, time=truth.time + 0.1, models=models, felt=felt)
        episode.update(truth)
        return episode.progress

    assert progress(there, 0.0, held=False) == pytest.approx(0.2, abs=0.01)
    assert progress(there, 0.0, held=True) == pytest.approx(0.4)
    assert 0.6 <= progress(there, 0.1, held=True) < 0.65
    assert progress(back, 0.1, held=True) == pytest.approx(0.8, abs=0.01)
    assert progress(back, 0.0, held=False) < 0.2
    assert episode.metrics()["lifted"] == 1.0
    assert episode.metrics()["placed"] == 0.0


def standing(nav: NavMap, region: Region) -> Point:
    """Return the roomiest place of a region."""
    cells = cells_of(region, nav.grid, lambda model: pytest.fail(model)) & nav.free
    return nav.grid.centre(divmod(int(np.argmax(np.where(cells, nav.clearance, -1.0))), nav.grid.columns))
