import numpy as np
import pytest
from gymnasium.vector import AutoresetMode
from vector_parts import Counter, arena

from vla_sim.envs.vector import NextEpisode
from vla_sim.envs.vector.episodes import Schedule

OK = Counter.OK


def drawing(index, number, rng):
    return NextEpisode(int(rng.integers(10**6)), {"words": f"e{index} n{number}"})


def begun(envs, steps):
    """Return seed and words of every episode that begins, by environment."""
    seen = [[] for _ in range(envs.num_envs)]
    batches = [envs.reset(seed=3)[0], *(envs.step([OK] * envs.num_envs)[0] for _ in range(steps))]
    for batch in batches:
        for index in np.flatnonzero(batch["count"][:, 0] == 0):
            seen[index].append((int(batch["seed"][index]), batch["goal"][index]))
    return seen


@pytest.mark.parametrize("mode", [AutoresetMode.NEXT_STEP, AutoresetMode.SAME_STEP])
def test_a_curriculum_decides_each_episode_whatever_the_number_of_workers(vector, mode):
    makers = [lambda length=length: Counter(length) for length in (1, 2, 4)]
    one, three = (
        begun(vector(makers, workers=workers, autoreset_mode=mode, curriculum=drawing), 8) for workers in (1, 3)
    )
    assert one == three
    assert all(len(episodes) > 1 for episodes in one)
    for index, episodes in enumerate(one):
        assert [words for _, words in episodes] == [f"e{index} n{number} 0" for number in range(len(episodes))]
        assert len({seed for seed, _ in episodes}) == len(episodes)


@pytest.mark.parametrize(("mode", "known"), [(AutoresetMode.NEXT_STEP, 1), (AutoresetMode.SAME_STEP, 0)])
def test_a_curriculum_may_follow_the_results(vector, mode, known):
    ends, told = [], []

    def curriculum(index, number, rng):
        told.append((number, len(ends)))
        return NextEpisode()

    envs = vector([lambda: Counter(2)], autoreset_mode=mode, curriculum=curriculum)
    envs.reset(seed=1)
    for _ in range(8):
        if envs.step([OK])[2].any():
            ends.append(True)
    # The third episode is decided when one or two have ended.
    assert (2, 1 + known) in told


def test_a_curriculum_that_raises_leaves_everybody_where_they_were(vector):
    def curriculum(index, number, rng):
        if (index, number) == (1, 1) and not mended:
            raise LookupError("no lesson 1")
        return NextEpisode(options={"words": f"lesson {number} of"})

    mended = []
    envs = vector([lambda: Counter(1)] * 2, workers=2, curriculum=curriculum)
    envs.reset(seed=1)
    envs.step([OK, OK])
    with pytest.raises(LookupError):
        envs.step([OK, OK])
    mended.append(True)
    assert envs.step([OK, OK])[0]["goal"] == ("lesson 1 of 0",) * 2
    assert envs.step([OK, OK])[0]["goal"] == ("lesson 1 of 1",) * 2


def test_what_a_reset_states_comes_before_the_curriculum():
    schedule = Schedule(1, drawing, AutoresetMode.DISABLED)
    plain = schedule.at_reset(0, 5, {}, fallback=0)
    schedule.began(0)
    assert plain.options == {"words": "e0 n0"}
    assert schedule.at_reset(0, None, {"words": "mine"}, 0).options == {"words": "mine"}
    schedule.began(0)
    assert schedule.at_reset(0, None, {}, 0).options == {"words": "e0 n2"}
    schedule.began(0)
    assert schedule.at_reset(0, 5, {}, fallback=0) == plain


@pytest.mark.slow
def test_faults_tasks_and_words_of_each_episode(vector):
    def curriculum(index, number, rng):
        faults = [] if index == 0 else [f"lidar:dropout@L{number + 1}"]
        return NextEpisode(options={"faults": faults, "task": ("turn_by_angle", "hold_heading")[number % 2]})

    envs = vector([arena] * 2, workers=1, curriculum=curriculum, autoreset_mode=AutoresetMode.SAME_STEP)
    _, first = envs.reset(seed=1)
    assert first["task"].tolist() == ["turn_by_angle"] * 2
    assert [len(faults) for faults in first["faults"]] == [0, 1]
    severities = [first["faults"][1][0]["severity"]]
    for _ in range(40):
        *_, infos = envs.step(np.array([[0.6, 0.9]] * 2, np.float32))
        if infos.get("_final_info", np.zeros(2))[1]:
            assert infos["final_info"]["faults"][1][0]["severity"] == severities[-1]
            assert infos["task"][1] == ("turn_by_angle", "hold_heading")[len(severities) % 2]
            severities.append(infos["faults"][1][0]["severity"])
    assert severities[:3] == [0.2, 0.4, 0.6]
