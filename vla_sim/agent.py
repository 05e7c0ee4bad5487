"""What drives the robot: the contract of an agent, and loading one by name."""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from importlib.metadata import entry_points
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from vla_sim.envs.action_types import ActionType
from vla_sim.errors import InputError, NotReadyError
from vla_sim.remote.address import Address, is_address

if TYPE_CHECKING:
    from vla_sim.envs.env import VlaSimEnv

Action = NDArray[np.float32] | int
"""Speeds, joint goals, a motion of the tool, or an index into the vocabulary: whatever the env's space is."""


class Agent(Protocol):
    """Sees observations, gives actions. Everything random in it comes from the seed of ``reset``.

    A class with an ``action_type`` is given actions of that type by the bench, one without the robot's usual ones.
    """

    def reset(self, seed: int) -> None:
        """Forget the last trial."""
        ...

    def act(self, observation: Mapping[str, Any]) -> Action:
        """Return the action for one control step."""
        ...


@runtime_checkable
class PrivilegedAgent(Agent, Protocol):
    """An agent that reads ground truth, such as the scripted expert. The runner attaches it before each ``reset``."""

    def attach(self, env: VlaSimEnv) -> None:
        """Take the environment whose truth, site and episode the agent may read."""
        ...


@runtime_checkable
class HeldAgent(Agent, Protocol):
    """An agent that counts on its actions being done, and wants to know of one that was not."""

    def held(self) -> None:
        """Take note that the robot stands still instead of doing the last action."""
        ...


@runtime_checkable
class SharedAgent(Agent, Protocol):
    """An agent that can serve several trials at once with one set of networks."""

    def twins(self, most: int) -> Callable[[], Agent]:
        """Return what makes agents of the same networks, each with a memory of its own, to be used in threads.

        Observations of up to ``most`` of them go through the networks together.
        """
        ...


def agent_names() -> list[str]:
    """Return the names of the installed agents."""
    return sorted(entry.name for entry in entry_points(group="vla_sim.agents"))


def load_agent(spec: str) -> Agent:
    """Make an agent from a name (``expert``), from ``module:Class``, or from the address of a policy server.

    ``@PATH`` behind a name or class gives it a checkpoint; ``vla_sim.remote.address.Address`` says what an address
    may ask for.

    Raises:
        InputError: no agent of that name, the module or class cannot be loaded, or no server answers.
    """
    if is_address(spec):
        from vla_sim.remote.client import RemoteAgent

        return RemoteAgent(Address.of(spec))
    checkpoint = spec.partition("@")[2]
    with _loading(spec):
        agent = _class_of(spec)(*([checkpoint] if checkpoint else []))
    if not (callable(getattr(agent, "act", None)) and callable(getattr(agent, "reset", None))):
        raise InputError(f"agent '{spec}' needs the methods reset(seed) and act(observation)", field="agent")
    return agent  # type: ignore[no-any-return]


def action_type(spec: str) -> ActionType | None:
    """Return which actions an agent gives: its class's ``action_type``; None are the robot's usual ones.

    Raises:
        InputError: as ``load_agent``.
    """
    if is_address(spec):
        return Address.of(spec).actions
    with _loading(spec):
        kind: ActionType | None = getattr(_class_of(spec), "action_type", None)
    return kind


def _class_of(spec: str) -> Any:
    target = spec.partition("@")[0]
    if ":" not in target:
        found = [entry for entry in entry_points(group="vla_sim.agents") if entry.name == target]
        if not found:
            raise InputError(
                f"no agent named '{target}'; use one of {', '.join(agent_names())}, or module:Class", field="agent"
            )
        target = found[0].value
    module_name, _, class_name = target.partition(":")
    return getattr(importlib.import_module(module_name), class_name)


@contextmanager
def _loading(spec: str) -> Iterator[None]:
    """Say clearly why an agent cannot be loaded."""
    try:
        yield
    except (ImportError, AttributeError, TypeError) as error:
        own_module = spec.partition(":")[0] if ":" in spec else ""
        if isinstance(error, ModuleNotFoundError) and error.name not in _with_parents(own_module):
            message = f"agent '{spec}' needs more packages ({error}); pip install 'vla-sim[agent]'"
            raise NotReadyError(message, field="agent") from error
        raise InputError(f"cannot load agent '{spec}': {error}", field="agent") from error


def _with_parents(module: str) -> list[str]:
    """Return a module's dotted name and those of the packages that hold it."""
    parts = module.split(".")
    return [".".join(parts[: count + 1]) for count in range(len(parts))]
