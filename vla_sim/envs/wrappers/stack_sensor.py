"""A sensor's recent past."""

from __future__ import annotations

from collections import deque
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces

from vla_sim.errors import InputError

Observation = dict[str, Any]


class StackSensor(gymnasium.Wrapper[Observation, Any, Observation, Any], gymnasium.utils.RecordConstructorArgs):
    """Stacks the last ``size`` observations of one sensor along a new first axis, the newest last.

    After a reset the first observation fills the stack.

    >>> import gymnasium, vla_sim
    >>> from vla_sim.envs.wrappers import StackSensor
    >>> env = StackSensor(gymnasium.make("VlaSim/Arena-v0", sensors=["lidar"]), "lidar", size=4)
    >>> observation, _ = env.reset(seed=1)
    >>> observation["lidar"].shape
    (4, 360)
    >>> env.close()
    """

    def __init__(self, env: gymnasium.Env[Observation, Any], sensor: str, size: int):
        gymnasium.utils.RecordConstructorArgs.__init__(self, sensor=sensor, size=size)
        super().__init__(env)
        assert isinstance(env.observation_space, spaces.Dict)
        members = env.observation_space.spaces
        space = members.get(sensor)
        if not isinstance(space, spaces.Box):
            raise InputError(f"no sensor '{sensor}' to stack; use one of {', '.join(sorted(members))}", field="sensor")
        if size < 1:
            raise InputError("a stack holds at least one observation", field="size")
        self._sensor = sensor
        self._past: deque[np.typing.NDArray[Any]] = deque(maxlen=size)
        low, high = (np.repeat(bound[None], size, axis=0) for bound in (space.low, space.high))
        self.observation_space = spaces.Dict({**members, sensor: spaces.Box(low, high, dtype=space.dtype.type)})

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Observation, dict[str, Any]]:
        """Begin an episode."""
        observation, info = self.env.reset(seed=seed, options=options)
        self._past.extend([observation[self._sensor]] * (self._past.maxlen or 1))
        return self._stacked(observation), info

    def step(self, action: Any) -> tuple[Observation, Any, bool, bool, dict[str, Any]]:
        """Take a step."""
        observation, reward, terminated, truncated, info = self.env.step(action)
        self._past.append(observation[self._sensor])
        return self._stacked(observation), reward, terminated, truncated, info

    def _stacked(self, observation: Observation) -> Observation:
        return {**observation, self._sensor: np.stack(self._past)}
