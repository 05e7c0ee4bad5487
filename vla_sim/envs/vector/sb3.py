"""The interface of stable-baselines3 to a vector of environments."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from gymnasium.vector import AutoresetMode
from numpy.typing import NDArray

from vla_sim.envs.vector.crew import Make
from vla_sim.envs.vector.memory import SCALARS, single
from vla_sim.envs.vector.vector_env import VlaSimVectorEnv
from vla_sim.errors import InputError, NotReadyError

try:
    from stable_baselines3.common.vec_env import VecEnv
except ImportError as error:
    raise NotReadyError("stable-baselines3 is not installed; pip install 'vla-sim[train]'") from error

Indices = int | Iterable[int] | None


class VlaSimVecEnv(VecEnv):
    """A ``VlaSimVectorEnv`` as stable-baselines3 takes it, in place of its ``SubprocVecEnv``.

    ``infos`` has ``success``, ``progress`` and ``time`` at each step, and all of the info at the last of an episode,
    with ``terminal_observation``, ``TimeLimit.truncated`` and ``is_success``; ``reset_infos`` is what the newest reset
    of each environment told. Observations are the shared memory: they stay as they are during the next step, which is
    as long as stable-baselines3's algorithms and buffers need them.

    Args:
        makers: one function an environment; its observations must be numbers (``EncodeGoal`` turns words into such).
        keywords: ``workers``, ``curriculum``, ``timeout`` and ``copy`` as in ``VlaSimVectorEnv``.

    Raises:
        InputError: observations hold text.
    """

    def __init__(self, makers: Sequence[Make], *, copy: bool = False, **keywords: Any):
        self.vector = vector = VlaSimVectorEnv(makers, autoreset_mode=AutoresetMode.SAME_STEP, copy=copy, **keywords)
        self._copy = copy
        space = vector.single_observation_space
        for name, member in space.spaces.items() if isinstance(space, spaces.Dict) else [("observation", space)]:
            if isinstance(member, spaces.Text | spaces.Dict):
                vector.close()
                raise InputError(
                    f"stable-baselines3 takes no {type(member).__name__}; wrap the environments (EncodeGoal for words)",
                    field=name,
                )
        super().__init__(vector.num_envs, space, vector.single_action_space)

    def reset(self) -> Any:
        """Begin an episode in every environment, with what ``seed`` and ``set_options`` have set for it."""
        self.vector.reset(seed=self._seeds, options=self._options)
        self.reset_infos = [told or {} for told in self.vector.begun]
        self._reset_seeds()
        self._reset_options()
        return self._observations()

    def step_async(self, actions: NDArray[Any]) -> None:
        """Begin a step."""
        self.vector.send(actions)

    def step_wait(self) -> Any:
        """Wait for the step, and return observations, rewards, dones and infos."""
        events = self.vector.recv_events()
        block = self.vector.block
        scalars = {name: (block.scalars[name].tolist(), block.told[name].tolist()) for name in SCALARS}
        infos: list[dict[str, Any]] = [
            {name: values[index] for name, (values, told) in scalars.items() if told[index]}
            for index in range(self.num_envs)
        ]
        for event in events:
            index = event.index
            infos[index] = dict(event.info or {})
            if event.begun is not None:
                self.reset_infos[index] = event.begun
                infos[index]["terminal_observation"] = single(block.final, index)
                if "success" in infos[index]:
                    infos[index]["is_success"] = infos[index]["success"]
        for info, late in zip(infos, (block.truncated & ~block.terminated).tolist(), strict=True):
            info["TimeLimit.truncated"] = late
        dones = block.terminated | block.truncated
        return self._observations(), block.rewards.astype(np.float32), dones, infos

    def close(self) -> None:
        """End the workers."""
        self.vector.close()

    def get_images(self) -> Sequence[NDArray[np.uint8] | None]:
        """Return a picture of each environment."""
        return self.vector.render() or [None] * self.num_envs

    def get_attr(self, attr_name: str, indices: Indices = None) -> list[Any]:
        """Return an attribute of environments."""
        return self.vector.call_some(self._chosen(indices), attr_name)

    def set_attr(self, attr_name: str, value: Any, indices: Indices = None) -> None:
        """Set an attribute of environments."""
        chosen = self._chosen(indices)
        self.vector.set_attr(attr_name, [value] * len(chosen), chosen)

    def env_method(
        self, method_name: str, *method_args: Any, indices: Indices = None, **method_kwargs: Any
    ) -> list[Any]:
        """Call a method of environments."""
        return self.vector.call_some(self._chosen(indices), method_name, *method_args, **method_kwargs)

    def env_is_wrapped(
        self, wrapper_class: Callable[..., gymnasium.Wrapper[Any, Any, Any, Any]], indices: Indices = None
    ) -> list[bool]:
        """Return whether environments have such a wrapper about them."""
        return self.vector.wrapped_in(wrapper_class, self._chosen(indices))  # type: ignore[arg-type]

    def _chosen(self, indices: Indices) -> list[int]:
        return list(self._get_indices(indices))

    def _observations(self) -> Any:
        return self.vector.latest(self._copy)
