import math

import engine_scenes as scenes
import numpy as np
import pytest

from vla_sim.engines.embedded import EmbeddedEngine
from vla_sim.geometry import Pose
from vla_sim.sdf import scene

SCAN = scenes.SCAN
HALFWAY = Pose((0.0, 0.0, 0.5))


def scan(
    *models: scene.Model,
    spec: scene.LidarSpec = SCAN,
    at: Pose = HALFWAY,
    seed: int = 0,
) -> np.ndarray:
    sensor = scene.Sensor("lidar", "lidar", Pose(), 10.0, None, spec)
    own = scene.Visual("own", Pose(), scene.Sphere(0.3))
    link = scene.Link("link", Pose(), visuals=(own,), sensors=(sensor,))
    mast = scene.Model("mast", at, (link,), static=True)
    with EmbeddedEngine() as engine:
        engine.load(scenes.world(mast, *models))
        engine.reset(seed=seed)
        return engine.step(0.1)[0].data


def ray(angle: float) -> int:
    return round((angle - SCAN.horizontal_min) / (math.tau / 360))


def test_walls_are_where_they_are() -> None:
    wall = scenes.box("wall", (0.2, 20.0, 2.0), Pose((3.1, 0.0, 0.5)))
    ranges = scan(wall)
    assert ranges.shape == (360,)
    assert ranges.dtype == np.float32
    for degrees in range(-65, 66, 5):
        angle = math.radians(degrees)
        assert ranges[ray(angle)] == pytest.approx(3.0 / math.cos(angle), abs=1e-3)
    assert ranges[ray(math.pi / 2)] == np.inf
    assert ranges[0] == np.inf


def test_index_zero_is_the_smallest_angle_and_angles_grow_to_the_left() -> None:
    left = scenes.box("left", (0.4, 0.4, 1.0), Pose((0.0, 2.0, 0.5)))
    ranges = scan(left)
    assert np.flatnonzero(np.isfinite(ranges)).mean() == pytest.approx(ray(math.pi / 2), abs=0.6)


def test_minus_infinity_nearer_than_the_minimum() -> None:
    spec = scene.LidarSpec(360, -math.pi, math.pi - math.tau / 360, range_min=1.0, range_max=4.0)
    ranges = scan(scenes.box("near", (0.1, 0.4, 1.0), Pose((0.7, 0.0, 0.5))), spec=spec)
    assert ranges[ray(0.0)] == -np.inf
    assert scan(scenes.box("far", (0.1, 0.4, 1.0), Pose((4.5, 0.0, 0.5))), spec=spec)[ray(0.0)] == np.inf


def test_rays_hit_visuals_not_collisions_and_not_the_link_that_carries_it() -> None:
    visual = scene.Visual("visual", Pose((2.0, 0.0, 0.0)), scene.Box((0.2, 1.0, 1.0)))
    collision = scene.Collision("collision", Pose((1.0, 0.0, 0.0)), scene.Box((0.2, 1.0, 1.0)))
    link = scene.Link("link", Pose(), visuals=(visual,), collisions=(collision,))
    ranges = scan(scene.Model("odd", Pose((0.0, 0.0, 0.5)), (link,), static=True))
    assert ranges[ray(0.0)] == pytest.approx(1.9, abs=1e-3)
    assert ranges[ray(-math.pi)] == np.inf


def test_rings() -> None:
    spec = scene.LidarSpec(90, -1.0, 1.0, 8, -0.4, 0.4, range_min=0.1, range_max=20.0)
    ranges = scan(scenes.ground(), spec=spec, at=Pose((0.0, 0.0, 1.0)))
    assert ranges.shape == (8, 90)
    assert ranges[0] == pytest.approx(1.0 / math.sin(0.4), rel=1e-4)
    assert np.all(ranges[4:] == np.inf)


def test_noise_has_its_spread_and_seed() -> None:
    spec = scene.LidarSpec(360, -math.pi, math.pi, range_min=0.1, range_max=8.0, noise=scene.GaussianNoise(stddev=0.03))
    tube = [
        scenes.box(f"wall_{k}", (0.2, 30.0, 2.0), Pose.planar(3.1 * math.cos(a), 3.1 * math.sin(a), a, 0.5))
        for k, a in enumerate((0.0, math.pi / 2, math.pi, -math.pi / 2))
    ]
    noisy = scan(*tube, spec=spec, seed=4)
    exact = scan(*tube)
    assert np.std(noisy[100:260] - scan(*tube, spec=spec, seed=5)[100:260]) == pytest.approx(0.03 * 2**0.5, rel=0.3)
    assert np.array_equal(noisy, scan(*tube, spec=spec, seed=4))
    assert np.isfinite(exact).all()


def test_many_models_are_all_seen() -> None:
    """Every one of a ring of boxes, turned and raised, gives a return (bounding volumes can go wrong)."""
    ring = [
        scenes.box(f"box_{k}", (0.2, 0.3, 1.0), Pose.planar(3 * math.cos(k), 3 * math.sin(k), 0.7 * k, 0.3 + 0.02 * k))
        for k in range(6)
    ]
    ranges = scan(*ring)
    for k in range(6):
        angle = math.remainder(k, math.tau)
        assert ranges[ray(angle) % 360] == pytest.approx(2.87, abs=0.1)
