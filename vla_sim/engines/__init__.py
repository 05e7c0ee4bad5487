"""Simulators behind one narrow interface: the same world, the same commands, the same readings."""

from __future__ import annotations

from typing import Any

from vla_sim.engines.engine import Engine
from vla_sim.errors import InputError


def make_engine(name: str = "embedded", **options: Any) -> Engine:
    """Make an engine by name with its options, e.g. ``make_engine("embedded", renderer="rays")``.

    Raises:
        InputError: the name or an option is unknown.
    """
    if name != "embedded":
        raise InputError(f"unknown engine {name!r}; choose embedded", field="engine")
    from vla_sim.engines.embedded import EmbeddedEngine

    try:
        return EmbeddedEngine(**options)
    except TypeError as error:
        raise InputError(f"unknown option of the embedded engine: {error}", field="engine") from error
