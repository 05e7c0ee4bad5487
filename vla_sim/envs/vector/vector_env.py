"""Many environments at once, in a few processes."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from gymnasium.error import AlreadyPendingCallError, ClosedEnvironmentError, NoAsyncCallError, ResetNeeded
from gymnasium.vector import AutoresetMode, VectorEnv
from gymnasium.vector.utils import batch_space
from numpy.typing import NDArray

from vla_sim.envs.vector.crew import Crew, Make
from vla_sim.envs.vector.episodes import Curriculum, NextEpisode, Schedule
from vla_sim.envs.vector.memory import SCALARS, Block, batch, single
from vla_sim.envs.vector.worker import Event, Infos
from vla_sim.errors import InputError

Results = tuple[Any, NDArray[np.float64], NDArray[np.bool_], NDArray[np.bool_], dict[str, Any]]


class VlaSimVectorEnv(VectorEnv[Any, Any, NDArray[Any]]):
    """Environments over worker processes, each of which steps several, one after the other.

    Observations are written by the workers into shared memory, actions are read from there; what goes through a pipe
    is one short message a worker and step, and infos where an episode begins or ends. The same seeds and actions give
    the same bytes as environments stepped by hand, however many workers there are.

    ``reset(seed=n)`` seeds environment i with n + i; a sequence of seeds and of options, one an environment, is taken
    too. ``options["reset_mask"]`` (num_envs,) bool resets some alone. ``send`` and ``recv`` are the halves of ``step``:
    meanwhile the caller may do something else, such as the inference for another vector of environments.

    ``infos="light"`` tells ``success``, ``progress`` and ``time`` at each step and all of the info where an episode
    begins or ends; ``"full"`` tells all of it at each step. In autoreset mode ``SAME_STEP``, ``final_obs`` and
    ``final_info`` tell the end of an episode.

    With ``copy=False`` the observations that ``reset`` and ``step`` return are the shared memory: they stay as they
    are during the next step, and no longer.

    An environment that raises, or a worker that dies, ends all of them; the error says which environment and seed.

    Args:
        makers: one function an environment, which makes it in its worker.
        workers: number of processes; None for one a processor that this process may use.
        autoreset_mode: when an episode that is over is followed by the next.
        copy: whether observations belong to the caller.
        curriculum: what each episode is to be, see ``episodes.Curriculum``; ``set_next_episode`` comes before it.
        infos: ``light`` or ``full``.
        timeout: wall-clock seconds in which every worker must have done its step; None: for ever.

    >>> import gymnasium, vla_sim
    >>> envs = gymnasium.make_vec("VlaSim/Arena-v0", num_envs=2, workers=1, sensors=["lidar"])
    >>> observations, infos = envs.reset(seed=7)
    >>> observations["lidar"].shape, [int(seed) for seed in infos["seed"]]
    ((2, 360), [7, 8])
    >>> envs.close()
    """

    def __init__(
        self,
        makers: Sequence[Make],
        *,
        workers: int | None = None,
        autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
        copy: bool = True,
        curriculum: Curriculum | None = None,
        infos: Infos = "light",
        timeout: float | None = None,
    ):
        if not makers:
            raise InputError("needs at least one environment", field="num_envs")
        if infos not in ("light", "full"):
            raise InputError(f"no infos '{infos}'; use light or full", field="infos")
        if workers is not None and workers < 1:
            raise InputError("needs at least one worker", field="workers")
        self.num_envs = count = len(makers)
        self.autoreset_mode = mode = _mode(autoreset_mode)
        self._copy = copy
        self._schedule = Schedule(count, curriculum, mode)
        self._crew = Crew(makers, min(workers or _processors(), count), mode, infos, timeout)
        assert self._crew.block is not None
        self._block: Block = self._crew.block
        ready = self._crew.ready
        self.single_observation_space, self.single_action_space = ready.observation_space, ready.action_space
        self.observation_space = batch_space(self.single_observation_space, count)
        self.action_space = batch_space(self.single_action_space, count)
        self.metadata = {**ready.metadata, "autoreset_mode": mode}
        self.render_mode = ready.render_mode
        self._slot = 0
        self.begun: list[dict[str, Any] | None] = [None] * count
        """What the newest reset of each environment told."""
        self._pending: str | None = None

    # --- episodes ---------------------------------------------------------------------------------------------------

    def reset(
        self,
        *,
        seed: int | Sequence[int | None] | None = None,
        options: Mapping[str, Any] | Sequence[Mapping[str, Any] | None] | None = None,
    ) -> tuple[Any, dict[str, Any]]:
        """Begin an episode in every environment, or in those of ``options["reset_mask"]``.

        Raises:
            InputError: an option is unknown or wrong; all environments are closed then.
        """
        self._check("reset")
        seeds, each, mask = self._seeds(seed), self._options(options), self._mask(options)
        super().reset(seed=int(seed) if isinstance(seed, int | np.integer) else None)
        fallback = int(self.np_random.integers(2**62))
        episodes = {
            index: self._schedule.at_reset(index, seeds[index], each[index], fallback + index)
            for index in np.flatnonzero(mask).tolist()
        }
        self._slot = 1 - self._slot
        for number, share in enumerate(self._crew.shares):
            mine = {index: episodes[index] for index in share if index in episodes}
            self._tell(number, "reset", self._slot, mine)
        events = self._hear()
        return self.latest(self._copy), self._infos(events, mask)

    def step(self, actions: Any) -> Results:
        """Take an action for each environment and wait until all have done it."""
        self.send(actions)
        return self.recv()

    def send(self, actions: Any) -> None:
        """Begin a step and return; ``recv`` gives what comes of it."""
        self._check("send")
        if None in self.begun:
            raise ResetNeeded("call reset before step")
        if self.autoreset_mode is AutoresetMode.DISABLED and (self._block.terminated | self._block.truncated).any():
            raise ResetNeeded("an episode is over: reset it with options={'reset_mask': terminations | truncations}")
        if np.shape(actions) != self._block.actions.shape:
            raise ValueError(f"actions must have the shape {self._block.actions.shape}, not {np.shape(actions)}")
        self._schedule.decide()  # before any worker goes on: a curriculum may raise
        self._block.actions[:] = actions
        self._slot = 1 - self._slot
        for number, share in enumerate(self._crew.shares):
            self._tell(number, "step", self._slot, self._schedule.news(share))
        self._pending = "recv"

    def recv(self) -> Results:
        """Wait for the step that ``send`` began, and return its results."""
        events = self.recv_events()
        block = self._block
        return (
            self.latest(self._copy),
            block.rewards.copy(),
            block.terminated.copy(),
            block.truncated.copy(),
            self._infos(events, np.ones(self.num_envs, np.bool_)),
        )

    def recv_events(self) -> list[Event]:
        """Wait as ``recv`` does, and return only what is not in shared memory: for adapters to other interfaces."""
        if self.closed or self._pending is None:
            raise NoAsyncCallError("call send before recv", "recv")
        self._pending = None
        return self._hear()

    def set_next_episode(
        self, index: int, *, seed: int | None = None, options: Mapping[str, Any] | None = None
    ) -> None:
        """Set what the next episode of an environment will be, for that episode alone.

        It counts from the next ``send`` or ``reset`` on: an episode that ends in a step already under way, and is
        followed in the same step, is not changed any more.
        """
        if not 0 <= index < self.num_envs:
            raise InputError(f"no environment {index}; there are {self.num_envs}", field="index")
        self._schedule.order(index, NextEpisode(seed, options))

    # --- the rest of Gymnasium's interface --------------------------------------------------------------------------

    def render(self) -> tuple[Any, ...] | None:
        """Return a picture of each environment, or None without a render mode."""
        return None if self.render_mode is None else self.call("render")

    def call(self, name: str, *args: Any, **kwargs: Any) -> tuple[Any, ...]:
        """Return what a method, or an attribute, of each environment gives; what comes back must be picklable."""
        return tuple(self.call_some(range(self.num_envs), name, *args, **kwargs))

    def call_some(self, indices: Sequence[int], name: str, *args: Any, **kwargs: Any) -> list[Any]:
        """Return the same for some environments, in the order given."""
        if name in ("reset", "step", "close"):
            raise ValueError(f"call {name} of the vector environment instead")
        return self._ask(indices, "call", name, args, kwargs)

    def get_attr(self, name: str) -> tuple[Any, ...]:
        """Return an attribute of each environment."""
        return self.call(name)

    def set_attr(self, name: str, values: Any, indices: Sequence[int] | None = None) -> None:
        """Set an attribute: a list or tuple holds one value an environment, anything else is for all."""
        chosen = range(self.num_envs) if indices is None else indices
        listed = list(values) if isinstance(values, list | tuple) else [values] * len(chosen)
        by_index = dict(zip(chosen, listed, strict=True))
        self._check("set_attr")
        for number, share in enumerate(self._crew.shares):
            self._tell(number, "set", {index: by_index[index] for index in share if index in by_index}, name)
        self._answers()

    def wrapped_in(self, wrapper: type[Any], indices: Sequence[int]) -> list[bool]:
        """Return whether these environments have such a wrapper about them."""
        return self._ask(indices, "wrapped", wrapper)

    def close_extras(self, **kwargs: Any) -> None:
        """End the workers; one that hangs is killed."""
        self._crew.close()

    # --- observations and events, for adapters ----------------------------------------------------------------------

    @property
    def block(self) -> Block:
        """The shared memory."""
        return self._block

    def latest(self, copy: bool) -> Any:
        """Return the newest observations, in the shared memory or copied."""
        return batch(self._block.observations[self._slot], copy)

    # --- parts ------------------------------------------------------------------------------------------------------

    def _check(self, call: str) -> None:
        if self.closed:
            raise ClosedEnvironmentError(f"{call} on a vector environment that is closed")
        if self._pending is not None:
            raise AlreadyPendingCallError(f"call {self._pending} before {call}", self._pending)

    def _tell(self, number: int, verb: str, *arguments: Any) -> None:
        try:
            self._crew.tell(number, verb, *arguments)
        except BaseException:
            self.close()
            raise

    def _answers(self) -> list[Any]:
        answers: list[Any] = []
        refused: AttributeError | None = None
        try:
            for number in range(len(self._crew.shares)):
                try:
                    answers.append(self._crew.hear(number))
                except AttributeError as error:
                    refused = error
        except BaseException:
            # Also on Ctrl-C: answers that are still to come would be taken for those of the next call.
            self.close()
            raise
        if refused is not None:
            raise refused
        return answers

    def _hear(self) -> list[Event]:
        events = [event for answer in self._answers() for event in answer]
        for event in events:
            if event.begun is not None:
                self._schedule.began(event.index)
                self.begun[event.index] = event.begun
            elif event.ended:
                self._schedule.ended(event.index)
        return events

    def _ask(self, indices: Sequence[int], verb: str, *arguments: Any) -> list[Any]:
        self._check(verb)
        mine = [[index for index in share if index in indices] for share in self._crew.shares]
        for number, share in enumerate(mine):
            self._tell(number, verb, share, *arguments)
        answers = self._answers()
        found = {
            index: value
            for share, got in zip(mine, answers, strict=True)
            for index, value in zip(share, got, strict=True)
        }
        return [found[index] for index in indices]

    def _infos(self, events: Sequence[Event], mask: NDArray[np.bool_]) -> dict[str, Any]:
        infos: dict[str, Any] = {}
        for name in SCALARS:
            if (told := self._block.told[name] & mask).any():
                infos[name], infos[f"_{name}"] = np.where(mask, self._block.scalars[name], 0), told
                infos[name] = infos[name].astype(SCALARS[name], copy=False)
        for event in events:
            index, info = event.index, event.info
            if info is not None and event.begun is not None:
                info = {"final_obs": single(self._block.final, index), "final_info": info}
            infos = self._add_info(infos, (info or {}) | (event.begun or {}), index)
        return infos

    def _seeds(self, seed: int | Sequence[int | None] | None) -> list[int | None]:
        if seed is None:
            return [None] * self.num_envs
        if isinstance(seed, int | np.integer):
            return [int(seed) + index for index in range(self.num_envs)]
        if len(seed) != self.num_envs:
            raise ValueError(f"{len(seed)} seeds for {self.num_envs} environments")
        return [None if one is None else int(one) for one in seed]

    def _options(self, options: Any) -> list[dict[str, Any]]:
        if options is None or isinstance(options, Mapping):
            own = {name: value for name, value in (options or {}).items() if name != "reset_mask"}
            return [own] * self.num_envs
        if len(options) != self.num_envs:
            raise ValueError(f"{len(options)} options for {self.num_envs} environments")
        return [dict(own or {}) for own in options]

    def _mask(self, options: Any) -> NDArray[np.bool_]:
        mask = options.get("reset_mask") if isinstance(options, Mapping) else None
        if mask is None:
            return np.ones(self.num_envs, np.bool_)
        if not isinstance(mask, np.ndarray) or mask.dtype != np.bool_ or mask.shape != (self.num_envs,):
            raise ValueError(f"reset_mask must be an array of {self.num_envs} bools; got {mask!r}")
        if not mask.any():
            raise ValueError("reset_mask must choose at least one environment")
        return mask


def _mode(mode: AutoresetMode | str) -> AutoresetMode:
    try:
        return AutoresetMode(mode)
    except ValueError:
        names = ", ".join(known.value for known in AutoresetMode)
        raise InputError(f"no autoreset_mode '{mode}'; use {names}", field="autoreset_mode") from None


def _processors() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
