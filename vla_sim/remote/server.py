"""Offers an agent as a policy server: one agent for each connection, so that trials side by side do not mix.

What they have in common are the networks, where the agent offers that: then requests that wait are answered together.
"""

from __future__ import annotations

import functools
import http
import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

import vla_sim
from vla_sim.agent import Agent, PrivilegedAgent, SharedAgent, action_type, load_agent
from vla_sim.errors import InputError
from vla_sim.remote.client import OURS, PREFIX, PROMPT
from vla_sim.remote.wire import MOST_BYTES, check_installed, packed, unpacked

if TYPE_CHECKING:
    from websockets.http11 import Request, Response
    from websockets.sync.server import Server, ServerConnection


class PolicyServer:
    """Answers observations with actions. Listens on 127.0.0.1 unless told otherwise.

    A request is an observation with ``observation/NAME`` members and a ``prompt``, as ``RemoteAgent`` sends them; the
    answer's ``actions`` are one row of speeds (1, 2), or one word of the vocabulary (1,), and its ``server_timing`` is
    openpi's. What an agent raises goes to
    the client as text, and ends its connection. ``/healthz`` answers OK.

    Args:
        spec: the agent, by name or ``module:Class``.
        host: address to listen on.
        port: 0 for one that is free.
        batch: most requests that go through the agent's networks at once; 1 gives each connection networks of its own.

    Raises:
        InputError: there is no such agent, it takes the environment itself, it takes no batches, or the port is taken.
    """

    def __init__(self, spec: str, host: str = "127.0.0.1", port: int = 8000, batch: int = 1):
        check_installed()
        from websockets.sync.server import serve

        self._spare: Agent | None = load_agent(spec)
        if isinstance(self._spare, PrivilegedAgent):
            raise InputError(f"the agent '{spec}' takes the environment itself, which a server has not", field="agent")
        self._make: Callable[[], Agent] = functools.partial(load_agent, spec)
        if batch > 1:
            if not isinstance(self._spare, SharedAgent):
                raise InputError(f"the agent '{spec}' takes no batches; leave --batch out", field="batch")
            self._make, self._spare = self._spare.twins(batch), None
        self._greeting = {
            OURS: {"version": vla_sim.__version__, "agent": spec, "action_type": action_type(spec) or "continuous"},
        }
        self._lock = threading.Lock()
        try:
            self._server: Server = serve(
                self._converse, host, port, compression=None, max_size=MOST_BYTES, process_request=_health
            )
        except OSError as error:
            raise InputError(f"cannot listen on {host}:{port}: {error.strerror or error}", field="port") from error
        self.port: int = self._server.socket.getsockname()[1]

    def run(self, until: threading.Event) -> None:
        """Serve until an event is set, then end all connections."""
        thread = threading.Thread(target=self._server.serve_forever)
        thread.start()
        until.wait()
        self._server.shutdown()
        thread.join()

    def _agent(self) -> Agent:
        """Return an agent that no other connection has."""
        with self._lock:
            spare, self._spare = self._spare, None
        return spare or self._make()

    def _converse(self, socket: ServerConnection) -> None:
        agent = self._agent()
        agent.reset(0)
        socket.send(packed(self._greeting))
        for data in socket:
            begun = time.perf_counter()
            try:
                answer = _answer(agent, unpacked(data if isinstance(data, bytes) else data.encode()))
            except Exception as error:
                socket.send(f"{type(error).__name__}: {error}")
                return
            timing = {"infer_ms": 1e3 * (time.perf_counter() - begun)}
            socket.send(packed({**answer, "server_timing": timing}))


def _answer(agent: Agent, request: Any) -> Mapping[str, Any]:
    if not isinstance(request, Mapping):
        raise ValueError("a request is a mapping")
    control = request.get("__ctrl__")
    if control is not None:
        if control == "episode_start":
            agent.reset(int(request.get("__episode_id__", 0)))
        return {"__ack__": control}
    return {"actions": np.asarray(agent.act(observation_of(request)))[None]}


def observation_of(request: Mapping[str, Any]) -> dict[str, Any]:
    """Return a request as the observation that it was made of.

    Raises:
        ValueError: it has no words.
    """
    if PROMPT not in request:
        raise ValueError(f"a request needs '{PROMPT}' and members called {PREFIX}NAME; this one has {sorted(request)}")
    named = {name.removeprefix(PREFIX): value for name, value in request.items() if name.startswith(PREFIX)}
    return named | {"goal": str(request[PROMPT])}


def _health(connection: ServerConnection, request: Request) -> Response | None:
    if request.path == "/healthz":
        return connection.respond(http.HTTPStatus.OK, "OK\n")
    return None
