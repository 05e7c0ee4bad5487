from __future__ import annotations

import json
from collections import Counter

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from vla_agents.training.ppo.curriculum import CALM, FaultCurriculum

from vla_sim.envs.vector import NextEpisode
from vla_sim.faults.spec import read_faults

FAULTS = ("command:gain_loss", "command:runaway", "lidar:blackout")
TASKS = ("go_to_object", "turn_by_angle")
CELLS = tuple(f"{task}/{fault}" for task in TASKS for fault in FAULTS)
RNG = np.random.default_rng(0)


def made(seed: int = 3, troubled: float = 0.6, environments: int = 2) -> FaultCurriculum:
    return FaultCurriculum(seed, environments, TASKS, CELLS, troubled)


def kind(episode: NextEpisode) -> str:
    options = dict(episode.options or {})
    return "{}/{target}:{kind}".format(options["task"], **options["faults"][0]) if options["faults"] else CALM


def test_episodes_are_what_environments_take() -> None:
    curriculum = made()
    for number in range(200):
        episode = curriculum(number % 2, number, RNG)
        options = dict(episode.options or {})
        assert options["task"] in TASKS
        read_faults(options["faults"])
        curriculum.ended(number % 2, True)


def test_the_share_of_calm_episodes() -> None:
    curriculum = made(troubled=0.25)
    kinds = Counter(kind(curriculum(0, number, RNG)) for number in range(2000))
    assert 0.21 < 1.0 - kinds[CALM] / 2000 < 0.29


def test_what_is_learned_half_of_the_time_is_drawn_most() -> None:
    curriculum = made()
    curriculum.success |= dict(zip(curriculum.cells[:3], (0.02, 0.5, 0.98), strict=True))
    dark, middle, bright = curriculum.weights(curriculum.cells[:3])
    assert middle > 4 * dark > 0
    assert middle > 4 * bright > 0


def test_levels_settle_where_three_in_five_succeed() -> None:
    curriculum = made(troubled=1.0, environments=1)
    rng = np.random.default_rng(1)
    levels = []
    for number in range(3000):
        name = kind(curriculum(0, number, RNG))
        # An agent that succeeds with a probability of 0.6 at level 3.
        curriculum.ended(0, bool(rng.random() < np.clip(0.6 + 0.2 * (3.0 - curriculum.level[name]), 0.0, 1.0)))
        levels.append(np.mean(list(curriculum.level.values())))
    assert abs(np.mean(levels[500:]) - 3.0) < 0.15


@given(st.lists(st.booleans(), min_size=1, max_size=60), st.integers(0, 59))
def test_it_goes_on_from_its_state(ends: list[bool], broken_off: int) -> None:
    whole, part = made(), made()
    seen, again = [whole(index, 0, RNG) for index in range(2)], [part(index, 0, RNG) for index in range(2)]
    for number, success in enumerate(ends):
        if number == broken_off:
            state = json.loads(json.dumps(part.state()))
            part = made()
            part.restore(state, [[[0.0, 0.0, 0.0]], []])
            # The episodes that were going on are handed out once more, with what is to be replayed.
            for index in range(2):
                handed = part(index, 0, RNG)
                assert handed.seed == again[index].seed
                assert len((handed.options or {})["replay"]) == (1 if index == 0 else 0)
        index = number % 2
        assert whole.ended(index, success) == part.ended(index, success)
        seen[index], again[index] = whole(index, number, RNG), part(index, number, RNG)
        assert seen[index] == again[index]
    assert whole.state() == part.state()
