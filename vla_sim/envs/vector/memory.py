"""The memory that the main process and the workers of a vector environment share."""

from __future__ import annotations

import mmap
import os
import tempfile
from typing import Any

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from vla_sim.errors import InputError
from vla_sim.sensing.goal_text import SharedTexts, write_text

SCALARS: dict[str, type] = {"success": np.bool_, "progress": np.float64, "time": np.float64}
"""What every step's info tells in shared memory, where the environment tells it."""
IDLE, IN_RESET, IN_STEP = 0, 1, 2
"""What a worker is doing."""

_ALIGNMENT = 64
"""Bytes: arrays of different environments' workers do not share a cache line at their beginnings."""

Views = Any
"""An array (num_envs, ...), ``SharedTexts``, or a dictionary of these."""


def open_block(size: int) -> int:
    """Return the descriptor of new memory without a name: it is freed once no process holds it any more."""
    if hasattr(os, "memfd_create"):  # does not count against the size of /dev/shm, which containers keep small
        descriptor = os.memfd_create("vla_sim", os.MFD_CLOEXEC)
    else:
        with tempfile.TemporaryFile() as file:
            descriptor = os.dup(file.fileno())
    os.ftruncate(descriptor, size)
    return descriptor


class Block:
    """The arrays of a vector environment, laid out alike in every process.

    ``observations`` are two sets, written in turn, so that what a step returned stays as it is during the next one;
    ``final`` is a third, for the last observations of episodes whose successors begin in the same step.

    Args:
        observation_space: of one environment: Box, Discrete, MultiBinary, MultiDiscrete, Text, or a Dict of these.
        action_space: of one environment: any of these but Text and Dict.
        num_envs: number of environments.
        workers: number of worker processes.
        descriptor: memory of ``nbytes``; None only to learn how much it takes.

    Raises:
        InputError: a space has no fixed size.
    """

    def __init__(
        self,
        observation_space: spaces.Space[Any],
        action_space: spaces.Space[Any],
        num_envs: int,
        workers: int,
        descriptor: int | None = None,
    ):
        self._count = num_envs
        self._memory: mmap.mmap | None = None
        self.nbytes = 0
        if descriptor is None:
            self._lay_out(observation_space, action_space, workers)
            return
        self._memory = mmap.mmap(descriptor, os.fstat(descriptor).st_size)
        self._lay_out(observation_space, action_space, workers)

    def _lay_out(self, observation_space: spaces.Space[Any], action_space: spaces.Space[Any], workers: int) -> None:
        count = self._count
        self.observations: tuple[Views, Views] = (
            self._views(observation_space, "observation"),
            self._views(observation_space, "observation"),
        )
        self.final: Views = self._views(observation_space, "observation")
        if isinstance(action_space, spaces.Dict | spaces.Text):
            raise InputError(f"actions of {action_space} cannot be shared between processes", field="action_space")
        self.actions: NDArray[Any] = self._views(action_space, "action")
        self.rewards = self._array((count,), np.float64)
        self.terminated, self.truncated = self._array((count,), np.bool_), self._array((count,), np.bool_)
        self.scalars = {name: self._array((count,), kind) for name, kind in SCALARS.items()}
        self.told = {name: self._array((count,), np.bool_) for name in SCALARS}
        """Whether an environment's info has the scalar."""
        self.seeds = self._array((count,), np.int64)
        """Of each environment's episode; -1 where it is not known."""
        self.doing, self.at = self._array((workers,), np.int8), self._array((workers,), np.int64)
        """What each worker is doing, and with which environment."""

    def _views(self, space: spaces.Space[Any], what: str) -> Views:
        match space:
            case spaces.Dict():
                return {name: self._views(member, f"{what}.{name}") for name, member in space.spaces.items()}
            case spaces.Text():
                return SharedTexts(self._array((self._count, space.max_length), np.int32))
            case spaces.Box() | spaces.Discrete() | spaces.MultiBinary() | spaces.MultiDiscrete():
                assert space.shape is not None
                return self._array((self._count, *space.shape), space.dtype)
        raise InputError(f"a {type(space).__name__} cannot be shared between processes", field=what)

    def _array(self, shape: tuple[int, ...], dtype: Any) -> NDArray[Any]:
        begin = -(-self.nbytes // _ALIGNMENT) * _ALIGNMENT
        size = int(np.prod(shape, dtype=np.int64)) * np.dtype(dtype).itemsize
        self.nbytes = begin + size
        if self._memory is None:
            return np.empty(0, dtype)
        return np.frombuffer(self._memory, dtype, size // np.dtype(dtype).itemsize, begin).reshape(shape)


def write(views: Views, index: int, observation: Any) -> None:
    """Write one environment's observation into its place."""
    if isinstance(views, dict):
        for name, view in views.items():
            write(view, index, observation[name])
    elif isinstance(views, SharedTexts):
        write_text(views.codes[index], observation)
    else:
        views[index] = observation


def carry_over(source: Views, target: Views, index: int) -> None:
    """Copy one environment's observation from one set to another."""
    if isinstance(source, dict):
        for name, view in source.items():
            carry_over(view, target[name], index)
    elif isinstance(source, SharedTexts):
        target.codes[index] = source.codes[index]
    else:
        target[index] = source[index]


def batch(views: Views, copy: bool) -> Any:
    """Return a batch as Gymnasium has it: arrays, and texts in a tuple."""
    if isinstance(views, dict):
        return {name: batch(view, copy) for name, view in views.items()}
    if isinstance(views, SharedTexts):
        return tuple(views)
    return views.copy() if copy else views


def single(views: Views, index: int) -> Any:
    """Return a copy of one environment's observation."""
    if isinstance(views, dict):
        return {name: single(view, index) for name, view in views.items()}
    return views[index] if isinstance(views, SharedTexts) else np.array(views[index])
