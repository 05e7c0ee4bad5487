"""An agent that asks a policy server what to do."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from vla_sim.agent import Action
from vla_sim.errors import NotReadyError
from vla_sim.remote.address import Address
from vla_sim.remote.wire import MOST_BYTES, check_installed, packed, unpacked

if TYPE_CHECKING:
    from websockets.sync.client import ClientConnection

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
        self.address = address
        self._open = contextlib.ExitStack()
        self._socket: ClientConnection | None = None
        try:
            self.greeting: Mapping[str, Any] = self._connect()
        except RemoteError as error:
            raise NotReadyError(
                f"no policy server answers at {address.url} ({error}); start one, such as "
                "`vla-sim serve --agent fusion`",
                field="agent",
            ) from error
        self.latencies: list[float] = []
        """How long each answer took [s], for people; nothing depends on it."""
        self._asked: float | None = None
        """When the server was asked what it has not answered yet."""
        self._plan: list[NDArray[Any]] = []

    def reset(self, seed: int) -> None:
        """Forget what was planned; tell a server of ours that a new trial begins.

        After an error a new connection is made: an answer that comes late must not be taken for another one.

        Raises:
            RemoteError: the server failed.
        """
        self._plan = []
        if self._asked is not None:
            self.close()
        if self._socket is None:
            self.greeting = self._connect()
        if OURS in self.greeting:
            self._send({"__ctrl__": "episode_start", "__episode_id__": seed})
            self._receive()

    def act(self, observation: Mapping[str, Any]) -> Action:
        """Return the action for one control step.

        Raises:
            RemoteError: the server failed.
        """
        self.ask(observation)
        return self.answer()

    def ask(self, observation: Mapping[str, Any]) -> None:
        """Begin ``act`` and return; ``answer`` gives what comes of it. The server is asked only if no action is left.

        Raises:
            RemoteError: the server has gone.
            RuntimeError: what was asked before has not been answered.
        """
        if self._asked is not None:
            raise RuntimeError("call answer before ask")
        if not self._plan:
            message = self._message(observation)
            self._asked = time.perf_counter()
            self._send(message)

    def answer(self) -> Action:
        """Wait for the server, if it was asked, and return the action for one control step.

        Raises:
            RemoteError: the server failed.
        """
        if self._asked is not None:
            begun, self._asked = self._asked, None
            answer = self._receive()
            self.latencies.append(time.perf_counter() - begun)
            self._plan = self._actions(answer)
        action = self._plan.pop(0)
        return int(action) if self.address.actions == "discrete" else action

    def close(self) -> None:
        """Leave the server."""
        self._socket = self._asked = None
        self._open.close()

    def _connect(self) -> Mapping[str, Any]:
        """Go to the server and return its greeting."""
        from websockets.exceptions import WebSocketException
        from websockets.sync.client import connect

        wait = self.address.timeout
        try:
            self._socket = self._open.enter_context(
                connect(self.address.url, compression=None, max_size=MOST_BYTES, open_timeout=wait, close_timeout=1.0)
            )
        except (OSError, TimeoutError, WebSocketException) as error:
            raise RemoteError(str(error) or type(error).__name__) from error
        greeting: Mapping[str, Any] = self._receive()
        return greeting

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

    def _send(self, message: Mapping[str, Any]) -> None:
        with self._heeding() as socket:
            socket.send(packed(message))

    def _receive(self) -> Any:
        with self._heeding() as socket:
            answer = socket.recv(timeout=self.address.timeout)
            if isinstance(answer, str):
                raise RemoteError(f"the policy server failed: {' '.join(answer.split())[-300:]}")
            try:
                return unpacked(answer)
            except ValueError as error:
                raise RemoteError(f"the policy server's answer is none: {error}") from error

    @contextlib.contextmanager
    def _heeding(self) -> Iterator[ClientConnection]:
        """Give the connection; leave the server if it fails meanwhile."""
        from websockets.exceptions import WebSocketException

        try:
            if self._socket is None:
                raise RemoteError("the policy server was left after an error")
            yield self._socket
        except TimeoutError:
            self.close()
            raise RemoteError(f"the policy server said nothing for {self.address.timeout:g} s") from None
        except (OSError, WebSocketException) as error:
            self.close()
            raise RemoteError(f"the policy server has gone ({type(error).__name__})") from error
        except RemoteError:
            self.close()
            raise


def act_together(agents: Sequence[RemoteAgent], observations: Sequence[Mapping[str, Any]]) -> list[Action]:
    """Return an action for each of several environments; all that is to be asked is sent before any answer is awaited.

    Raises:
        RemoteError: a server failed.
    """
    for agent, observation in zip(agents, observations, strict=True):
        agent.ask(observation)
    return [agent.answer() for agent in agents]
