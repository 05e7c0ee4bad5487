"""An agent that asks a policy server what to do."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vla_sim.agent import Action
from vla_sim.errors import NotReadyError
from vla_sim.remote.address import Address
from vla_sim.remote.wire import MOST_BYTES, check_installed, packed, unpacked

PROMPT = "prompt"
"""Where openpi's policies look for the words."""
PREFIX = "observation/"
OURS = "vla_sim"
"""Key of a greeting by ``vla-sim serve``."""


class RemoteError(Exception):
    """The policy server failed: it said so, was silent for too long, went away, or answered with no actions."""


class RemoteAgent:
    """Sends observations to a policy server and does the actions that it answers with.

    An observation goes out as ``observation/NAME`` for each of its members and ``prompt`` for the words, or as the
    address says. Of a chunk of actions (H, 2) [m/s, rad/s] (or (H, n) numbers for an arm, or (H,) words of the discrete
    vocabulary) the first ones are done, a control step each. Servers of ours are told of each new trial and its seed;
    others are not.

    Raises:
        NotReadyError: nobody answers there, or a package is missing.
    """

    def __init__(self, address: Address):
        check_installed()
        from websockets.sync.client import connect

        self.address = address
        self._open = contextlib.ExitStack()
        try:
            self._socket = self._open.enter_context(
                connect(
                    address.url, compression=None, max_size=MOST_BYTES, open_timeout=address.timeout, close_timeout=1.0
                )
            )
            self.greeting: Mapping[str, Any] = self._receive()
        except (OSError, RemoteError, TimeoutError) as error:
            raise NotReadyError(
                f"no policy server answers at {address.url} ({str(error) or type(error).__name__}); start one, such "
                "as `vla-sim serve --agent fusion`",
                field="agent",
            ) from error
        self.latencies: list[float] = []
        """How long each answer took [s], for people; nothing depends on it."""
        self._plan: list[NDArray[Any]] = []

    def reset(self, seed: int) -> None:
        """Forget what was planned; tell a server of ours that a new trial begins."""
        self._plan = []
        if OURS in self.greeting:
            self._ask({"__ctrl__": "episode_start", "__episode_id__": seed})

    def act(self, observation: Mapping[str, Any]) -> Action:
        """Return the action for one control step.

        Raises:
            RemoteError: the server failed.
        """
        if not self._plan:
            begun = time.perf_counter()
            answer = self._ask(self._message(observation))
            self.latencies.append(time.perf_counter() - begun)
            self._plan = self._actions(answer)
        action = self._plan.pop(0)
        return int(action) if self.address.actions == "discrete" else action

    def close(self) -> None:
        """Leave the server."""
        self._open.close()

    def _message(self, observation: Mapping[str, Any]) -> dict[str, Any]:
        keys = self.address.keys
        if not keys:
            sent = {f"{PREFIX}{name}": value for name, value in observation.items() if name != "goal"}
        else:
            for name in keys.values():
                if name not in observation:
                    raise RemoteError(f"the observation has no '{name}'; it has {', '.join(observation)}")
            sent = {theirs: observation[ours] for theirs, ours in keys.items()}
        return sent | {PROMPT: str(observation["goal"])}

    def _actions(self, answer: Any) -> list[NDArray[Any]]:
        width = 0 if self.address.actions == "discrete" else 1
        speeds = self.address.actions == "continuous"
        try:
            actions = np.asarray(answer["actions"])
            one = width and actions.ndim == 1
            chunk = actions.reshape(-1, 2 if speeds else actions.size) if one else np.atleast_1d(actions)
        except (KeyError, TypeError, ValueError):
            raise RemoteError("the policy server's answer holds no actions") from None
        if chunk.ndim != 1 + width or not len(chunk) or (speeds and chunk.shape[1] != 2):
            raise RemoteError(f"actions of the shape {actions.shape}, where (H, {2 if speeds else 'n'}) was expected")
        return list(chunk.astype(np.float32 if width else np.int64)[: self.address.chunk])

    def _ask(self, message: Mapping[str, Any]) -> Any:
        from websockets.exceptions import WebSocketException

        try:
            self._socket.send(packed(message))
        except (OSError, WebSocketException) as error:
            raise RemoteError(f"the policy server has gone ({type(error).__name__})") from error
        return self._receive()

    def _receive(self) -> Any:
        from websockets.exceptions import WebSocketException

        try:
            answer = self._socket.recv(timeout=self.address.timeout)
        except TimeoutError:
            raise RemoteError(f"the policy server said nothing for {self.address.timeout:g} s") from None
        except (OSError, WebSocketException) as error:
            raise RemoteError(f"the policy server has gone ({type(error).__name__})") from error
        if isinstance(answer, str):
            raise RemoteError(f"the policy server failed: {' '.join(answer.split())[-300:]}")
        try:
            return unpacked(answer)
        except ValueError as error:
            raise RemoteError(f"the policy server's answer is none: {error}") from error
