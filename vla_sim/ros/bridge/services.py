"""Services by which others reset, pause and step the simulation."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from concurrent.futures import TimeoutError as TooLateError
from typing import TYPE_CHECKING, Any

from vla_sim.ros.bridge.inbox import Inbox, Wish

if TYPE_CHECKING:
    from rclpy.node import Node

_PATIENCE = 60.0
"""Seconds within which a request is answered; a reset may load a world anew."""

# The numbers of simulation_interfaces' Result and SimulationState.
OK, INCORRECT_STATE, FAILED, UNSUPPORTED = 1, 3, 4, 0
STOPPED, PLAYING, PAUSED, QUITTING = 0, 1, 2, 3


def offer(node: Node, inbox: Inbox, state: Callable[[], str], quit_: Callable[[], None]) -> list[str]:
    """Offer the services, and return the names of those that are.

    ``~/reset``, ``~/pause`` and ``~/step`` always; ``simulation_interfaces``' where that package is installed.
    """
    from std_srvs.srv import SetBool, Trigger

    def triggers(wish: Wish) -> Callable[[Any, Any], Any]:
        return lambda request, response: _told(response, fulfil(inbox, wish))

    offered: list[tuple[Any, str, Callable[[Any, Any], Any]]] = [
        (Trigger, "~/reset", triggers("reset")),
        (Trigger, "~/step", triggers("step")),
        (
            SetBool,
            "~/pause",
            lambda request, response: _told(response, fulfil(inbox, "pause" if request.data else "resume")),
        ),
    ]
    try:
        standard = importlib.import_module("simulation_interfaces.srv")
    except ImportError:
        standard = None
    if standard is not None:
        names = StandardControl(inbox, state, quit_)
        offered += [
            (standard.ResetSimulation, "reset_simulation", names.reset),
            (standard.StepSimulation, "step_simulation", names.step),
            (standard.GetSimulationState, "get_simulation_state", names.get_state),
            (standard.SetSimulationState, "set_simulation_state", names.set_state),
        ]
    for kind, name, answer in offered:
        node.create_service(kind, name, answer)
    return [name for _, name, _ in offered]


def fulfil(inbox: Inbox, wish: Wish) -> str | None:
    """Ask the simulation for something and wait for it; return why it cannot be, or None."""
    try:
        return inbox.ask(wish).result(_PATIENCE)
    except TooLateError:
        return f"no answer within {_PATIENCE:g} s"


class StandardControl:
    """The answers to ``simulation_interfaces``' requests, which differ from ours in their fields alone."""

    def __init__(self, inbox: Inbox, state: Callable[[], str], quit_: Callable[[], None]):
        self._inbox, self._state, self._quit = inbox, state, quit_

    def reset(self, request: Any, response: Any) -> Any:
        """Reset time and state together, whatever the scope: there is no one without the other."""
        return self._result(response, fulfil(self._inbox, "reset"))

    def step(self, request: Any, response: Any) -> Any:
        """Take so many steps while paused."""
        problem = None
        for _ in range(max(1, int(request.steps))):
            problem = problem or fulfil(self._inbox, "step")
        return self._result(response, problem)

    def get_state(self, request: Any, response: Any) -> Any:
        """Say whether time goes on."""
        response.state.state = {"playing": PLAYING, "paused": PAUSED}.get(self._state(), STOPPED)
        return self._result(response, None)

    def set_state(self, request: Any, response: Any) -> Any:
        """Play, pause, stop (which is to reset and pause) or quit."""
        problem: str | None = None
        match int(request.state.state):
            case 1:
                problem = fulfil(self._inbox, "resume")
            case 2:
                problem = fulfil(self._inbox, "pause")
            case 0:
                problem = fulfil(self._inbox, "reset") or fulfil(self._inbox, "pause")
            case 3:
                self._quit()
            case other:
                response.result.result = UNSUPPORTED
                response.result.error_message = f"no state {other}"
                return response
        return self._result(response, problem)

    def _result(self, response: Any, problem: str | None) -> Any:
        response.result.result = OK if problem is None else INCORRECT_STATE
        response.result.error_message = problem or ""
        return response


def _told(response: Any, problem: str | None) -> Any:
    response.success, response.message = problem is None, problem or ""
    return response
