"""What an arm touches: the things around it, itself, and what it carries."""

from __future__ import annotations

import numpy as np
import pytest

from tests.planning.scenes import HOME, TABLE, arm_chain, collision_scene, over, table_world, truth
from vla_sim.engines.embedded import EmbeddedEngine
from vla_sim.engines.engine import Command
from vla_sim.kinematics.transforms import pose_of


def test_at_home_the_arm_is_free() -> None:
    scene = collision_scene()
    scene.arrange(truth())
    assert scene.touched(HOME, 0.005) == set()
    assert scene.is_free(HOME, 0.005)


def test_it_names_what_is_touched() -> None:
    scene = collision_scene()
    scene.arrange(truth())
    assert scene.touched(over(0.5, 0.25, 0.04)) == {"thing"}
    assert "table" in scene.touched(over(0.5, 0.4, 0.005))
    assert "wall" in scene.touched(over(0.5, 0.0, 0.2))


def test_clearance_is_a_distance() -> None:
    scene = collision_scene()
    scene.arrange(truth())
    # Closed fingers, whose tips are 15 mm below the tool: 20 mm above the table.
    beside = over(0.5, 0.4, 0.035)
    assert scene.touched(beside, 0.019) == set()
    assert scene.touched(beside, 0.021) == {"table"}


def test_what_is_ignored_or_absent_is_not_touched() -> None:
    scene = collision_scene()
    inside = over(0.5, 0.25, 0.04)
    scene.arrange(truth(), ignoring=["thing"])
    assert scene.is_free(inside)
    scene.arrange(truth(without=("thing",)))
    assert scene.is_free(inside)
    scene.arrange(truth())
    assert not scene.is_free(inside)


def test_the_fingers_open_as_told() -> None:
    scene = collision_scene()
    inside = over(0.5, 0.25, 0.04)
    scene.arrange(truth(), joints={"left_finger": 0.04, "right_finger": 0.04})
    assert scene.is_free(inside)
    scene.arrange(truth(left_finger=0.04, right_finger=0.04))
    assert scene.is_free(inside)


def test_the_arm_meets_itself() -> None:
    scene = collision_scene()
    scene.arrange(truth())
    folded = np.array([0.0, 0.0, 1.4, 2.3, 0.0, 0.0])
    assert "robot" in scene.touched(folded)


def test_what_is_held_comes_along() -> None:
    scene, chain = collision_scene(), arm_chain()
    grasp = over(0.5, 0.25, 0.04)
    held = truth(left_finger=0.025, right_finger=0.025, **dict(zip(chain.names, grasp.tolist(), strict=True)))
    low = over(0.5, 0.4, 0.035)
    scene.arrange(held, held="thing")
    # The box reaches 40 mm below the tool.
    assert scene.touched(low) == {"table"}
    assert scene.is_free(over(0.5, 0.4, 0.045))
    scene.arrange(held)
    assert scene.touched(low) == set()


def test_what_is_tolerated_may_be_touched_and_no_more() -> None:
    scene = collision_scene()
    scene.arrange(truth())
    low = over(0.5, 0.4, 0.01)
    scene.tolerate(low)
    assert scene.is_free(low)
    assert scene.touched(over(0.5, 0.25, 0.04)) == {"thing"}
    scene.arrange(truth())
    assert not scene.is_free(low)


def test_paths_are_looked_at_between_their_ends() -> None:
    scene = collision_scene()
    scene.arrange(truth())
    left, right = over(0.5, 0.2, 0.2), over(0.5, -0.2, 0.2)
    assert scene.is_free(left)
    assert scene.is_free(right)
    assert not scene.is_path_free([left, right])
    assert scene.is_path_free([left, over(0.5, 0.3, 0.2)])


@pytest.mark.parametrize("seed", range(3))
def test_the_engine_agrees_on_where_the_arm_is(seed: int) -> None:
    """Drive the real arm to a configuration: the tool comes to where the chain says."""
    chain = arm_chain()
    goal = np.random.default_rng(seed).uniform(-0.4, 0.4, 6) * [1, 1, 0.3, 1, 1, 1]
    with EmbeddedEngine() as engine:
        engine.load(table_world(), sensors=[])
        engine.reset({"wall": None, "thing": None})
        engine.apply(Command(joints=dict(zip(chain.names, goal.tolist(), strict=True))))
        engine.step(3.0)
        state = engine.truth().models["robot"]
    reached = chain.configuration(state.joints)
    np.testing.assert_allclose(reached, goal, atol=0.01)
    tool = state.pose * pose_of(chain.forward(reached))
    assert tool.position[2] > TABLE
