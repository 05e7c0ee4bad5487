from __future__ import annotations

import math

import numpy as np
import pytest
import trimesh
from hypothesis import given
from hypothesis import strategies as st

from vla_sim.errors import InputError
from vla_sim.geometry import Pose
from vla_sim.sdf import scene
from vla_sim.tasks.footprint import Footprint, model_footprints


def footprint(geometry: scene.Geometry, pose: Pose | None = None) -> Footprint:
    link = scene.Link("l", Pose(), collisions=(scene.Collision("c", pose or Pose(), geometry),))
    (found,) = model_footprints(scene.Model("m", Pose(), (link,)))
    return found


def distance(shape: Footprint, x: float, y: float) -> float:
    return float(shape.distance(np.array(x), np.array(y)))


def test_box_is_turned_with_its_pose() -> None:
    shape = footprint(scene.Box((2.0, 1.0, 0.5)), Pose.planar(1.0, 0.0, math.pi / 2, 0.25))
    assert (shape.low, shape.high) == pytest.approx((0.0, 0.5), abs=1e-6)
    assert distance(shape, 1.0, 1.5) == pytest.approx(0.5, abs=1e-6)
    assert distance(shape, 2.0, 0.0) == pytest.approx(0.5, abs=1e-6)
    assert distance(shape, 1.0, 0.0) == pytest.approx(-0.5, abs=1e-6)
    assert distance(shape, 2.0, 1.5) == pytest.approx(math.hypot(0.5, 0.5), abs=1e-6)


@pytest.mark.parametrize("geometry", [scene.Cylinder(0.3, 1.0), scene.Sphere(0.3), scene.Cone(0.3, 1.0)])
def test_round_shapes_are_discs(geometry: scene.Geometry) -> None:
    assert distance(footprint(geometry), 1.3, 0.0) == pytest.approx(1.0)


def test_lying_capsule_is_a_rounded_segment() -> None:
    shape = footprint(scene.Capsule(0.1, 1.0), Pose.from_xyz_rpy(0, 0, 1, 0, math.pi / 2, 0))
    assert distance(shape, 0.0, 0.5) == pytest.approx(0.4, abs=1e-6)
    assert distance(shape, 1.0, 0.0) == pytest.approx(0.4, abs=1e-6)
    assert (shape.low, shape.high) == pytest.approx((0.9, 1.1), abs=1e-6)


def test_lying_cylinder_is_its_bounding_box() -> None:
    shape = footprint(scene.Cylinder(0.1, 1.0), Pose.from_xyz_rpy(0, 0, 1, 0, math.pi / 2, 0))
    assert distance(shape, 0.7, 0.0) == pytest.approx(0.2, abs=1e-6)


def test_plane_has_none() -> None:
    link = scene.Link("l", Pose(), collisions=(scene.Collision("c", Pose(), scene.Plane((0, 0, 1), (9, 9))),))
    assert list(model_footprints(scene.Model("m", Pose(), (link,)))) == []


def test_mesh_is_its_scaled_bounding_box(tmp_path) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "block.stl"
    trimesh.creation.box((1.0, 2.0, 3.0)).export(file)
    shape = footprint(scene.Mesh(file, (2.0, 1.0, 1.0)))
    assert distance(shape, 2.0, 0.0) == pytest.approx(1.0, abs=1e-6)
    assert (shape.low, shape.high) == pytest.approx((-1.5, 1.5))


def test_unreadable_mesh_is_an_input_error(tmp_path) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(InputError, match=r"no\.stl"):
        footprint(scene.Mesh(tmp_path / "no.stl"))


@given(st.floats(0.1, 3), st.floats(0.1, 3), st.floats(-3, 3), st.floats(-2, 2), st.floats(-2, 2), st.floats(0, 6.28))
def test_points_on_the_outline_have_distance_zero(
    length: float, width: float, yaw: float, x: float, y: float, angle: float
) -> None:
    shape = footprint(scene.Box((length, width, 1.0)), Pose.planar(x, y, yaw))
    dx, dy = math.cos(angle), math.sin(angle)
    reach = min(length / 2 / max(abs(dx), 1e-9), width / 2 / max(abs(dy), 1e-9))
    on = Pose.planar(x, y, yaw).transform((reach * dx, reach * dy, 0.0))
    assert abs(distance(shape, on[0], on[1])) < 1e-5
    assert distance(shape, x, y) < 0
