"""Trials that the control network learns from, driven by the teacher or the learner, labelled by the teacher.

This is DAgger (Ross et al. 2011).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from vla_agents.fusion.caution import Caution
from vla_agents.fusion.control.inputs import FIELDS, SENSORS, Inputs, stacked
from vla_agents.fusion.control.policy import CHUNK, SCALE
from vla_agents.fusion.language.tokens import TokenEncoder
from vla_agents.fusion.mind import Mind, Networks
from vla_agents.fusion.steps import speeds_of
from vla_agents.fusion.teacher import Teacher
from vla_agents.steering import STOP, Speeds
from vla_agents.training.trouble import draw_trouble
from vla_sim import seeding
from vla_sim.envs.env import VlaSimEnv
from vla_sim.tasks.pairs import names_held_out_pair

SHARES: Mapping[str, Mapping[str, float]] = {
    "arena": {
        "go_to_object": 2, "stop_in_front": 2, "go_between": 2, "follow_wall": 2, "visit_in_order": 2,
        "avoid_object": 2, "stop_on_command": 1, "change_of_mind": 1, "turn_by_angle": 2, "hold_heading": 3,
        "go_to_object_dark": 2, "follow_wall_dark": 1, "find_the_real_one": 2,
    },
}  # fmt: skip
"""How often each task is drawn, by world; other worlds as the first."""
_STREAMS = {"camera": "camera", "depth": "depth", "lidar": "lidar", "imu": "imu", "odometry": "odom"}
_LONGEST = 450
"""Control steps after which a trial is ended: there is little to learn from going round for ever."""
_RECENT = 0.25
"""A sensor counts as failing for as long after a reading that a fault changed [s]."""


@dataclass(frozen=True, slots=True)
class Rollouts:
    """Steps of trials: what the network was given and what the teacher would have done in this step and the next ones.

    ``labels`` (N, CHUNK, 2) are in the network's terms. ``signs`` (N, 5, 2 * SIGNS) are those of the sensors, and
    ``failing`` (N, 5) tells which of them a fault had in its grip.
    """

    inputs: Inputs
    labels: torch.Tensor
    signs: torch.Tensor
    failing: torch.Tensor

    def __len__(self) -> int:
        return len(self.labels)

    def save(self, path: Path) -> None:
        """Write them to an ``.npz`` file, half precision where it is enough."""
        arrays = {name: getattr(self.inputs, name).numpy() for name in FIELDS}
        arrays = {
            name: value if value.dtype == np.bool_ or name == "situation" else value.astype(np.float16)
            for name, value in arrays.items()
        }
        own = {name: getattr(self, name).numpy() for name in ("labels", "signs", "failing")}
        np.savez(path, **own, **arrays)

    @classmethod
    def load(cls, path: Path) -> Rollouts:
        """Read what ``save`` wrote."""
        with np.load(path, allow_pickle=False) as file:
            parts = {name: torch.from_numpy(file[name]) for name in FIELDS}
            return cls(Inputs(**parts), *(torch.from_numpy(file[name]) for name in ("labels", "signs", "failing")))

    @classmethod
    def joined(cls, parts: Sequence[Rollouts]) -> Rollouts:
        """Put several sets behind each other."""
        own = (torch.cat([getattr(part, name) for part in parts]) for name in ("labels", "signs", "failing"))
        return cls(stacked([part.inputs for part in parts]), *own)


@dataclass(frozen=True, slots=True)
class Outcome:
    """How a trial ended."""

    task: str
    seed: int
    driver: str
    success: bool
    reason: str
    troubled: bool
    steps: int


def roll_out(
    env: VlaSimEnv,
    networks: Networks,
    encoder: TokenEncoder,
    rng: np.random.Generator,
    task: str,
    by_learner: float,
    trouble: bool = True,
) -> tuple[Rollouts, Outcome]:
    """Run one trial, with some noise; the learner drives it with a probability ``by_learner``, else the teacher."""
    while True:
        seed = int(rng.integers(2**31))
        faults = draw_trouble(rng) if trouble else []
        observation, _ = env.reset(seed=seed, options={"task": task, "faults": faults})
        if not names_held_out_pair(env.episode.plan, env.site):
            break
    learner = rng.random() < by_learner
    noise = _Bursts(rng)
    teacher, mind, caution = Teacher(env), Mind(networks, encoder), Caution()
    steps: list[Inputs] = []
    labels: list[Speeds] = []
    signs: list[NDArray[np.float32]] = []
    failing: list[list[bool]] = []
    asked: Speeds = STOP
    while True:
        inputs = mind.perceive(observation, asked)
        label = STOP if mind.dead else teacher.speeds(mind)
        steps.append(inputs)
        labels.append(label)
        signs.append(mind.signs)
        failing.append(failing_sensors(env))
        if learner:
            with torch.inference_mode():
                asked = speeds_of(networks.policy(inputs))
        else:
            asked = label
        asked = caution.heed(mind, noise.disturbed(asked))
        observation, _, terminated, truncated, info = env.step(np.array(asked, np.float32))
        if terminated or truncated or len(steps) >= _LONGEST:
            break
    outcome = Outcome(
        task, seed, "learner" if learner else "teacher", info["success"], info["reason"], bool(faults), len(steps)
    )
    rollouts = Rollouts(
        stacked(steps), torch.from_numpy(_chunks(labels)), torch.from_numpy(np.array(signs)), torch.tensor(failing)
    )
    return rollouts, outcome


def failing_sensors(env: VlaSimEnv) -> list[bool]:
    """Return which sensors a fault changed within the last moments."""
    since = env.time - _RECENT
    hit = {
        str(fault["target"])
        for fault in env.injector.report()
        if fault["last"] is not None and float(str(fault["last"])) >= since
    }
    return [_STREAMS[name] in hit for name in SENSORS]


def _chunks(labels: list[Speeds]) -> NDArray[np.float32]:
    """Return for each step the labels of it and the next ones (N, CHUNK, 2)."""
    each = np.array(labels, np.float32) / SCALE.numpy()
    at = np.minimum(np.arange(len(each))[:, None] + np.arange(CHUNK), len(each) - 1)
    return np.asarray(each[at], np.float32)


class _Bursts:
    """Now and then, for a few steps, something else than asked is done: so that ways back are learned."""

    def __init__(self, rng: np.random.Generator, share: float = 0.06):
        self._rng, self._share = rng, share
        self._left = 0
        self._speeds = STOP

    def disturbed(self, speeds: Speeds) -> Speeds:
        """Return what is really done."""
        if self._left > 0:
            self._left -= 1
            return self._speeds
        if self._rng.random() < self._share / 5:
            self._left = int(self._rng.integers(2, 8))
            self._speeds = float(self._rng.uniform(-0.2, 0.6)), float(self._rng.uniform(-1.2, 1.2))
        return speeds


def collect_rollouts(
    world: str,
    networks: Networks,
    encoder: TokenEncoder,
    frames: int,
    seed: int,
    by_learner: float,
    trouble: bool = True,
) -> tuple[Rollouts, list[Outcome]]:
    """Run trials of all tasks of a world until there are ``frames`` steps."""
    rng = seeding.generator(seed, "rollouts", world)
    shares = SHARES.get(world, SHARES["arena"])
    names = list(shares)
    weights = np.array([shares[name] for name in names], float)
    env = VlaSimEnv(world, names[0])
    parts: list[Rollouts] = []
    outcomes: list[Outcome] = []
    try:
        while sum(map(len, parts)) < frames:
            task = names[int(rng.choice(len(names), p=weights / weights.sum()))]
            rollouts, outcome = roll_out(env, networks, encoder, rng, task, by_learner, trouble)
            parts.append(rollouts)
            outcomes.append(outcome)
    finally:
        env.close()
    return Rollouts.joined(parts), outcomes
