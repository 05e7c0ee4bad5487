"""Rotation vectors and products of vectors, many at once, beside those of scipy and NumPy."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from vla_sim.kinematics.transforms import cross, rotation_vectors, skew, turns


@pytest.mark.parametrize("angle", [0.0, 1e-12, 1e-6, 0.1, 2.0, 3.0, 3.13, math.pi - 1e-6])
def test_rotation_vectors_are_found_again_up_to_half_a_turn(angle: float) -> None:
    axes = np.random.default_rng(0).normal(size=(4, 5, 3))
    vectors = angle * axes / np.linalg.norm(axes, axis=-1, keepdims=True)
    rotations = Rotation.from_rotvec(vectors.reshape(-1, 3)).as_matrix().reshape(4, 5, 3, 3)
    np.testing.assert_allclose(rotation_vectors(rotations), vectors, atol=1e-9)
    np.testing.assert_allclose(rotation_vectors(rotations[1, 2]), vectors[1, 2], atol=1e-9)


def test_half_a_turn_is_half_a_turn() -> None:
    axis = np.array([0.6, 0.0, 0.8])
    vector = rotation_vectors(turns(axis, np.asarray(math.pi)))
    np.testing.assert_allclose(np.abs(vector), math.pi * axis, atol=1e-7)


def test_products_are_numpys() -> None:
    first, second = np.random.default_rng(1).normal(size=(2, 4, 5, 3))
    np.testing.assert_allclose(cross(first, second), np.cross(first, second), atol=1e-12)
    np.testing.assert_allclose(skew(first[0, 0]) @ second[0, 0], np.cross(first[0, 0], second[0, 0]), atol=1e-12)
