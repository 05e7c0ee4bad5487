"""What every task at a table promises of its episodes: all is in reach, apart, undone, and said."""

from __future__ import annotations

import itertools
import math

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vla_sim.engines.engine import Placements
from vla_sim.errors import InputError
from vla_sim.seeding import generator
from vla_sim.tasks import MANIPULATION, NAVIGATION, make_task
from vla_sim.tasks.manipulation.bench import GAP, TALL, TALL_GAP
from vla_sim.tasks.plan import Pick, Place, Push
from vla_sim.tasks.semantics import Point
from vla_sim.tasks.site import Site
from vla_sim.tasks.task import Episode

NAMES = sorted(MANIPULATION)
SEEDS = settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def draw(site: Site, name: str, seed: int) -> Episode:
    return make_task(name).sample(site, generator(seed, "test"))


def points(site: Site, placements: Placements) -> dict[str, Point]:
    return {name: pose.position[:2] for name in site.objects if (pose := placements[name]) is not None}


def test_all_tasks_are_there(table: Site) -> None:
    assert set(MANIPULATION) == {
        "pick_up",
        "pick_by_place",
        "put_in",
        "put_on",
        "put_beside",
        "put_between",
        "push_to",
        "stack",
        "open_drawer",
        "press_button",
        "clear_colour",
        "put_count",
    }
    assert all(task.name == name and task.description for name, task in MANIPULATION.items())
    assert all(task.unsupported(table) is None for task in MANIPULATION.values())


def test_a_robot_that_cannot_says_why(table: Site, site: Site) -> None:
    assert {task.unsupported(table) for task in NAVIGATION.values()} == {"the robot does not drive"}
    assert {task.unsupported(site) for task in MANIPULATION.values()} == {"the robot has no arm"}


def test_bare_tables_say_what_is_missing(table: Site) -> None:
    bare = Site(table.world, table.semantics.model_copy(update={"fixtures": {}}))
    missing = {name for name, task in MANIPULATION.items() if task.unsupported(bare) is not None}
    assert missing == set(NAMES) - {"pick_up", "put_beside", "put_between", "stack"}
    empty = Site(table.world, table.semantics.model_copy(update={"objects": {}}))
    assert all(task.unsupported(empty) for task in MANIPULATION.values())


@pytest.mark.parametrize("name", NAMES)
@SEEDS
@given(seed=st.integers(0, 2**32))
def test_things_are_in_reach_and_apart(table: Site, name: str, seed: int) -> None:
    placements = draw(table, name, seed).placements
    assert set(placements) == {*table.objects, *table.fixtures}
    there = points(table, placements)
    for model, point in there.items():
        assert table.within_reach("table", point)
        pose = placements[model]
        assert pose is not None
        assert pose.position[2] == table.surfaces["table"].height
    for (one, here), (other, place) in itertools.combinations(there.items(), 2):
        a, b = table.objects[one], table.objects[other]
        tall = max(a.height or 0.0, b.height or 0.0) > TALL
        assert math.dist(here, place) >= a.radius + b.radius + (TALL_GAP if tall else GAP) - 1e-9


@pytest.mark.parametrize("name", NAMES)
@SEEDS
@given(seed=st.integers(0, 2**32))
def test_nothing_stands_on_a_fixture_and_targets_are_in_reach(table: Site, name: str, seed: int) -> None:
    episode = draw(table, name, seed)
    there = points(table, episode.placements)
    for fixture in table.fixtures:
        pose = episode.placements[fixture]
        if pose is not None:
            reach = table.fixtures[fixture].marks or 0.0
            for model, point in there.items():
                x, y, _ = pose.inverse().transform((*point, 0.0))
                outline = max(math.hypot(x, y) - reach, 0.0)
                assert outline > table.objects[model].radius, (model, fixture)
    for goal in episode.alternatives:
        for step in goal.plan:
            if isinstance(step, Place):
                base = episode.placements.get(step.on) or table.world.model(step.on).pose
                assert table.within_reach("table", base.transform((*step.at, step.height))[:2]), goal.name
            elif isinstance(step, Push):
                assert table.within_reach("table", step.to)
            elif isinstance(step, Pick):
                assert step.model in there


@pytest.mark.parametrize("name", NAMES)
def test_one_seed_is_one_episode(table: Site, name: str) -> None:
    one, other = draw(table, name, 5), draw(table, name, 5)
    assert one.placements == other.placements
    assert (one.time_limit, one.chance) == (other.time_limit, other.chance)
    assert draw(table, name, 6).placements != one.placements


@pytest.mark.parametrize("name", NAMES)
def test_chance_is_that_of_a_guess(table: Site, name: str) -> None:
    for seed in range(6):
        episode = draw(table, name, seed)
        assert 0.0 < episode.chance <= 0.5
        assert len(episode.alternatives) == round(1 / episode.chance)
        assert 60.0 <= episode.time_limit <= 150.0


@pytest.mark.parametrize("name", NAMES)
def test_held_out_words_are_other_words(table: Site, name: str) -> None:
    said: dict[str, set[str]] = {"seen": set(), "held_out": set()}
    for seed in range(12):
        for words, sentences in said.items():
            episode = make_task(name).sample(table, generator(seed, "w"), words)  # type: ignore[arg-type]
            sentences.add(episode.words)
    assert len(said["seen"]) > 4
    assert not said["seen"] & said["held_out"]


def test_no_room_is_an_input_error(table: Site) -> None:
    tight = table.surfaces["table"].model_copy(update={"area": (0.4, 0.0, 0.45, 0.05)})
    crowded = Site(table.world, table.semantics.model_copy(update={"surfaces": {"table": tight}}))
    with pytest.raises(InputError, match="pick_up"):
        make_task("pick_up").sample(crowded, generator(1))
