"""Makes vectors of environments that are alike."""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from typing import Any

import gymnasium

from vla_sim.envs.env import VlaSimEnv
from vla_sim.envs.vector.vector_env import VlaSimVectorEnv

Wrap = Callable[[gymnasium.Env[Any, Any]], gymnasium.Env[Any, Any]]

_OF_THE_VECTOR = ("workers", "autoreset_mode", "copy", "curriculum", "infos", "timeout")


def make_vector_env(num_envs: int = 1, *, wrap: Wrap | None = None, **options: Any) -> VlaSimVectorEnv:
    """Make a vector of environments; ``gymnasium.make_vec`` calls this, with the same keywords.

    Args:
        num_envs: number of environments.
        wrap: puts wrappers about an environment, in its worker.
        options: ``workers``, ``autoreset_mode``, ``copy``, ``curriculum``, ``infos`` and ``timeout`` as in
            ``VlaSimVectorEnv``; all others are for ``VlaSimEnv``.
    """
    of_the_vector = {name: options.pop(name) for name in _OF_THE_VECTOR if name in options}
    return VlaSimVectorEnv([functools.partial(_make, wrap, options)] * num_envs, **of_the_vector)


def _make(wrap: Wrap | None, options: Mapping[str, Any]) -> gymnasium.Env[Any, Any]:
    env = VlaSimEnv(**options)
    return env if wrap is None else wrap(env)
