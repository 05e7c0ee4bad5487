import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vla_sim.errors import InputError
from vla_sim.faults.golden import example_readings, example_stream
from vla_sim.sensing.observation import ObservationBuilder
from vla_sim.sensing.reading import Reading

STREAMS = {
    modality: example_stream(modality) for modality in ("rgb", "depth", "lidar", "imu", "odometry", "joints", "contact")
}


def builder(*names, period=0.3):
    return ObservationBuilder({name: STREAMS[name] for name in names or STREAMS}, period)


def lidar(stamp, value, arrival=None):
    return Reading("lidar", stamp, np.full(90, value, np.float32), stamp if arrival is None else arrival)


def test_observations_lie_in_the_space_with_and_without_readings():
    built = builder()
    assert built.space().contains(built.observe(0.0, "go to the red cube"))
    built.push(reading for stream in STREAMS.values() for reading in example_readings(stream))
    observation = built.observe(0.9, "go to the red cube, s'il vous plaît")
    assert built.space().contains(observation)
    assert list(observation) == [*sorted(STREAMS), "stamp", "age", "valid", "goal"]
    assert observation["valid"].tolist() == [1] * 7
    assert observation["imu"].shape == (3, 6)


def test_a_sensor_that_never_came_is_invalid_and_zero():
    observation = builder("lidar", "rgb").observe(0.5, "")
    assert observation["valid"].tolist() == [0, 0]
    assert observation["stamp"].tolist() == [0.0, 0.0]
    assert observation["age"].tolist() == [0.5, 0.5]
    assert not observation["lidar"].any()
    assert not observation["rgb"].any()


def test_a_reading_shows_once_it_has_arrived_and_the_newest_stamp_wins():
    built = builder("lidar")
    built.push([lidar(0.1, 1.0, arrival=0.35), lidar(0.2, 2.0)])
    assert built.observe(0.2, "")["lidar"][0] == 2.0
    assert built.observe(0.4, "")["lidar"][0] == 2.0
    built.push([lidar(0.5, 5.0, arrival=0.6000000001)])
    late = built.observe(0.6, "")
    assert (late["lidar"][0], late["stamp"][0]) == (5.0, 0.5)
    assert late["age"][0] == pytest.approx(0.1)


def test_age_makes_a_sensor_invalid():
    built = builder("lidar", period=0.1)
    built.push([lidar(0.1, 1.0)])
    valid = [int(built.observe(round(0.1 * step, 9), "")["valid"][0]) for step in range(1, 7)]
    assert valid == [1, 1, 1, 1, 0, 0]


def test_infinite_and_lost_ranges():
    built = builder("lidar", "depth")
    ranges = np.full(90, 3.0, np.float32)
    ranges[:3] = np.inf, -np.inf, np.nan
    image = np.full((24, 32), 2.0, np.float32)
    image[0, :3] = np.inf, -np.inf, np.nan
    built.push([Reading("lidar", 0.1, ranges, 0.1), Reading("depth", 0.1, image, 0.1)])
    observation = built.observe(0.1, "")
    assert observation["lidar"][:4].tolist() == pytest.approx([8.0, 0.1, 0.0, 3.0])
    assert observation["depth"][0, :4].tolist() == pytest.approx([10.0, 0.1, 0.0, 2.0])


def test_imu_window_is_sorted_by_stamp_with_the_newest_last():
    built = builder("imu")
    built.push([Reading("imu", stamp, np.full(6, stamp), stamp) for stamp in (0.1, 0.4, 0.2, 0.3)])
    assert built.observe(0.4, "")["imu"][:, 0].tolist() == pytest.approx([0.2, 0.3, 0.4])


def test_imu_window_starts_with_zero_rows():
    built = builder("imu")
    built.push([Reading("imu", 0.1, np.ones(6), 0.1)])
    assert built.observe(0.1, "")["imu"][:, 0].tolist() == [0, 0, 1]


def test_a_touch_between_two_observations_is_not_missed():
    built = builder("contact")
    touch = [Reading("contact", round(0.1 * k, 9), np.asarray(k == 2), 0.1 * k) for k in range(1, 6)]
    built.push(touch[:3])
    assert built.observe(0.3, "")["contact"] == 1
    assert built.observe(0.35, "")["contact"] == 1
    built.push(touch[3:])
    assert built.observe(0.5, "")["contact"] == 0


def test_returned_arrays_are_the_callers_own():
    built = builder()
    built.push(reading for stream in STREAMS.values() for reading in example_readings(stream))
    first = built.observe(0.9, "")
    kept = {name: np.copy(first[name]) for name in STREAMS}
    for name in STREAMS:
        first[name][...] = 1
    again = built.observe(0.9, "")
    assert all(np.array_equal(kept[name], again[name]) for name in STREAMS)


def test_readings_of_sensors_that_were_not_asked_for_are_ignored():
    built = ObservationBuilder(STREAMS, 0.1, names=["lidar"])
    built.push([lidar(0.1, 1.0), *example_readings(STREAMS["rgb"])])
    assert set(built.observe(0.1, "")) == {"lidar", "stamp", "age", "valid", "goal"}


def test_a_sensor_must_not_take_the_name_of_a_key():
    with pytest.raises(InputError, match="must not be called 'goal'"):
        ObservationBuilder({"goal": STREAMS["lidar"]}, 0.1)


@given(st.lists(st.tuples(st.floats(0.001, 2), st.floats(0, 2)), max_size=30), st.floats(0, 4))
def test_newest_arrived_reading_is_shown_in_any_order_of_arrival(pairs, now):
    built = builder("lidar")
    built.push([lidar(stamp, stamp, arrival=stamp + delay) for stamp, delay in pairs])
    arrived = [stamp for stamp, delay in pairs if stamp + delay <= now + 1e-9]
    assert built.observe(now, "")["stamp"][0] == max(arrived, default=0.0)


@given(st.floats(allow_nan=True, allow_infinity=True, width=32))
def test_no_number_leaves_the_space(value):
    built = builder("imu", "odometry", "joints", "lidar", "depth")
    built.push(
        Reading(name, 0.1, np.full(STREAMS[name].shape, value, STREAMS[name].dtype), 0.1) for name in built.names
    )
    assert built.space().contains(built.observe(0.1, ""))
