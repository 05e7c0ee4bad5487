"""Pictures for reports: the embedded engine draws them, with the models where Gazebo has them.

A camera of Gazebo's draws only when simulated time passes, and a picture must not take time.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vla_sim.engines.embedded import EmbeddedEngine
from vla_sim.engines.engine import Truth
from vla_sim.geometry import Pose
from vla_sim.sdf.scene import World


class Twin:
    """An embedded world that follows a truth; it is built when the first picture is asked for."""

    def __init__(self) -> None:
        self._world: World | None = None
        self._engine: EmbeddedEngine | None = None

    def load(self, world: World) -> None:
        """Take the world to draw."""
        self.close()
        self._world = world

    def render(self, truth: Truth, width: int, height: int, view: Pose | None) -> NDArray[np.uint8]:
        """Return a picture (height, width, 3) from a pose in the world, or of the whole world."""
        if self._engine is None:
            assert self._world is not None
            self._engine = EmbeddedEngine()
            self._engine.load(self._world, [])
        stands = {model.name: None for model in self._world.models} if self._world is not None else {}
        self._engine.reset(stands | {name: state.pose for name, state in truth.models.items()})
        return self._engine.render(width, height, view)

    def close(self) -> None:
        """Free what it draws with."""
        if self._engine is not None:
            self._engine.close()
        self._engine = None
