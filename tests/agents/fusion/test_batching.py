"""Calls that wait for a network are answered together, each with its own row; agents that share networks stay apart."""

import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import numpy as np
import pytest
import torch
from torch import Tensor, nn
from vla_agents.fusion.agent import FusionAgent
from vla_agents.fusion.batching import Batched

from vla_sim.envs.env import VlaSimEnv

SECONDS = 60.0


@dataclass(frozen=True)
class Answer:
    doubled: Tensor
    sign: Tensor


class Held(nn.Module):
    """Doubles numbers; holds its first batch until it is told to go on."""

    def __init__(self):
        super().__init__()
        self.entered, self.go = threading.Event(), threading.Event()
        self.seen = []
        self.name = "held"

    def forward(self, x: Tensor) -> Answer:
        self.seen.append(len(x))
        self.entered.set()
        assert self.go.wait(SECONDS)
        if (x == 13).any():
            raise ValueError("not 13")
        return Answer(2 * x, x.sign())


def asked_while_held(network, most, values):
    """Ask for the first value, and for the others while the network is busy with that."""
    batched = Batched(network, most)
    with ThreadPoolExecutor(len(values)) as pool:
        first = pool.submit(batched, values[0])
        assert network.entered.wait(SECONDS)
        others = []
        for number, value in enumerate(values[1:], start=1):
            others.append(pool.submit(batched, value))
            while len(batched._waiting) < number:
                pass
        network.go.set()
        return batched, [first, *others]


def test_calls_that_wait_go_together_and_each_gets_its_row():
    network = Held()
    batched, asked = asked_while_held(network, 3, [torch.tensor([[float(number)]]) for number in range(6)])
    answers = [each.result(SECONDS) for each in asked]
    assert [float(answer.doubled) for answer in answers] == [0.0, 2.0, 4.0, 6.0, 8.0, 10.0]
    assert all(answer.sign.shape == (1, 1) for answer in answers)
    assert network.seen == [1, 3, 2]
    assert batched.batches == {1: 1, 3: 1, 2: 1}


def test_calls_of_other_shapes_go_apart():
    network = Held()
    shapes = [(1, 1), (1, 2), (1, 1), (1, 2)]
    _, asked = asked_while_held(network, 8, [torch.ones(shape) for shape in shapes])
    assert [tuple(each.result(SECONDS).doubled.shape) for each in asked] == shapes
    assert network.seen == [1, 2, 1]


def test_what_a_batch_raises_reaches_all_who_are_in_it_and_nobody_else():
    network = Held()
    values = [torch.tensor([[value]]) for value in (1.0, 13.0, 2.0)]
    batched, asked = asked_while_held(network, 8, values)
    assert float(asked[0].result(SECONDS).doubled) == 2.0
    for each in asked[1:]:
        with pytest.raises(ValueError, match="not 13"):
            each.result(SECONDS)
    assert float(batched(torch.tensor([[4.0]])).doubled) == 8.0


def test_what_else_the_network_offers_is_there():
    batched = Batched(Held(), 2)
    assert batched.name == "held"
    with pytest.raises(AttributeError):
        batched.nothing  # noqa: B018


@pytest.fixture(scope="module")
def agent():
    return FusionAgent()


@pytest.fixture(scope="module")
def drives():
    """Observations of two drives."""
    env = VlaSimEnv("arena", "go_to_object")
    seen = []
    for seed in (1, 2):
        observations = [env.reset(seed=seed)[0]]
        observations += [env.step([0.3, 0.2 * seed])[0] for _ in range(6)]
        seen.append(observations)
    env.close()
    return seen


def test_a_lone_twin_does_what_its_agent_does_to_the_byte(agent, drives):
    twin = agent.twins(4)()
    twin.reset(1)
    agent.reset(1)
    for observation in drives[0]:
        assert np.asarray(twin.act(observation)).tobytes() == np.asarray(agent.act(observation)).tobytes()


def test_twins_in_threads_do_not_mix(agent, drives):
    alone = []
    for observations in drives:
        agent.reset(1)
        alone.append([agent.act(observation) for observation in observations])
    make = agent.twins(4)
    twins = [make(), make()]
    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(lambda twin, seen: [twin.act(each) for each in seen], twins, drives))
    np.testing.assert_allclose(together, alone, atol=1e-4)
