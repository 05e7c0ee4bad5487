"""A worker process: several environments, stepped one after the other, their observations written to shared memory."""

from __future__ import annotations

import pickle
import signal
import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from multiprocessing.reduction import recv_handle
from typing import Any, Literal, NamedTuple

import cloudpickle
import gymnasium
from gymnasium import spaces
from gymnasium.vector import AutoresetMode

from vla_sim.envs.vector.episodes import NextEpisode
from vla_sim.envs.vector.memory import IDLE, IN_RESET, IN_STEP, SCALARS, Block, carry_over, write
from vla_sim.errors import InputError, SimulatorError
from vla_sim.orphans import end_with_parent

Env = gymnasium.Env[Any, Any]
Infos = Literal["light", "full"]


class Makers:
    """Functions that make environments, by index, on their way to a worker: lambdas and closures may go, too."""

    def __init__(self, by_index: Mapping[int, Callable[[], Env]]):
        self.by_index = by_index

    def __getstate__(self) -> bytes:
        state: bytes = cloudpickle.dumps(self.by_index)
        return state

    def __setstate__(self, state: bytes) -> None:
        self.by_index = pickle.loads(state)  # noqa: S301 (comes from the process that started this one)


class Ready(NamedTuple):
    """A worker's first word."""

    observation_space: spaces.Space[Any]
    action_space: spaces.Space[Any]
    metadata: dict[str, Any]
    render_mode: str | None


@dataclass(frozen=True, slots=True)
class Event:
    """What a step was for one environment, beyond what is in shared memory."""

    index: int
    info: dict[str, Any] | None
    """Of the step; None where no step was made."""
    begun: dict[str, Any] | None
    """Of the reset; None where no episode began."""
    ended: bool = False


@dataclass(frozen=True, slots=True)
class Failed:
    """What an environment raised."""

    index: int
    """The environment that was being made, if none was being reset or stepped."""
    kind: Literal["input", "simulator", "other"]
    error: str
    trace: str


class Refused(NamedTuple):
    """What an environment was asked for and could not do."""

    error: str
    no_attribute: bool


class Worker:
    """The environments of one process.

    Args:
        envs: by their index in the vector environment.
        block: shared memory.
        number: of the worker.
        mode: when an episode that is over is followed by the next.
        infos: ``full`` to tell each step's info, ``light`` only where an episode begins or ends.
    """

    def __init__(self, envs: Mapping[int, Env], block: Block, number: int, mode: AutoresetMode, infos: Infos):
        self._envs, self._block, self._number, self._mode = envs, block, number, mode
        self._full = infos == "full"
        self._over = dict.fromkeys(envs, False)
        self._orders: dict[int, NextEpisode] = {}

    def reset(self, slot: int, episodes: Mapping[int, NextEpisode]) -> list[Event]:
        """Begin these episodes; the other environments stay as they are."""
        for index in self._envs.keys() - episodes.keys():
            carry_over(self._block.observations[1 - slot], self._block.observations[slot], index)
        self._orders |= episodes
        return [Event(index, None, self._begin(index, slot)) for index in self._envs if index in episodes]

    def step(self, slot: int, orders: Mapping[int, NextEpisode]) -> list[Event]:
        """Step every environment once."""
        self._orders |= orders
        events = (self._step(index, slot) for index in self._envs)
        return [event for event in events if event is not None]

    def call(self, indices: Sequence[int], name: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> list[Any]:
        """Return an attribute of each environment, or what it returns where it can be called."""
        found = [self._envs[index].get_wrapper_attr(name) for index in indices]
        return [attribute(*args, **kwargs) if callable(attribute) else attribute for attribute in found]

    def set(self, values: Mapping[int, Any], name: str) -> None:
        """Set an attribute."""
        for index, value in values.items():
            self._envs[index].set_wrapper_attr(name, value)

    def wrapped(self, indices: Sequence[int], wrapper: type[gymnasium.Wrapper[Any, Any, Any, Any]]) -> list[bool]:
        """Return whether each environment has such a wrapper about it."""
        return [_has_wrapper(self._envs[index], wrapper) for index in indices]

    def _step(self, index: int, slot: int) -> Event | None:
        block = self._block
        if self._over[index] and self._mode is AutoresetMode.NEXT_STEP:
            return Event(index, None, self._begin(index, slot))
        block.at[self._number], block.doing[self._number] = index, IN_STEP
        observation, reward, terminated, truncated, info = self._envs[index].step(block.actions[index].copy())
        block.rewards[index], block.terminated[index], block.truncated[index] = reward, terminated, truncated
        over = self._over[index] = bool(terminated or truncated)
        block.doing[self._number] = IDLE
        if over and self._mode is AutoresetMode.SAME_STEP:
            write(block.final, index, observation)
            return Event(index, info, self._begin(index, slot, new=False), ended=True)
        write(block.observations[slot], index, observation)
        self._tell(index, info)
        return Event(index, info, None, ended=over) if over or self._full else None

    def _begin(self, index: int, slot: int, new: bool = True) -> dict[str, Any]:
        """Begin an episode; ``new`` where reward and end are not those of the last step of the one before."""
        block = self._block
        episode = self._orders.pop(index, NextEpisode())
        seed, options = episode.seed, episode.options
        block.at[self._number], block.doing[self._number] = index, IN_RESET
        if seed is not None:
            block.seeds[index] = seed
        observation, info = self._envs[index].reset(seed=seed, options=None if options is None else dict(options))
        block.seeds[index] = info.get("seed", -1 if seed is None else seed)
        if new:
            block.rewards[index], block.terminated[index], block.truncated[index] = 0.0, False, False
        self._over[index] = False
        write(block.observations[slot], index, observation)
        self._tell(index, info)
        block.doing[self._number] = IDLE
        return info

    def _tell(self, index: int, info: Mapping[str, Any]) -> None:
        for name in SCALARS:
            told = self._block.told[name][index] = name in info
            if told:
                self._block.scalars[name][index] = info[name]


def serve(
    connection: Connection,
    makers: Makers,
    number: int,
    workers: int,
    num_envs: int,
    mode: AutoresetMode,
    infos: Infos,
) -> None:
    """Run a worker until the connection is closed."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group; the parent decides
    end_with_parent()
    envs: dict[int, Env] = {}
    index = -1
    try:
        for index, make in makers.by_index.items():
            envs[index] = make()
            _check_alike(envs[index], next(iter(envs.values())))
        first = next(iter(envs.values()))
        observation_space, action_space = first.observation_space, first.action_space
        if not _say(connection, Ready(observation_space, action_space, dict(first.metadata), first.render_mode)):
            return
        block = Block(observation_space, action_space, num_envs, workers, recv_handle(connection))
        worker = Worker(envs, block, number, mode, infos)
        vital: dict[str, Callable[..., Any]] = {"reset": worker.reset, "step": worker.step}
        asked: dict[str, Callable[..., Any]] = {"call": worker.call, "set": worker.set, "wrapped": worker.wrapped}
        while (heard := _hear(connection)) is not None:
            verb, arguments = heard
            if verb in vital:
                answer = vital[verb](*arguments)
            else:
                try:
                    answer = asked[verb](*arguments)
                except Exception as error:  # what is asked of an environment may be wrong; it lives on
                    answer = Refused(f"{type(error).__name__}: {error}", isinstance(error, AttributeError))
            if not _say(connection, answer):
                return
    except Exception as error:
        _say(connection, _failed(error, index))
    finally:
        for env in envs.values():
            env.close()
        connection.close()


def _hear(connection: Connection) -> tuple[str, tuple[Any, ...]] | None:
    """Return the next request; None where the main process has closed its end."""
    try:
        request: tuple[str, tuple[Any, ...]] = connection.recv()
    except (EOFError, ConnectionResetError):
        return None
    return request


def _say(connection: Connection, answer: object) -> bool:
    """Send an answer; return whether anybody listens."""
    try:
        connection.send(answer)
    except (BrokenPipeError, ConnectionResetError):
        return False
    return True


def _check_alike(env: Env, first: Env) -> None:
    if env.observation_space != first.observation_space or env.action_space != first.action_space:
        raise InputError("all environments of a vector must have the same spaces", field="make")


def _failed(error: Exception, index: int) -> Failed:
    if isinstance(error, InputError):
        return Failed(index, "input", str(error), traceback.format_exc())
    if isinstance(error, SimulatorError):
        return Failed(index, "simulator", str(error), traceback.format_exc())
    return Failed(index, "other", f"{type(error).__name__}: {error}", traceback.format_exc())


def _has_wrapper(env: Env, wrapper: type[gymnasium.Wrapper[Any, Any, Any, Any]]) -> bool:
    while isinstance(env, gymnasium.Wrapper):
        if isinstance(env, wrapper):
            return True
        env = env.env
    return False
