"""The environment as the control network meets it."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gymnasium
import numpy as np
import torch
from gymnasium import spaces
from numpy.typing import NDArray

from vla_agents.fusion.caution import Caution
from vla_agents.fusion.checkpoint import load_checkpoint
from vla_agents.fusion.confidence import Confidence
from vla_agents.fusion.control.inputs import CAMERA_GRID, DEPTH_GRID, FIELDS, LIDAR_SECTORS, SENSORS, Inputs
from vla_agents.fusion.control.policy import SCALE, Decision
from vla_agents.fusion.features import SIZE
from vla_agents.fusion.language.tokens import TokenEncoder
from vla_agents.fusion.mind import Mind, Networks
from vla_agents.fusion.onnx_agent import OnnxEye, OnnxHealth
from vla_agents.steering import STOP, Speeds
from vla_agents.training.ppo import privileged
from vla_sim import seeding
from vla_sim.envs.env import VlaSimEnv

Observation = dict[str, NDArray[np.float32]]

STRETCH = 3.2
"""How long the same is tried [s]: long enough to get somewhere and to hold a goal there."""
REST = 1 / 3
"""Share of the stretches in which nothing is tried."""


@dataclass(frozen=True, slots=True)
class Perception:
    """Where the networks lie that perceive: a checkpoint, and a folder of their exports to ONNX, if they are used."""

    checkpoint: Path
    exported: Path | None = None


@functools.cache
def load_perception(perception: Perception) -> tuple[Networks, TokenEncoder]:
    """Load the networks, once for all environments of a process."""
    torch.set_num_threads(1)
    networks, encoder, _ = load_checkpoint(perception.checkpoint)
    if perception.exported is not None:
        networks.eye = OnnxEye(perception.exported / "eye.float32.onnx")  # type: ignore[assignment]
        networks.health = OnnxHealth(perception.exported / "health.float32.onnx")  # type: ignore[assignment]
    return networks, encoder


class FusionSenses(gymnasium.Wrapper[Observation, NDArray[np.float32], dict[str, Any], Any]):
    """All of the fusion agent but its control network, put about a ``VlaSimEnv``.

    **Observation**: the fields of ``Inputs``, without the axis of the batch; ``truth``, what ``Privileged`` tells the
    critic; ``calm`` (1,), 1 while no fault has touched anything in this episode; ``explores`` (1,), 1 in stretches in
    which other things than the policy means are to be tried, and ``noise`` (2,), what then: normal, and the same for a
    whole stretch, as what is tried for a moment shows nothing (correlated noise: Hollenstein et al. 2024). In every
    third stretch, drawn at random, it is left alone, and so it is while calm: there the anchor alone has a say.

    **Action** (3,): speed and yaw rate in the network's terms, and the log of the variance that it states for the
    speed, on which the agent's pace depends. Caution has the last word, as in the agent.

    ``reset`` takes one more option, ``replay`` (n, 3): actions that are taken at once, so that the episode goes on
    where another process left it.
    """

    def __init__(self, env: VlaSimEnv, perception: Perception):
        super().__init__(env)
        self._vla = env
        self._networks, self._encoder = load_perception(perception)
        shapes = observation_shapes(self._networks.reader.width)
        self.observation_space = spaces.Dict(  # type: ignore[assignment]
            {name: spaces.Box(-np.inf, np.inf, shape, np.float32) for name, shape in shapes.items()}
        )
        self.action_space = spaces.Box(np.array([-1.5, -1.5, -8.0], np.float32), np.array([1.5, 1.5, 2.0], np.float32))

    def reset(
        self, *, seed: int | None = None, options: Mapping[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Begin an episode, and live through what is to be replayed."""
        options = dict(options or {})
        actions = options.pop("replay", ())
        observation, info = self.env.reset(seed=seed, options=options)
        self._mind, self._caution = Mind(self._networks, self._encoder), Caution()
        self._asked: Speeds = STOP
        self._rng = seeding.generator(int(info["seed"]), "exploration")
        self._phase, self._stretch = self._rng.uniform(0.0, STRETCH), -1
        self._privileged = privileged.Privileged(self._vla, self._mind)
        seen = self._perceive(observation)
        for action in actions:
            seen = self.step(action)[0]
        return seen, info

    def step(self, action: NDArray[np.float32]) -> tuple[Observation, float, bool, bool, dict[str, Any]]:
        """Decide by an action, as the agent would, and hold it for one control period."""
        decision = as_decision(action)
        pace = Confidence.of(self._mind, decision).pace
        # Without the dead zone of ``speeds_of``, in which exploration would find nothing out.
        speed, rate = (decision.speeds[0, 0] * SCALE).tolist()
        self._asked = self._caution.heed(self._mind, (speed, rate), pace)
        observation, reward, terminated, truncated, info = self.env.step(np.array(self._asked, np.float32))
        return self._perceive(observation), float(reward), terminated, truncated, info

    def _perceive(self, observation: dict[str, Any]) -> Observation:
        inputs = self._mind.perceive(observation, self._asked)
        seen = {name: getattr(inputs, name)[0].numpy().astype(np.float32) for name in FIELDS}
        calm = all(fault["last"] is None for fault in self._vla.injector.report())
        told = {"truth": self._privileged.look(), "calm": np.array([calm], np.float32)}
        return seen | told | self._explore(calm)

    def _explore(self, calm: bool) -> Observation:
        """Return whether something is to be tried in this step, and what."""
        stretch = int((self._vla.time + self._phase) // STRETCH)
        if stretch != self._stretch:
            self._stretch, self._tries = stretch, self._rng.random() >= REST
            self._noise = self._rng.standard_normal(2).astype(np.float32)
        explores = self._tries and not calm
        return {"explores": np.array([explores], np.float32), "noise": (explores * self._noise).astype(np.float32)}


def observation_shapes(text: int) -> dict[str, tuple[int, ...]]:
    """Return the shape of each part of an observation; ``text`` is the reader's width."""
    return {
        "text": (text,),
        "camera": (CAMERA_GRID**2, 32),
        "depth": (DEPTH_GRID[0] * DEPTH_GRID[1],),
        "lidar": (LIDAR_SECTORS,),
        "imu": (10, 6),
        "odometry": (2,),
        "situation": (SIZE,),
        "present": (len(SENSORS),),
        "truth": (len(privileged.NAMES),),
        "calm": (1,),
        "explores": (1,),
        "noise": (2,),
    }


def as_decision(action: NDArray[np.float32]) -> Decision:
    """Return an action as a decision of the control network for one step."""
    row = torch.from_numpy(np.array(action, np.float32))
    return Decision(row[:2][None, None], row[2:].expand(2)[None, None], torch.zeros(1, 1))


def as_inputs(seen: Mapping[str, torch.Tensor]) -> Inputs:
    """Return a batch of observations as the control network takes it."""
    return Inputs(**{name: seen[name] > 0.5 if name == "present" else seen[name] for name in FIELDS})
