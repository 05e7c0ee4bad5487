"""Networks that many agents call at once, each in a thread of its own: calls that wait are answered as one batch."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from dataclasses import fields, is_dataclass, replace
from typing import Any

import torch
from torch import Tensor, nn

from vla_agents.fusion.language.tokens import TokenEncoder, Tokens


class _Call:
    """Arguments of one row, and what became of them."""

    def __init__(self, arguments: tuple[Any, ...]):
        self.arguments = arguments
        self.shapes = [tensor.shape for argument in arguments for tensor in _tensors(argument)]
        self.answer: Any = None
        self.error: Exception | None = None
        self.done = False


class Batched(nn.Module):
    """Stands in for a network whose arguments and answer are tensors, or dataclasses of tensors, (B, ...).

    Nobody waits for others to come: who finds the network at rest calls it, with all that has come to wait meanwhile.
    So a lone caller is answered as by the network itself, to the byte; rows of a larger batch are the same only within
    floating point.

    Args:
        network: is given batches.
        most: rows of a batch.
    """

    def __init__(self, network: nn.Module, most: int):
        super().__init__()
        self._network, self._most = network, most
        self._turn = threading.Lock()
        self._waiting: deque[_Call] = deque()
        self.batches: dict[int, int] = {}
        """How many batches there were, by their number of rows."""

    def __getattr__(self, name: str) -> Any:
        try:
            return super().__getattr__(name)
        except AttributeError:
            return getattr(super().__getattr__("_network"), name)

    def forward(self, *arguments: Any) -> Any:
        """Return the network's answer for one row."""
        call = _Call(arguments)
        self._waiting.append(call)
        while not call.done:
            with self._turn:
                if not call.done:
                    self._answer(self._taken())
        if call.error is not None:
            raise call.error
        return call.answer

    def _taken(self) -> list[_Call]:
        """Return the call that has waited longest, and those of its shape."""
        calls = [self._waiting.popleft() for _ in range(len(self._waiting))]
        alike = [call for call in calls if call.shapes == calls[0].shapes][: self._most]
        self._waiting.extendleft(reversed([call for call in calls if call not in alike]))
        return alike

    def _answer(self, calls: Sequence[_Call]) -> None:
        self.batches[len(calls)] = self.batches.get(len(calls), 0) + 1
        try:
            answer = self._network(*map(_joined, zip(*(call.arguments for call in calls), strict=True)))
            for row, call in enumerate(calls):
                call.answer = answer if len(calls) == 1 else _row(answer, row)
        except Exception as error:  # each caller is told
            for call in calls:
                call.error = error
        for call in calls:
            call.done = True


class InTurn:
    """Stands in for an encoder that only one thread may use at a time."""

    def __init__(self, encoder: TokenEncoder):
        self._encoder, self._turn = encoder, threading.Lock()
        self.width, self.pieces = encoder.width, encoder.pieces

    def encode(self, sentences: list[str]) -> Tokens:
        """Return the tokens of some sentences."""
        with self._turn:
            return self._encoder.encode(sentences)


def _tensors(value: Any) -> list[Tensor]:
    return [getattr(value, field.name) for field in fields(value)] if is_dataclass(value) else [value]


def _joined(rows: Sequence[Any]) -> Any:
    first = rows[0]
    if len(rows) == 1:
        return first
    if is_dataclass(first):
        return replace(first, **{f.name: _joined([getattr(row, f.name) for row in rows]) for f in fields(first)})  # type: ignore[type-var]
    return torch.cat(list(rows))


def _row(answer: Any, row: int) -> Any:
    if is_dataclass(answer):
        return replace(answer, **{f.name: _row(getattr(answer, f.name), row) for f in fields(answer)})  # type: ignore[type-var]
    return answer[row : row + 1]
