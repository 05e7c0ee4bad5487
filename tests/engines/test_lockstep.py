import hashlib
import subprocess
import sys
from pathlib import Path

import engine_scenes as scenes
import numpy as np
import pytest

from vla_sim.engines import make_engine
from vla_sim.engines.embedded import EmbeddedEngine
from vla_sim.engines.engine import Command, Variation
from vla_sim.errors import InputError, SimulatorError
from vla_sim.geometry import Pose
from vla_sim.sdf import scene
from vla_sim.sensing.reading import Reading


def noisy_world() -> scene.World:
    noise = scene.GaussianNoise(stddev=0.02, bias_stddev=0.1)
    sensors = (
        scene.Sensor("camera", "camera", Pose((0.15, 0, 0.1)), 10.0, None, scenes.camera_spec(noise=noise)),
        scene.Sensor("depth", "depth_camera", Pose((0.15, 0, 0.1)), 10.0, None, scenes.camera_spec()),
        scene.Sensor("imu", "imu", Pose(), 100.0, None, scene.ImuSpec((noise,) * 3, (noise,) * 3)),
        scene.Sensor("lidar", "lidar", Pose((0, 0, 0.15)), 10.0, None, scenes.SCAN),
        scene.Sensor("bumper", "contact", Pose(), 20.0, None, scene.ContactSpec()),
    )
    loose = [
        scenes.box(f"loose_{k}", (0.2, 0.2, 0.2), Pose.planar(0.7, 0.1 * k, 0.3, 0.1 + 0.21 * k), static=False)
        for k in range(3)
    ]
    return scenes.world(
        scenes.ground(), scenes.rover(extra=sensors), *loose, scenes.box("wall", (0.1, 4, 1), Pose((2, 0, 0.5)))
    )


def drive(engine: EmbeddedEngine, seed: int) -> list[Reading]:
    engine.reset({"loose_2": None}, seed=seed)
    readings = engine.step(0.1)
    for linear, angular in ((0.6, 0.0), (0.6, 0.4), (0.2, -0.8), (0.6, 0.1)):
        engine.apply(Command(linear, angular))
        readings += engine.step(0.5)
    return readings


def digest(readings: list[Reading]) -> str:
    whole = hashlib.sha256()
    for reading in readings:
        whole.update(f"{reading.sensor} {reading.stamp!r} {reading.data.dtype} {reading.data.shape}".encode())
        whole.update(reading.data.tobytes())
    return whole.hexdigest()


@pytest.fixture(scope="module")
def engine():
    with EmbeddedEngine() as made:
        made.load(noisy_world())
        yield made


def test_readings_are_due_by_their_clocks(engine: EmbeddedEngine) -> None:
    readings = drive(engine, 0)
    assert engine.time == 2.1
    stamps = [reading.stamp for reading in readings]
    assert stamps == sorted(stamps)
    for name, rate in (("camera", 10), ("depth", 10), ("imu", 100), ("lidar", 10), ("bumper", 20), ("odom", 50)):
        own = [reading.stamp for reading in readings if reading.sensor == name]
        assert own == [round(k / rate, 9) for k in range(1, round(2.1 * rate) + 1)]
    for reading in readings:
        stream = engine.streams[reading.sensor]
        assert reading.data.shape == stream.shape
        assert reading.data.dtype == stream.dtype
        assert reading.arrival == reading.stamp


def test_one_long_step_is_many_short_ones(engine: EmbeddedEngine) -> None:
    engine.reset(seed=3)
    engine.apply(Command(0.4, 0.3))
    whole = digest(engine.step(0.6))
    engine.reset(seed=3)
    engine.apply(Command(0.4, 0.3))
    assert digest([reading for _ in range(120) for reading in engine.step(0.005)]) == whole


def test_durations_that_are_no_whole_steps_are_refused(engine: EmbeddedEngine) -> None:
    engine.reset()
    with pytest.raises(ValueError, match="whole number"):
        engine.step(0.0025)
    assert engine.time == 0.0
    assert engine.step(0.0) == []


def test_the_same_seed_gives_the_same_bits_after_any_reset(engine: EmbeddedEngine) -> None:
    first = digest(drive(engine, 7))
    assert digest(drive(engine, 8)) != first
    engine.reset(
        {"loose_0": None}, seed=1, variation=Variation(light=0.3, mass={"robot": 1.5}, friction={"ground": 0.2})
    )
    engine.apply(Command(0.5, 0.5))
    engine.step(1.0)
    engine.render(64, 48)
    assert digest(drive(engine, 7)) == first
    with EmbeddedEngine() as fresh:
        fresh.load(noisy_world())
        assert digest(drive(fresh, 7)) == first


@pytest.mark.slow
def test_a_fresh_process_gives_the_same_bits(engine: EmbeddedEngine) -> None:
    here = Path(__file__)
    code = (
        f"import sys; sys.path.insert(0, {str(here.parent)!r})\n"
        "import test_lockstep as t\n"
        "e = t.EmbeddedEngine(); e.load(t.noisy_world()); print(t.digest(t.drive(e, 7))); e.close()"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == digest(drive(engine, 7))
    assert run.stderr == ""


def test_readings_are_never_written_to_again(engine: EmbeddedEngine) -> None:
    readings = drive(engine, 0)
    kept = digest(readings)
    engine.step(1.0)
    assert digest(readings) == kept


def test_only_the_wanted_streams() -> None:
    with EmbeddedEngine() as engine:
        engine.load(noisy_world(), ["imu", "odom"])
        assert set(engine.streams) == {"imu", "odom"}
        assert {reading.sensor for reading in engine.step(0.1)} == {"imu", "odom"}
        with pytest.raises(InputError, match="unknown sensor 'sonar'; the world has: bumper, camera"):
            engine.load(noisy_world(), ["sonar"])


def test_equal_names_become_paths() -> None:
    sensor = (scene.Sensor("imu", "imu", Pose(), 50.0, None, scene.ImuSpec()),)
    one = scenes.box("one", (0.1, 0.1, 0.1), Pose((0, 0, 1)))
    with_imu = scene.Link("link", Pose(), visuals=one.links[0].visuals, sensors=sensor)
    models = [scene.Model(name, Pose((k, 0, 1.0)), (with_imu,), static=True) for k, name in enumerate(("one", "two"))]
    with EmbeddedEngine() as engine:
        engine.load(scenes.world(*models))
        assert list(engine.streams) == ["one/link/imu", "two/link/imu"]


def test_divergence_is_an_error() -> None:
    with EmbeddedEngine() as engine:
        engine.load(noisy_world(), ["imu"])
        engine._running.data.qvel[0] = np.nan
        with pytest.raises(SimulatorError, match="diverged"):
            engine.step(0.1)
        engine.reset()
        engine.step(0.1)


def test_unknown_engine_and_options() -> None:
    with pytest.raises(InputError, match="unknown engine 'bullet'"):
        make_engine("bullet")
    with pytest.raises(InputError, match="unknown option"):
        make_engine("embedded", speed=2)
    with pytest.raises(InputError, match="unknown renderer"):
        make_engine("embedded", renderer="vulkan")


def test_commands_must_be_finite(engine: EmbeddedEngine) -> None:
    with pytest.raises(ValueError, match="not finite"):
        engine.apply(Command(float("nan"), 0.0))


def test_close_twice_and_use_after() -> None:
    engine = EmbeddedEngine()
    engine.load(scenes.world(scenes.ground()))
    engine.close()
    engine.close()
    with pytest.raises(RuntimeError, match="load a world first"):
        engine.step(0.1)
