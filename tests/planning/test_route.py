"""Ways around obstacles, in a plane with a wall and with an arm."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from tests.planning.scenes import arm_chain, collision_scene, over, truth
from vla_sim.kinematics import Chain
from vla_sim.kinematics.transforms import Array
from vla_sim.planning.route import RESOLUTION, plan_route

pytest.importorskip("ompl")

START, GOAL = np.full(6, -1.0), np.full(6, 1.0)


def wide(chain: Chain) -> Chain:
    return replace(chain, lower=np.full(6, -3.0), upper=np.full(6, 3.0))


def around_a_wall(configuration: Array) -> bool:
    return bool(abs(configuration[0]) > 0.3 or abs(configuration[1]) > 1.0)


def is_free_all_along(route: Array) -> bool:
    for start, end in pairwise(route):
        count = int(np.ceil(np.abs(end - start).max() / RESOLUTION)) * 2
        if not all(around_a_wall(start + (end - start) * k / count) for k in range(count + 1)):
            return False
    return True


def test_nothing_in_the_way_is_a_straight_line() -> None:
    route = plan_route(wide(arm_chain()), START, [GOAL], lambda _: True, np.random.default_rng(0))
    np.testing.assert_array_equal(route, [START, GOAL])


@pytest.mark.parametrize("seed", range(5))
def test_a_way_around_is_found_and_is_free(seed: int) -> None:
    route = plan_route(wide(arm_chain()), START, [GOAL], around_a_wall, np.random.default_rng(seed))
    assert route is not None
    np.testing.assert_allclose(route[[0, -1]], [START, GOAL], atol=1e-6)
    assert len(route) > 2
    assert is_free_all_along(route)


def test_the_nearest_free_goal_comes_first_and_a_straight_line_before_a_detour() -> None:
    same_side = np.array([-1.0, 1.0, 1.0, 1.0, 1.0, 1.0])
    route = plan_route(wide(arm_chain()), START, [GOAL, same_side], around_a_wall, np.random.default_rng(0))
    np.testing.assert_array_equal(route, [START, same_side])


def test_the_same_seed_gives_the_same_route_whatever_came_before() -> None:
    first = plan_route(wide(arm_chain()), START, [GOAL], around_a_wall, np.random.default_rng(4))
    plan_route(wide(arm_chain()), GOAL, [START], around_a_wall, np.random.default_rng(5))
    again = plan_route(wide(arm_chain()), START, [GOAL], around_a_wall, np.random.default_rng(4))
    np.testing.assert_array_equal(first, again)


def test_no_way_is_none_after_the_effort() -> None:
    looked = 0

    def walled(configuration: Array) -> bool:
        nonlocal looked
        looked += 1
        return abs(float(configuration[0])) > 0.3

    assert plan_route(wide(arm_chain()), START, [GOAL], walled, np.random.default_rng(0), effort=500) is None
    assert looked < 2000


def test_an_arm_goes_around_a_wall() -> None:
    scene = collision_scene()
    scene.arrange(truth())
    left, right = over(0.5, 0.2, 0.2), over(0.5, -0.2, 0.2)
    route = plan_route(arm_chain(), left, [right], lambda q: scene.is_free(q, 0.01), np.random.default_rng(0))
    assert route is not None
    assert arm_chain().within_limits(route, margin=-1e-5).all()
    assert scene.is_path_free(route, 0.0, step=0.02)
