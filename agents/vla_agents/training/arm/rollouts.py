"""Trials that an arm's control network learns from, driven by the teacher or the learner, labelled by the teacher.

This is DAgger (Ross et al. 2011). The teacher goes by what the arm takes to be so of things and places, so that its
labels follow from what the learner knows, and by ground truth for tool, gripper and grip: there the learner has to find
out which of its senses to trust.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from vla_agents.fusion.arm.body import arm_body
from vla_agents.fusion.arm.inputs import FIELDS, ArmInputs, stacked
from vla_agents.fusion.arm.mind import ArmMind, ArmNetworks
from vla_agents.fusion.arm.policy import CHUNK, NUMBERS, SCALE
from vla_agents.fusion.arm.rules import OPEN, Motion, decide
from vla_agents.fusion.arm.steps import Told
from vla_agents.fusion.language.tokens import TokenEncoder
from vla_agents.training.arm.views import TASKS, VARIATION
from vla_sim import seeding
from vla_sim.envs.env import VlaSimEnv
from vla_sim.faults.spec import FaultSpec
from vla_sim.tasks.pairs import names_held_out_pair
from vla_sim.tasks.plan import Pick, Push

KINDS: dict[str, tuple[str, ...]] = {
    "overhead": ("blackout", "gaussian_noise", "occlusion", "underexposure", "freeze"),
    "overhead_depth": ("blackout", "noise", "holes"),
    "wrist": ("blackout", "gaussian_noise", "occlusion", "underexposure", "freeze"),
    "wrist_depth": ("blackout", "noise", "holes"),
    "wrist_force": ("bias", "noise", "saturation", "dropout"),
    "left_touch": ("missed", "dead", "stuck_on", "chatter"),
    "right_touch": ("missed", "dead", "stuck_on", "chatter"),
    "joints": ("bias", "drift", "stuck", "dead"),
    "joint_command": ("weak_grip", "slip"),
}
"""What fails in the trials, by stream."""
AFFECTED = 0.45
"""Share of the trials in which something fails."""
_LONGEST = 300


@dataclass(frozen=True, slots=True)
class ArmRollouts:
    """Steps of trials: what the network was given, and what the teacher would have done then and next.

    ``labels`` (N, CHUNK, 5) are in the network's terms.
    """

    inputs: ArmInputs
    labels: torch.Tensor

    def __len__(self) -> int:
        return len(self.labels)

    def save(self, path: Path) -> None:
        """Write them to an ``.npz`` file, half precision where it is enough."""
        arrays = {name: getattr(self.inputs, name).numpy() for name in FIELDS}
        arrays = {
            name: value if value.dtype == np.bool_ or name == "situation" else value.astype(np.float16)
            for name, value in arrays.items()
        }
        np.savez(path, labels=self.labels.numpy(), **arrays)

    @classmethod
    def load(cls, path: Path) -> ArmRollouts:
        """Read what ``save`` wrote."""
        with np.load(path, allow_pickle=False) as file:
            parts = {name: torch.from_numpy(file[name]) for name in FIELDS}
            return cls(ArmInputs(**parts), torch.from_numpy(file["labels"]))

    @classmethod
    def joined(cls, parts: Sequence[ArmRollouts]) -> ArmRollouts:
        """Put several sets behind each other."""
        return cls(stacked([part.inputs for part in parts]), torch.cat([part.labels for part in parts]))


@dataclass(frozen=True, slots=True)
class ArmOutcome:
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
    networks: ArmNetworks,
    encoder: TokenEncoder,
    rng: np.random.Generator,
    task: str,
    by_learner: float,
    trouble: bool = True,
) -> tuple[ArmRollouts, ArmOutcome]:
    """Run one trial, with some noise; the learner drives it with a probability ``by_learner``, else the teacher."""
    while True:
        seed = int(rng.integers(2**31))
        faults = draw_trouble(rng) if trouble else []
        observation, _ = env.reset(seed=seed, options={"task": task, "faults": faults})
        if not names_held_out_pair(env.episode.plan, env.site):
            break
    learner = rng.random() < by_learner
    noise = _Bursts(rng)
    mind, told = ArmMind(networks, encoder), Told()
    steps: list[ArmInputs] = []
    labels: list[NDArray[np.float32]] = []
    while True:
        inputs = mind.perceive(observation, told.joints, told.width)
        label = _label(env, mind)
        steps.append(inputs)
        labels.append(_terms(label, told.width))
        motion = label
        if learner:
            with torch.inference_mode():
                x, y, z, turn, change = (networks.policy(inputs).motions[0, 0] * SCALE).tolist()
            motion = Motion(x, y, z, turn, min(max(told.width + change, 0.0), OPEN))
        observation, _, terminated, truncated, info = env.step(told.act(noise.disturbed(motion), env.period))
        if terminated or truncated or len(steps) >= _LONGEST:
            break
    outcome = ArmOutcome(
        task, seed, "learner" if learner else "teacher", info["success"], info["reason"], bool(faults), len(steps)
    )
    return ArmRollouts(stacked(steps), torch.from_numpy(_chunks(labels))), outcome


def draw_trouble(rng: np.random.Generator) -> list[FaultSpec]:
    """Draw the faults of a trial: none in about half of them."""
    if rng.random() >= AFFECTED:
        return []
    faults = []
    for stream in rng.permutation(list(KINDS))[: 1 if rng.random() < 0.7 else 2].tolist():
        kinds = KINDS[stream]
        kind = kinds[0] if rng.random() < 0.5 else kinds[int(rng.integers(len(kinds)))]
        onset = 0.0 if rng.random() < 0.4 else round(float(rng.uniform(0.5, 6.0)), 1)
        level = int(rng.integers(2, 6)) if stream not in ("joints", "joint_command") else int(rng.integers(1, 4))
        names = ("left_touch", "right_touch") if "touch" in stream and rng.random() < 0.5 else (stream,)
        faults += [FaultSpec(target=name, kind=kind, level=level, onset=onset) for name in names]
    return faults


def _label(env: VlaSimEnv, mind: ArmMind) -> Motion:
    """Return what the teacher would do."""
    assert mind.scene is not None
    joints = env.truth.models[env.site.semantics.robot].joints
    body = arm_body()
    target = _target(env)
    scene = replace(
        mind.scene,
        tool=body.tool(body.chain.configuration(joints)),
        width=joints["left_finger"] + joints["right_finger"],
        held=target in env.truth.held,
    )
    return decide(scene)


def _terms(motion: Motion, width: float) -> NDArray[np.float32]:
    """Return a motion in the network's terms; the gripper's width as what is changed of the one that it was told."""
    values = motion.array().astype(np.float64)
    values[4] -= width
    return np.asarray(values / SCALE.numpy(), np.float32)


def _chunks(labels: list[NDArray[np.float32]]) -> NDArray[np.float32]:
    """Return for each step the labels of it and the next ones (N, CHUNK, NUMBERS)."""
    each = np.array(labels, np.float32).reshape(-1, NUMBERS)
    at = np.minimum(np.arange(len(each))[:, None] + np.arange(CHUNK), len(each) - 1)
    return np.asarray(each[at], np.float32)


def _target(env: VlaSimEnv) -> str:
    first = env.episode.plan[0]
    assert isinstance(first, (Pick, Push))
    return first.model


class _Bursts:
    """Now and then, for a few steps, something else than asked is done: so that ways back are learned."""

    def __init__(self, rng: np.random.Generator, share: float = 0.02):
        self._rng, self._share = rng, share
        self._left = 0
        self._way = np.zeros(3)
        self._width: float | None = None

    def disturbed(self, motion: Motion) -> Motion:
        """Return what is really done."""
        if self._left <= 0 and self._rng.random() < self._share:
            self._left = int(self._rng.integers(2, 6))
            self._way = self._rng.uniform([-0.03, -0.03, -0.01], [0.03, 0.03, 0.03])
            self._width = float(self._rng.uniform(0.0, OPEN)) if self._rng.random() < 0.3 else None
        if self._left <= 0:
            return motion
        self._left -= 1
        x, y, z = self._way.tolist()
        step = 0.0 if self._width is None else float(np.clip(self._width - motion.width, -0.015, 0.015))
        return replace(motion, x=x, y=y, z=z, width=motion.width + step)


def collect_rollouts(
    networks: ArmNetworks, encoder: TokenEncoder, frames: int, seed: int, by_learner: float, world: str = "tabletop"
) -> tuple[ArmRollouts, list[ArmOutcome]]:
    """Run trials of all tasks until there are ``frames`` steps."""
    rng = seeding.generator(seed, "arm-rollouts", world)
    env = VlaSimEnv(world, TASKS[0], action_type="end_effector", variation=VARIATION)
    parts: list[ArmRollouts] = []
    outcomes: list[ArmOutcome] = []
    try:
        while sum(map(len, parts)) < frames:
            task = TASKS[int(rng.integers(len(TASKS)))]
            rollouts, outcome = roll_out(env, networks, encoder, rng, task, by_learner)
            parts.append(rollouts)
            outcomes.append(outcome)
    finally:
        env.close()
    return ArmRollouts.joined(parts), outcomes
