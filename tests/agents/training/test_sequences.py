from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn
from vla_agents.actions import MOTION
from vla_agents.fusion.control.inputs import Inputs
from vla_agents.fusion.control.policy import CHUNK, SCALE, Policy
from vla_agents.fusion.control.sequence import LONGEST, SequenceDecoder
from vla_agents.fusion.control.strategies import STRATEGIES, Fused
from vla_agents.fusion.signs import SIGNS
from vla_agents.steering import STOP, Speeds
from vla_agents.training.rollouts import Rollouts
from vla_agents.training.sequences import (
    SequenceRecipe,
    next_speeds,
    sequence_loss,
    sequence_scores,
    train_sequence,
    trials_of,
    words_of,
)

from tests.agents.fusion.networks import CAMERA, TEXT, random_inputs
from vla_sim.envs.vocabulary import CRUISE, TURN, WORDS


def chunks(*trials: list[Speeds]) -> torch.Tensor:
    """Labels as rollouts hold them: each step and the next ones, a trial's last speeds going on."""
    rows = []
    for trial in trials:
        each = torch.tensor(trial) / SCALE
        rows.append(each[np.minimum(np.arange(len(each))[:, None] + np.arange(CHUNK), len(each) - 1)])
    return torch.cat(rows)


def test_trials_are_told_apart() -> None:
    one = [(0.1 * step, 0.0) for step in range(6)]
    labels = chunks(one, one, [(0.4, 0.1), (0.4, 0.1)], [STOP] * 3)
    assert trials_of(labels).tolist() == [0] * 6 + [1] * 6 + [2] * 2 + [3] * 3


def test_the_next_speeds_stay_within_a_trial() -> None:
    one, two = [(0.02 * step, 0.3) for step in range(12)], [(-0.1, 0.5), (0.2, 0.1)]
    speeds = next_speeds(chunks(one, two))
    assert speeds.shape == (14, LONGEST, 2)
    np.testing.assert_allclose(speeds[1], one[1:11], atol=1e-6)
    np.testing.assert_allclose(speeds[8], [*one[8:], *[one[-1]] * 6], atol=1e-6)
    np.testing.assert_allclose(speeds[12], [two[0], *[two[1]] * 9], atol=1e-6)


@pytest.mark.parametrize("speeds", [(0.3, 0.0), (-0.12, 0.35), (0.25, -0.5), (0.02, 0.11)])
@pytest.mark.parametrize("owed", [(0.0, 0.0), (0.4, -0.3)])
def test_words_have_the_mean_of_the_speeds(speeds: Speeds, owed: Speeds) -> None:
    words = words_of([speeds] * 200, owed)
    assert len(words) == 200
    done = np.array([MOTION.get(WORDS[word], STOP) for word in words]).sum(0)
    wanted = 200 * np.array(speeds) + np.array(owed) * [CRUISE, TURN]
    assert (np.abs(done - wanted) <= np.array([CRUISE, TURN]) * 1.5).all()


def test_standing_still_ends_a_sequence_and_a_pause_does_not() -> None:
    stop, forward = WORDS.index("stop"), WORDS.index("move_forward")
    assert words_of([(0.5, 0.0), (0.5, 0.0), STOP, (0.5, 0.0)]) == [forward, forward, stop]
    slow = words_of([(0.2, 0.0)] * LONGEST)
    assert len(slow) == LONGEST
    assert stop in slow[:-1]


def test_the_loss_is_blind_behind_the_end() -> None:
    rng = torch.Generator().manual_seed(2)
    logits, lengths = torch.randn((4, LONGEST, len(WORDS)), generator=rng), torch.randn((4, LONGEST), generator=rng)
    words = torch.randint(len(WORDS), (4, LONGEST), generator=rng)
    right = torch.tensor([1, 3, 3, 2])
    behind, within = words.clone(), words.clone()
    behind[:, 3:] = 0
    within[:, 0] = (within[:, 0] + 1) % len(WORDS)
    loss = sequence_loss(logits, lengths, words, right)
    assert sequence_loss(logits, lengths, behind, right) == loss
    assert sequence_loss(logits, lengths, within, right) != loss
    assert sequence_loss(logits, lengths, words, right + 1) != loss


def ruled_trials(count: int, seed: int, steps: int = 12) -> Rollouts:
    """Trials that go at one speed to a stop; which, and when, is in their situation."""
    rng = np.random.default_rng(seed)
    inputs = random_inputs(count * steps, seed)
    trials: list[list[Speeds]] = []
    for trial in range(count):
        speed, rate, end = rng.choice([-0.5, 0.5]), rng.choice([0.0, -1.0, 1.0]), int(rng.integers(2, steps))
        speeds: list[Speeds] = [(float(speed), float(rate)) if step < end else STOP for step in range(steps)]
        trials.append(speeds)
        rows = slice(trial * steps, (trial + 1) * steps)
        inputs.situation[rows, 0], inputs.situation[rows, 1] = float(speed) * 2, float(rate)
        inputs.situation[rows, 2] = (end - torch.arange(steps)).clamp(min=-1, max=LONGEST) / 3.0
    nothing = torch.zeros((count * steps, 5))
    return Rollouts(inputs, chunks(*trials), torch.zeros((count * steps, 5, 2 * SIGNS)), nothing.bool())


class Situations(nn.Module):
    """A trunk that passes on what the trials go by."""

    def __init__(self) -> None:
        super().__init__()
        self.factor = nn.Parameter(torch.ones(1))

    def forward(self, inputs: Inputs) -> Fused:
        return Fused(self.factor * inputs.situation[:, :3], torch.zeros(len(inputs.situation), 7))


def test_it_learns_a_rule_on_a_trunk_that_stays() -> None:
    torch.manual_seed(0)
    fusion, decoder = Situations(), SequenceDecoder(3)
    seen, unseen = ruled_trials(150, seed=3), ruled_trials(40, seed=4)
    chance = sequence_scores(decoder, fusion, unseen)
    recipe = SequenceRecipe(steps=300, batch=128, dropout=0.0, draws=4)
    train_sequence(decoder, fusion, seen, recipe, say=lambda line: None)
    learned = sequence_scores(decoder, fusion, unseen)
    assert learned.words > max(0.8, chance.words + 0.3)
    assert learned.lengths > max(0.6, chance.lengths + 0.3)
    assert fusion.factor.item() == 1.0


@pytest.mark.parametrize("strategy", STRATEGIES)
def test_it_trains_on_every_strategy(strategy: str) -> None:
    torch.manual_seed(0)
    policy, decoder = Policy(strategy, TEXT, CAMERA), SequenceDecoder()
    before = {name: value.clone() for name, value in policy.state_dict().items()}
    trials = ruled_trials(10, seed=5)
    untrained = sequence_scores(decoder, policy.fusion, trials)
    train_sequence(decoder, policy.fusion, trials, SequenceRecipe(steps=60, batch=64, draws=1), say=lambda line: None)
    assert sequence_scores(decoder, policy.fusion, trials).words > untrained.words
    assert all((before[name] == value).all() for name, value in policy.state_dict().items())
