"""Friction of a pair of surfaces: the smaller of the two coefficients, as in Gazebo."""

from __future__ import annotations

import mujoco
import numpy as np


def rank(model: mujoco.MjModel) -> None:
    """Give slippery geoms priority.

    MuJoCo takes the larger coefficient of two geoms, unless one has a higher priority: then that one's. Priorities
    in the order of falling friction therefore give the smaller one.
    """
    _, order = np.unique(model.geom_friction[:, 0], return_inverse=True)
    model.geom_priority[:] = order.max(initial=0) - order
