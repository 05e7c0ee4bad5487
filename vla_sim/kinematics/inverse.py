"""Inverse kinematics: configurations that bring the tip to a transform, from many guesses at once."""

from __future__ import annotations

import numpy as np

from vla_sim.kinematics.chain import Chain
from vla_sim.kinematics.differential import damped_least_squares, deviation
from vla_sim.kinematics.transforms import Array

TOLERANCE = 1e-4
"""Greatest error [m and rad] of a solution."""
_SAME = 0.05
"""Solutions whose joints differ by less [rad or m] are one."""
_WIDEST = np.pi
"""Range [rad or m] to guess in for a joint without limits."""


def solve(
    chain: Chain, target: Array, near: Array, rng: np.random.Generator, guesses: int = 48, iterations: int = 40
) -> list[Array]:
    """Return the configurations (n,) within the limits that reach ``target`` (4, 4), the nearest to ``near`` first.

    Damped least squares from ``near`` and from random guesses, all in one batch. Of a six-axis arm it finds nearly all
    of the (at most eight) solutions; an empty list says that none of the guesses led to one.
    """
    low, high = np.maximum(chain.lower, -_WIDEST), np.minimum(chain.upper, _WIDEST)
    positions = np.vstack([near, rng.uniform(low, high, (guesses, len(chain)))])
    for _ in range(iterations):
        tip, jacobian = chain.forward_and_jacobian(positions)
        left = deviation(target, tip)
        error = np.linalg.norm(left, axis=-1)
        # Hardly any damping near the solution: quadratic convergence at the end.
        step = damped_least_squares(jacobian, left, np.where(error > 0.2, 0.1, 1e-4))
        length = np.abs(step).max(axis=-1, keepdims=True)
        positions = chain.clamp(positions + step * np.minimum(1.0, 0.5 / np.maximum(length, 1e-12)))
    error = np.abs(deviation(target, chain.forward(positions))).max(axis=-1)
    return _distinct(positions[error < TOLERANCE], near)


def _distinct(solutions: Array, near: Array) -> list[Array]:
    order = np.argsort(np.abs(solutions - near).max(axis=-1), kind="stable")
    kept: list[Array] = []
    for solution in solutions[order]:
        if all(np.abs(solution - other).max() > _SAME for other in kept):
            kept.append(solution)
    return kept
