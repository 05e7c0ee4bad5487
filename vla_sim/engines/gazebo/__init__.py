"""The Gazebo engine: suites on a real gz-sim server in lock-step (docs/gazebo.md)."""

from __future__ import annotations

from vla_sim.engines.gazebo.engine import GazeboEngine

__all__ = ["GazeboEngine"]
