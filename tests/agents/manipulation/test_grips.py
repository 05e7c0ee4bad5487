"""Grips read off shapes: between parallel sides, from above, however the thing lies."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vla_agents.manipulation.grips import ABOVE_GROUND, TO_PALM, WIDEST, extent, grips

from vla_sim.geometry import Pose
from vla_sim.kinematics.transforms import Array
from vla_sim.sdf import scene

UP = np.array([0.0, 0.0, 1.0])


def thing(*shapes: tuple[scene.Geometry, float]) -> scene.Model:
    """A model of shapes, each with the height of its middle."""
    collisions = tuple(
        scene.Collision(f"collision_{k}", Pose((0.0, 0.0, height)), shape) for k, (shape, height) in enumerate(shapes)
    )
    return scene.Model("thing", Pose(), (scene.Link("link", Pose(), collisions=collisions),))


CUBE = thing((scene.Box((0.045, 0.045, 0.045)), 0.0225))
CUP = thing((scene.Cylinder(0.03, 0.08), 0.04))
BOTTLE = thing((scene.Cylinder(0.0285, 0.106), 0.053), (scene.Cylinder(0.0135, 0.059), 0.1355))


def local(grip_tool: Array, pose: Pose) -> Array:
    """Return the direction in which the fingers open, in the frame of the thing."""
    return pose.matrix().T @ grip_tool[:3, 1]


@settings(max_examples=30, deadline=None)
@given(x=st.floats(-1, 1), yaw=st.floats(-math.pi, math.pi))
def test_a_cube_is_taken_by_its_sides(x: float, yaw: float) -> None:
    pose = Pose.planar(x, 0.3, yaw, 0.75)
    found = grips(CUBE, pose)
    assert len(found) == 4 * 5
    for grip in found:
        assert np.abs(local(grip.tool, pose)).max() == pytest.approx(1.0)
        assert grip.width == pytest.approx(0.045)
        np.testing.assert_allclose(grip.tool[:2, 3], pose.position[:2], atol=1e-9)
        assert grip.tool[2, 3] >= 0.75 + ABOVE_GROUND - 1e-9
        np.testing.assert_allclose(grip.tool[:3, :3] @ grip.tool[:3, :3].T, np.eye(3), atol=1e-9)
        assert np.linalg.det(grip.tool[:3, :3]) == pytest.approx(1.0)


def test_straight_down_comes_first() -> None:
    found = grips(CUP, Pose())
    np.testing.assert_allclose(found[0].tool[:3, 2], -UP, atol=1e-12)
    down = [float(-grip.tool[2, 2]) for grip in found]
    assert down == sorted(down, reverse=True)


def test_a_bottle_is_taken_by_its_neck_for_there_is_no_room_for_the_palm_lower_down() -> None:
    for grip in grips(BOTTLE, Pose()):
        assert grip.width == pytest.approx(0.027)
        assert grip.tool[2, 3] + TO_PALM >= 0.165


def test_what_lies_is_taken_across() -> None:
    lying = Pose.from_xyz_rpy(0.4, 0.0, 0.03, math.pi / 2, 0.0, 0.7)
    for grip in grips(CUP, lying):
        along = lying.matrix()[:, 2]
        assert abs(float(grip.tool[:3, 1] @ along)) < 1e-9
        assert grip.width == pytest.approx(0.06)


def test_what_is_too_wide_cannot_be_taken() -> None:
    assert grips(thing((scene.Cylinder(WIDEST / 2 + 0.001, 0.05), 0.025)), Pose()) == []


def test_extent_is_the_shadow_along_a_direction() -> None:
    assert extent(CUBE, Pose.planar(0, 0, math.pi / 4), np.array([1.0, 0.0, 0.0])) == pytest.approx(
        0.045 * math.sqrt(2)
    )
    assert extent(CUP, Pose.planar(0, 0, 1.0), np.array([0.0, 1.0, 0.0])) == pytest.approx(0.06)
    assert extent(BOTTLE, Pose(), UP) == pytest.approx(0.165)
