"""The space of the goal's words, which vector environments can share between processes."""

from __future__ import annotations

import string
from collections.abc import Sequence
from multiprocessing.sharedctypes import SynchronizedArray
from typing import Any, overload

import numpy as np
from gymnasium import spaces
from gymnasium.vector.utils import read_from_shared_memory, write_to_shared_memory
from numpy.typing import NDArray

LENGTH = 256
"""Longest goal in characters."""
CHARACTERS = string.ascii_letters + string.digits + string.punctuation + " " + "".join(map(chr, range(0xC0, 0x180)))
"""What a goal may be written in: printable ASCII and the Latin letters with accents."""


class GoalText(spaces.Text):
    """Text that ``AsyncVectorEnv`` hands over rightly.

    Gymnasium reads ``Text`` from shared memory once, when the vector environment is made, and shows that for ever.
    For this space it gets a view instead, which reads when it is looked at.
    """

    def __init__(self) -> None:
        super().__init__(LENGTH, min_length=0, charset=CHARACTERS)


class SharedTexts(Sequence[str]):
    """The texts of several environments in memory that their processes write; a copy of it is a plain tuple."""

    def __init__(self, codes: NDArray[np.int32]):
        self.codes = codes

    def __len__(self) -> int:
        return len(self.codes)

    @overload
    def __getitem__(self, index: int) -> str: ...

    @overload
    def __getitem__(self, index: slice) -> tuple[str, ...]: ...

    def __getitem__(self, index: int | slice) -> str | tuple[str, ...]:
        if isinstance(index, slice):
            return tuple(self)[index]
        codes: bytes = self.codes[index].tobytes()
        return codes.decode("utf-32-le").rstrip("\0")

    def __deepcopy__(self, memo: dict[int, Any]) -> tuple[str, ...]:
        return tuple(self)


def write_text(row: NDArray[np.int32], text: str) -> None:
    """Write a text into a row of code points, as ``SharedTexts`` reads it."""
    codes = np.frombuffer(text.encode("utf-32-le"), dtype=np.int32)
    row[: len(codes)] = codes
    row[len(codes) :] = 0


@write_to_shared_memory.register(GoalText)
def _write(space: GoalText, index: int, values: str, shared_memory: SynchronizedArray[Any]) -> None:
    write_text(_table(space, shared_memory)[index], values)


@read_from_shared_memory.register(GoalText)
def _read(space: GoalText, shared_memory: SynchronizedArray[Any], n: int = 1) -> SharedTexts:
    return SharedTexts(_table(space, shared_memory))


def _table(space: GoalText, shared_memory: SynchronizedArray[Any]) -> NDArray[np.int32]:
    """Return the code points of each environment's text, one row an environment."""
    memory: Any = shared_memory.get_obj()
    return np.frombuffer(memory, dtype=np.int32).reshape(-1, space.max_length)
