"""What the arm's cameras see is placed by hand-made boxes on real frames of the tabletop."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from vla_agents.fusion.arm.body import arm_body
from vla_agents.fusion.arm.sighting import relief, sightings
from vla_agents.fusion.language.slots import QUERY
from vla_agents.fusion.perception.detector import STRIDE, Sight

from vla_sim.envs.env import VlaSimEnv


@pytest.fixture(scope="module")
def scene():
    env = VlaSimEnv("tabletop", "pick_up", sensors=["overhead", "overhead_depth", "joints"])
    observation, _ = env.reset(seed=3)
    yield env, observation
    env.close()


def sight_of(shown: np.ndarray, wanted: list[int]) -> Sight:
    """Return maps of an eye that sees some models exactly."""
    height, width = (size // STRIDE for size in shown.shape)
    thing, box = torch.full((1, height, width), -9.0), torch.zeros(1, 4, height, width)
    for model in wanted:
        rows, columns = np.nonzero(shown == model)
        middle = int(rows.mean()) // STRIDE, int(columns.mean()) // STRIDE
        y, x = ((each + 0.5) * STRIDE for each in middle)
        sides = (x - columns.min(), y - rows.min(), columns.max() + 1 - x, rows.max() + 1 - y)
        thing[0, *middle] = 9.0
        box[0, :, *middle] = torch.tensor(sides)
    looks = torch.zeros(1, 2, QUERY, height, width)
    looks[:, :, 0] = 1.0
    blank = torch.zeros(1, height, width)
    return Sight(thing, thing, box, blank, blank, looks, torch.zeros(1, 32, height, width))


def test_things_are_where_they_are(scene) -> None:
    env, observation = scene
    there = [name for name in env.site.present(env.episode.placements) if name in env.site.objects]
    shown = env.engine.segmentation("overhead")
    names = [model.name for model in env.site.world.models]
    visible = [name for name in there if (shown == names.index(name)).sum() >= 20]
    assert visible
    joints = env.truth.models["robot"].joints
    body = arm_body()
    sight = sight_of(shown, [names.index(name) for name in visible])
    found = sightings(sight, observation["overhead_depth"], body.lenses["overhead"], body.chain.configuration(joints))
    assert len(found) == len(visible)
    base = env.truth.models["robot"].pose.inverse()
    for name in visible:
        x, y, _ = base.transform(env.truth.models[name].pose.position)
        nearest = min(found, key=lambda one: np.hypot(one.x - x, one.y - y))
        assert np.hypot(nearest.x - x, nearest.y - y) < 0.015, name
        assert nearest.top == pytest.approx(env.site.objects[name].height, abs=0.015), name


def test_the_table_itself_is_at_no_height(scene) -> None:
    env, observation = scene
    body = arm_body()
    joints = body.chain.configuration(env.truth.models["robot"].joints)
    heights = body.lenses["overhead"].heights(observation["overhead_depth"], joints)
    shown = env.engine.segmentation("overhead")
    names = [model.name for model in env.site.world.models]
    robot, objects = names.index("robot"), [names.index(name) for name in env.site.objects]
    bare = ~np.isin(shown, [robot, *objects])
    assert abs(float(np.median(heights[bare]))) < 0.01
    assert float(np.max(heights[shown == robot])) > 0.3


def test_relief_is_nothing_where_it_is_not_known() -> None:
    heights, known = torch.tensor([[[0.1, 0.05]]]), torch.tensor([[[1.0, 0.0]]])
    assert relief(heights, known).tolist() == [[[[1.0, 0.0]], [[1.0, 0.0]]]]
