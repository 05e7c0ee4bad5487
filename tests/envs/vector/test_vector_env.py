import doctest

import gymnasium
import numpy as np
import pytest
from gymnasium.error import AlreadyPendingCallError, ClosedEnvironmentError, NoAsyncCallError, ResetNeeded
from gymnasium.vector import AutoresetMode, SyncVectorEnv
from vector_parts import Counter, OtherSpace, arena, cannot_be_made, wrapped_arena

import vla_sim.envs.vector.vector_env as module
from vla_sim.errors import InputError

OK, END = Counter.OK, Counter.END


def same(one, other):
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    if isinstance(one, np.ndarray) and one.dtype != object:
        return one.dtype == other.dtype and one.tobytes() == other.tobytes()
    if isinstance(one, np.ndarray | tuple | list):
        return len(one) == len(other) and all(same(a, b) for a, b in zip(one, other, strict=True))
    return one == other


def by_hand(make, seed, actions):
    """Return what a single environment gives, beginning anew where an episode ends (autoreset in the next step)."""
    env = make()
    observation, info = env.reset(seed=seed)
    given, over = [(observation, 0.0, False, False, info["seed"])], False
    for action in actions:
        if over:
            observation, info = env.reset()
            reward, terminated, truncated = 0.0, False, False
        else:
            observation, reward, terminated, truncated, info = env.step(action)
        over = terminated or truncated
        given.append((observation, reward, terminated, truncated, info.get("seed")))
    env.close()
    return given


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 3])
@pytest.mark.parametrize("make", [arena, wrapped_arena])
def test_the_same_bytes_as_by_hand_however_many_workers(vector, make, workers):
    steps, ways = 30, np.array([[0.6, 0.0], [0.6, 0.9], [0.0, 0.5]], np.float32)
    # Driving off ends a turn soon; turning on the spot does not.
    single = [by_hand(make, 20 + index, [ways[index]] * steps) for index in range(3)]
    assert [sum(step[2] for step in run) > 2 for run in single] == [True, True, False]
    envs = vector([make] * 3, workers=workers)
    observations, infos = envs.reset(seed=20)
    batches = [(observations, np.zeros(3), np.zeros(3, bool), np.zeros(3, bool), infos)]
    batches += [envs.step(ways) for _ in range(steps)]
    for index in range(3):
        for number, (observation, reward, terminated, truncated, seed) in enumerate(single[index]):
            batch, rewards, terminations, truncations, infos = batches[number]
            assert all(same(np.asarray(batch[name][index]), np.asarray(observation[name])) for name in observation)
            assert (rewards[index], terminations[index], truncations[index]) == (reward, terminated, truncated)
            if seed is not None:
                assert infos["seed"][index] == seed


@pytest.mark.parametrize("mode", list(AutoresetMode))
@pytest.mark.parametrize("workers", [1, 2])
def test_results_are_those_of_gymnasiums_own(vector, mode, workers):
    lengths = [2, 3, 5]
    makers = [lambda length=length: Counter(length) for length in lengths]
    ours = vector(makers, workers=workers, autoreset_mode=mode, infos="full")
    theirs = SyncVectorEnv(makers, autoreset_mode=mode)
    assert ours.single_observation_space == theirs.single_observation_space
    assert ours.action_space == theirs.action_space
    assert ours.metadata["autoreset_mode"] is mode
    assert same(ours.reset(seed=5), theirs.reset(seed=5))
    for _ in range(9):
        actions = np.zeros(3, np.int64)
        results = ours.step(actions), theirs.step(actions)
        for own, other in zip(*results, strict=True):
            assert same(own, other)
        ended = results[0][2]
        if mode is AutoresetMode.DISABLED and ended.any():
            options = [{"reset_mask": ended.copy(), "words": "again"} for _ in range(2)]  # Gymnasium's own takes it out
            assert same(ours.reset(options=options[0]), theirs.reset(options=options[1]))


def test_light_infos_tell_scalars_each_step_and_all_of_them_at_the_ends(vector):
    envs = vector([lambda: Counter(2)] * 2, workers=1)
    _, first = envs.reset(seed=[7, None])
    assert first["seed"][0] == 7
    assert "success" not in first
    middle = envs.step([OK, OK])[4]
    assert sorted(middle) == ["_progress", "progress"]
    assert middle["progress"].tolist() == [0.5, 0.5]
    last = envs.step([OK, OK])[4]
    assert last["detail"]["count"].tolist() == [2, 2]


def test_one_set_of_observations_stays_while_the_next_is_written(vector):
    envs = vector([Counter] * 2, workers=2, copy=False)
    first = envs.reset(seed=1)[0]["count"]
    second = envs.step([OK, OK])[0]["count"]
    assert (first[0, 0], second[0, 0]) == (0, 1)
    assert not np.shares_memory(first, second)
    third = envs.step([OK, OK])[0]["count"]
    assert np.shares_memory(first, third)
    assert first[0, 0] == 2
    copied = vector([Counter], copy=True)
    kept = copied.reset(seed=1)[0]["count"]
    for _ in range(2):
        copied.step([OK])
    assert kept[0, 0] == 0


def test_each_environment_gets_its_own_options(vector):
    envs = vector([Counter] * 3, workers=2)
    observations, _ = envs.reset(seed=1, options=[{"words": "one"}, None, {"words": "three"}])
    assert observations["goal"] == ("one 0", "count 0", "three 0")
    observations, _ = envs.reset(options={"words": "all"})
    assert observations["goal"] == ("all 0",) * 3


@pytest.mark.parametrize("mode", [AutoresetMode.NEXT_STEP, AutoresetMode.SAME_STEP])
def test_what_is_ordered_holds_for_the_next_episode_alone(vector, mode):
    envs = vector([lambda: Counter(2)] * 2, workers=2, autoreset_mode=mode)
    envs.reset(seed=1)
    envs.set_next_episode(1, seed=99, options={"words": "ordered"})
    goals = [envs.step([OK, OK])[0] for _ in range(8)]
    begun = [(batch["goal"][1], int(batch["seed"][1])) for batch in goals if batch["count"][1, 0] == 0]
    assert begun[0] == ("ordered 0", 99)
    assert begun[1][0] == "count 0"
    assert all(batch["goal"][0].startswith("count") for batch in goals)
    with pytest.raises(InputError, match="no environment 2"):
        envs.set_next_episode(2)


def test_methods_and_attributes_of_environments(vector):
    envs = vector([Counter] * 3, workers=2)
    envs.reset(seed=1)
    envs.step([OK, OK, OK])
    assert envs.call("add", 5) == (6, 6, 6)
    envs.set_attr("length", [4, 5, 6])
    assert envs.get_attr("length") == (4, 5, 6)
    assert envs.call_some([2, 0], "length") == [6, 4]
    with pytest.raises(AttributeError, match="missing"):
        envs.get_attr("missing")
    assert envs.step([OK, OK, OK])[0]["count"][:, 0].tolist() == [2, 2, 2]


def test_halves_of_a_step_in_wrong_order_are_refused(vector):
    envs = vector([Counter])
    with pytest.raises(ResetNeeded):
        envs.step([OK])
    envs.reset(seed=1)
    with pytest.raises(NoAsyncCallError):
        envs.recv()
    envs.send([OK])
    for call in (lambda: envs.send([OK]), envs.reset, lambda: envs.get_attr("length")):
        with pytest.raises(AlreadyPendingCallError, match="call recv before"):
            call()
    assert envs.recv()[0]["count"][0, 0] == 1
    with pytest.raises(ValueError, match=r"the shape \(1,\), not \(2,\)"):
        envs.step([OK, OK])
    envs.close()
    with pytest.raises(ClosedEnvironmentError):
        envs.step([OK])


def test_an_episode_that_is_over_must_be_reset_where_nothing_does_it(vector):
    envs = vector([Counter] * 2, autoreset_mode=AutoresetMode.DISABLED)
    envs.reset(seed=1)
    *_, ended, _, _ = envs.step([END, OK])
    with pytest.raises(ResetNeeded, match="reset_mask"):
        envs.step([OK, OK])
    envs.reset(options={"reset_mask": ended})
    assert envs.step([OK, OK])[0]["count"][:, 0].tolist() == [1, 2]


@pytest.mark.parametrize("mask", [[True, False], np.array([1, 0]), np.zeros(2, bool), np.ones(3, bool)])
def test_a_wrong_mask_is_refused(vector, mask):
    with pytest.raises(ValueError, match="reset_mask must"):
        vector([Counter] * 2).reset(options={"reset_mask": mask})


def test_bad_input_is_one_line():
    def refused(makers, message, **options):
        with pytest.raises(InputError, match=message) as caught:
            module.VlaSimVectorEnv(makers, **options)
        assert "\n" not in str(caught.value)

    refused([], "needs at least one environment")
    refused([Counter], "no autoreset_mode 'Never'; use NextStep, SameStep, Disabled", autoreset_mode="Never")
    refused([Counter], "no infos 'some'; use light or full", infos="some")
    refused([Counter], "needs at least one worker", workers=0)
    refused([Counter, cannot_be_made], "environment 1: world: no world 'nowhere'", workers=1)
    refused([Counter, OtherSpace], "the same spaces", workers=1)
    refused([Counter, OtherSpace], "the same spaces", workers=2)


def test_gymnasium_makes_it():
    envs = gymnasium.make_vec(
        "VlaSim/Arena-v0", num_envs=2, workers=1, sensors=["lidar"], autoreset_mode=AutoresetMode.SAME_STEP
    )
    with pytest.raises(InputError, match="no reset option 'nonsense'"):
        envs.reset(options={"nonsense": 1})
    assert envs.closed


def test_example_runs():
    result = doctest.testmod(module)
    assert result.attempted
    assert result.failed == 0


def test_two_halves_in_turn_give_what_the_whole_gives(vector):
    makers = [lambda length=length: Counter(length) for length in (2, 3, 4, 5)]
    whole = vector(makers, workers=2)
    halves = [vector(makers[:2], workers=1, copy=False), vector(makers[2:], workers=1, copy=False)]
    whole.reset(seed=5)
    for number, envs in enumerate(halves):
        envs.reset(seed=5 + 2 * number)
        envs.send(np.zeros(2, np.int64))
    for _ in range(8):
        together = whole.step(np.zeros(4, np.int64))
        for number, envs in enumerate(halves):
            part = envs.recv()
            for own, all_ in zip(part[:4], together[:4], strict=True):
                cut = slice(2 * number, 2 * number + 2)
                wanted = {name: array[cut] for name, array in all_.items()} if isinstance(all_, dict) else all_[cut]
                assert same(own, wanted)
            envs.send(np.zeros(2, np.int64))
