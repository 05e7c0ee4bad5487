"""Where a remote policy is, and how it wants to be asked: ``ws://127.0.0.1:8000?chunk=5``."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qs, urlsplit, urlunsplit

from vla_sim.envs.action_types import ACTION_TYPES, ActionType
from vla_sim.errors import InputError

SCHEMES = ("ws", "wss")
_OPTIONS = ("chunk", "timeout", "actions", "key")


@dataclass(frozen=True, slots=True)
class Address:
    """What stands behind ``--agent ws://...``.

    Options: ``chunk``, how many actions of an answer are done before the policy is asked again (1); ``timeout`` [s] for
    an answer (10); ``actions``, ``continuous`` or ``discrete``; ``key=THEIRS:OURS``, several times: what of an
    observation to send, and under which name (``key=observation/image:camera``); without any all of it is sent.
    """

    url: str
    chunk: int = 1
    timeout: float = 10.0
    actions: ActionType = "continuous"
    keys: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, spec: str) -> Address:
        """Read an address.

        Raises:
            InputError: it is none, or an option is wrong.
        """
        parts = urlsplit(spec)
        if parts.scheme not in SCHEMES or not parts.hostname:
            raise InputError(f"'{spec}' is no address such as ws://127.0.0.1:8000", field="agent")
        given = parse_qs(parts.query, keep_blank_values=True)
        for name in given:
            if name not in _OPTIONS:
                raise InputError(f"no option '{name}' in '{spec}'; use {', '.join(_OPTIONS)}", field="agent")
        last = {name: values[-1] for name, values in given.items()}
        actions = last.get("actions", "continuous")
        if actions not in ACTION_TYPES:
            raise InputError(f"actions are {', '.join(ACTION_TYPES)}, not '{actions}'", field="agent")
        return cls(
            url=urlunsplit((parts.scheme, parts.netloc, parts.path, "", "")),
            chunk=int(_number(last.get("chunk", "1"), "chunk", least=1)),
            timeout=_number(last.get("timeout", "10"), "timeout", least=0.001),
            actions=next(known for known in ACTION_TYPES if known == actions),
            keys=dict(_pair(each) for each in given.get("key", [])),
        )


def is_address(spec: str) -> bool:
    """Return whether an agent is named by an address."""
    return spec.partition("://")[0] in SCHEMES and "://" in spec


def _number(text: str, name: str, least: float) -> float:
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not value >= least:
        raise InputError(f"'{name}' is a number of at least {least:g}, not '{text}'", field="agent")
    return value


def _pair(text: str) -> tuple[str, str]:
    theirs, colon, ours = text.rpartition(":")
    if not (theirs and colon and ours):
        raise InputError(f"'key' is THEIRS:OURS, such as observation/image:camera, not '{text}'", field="agent")
    return theirs, ours
