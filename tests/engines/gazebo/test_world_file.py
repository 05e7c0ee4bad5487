"""The file that a server gets says what the scene says."""

import math
from dataclasses import replace

import engine_scenes as scenes
import pytest

from vla_sim.engines.engine import Variation
from vla_sim.engines.gazebo.issues import issues
from vla_sim.engines.gazebo.model_file import TREAD
from vla_sim.engines.gazebo.rates import spacing, update_rate
from vla_sim.engines.gazebo.varied import varied
from vla_sim.engines.gazebo.world_file import world_file
from vla_sim.engines.streams import sources
from vla_sim.geometry import Pose
from vla_sim.sdf import load_world
from vla_sim.sdf.scene import Cylinder, GaussianNoise
from vla_sim.sensing.clock import SensorClock


@pytest.fixture
def read_back(tmp_path):
    def read_back(world):
        file = tmp_path / "world.sdf"
        file.write_text(world_file(world, sources(world), 0.001, "ogre2"), encoding="utf-8")
        back = load_world(file)
        # Who sees what is Gazebo's own business: the reader leaves it out.
        assert {issue.element for issue in back.issues} <= {"visibility_flags", "visibility_mask", "topic"}
        return back

    return read_back


def test_models_come_back_as_they_were(world, read_back):
    back = read_back(world)
    for model in world.models:
        again = back.model(model.name)
        assert again.pose == model.pose
        assert [link.pose for link in again.links] == [link.pose for link in model.links]
        assert [link.inertial for link in again.links] == [link.inertial for link in model.links]
        assert [joint.pose for joint in again.joints] == [joint.pose for joint in model.joints]
        assert [link.visuals for link in again.links] == [link.visuals for link in model.links]
    assert [(light.pose, light.diffuse) for light in back.lights] == [(one.pose, one.diffuse) for one in world.lights]
    assert back.lights[0].direction == pytest.approx(unit(world.lights[0].direction))
    assert back.look == replace(world.look, grid=False)
    assert back.physics.real_time_factor == 0.0


def unit(vector):
    return [part / math.hypot(*vector) for part in vector]


def test_sensors_come_back_without_noise(world, read_back):
    robot = world.model("robot")
    noise = GaussianNoise(stddev=0.1)
    noisy = tuple(
        replace(one, spec=replace(one.spec, noise=noise)) if one.name == "lidar" else one
        for one in robot.links[0].sensors
    )
    noisy_robot = replace(robot, links=(replace(robot.links[0], sensors=noisy), *robot.links[1:]))
    back = {sensor.name: sensor for _, sensor in read_back(world.with_model(noisy_robot)).model("robot").sensors()}
    for sensor in robot.links[0].sensors:
        assert back[sensor.name].pose == sensor.pose
        spec = sensor.spec
        if sensor.name == "depth":
            spec = replace(spec, depth_near=spec.near)  # What was left open is said.
        assert back[sensor.name].spec == spec
        assert back[sensor.name].update_rate == pytest.approx(sensor.update_rate)


def test_driven_wheels_touch_along_a_line(world, read_back):
    wheel = read_back(world).model("robot").link("left_wheel").collisions[0].geometry
    assert wheel == Cylinder(0.1, TREAD)
    assert any("driven wheels" in issue.message for issue in issues(world, sources(world), 0.001))


def test_sensors_that_are_not_wanted_are_not_written(world):
    text = world_file(world, sources(world, ["imu"]), 0.001, "ogre")
    assert 'type="imu"' in text
    assert 'type="camera"' not in text
    assert "<render_engine>ogre</render_engine>" in text


@pytest.mark.parametrize("rate", [0.0, 1.0, 7.0, 10.0, 29.97, 30.0, 50.0, 100.0, 1000.0, 5000.0])
@pytest.mark.parametrize("dt", [0.001, 0.002, 0.005])
def test_gazebo_fires_whenever_a_sensor_is_due(rate, dt):
    steps = spacing(rate, dt)
    clock = SensorClock(rate, dt)
    due, step = [], 0
    for _ in range(200):
        step = clock.next_after(step)
        due.append(step)
    assert all(step % steps == 0 for step in due)
    hertz = update_rate(steps, dt)
    # As Gazebo reckons: a period cut to whole milliseconds.
    assert steps == 1 or int(1 / hertz * 1000) == round(steps * dt * 1000)


def test_rates_that_gazebo_cannot_keep_are_told(world):
    robot = world.model("robot")
    fast = tuple(replace(sensor, update_rate=30.0) for sensor in robot.links[0].sensors)
    changed = world.with_model(replace(robot, links=(replace(robot.links[0], sensors=fast), *robot.links[1:])))
    told = [issue.message for issue in issues(changed, sources(changed), 0.001) if issue.element == "update_rate"]
    assert [message.partition(":")[0] for message in told] == ["camera", "depth", "lidar"]


def test_a_variation_is_written_into_the_world(world):
    jitter = Pose((0.01, 0.0, 0.0))
    green = (0.0, 1.0, 0.0, 1.0)
    variation = Variation(1.0, {"red": green}, {}, {"camera": jitter}, friction={"red": 0.5}, mass={"red": 2.0})
    changed = varied(world, variation, sources(world))
    link, plain = changed.model("red").links[0], world.model("red").links[0]
    assert link.visuals[0].material.diffuse == green
    assert link.collisions[0].surface.mu == 0.5 * plain.collisions[0].surface.mu
    assert link.inertial.mass == 2.0 * plain.inertial.mass
    moved = {sensor.name: sensor.pose for _, sensor in changed.model("robot").sensors()}
    still = {sensor.name: sensor.pose for _, sensor in world.model("robot").sensors()}
    assert moved["camera"] == still["camera"] * jitter
    assert moved["depth"] == still["depth"]
    assert varied(world, Variation(), sources(world)) == world


def test_nested_names_and_odd_worlds(read_back):
    robot = scenes.rover()
    nested = replace(robot, links=tuple(replace(link, name=f"arm::{link.name}") for link in robot.links))
    nested = replace(
        nested,
        canonical_link="arm::base",
        joints=tuple(replace(j, parent=f"arm::{j.parent}", child=f"arm::{j.child}") for j in robot.joints),
    )
    back = read_back(replace(scenes.world(nested), name="an odd/name"))
    assert back.name == "an_odd_name"
    assert [link.name for link in back.model("robot").links] == ["arm__base", "arm__left_wheel", "arm__right_wheel"]
    assert math.isinf(back.model("robot").joints[0].axis.upper)
