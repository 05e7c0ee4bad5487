"""Simulators behind one narrow interface: the same world, the same commands, the same readings."""

from __future__ import annotations

from typing import Any

from vla_sim.engines.engine import Engine
from vla_sim.errors import InputError

ENGINES = ("embedded", "gazebo")


def make_engine(name: str = "embedded", **options: Any) -> Engine:
    """Make an engine by name with its options, e.g. ``make_engine("embedded", renderer="rays")``.

    Raises:
        InputError: the name or an option is unknown, or the simulator is not installed.
    """
    if name not in ENGINES:
        raise InputError(f"unknown engine {name!r}; choose {' or '.join(ENGINES)}", field="engine")
    try:
        if name == "gazebo":
            from vla_sim.engines.gazebo import GazeboEngine

            return GazeboEngine(**options)
        from vla_sim.engines.embedded import EmbeddedEngine

        return EmbeddedEngine(**options)
    except TypeError as error:
        raise InputError(f"unknown option of the {name} engine: {error}", field="engine") from error
