"""Distances on a scale that networks like."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces

Observation = dict[str, Any]


class RescaleRanges(gymnasium.ObservationWrapper[Observation, Any, Observation], gymnasium.utils.RecordConstructorArgs):
    """Rescales LiDAR and depth from metres to 0..1, where 1 is the sensor's greatest range.

    >>> import gymnasium, vla_sim
    >>> from vla_sim.envs.wrappers import RescaleRanges
    >>> env = RescaleRanges(gymnasium.make("VlaSim/Arena-v0", sensors=["lidar"]))
    >>> observation, _ = env.reset(seed=1)
    >>> float(env.observation_space["lidar"].high.max()), bool(observation["lidar"].max() <= 1.0)
    (1.0, True)
    >>> env.close()
    """

    def __init__(self, env: gymnasium.Env[Observation, Any]):
        gymnasium.utils.RecordConstructorArgs.__init__(self)
        super().__init__(env)
        assert isinstance(env.observation_space, spaces.Dict)
        streams = env.unwrapped.engine.streams  # type: ignore[attr-defined]
        members = dict(env.observation_space.spaces)
        self._scales: dict[str, np.float32] = {}
        for name, stream in streams.items():
            space = members.get(name)
            if stream.modality in ("lidar", "depth") and isinstance(space, spaces.Box):
                self._scales[name] = np.float32(1.0) / np.float32(space.high.max())
                members[name] = spaces.Box(0.0, 1.0, space.shape, np.float32)
        self.observation_space = spaces.Dict(members)

    def observation(self, observation: Observation) -> Observation:
        """Return the observation with distances in 0..1."""
        scaled = {name: np.minimum(observation[name] * scale, np.float32(1.0)) for name, scale in self._scales.items()}
        return {**observation, **scaled}
