"""Differential inverse kinematics: joint motions that move the tip a little as asked."""

from __future__ import annotations

import numpy as np

from vla_sim.kinematics.chain import Chain
from vla_sim.kinematics.transforms import Array, rotation_vectors, turns

DAMPING = 0.03
"""Singular values of the Jacobian [m/rad] below this are not inverted: near a singularity the joints stay slow."""


def damped_least_squares(jacobian: Array, motion: Array, damping: float | Array = DAMPING) -> Array:
    """Return the joint motions (..., n) for motions (..., 6) of the tip: J^T (J J^T + k^2 I)^-1 motion.

    Levenberg-Marquardt's step (Wampler 1986, Nakamura and Hanafusa 1986): the least-squares solution where the damping
    k is small beside the singular values, a short and safe step where it is not. ``damping`` may be an array (...).
    """
    transposed = jacobian.swapaxes(-1, -2)
    square = jacobian @ transposed + np.square(damping)[..., None, None] * np.eye(6)
    return np.asarray((transposed @ np.linalg.solve(square, motion[..., None]))[..., 0])


def deviation(target: Array, reached: Array) -> Array:
    """Return what is left (..., 6): translation [m] and rotation vector [rad] in the model's frame."""
    turn = rotation_vectors(target[..., :3, :3] @ reached[..., :3, :3].swapaxes(-1, -2))
    return np.concatenate([target[..., :3, 3] - reached[..., :3, 3], turn], axis=-1)


def moved(tip: Array, translation: Array, rotation: Array) -> Array:
    """Return a transform moved by a translation [m] and turned about its own origin, both in the model's frame."""
    angle = float(np.linalg.norm(rotation))
    target = tip.copy()
    target[:3, 3] += translation
    if angle > 0.0:
        target[:3, :3] = turns(rotation / angle, np.asarray(angle)) @ tip[:3, :3]
    return target


def refine(chain: Chain, positions: Array, targets: Array, iterations: int = 8) -> Array:
    """Return configurations (..., n) near ``positions`` that bring the tip to ``targets`` (..., 4, 4), or near them.

    Steps of damped least squares, the joints kept within their limits of position one by one.
    """
    reached = positions
    for _ in range(iterations):
        tip, jacobian = chain.forward_and_jacobian(reached)
        left = deviation(targets, tip)
        if np.abs(left).max() < 1e-6:
            break
        reached = chain.clamp(reached + damped_least_squares(jacobian, left))
    return reached


def follow(chain: Chain, positions: Array, target: Array, duration: float) -> Array:
    """Return the configuration (n,) that brings the tip to ``target`` (4, 4), or as near as can be in ``duration`` [s].

    Limits of position hold joint by joint. Where the joints' speeds do not suffice, all of them move by the same share
    of the way, so that the tip keeps to its direction.
    """
    step = refine(chain, positions, target) - positions
    share = np.abs(step) / (chain.speed * duration)
    return np.asarray(positions + step / max(1.0, float(share.max(initial=0.0))))
