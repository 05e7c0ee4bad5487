"""The embedded engine: MuJoCo in this process."""

from vla_sim.engines.embedded import gl as gl  # chooses OpenGL before mujoco is imported
from vla_sim.engines.embedded.engine import EmbeddedEngine

__all__ = ["EmbeddedEngine"]
