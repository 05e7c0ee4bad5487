"""The agents on a unicycle: quick, and the same tasks and judges as on an engine."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy.stats import binomtest
from vla_agents.blind import Blind
from vla_agents.expert import Expert
from vla_agents.idle import Idle
from vla_agents.random import Random

from vla_sim.agent import PrivilegedAgent, agent_names, load_agent
from vla_sim.tasks import NAVIGATION

NAMES = sorted(NAVIGATION)
ALPHA = 0.001
"""Of the one-sided binomial test that an agent does no better than chance, for each task."""


@pytest.mark.parametrize("name", NAMES)
def test_expert_succeeds(kinematic: Any, name: str) -> None:
    verdicts = [kinematic.run(Expert(), NAVIGATION[name], seed).verdict for seed in range(5)]
    assert verdicts == ["success"] * 5


@pytest.mark.parametrize("name", NAMES)
def test_expert_takes_a_good_way_and_touches_nothing(kinematic: Any, name: str) -> None:
    trials = [kinematic.run(Expert(), NAVIGATION[name], seed).metrics() for seed in range(3)]
    assert np.mean([metrics["spl"] for metrics in trials]) > 0.7
    assert all(metrics["collisions"] == 0 for metrics in trials)


@pytest.mark.parametrize("name", NAMES)
def test_idle_never_succeeds(kinematic: Any, name: str) -> None:
    for seed in range(3):
        trial = kinematic.run(Idle(), NAVIGATION[name], seed)
        assert trial.verdict == "timeout"
        assert trial.progress < 0.05


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
def test_blind_is_no_better_than_chance(kinematic: Any, name: str) -> None:
    """Chances differ from trial to trial; a binomial with their mean has the larger spread: the safe side."""
    trials = [kinematic.run(Blind(), NAVIGATION[name], seed) for seed in range(100)]
    successes = sum(trial.verdict == "success" for trial in trials)
    chance = float(np.mean([trial.chance for trial in trials]))
    assert binomtest(successes, len(trials), chance, alternative="greater").pvalue > ALPHA


@pytest.mark.slow
def test_random_is_near_zero(kinematic: Any) -> None:
    verdicts = [kinematic.run(Random(), NAVIGATION[name], seed).verdict for name in NAMES for seed in range(10)]
    assert verdicts.count("success") <= 0.05 * len(verdicts)


def test_blind_heeds_its_seed_and_not_the_words(kinematic: Any) -> None:
    def way(seed: int, words: str) -> list[float]:
        observation = kinematic.reset(NAVIGATION["go_to_object"], 3, words)
        agent = Blind()
        agent.attach(kinematic)
        agent.reset(seed)
        for _ in range(60):
            kinematic.step(agent.act(observation))
        return list(kinematic.truth.models["robot"].pose.position)

    assert way(1, "seen") == way(1, "seen")
    assert len({tuple(way(seed, "seen")) for seed in range(8)}) > 1


def test_random_is_the_same_for_the_same_seed(kinematic: Any) -> None:
    def actions(seed: int) -> list[list[float]]:
        agent = Random()
        agent.attach(kinematic)
        agent.reset(seed)
        return [np.asarray(agent.act({})).tolist() for _ in range(50)]

    assert actions(1) == actions(1)
    assert actions(1) != actions(2)
    for action in actions(3):
        assert kinematic.action_space.contains(np.array(action, np.float32))


def test_expert_turns_to_the_new_goal(kinematic: Any) -> None:
    for seed in range(5):
        trial = kinematic.run(Expert(), NAVIGATION["change_of_mind"], seed)
        first, second = trial.script()
        assert first["time"] == 0.0
        assert 0.0 < second["time"] < trial.metrics()["time_to_success"]
        assert first["words"] != second["words"]


def test_expert_gets_free_when_it_is_held(kinematic: Any) -> None:
    """Something that no map shows holds the robot for two seconds: it backs off, and comes through later."""
    task, agent = NAVIGATION["go_to_object"], Expert()
    observation = kinematic.reset(task, 4)
    agent.attach(kinematic)
    agent.reset(4)
    backed = False
    for index in range(600):
        action = np.asarray(agent.act(observation))
        backed |= bool(action[0] < 0)
        kinematic.step(np.zeros(2) if 20 <= index < 45 else action)
        if kinematic.episode.verdict is not None:
            break
    assert backed
    assert kinematic.episode.verdict == "success"


def test_expert_is_quick(kinematic: Any) -> None:
    """A guard against a plan at every step, not a timing: a plan takes ten times as long as a step does."""
    plans = 0

    class Counting(Expert):
        def choose_plan(self) -> Any:
            nonlocal plans
            plan = super().choose_plan()
            plans += plan is not self._plan
            return plan

    kinematic.run(Counting(), NAVIGATION["go_to_object"], 1)
    assert plans == 1


def test_agents_load_by_name() -> None:
    assert {"expert", "blind", "random", "idle"} <= set(agent_names())
    for name in ("expert", "blind", "random", "idle"):
        assert isinstance(load_agent(name), PrivilegedAgent)
