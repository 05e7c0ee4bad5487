"""Rays on boxes in the place of the mesh that paints them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from vla_sim.engines.embedded import EmbeddedEngine
from vla_sim.engines.embedded.skin import boxes_behind
from vla_sim.engines.embedded.surfaces import Surface
from vla_sim.geometry import Pose
from vla_sim.sdf import load_world
from vla_sim.sdf.scene import Box, Collision, World

ROOM = """<?xml version="1.0"?>
<sdf version="1.9"><world name="room">
  <model name="walls"><static>true</static><link name="link">
    {collisions}
    <visual name="skin"><geometry><mesh><uri>walls.obj</uri></mesh></geometry></visual>
  </link></model>
  <model name="eye"><static>true</static><pose>0.3 -0.2 0.5 0 0 0.4</pose><link name="link">
    <sensor name="lidar" type="gpu_lidar"><update_rate>10</update_rate><lidar><scan><horizontal><samples>90</samples>
      <min_angle>-3</min_angle><max_angle>3</max_angle></horizontal></scan><range><min>0.1</min><max>9</max></range>
    </lidar></sensor>
  </link></model>
</world></sdf>
"""

BOXES = [((4.0, 0.2, 1.0), (0.0, 2.0, 0.5)), ((0.2, 4.0, 1.0), (-2.0, 0.0, 0.5)), ((0.5, 0.5, 1.0), (1.5, -1.0, 0.5))]

CORNERS = np.array([(x, y, z) for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (-0.5, 0.5)])
FACES = np.array(
    [(0, 1, 3), (0, 3, 2), (4, 6, 7), (4, 7, 5), (0, 4, 5), (0, 5, 1), (2, 3, 7), (2, 7, 6), (0, 2, 6), (0, 6, 4)]
)
"""The box without its top."""


def surface() -> Surface:
    vertices = np.concatenate([CORNERS * size + at for size, at in BOXES])
    return Surface(vertices, np.concatenate([FACES + 8 * k for k in range(len(BOXES))]))


def room(folder: Path, with_boxes: bool) -> World:
    mesh = surface()
    lines = [f"v {x} {y} {z}" for x, y, z in mesh.vertices] + [f"f {a + 1} {b + 1} {c + 1}" for a, b, c in mesh.faces]
    (folder / "walls.obj").write_text("\n".join(lines))
    collisions = "".join(
        f'<collision name="c{k}"><pose>{x} {y} {z} 0 0 0</pose><geometry><box><size>{a} {b} {c}</size></box></geometry>'
        "</collision>"
        for k, ((a, b, c), (x, y, z)) in enumerate(BOXES)
    )
    file = folder / "room.sdf"
    file.write_text(ROOM.format(collisions=collisions if with_boxes else ""))
    return load_world(file)


def scan(world: World) -> np.ndarray:
    with EmbeddedEngine() as engine:
        engine.load(world)
        return engine.step(0.1)[0].data


def test_boxes_give_the_scan_of_their_skin(tmp_path: Path) -> None:
    on_boxes, on_mesh = scan(room(tmp_path, True)), scan(room(tmp_path, False))
    assert np.isfinite(on_mesh).sum() > 30
    np.testing.assert_allclose(on_boxes, on_mesh, atol=1e-5)


@pytest.mark.parametrize("pose", [Pose(), Pose.from_xyz_rpy(1, 2, 3, 0.1, -0.2, 0.7)])
def test_every_box_with_a_face_is_behind(pose: Pose) -> None:
    collisions = [Collision(f"c{k}", pose * Pose(at), Box(size)) for k, (size, at) in enumerate(BOXES)]
    collisions.append(Collision("elsewhere", Pose((50.0, 0.0, 0.0)), Box((1.0, 1.0, 1.0))))
    assert boxes_behind([surface()], pose, collisions) == dict(enumerate(collisions[:3]))


def test_one_triangle_off_the_boxes_keeps_the_mesh() -> None:
    mesh = surface()
    off = mesh.vertices.copy()
    off[0] += (0.0, 0.0, 0.01)
    collisions = [Collision(f"c{k}", Pose(at), Box(size)) for k, (size, at) in enumerate(BOXES)]
    assert boxes_behind([Surface(off, mesh.faces)], Pose(), collisions) == {}
