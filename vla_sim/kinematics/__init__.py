"""Kinematics from the SDF, whatever the engine: where a frame is, and which joint positions bring it somewhere."""

from vla_sim.kinematics.chain import Chain

__all__ = ["Chain"]
