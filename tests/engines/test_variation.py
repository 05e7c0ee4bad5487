from pathlib import Path

import cv2
import engine_scenes as scenes
import numpy as np
import pytest

from vla_sim.engines.embedded import EmbeddedEngine
from vla_sim.engines.engine import Command, Variation
from vla_sim.errors import InputError
from vla_sim.geometry import Pose
from vla_sim.sdf import scene


def picture(engine: EmbeddedEngine, variation: Variation | None = None) -> np.ndarray:
    engine.reset(variation=variation)
    return next(reading.data for reading in engine.step(0.1) if reading.sensor == "camera")


@pytest.fixture(scope="module")
def engine():
    box = scenes.box("box", (0.6, 0.6, 0.6), Pose((1.2, 0.0, 0.3)))
    load = scenes.box("load", (0.2, 0.2, 0.2), Pose((-2.0, 0.0, 0.1)), static=False, mu=0.5)
    with EmbeddedEngine() as made:
        made.load(scenes.world(scenes.ground(), scenes.rover(), box, load))
        yield made


@pytest.fixture(scope="module")
def plain(engine: EmbeddedEngine) -> np.ndarray:
    return picture(engine)


def test_light_scales(engine: EmbeddedEngine, plain: np.ndarray) -> None:
    half = picture(engine, Variation(light=0.5))
    assert half.mean() == pytest.approx(plain.mean() / 2, rel=0.02)
    assert np.array_equal(picture(engine), plain)


def test_colours(engine: EmbeddedEngine, plain: np.ndarray) -> None:
    blue = picture(engine, Variation(colours={"box": (0.0, 0.0, 1.0, 1.0)}))
    assert plain[48, 48, 0] > 50 > plain[48, 48, 2]
    assert blue[48, 48, 2] > 50 > blue[48, 48, 0]
    assert np.array_equal(blue[90], plain[90])
    assert np.array_equal(picture(engine), plain)


def test_textures(engine: EmbeddedEngine, plain: np.ndarray, tmp_path: Path) -> None:
    stripes = np.zeros((64, 64, 3), dtype=np.uint8)
    stripes[:, ::8] = stripes[:, 1::8] = stripes[:, 2::8] = stripes[:, 3::8] = 255
    file = tmp_path / "stripes.png"
    cv2.imwrite(str(file), stripes)
    striped = picture(engine, Variation(textures={"box": file}))
    assert striped[48, 30:60].std() > 20
    assert plain[48, 30:60, 0].std() < 5
    assert np.array_equal(picture(engine), plain)


def test_camera_jitter_moves_only_the_stream_it_names(engine: EmbeddedEngine) -> None:
    def both(variation: Variation | None) -> dict[str, np.ndarray]:
        engine.reset(variation=variation)
        return {reading.sensor: reading.data for reading in engine.step(0.1)}

    before = both(None)
    after = both(Variation(camera_jitter={"camera": Pose.from_xyz_rpy(0, 0, 0, 0, 0, 0.1)}))
    # Not to the bit: the two no longer share their near and far planes.
    assert after["depth"] == pytest.approx(before["depth"], abs=2e-3)
    shift = 96 / 2 / np.tan(0.6) * np.tan(0.1)
    reds = [
        np.flatnonzero(image["camera"][48, :, 0] > 2 * image["camera"][48, :, 1].astype(int))
        for image in (before, after)
    ]
    assert reds[1].mean() - reds[0].mean() == pytest.approx(shift, abs=1.5)
    assert np.array_equal(both(None)["camera"], before["camera"])


def test_friction(engine: EmbeddedEngine) -> None:
    def way(variation: Variation | None) -> float:
        engine.reset(variation=variation)
        engine.step(0.2)
        engine.apply(Command(1.0, 0.0))
        engine.step(0.5)
        return engine.truth().models["robot"].pose.position[0]

    grip = way(None)
    slip = way(Variation(friction={"ground": 0.02}))
    assert grip > 0.35
    assert slip < 0.1
    assert way(None) == grip


def test_mass(engine: EmbeddedEngine) -> None:
    def pushed(variation: Variation | None) -> float:
        engine.reset({"robot": Pose((-1.4, 0.0, 0.0))}, variation=variation)
        engine.apply(Command(-0.8, 0.0))
        engine.step(2.0)
        return -2.0 - engine.truth().models["load"].pose.position[0]

    light = pushed(None)
    assert light > 0.5
    assert pushed(Variation(mass={"load": 60.0})) < light / 2
    assert pushed(None) == light


@pytest.mark.parametrize(
    "variation",
    [
        Variation(colours={"tree": (1, 1, 1, 1)}),
        Variation(mass={"tree": 2.0}),
        Variation(mass={"load": 0.0}),
        Variation(friction={"tree": 2.0}),
        Variation(textures={"tree": Path("a.png")}),
        Variation(textures={"box": Path("/nowhere/a.png")}),
        Variation(camera_jitter={"lidar": Pose()}),
    ],
)
def test_what_is_unknown_is_refused_and_the_engine_goes_on(engine: EmbeddedEngine, variation: Variation) -> None:
    with pytest.raises(InputError):
        engine.reset(variation=variation)
    engine.reset()
    engine.step(0.1)


def test_a_static_camera_may_jitter_too() -> None:
    sensor = scene.Sensor("camera", "camera", Pose((0, 0, 0.5)), 10.0, None, scenes.camera_spec())
    mast = scene.Model("mast", Pose(), (scene.Link("link", Pose((0, 0, 0.5)), sensors=(sensor,)),), static=True)
    with EmbeddedEngine() as engine:
        engine.load(scenes.world(scenes.ground(), mast, scenes.box("box", (0.5, 0.5, 0.5), Pose((3, 0, 1.0)))))
        plain = picture(engine)
        assert not np.array_equal(picture(engine, Variation(camera_jitter={"camera": Pose((0, 0.3, 0))})), plain)
        assert np.array_equal(picture(engine), plain)
