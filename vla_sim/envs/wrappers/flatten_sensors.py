"""All that is not a picture, in one vector."""

from __future__ import annotations

from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces

Observation = dict[str, Any]


class FlattenSensors(
    gymnasium.ObservationWrapper[Observation, Any, Observation], gymnasium.utils.RecordConstructorArgs
):
    """Joins everything but pictures and text into one float32 vector ``state``, in the order of the keys.

    Stamps are left out: they count up without end; ``age`` and ``valid`` say what matters of them. What remains is
    ``state``, the pictures and the goal, as multi-input policies take it.

    >>> import gymnasium, vla_sim
    >>> from vla_sim.envs.wrappers import FlattenSensors
    >>> env = FlattenSensors(gymnasium.make("VlaSim/Arena-v0", sensors=["camera", "lidar", "imu"]))
    >>> observation, _ = env.reset(seed=1)
    >>> sorted(observation), observation["state"].shape
    (['camera', 'goal', 'state'], (426,))
    >>> env.close()
    """

    def __init__(self, env: gymnasium.Env[Observation, Any]):
        gymnasium.utils.RecordConstructorArgs.__init__(self)
        super().__init__(env)
        assert isinstance(env.observation_space, spaces.Dict)
        members = dict(env.observation_space.spaces)
        members.pop("stamp", None)
        boxes = {
            name: space
            for name, space in members.items()
            if isinstance(space, spaces.Box) and name != "goal" and (len(space.shape) < 2 or _is_window(space))
        }
        self._names = [name for name in members if name in boxes]
        low = np.concatenate([boxes[name].low.ravel() for name in self._names]).astype(np.float32)
        high = np.concatenate([boxes[name].high.ravel() for name in self._names]).astype(np.float32)
        kept = {name: space for name, space in members.items() if name not in boxes}
        self.observation_space = spaces.Dict({**kept, "state": spaces.Box(low, high, dtype=np.float32)})

    def observation(self, observation: Observation) -> Observation:
        """Return pictures, goal and the state."""
        state = np.concatenate([np.ravel(observation[name]) for name in self._names], dtype=np.float32)
        flat = {name: observation[name] for name in self.observation_space if name != "state"}  # type: ignore[attr-defined]
        return {**flat, "state": state}


def _is_window(space: spaces.Box) -> bool:
    """Return whether a two-dimensional array is a window of samples, which are signed, and not a picture."""
    return len(space.shape) == 2 and bool((space.low < 0).all()) and space.dtype == np.float32
