"""Delta debugging: the part of a failing set that is to blame (Zeller and Hildebrandt 2002, IEEE TSE 28:183)."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from typing import TypeVar

Item = TypeVar("Item")
Value = TypeVar("Value")


def ddmin(items: Sequence[Item], fails: Callable[[Sequence[Item]], bool]) -> list[Item]:
    """Return a part of a failing list that fails and of which no single item can be left out: it is 1-minimal.

    Args:
        items: a list that fails.
        fails: whether a part fails; asked of true parts only, never of the empty one.

    >>> ddmin(range(8), lambda part: 2 in part and 5 in part)
    [2, 5]
    """
    kept, pieces = list(items), 2
    while len(kept) > 1:
        pieces = min(pieces, len(kept))
        cuts = [len(kept) * cut // pieces for cut in range(pieces + 1)]
        chunks = [kept[start:end] for start, end in itertools.pairwise(cuts)]
        rests = [kept[:start] + kept[end:] for start, end in itertools.pairwise(cuts)]
        if (smaller := next((chunk for chunk in chunks if fails(chunk)), None)) is not None:
            kept, pieces = smaller, 2
        elif pieces > 2 and (smaller := next((rest for rest in rests if fails(rest)), None)) is not None:
            kept, pieces = smaller, pieces - 1
        elif pieces == len(kept):
            break
        else:
            pieces *= 2
    return kept


def least(values: Sequence[Value], fails: Callable[[Value], bool]) -> Value:
    """Return the first value that fails, by bisection: the last is known to fail, and after a failure all do.

    >>> least([1, 2, 3, 4, 5], lambda value: value >= 4)
    4
    """
    low, high = 0, len(values) - 1
    while low < high:
        middle = (low + high) // 2
        if fails(values[middle]):
            high = middle
        else:
            low = middle + 1
    return values[high]
