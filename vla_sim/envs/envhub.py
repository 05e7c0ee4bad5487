"""Environments as LeRobot takes them from a hub: the ``make_env`` that a repository's ``env.py`` offers.

The whole of such a file is ``from vla_sim.envs.envhub import make_env``. LeRobot itself is not needed here.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import gymnasium
import numpy as np
from gymnasium import spaces
from gymnasium.error import ClosedEnvironmentError
from gymnasium.vector import AutoresetMode, SyncVectorEnv, VectorEnv

from vla_sim.dataset.schema import STATE, schema_of
from vla_sim.envs.env import VlaSimEnv
from vla_sim.envs.vector import VlaSimVectorEnv
from vla_sim.errors import InputError
from vla_sim.faults.spec import FaultLike, read_faults
from vla_sim.tasks import TASKS

Observation = dict[str, Any]

MOST_STEPS = 10_000
"""Steps after which LeRobot may give up: it asks one environment for all, and each episode's task ends it sooner."""
_IMAGES = "observation.images."
_NEW_ROLLOUT = "lerobot_new_rollout"
"""What LeRobot says in ``reset(options=...)``; an episode is new with or without it."""
_OF_CONFIG = {"task": "tasks", "fps": "control_rate", "world": "world", "arms": "arms", "words": "words"}
"""Fields of a LeRobot ``EnvConfig`` that are looked at, and what each is here."""


class LeRobotEnv(gymnasium.Wrapper[Observation, Any, Observation, Any]):
    """A ``VlaSimEnv`` with observations, words and success under LeRobot's names.

    **Observation**: ``pixels`` {camera: uint8 (height, width, 3)}, ``agent_pos`` float32 (5,), the odometry; every
    other sensor, and ``stamp``, ``age`` and ``valid``, as a dataset of ours stores it. LeRobot's
    ``preprocess_observation`` makes of this the features that ``vla-sim dataset record`` writes, by name and unit. The
    words are no part of it: LeRobot asks for ``task_description``, which is what the agent heard last.

    ``info`` has ``is_success``. ``task`` is the task's name.
    """

    def __init__(self, env: VlaSimEnv, task: str, control_rate: float):
        super().__init__(env)
        self.task, self.task_description = task, ""
        self._max_episode_steps = MOST_STEPS
        schema = schema_of(env, control_rate)
        self._sensors, self._features = schema.sensors, schema.features
        self.observation_space = self._space(env.observation_space)

    def reset(self, *, seed: int | None = None, options: dict[str, Any] | None = None) -> Any:
        """Begin an episode."""
        own = {name: value for name, value in (options or {}).items() if name != _NEW_ROLLOUT}
        observation, info = self.env.reset(seed=seed, options=own or None)
        return self._renamed(observation), info | {"is_success": False}

    def step(self, action: Any) -> Any:
        """Hold an action for one control period."""
        observation, reward, terminated, truncated, info = self.env.step(action)
        return self._renamed(observation), reward, terminated, truncated, info | {"is_success": info["success"]}

    def _renamed(self, observation: Observation) -> Observation:
        self.task_description = observation["goal"]
        named: Observation = {name: observation[name] for name in ("stamp", "age", "valid")}
        for name, sensor in self._sensors.items():
            group, key = _place(sensor.feature)
            value = observation[name] if group else sensor.stored(observation[name], self._features[sensor.feature])
            (named.setdefault(group, {}) if group else named)[key] = value
        return named

    def _space(self, space: Any) -> spaces.Dict:
        named: dict[str, Any] = {name: space[name] for name in ("stamp", "age", "valid")}
        for name, sensor in self._sensors.items():
            group, key = _place(sensor.feature)
            member = space[name] if group else _stored_space(sensor, self._features[sensor.feature], space[name])
            (named.setdefault(group, {}) if group else named)[key] = member
        return spaces.Dict({key: spaces.Dict(each) if isinstance(each, dict) else each for key, each in named.items()})


def _place(feature: str) -> tuple[str, str]:
    """Return where LeRobot looks for a feature: in which dictionary of an observation, if any, and under which key."""
    if feature.startswith(_IMAGES):
        return "pixels", feature.removeprefix(_IMAGES)
    return "", "agent_pos" if feature == STATE else feature.removeprefix("observation.")


def _stored_space(sensor: Any, feature: Any, space: spaces.Box) -> spaces.Box:
    low, high = (sensor.stored(bound, feature) for bound in (space.low, space.high))
    return spaces.Box(low, high, feature.shape, np.dtype(feature.dtype))


class LazyVectorEnv(VectorEnv[Any, Any, Any]):
    """A vector environment that is made when it is first used: many tasks are offered, and evaluated one by one."""

    def __init__(self, make: Callable[[], VectorEnv[Any, Any, Any]], num_envs: int, metadata: Mapping[str, Any]):
        self.num_envs, self.metadata = num_envs, dict(metadata)
        self._make = make
        self._env: Any = None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):  # also what LeRobot looks for to make the next one in another thread: OpenGL has one
            raise AttributeError(name)
        return getattr(self._made(), name)

    def reset(self, **keywords: Any) -> Any:
        """Begin an episode in every environment."""
        return self._made().reset(**keywords)

    def step(self, actions: Any) -> Any:
        """Take an action for each environment."""
        return self._made().step(actions)

    def render(self) -> Any:
        """Return a picture of each environment."""
        return self._made().render()

    def close_extras(self, **keywords: Any) -> None:
        """Close what was made."""
        if self._env is not None:
            self._env.close(**keywords)

    def _made(self) -> Any:
        if self.closed:
            raise ClosedEnvironmentError("the vector environment is closed")
        if self._env is None:
            self._env = self._make()
        return self._env


def make_env(
    n_envs: int = 1,
    use_async_envs: bool = False,
    cfg: Any = None,
    *,
    world: str = "arena",
    tasks: Sequence[str] = ("go_to_object",),
    arms: Mapping[str, Iterable[FaultLike]] | None = None,
    control_rate: float = 10.0,
    workers: int | None = None,
    **options: Any,
) -> dict[str, dict[int, LazyVectorEnv]]:
    """Return vector environments as LeRobot's EnvHub wants them: {world/arm: {number of the task: environments}}.

    Args:
        n_envs: environments in each vector.
        use_async_envs: steps them in worker processes; otherwise one after the other in this process.
        cfg: LeRobot's ``EnvConfig``: its ``task`` (several with commas between), ``fps``, ``world``, ``arms`` and
            ``words``, where it has them, come before the keywords.
        world: a shipped world, or path of an SDF file.
        tasks: names of tasks, see ``vla_sim.tasks.TASKS``.
        arms: faults by the name of an arm; ``{"clean": ()}`` unless given.
        control_rate: actions a second of simulated time: LeRobot's frames a second.
        workers: number of processes; None for one a processor.
        options: for ``VlaSimEnv``.

    Raises:
        InputError: there is no such task or fault, or no environment was asked for.

    >>> suites = make_env(n_envs=2, arms={"clean": [], "dark": ["camera:blackout"]}, sensors=["camera", "odom"])
    >>> list(suites)
    ['arena/clean', 'arena/dark']
    >>> envs = suites["arena/dark"][0]
    >>> observation, info = envs.reset(seed=[1, 2])
    >>> observation["pixels"]["camera"].shape, observation["agent_pos"].shape, envs.call("task")
    ((2, 96, 96, 3), (2, 5), ('go_to_object', 'go_to_object'))
    >>> envs.close()
    """
    if n_envs < 1:
        raise InputError("needs at least one environment", field="n_envs")
    own: dict[str, Any] = {"world": world, "tasks": tasks, "arms": arms, "control_rate": control_rate}
    own |= {
        name: getattr(cfg, field) for field, name in _OF_CONFIG.items() if getattr(cfg, field, None) not in (None, "")
    }
    named = own.pop("tasks")
    names = [name.strip() for name in named.split(",")] if isinstance(named, str) else list(named)
    for name in names:
        if name not in TASKS:
            raise InputError(f"no task '{name}'; use one of {', '.join(sorted(TASKS))}", field="task")
    by_arm = {arm: read_faults(faults) for arm, faults in (own.pop("arms") or {"clean": ()}).items()}
    metadata = {"render_fps": round(own["control_rate"]), "autoreset_mode": AutoresetMode.SAME_STEP}

    def lazily(task: str, faults: Sequence[FaultLike]) -> LazyVectorEnv:
        keywords = {"render_mode": "rgb_array", **options, **own, "task": task, "faults": faults}
        makers = [functools.partial(_make, keywords)] * n_envs
        mode = AutoresetMode.SAME_STEP
        if use_async_envs:
            return LazyVectorEnv(
                lambda: VlaSimVectorEnv(makers, workers=workers, autoreset_mode=mode), n_envs, metadata
            )
        return LazyVectorEnv(lambda: SyncVectorEnv(makers, autoreset_mode=mode), n_envs, metadata)

    return {
        f"{own['world']}/{arm}": {number: lazily(task, faults) for number, task in enumerate(names)}
        for arm, faults in by_arm.items()
    }


def _make(keywords: Mapping[str, Any]) -> gymnasium.Env[Any, Any]:
    return LeRobotEnv(VlaSimEnv(**keywords), keywords["task"], keywords["control_rate"])
