"""What every task promises of its episodes, on a site made for tests."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vla_sim.engines.engine import ModelState, Truth
from vla_sim.errors import InputError
from vla_sim.seeding import generator
from vla_sim.tasks import NAVIGATION, make_task
from vla_sim.tasks.goal import Standing
from vla_sim.tasks.language import COLOURS, NOUNS
from vla_sim.tasks.layout import PASSAGE, WALL_GAP
from vla_sim.tasks.plan import GoTo
from vla_sim.tasks.region import cells_of
from vla_sim.tasks.semantics import Point, Rect
from vla_sim.tasks.site import Site
from vla_sim.tasks.task import Episode

NAMES = sorted(NAVIGATION)
SEEDS = settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
LIGHTLESS = {"go_to_object_dark", "follow_wall_dark"}
NAMING = ("go_to_object", "stop_in_front", "stop_on_command", "find_the_real_one")
"""Tasks whose first words name one object, the one that the true goal is about."""


def sample(site: Site, name: str, seed: int) -> Episode:
    return make_task(name).sample(site, generator(seed, "test"))


def points(site: Site, episode: Episode) -> Mapping[str, Point]:
    return site.present(episode.placements)


def inside(point: Point, rects: tuple[Rect, ...]) -> bool:
    slack = 0.03
    return any(
        xmin - slack <= point[0] <= xmax + slack and ymin - slack <= point[1] <= ymax + slack
        for xmin, ymin, xmax, ymax in rects
    )


def test_all_tasks_are_there() -> None:
    assert set(NAVIGATION) == {
        "go_to_object",
        "stop_in_front",
        "go_between",
        "go_to_room",
        "follow_wall",
        "visit_in_order",
        "avoid_object",
        "stop_on_command",
        "change_of_mind",
        "turn_by_angle",
        "hold_heading",
        "go_to_object_dark",
        "follow_wall_dark",
        "find_the_real_one",
    }
    assert all(task.name == name and task.description for name, task in NAVIGATION.items())


def test_unknown_task() -> None:
    with pytest.raises(InputError, match="go_to_object, stop_in_front"):
        make_task("juggle")


@pytest.mark.parametrize("name", NAMES)
@SEEDS
@given(seed=st.integers(0, 2**32))
def test_placements_are_free_and_apart(site: Site, name: str, seed: int) -> None:
    episode = sample(site, name, seed)
    objects = points(site, episode)
    robot = episode.placements["robot"]
    assert robot is not None
    assert set(episode.placements) == {*site.objects, "robot"}
    here = robot.position[:2]
    assert site.nav_map(episode.placements).is_free(*here)
    for model, point in objects.items():
        radius = site.objects[model].radius
        assert inside(point, site.semantics.clear)
        assert site.clearance[site.grid.cell(*point)] >= radius + WALL_GAP - 0.03
        assert math.dist(point, here) >= radius + site.robot_radius + 0.3
        for other, place in objects.items():
            if other != model:
                assert math.dist(point, place) >= radius + site.objects[other].radius + 2 * site.robot_radius + PASSAGE


@pytest.mark.parametrize("name", NAMES)
@SEEDS
@given(seed=st.integers(0, 2**32))
def test_every_episode_can_be_done(site: Site, name: str, seed: int) -> None:
    episode = sample(site, name, seed)
    robot = episode.placements["robot"]
    assert robot is not None
    objects = points(site, episode)
    x, y, _ = robot.position
    for condition in (goal.condition for goal in episode.alternatives):
        assert not (isinstance(condition, Standing) and condition.placed(x, y, robot.yaw, objects.__getitem__))
    for step in (step for goal in episode.alternatives for step in goal.plan if isinstance(step, GoTo)):
        keep_out = [(*objects[model], site.objects[model].radius + gap) for model, gap in step.avoid]
        nav = site.nav_map(episode.placements, keep_out)
        region = cells_of(step.region, nav.grid, objects.__getitem__)
        assert (region & nav.connected(x, y)).any()


@pytest.mark.parametrize("name", NAMES)
def test_one_seed_is_one_episode(site: Site, name: str) -> None:
    one, other = sample(site, name, 5), sample(site, name, 5)
    assert one.placements == other.placements
    assert (one.time_limit, one.chance, one.light) == (other.time_limit, other.chance, other.light)
    assert sample(site, name, 6).placements != one.placements


@pytest.mark.parametrize("name", NAMES)
def test_chance_and_light(site: Site, name: str) -> None:
    for seed in range(10):
        episode = sample(site, name, seed)
        assert 0.0 < episode.chance <= 0.5
        assert len(episode.alternatives) >= 2
        assert (episode.light == 0.0) == (name in LIGHTLESS)
        assert 10.0 <= episode.time_limit <= 120.0


@pytest.mark.parametrize(
    "name", ["go_to_object", "stop_in_front", "visit_in_order", "stop_on_command", "change_of_mind"]
)
def test_most_targets_start_out_of_view(site: Site, name: str) -> None:
    hidden = 0
    for seed in range(40):
        episode = sample(site, name, seed)
        robot = episode.placements["robot"]
        assert robot is not None
        step = episode_plan(site, episode)[0]
        assert isinstance(step, GoTo)
        hidden += not site.in_view(robot, points(site, episode)[step.region.model])  # type: ignore[attr-defined]
    assert hidden >= 26


def episode_plan(site: Site, episode: Episode) -> tuple[object, ...]:
    begin(site, episode)
    return episode.plan


def begin(site: Site, episode: Episode) -> None:
    models = {name: ModelState(pose) for name, pose in episode.placements.items() if pose is not None}
    episode.begin(Truth(0.1, models))


@pytest.mark.parametrize("name", NAMING)
def test_words_name_the_goal_and_nothing_else(site: Site, name: str) -> None:
    for seed in range(20):
        episode = sample(site, name, seed)
        model = episode_plan(site, episode)[0].region.model  # type: ignore[attr-defined]
        tag = site.objects[model]
        words = episode.words.split()
        assert tag.colour in words
        assert any(noun in episode.words for noun in NOUNS[tag.noun].seen)
        assert not any(colour in words for colour in COLOURS if colour != tag.colour)


def test_held_out_words_are_other_words(site: Site) -> None:
    for name, task in NAVIGATION.items():
        seen, held_out = set(), set()
        for seed in range(30):
            for words, said in (("seen", seen), ("held_out", held_out)):
                episode = task.sample(site, generator(seed, "w"), words)  # type: ignore[arg-type]
                begin(site, episode)
                said.add(episode.words)
        assert len(seen) > 5, name
        assert not seen & held_out, name


def test_hazard_stands_in_the_way(site: Site) -> None:
    for seed in range(20):
        episode = sample(site, "avoid_object", seed)
        goal = episode.alternatives[0].plan[0]
        assert isinstance(goal, GoTo)
        ((hazard, _gap),) = goal.avoid
        robot = episode.placements["robot"]
        assert robot is not None
        (x, y, _), objects = robot.position, points(site, episode)
        (hx, hy), (tx, ty) = objects[hazard], objects[goal.region.model]  # type: ignore[attr-defined]
        length = math.dist((x, y), (tx, ty))
        across = abs((tx - x) * (hy - y) - (ty - y) * (hx - x)) / length
        assert across <= 0.65
        assert 0 < ((tx - x) * (hx - x) + (ty - y) * (hy - y)) / length < length


def test_unsupported_sites_say_why(site: Site) -> None:
    bare = site.semantics.model_copy(update={"objects": {}, "rooms": {}, "walls": {}, "clear": ()})
    empty = Site(site.world, bare)
    reasons = {name: task.unsupported(empty) for name, task in NAVIGATION.items()}
    supported = {name for name, reason in reasons.items() if reason is None}
    assert supported == {"turn_by_angle", "hold_heading"}
    assert all(task.unsupported(site) is None for task in NAVIGATION.values())


def test_no_room_is_an_input_error(site: Site) -> None:
    tight = site.semantics.model_copy(update={"clear": ((1.0, 1.0, 1.2, 1.2),)})
    with pytest.raises(InputError, match="go_to_object"):
        make_task("go_to_object").sample(Site(site.world, tight), generator(1))
